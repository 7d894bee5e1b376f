//! Recorded streams: any pieces give the same events, the events give the answer, and half of one is no answer.

use std::sync::Arc;

use serde_json::Value;
use toolgate_llm_providers::{
    AssistantPart, ChatEvent, ChatRequest, ChatResponse, ErrorKind, FinishReason, Message, Opaque, Provider,
    ProviderError, RenderedTools, StreamDecoder, Usage,
};

use super::gather::{Gathered, gather};
use super::naive::{self, Expected};
use super::recorded::Recorded;

/// All events and the outcome.
type Told = (Vec<ChatEvent>, Result<ChatResponse, ProviderError>);

fn ask() -> ChatRequest {
    ChatRequest::new(vec![Message::user("recorded")])
}

/// Feeds `bytes` in pieces of the lengths that `lengths` gives.
fn tell(provider: &Provider, bytes: &[u8], mut lengths: impl FnMut() -> usize) -> Told {
    let request = ask();
    let tools = Arc::new(RenderedTools::new(provider.dialect(), Arc::clone(&request.tools)));
    let mut decoder = StreamDecoder::new(Arc::new(provider.clone()), tools, &request, None);
    let mut events = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (piece, later) = rest.split_at(lengths().clamp(1, rest.len()));
        decoder.push(piece.to_vec().into());
        events.extend(std::iter::from_fn(|| decoder.next_event()));
        rest = later;
    }
    decoder.end();
    events.extend(std::iter::from_fn(|| decoder.next_event()));
    (events, decoder.into_response())
}

/// Judges a recorded stream; whether it is one of ours at all.
pub(super) fn judge(provider: &Provider, recorded: &Recorded) -> Result<bool, String> {
    let body = &*recorded.body;
    let told = tell(provider, body, || usize::MAX);
    let mut seed = 1_u32;
    let uneven = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as usize % 61 + 1
    };
    // Byte by byte is slow: short ones have all the borders that long ones have.
    let single = if body.len() < 4096 { 1 } else { 509 };
    for other in [tell(provider, body, uneven), tell(provider, body, || single)] {
        if format!("{other:?}") != format!("{told:?}") {
            return Err("other pieces gave other events".to_owned());
        }
    }
    judge_cut(provider, recorded)?;
    let (events, outcome) = told;
    match (gather(provider.dialect(), &recorded.payloads), outcome) {
        (Gathered::Truncated, Err(error)) if error.kind() == ErrorKind::TruncatedStream => Ok(true),
        (Gathered::Error(body), Err(error)) => {
            let expected = naive::error_kind(&body);
            let fits = error.kind() == expected && !events.iter().any(|e| matches!(e, ChatEvent::Finish(_)));
            if fits { Ok(true) } else { Err(format!("expected {expected:?}, got {error:?}")) }
        }
        (Gathered::Whole(plain), outcome) => judge_whole(provider, &plain, &events, outcome).map(|()| true),
        (_, outcome) => Err(format!("expected an error, got {outcome:?}")),
    }
}

fn judge_whole(
    provider: &Provider,
    plain: &Value,
    events: &[ChatEvent],
    outcome: Result<ChatResponse, ProviderError>,
) -> Result<(), String> {
    let (answer, response) = match (naive::expected(provider.dialect(), plain), outcome) {
        (Some(Expected::Error(kind)), Err(error)) if error.kind() == kind => return Ok(()),
        (None, Err(error)) if error.kind() == ErrorKind::MalformedOutput => return Ok(()),
        (Some(Expected::Answer(answer)), Ok(response)) => (answer, response),
        (expected, outcome) => return Err(format!("expected {expected:?}, got {outcome:?}")),
    };
    let found = naive::Answer::of(&response);
    if found != answer {
        return Err(format!("expected {answer:?}, got {found:?}"));
    }
    judge_events(events, &response)?;
    let request = ask();
    let tools = RenderedTools::new(provider.dialect(), Arc::clone(&request.tools));
    let whole = provider.decode(&tools, &request, plain.to_string().as_bytes(), None);
    let whole = comparable(&whole.map_err(|error| format!("plain: {error}"))?);
    let collected = comparable(&response);
    if collected != whole {
        return Err(format!("plain {whole:?}, collected {collected:?}"));
    }
    super::replay(request, response)
}

/// What the events say must be what was collected, told in the promised order.
fn judge_events(events: &[ChatEvent], response: &ChatResponse) -> Result<(), String> {
    let mut text = String::new();
    let mut calls: Vec<(String, String, bool)> = Vec::new();
    let mut usage = Usage::default();
    let mut finish: Option<FinishReason> = None;
    for event in events {
        if finish.is_some() {
            return Err(format!("{event:?} after the end"));
        }
        match event {
            ChatEvent::Text { delta } => text += delta,
            ChatEvent::ToolCallBegin { index, name, .. } if *index == calls.len() => {
                calls.push((name.to_string(), String::new(), true));
            }
            ChatEvent::ToolCallDelta { index, delta } if calls[*index].2 => calls[*index].1 += delta,
            ChatEvent::ToolCallEnd { index } if calls[*index].2 => calls[*index].2 = false,
            ChatEvent::Usage(told) => usage = *told,
            ChatEvent::Finish(told) => finish = Some(told.clone()),
            ChatEvent::Reasoning { .. } => {}
            other => return Err(format!("out of turn: {other:?}")),
        }
    }
    let collected: Vec<(String, String, bool)> = response
        .tool_calls()
        .map(|call| (call.name.to_string(), call.raw_arguments.to_string(), false))
        .collect();
    let told = (text, calls, usage, finish);
    let expected = (response.text(), collected, response.usage, Some(response.finish.clone()));
    if told == expected { Ok(()) } else { Err(format!("events {told:?}, collected {expected:?}")) }
}

/// Without the payload that says that the answer is complete, and all after it, it is no answer.
fn judge_cut(provider: &Provider, recorded: &Recorded) -> Result<(), String> {
    let all = &recorded.payloads;
    let is_cut = |count: usize| matches!(gather(provider.dialect(), &all[..count]), Gathered::Truncated);
    if is_cut(all.len()) {
        return Ok(());
    }
    let (mut cut_off, mut end) = (0, all.len());
    while end - cut_off > 1 {
        let middle = cut_off.midpoint(end);
        if is_cut(middle) { cut_off = middle } else { end = middle }
    }
    // The last place that counts, and some before it.
    let places = (0..end).step_by((end / 8).max(1)).chain([end - 1]);
    for place in places {
        match tell(provider, &recorded.cut_within(place), || usize::MAX).1 {
            Err(error) if error.kind() == ErrorKind::TruncatedStream => {}
            other => return Err(format!("cut off in payload {place}, it gave {other:?}")),
        }
    }
    Ok(())
}

/// The answer without what a naive reader does not gather; JSON as values.
fn comparable(response: &ChatResponse) -> String {
    let parts: Vec<Value> = response
        .message
        .parts
        .iter()
        .filter_map(|part| match part {
            AssistantPart::Native(native) => serde_json::from_str(&native.block).ok(),
            AssistantPart::Citation(cited) => Some(serde_json::json!([cited.title, cited.url, cited.quote])),
            AssistantPart::ToolCall(call) => Some(serde_json::json!([
                call.id,
                call.name,
                serde_json::from_str::<Value>(&call.raw_arguments)
                    .unwrap_or_else(|_| call.raw_arguments.to_string().into())
            ])),
            AssistantPart::Reasoning(reasoning) => {
                let mut reasoning = reasoning.clone();
                reasoning.opaque = match reasoning.opaque {
                    Some(Opaque::Details(_)) => None,
                    Some(Opaque::Item(item)) => {
                        let item: Value = serde_json::from_str(&item).unwrap();
                        Some(Opaque::Item(format!("{} {}", item["id"], item["encrypted_content"]).into()))
                    }
                    other => other,
                };
                let is_empty = reasoning.text.is_empty() && reasoning.opaque.is_none();
                (!is_empty).then(|| serde_json::to_value(reasoning).unwrap())
            }
            part => serde_json::to_value(part).ok(),
        })
        .collect();
    format!("{parts:?} {:?} {:?} {} {}", response.finish, response.usage, response.id, response.model)
}
