//! Bedrock Converse.

use aws_smithy_eventstream::frame::read_message_from;
use bytes::{Buf, Bytes};
use serde_json::{Value, json};

use super::{Called, Said, Speech, list, object, word};

pub(super) struct Bedrock;

impl Speech for Bedrock {
    fn user(&self, text: &str) -> Value {
        json!({"role": "user", "content": [{"text": text}]})
    }

    fn results(&self, results: &[(&Called, &str)]) -> Vec<Value> {
        let block =
            |call: &Called, text| json!({"toolResult": {"toolUseId": call.id, "content": [{"text": text}]}});
        let blocks: Vec<Value> = results.iter().map(|(call, text)| block(call, text)).collect();
        vec![json!({"role": "user", "content": blocks})]
    }

    fn echo(&self, said: &Said) -> Vec<Value> {
        let text = Some(json!({"text": said.text})).filter(|_| !said.text.is_empty());
        let calls = said.calls.iter().map(|call| {
            json!({"toolUse": {"toolUseId": call.id, "name": call.tool, "input": object(&call.arguments)}})
        });
        vec![json!({"role": "assistant", "content": text.into_iter().chain(calls).collect::<Vec<_>>()})]
    }

    fn request(&self, messages: &[Value], streamed: bool) -> (&'static str, Value) {
        let path = if streamed { "/model/m/converse-stream" } else { "/model/m/converse" };
        let tool = json!({"toolSpec": {"name": "any", "inputSchema": {"json": {"type": "object"}}}});
        (path, json!({"messages": messages, "toolConfig": {"tools": [tool]}}))
    }

    fn said(&self, elements: &[Value]) -> Said {
        let mut said = Said::default();
        for element in elements {
            said.finish.push_str(word(&element["stopReason"]));
            for block in list(&element["output"]["message"]["content"]) {
                add(&mut said, block);
            }
            add(&mut said, &element["start"]);
            add(&mut said, &element["delta"]);
        }
        said
    }

    /// Each payload.
    fn elements(&self, body: &[u8]) -> Vec<Value> {
        let mut body = Bytes::copy_from_slice(body);
        let mut elements = Vec::new();
        while body.has_remaining() {
            let length = usize::try_from(u32::from_be_bytes(body[..4].try_into().unwrap())).unwrap();
            let message = read_message_from(body.split_to(length)).unwrap();
            elements.push(serde_json::from_slice(message.payload()).unwrap());
        }
        elements
    }
}

/// A block, the start of one, or what is added to the last.
fn add(said: &mut Said, block: &Value) {
    said.text.push_str(word(&block["text"]));
    let call = &block["toolUse"];
    if call["toolUseId"].is_string() {
        let (id, tool) = (word(&call["toolUseId"]).to_owned(), word(&call["name"]).to_owned());
        let arguments = call["input"].as_object().cloned().map(Value::Object);
        said.calls.push(Called {
            id,
            tool,
            arguments: arguments.map(|input| input.to_string()).unwrap_or_default(),
        });
    }
    if let Some(piece) = call["input"].as_str() {
        said.calls.last_mut().unwrap().arguments.push_str(piece);
    }
}
