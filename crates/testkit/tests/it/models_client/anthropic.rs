//! Anthropic messages.

use serde_json::{Value, json};

use super::{Called, Said, Speech, list, object, word};

pub(super) struct Anthropic;

impl Speech for Anthropic {
    fn user(&self, text: &str) -> Value {
        json!({"role": "user", "content": text})
    }

    fn results(&self, results: &[(&Called, &str)]) -> Vec<Value> {
        let block =
            |call: &Called, text| json!({"type": "tool_result", "tool_use_id": call.id, "content": text});
        let blocks: Vec<Value> = results.iter().map(|(call, text)| block(call, text)).collect();
        vec![json!({"role": "user", "content": blocks})]
    }

    fn echo(&self, said: &Said) -> Vec<Value> {
        let text = Some(json!({"type": "text", "text": said.text})).filter(|_| !said.text.is_empty());
        let calls = said.calls.iter().map(|call| {
            json!({"type": "tool_use", "id": call.id, "name": call.tool, "input": object(&call.arguments)})
        });
        vec![json!({"role": "assistant", "content": text.into_iter().chain(calls).collect::<Vec<_>>()})]
    }

    fn request(&self, messages: &[Value], streamed: bool) -> (&'static str, Value) {
        let model = "claude-haiku-4-5";
        let body = json!({"model": model, "max_tokens": 1000, "messages": messages, "stream": streamed});
        ("/v1/messages", body)
    }

    fn said(&self, elements: &[Value]) -> Said {
        let mut said = Said::default();
        for element in elements {
            match word(&element["type"]) {
                "message" => {
                    for part in list(&element["content"]) {
                        block(&mut said, part, part["input"].to_string());
                    }
                    said.finish.push_str(word(&element["stop_reason"]));
                }
                "content_block_start" => block(&mut said, &element["content_block"], String::new()),
                "content_block_delta" => {
                    said.text.push_str(word(&element["delta"]["text"]));
                    if let Some(call) = said.calls.last_mut() {
                        call.arguments.push_str(word(&element["delta"]["partial_json"]));
                    }
                }
                "message_delta" => said.finish.push_str(word(&element["delta"]["stop_reason"])),
                _ => {}
            }
        }
        said
    }
}

fn block(said: &mut Said, block: &Value, arguments: String) {
    said.text.push_str(word(&block["text"]));
    if block["type"] == "tool_use" {
        let (id, tool) = (word(&block["id"]).to_owned(), word(&block["name"]).to_owned());
        said.calls.push(Called { id, tool, arguments });
    }
}
