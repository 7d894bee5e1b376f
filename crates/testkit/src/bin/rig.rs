//! `rig`: runs the demo's servers until it is stopped, and prints the environment that a client of them needs.
//!
//! A program of its own, so that any MCP client, ours or not, can be tried against the same servers as the tests.

#![expect(clippy::print_stdout, reason = "a command-line program speaks on its terminal")]

use toolgate_testkit::ca::DEVELOPMENT_DIR;
use toolgate_testkit::models::Keys;
use toolgate_testkit::{Rig, RigSettings};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    // Kept across runs, so that what was told to trust it once still does.
    let rig = Rig::start(RigSettings::demo().with_ca_dir(DEVELOPMENT_DIR)).await;
    for note in rig.says() {
        println!("# {note}");
    }
    println!("export TLS_CA_CERT_PATH={}", rig.ca_path().canonicalize()?.display());
    println!("export OAUTH_TOKEN_URL={}", rig.token_url());
    println!("export OAUTH_CLIENT_ID=openai-mcp-client OAUTH_CLIENT_SECRET=openai-client-secret");
    println!("export MCP_SERVER_URL={}", rig.mcp_url());
    let (models, keys) = (rig.models(), Keys::default());
    println!("export OPENAI_BASE_URL={} OPENAI_API_KEY={}", models.openai_base_url(), keys.openai);
    // The one that is asked where none is named: with these lines alone, everything works.
    println!("export OPENAI_MODEL=gpt-rig");
    println!(
        "export ANTHROPIC_BASE_URL={} ANTHROPIC_API_KEY={}",
        models.anthropic_base_url(),
        keys.anthropic
    );
    println!("export GEMINI_BASE_URL={} GEMINI_API_KEY={}", models.gemini_base_url(), keys.gemini);
    let base = models.anthropic_base_url();
    println!("export COHERE_BASE_URL={base} COHERE_API_KEY={}", keys.cohere);
    println!("export MISTRAL_BASE_URL={} MISTRAL_API_KEY={}", models.mistral_base_url(), keys.mistral);
    println!("export BEDROCK_BASE_URL={base} AWS_BEARER_TOKEN_BEDROCK={}", keys.bedrock);
    println!("export OLLAMA_BASE_URL={base}");
    std::future::pending().await
}
