//! Answers read by a program that knows exactly what it wants of them: the floor for every library.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::chats::{Api, Kind};

/// Text that is copied only where the JSON has escapes; serde borrows no `Cow` within an `Option`.
#[derive(Deserialize)]
struct Words<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
struct Completion<'a> {
    #[serde(borrow)]
    choices: Vec<Choice<'a>>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow)]
    message: Message<'a>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    content: Option<Words<'a>>,
    #[serde(borrow, default)]
    tool_calls: Vec<Call<'a>>,
}

#[derive(Deserialize)]
struct Call<'a> {
    #[serde(borrow)]
    function: Function<'a>,
}

#[derive(Deserialize)]
struct Function<'a> {
    #[serde(borrow)]
    arguments: Words<'a>,
}

#[derive(Deserialize)]
struct Arguments<'a> {
    #[serde(borrow)]
    customer_id: Words<'a>,
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    content: Vec<Block<'a>>,
}

#[derive(Deserialize)]
struct Block<'a> {
    #[serde(borrow)]
    text: Option<Words<'a>>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(borrow)]
    choices: Vec<Piece<'a>>,
}

#[derive(Deserialize)]
struct Piece<'a> {
    #[serde(borrow)]
    delta: Delta<'a>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow, alias = "text")]
    content: Option<Words<'a>>,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    delta: Option<Delta<'a>>,
}

/// The bytes of a whole answer's text, or of its call's argument.
///
/// # Panics
/// When the answer is another one.
#[must_use]
pub fn read(api: Api, kind: Kind, body: &[u8]) -> usize {
    let argument =
        |arguments: &str| serde_json::from_str::<Arguments<'_>>(arguments).unwrap().customer_id.0.len();
    match api {
        Api::OpenAi => {
            let completion: Completion<'_> = serde_json::from_slice(body).unwrap();
            let message = &completion.choices[0].message;
            match kind {
                Kind::Tool => argument(&message.tool_calls[0].function.arguments.0),
                _ => message.content.as_ref().unwrap().0.len(),
            }
        }
        Api::Anthropic => {
            let answer: Answer<'_> = serde_json::from_slice(body).unwrap();
            match kind {
                Kind::Tool => argument(answer.content[0].input.unwrap().get()),
                _ => answer.content[0].text.as_ref().unwrap().0.len(),
            }
        }
    }
}

/// The bytes of the text in one event's data.
///
/// # Panics
/// When the event is of another stream.
#[must_use]
pub fn read_piece(api: Api, data: &[u8]) -> usize {
    if data == b"[DONE]" {
        return 0;
    }
    let delta = match api {
        Api::OpenAi => {
            serde_json::from_slice::<Chunk<'_>>(data).unwrap().choices.pop().map(|piece| piece.delta)
        }
        Api::Anthropic => serde_json::from_slice::<Event<'_>>(data).unwrap().delta,
    };
    delta.and_then(|delta| delta.content).map_or(0, |content| content.0.len())
}

/// The same of a whole answer that was read into a tree.
///
/// # Panics
/// When the answer is another one.
#[must_use]
pub fn read_tree(api: Api, kind: Kind, body: &[u8]) -> usize {
    let tree: Value = serde_json::from_slice(body).unwrap();
    let found = match (api, kind) {
        (Api::OpenAi, Kind::Tool) => {
            let arguments = &tree["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"];
            let arguments: Value = serde_json::from_str(arguments.as_str().unwrap()).unwrap();
            return arguments["customer_id"].as_str().unwrap().len();
        }
        (Api::OpenAi, _) => &tree["choices"][0]["message"]["content"],
        (Api::Anthropic, Kind::Tool) => &tree["content"][0]["input"]["customer_id"],
        (Api::Anthropic, _) => &tree["content"][0]["text"],
    };
    found.as_str().unwrap().len()
}

/// The same of one event's data that was read into a tree.
///
/// # Panics
/// When the event is of another stream.
#[must_use]
pub fn read_piece_tree(api: Api, data: &[u8]) -> usize {
    if data == b"[DONE]" {
        return 0;
    }
    let tree: Value = serde_json::from_slice(data).unwrap();
    let found = match api {
        Api::OpenAi => &tree["choices"][0]["delta"]["content"],
        Api::Anthropic => &tree["delta"]["text"],
    };
    found.as_str().map_or(0, str::len)
}

/// Cuts a stream into the data of its events.
#[derive(Default)]
pub struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// Takes the next piece, and hands on each event's data that is whole.
    pub fn push(&mut self, piece: &[u8], mut data: impl FnMut(&[u8])) {
        self.rest.extend_from_slice(piece);
        let mut start = 0;
        while let Some(length) = memchr::memchr(b'\n', &self.rest[start..]) {
            if let Some(found) = self.rest[start..start + length].strip_prefix(b"data: ") {
                data(found);
            }
            start += length + 1;
        }
        self.rest.drain(..start);
    }
}
