//! OpenAI responses.

use serde_json::{Value, json};

use super::{Called, Said, Speech, list, word};

pub(super) struct Responses;

impl Speech for Responses {
    fn user(&self, text: &str) -> Value {
        json!({"role": "user", "content": text})
    }

    fn results(&self, results: &[(&Called, &str)]) -> Vec<Value> {
        let item =
            |call: &Called, text| json!({"type": "function_call_output", "call_id": call.id, "output": text});
        results.iter().map(|(call, text)| item(call, text)).collect()
    }

    fn echo(&self, said: &Said) -> Vec<Value> {
        let text = Some(json!({"role": "assistant", "content": said.text})).filter(|_| !said.text.is_empty());
        let calls = said.calls.iter().map(|call| {
            json!({"type": "function_call", "call_id": call.id, "name": call.tool, "arguments": call.arguments})
        });
        text.into_iter().chain(calls).collect()
    }

    fn request(&self, messages: &[Value], streamed: bool) -> (&'static str, Value) {
        let body = json!({"model": "gpt-5.2", "input": messages, "stream": streamed, "store": false});
        ("/v1/responses", body)
    }

    /// Of a stream, the response that its last event holds, which must be what the pieces add up to.
    fn said(&self, elements: &[Value]) -> Said {
        let last = elements.last().unwrap();
        let whole = if last["response"].is_object() { &last["response"] } else { last };
        let mut said = Said { finish: word(&whole["status"]).to_owned(), ..Said::default() };
        for (index, item) in list(&whole["output"]).iter().enumerate() {
            let written = match word(&item["type"]) {
                "message" => {
                    said.text.push_str(word(&item["content"][0]["text"]));
                    word(&item["content"][0]["text"])
                }
                _ => {
                    let of = |name: &str| word(&item[name]).to_owned();
                    let (id, tool, arguments) = (of("call_id"), of("name"), of("arguments"));
                    said.calls.push(Called { id, tool, arguments });
                    word(&item["arguments"])
                }
            };
            let deltas = elements.iter().filter(|event| event["output_index"] == index);
            let pieces: String = deltas.filter_map(|event| event["delta"].as_str()).collect();
            assert!(elements.len() == 1 || pieces == written, "{pieces} is not {written}");
        }
        said
    }
}
