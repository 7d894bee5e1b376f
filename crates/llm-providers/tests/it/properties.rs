//! What must hold for every conversation, every cutting of a stream, and any bytes at all.

mod conversations;
mod facts;
mod streams;
mod tools;

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::Value;
use toolgate_llm_providers::{ChatRequest, Dialect, ErrorKind, Message, Provider, Quirk, RenderedTools};

use crate::corpus::requests::{normal, read};
use crate::schemas;
use conversations::OWN;

/// Dialects that a naive reader of requests has been written for.
const READ: [Dialect; 5] = [
    Dialect::OpenAiChat,
    Dialect::AnthropicMessages,
    Dialect::GeminiGenerate,
    Dialect::CohereChat,
    Dialect::GigaChat,
];

/// By which provider's schema a dialect's requests are judged.
fn owner(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::AnthropicMessages => "anthropic",
        Dialect::GeminiGenerate => "gemini",
        Dialect::CohereChat => "cohere",
        _ => "openai",
    }
}

/// A conversation, its dialect, and a model of that dialect: old and new ones are told to think in different words.
fn asked() -> impl Strategy<Value = (Dialect, &'static str, ChatRequest)> {
    let models = prop::sample::select(vec!["m", "claude-haiku-4-5", "gemini-3-pro"]);
    (prop::sample::select(READ.to_vec()), models)
        .prop_flat_map(|(dialect, model)| (Just(dialect), Just(model), conversations::conversation(dialect)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_conversation_keeps_what_no_loss_names((dialect, model, request) in asked()) {
        let quirks = vec![Quirk::ReasoningContent];
        let provider = Provider::new(OWN, "https://h", dialect).unwrap().with_quirks(quirks);
        let tools = RenderedTools::new(dialect, Arc::clone(&request.tools));
        let encoded = match provider.encode(model, &tools, &request) {
            Ok(encoded) => encoded,
            // What a dialect has no words for is refused by its place.
            Err(error) => {
                prop_assert_eq!(error.kind(), ErrorKind::InvalidRequest);
                let message = error.message();
                prop_assert!(["messages[", "options.", "tool_choice"].iter().any(|place| message.contains(place)), "{}", message);
                return Ok(());
            }
        };
        let mut body: Value = serde_json::from_slice(&encoded.body).unwrap();
        prop_assert_eq!(schemas::check(dialect.name(), owner(dialect), &body), Ok(()));
        normal::normal(dialect, &mut body);
        let back = read(dialect, OWN, model, body.clone()).unwrap();
        let back = back.map_err(|place| TestCaseError::fail(format!("{place}\n{body}")))?;
        prop_assert!(back.extra.is_empty(), "{:?}", back.extra);
        let losses: Vec<&str> = encoded.lossiness.iter().map(|loss| loss.path.as_str()).collect();
        let request = match dialect {
            Dialect::GigaChat => facts::one_text_each(request),
            Dialect::AnthropicMessages => facts::one_id_each(request),
            _ => request,
        };
        let before = facts::facts(dialect, &request);
        let after = facts::facts(dialect, &back.request);
        let missing = facts::missing(&before, &after, &losses);
        prop_assert!(missing.is_empty(), "{dialect} lost {missing:?}\nreported {losses:?}\n{body}");
        prop_assert_eq!(words(&request), words(&back.request));
    }

    #[test]
    fn the_same_conversation_gives_the_same_bytes((dialect, model, request) in asked()) {
        let provider = Provider::new(OWN, "https://h", dialect).unwrap();
        let encode = || {
            let tools = RenderedTools::new(dialect, Arc::clone(&request.tools));
            provider.encode_stream(model, &tools, &request).ok().map(|encoded| encoded.body)
        };
        prop_assert_eq!(encode(), encode());
    }

    #[test]
    fn strict_refuses_exactly_what_loses((dialect, model, request) in asked()) {
        let provider = Provider::new(OWN, "https://h", dialect).unwrap();
        let tools = RenderedTools::new(dialect, Arc::clone(&request.tools));
        let losing = provider.encode(model, &tools, &request).map(|encoded| !encoded.lossiness.is_empty());
        let strict = provider.encode(model, &tools, &request.with_strict(true));
        prop_assert_eq!(strict.is_ok(), matches!(losing, Ok(false)));
    }
}

/// The user's words, in their order.
fn words(request: &ChatRequest) -> Vec<String> {
    let said = request.messages.iter().filter_map(|message| match message {
        Message::User { content } => Some(content),
        _ => None,
    });
    let text = |part: &toolgate_llm_providers::Part| match part {
        toolgate_llm_providers::Part::Text { text } if !text.starts_with("Operator note") => {
            Some(text.to_string())
        }
        _ => None,
    };
    said.flatten().filter_map(text).collect()
}
