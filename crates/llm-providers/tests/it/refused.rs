//! What providers refuse of a conversation that another provider, a tool or time made: with it, no later request would pass.

use serde_json::{Value, json};
use toolgate_llm_providers::{
    AssistantMessage, AssistantPart, ChatOptions, ChatRequest, Message, Opaque, ReasoningEffort, ToolChoice,
};
use toolgate_tool_types::{Content, JsonObject, ToolResult};

use crate::sample::{asks, call, encode, encoded, losses, reasoning, text, tool};

const EFFORT: &str = "options.reasoning_effort";

fn thinking(messages: Vec<Message>) -> ChatRequest {
    ChatRequest::new(messages)
        .with_options(ChatOptions::default().with_reasoning_effort(ReasoningEffort::Low))
}

fn answer(parts: Vec<AssistantPart>) -> Message {
    AssistantMessage::new(parts).into()
}

#[test]
fn a_claude_does_not_think_on_from_what_it_did_not_think() {
    let lookup = call("c", "lookup", "{}");
    let result = || Message::tool_result(&lookup, ToolResult::text("ok"));
    let called = |mut parts: Vec<AssistantPart>| {
        parts.push(AssistantPart::ToolCall(lookup.clone()));
        answer(parts)
    };
    let signed = |provider| reasoning(provider, "t", Some(Opaque::Signature("s".into())));
    for (provider, model) in [
        ("anthropic", "claude-sonnet-4-5"),
        ("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("vertex_ai_anthropic", "claude-sonnet-4-5@20250929"),
    ] {
        let thinks = |messages: Vec<Message>| {
            let request = thinking(messages);
            let encoded = encode(provider, model, &request).unwrap();
            let body: Value = serde_json::from_slice(&encoded.body).unwrap();
            let is_told = losses(&encoded).contains(&EFFORT);
            let fields = body.get("additionalModelRequestFields").unwrap_or(&body);
            assert_eq!(is_told, fields.get("thinking").is_none(), "{body}");
            !is_told
        };
        let asked = || Message::user("u");
        assert!(thinks(vec![asked(), called(vec![signed(provider)]), result()]));
        assert!(thinks(vec![asked(), called(vec![text(" "), signed("openai"), signed(provider)]), result()]));
        assert!(thinks(vec![asked(), answer(vec![text("a")]), asked()]), "an answer that is over");
        assert!(!thinks(vec![asked(), called(vec![signed("openai")]), result()]));
        assert!(!thinks(vec![asked(), called(vec![text("a"), signed(provider)]), result()]));
        assert!(!thinks(vec![asked(), called(vec![]), result(), Message::CachePoint]));
        assert!(!thinks(vec![asked(), answer(vec![text("a")])]), "an answer to be continued");
    }
    // Later ones take an effort, and what they did not think with it.
    let later = thinking(vec![Message::user("u"), called(vec![]), result()]);
    assert_eq!(encoded("anthropic", "claude-opus-4-8", &later)["thinking"]["type"], "adaptive");
    // Without thinking, a call may be forced.
    let tools = vec![tool("lookup", "{}")];
    let forced = later.with_tools(tools).with_tool_choice(ToolChoice::Required);
    assert_eq!(encoded("anthropic", "claude-sonnet-4-5", &forced)["tool_choice"], json!({"type": "any"}));
}

#[test]
fn a_picture_that_no_model_sees_is_told_in_words() {
    let plot = call("c", "plot", "{}");
    let of = |media_type: &str, data: &str| {
        let picture = Content::Image { data: data.into(), mime_type: media_type.into() };
        let result = ToolResult::new(vec![Content::text("done"), picture]);
        ChatRequest::new(vec![Message::user("u"), asks(&[&plot]), Message::tool_result(&plot, result)])
    };
    let models = [
        ("anthropic", "claude-opus-4-8"),
        ("bedrock", "amazon.nova-pro-v1:0"),
        ("openai_responses", "gpt-5.2"),
        ("gemini", "gemini-3-flash-preview"),
        ("ollama", "qwen3-vl"),
    ];
    for (provider, model) in models {
        for (media_type, data) in [("image/svg+xml", "PHN2Zy8+"), ("image/png", "")] {
            let encoded = encode(provider, model, &of(media_type, data)).unwrap();
            let body = String::from_utf8_lossy(&encoded.body);
            let told = format!("[{media_type} left out: it cannot be shown to this model]");
            assert!(body.contains(&told), "{provider}: {body}");
            assert!(losses(&encoded).contains(&"messages[2]"), "{provider}");
        }
        // As many tools call a JPEG.
        for media_type in ["image/jpg", "IMAGE/JPEG", "image/jpeg; q=1"] {
            let encoded = encode(provider, model, &of(media_type, "/9j/")).unwrap();
            let body = String::from_utf8_lossy(&encoded.body);
            assert!(body.contains("/9j/") && !body.contains(media_type), "{provider}: {body}");
        }
    }
}

#[test]
fn no_more_marks_are_sent_than_are_taken() {
    let marked: Vec<Message> = std::iter::once(Message::system("s"))
        .chain(std::iter::once(Message::CachePoint))
        .chain((0..6).flat_map(|_| [Message::user("u"), Message::CachePoint, Message::assistant("a")]))
        .chain(std::iter::once(Message::user("u")))
        .collect();
    let request = ChatRequest::new(marked).with_strict(true);
    let marks = |provider, model, mark| encoded(provider, model, &request).to_string().matches(mark).count();
    assert_eq!(marks("anthropic", "claude-opus-4-8", "cache_control"), 4);
    assert!(encoded("anthropic", "claude-opus-4-8", &request)["system"][0].get("cache_control").is_some());
    let profile = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abcdefghijk2";
    for (model, expected) in [
        ("eu.anthropic.claude-sonnet-4-5-20250929-v1:0", 4),
        ("amazon.nova-pro-v1:0", 4),
        (profile, 4),
        // "You invoked an unsupported model or your request did not allow prompt caching."
        ("meta.llama3-3-70b-instruct-v1:0", 0),
        ("anthropic.claude-3-haiku-20240307-v1:0", 0),
        ("openai.gpt-oss-120b-1:0", 0),
    ] {
        assert_eq!(marks("bedrock", model, "cachePoint"), expected, "{model}");
    }
}

#[test]
fn openai_thinks_or_calls_tools() {
    let request = |effort: Option<ReasoningEffort>| {
        let mut request = ChatRequest::new(vec![Message::user("u")])
            .with_tools(vec![tool("lookup", r#"{"type":"object"}"#)]);
        request.options.reasoning_effort = effort;
        request
    };
    let low = Some(ReasoningEffort::Low);
    let none = Some(ReasoningEffort::None);
    for (provider, model, effort, sent, is_told) in [
        ("openai", "gpt-5.2", low, json!("low"), false),
        ("openai", "gpt-5.4", low, Value::Null, true),
        ("openai", "gpt-5.4-mini", None, Value::Null, false),
        ("openai", "gpt-5.4", none, Value::Null, false),
        ("openai", "gpt-5.5", low, Value::Null, true),
        ("openai", "gpt-5.6-terra", low, json!("none"), true),
        ("openai", "gpt-5.6-terra", none, json!("none"), false),
        // Unasked it would think, and then it is refused too.
        ("openai", "gpt-5.6-terra", None, json!("none"), true),
        ("openrouter", "openai/gpt-5.6-terra", low, json!("low"), false),
    ] {
        let encoded = encode(provider, model, &request(effort)).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        assert_eq!(body["reasoning_effort"], sent, "{model} {effort:?}");
        assert_eq!(losses(&encoded).contains(&EFFORT), is_told, "{model} {effort:?}");
    }
    let mut alone = request(low);
    alone.tools = [].into();
    assert_eq!(encoded("openai", "gpt-5.6-terra", &alone)["reasoning_effort"], "low");
    assert_eq!(encoded("openai_responses", "gpt-5.6-terra", &request(low))["reasoning"]["effort"], "low");
    let members = JsonObject::parse(r#"{"reasoning_effort":"none"}"#).unwrap();
    let mut own = request(None);
    own.options = own.options.with_extra("openai", members);
    assert_eq!(encoded("openai", "gpt-5.6-terra", &own)["reasoning_effort"], "none");
}

#[test]
fn half_a_character_is_replaced() {
    let cut = call("c", "search", r#"{"for":"a\ud83d","n":"\ud83d\ude00"}"#);
    let structured = serde_json::value::RawValue::from_string(r#"{"found":"\ude00"}"#.to_owned()).unwrap();
    let result = ToolResult::new(vec![Content::text("ok")]).with_structured(structured.into());
    let messages = vec![Message::user("u"), asks(&[&cut]), Message::tool_result(&cut, result)];
    let tools = vec![tool("search", r#"{"type":"object","properties":{"for":{"description":"\ud83d"}}}"#)];
    let request = ChatRequest::new(messages).with_tools(tools);
    for (provider, model) in [
        ("anthropic", "claude-opus-4-8"),
        ("bedrock", "amazon.nova-pro-v1:0"),
        ("gemini", "gemini-3-flash-preview"),
        ("mistral", "mistral-large-latest"),
        ("ollama", "qwen3"),
    ] {
        // That it is read here is what is wanted.
        let sent = encode(provider, model, &request).unwrap();
        let body = String::from_utf8_lossy(&sent.body);
        assert!(body.contains("a\\ufffd") || body.contains("a\\\\ufffd"), "{provider}: {body}");
        assert!(losses(&sent).contains(&"messages[1].parts[0]"), "{provider}");
    }
}

#[test]
fn a_thought_that_nothing_follows_stays_away() {
    let thought = |id: &str| {
        let item = format!(r#"{{"type":"reasoning","id":"{id}","summary":[],"encrypted_content":"x"}}"#);
        reasoning("openai_responses", "", Some(Opaque::Item(item.into())))
    };
    let cut = answer(vec![thought("rs_1"), text("a"), thought("rs_2")]);
    let only = answer(vec![thought("rs_3")]);
    let request = ChatRequest::new(vec![Message::user("u"), cut, only, Message::user("go on")]);
    let sent = encoded("openai_responses", "gpt-5.2", &request);
    let kinds: Vec<&Value> = sent["input"].as_array().unwrap().iter().map(|item| &item["id"]).collect();
    assert_eq!(kinds, [&Value::Null, &json!("rs_1"), &Value::Null, &Value::Null], "{sent}");
}

#[test]
fn a_grok_is_told_what_it_can_be_told() {
    for (model, effort, sent, is_told) in [
        ("grok-4-0709", ReasoningEffort::High, Value::Null, true),
        ("grok-4.20-reasoning", ReasoningEffort::None, Value::Null, false),
        ("grok-4.3", ReasoningEffort::None, json!("none"), false),
        ("grok-4.3", ReasoningEffort::XHigh, json!("high"), true),
        ("grok-3-mini", ReasoningEffort::Minimal, json!("low"), true),
        ("grok-latest", ReasoningEffort::High, json!("high"), false),
    ] {
        let options = ChatOptions::default().with_reasoning_effort(effort);
        let request = ChatRequest::new(vec![Message::user("u")]).with_options(options);
        let encoded = encode("xai", model, &request).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        assert_eq!(body["reasoning_effort"], sent, "{model} {effort:?}");
        assert_eq!(losses(&encoded).contains(&EFFORT), is_told, "{model} {effort:?}");
    }
}
