//! The members of a request. What is known and acted upon is read; what is known and only advice is let pass; anything
//! else is refused by name, rather than swallowed.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use toolgate::audit::Caller;
use toolgate::{Message, Tool};
use toolgate_llm_providers::{ChatOptions, ReasoningEffort, ToolChoice};

use super::format::Format;
use super::text_or::TextOr;
use super::thinking::Thinking;
use super::{messages, tools};
use crate::models::Author;
use crate::refusal::Refusal;

/// A request that was read.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) model: String,
    pub(super) messages: Vec<Message>,
    pub(super) options: ChatOptions,
    /// The client's own tools.
    pub(super) tools: Vec<Tool>,
    pub(super) tool_choice: Option<ToolChoice>,
    pub(super) stream: bool,
    pub(super) include_usage: bool,
    /// Who asks. No member of the request says so: it is set from the verified token.
    pub(super) caller: Option<Caller>,
}

/// Members that concern the provider's own bookkeeping: the answer is the same without them.
const ADVICE: [&str; 10] = [
    "enabledContextCaching", // LobeChat's
    "prediction",
    "user",
    "safety_identifier",
    "prompt_cache_key",
    "prompt_cache_retention",
    "service_tier",
    "store",
    "metadata",
    "verbosity",
];

/// Whether a member that is not acted upon asks for what happens anyway: some clients write every default out.
fn asks_for_nothing(name: &str, value: &Value) -> bool {
    match (name, value) {
        (_, Value::Null) | ("logprobs", Value::Bool(false)) => true,
        ("top_logprobs", count) => *count == 0,
        ("logit_bias", Value::Object(biases)) => biases.is_empty(),
        ("modalities", Value::Array(kinds)) => kinds.iter().all(|kind| kind == "text"),
        _ => ADVICE.contains(&name),
    }
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Members {
    model: String,
    messages: Vec<messages::Incoming>,
    #[serde(default)]
    tools: Option<Vec<tools::Incoming>>,
    tool_choice: Option<tools::Choice>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    n: Option<u32>,
    max_tokens: Option<u32>,
    max_completion_tokens: Option<u32>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    top_k: Option<u32>,
    presence_penalty: Option<f64>,
    frequency_penalty: Option<f64>,
    stop: Option<TextOr<Vec<Arc<str>>>>,
    seed: Option<i64>,
    parallel_tool_calls: Option<bool>,
    reasoning_effort: Option<ReasoningEffort>,
    response_format: Option<Format>,
    #[serde(flatten)]
    thinking: Thinking,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct StreamOptions {
    include_usage: Option<bool>,
}

const RESPONSES: &str =
    "; with `input` it is one of the responses API, and this server speaks chat completions";

fn is_of_responses(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Other {
        #[serde(default)]
        messages: Option<IgnoredAny>,
        #[serde(default)]
        input: Option<IgnoredAny>,
    }
    let other = serde_json::from_slice::<Other>(body);
    other.is_ok_and(|other| other.input.is_some() && other.messages.is_none())
}

impl Asked {
    /// `author` says whose words come back in a conversation with the model of a name, and refuses what is no model.
    pub(super) fn parse<'a>(
        body: &[u8],
        author: impl FnOnce(&str) -> Result<&'a Author, Refusal>,
    ) -> Result<Self, Refusal> {
        let members: Members = serde_json::from_slice(body).map_err(|error| {
            let hint = if is_of_responses(body) { RESPONSES } else { "" };
            Refusal::invalid("body", format!("the request is not as the API describes it: {error}{hint}"))
        })?;
        let unknown = members.others.iter().find(|(name, value)| !asks_for_nothing(name, value));
        if let Some((name, _)) = unknown {
            return Err(Refusal::unsupported(name));
        }
        if members.n.is_some_and(|n| n != 1) {
            return Err(Refusal::invalid("n", "toolgate gives one answer: leave n out"));
        }
        if members.messages.is_empty() {
            return Err(Refusal::invalid("messages", "expected at least one message"));
        }
        let options = members.options()?;
        let mut tools = tools::parse(members.tools.unwrap_or_default())?;
        let tool_choice = members.tool_choice.map(|choice| tools::choose(choice, &mut tools)).transpose()?;
        let author = author(&members.model)?;
        Ok(Self {
            messages: messages::parse(members.messages, author)?,
            model: members.model,
            options,
            tools,
            tool_choice,
            stream: members.stream.unwrap_or(false),
            include_usage: members.stream_options.and_then(|options| options.include_usage).unwrap_or(false),
            caller: None,
        })
    }
}

impl Members {
    fn options(&self) -> Result<ChatOptions, Refusal> {
        let mut options = ChatOptions::default();
        options.max_tokens = self.max_completion_tokens.or(self.max_tokens);
        options.temperature = self.temperature;
        options.top_p = self.top_p;
        options.top_k = self.top_k;
        options.presence_penalty = self.presence_penalty;
        options.frequency_penalty = self.frequency_penalty;
        options.stop = match &self.stop {
            Some(TextOr::Text(text)) => vec![Arc::clone(text)],
            Some(TextOr::Other(texts)) => texts.clone(),
            None => Vec::new(),
        };
        options.seed = self.seed;
        options.parallel_tool_calls = self.parallel_tool_calls;
        options.reasoning_effort = self.reasoning_effort.or_else(|| self.thinking.effort());
        options.response_format = self.response_format.as_ref().map_or(Ok(None), Format::read)?;
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use toolgate_llm_providers::ResponseFormat;

    use super::*;

    fn parse(body: &str) -> Result<Asked, Refusal> {
        let author = Author::default();
        Asked::parse(body.as_bytes(), |_| Ok(&author))
    }

    #[test]
    fn what_the_official_clients_send_is_read() {
        let asked = parse(
            r#"{"model": "m", "messages": [{"role": "user", "content": "hi"}], "temperature": 0.5, "stop": "x",
                "max_tokens": 1, "max_completion_tokens": 2, "stream": true, "stream_options": {"include_usage": true},
                "n": 1, "user": "u", "metadata": {"a": "b"}, "logit_bias": {}, "prediction": {"type": "content", "content": "a"},
                "reasoning_effort": "low",
                "logprobs": false, "top_logprobs": 0, "modalities": ["text"], "web_search_options": null,
                "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}}"#,
        )
        .unwrap();
        assert_eq!((asked.options.max_tokens, asked.options.temperature), (Some(2), Some(0.5)));
        assert!(asked.stream && asked.include_usage && asked.tools.is_empty());
        assert!(matches!(asked.options.response_format, Some(ResponseFormat::JsonSchema(_))));
        assert_eq!(&*asked.options.stop, [Arc::<str>::from("x")]);
    }

    /// Effort and switch may stand beside each other.
    #[test]
    fn whether_to_think_is_said_in_many_words() {
        assert_eq!(options(r#""enable_thinking": false"#).reasoning_effort, Some(ReasoningEffort::None));
        let both = options(r#""thinking": {"type": "enabled"}, "reasoning_effort": "high""#);
        assert_eq!(both.reasoning_effort, Some(ReasoningEffort::High));
    }

    /// Clients that write every member out write null for what is not set, in members of members too.
    #[test]
    fn nothing_is_asked_with_null() {
        let with = |usage: &str| {
            let options = format!(r#""stream": true, "stream_options": {{"include_usage": {usage}}}"#);
            parse(&format!(
                r#"{{"model": "m", "messages": [{{"role": "user", "content": "hi"}}], {options}}}"#
            ))
        };
        assert_eq!(
            ["null", "false", "true"].map(|usage| with(usage).unwrap().include_usage),
            [false, false, true]
        );
    }

    fn options(members: &str) -> ChatOptions {
        let messages = r#"[{"role": "user", "content": "hi"}]"#;
        parse(&format!("{{\"model\": \"m\", \"messages\": {messages}, {members}}}")).unwrap().options
    }

    #[test]
    fn every_option_is_passed_on() {
        let found = options(
            r#""max_tokens": 1, "temperature": 0.5, "top_p": 0.25, "top_k": 7, "presence_penalty": 0.125,
               "frequency_penalty": -0.5, "stop": ["x", "y"], "seed": -9, "parallel_tool_calls": false,
               "reasoning_effort": "high", "response_format": {"type": "json_object"}"#,
        );
        let mut expected = ChatOptions::default();
        expected.max_tokens = Some(1);
        (expected.temperature, expected.top_p, expected.top_k) = (Some(0.5), Some(0.25), Some(7));
        (expected.presence_penalty, expected.frequency_penalty) = (Some(0.125), Some(-0.5));
        expected.stop = vec!["x".into(), "y".into()];
        (expected.seed, expected.parallel_tool_calls) = (Some(-9), Some(false));
        expected.reasoning_effort = Some(ReasoningEffort::High);
        expected.response_format = Some(ResponseFormat::JsonObject);
        assert_eq!(found, expected);
    }

    #[test]
    fn what_would_be_lost_is_refused_by_name() {
        let with = |member: &str| {
            let body = format!(
                "{{\"model\": \"m\", \"messages\": [{{\"role\": \"user\", \"content\": \"a\"}}], {member}}}"
            );
            parse(&body).unwrap_err().json()
        };
        for (member, says) in [
            ("\"logit_bias\": {\"1\": 2}", "logit_bias"),
            ("\"functions\": []", "functions"),
            ("\"chat_template_kwargs\": {\"documents\": []}", "documents"),
            ("\"logprobs\": true", "logprobs"),
            ("\"top_logprobs\": 1", "top_logprobs"),
            ("\"modalities\": [\"text\", \"audio\"]", "modalities"),
            ("\"n\": 2", "one answer"),
            ("\"temperature\": \"hot\"", "not as the API describes it"),
            ("\"response_format\": {\"type\": \"xml\"}", "expected text, json_object"),
        ] {
            assert!(with(member).contains(says), "{}", with(member));
        }
        assert!(parse("{\"model\": \"m\", \"messages\": []}").unwrap_err().json().contains("at least one"));
        assert!(parse("nonsense").is_err());
    }
}
