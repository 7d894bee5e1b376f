//! Embeddings with the settings that chats have, asked of scripted models of every make.

use toolgate::{EmbeddingPurpose, EmbeddingRequest, Error, ErrorKind, Toolgate};
use toolgate_testkit::models::{Dialect, embedding};

use crate::Bench;

const MODELS: [(&str, Dialect); 6] = [
    ("openai/text-embedding-rig", Dialect::OpenAi),
    ("openai_responses/text-embedding-rig", Dialect::OpenAi),
    ("gemini/gemini-embedding-rig", Dialect::Gemini),
    ("cohere/embed-rig", Dialect::Cohere),
    ("mistral/mistral-embed-rig", Dialect::Mistral),
    ("ollama/nomic-rig", Dialect::Ollama),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_text_gets_its_own_vector_from_every_provider() {
    let bench = Bench::start().await;
    let toolgate = Toolgate::open(bench.config()).unwrap();
    let texts: Vec<String> =
        (0..230).map(|number| format!("text \"{number}\" of many, größer als {number}")).collect();
    let request = EmbeddingRequest::new(texts.clone())
        .with_purpose(EmbeddingPurpose::Document)
        .with_dimensions(24)
        .with_batch_limit(90);
    let expected: Vec<Vec<f32>> = texts.iter().map(|text| embedding(text, 24)).collect();
    for (id, dialect) in MODELS {
        let before = bench.rig.models().controls().requests(dialect);
        let model = toolgate.embedding_model(id).unwrap();
        let answer = model.embed(&request).await.unwrap_or_else(|error| panic!("{id}: {error}"));
        assert!(answer.vectors == expected, "{id}: other vectors");
        assert!(answer.usage.input.is_some_and(|tokens| tokens > 230), "{id}: {:?}", answer.usage);
        assert_eq!(bench.rig.models().controls().requests(dialect) - before, 3, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_told_as_a_chats_failure_is() {
    let bench = Bench::start().await;
    let toolgate = Toolgate::open(bench.config()).unwrap();
    let request = EmbeddingRequest::new(["text"]).with_purpose(EmbeddingPurpose::Query);
    for (id, dialect) in MODELS {
        bench.rig.models().controls().fail_next(dialect, 1, 429);
        let error = toolgate.embedding_model(id).unwrap().embed(&request).await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::RateLimited, Some(429)), "{id}");
    }
    // What is too long for the model is said, not cut off.
    let long = EmbeddingRequest::new(["word ".repeat(2_000)]);
    let error = toolgate.embedding_model("ollama/nomic-rig").unwrap().embed(&long).await.unwrap_err();
    assert!(error.message().contains("exceeds the context length"), "{error}");
    let Err(Error::Model(error)) = toolgate.embedding_model("anthropic/claude-rig") else {
        panic!("it has none")
    };
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(toolgate.embedding_model("groq/m").unwrap_err().to_string().contains("GROQ_API_KEY"));
}
