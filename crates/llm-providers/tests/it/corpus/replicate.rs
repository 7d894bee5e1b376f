//! Replicate's predictions, read naively.

use serde_json::Value;
use toolgate_llm_providers::ErrorKind;

use super::naive::{Answer, Expected, error_kind, string};

pub(super) fn expected(body: &Value) -> Option<Expected> {
    let text = match &body["output"] {
        Value::Array(pieces) => pieces.iter().map(string).collect(),
        text => string(text),
    };
    let metric = |name: &str| body["metrics"][name].as_u64();
    Some(match body["status"].as_str()? {
        "succeeded" => Expected::Answer(Answer {
            text,
            calls: Vec::new(),
            finish: "Stop".to_owned(),
            usage: [metric("input_token_count"), metric("output_token_count"), None, None, None],
        }),
        "failed" => Expected::Error(error_kind(&body["error"])),
        _ => Expected::Error(ErrorKind::Timeout),
    })
}
