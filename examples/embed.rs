//! Texts as vectors: the passage that answers a question, found by any provider's model.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use toolgate::{EmbeddingPurpose, EmbeddingRequest, Toolgate};
use toolgate_examples::rig::{self, FULL};
use toolgate_testkit::{Rig, RigSettings};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let rig = Rig::start(RigSettings::default()).await;
    let folder = tempfile::tempdir()?;
    // Against services of your own the settings are `Config::load()?`.
    let toolgate = Toolgate::open(rig::config(&rig, FULL, &folder.path().join("embed.audit.jsonl")))?;
    let passages = ["Cats eat fish and mice.", "Ships need harbours.", "Trains run on rails."];
    let documents = EmbeddingRequest::new(passages).with_purpose(EmbeddingPurpose::Document);
    let query = EmbeddingRequest::new(["What do cats eat?"]).with_purpose(EmbeddingPurpose::Query);
    for id in ["openai/embed-rig", "cohere/embed-rig", "gemini/embed-rig", "ollama/embed-rig"] {
        let model = toolgate.embedding_model(id)?;
        let (vectors, asked) = (model.embed(&documents).await?.vectors, model.embed(&query).await?.vectors);
        for (vector, passage) in vectors.iter().zip(passages) {
            let nearness: f32 =
                vector.iter().zip(asked.iter().flatten()).map(|(one, other)| one * other).sum();
            println!("{id}: {nearness:.2} {passage}");
        }
    }
    Ok(())
}
