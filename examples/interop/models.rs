//! The scripted models, judged by the official SDKs of the APIs that they speak: what those accept, our clients may
//! rely on in every other test.

use std::process::{Command, ExitCode};

use toolgate_examples::check::reason;
use toolgate_testkit::models::Keys;
use toolgate_testkit::{Rig, RigSettings};

use crate::peers::{Peers, variable};

/// Starts the models, and lets the SDKs talk to them in a process of their own, which prints its checks itself.
pub(crate) async fn run(peers: &Peers) -> Result<ExitCode, String> {
    let rig = Rig::start(RigSettings::default().with_ca_dir(&peers.certs)).await;
    let (models, keys) = (rig.models(), Keys::default());
    let mut command = Command::new(variable("INTEROP_PYTHON")?);
    command
        .arg(variable("INTEROP_SDKS")?)
        .env("SSL_CERT_FILE", peers.ca_file())
        .envs([("OPENAI_BASE_URL", models.openai_base_url()), ("OPENAI_API_KEY", keys.openai)])
        .envs([("ANTHROPIC_BASE_URL", models.anthropic_base_url()), ("ANTHROPIC_API_KEY", keys.anthropic)])
        // That SDK adds the version to the path by itself, as Anthropic's does.
        .envs([("GEMINI_BASE_URL", models.anthropic_base_url()), ("GEMINI_API_KEY", keys.gemini)])
        .envs([("COHERE_BASE_URL", models.anthropic_base_url()), ("COHERE_API_KEY", keys.cohere)])
        .envs([("MISTRAL_BASE_URL", models.mistral_base_url()), ("MISTRAL_API_KEY", keys.mistral)])
        .env("OLLAMA_BASE_URL", models.anthropic_base_url())
        .env("BEDROCK_BASE_URL", models.anthropic_base_url())
        .envs([("BEDROCK_KEY_ID", keys.aws.key_id), ("BEDROCK_SECRET", keys.aws.secret)]);
    let status =
        tokio::task::spawn_blocking(move || command.status()).await.map_err(reason)?.map_err(reason)?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
