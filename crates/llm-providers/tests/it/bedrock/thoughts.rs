//! Whose thoughts go back to which model.

use serde_json::json;
use toolgate_llm_providers::{
    AssistantMessage, AssistantPart, ChatOptions, ChatRequest, Message, Opaque, Reasoning, ReasoningEffort,
};
use toolgate_tool_types::ToolResult;

use super::{CLAUDE, NOVA};
use crate::sample::{call, encode, encoded, losses, text, tool};

const PROFILE: &str = "arn:aws:bedrock:eu-west-1:1:application-inference-profile/abc";
const GPT: &str = "openai.gpt-5.4-v1:0";

fn thought(writer: Option<&str>, opaque: Opaque) -> AssistantPart {
    let thought = Reasoning::new("bedrock", "hm").with_opaque(opaque);
    AssistantPart::Reasoning(match writer {
        Some(writer) => thought.with_model(writer),
        None => thought,
    })
}

/// "User messages cannot contain reasoning content" is what Nova says to a thought of Claude's; Llama, Kimi and others are no
/// kinder.
#[test]
fn a_model_is_given_its_own_thoughts_and_a_claude_those_of_any() {
    let kimi = "moonshotai.kimi-k2.5";
    for (writer, reader, is_sent) in [
        (Some(CLAUDE), CLAUDE, true),
        (Some(CLAUDE), "eu.anthropic.claude-opus-4-6-v1", true),
        (Some(CLAUDE), PROFILE, true),
        (Some(PROFILE), CLAUDE, true),
        (Some(GPT), GPT, true),
        (Some(CLAUDE), NOVA, false),
        (Some(CLAUDE), kimi, false),
        (Some(CLAUDE), GPT, false),
        (Some(GPT), CLAUDE, false),
        (Some(GPT), "openai.gpt-oss-120b-1:0", false),
        // Nobody said whose it is: most that signs is Claude.
        (None, CLAUDE, true),
        (None, PROFILE, true),
        (None, GPT, true),
        (None, NOVA, false),
        (None, kimi, false),
    ] {
        for opaque in [Opaque::Signature("sig".into()), Opaque::Redacted("AA==".into())] {
            let answer = AssistantMessage::new(vec![thought(writer, opaque), text("so")]);
            let request = ChatRequest::new(vec![Message::user("u"), answer.into(), Message::user("v")]);
            let encoded = encode("bedrock", reader, &request).unwrap();
            let body = String::from_utf8(encoded.body.to_vec()).unwrap();
            assert_eq!(body.contains("reasoningContent"), is_sent, "{writer:?} to {reader}");
            let lost: &[&str] = if is_sent { &[] } else { &["messages[1].parts[0]"] };
            assert_eq!(losses(&encoded), lost, "{writer:?} to {reader}");
        }
    }
}

/// "When `thinking` is enabled, a final `assistant` message must start with a thinking block": one that is not sent is none.
#[test]
fn a_claude_that_goes_on_for_another_model_does_not_think() {
    let lookup = call("c", "t", "{}");
    let thinking = |writer: &str| {
        let thought = thought(Some(writer), Opaque::Redacted("AA==".into()));
        let answer = AssistantMessage::new(vec![thought, AssistantPart::ToolCall(lookup.clone())]);
        let result = Message::tool_result(&lookup, ToolResult::text("ok"));
        let request = ChatRequest::new(vec![Message::user("u"), answer.into(), result])
            .with_tools(vec![tool("t", "{}")])
            .with_options(ChatOptions::default().with_reasoning_effort(ReasoningEffort::Low));
        encoded("bedrock", CLAUDE, &request)["additionalModelRequestFields"]["thinking"]["type"].clone()
    };
    assert_eq!(thinking(CLAUDE), "enabled");
    assert_ne!(thinking(GPT), json!("enabled"));
}

/// A thought whose text is left out is its signature alone, and goes back so (`RubyLLM`, issue 871).
#[test]
fn a_thought_without_text_goes_back_with_its_signature() {
    let thought =
        Reasoning::new("bedrock", "").with_opaque(Opaque::Signature("sig".into())).with_model(CLAUDE);
    let answer = AssistantMessage::new(vec![AssistantPart::Reasoning(thought), text("so")]);
    let request = ChatRequest::new(vec![Message::user("u"), answer.into(), Message::user("v")]);
    let content = encoded("bedrock", CLAUDE, &request)["messages"][1]["content"].clone();
    assert_eq!(
        content,
        json!([{"reasoningContent": {"reasoningText": {"text": "", "signature": "sig"}}}, {"text": "so"}])
    );
}
