//! One request in the words of each provider.

use serde_json::{Value, json};
use toolgate_llm_providers::{Dialect, EmbeddingPurpose, EmbeddingRequest, ErrorKind, Provider, Quirk};
use toolgate_tool_types::JsonObject;

use super::{encode, encoded};

fn ask() -> EmbeddingRequest {
    EmbeddingRequest::new(["a \"b\"", "c"]).with_dimensions(256).with_purpose(EmbeddingPurpose::Document)
}

fn check<const N: usize>(cases: [(&str, &str, Value, Vec<&str>); N]) {
    for (id, model, expected, lost) in cases {
        let (body, found) = encoded(id, model, &ask());
        assert_eq!((body, found.iter().map(String::as_str).collect()), (expected, lost), "{id}");
    }
}

#[test]
fn servers_like_openais_are_asked_in_their_own_words() {
    let texts = ["a \"b\"", "c"];
    check([
        (
            "openai",
            "text-embedding-3-small",
            json!({"model": "text-embedding-3-small", "input": texts, "dimensions": 256, "encoding_format": "base64"}),
            vec!["purpose"],
        ),
        ("deepinfra", "m", json!({"model": "m", "input": texts, "dimensions": 256}), vec!["purpose"]),
        (
            "mistral",
            "codestral-embed",
            json!({"model": "codestral-embed", "input": texts, "output_dimension": 256, "encoding_format": "base64"}),
            vec!["purpose"],
        ),
        (
            "openrouter",
            "o/m",
            json!({"model": "o/m", "input": texts, "dimensions": 256, "input_type": "search_document",
                "encoding_format": "base64"}),
            vec![],
        ),
        (
            "nvidia_nim",
            "m",
            json!({"model": "m", "input": texts, "dimensions": 256, "input_type": "passage"}),
            vec![],
        ),
    ]);
}

#[test]
fn other_providers_are_asked_in_their_own_words() {
    let texts = ["a \"b\"", "c"];
    let gemini = |text: &str| {
        json!({"model": "models/gemini-embedding-001", "content": {"parts": [{"text": text}]},
            "taskType": "RETRIEVAL_DOCUMENT", "outputDimensionality": 256})
    };
    let predict = |text: &str| json!({"content": text, "task_type": "RETRIEVAL_DOCUMENT"});
    check([
        ("gemini", "gemini-embedding-001", json!({"requests": [gemini("a \"b\""), gemini("c")]}), vec![]),
        (
            "vertex_ai",
            "text-embedding-005",
            json!({"instances": [predict("a \"b\""), predict("c")],
                "parameters": {"autoTruncate": false, "outputDimensionality": 256}}),
            vec![],
        ),
        (
            "cohere",
            "embed-v4.0",
            json!({"model": "embed-v4.0", "texts": texts, "input_type": "search_document",
                "embedding_types": ["float"], "output_dimension": 256, "truncate": "NONE"}),
            vec![],
        ),
        (
            "ollama",
            "nomic-embed-text",
            json!({"model": "nomic-embed-text", "input": texts, "truncate": false, "dimensions": 256}),
            vec!["purpose"],
        ),
        (
            "bedrock",
            "us.cohere.embed-v4:0",
            json!({"texts": texts, "input_type": "search_document", "embedding_types": ["float"],
                "output_dimension": 256, "truncate": "NONE"}),
            vec![],
        ),
    ]);
}

#[test]
fn models_that_take_one_text_are_asked_for_each() {
    for (id, model, expected, lost) in [
        (
            "bedrock",
            "amazon.titan-embed-text-v2:0",
            json!({"inputText": "c", "dimensions": 256}),
            vec!["purpose"],
        ),
        ("bedrock", "amazon.titan-embed-text-v1", json!({"inputText": "c"}), vec!["dimensions", "purpose"]),
        (
            "bedrock",
            "amazon.nova-2-multimodal-embeddings-v1:0",
            json!({"taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": {"embeddingPurpose": "GENERIC_INDEX",
                "embeddingDimension": 256, "text": {"truncationMode": "NONE", "value": "c"}}}),
            vec![],
        ),
        (
            "vertex_ai_global",
            "gemini-embedding-001",
            json!({"instances": [{"content": "c", "task_type": "RETRIEVAL_DOCUMENT"}],
                "parameters": {"autoTruncate": false, "outputDimensionality": 256}}),
            vec![],
        ),
        (
            "vertex_ai",
            "gemini-embedding-2",
            json!({"content": {"parts": [{"text": "title: none | text: c"}]}, "autoTruncate": false,
                "outputDimensionality": 256}),
            vec![],
        ),
    ] {
        let encoded = encode(id, model, &ask()).unwrap();
        let lost_here: Vec<&str> = encoded.lossiness.iter().map(|loss| &*loss.path).collect();
        assert_eq!((encoded.batches.len(), lost_here), (2, lost), "{model}");
        assert_eq!(serde_json::from_slice::<Value>(&encoded.batches[1].body).unwrap(), expected, "{model}");
    }
}

#[test]
fn a_model_without_task_types_reads_in_the_text_what_it_is_for() {
    let text = |purpose: Option<EmbeddingPurpose>| {
        let mut request = EmbeddingRequest::new(["cats"]);
        request.purpose = purpose;
        let (body, lost) = encoded("gemini", "gemini-embedding-2", &request);
        assert!(lost.is_empty() && body["requests"][0]["taskType"].is_null());
        body["requests"][0]["content"]["parts"][0]["text"].as_str().unwrap().to_owned()
    };
    assert_eq!(text(None), "cats");
    assert_eq!(text(Some(EmbeddingPurpose::Query)), "task: search result | query: cats");
    assert_eq!(text(Some(EmbeddingPurpose::Document)), "title: none | text: cats");
    assert_eq!(text(Some(EmbeddingPurpose::Similarity)), "task: sentence similarity | query: cats");
}

#[test]
fn what_cannot_be_asked_is_refused_by_its_place() {
    let empty: [&str; 0] = [];
    for (id, model, request, kind, said) in [
        (
            "openai",
            "m",
            EmbeddingRequest::new(empty),
            ErrorKind::InvalidRequest,
            "texts: expected at least one",
        ),
        ("openai", "m", EmbeddingRequest::new(["a", ""]), ErrorKind::InvalidRequest, "texts[1]"),
        (
            "openai",
            "m",
            ask().with_strict(true),
            ErrorKind::InvalidRequest,
            "strict, and 1 would be lost: purpose",
        ),
        (
            "cohere",
            "m",
            EmbeddingRequest::new(["a"]),
            ErrorKind::InvalidRequest,
            "purpose: this model must be told",
        ),
        (
            "cohere",
            "m",
            ask().with_purpose(EmbeddingPurpose::Similarity),
            ErrorKind::InvalidRequest,
            "purpose: this model must be told",
        ),
        (
            "anthropic",
            "m",
            ask(),
            ErrorKind::Configuration,
            "anthropic_messages of this provider has no embeddings",
        ),
        ("writer", "m", ask(), ErrorKind::Configuration, "no embeddings"),
        (
            "bedrock",
            "anthropic.claude-x",
            ask(),
            ErrorKind::Configuration,
            "no embeddings by \"anthropic.claude-x\"",
        ),
    ] {
        let error = encode(id, model, &request).unwrap_err();
        assert_eq!(error.kind(), kind, "{id}: {error}");
        assert!(error.message().contains(said), "{id}: {error}");
    }
}

#[test]
fn what_only_one_provider_knows_is_added_and_replaces_nothing() {
    let voyage = Provider::new("voyage", "https://api.voyageai.com/v1", Dialect::OpenAiChat)
        .unwrap()
        .with_quirks(vec![Quirk::InputType, Quirk::OutputDimension]);
    let with = |members: &str| ask().with_extra("voyage", JsonObject::parse(members).unwrap());
    let encoded = voyage.encode_embeddings("voyage-4", &with(r#"{"truncation":false}"#)).unwrap();
    assert_eq!(
        encoded.batches[0].body,
        r#"{"model":"voyage-4","input":["a \"b\"","c"],"output_dimension":256,"input_type":"document","truncation":false}"#
    );
    let error = voyage.encode_embeddings("voyage-4", &with(r#"{"input":[]}"#)).unwrap_err();
    assert!(error.message().contains("extra.input"), "{error}");
    // Of another provider, it is nobody's.
    let (body, _) = super::encoded("deepinfra", "m", &with(r#"{"truncation":false}"#));
    assert!(body["truncation"].is_null());
}

#[test]
fn a_request_holds_no_more_than_its_provider_takes() {
    let many = |id: &str, model: &str, request: &EmbeddingRequest| -> Vec<usize> {
        encode(id, model, request).unwrap().batches.iter().map(|batch| batch.texts).collect()
    };
    let request = EmbeddingRequest::new(vec!["a"; 300]).with_purpose(EmbeddingPurpose::Query);
    assert_eq!(many("openai", "m", &request), [256, 44]);
    assert_eq!(many("gemini", "m", &request), [100, 100, 100]);
    assert_eq!(many("cohere", "m", &request), [96, 96, 96, 12]);
    assert_eq!(many("bedrock", "cohere.embed-english-v3", &request), [96, 96, 96, 12]);
    assert_eq!(many("vertex_ai", "text-embedding-005", &request), [250, 50]);
    assert_eq!(many("dashscope", "m", &request), vec![10; 30]);
    assert_eq!(many("cohere", "m", &request.clone().with_batch_limit(150)), [96, 96, 96, 12]);
    assert_eq!(many("cohere", "m", &request.with_batch_limit(75)), [75; 4]);
    let long = EmbeddingRequest::new(vec!["x".repeat(8_000); 3]);
    assert_eq!(many("mistral", "m", &long), [2, 1]);
    assert_eq!(many("openai", "m", &EmbeddingRequest::new(vec!["x".repeat(100_000); 4])), [2, 2]);
}
