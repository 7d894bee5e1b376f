//! Options and parts that the dialects say in different words, or not at all.

use serde_json::{Value, json};
use toolgate_llm_providers::{
    ChatOptions, ChatRequest, ErrorKind, JsonSchema, Media, Message, Part, ReasoningEffort, ResponseFormat,
    ToolChoice,
};
use toolgate_tool_types::JsonObject;

use crate::sample::{decode, encode, encoded, losses, tool, user};

fn ask(options: ChatOptions) -> ChatRequest {
    ChatRequest::new(vec![Message::user("u")]).with_options(options)
}

fn schema() -> ResponseFormat {
    ResponseFormat::JsonSchema(JsonSchema::new(
        "person",
        JsonObject::parse(r#"{"type":"object","additionalProperties":false}"#).unwrap(),
    ))
}

#[test]
fn a_schema_for_the_answer() {
    let request = ask(ChatOptions::default().with_response_format(schema()));
    let object = json!({"type": "object", "additionalProperties": false});
    let openai = encoded("openai", "m", &request);
    let wanted = json!({"name": "person", "schema": object, "strict": true});
    assert_eq!(openai["response_format"], json!({"type": "json_schema", "json_schema": wanted}));
    let anthropic = encoded("anthropic", "m", &request);
    assert_eq!(anthropic["output_config"], json!({"format": {"type": "json_schema", "schema": object}}));
    let gemini = encoded("gemini", "m", &request);
    assert_eq!(
        gemini["generationConfig"],
        json!({"responseMimeType": "application/json", "responseJsonSchema": object})
    );
    let any = ask(ChatOptions::default().with_response_format(ResponseFormat::JsonObject));
    assert_eq!(encoded("openai", "m", &any)["response_format"], json!({"type": "json_object"}));
    assert_eq!(encode("anthropic", "m", &any).unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[test]
fn an_effort_is_a_word_a_level_or_a_budget() {
    let request = ask(ChatOptions::default().with_reasoning_effort(ReasoningEffort::Medium));
    assert_eq!(encoded("openai", "m", &request)["reasoning_effort"], "medium");
    let budget = encoded("anthropic", "claude-sonnet-4-5", &request);
    assert_eq!(budget["thinking"], json!({"type": "enabled", "budget_tokens": 2048}));
    assert_eq!(budget["max_tokens"], 4096 + 2048);
    let effort = encoded("anthropic", "claude-opus-4-8", &request);
    assert_eq!(effort["thinking"], json!({"type": "adaptive", "display": "summarized"}));
    assert_eq!(effort["max_tokens"], 4096 + 2048);
    assert_eq!(effort["output_config"], json!({"effort": "medium"}));
    let thinking = |model| encoded("gemini", model, &request)["generationConfig"]["thinkingConfig"].clone();
    assert_eq!(thinking("gemini-2.5-flash"), json!({"includeThoughts": true, "thinkingBudget": 2048}));
    assert_eq!(thinking("gemini-3-flash"), json!({"includeThoughts": true, "thinkingLevel": "MEDIUM"}));
    let forced = request.with_tools(vec![tool("t", "{}")]).with_tool_choice(ToolChoice::Required);
    assert!(
        encode("anthropic", "claude-sonnet-4-5", &forced).unwrap_err().message().contains("cannot be forced")
    );
}

#[test]
fn what_a_provider_lacks_is_said() {
    let options = ChatOptions::default()
        .with_top_k(5)
        .with_presence_penalty(0.5)
        .with_frequency_penalty(0.5)
        .with_top_logprobs(2)
        .with_metadata("user_id", "u1")
        .with_metadata("team", "x");
    let request = ask(options);
    assert_eq!(losses(&encode("openai", "m", &request).unwrap()), ["options.metadata", "options.top_k"]);
    let anthropic = [
        "options.presence_penalty",
        "options.frequency_penalty",
        "options.top_logprobs",
        "options.metadata.team",
    ];
    assert_eq!(losses(&encode("anthropic", "m", &request).unwrap()), anthropic);
    assert_eq!(encoded("anthropic", "m", &request)["metadata"], json!({"user_id": "u1"}));
    assert_eq!(
        losses(&encode("gemini", "m", &request).unwrap()),
        ["options.presence_penalty", "options.frequency_penalty", "options.top_logprobs", "options.metadata"]
    );
}

#[test]
fn extras_go_to_their_own_provider_and_replace_nothing() {
    let members = |json| JsonObject::parse(json).unwrap();
    let options = ChatOptions::default()
        .with_temperature(0.5)
        .with_extra("gemini", members(r#"{"generationConfig":{"candidateCount":1},"cachedContent":"c"}"#));
    let body = encoded("gemini", "m", &ask(options.clone()));
    assert_eq!(body["generationConfig"], json!({"temperature": 0.5, "candidateCount": 1}));
    assert_eq!(body["cachedContent"], "c");
    assert_eq!(encoded("openai", "m", &ask(options)).get("cachedContent"), None);
    let clash = ChatOptions::default().with_extra("openai", members(r#"{"model":"other"}"#));
    let error = encode("openai", "m", &ask(clash)).unwrap_err();
    assert!(error.message().contains("options.extra.model"), "{error}");
}

#[test]
fn cache_marks_stand_on_what_is_before_them() {
    let request = ChatRequest::new(vec![
        Message::system("s"),
        Message::CachePoint,
        Message::user("u"),
        Message::CachePoint,
    ]);
    let body = encoded("anthropic", "m", &request);
    let mark = json!({"type": "ephemeral"});
    assert_eq!(
        (&body["system"][0]["cache_control"], &body["messages"][0]["content"][0]["cache_control"]),
        (&mark, &mark)
    );
    for id in ["openai", "gemini"] {
        let encoded = encode(id, "m", &request).unwrap();
        assert!(encoded.lossiness.is_empty() && !String::from_utf8_lossy(&encoded.body).contains("cache"));
    }
    let nothing = ChatRequest::new(vec![Message::CachePoint, Message::user("u")]);
    assert_eq!(losses(&encode("anthropic", "m", &nothing).unwrap()), ["messages[0]"]);
}

#[test]
fn what_is_empty_is_no_part() {
    let media = Media::Url { url: "https://h/a.pdf".into() };
    let unnamed = ChatRequest::new(vec![user(vec![Part::File { name: "".into(), media }])]);
    let sent = encoded("anthropic", "m", &unnamed);
    let wanted = json!({"type": "document", "source": {"type": "url", "url": "https://h/a.pdf"}});
    assert_eq!(sent["messages"][0]["content"][0], wanted);
    // An empty answer stays one: the user did not say both in one breath.
    let messages = vec![Message::user("a"), Message::assistant(""), Message::user("b")];
    let sent = encoded("gemini", "m", &ChatRequest::new(messages));
    assert_eq!(sent["contents"][1], json!({"role": "model", "parts": [{"text": ""}]}));
}

#[test]
fn audio_goes_where_it_is_heard() {
    let media = Media::Inline { media_type: "audio/mpeg".into(), data: "AA==".into() };
    let request = ChatRequest::new(vec![user(vec![Part::Audio { media }])]);
    let openai = encoded("openai", "m", &request);
    assert_eq!(openai["messages"][0]["content"][0]["input_audio"], json!({"data": "AA==", "format": "mp3"}));
    assert_eq!(
        encoded("gemini", "m", &request)["contents"][0]["parts"][0]["inlineData"]["mimeType"],
        "audio/mpeg"
    );
    assert_eq!(encode("anthropic", "m", &request).unwrap_err().kind(), ErrorKind::InvalidRequest);
    // OpenAI API, `input_audio`, `format`: "wav" and "mp3".
    for (media_type, format) in
        [("audio/x-wav", "wav"), ("audio/wave", "wav"), ("audio/wav;codecs=1", "wav"), ("audio/flac", "flac")]
    {
        let media = Media::Inline { media_type: media_type.into(), data: "AA==".into() };
        let request = ChatRequest::new(vec![user(vec![Part::Audio { media }])]);
        let sent = encoded("openrouter", "m", &request);
        assert_eq!(sent["messages"][0]["content"][0]["input_audio"]["format"], format, "{media_type}");
    }
}

#[test]
fn citations_go_home_on_their_text_and_nowhere_else() {
    let cited = r#"{"type":"char_location","cited_text":"Quack","document_title":"Ducks","document_index":0,"start_char_index":0,"end_char_index":5}"#;
    let body = format!(
        r#"{{"content":[{{"type":"text","text":"a","citations":[{cited}]}}],"stop_reason":"end_turn"}}"#
    );
    let mut request = ask(ChatOptions::default());
    let response = decode("anthropic", &request, &body).unwrap();
    request.messages.push(response.message.into());
    let home = encode("anthropic", "m", &request).unwrap();
    assert!(home.lossiness.is_empty());
    let sent: Value = serde_json::from_slice(&home.body).unwrap();
    assert_eq!(sent["messages"][1]["content"][0]["citations"][0]["document_title"], "Ducks");
    assert_eq!(losses(&encode("openai", "m", &request).unwrap()), ["messages[1].parts[1]"]);
}

#[test]
fn probabilities_are_read() {
    let body = r#"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop","logprobs":{"content":[{"token":"hi","logprob":-0.5,"top_logprobs":[{"token":"ho","logprob":-1.5}]}]}}]}"#;
    let response = decode("openai", &ask(ChatOptions::default()), body).unwrap();
    assert_eq!((&*response.logprobs[0].token, response.logprobs[0].logprob), ("hi", -0.5));
    assert_eq!(response.logprobs[0].top, [("ho".into(), -1.5)]);
}
