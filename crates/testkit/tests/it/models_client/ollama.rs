//! Ollama chat.

use serde_json::{Value, json};

use super::{Called, Said, Speech, list, object, word};

pub(super) struct Ollama;

impl Speech for Ollama {
    fn user(&self, text: &str) -> Value {
        json!({"role": "user", "content": text})
    }

    fn results(&self, results: &[(&Called, &str)]) -> Vec<Value> {
        let message = |call: &Called, text| json!({"role": "tool", "tool_name": call.tool, "content": text});
        results.iter().map(|(call, text)| message(call, text)).collect()
    }

    fn echo(&self, said: &Said) -> Vec<Value> {
        let call =
            |call: &Called| json!({"function": {"name": call.tool, "arguments": object(&call.arguments)}});
        let calls: Vec<Value> = said.calls.iter().map(call).collect();
        vec![json!({"role": "assistant", "content": said.text, "tool_calls": calls})]
    }

    fn request(&self, messages: &[Value], streamed: bool) -> (&'static str, Value) {
        ("/api/chat", json!({"model": "qwen3", "messages": messages, "stream": streamed}))
    }

    fn said(&self, elements: &[Value]) -> Said {
        let mut said = Said::default();
        for message in elements.iter().map(|element| &element["message"]) {
            said.text.push_str(word(&message["content"]));
            said.calls.extend(list(&message["tool_calls"]).iter().map(|call| Called {
                id: word(&call["id"]).to_owned(),
                tool: word(&call["function"]["name"]).to_owned(),
                arguments: call["function"]["arguments"].to_string(),
            }));
        }
        assert_eq!(elements.last().unwrap()["done"], true);
        said.finish.push_str(word(&elements.last().unwrap()["done_reason"]));
        said
    }
}
