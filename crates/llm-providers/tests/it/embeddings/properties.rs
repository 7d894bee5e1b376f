//! What must hold for any texts, however they are cut into requests and whatever form the answers have.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::{Value, json};
use toolgate_llm_providers::{EmbeddingPurpose, EmbeddingRequest};

use crate::sample::provider;
use crate::schemas;

/// A provider and one of its models, for each form that requests have.
const ASKED: [(&str, &str); 8] = [
    ("openai", "m"),
    ("mistral", "m"),
    ("gemini", "gemini-embedding-001"),
    ("vertex_ai", "text-embedding-005"),
    ("cohere", "m"),
    ("ollama", "m"),
    ("bedrock", "amazon.titan-embed-text-v2:0"),
    ("bedrock", "cohere.embed-v4:0"),
];

/// The texts of a request, found without the crate's help.
fn texts(body: &Value) -> Vec<String> {
    let list = |list: &Value, place: &str| -> Vec<String> {
        list.as_array()
            .unwrap()
            .iter()
            .map(|item| item.pointer(place).unwrap().as_str().unwrap().to_owned())
            .collect()
    };
    match body {
        body if body["input"].is_array() => list(&body["input"], ""),
        body if body["texts"].is_array() => list(&body["texts"], ""),
        body if body["requests"].is_array() => list(&body["requests"], "/content/parts/0/text"),
        body if body["instances"].is_array() => list(&body["instances"], "/content"),
        body => vec![body["inputText"].as_str().unwrap().to_owned()],
    }
}

/// A vector that no other text has.
fn vector(text: &str) -> Vec<f32> {
    let bytes = text.bytes().chain([0; 4]).take(4).map(f32::from);
    let sum: u32 = text.bytes().zip(1..).map(|(byte, place)| u32::from(byte) * place).sum();
    #[expect(clippy::cast_precision_loss, reason = "any number will do")]
    bytes.chain([sum as f32 / 1000.0, text.len() as f32 * 1e-7]).collect()
}

fn answer(id: &str, body: &Value, shift: usize) -> Value {
    let vectors: Vec<Vec<f32>> = texts(body).iter().map(|text| vector(text)).collect();
    match id {
        "openai" | "mistral" => {
            let of = |vector: &[f32]| match body["encoding_format"] == "base64" && shift.is_multiple_of(2) {
                true => json!(
                    STANDARD
                        .encode(vector.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>())
                ),
                false => json!(vector),
            };
            let mut data: Vec<Value> = vectors
                .iter()
                .zip(0..)
                .map(|(vector, index)| json!({"index": index, "embedding": of(vector)}))
                .collect();
            let shift = shift % data.len();
            data.rotate_left(shift);
            json!({"data": data})
        }
        "gemini" => {
            json!({"embeddings": vectors.iter().map(|values| json!({"values": values})).collect::<Vec<_>>()})
        }
        "vertex_ai" => {
            let of = |values: &Vec<f32>| json!({"embeddings": {"values": values}});
            json!({"predictions": vectors.iter().map(of).collect::<Vec<_>>()})
        }
        "ollama" => json!({"embeddings": vectors}),
        _ if body["texts"].is_array() => json!({"embeddings": {"float": vectors}}),
        _ => json!({"embedding": vectors[0]}),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_text_gets_its_own_vector_however_they_are_cut(
        (id, model) in prop::sample::select(ASKED.to_vec()),
        asked in prop::collection::vec(".{1,12}", 1..40),
        limit in prop::option::of(1_usize..50),
        shift in 0_usize..7,
    ) {
        let provider = provider(id);
        let mut request = EmbeddingRequest::new(asked.clone()).with_purpose(EmbeddingPurpose::Query);
        request.batch_limit = limit;
        let encoded = provider.encode_embeddings(model, &request).unwrap();
        let (mut sent, mut vectors) = (Vec::new(), Vec::new());
        for batch in &encoded.batches {
            let body: Value = serde_json::from_slice(&batch.body).unwrap();
            prop_assert_eq!(schemas::check("embeddings", id, &body), Ok(()));
            prop_assert!(limit.is_none_or(|limit| batch.texts <= limit));
            sent.extend(texts(&body));
            let reply = answer(id, &body, shift).to_string();
            vectors.extend(provider.decode_embeddings(model, &request, batch.texts, reply.as_bytes(), None).unwrap().vectors);
        }
        prop_assert_eq!(&sent, &asked);
        let expected: Vec<Vec<f32>> = asked.iter().map(|text| vector(text)).collect();
        prop_assert_eq!(vectors, expected);
    }

    #[test]
    fn any_bytes_are_read_or_refused(
        (id, model) in prop::sample::select(ASKED.to_vec()),
        body in prop_oneof![prop::collection::vec(any::<u8>(), 0..200), "[\\[\\]{}\":,a-z0-9.\\-e ]{0,200}".prop_map(String::into_bytes)],
        texts in 1_usize..4,
    ) {
        let request = EmbeddingRequest::new(vec!["t"; texts]).with_purpose(EmbeddingPurpose::Query);
        if let Ok(answer) = provider(id).decode_embeddings(model, &request, texts, &body, None) {
            prop_assert_eq!(answer.vectors.len(), texts);
        }
    }
}
