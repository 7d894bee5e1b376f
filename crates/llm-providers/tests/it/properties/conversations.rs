//! Any conversation that the canonical types can hold, as far as one provider could have had it.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use toolgate_llm_providers::{
    AssistantMessage, AssistantPart, ChatOptions, ChatRequest, Dialect, JsonSchema, Media, Message, Opaque,
    Part, Reasoning, ReasoningEffort, ResponseFormat, ToolChoice,
};
use toolgate_tool_types::{CallId, Content, JsonObject, Tool, ToolCall, ToolName, ToolResult};

/// The id of the provider that is asked, and of one that is not.
pub(crate) const OWN: &str = "own";
const OTHER: &str = "other";

/// Text with all that JSON and templates trip over; never blank, which some providers refuse.
fn text() -> impl Strategy<Value = String> {
    ("[a-zA-Z]", "[ -~äöü€😀\\n\\t\"\\\\\u{1}\u{2028}]{0,12}", "[a-z.]").prop_map(|(a, b, c)| a + &b + &c)
}

fn name() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9_]{0,12}"
}

fn arguments() -> impl Strategy<Value = String> {
    let json = (text(), any::<i32>(), any::<bool>()).prop_map(|(text, number, flag)| {
        serde_json::json!({"a": text, "n": [number], "f": {"g": flag}}).to_string()
    });
    let broken = prop_oneof![Just("{\"a\":"), Just("{}{}"), Just("[]"), Just("null"), Just(" ")];
    prop_oneof![6 => json, 1 => Just(String::new()), 1 => broken.prop_map(str::to_owned)]
}

fn media(media_type: &'static str) -> impl Strategy<Value = Media> {
    let inline = "[a-zA-Z0-9]{4,8}"
        .prop_map(move |data| Media::Inline { media_type: media_type.into(), data: data.into() });
    let url = "https://[a-z]{1,8}\\.example/[a-z]{1,5}".prop_map(|url| Media::Url { url: url.into() });
    prop_oneof![inline, url]
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        6 => text().prop_map(Part::text),
        2 => media("image/png").prop_map(|media| Part::Image { media }),
        1 => media("audio/wav").prop_map(|media| Part::Audio { media }),
        1 => (name(), media("application/pdf"))
            .prop_map(|(name, media)| Part::File { name: name.into(), media }),
    ]
}

/// Reasoning as the provider of this dialect writes it, or another's.
fn reasoning(dialect: Dialect) -> impl Strategy<Value = AssistantPart> {
    let is_signed = matches!(dialect, Dialect::AnthropicMessages | Dialect::GeminiGenerate);
    (text(), "[a-zA-Z0-9+/]{8}", any::<bool>()).prop_map(move |(text, opaque, is_own)| {
        let reasoning = Reasoning::new(if is_own { OWN } else { OTHER }, text);
        AssistantPart::Reasoning(match is_signed {
            true => reasoning.with_opaque(Opaque::Signature(opaque.into())),
            false => reasoning,
        })
    })
}

fn answer(dialect: Dialect) -> impl Strategy<Value = (Vec<AssistantPart>, Vec<(String, String)>)> {
    let said = prop_oneof![
        3 => text().prop_map(|text| AssistantPart::Text { text: text.into() }),
        1 => reasoning(dialect),
    ];
    (vec(said, 1..3), vec((name(), arguments()), 0..3))
}

fn result() -> impl Strategy<Value = ToolResult> {
    let texts = vec(text(), 0..3);
    (texts, any::<bool>(), prop::option::weighted(0.2, "[a-zA-Z0-9]{8}")).prop_map(
        |(texts, is_error, image)| {
            let mut content: Vec<Content> = texts.into_iter().map(Content::text).collect();
            content.extend(
                image.map(|data| Content::Image { data: data.into(), mime_type: "image/png".into() }),
            );
            ToolResult::new(content).with_is_error(is_error)
        },
    )
}

/// A question, an answer, and the results of its calls, some of them in another order.
fn turn(dialect: Dialect) -> impl Strategy<Value = Vec<Message>> {
    let question = vec(part(), 1..4);
    let late = prop::option::weighted(0.1, text());
    (question, answer(dialect), vec(result(), 3), any::<bool>(), late).prop_map(
        |(question, (mut parts, called), results, is_reversed, late)| {
            let calls: Vec<ToolCall> = called
                .into_iter()
                .enumerate()
                .map(|(place, (name, arguments))| {
                    ToolCall::new(CallId::new(format!("c{place}")), name, arguments)
                })
                .collect();
            parts.extend(calls.iter().cloned().map(AssistantPart::ToolCall));
            let mut messages = vec![Message::User { content: question }, AssistantMessage::new(parts).into()];
            let mut answers: Vec<Message> =
                calls.iter().zip(results).map(|(call, result)| Message::tool_result(call, result)).collect();
            if is_reversed {
                answers.reverse();
            }
            messages.extend(answers);
            messages.extend(late.map(Message::system));
            messages
        },
    )
}

fn tool() -> impl Strategy<Value = Tool> {
    let schema = prop_oneof![
        Just(r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}"#),
        Just(r#"{"type":"object","properties":{"n":{"type":"integer","minimum":1}}}"#),
        Just("{}"),
    ];
    (name(), text(), schema).prop_map(|(name, about, schema)| {
        Tool::new(ToolName::new(name).unwrap(), about, JsonObject::parse(schema).unwrap())
    })
}

fn options() -> impl Strategy<Value = ChatOptions> {
    let maybe = |strategy| prop::option::weighted(0.3, strategy);
    let numbers =
        (maybe(0..100_u32), maybe(1..1000_u32), maybe(0..99_u32), maybe(0..99_u32), maybe(1..40_u32));
    let effort = prop_oneof![
        Just(ReasoningEffort::None),
        Just(ReasoningEffort::Minimal),
        Just(ReasoningEffort::Low),
        Just(ReasoningEffort::Medium),
        Just(ReasoningEffort::High),
        Just(ReasoningEffort::XHigh),
        Just(ReasoningEffort::Max),
    ];
    let schema = JsonSchema::new("answer", JsonObject::parse(r#"{"type":"object"}"#).unwrap());
    let format = prop_oneof![Just(ResponseFormat::JsonObject), Just(ResponseFormat::JsonSchema(schema))];
    let others = (
        vec("[a-z]{1,5}", 0..3),
        prop::option::weighted(0.3, any::<i64>()),
        prop::option::weighted(0.3, any::<bool>()),
        prop::option::weighted(0.3, effort),
        prop::option::weighted(0.2, format),
        prop::option::weighted(0.2, 0..20_u8),
        prop::option::weighted(0.2, text()),
    );
    (numbers, others).prop_map(|((temperature, max, top_p, penalty, top_k), others)| {
        let (stop, seed, parallel, effort, format, logprobs, label) = others;
        let hundredth = |number: Option<u32>| number.map(|number| f64::from(number) / 100.0);
        let mut options = ChatOptions::default();
        options.temperature = hundredth(temperature);
        options.max_tokens = max;
        options.top_p = hundredth(top_p);
        options.presence_penalty = hundredth(penalty);
        options.frequency_penalty = hundredth(penalty);
        options.top_k = top_k;
        options.stop = stop.into_iter().map(Into::into).collect();
        options.seed = seed;
        options.parallel_tool_calls = parallel;
        options.reasoning_effort = effort;
        options.response_format = format;
        options.top_logprobs = logprobs;
        options.metadata.extend(label.map(|label| ("user_id".into(), label.into())));
        options
    })
}

pub(crate) fn conversation(dialect: Dialect) -> impl Strategy<Value = ChatRequest> {
    let start = (vec(text(), 0..3), vec(turn(dialect), 0..3), vec(part(), 1..3));
    let choice = prop::option::weighted(0.4, 0..4_u8);
    (start, vec(tool(), 0..3), options(), choice).prop_map(|(start, mut tools, options, choice)| {
        let (systems, turns, last) = start;
        let mut messages: Vec<Message> = systems.into_iter().map(Message::system).collect();
        messages.extend(turns.into_iter().flatten());
        messages.push(Message::User { content: last });
        let mut seen: Vec<Arc<str>> = Vec::new();
        tools.retain(|tool| {
            let name: Arc<str> = tool.name.as_str().into();
            let is_new = !seen.contains(&name);
            seen.push(name);
            is_new
        });
        let mut request = ChatRequest::new(messages).with_options(options);
        if let Some(first) = tools.first().map(|tool| tool.name.clone()) {
            request.tool_choice = choice.map(|choice| match choice {
                0 => ToolChoice::Auto,
                1 => ToolChoice::None,
                2 => ToolChoice::Required,
                _ => ToolChoice::Tool(first),
            });
        }
        request.with_tools(tools)
    })
}
