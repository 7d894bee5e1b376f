//! Translation without a network: a request to its bytes, and an answer's bytes to an answer. Ours beside what a program
//! does by hand: types made for the one answer, or trees of JSON.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use toolgate_llm_providers::{
    AssistantMessage, AssistantPart, Catalogue, ChatEvent, ChatRequest, Media, Message, Part, Provider,
    RenderedTools, StreamDecoder,
};
use toolgate_tool_types::{CallId, JsonObject, Tool, ToolCall, ToolName, ToolResult};

use crate::by_hand::{self, Lines};
use crate::chats::{self, Api, Kind};

/// One thing to measure.
pub struct Operation {
    /// What is done.
    pub what: String,
    /// Who does it.
    pub who: &'static str,
    /// Does it once.
    pub work: Box<dyn FnMut()>,
}

const OURS: &str = "toolgate";
const TYPES: &str = "serde, types by hand";
const TREE: &str = "serde_json::Value";

/// How large the picture is, in base64.
const PICTURE: usize = 256 << 10;

/// All operations, for both APIs.
#[must_use]
pub fn operations() -> Vec<Operation> {
    [Api::OpenAi, Api::Anthropic]
        .into_iter()
        .flat_map(|api| encoding(api).into_iter().chain(decoding(api)).chain(streaming(api)))
        .collect()
}

/// The question of `chats`, in our words.
#[must_use]
pub fn short(kind: Kind) -> ChatRequest {
    let request = ChatRequest::new(vec![Message::system(chats::SYSTEM), Message::user(chats::QUESTION)]);
    if kind == Kind::Tool { request.with_tools(tools("")) } else { request }
}

/// A conversation of 30 messages with 20 tools: questions, calls, results and answers in turn.
fn long() -> ChatRequest {
    let mut messages = vec![Message::system(chats::SYSTEM), Message::user(chats::QUESTION)];
    for turn in 0..7 {
        let arguments = format!("{{\"customer_id\":\"{}\"}}", chats::CUSTOMER);
        let call = ToolCall::new(CallId::new(format!("call_{turn}")), "get_customer_info", arguments);
        messages.push(AssistantMessage::new(vec![AssistantPart::ToolCall(call.clone())]).into());
        let result = "{\"name\":\"Ada\",\"status\":\"active\",\"values\":[150.0,300.0,13.0,89.0]}";
        messages.push(Message::tool_result(&call, ToolResult::text(result)));
        messages.push(Message::assistant("The account is active and worth \"552\" dollars.\nAnything else?"));
        messages.push(Message::user(chats::QUESTION));
    }
    let sets: Vec<Tool> = ["", "b_", "c_", "d_", "e_"].iter().flat_map(|prefix| tools(prefix)).collect();
    ChatRequest::new(messages).with_tools(sets)
}

fn picture() -> ChatRequest {
    let media = Media::Inline { media_type: "image/png".into(), data: "iVBORw0K".repeat(PICTURE / 8).into() };
    ChatRequest::new(vec![Message::User {
        content: vec![Part::text(chats::QUESTION), Part::Image { media }],
    }])
}

fn tools(prefix: &str) -> Vec<Tool> {
    let tool = |tool: &Value| {
        let function = &tool["function"];
        let name = format!("{prefix}{}", function["name"].as_str().unwrap());
        let schema = JsonObject::parse(&function["parameters"].to_string()).unwrap();
        Tool::new(ToolName::new(name).unwrap(), function["description"].as_str().unwrap(), schema)
    };
    chats::tools().iter().map(tool).collect()
}

fn provider(api: Api) -> Arc<Provider> {
    Arc::new(Catalogue::builtin().provider(api.word()).unwrap().clone())
}

fn rendered(provider: &Provider, request: &ChatRequest) -> Arc<RenderedTools> {
    Arc::new(RenderedTools::new(provider.dialect(), Arc::clone(&request.tools)))
}

fn operation(api: Api, what: &str, who: &'static str, work: impl FnMut() + 'static) -> Operation {
    Operation { what: format!("{}: {what}", api.word()), who, work: Box::new(work) }
}

/// A tree is made anew each time, as a copy: what a program builds its request as.
fn encoding(api: Api) -> Vec<Operation> {
    let requests = [
        ("encode a short question", short(Kind::Text)),
        ("encode 30 messages, 20 tools", long()),
        ("encode a picture of 256 KiB", picture()),
    ];
    let mut operations = Vec::new();
    for (what, request) in requests {
        let provider = provider(api);
        let tools = rendered(&provider, &request);
        let encoded = provider.encode(api.model(), &tools, &request).unwrap();
        let tree: Value = serde_json::from_slice(&encoded.body).unwrap();
        let length = encoded.body.len();
        operations.push(operation(api, what, OURS, move || {
            assert_eq!(provider.encode(api.model(), &tools, &request).unwrap().body.len(), length);
        }));
        operations.push(operation(api, what, TREE, move || {
            assert!(serde_json::to_vec(&tree.clone()).unwrap().len() >= length);
        }));
    }
    operations
}

fn decoding(api: Api) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (what, kind) in [("decode text", Kind::Text), ("decode a tool call", Kind::Tool)] {
        let body: Bytes = chats::answer(api, kind).into();
        let (provider, request) = (provider(api), short(kind));
        let tools = rendered(&provider, &request);
        let ours = body.clone();
        operations.push(operation(api, what, OURS, move || {
            let response = provider.decode(&tools, &request, &ours, None).unwrap();
            assert_eq!(response.message.parts.len(), 1);
        }));
        let typed = body.clone();
        operations.push(operation(api, what, TYPES, move || {
            assert_eq!(by_hand::read(api, kind, &typed), kind.expected());
        }));
        operations.push(operation(api, what, TREE, move || {
            assert_eq!(by_hand::read_tree(api, kind, &body), kind.expected());
        }));
    }
    operations
}

fn streaming(api: Api) -> Vec<Operation> {
    let what = "read a stream of 500 pieces";
    let body: Bytes = chats::answer(api, Kind::Stream).into();
    let (provider, request) = (provider(api), short(Kind::Stream));
    let tools = rendered(&provider, &request);
    let ours = pieces(&body);
    let decode = move || {
        let mut decoder = StreamDecoder::new(Arc::clone(&provider), Arc::clone(&tools), &request, None);
        let mut length = 0;
        for piece in &ours {
            decoder.push(piece.clone());
            while let Some(event) = decoder.next_event() {
                if let ChatEvent::Text { delta } = event {
                    length += delta.len();
                }
            }
        }
        assert_eq!(length, Kind::Stream.expected());
    };
    let by_hand = |read: fn(Api, &[u8]) -> usize| {
        let pieces = pieces(&body);
        move || {
            let (mut lines, mut length) = (Lines::default(), 0);
            for piece in &pieces {
                lines.push(piece, |data| length += read(api, data));
            }
            assert_eq!(length, Kind::Stream.expected());
        }
    };
    vec![
        operation(api, what, OURS, decode),
        operation(api, what, TYPES, by_hand(by_hand::read_piece)),
        operation(api, what, TREE, by_hand(by_hand::read_piece_tree)),
    ]
}

/// A stream as it comes from a connection.
fn pieces(body: &Bytes) -> Vec<Bytes> {
    const PIECE: usize = 16 << 10;
    (0..body.len()).step_by(PIECE).map(|start| body.slice(start..body.len().min(start + PIECE))).collect()
}
