//! OpenAI chat completions.

use serde_json::{Value, json};

use super::{Called, Said, Speech, list, word};

pub(super) struct OpenAi;

impl Speech for OpenAi {
    fn user(&self, text: &str) -> Value {
        json!({"role": "user", "content": text})
    }

    fn results(&self, results: &[(&Called, &str)]) -> Vec<Value> {
        let message = |call: &Called, text| json!({"role": "tool", "tool_call_id": call.id, "content": text});
        results.iter().map(|(call, text)| message(call, text)).collect()
    }

    fn echo(&self, said: &Said) -> Vec<Value> {
        if said.calls.is_empty() {
            return vec![json!({"role": "assistant", "content": said.text})];
        }
        let calls: Vec<Value> = said.calls.iter().map(tool_call).collect();
        vec![json!({"role": "assistant", "content": null, "tool_calls": calls})]
    }

    fn request(&self, messages: &[Value], streamed: bool) -> (&'static str, Value) {
        let body = json!({"model": "gpt-4o-mini", "messages": messages, "stream": streamed});
        ("/v1/chat/completions", body)
    }

    fn said(&self, elements: &[Value]) -> Said {
        let mut said = Said::default();
        for choice in elements.iter().flat_map(|element| list(&element["choices"])) {
            let part = if choice["delta"].is_object() { &choice["delta"] } else { &choice["message"] };
            said.text.push_str(word(&part["content"]));
            for call in list(&part["tool_calls"]) {
                piece(&mut said.calls, call);
            }
            said.finish.push_str(word(&choice["finish_reason"]));
        }
        said
    }
}

/// A call, or a piece of one: the first has the id, the others say by their index to which they belong.
fn piece(calls: &mut Vec<Called>, call: &Value) {
    let function = &call["function"];
    if call["id"].is_string() {
        let (id, tool) = (word(&call["id"]).to_owned(), word(&function["name"]).to_owned());
        calls.push(Called { id, tool, arguments: String::new() });
    }
    let index = call["index"].as_u64().map_or(calls.len() - 1, |index| usize::try_from(index).unwrap());
    calls[index].arguments.push_str(word(&function["arguments"]));
}

/// The call as this API writes it, and others after it.
pub(super) fn tool_call(call: &Called) -> Value {
    json!({"id": call.id, "type": "function", "function": {"name": call.tool, "arguments": call.arguments}})
}
