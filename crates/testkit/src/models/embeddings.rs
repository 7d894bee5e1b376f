//! Embeddings in five APIs: OpenAI's, Gemini's, Cohere's, Mistral's and Ollama's.
//!
//! A vector is made from the words of its text alone, so that texts that share words are near each other, a test knows
//! what must come out, and all APIs give the same.

mod cohere;
mod gemini;
mod mistral;
mod ollama;
mod openai;

use axum::Router;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::state::ModelControls;

pub(super) use gemini::embed as gemini;

/// How many numbers a vector has where the request does not say.
const DIMENSIONS: usize = 64;

pub(crate) fn routes(controls: ModelControls) -> Router {
    openai::routes(controls.clone())
        .merge(cohere::routes(controls.clone()))
        .merge(mistral::routes(controls.clone()))
        .merge(ollama::routes(controls))
}

/// The vector of `text`, of length 1: each word counts at a place that only the word decides.
///
/// ```
/// use toolgate_testkit::models::embedding;
///
/// let near = |one: &str, other: &str| {
///     let (one, other) = (embedding(one, 64), embedding(other, 64));
///     one.iter().zip(&other).map(|(one, other)| one * other).sum::<f32>()
/// };
/// assert!(near("what cats eat", "Cats eat fish.") > near("what cats eat", "Ships need harbours."));
/// ```
pub fn embedding(text: &str, dimensions: usize) -> Vec<f32> {
    let mut vector = vec![0.0_f32; dimensions.max(1)];
    let words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    for word in words {
        let hash = hash(&word.to_lowercase());
        let place = usize::try_from(hash >> 8).unwrap_or_default() % vector.len();
        vector[place] += if hash.is_multiple_of(2) { 1.0 } else { -1.0 };
    }
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    if length == 0.0 {
        // Words may cancel each other out, and some texts have none.
        vector[0] = 1.0;
        return vector;
    }
    vector.iter().map(|number| number / length).collect()
}

/// FNV-1a of 32 bits: the same on every machine.
fn hash(word: &str) -> u32 {
    word.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// One text or several.
fn texts(input: &Value) -> Vec<&str> {
    match input {
        Value::String(text) => vec![text],
        other => other.as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
    }
}

/// The list that OpenAI and Mistral answer with.
fn data(texts: &[&str], size: &Value, encoding: &Value) -> Vec<Value> {
    let written = |text: &str| {
        let vector = embedding(text, dimensions(size));
        match encoding == "base64" {
            true => {
                json!(STANDARD.encode(vector.into_iter().flat_map(f32::to_le_bytes).collect::<Vec<u8>>()))
            }
            false => json!(vector),
        }
    };
    let item = |(index, text): (usize, &&str)| json!({"object": "embedding", "index": index, "embedding": written(text)});
    texts.iter().enumerate().map(item).collect()
}

fn dimensions(asked: &Value) -> usize {
    asked.as_u64().and_then(|asked| usize::try_from(asked).ok()).unwrap_or(DIMENSIONS)
}

/// Tokens by the rule of thumb of four letters each.
fn tokens(texts: &[&str]) -> usize {
    texts.iter().map(|text| 1 + text.len() / 4).sum()
}
