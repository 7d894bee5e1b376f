//! The whole: a model, its tool call through the gate, the answer.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use toolgate::Toolgate;
use toolgate_examples::rig::{self, FULL};
use toolgate_testkit::{Rig, RigSettings};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let rig = Rig::start(RigSettings::default()).await;
    let folder = tempfile::tempdir()?;
    // Against servers of your own this line is `Config::load()?`.
    let config = rig::config(&rig, FULL, &folder.path().join("chat.audit.jsonl"));

    let toolgate = Toolgate::open(config)?;
    let model = toolgate.model(Some("anthropic/claude-rig"))?;
    let question = "Look up information for customer 'JOHNDOE123' and tell me about their account status.";
    let answer = toolgate.chat(&model, question).await?;
    for passage in &answer.passages {
        println!(
            "{} {}: allowed {}",
            passage.call.name,
            passage.call.raw_arguments,
            passage.decision.is_allowed()
        );
    }
    println!("{}", answer.text);
    Ok(())
}
