//! OpenAI's and xAI's models behind Converse, which take less than they do elsewhere.

use serde_json::{Value, json};
use toolgate_llm_providers::{ChatOptions, ChatRequest, Message, ReasoningEffort};
use toolgate_tool_types::{Content, ToolResult};

use crate::sample::{asks, call, encode, losses};

fn said(model: &str, options: ChatOptions) -> (Value, Vec<String>) {
    let encoded =
        encode("bedrock", model, &ChatRequest::new(vec![Message::user("u")]).with_options(options)).unwrap();
    let lost = losses(&encoded).into_iter().map(str::to_owned).collect();
    (serde_json::from_slice(&encoded.body).unwrap(), lost)
}

/// "This model doesn't support the temperature field. Remove temperature and try again."
#[test]
fn one_that_samples_as_it_does_is_not_told_how() {
    let options = ChatOptions::default().with_temperature(0.5).with_top_p(0.9).with_max_tokens(500);
    for model in ["us.openai.gpt-6-sol", "openai.gpt-5.6-luna", "global.openai.gpt-5.4-v1:0", "xai.grok-4.6"]
    {
        let not = options.clone().with_reasoning_effort(ReasoningEffort::None);
        for options in [options.clone(), not] {
            let (body, lost) = said(model, options);
            assert_eq!(body["inferenceConfig"], json!({"maxTokens": 500}), "{model}");
            for path in ["options.temperature", "options.top_p"] {
                assert!(lost.iter().any(|lost| lost == path), "{model}: {lost:?}");
            }
        }
    }
    let (body, lost) = said("us.openai.gpt-6-sol", ChatOptions::default().with_stop(["END"]));
    assert_eq!((body.get("inferenceConfig"), lost), (None, vec!["options.stop".to_owned()]));
    let (body, lost) = said("openai.gpt-oss-120b-1:0", options);
    assert_eq!((&body["inferenceConfig"]["temperature"], lost.len()), (&json!(0.5), 0));
}

/// `reasoning.effort`, as in OpenAI's own API of responses: "minimal" is refused.
#[test]
fn an_effort_is_said_as_in_its_own_api() {
    use ReasoningEffort::{High, Max, Minimal, None as Not, XHigh};
    for (model, asked, word, lost) in [
        ("us.openai.gpt-6-sol", High, "high", 0),
        ("us.openai.gpt-6-sol", Max, "max", 0),
        ("us.openai.gpt-6-sol", Not, "none", 0),
        ("openai.gpt-6-astra", Not, "low", 1),
        ("openai.gpt-5.6-luna", Minimal, "low", 1),
        ("openai.gpt-5.4-v1:0", XHigh, "xhigh", 0),
        ("openai.gpt-9", High, "high", 0),
    ] {
        let (body, told) = said(model, ChatOptions::default().with_reasoning_effort(asked));
        assert_eq!(
            (&body["additionalModelRequestFields"], told.len()),
            (&json!({"reasoning": {"effort": word}}), lost),
            "{model} {asked:?}"
        );
    }
}

/// "This model doesn't support documents."
#[test]
fn a_document_in_a_result_is_named_and_not_shown() {
    let lookup = call("c", "t", "{}");
    let blob = Content::Resource {
        uri: "file:///a.pdf".into(),
        mime_type: Some("application/pdf".into()),
        text: None,
        blob: Some("AAAA".into()),
    };
    let result = Message::tool_result(&lookup, ToolResult::new(vec![blob]));
    let request = ChatRequest::new(vec![Message::user("u"), asks(&[&lookup]), result]);
    for (model, is_shown) in [("us.openai.gpt-6-sol", false), ("us.anthropic.claude-sonnet-4-6", true)] {
        let body = String::from_utf8(encode("bedrock", model, &request).unwrap().body.to_vec()).unwrap();
        assert_eq!(body.contains("AAAA"), is_shown, "{model}: {body}");
    }
}

/// Apart from Converse and from the other models, where OpenAI's own API is.
#[test]
fn its_own_api_has_a_row() {
    let row = crate::sample::provider("bedrock_mantle_responses");
    assert_eq!(row.base_url(), "https://bedrock-mantle.{region}.api.aws/openai/v1");
    let options =
        ChatOptions::default().with_temperature(0.5).with_reasoning_effort(ReasoningEffort::Minimal);
    let request = ChatRequest::new(vec![Message::user("u")]).with_options(options);
    let encoded = encode("bedrock_mantle_responses", "openai.gpt-5.6-luna", &request).unwrap();
    let body: Value = serde_json::from_slice(&encoded.body).unwrap();
    assert_eq!((&body["reasoning"]["effort"], body.get("temperature")), (&json!("low"), None));
    assert_eq!(losses(&encoded), ["options.temperature", "options.reasoning_effort"]);
}
