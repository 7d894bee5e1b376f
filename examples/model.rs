//! `toolgate-llm-providers` alone: one question, three providers, no other line changed.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::sync::Arc;

use toolgate_http_client::HyperClient;
use toolgate_llm_providers::{ApiKey, Catalogue, ChatModel, ChatRequest, Message};
use toolgate_testkit::{Rig, RigSettings};
use toolgate_tls_config::ClientTls;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let rig = Rig::start(RigSettings::default()).await;
    let http = Arc::new(HyperClient::builder(ClientTls::new().with_ca_file(rig.ca_path()).build()?).build());
    let request = ChatRequest::new(vec![Message::user("Hello, who are you?")]);
    let models = rig.models();
    for (id, base_url, key) in [
        ("openai", models.openai_base_url(), "sk-openai-rig"),
        ("anthropic", models.anthropic_base_url(), "sk-ant-rig"),
        ("gemini", models.gemini_base_url(), "gemini-key"),
    ] {
        let provider = Catalogue::builtin().provider(id)?.clone().with_base_url(base_url)?;
        let model = ChatModel::new(provider, "scripted", Some(ApiKey::new(key)?), http.clone())?;
        let response = model.chat(&request).await?;
        println!("{id}: {} ({:?})", response.text(), response.finish);
    }
    Ok(())
}
