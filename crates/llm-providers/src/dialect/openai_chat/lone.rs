//! Chunks that bring one piece of text and nothing else that would count twice.

use serde_json::value::RawValue;

use super::wire;

/// What the one piece of a chunk is, as it stands in the JSON between its quotes.
pub(super) struct Lone<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// What OpenAI adds to hide the length of the text (`stream_options.include_obfuscation`).
    pub(super) padding: Option<&'a RawValue>,
}

pub(super) enum Kind {
    Text,
    Reasoning,
    /// Of a call's arguments, with the call's index.
    Arguments(Option<u64>),
}

impl<'a> Lone<'a> {
    /// The piece, if reading `chunk` twice would add it twice and change nothing else.
    pub(super) fn of(chunk: &wire::Reply<'a>) -> Option<Self> {
        // Said again, ids, counts and sources are the same; the rest has to be absent.
        let wire::Reply { choices, error: None, obfuscation, .. } = chunk else { return None };
        let choice = choices.as_ref()?.only()?;
        let wire::Choice { index, delta: Some(delta), logprobs: None, error: None, .. } = choice else {
            return None;
        };
        if index.0.unwrap_or_default() > 0 {
            return None;
        }
        let (kind, text) = piece(delta)?;
        Some(Self { kind, text, padding: *obfuscation })
    }
}

fn piece<'a>(delta: &wire::Answer<'a>) -> Option<(Kind, &'a str)> {
    let wire::Answer {
        content,
        reasoning_content,
        reasoning,
        reasoning_text,
        reasoning_details: None,
        reasoning_opaque: None,
        reasoning_encrypted: None,
        extra_content: None,
        thought_signature: None,
        refusal,
        audio: None,
        images: None,
        executed_tools: None,
        annotations: None,
        thinking_blocks: _,
        graph_data: _,
        web_search_data: _,
        tool_calls,
        function_call: None,
    } = delta
    else {
        return None;
    };
    let content = match content {
        Some(content) => string(content.get())?,
        None => "",
    };
    let calls = tool_calls.as_deref().unwrap_or_default();
    match (content.is_empty(), reasoning.is_empty(), reasoning_content.is_empty(), calls) {
        _ if !refusal.is_empty() || !reasoning_text.is_empty() => None,
        (false, true, true, []) => Some((Kind::Text, content)),
        (true, false, true, []) => Some((Kind::Reasoning, reasoning.borrowed()?)),
        (true, true, false, []) => Some((Kind::Reasoning, reasoning_content.borrowed()?)),
        (true, true, true, [call]) => arguments(call),
        _ => None,
    }
}

/// More arguments of a call that has begun.
fn arguments<'a>(call: &wire::Call<'a>) -> Option<(Kind, &'a str)> {
    let wire::Call {
        index,
        id,
        function: Some(called),
        custom: None,
        name: _,
        arguments: _,
        extra_content: None,
        thought_signature: None,
    } = call
    else {
        return None;
    };
    let is_more = index.0.is_some() && id.is_empty() && called.name.is_empty();
    let text = is_more.then_some(called.arguments.or(called.input))??;
    Some((Kind::Arguments(index.0), string(text.get())?))
}

fn string(json: &str) -> Option<&str> {
    json.strip_prefix('"')?.strip_suffix('"')
}
