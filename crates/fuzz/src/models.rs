//! What must hold for every reader of models' answers, whatever bytes a provider sends.

use std::sync::Arc;
use std::time::SystemTime;

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};
use toolgate_llm_providers::{
    ApiKey, Catalogue, ChatEvent, ChatRequest, ChatResponse, Dialect, EmbeddingRequest, Message, Provider,
    ProviderError, RenderedTools, StreamDecoder,
};
use toolgate_tool_types::ToolResult;

use crate::check_message;

/// A key that no error may repeat.
const KEY: &str = "sk-canary-0123456789abcdef";

fn ask(dialect: Dialect) -> (Arc<Provider>, Arc<RenderedTools>, ChatRequest, ApiKey) {
    let provider = Provider::new("p", "https://models.example", dialect).unwrap();
    let request = ChatRequest::new(vec![Message::user("u")]);
    let tools = RenderedTools::new(dialect, Arc::clone(&request.tools));
    (Arc::new(provider), Arc::new(tools), request, ApiKey::new(KEY).unwrap())
}

/// A whole answer: what is read can be sent back.
pub fn answer(dialect: Dialect, body: &[u8]) {
    let (provider, tools, request, key) = ask(dialect);
    match provider.decode(&tools, &request, body, Some(&key)) {
        Ok(response) => check_replay(&provider, &tools, request, response),
        Err(error) => check_error(&error),
    }
}

/// A streamed answer: seven bytes choose the sizes of its pieces, which change nothing; `Finish` comes last, and only in
/// an answer that is complete.
pub fn stream(dialect: Dialect, input: &[u8]) {
    let Some((borders, body)) = input.split_at_checked(7) else { return };
    let (provider, tools, request, key) = ask(dialect);
    let decoder =
        || StreamDecoder::new(Arc::clone(&provider), Arc::clone(&tools), &request, Some(key.clone()));
    let mut sizes = borders.iter().cycle().map(|size| usize::from(*size % 13) + 1);
    let whole = read(decoder(), body, || usize::MAX);
    let pieces = read(decoder(), body, || sizes.next().unwrap_or(1));
    assert_eq!(whole.0, pieces.0);
    let finished = matches!(whole.0.last(), Some(ChatEvent::Finish(_)));
    let finishes = whole.0.iter().filter(|event| matches!(event, ChatEvent::Finish(_))).count();
    assert_eq!((finished, finishes), (whole.1.is_ok(), usize::from(whole.1.is_ok())));
    match (whole.1, pieces.1) {
        (Ok(whole), Ok(pieces)) => {
            assert_eq!((&whole.message, &whole.finish), (&pieces.message, &pieces.finish));
            check_replay(&provider, &tools, request.clone(), whole);
        }
        (Err(whole), Err(pieces)) => {
            assert_eq!(whole.kind(), pieces.kind());
            check_error(&whole);
        }
        (whole, pieces) => panic!("{whole:?}, in pieces {pieces:?}"),
    }
}

/// The input of [`stream`] with each line of the body in an AWS event stream message: a line is an event's name and its
/// payload, after `!` an exception's.
pub fn aws_messages(input: &[u8]) -> Vec<u8> {
    let (borders, body) = input.split_at(input.len().min(7));
    let mut messages = borders.to_vec();
    for line in body.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
        let (exception, line) = line.strip_prefix(b"!").map_or((false, line), |line| (true, line));
        let end = line.iter().position(|&byte| byte == b' ').unwrap_or(line.len());
        // Longer names and texts that are none cannot be written.
        let name = String::from_utf8_lossy(&line[..end.min(100)]).into_owned();
        let (kind, of) = if exception { ("exception", ":exception-type") } else { ("event", ":event-type") };
        let header = |name: &'static str, value: String| {
            event_stream::Header::new(name, event_stream::HeaderValue::String(value.into()))
        };
        let message = event_stream::Message::new(Bytes::copy_from_slice(&line[end..]))
            .add_header(header(":message-type", kind.to_owned()))
            .add_header(header(of, name));
        write_message_to(&message, &mut messages).unwrap();
    }
    messages
}

/// The input of [`stream`] with the body in pieces of thirteen bytes, each the payload of an AWS event stream message.
pub fn aws_parts(input: &[u8]) -> Vec<u8> {
    let (borders, body) = input.split_at(input.len().min(7));
    let mut messages = borders.to_vec();
    for piece in body.chunks(13) {
        aws_event("PayloadPart", Bytes::copy_from_slice(piece), &mut messages);
    }
    messages
}

/// The input of [`stream`] with each line of the body as base64 in an AWS event stream message, as Bedrock sends a model's
/// own events.
pub fn aws_chunks(input: &[u8]) -> Vec<u8> {
    let (borders, body) = input.split_at(input.len().min(7));
    let mut messages = borders.to_vec();
    for line in body.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
        let payload = format!("{{\"bytes\":\"{}\"}}", STANDARD.encode(line));
        aws_event("chunk", payload.into(), &mut messages);
    }
    messages
}

fn aws_event(name: &'static str, payload: Bytes, messages: &mut Vec<u8>) {
    let header = |name: &'static str, value: &'static str| {
        event_stream::Header::new(name, event_stream::HeaderValue::String(value.into()))
    };
    let message = event_stream::Message::new(payload)
        .add_header(header(":message-type", "event"))
        .add_header(header(":event-type", name));
    write_message_to(&message, messages).unwrap();
}

/// Vectors: a byte chooses one of `models` (a provider and its model), another how many texts were sent. `0` is the first
/// model, and no text.
pub fn embeddings(models: &[(&str, &str)], input: &[u8]) {
    let Some((&[choice, texts], body)) = input.split_first_chunk() else { return };
    let (id, model) = models[usize::from(choice.wrapping_sub(b'0')) % models.len()];
    let texts = usize::from(texts.wrapping_sub(b'0') % 8);
    let provider = Catalogue::builtin().provider(id).unwrap().clone();
    let key = ApiKey::new(KEY).unwrap();
    let request = EmbeddingRequest::new(vec!["t"; texts]);
    match provider.decode_embeddings(model, &request, texts, body, Some(&key)) {
        Ok(answer) => {
            assert_eq!(answer.vectors.len(), texts);
            assert!(answer.vectors.iter().flatten().all(|number| number.is_finite()));
            assert!(answer.vectors.windows(2).all(|two| two[0].len() == two[1].len()));
        }
        Err(error) => check_error(&error),
    }
}

/// A reply with an error status: two bytes choose the status and whether there is a `Retry-After`, a line is its value.
pub fn error(input: &[u8]) {
    let Some((&[choice, wait], rest)) = input.split_first_chunk() else { return };
    let status = StatusCode::from_u16(400 + u16::from(choice)).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut headers = HeaderMap::new();
    let mut body = rest;
    if wait % 2 == 1 {
        let end = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        if let Ok(value) = HeaderValue::from_bytes(&rest[..end]) {
            headers.insert("retry-after", value);
        }
        body = rest.get(end + 1..).unwrap_or_default();
    }
    let (provider, _, _, key) = ask(Dialect::OpenAiChat);
    check_error(&provider.decode_error(status, &headers, body, SystemTime::UNIX_EPOCH, Some(&key)));
}

fn read(
    mut decoder: StreamDecoder,
    mut rest: &[u8],
    mut size: impl FnMut() -> usize,
) -> (Vec<ChatEvent>, Result<ChatResponse, ProviderError>) {
    let mut events = Vec::new();
    while !rest.is_empty() {
        let (piece, later) = rest.split_at(size().min(rest.len()));
        decoder.push(Bytes::copy_from_slice(piece));
        events.extend(std::iter::from_fn(|| decoder.next_event()));
        rest = later;
    }
    decoder.end();
    events.extend(std::iter::from_fn(|| decoder.next_event()));
    (events, decoder.into_response())
}

/// An answer and a result for each of its calls are a conversation that the same provider can be sent.
fn check_replay(
    provider: &Provider,
    tools: &RenderedTools,
    mut request: ChatRequest,
    response: ChatResponse,
) {
    let results: Vec<Message> =
        response.tool_calls().map(|call| Message::tool_result(call, ToolResult::text("ok"))).collect();
    request.messages.push(response.message.into());
    request.messages.extend(results);
    let encoded = provider.encode("m", tools, &request).unwrap();
    serde_json::from_slice::<serde::de::IgnoredAny>(&encoded.body).unwrap();
}

fn check_error(error: &ProviderError) {
    check_message(error);
    assert!(!format!("{error} {error:?}").contains(KEY), "the key is repeated: {error:?}");
}
