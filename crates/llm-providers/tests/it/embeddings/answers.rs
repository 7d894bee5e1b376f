//! Answers: read when they are good, refused when a vector could be taken for another's.

use toolgate_llm_providers::{
    ApiKey, EmbeddingPurpose, EmbeddingRequest, EmbeddingResponse, ErrorKind, ProviderError,
};

use crate::sample::provider;

fn decode(id: &str, model: &str, texts: usize, body: &str) -> Result<EmbeddingResponse, ProviderError> {
    let request = EmbeddingRequest::new(vec!["t"; texts]).with_purpose(EmbeddingPurpose::Query);
    let key = ApiKey::new("sk-canary-4f1d").unwrap();
    provider(id).decode_embeddings(model, &request, texts, body.as_bytes(), Some(&key))
}

const ONE: &[&[f32]] = &[&[0.5, -1.0]];
const TWO: &[&[f32]] = &[&[0.5, -1.0], &[1e-7, 3.0]];

/// A provider, a model, an answer, and what it says: vectors, tokens, the model.
type Case = (&'static str, &'static str, &'static str, &'static [&'static [f32]], Option<u64>, &'static str);

fn check(cases: &[Case]) {
    for (id, model, body, vectors, tokens, named) in cases {
        let answer = decode(id, model, vectors.len(), body).unwrap_or_else(|error| panic!("{id}: {error}"));
        assert_eq!(answer.vectors, *vectors, "{id}");
        assert_eq!((answer.usage.input, &*answer.model), (*tokens, *named), "{id}");
    }
}

#[test]
fn each_answer_is_read_in_the_order_of_the_texts() {
    check(&[
        (
            "openai",
            "m",
            r#"{"object":"list","data":[{"index":1,"embedding":"lb/WMwAAQEA="},{"index":0,"embedding":"AAAAPwAAgL8="}],
                "model":"m-1","usage":{"prompt_tokens":3,"total_tokens":4}}"#,
            TWO,
            Some(3),
            "m-1",
        ),
        (
            "groq",
            "m",
            r#"{"data":[{"embedding":[0.5,-1]},{"embedding":[1e-7,3]}],"usage":{"total_tokens":4}}"#,
            TWO,
            Some(4),
            "",
        ),
        ("gemini", "m", r#"{"embeddings":[{"values":[0.5,-1]},{"values":[1e-7,3.0]}]}"#, TWO, None, ""),
        (
            "gemini",
            "m",
            r#"{"embeddings":[{"values":[0.5,-1]}],"usageMetadata":{"promptTokenCount":7}}"#,
            ONE,
            Some(7),
            "",
        ),
        (
            "vertex_ai",
            "text-embedding-005",
            r#"{"predictions":[{"embeddings":{"values":[0.5,-1],"statistics":{"token_count":2,"truncated":false}}},
                {"embeddings":{"values":[1e-7,3],"statistics":{"token_count":3}}}]}"#,
            TWO,
            Some(5),
            "",
        ),
        (
            "vertex_ai",
            "gemini-embedding-2",
            r#"{"embedding":{"values":[0.5,-1]},"usageMetadata":{"promptTokenCount":11}}"#,
            ONE,
            Some(11),
            "",
        ),
    ]);
}

#[test]
fn each_answer_of_other_makes_is_read_in_the_order_of_the_texts() {
    check(&[
        (
            "cohere",
            "m",
            r#"{"embeddings":{"float":[[0.5,-1],[1e-7,3]]},"meta":{"billed_units":{"input_tokens":6}}}"#,
            TWO,
            Some(6),
            "",
        ),
        (
            "ollama",
            "m",
            r#"{"model":"m:latest","embeddings":[[0.5,-1],[1e-7,3]],"prompt_eval_count":9}"#,
            TWO,
            Some(9),
            "m:latest",
        ),
        (
            "bedrock",
            "amazon.titan-embed-text-v2:0",
            r#"{"embedding":[0.5,-1],"embeddingsByType":{"float":[0.5,-1]},"inputTextTokenCount":4}"#,
            ONE,
            Some(4),
            "",
        ),
        (
            "bedrock",
            "cohere.embed-english-v3",
            r#"{"data":[{"index":1,"embedding":[1e-7,3]},{"index":0,"embedding":[0.5,-1]}]}"#,
            TWO,
            None,
            "",
        ),
        (
            "bedrock",
            "amazon.nova-2-multimodal-embeddings-v1:0",
            r#"{"embeddings":[{"embeddingType":"TEXT","embedding":[0.5,-1]}]}"#,
            ONE,
            None,
            "",
        ),
    ]);
}

#[test]
fn vectors_that_cannot_be_told_apart_are_refused() {
    let openai = |data: &str| format!(r#"{{"data":[{data}]}}"#);
    for (data, said) in [
        (r#"{"index":0,"embedding":[1]}"#, "a vector for each of 2 texts, found 1"),
        (r#"{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}"#, "each index once"),
        (r#"{"index":1,"embedding":[1]},{"index":2,"embedding":[1]}"#, "each index once"),
        (r#"{"index":0,"embedding":[1]},{"embedding":[1]}"#, "each index once"),
        (
            r#"{"index":0,"embedding":[1]},{"index":1,"embedding":[1,2]}"#,
            "vectors of one length, found 1 numbers and 2",
        ),
        (r#"{"index":0,"embedding":[]},{"index":1,"embedding":[]}"#, "finite numbers"),
        (r#"{"index":0,"embedding":[1e39]},{"index":1,"embedding":[1]}"#, "expected an answer as JSON"),
        // Infinity.
        (r#"{"index":0,"embedding":"AACAfw=="},{"index":1,"embedding":[1]}"#, "finite numbers"),
        // NaN.
        (r#"{"index":0,"embedding":"AADAfw=="},{"index":1,"embedding":[1]}"#, "finite numbers"),
        (r#"{"index":0,"embedding":"AADA"},{"index":1,"embedding":[1]}"#, "text that is none"),
        (r#"{"index":0,"embedding":"not base64"},{"index":1,"embedding":[1]}"#, "text that is none"),
        (r#"{"index":0,"embedding":[null]},{"index":1,"embedding":[1]}"#, "expected an answer as JSON"),
    ] {
        let error = decode("openai", "m", 2, &openai(data)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MalformedOutput, "{data}");
        assert!(error.message().contains(said), "{data}: {error}");
    }
    // Bytes, where floats were not asked for as text: this provider's are 8 bits each.
    let error = decode("perplexity", "m", 1, &openai(r#"{"index":0,"embedding":"9sYAAw=="}"#)).unwrap_err();
    assert!(error.message().contains("text that is none"), "{error}");
}

#[test]
fn a_length_that_was_asked_for_is_kept_or_it_is_an_error() {
    let body = r#"{"data":[{"index":0,"embedding":[1,2,3]}]}"#;
    let ask = |dimensions| {
        let request = EmbeddingRequest::new(["t"]).with_dimensions(dimensions);
        provider("groq").decode_embeddings("m", &request, 1, body.as_bytes(), None)
    };
    assert_eq!(ask(3).unwrap().vectors, [[1.0, 2.0, 3.0]]);
    let error = ask(2).unwrap_err();
    assert!(error.message().contains("vectors of 2 numbers, as asked for, found 3"), "{error}");
}

#[test]
fn an_error_inside_a_200_is_the_providers_and_does_not_repeat_the_key() {
    let body = r#"{"error":{"message":"sk-canary-4f1d: No successful provider responses.","code":429}}"#;
    let error = decode("openrouter", "m", 1, body).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(error.message().contains("No successful provider") && !format!("{error:?}").contains("canary"));
    assert_eq!(decode("openai", "m", 1, "<html>").unwrap_err().kind(), ErrorKind::MalformedOutput);
    assert_eq!(
        decode("cohere", "m", 1, r#"{"embeddings":{"float":null}}"#).unwrap_err().kind(),
        ErrorKind::MalformedOutput
    );
    assert_eq!(decode("openai", "m", 1, "{}").unwrap_err().kind(), ErrorKind::MalformedOutput);
}
