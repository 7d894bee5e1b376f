//! Gemini `generateContent`.

use serde_json::{Value, json};

use super::{Called, Said, Speech, list, object, word};

pub(super) struct Gemini;

impl Speech for Gemini {
    fn user(&self, text: &str) -> Value {
        json!({"role": "user", "parts": [{"text": text}]})
    }

    fn results(&self, results: &[(&Called, &str)]) -> Vec<Value> {
        let part = |call: &Called, text| json!({"functionResponse": {"name": call.tool, "response": {"output": text}}});
        let parts: Vec<Value> = results.iter().map(|(call, text)| part(call, text)).collect();
        vec![json!({"role": "user", "parts": parts})]
    }

    fn echo(&self, said: &Said) -> Vec<Value> {
        let text = Some(json!({"text": said.text})).filter(|_| !said.text.is_empty());
        let calls = said.calls.iter().map(|call| {
            let function = json!({"name": call.tool, "args": object(&call.arguments), "id": call.id});
            json!({"functionCall": function, "thoughtSignature": "c2ln"})
        });
        vec![json!({"role": "model", "parts": text.into_iter().chain(calls).collect::<Vec<_>>()})]
    }

    fn request(&self, messages: &[Value], streamed: bool) -> (&'static str, Value) {
        let path = match streamed {
            true => "/v1beta/models/gemini-3-flash:streamGenerateContent?alt=sse",
            false => "/v1beta/models/gemini-3-flash:generateContent",
        };
        (path, json!({"contents": messages}))
    }

    fn said(&self, elements: &[Value]) -> Said {
        let mut said = Said::default();
        for candidate in elements.iter().map(|element| &element["candidates"][0]) {
            for part in list(&candidate["content"]["parts"]) {
                said.text.push_str(word(&part["text"]));
                let call = &part["functionCall"];
                if call.is_object() {
                    let (id, tool) = (word(&call["id"]).to_owned(), word(&call["name"]).to_owned());
                    said.calls.push(Called { id, tool, arguments: call["args"].to_string() });
                }
            }
            said.finish.push_str(word(&candidate["finishReason"]));
        }
        said
    }
}
