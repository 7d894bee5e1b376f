//! Cohere chat (v2).

use serde_json::{Value, json};

use super::openai::tool_call;
use super::{Called, Said, Speech, list, word};

pub(super) struct Cohere;

impl Speech for Cohere {
    fn user(&self, text: &str) -> Value {
        json!({"role": "user", "content": text})
    }

    fn results(&self, results: &[(&Called, &str)]) -> Vec<Value> {
        let message = |call: &Called, text| {
            let document = json!({"type": "document", "document": {"data": text}});
            json!({"role": "tool", "tool_call_id": call.id, "content": [document]})
        };
        results.iter().map(|(call, text)| message(call, text)).collect()
    }

    fn echo(&self, said: &Said) -> Vec<Value> {
        if said.calls.is_empty() {
            return vec![json!({"role": "assistant", "content": said.text})];
        }
        let calls: Vec<Value> = said.calls.iter().map(tool_call).collect();
        vec![json!({"role": "assistant", "tool_plan": said.text, "tool_calls": calls})]
    }

    fn request(&self, messages: &[Value], streamed: bool) -> (&'static str, Value) {
        let body = json!({"model": "command-a-03-2025", "messages": messages, "stream": streamed});
        ("/v2/chat", body)
    }

    fn said(&self, elements: &[Value]) -> Said {
        let mut said = Said::default();
        for element in elements {
            // What a stream's event adds, or all of it.
            let (message, end) = match &element["delta"] {
                Value::Null => (&element["message"], element),
                delta => (&delta["message"], delta),
            };
            said.text.push_str(word(&message["tool_plan"]));
            let content = &message["content"];
            list(content).iter().chain([content]).for_each(|block| said.text.push_str(word(&block["text"])));
            let calls = &message["tool_calls"];
            for call in list(calls).iter().chain(Some(calls).filter(|calls| calls.is_object())) {
                if call["id"].is_string() {
                    let (id, tool) = (word(&call["id"]), word(&call["function"]["name"]));
                    said.calls.push(Called { id: id.into(), tool: tool.into(), ..Called::default() });
                }
                said.calls.last_mut().unwrap().arguments.push_str(word(&call["function"]["arguments"]));
            }
            said.finish.push_str(word(&end["finish_reason"]));
        }
        said
    }
}
