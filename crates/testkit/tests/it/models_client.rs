//! A conversation with scripted models in any dialect, plain or streamed: just enough of each API to tell what came.

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use toolgate_testkit::models::Dialect;
use tower_service::Service;

/// What a model answered: its text, and its calls as (id, tool, arguments).
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) calls: Vec<(String, String, String)>,
    pub(crate) finish: String,
}

/// A conversation so far, and how to go on with it.
pub(crate) struct Talk {
    router: Router,
    dialect: Dialect,
    streamed: bool,
    messages: Vec<Value>,
}

pub(crate) async fn post(router: &mut Router, path: &str, body: &Value) -> Response<Body> {
    let request = Request::post(path)
        .header("authorization", "Bearer sk-openai-rig")
        .header("x-api-key", "sk-ant-rig")
        .header("anthropic-version", "2023-06-01")
        .header("x-goog-api-key", "gemini-key")
        .body(Body::from(body.to_string()))
        .unwrap();
    router.call(request).await.unwrap()
}

pub(crate) async fn text(response: Response<Body>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

impl Talk {
    pub(crate) fn new(router: &Router, dialect: Dialect, streamed: bool) -> Self {
        Self { router: router.clone(), dialect, streamed, messages: Vec::new() }
    }

    pub(crate) async fn ask(&mut self, text: &str) -> Said {
        self.messages.push(match self.dialect {
            Dialect::OpenAi | Dialect::Anthropic => json!({"role": "user", "content": text}),
            Dialect::Gemini => json!({"role": "user", "parts": [{"text": text}]}),
        });
        self.go_on().await
    }

    /// Answers the calls of the last reply, in order.
    pub(crate) async fn results(&mut self, calls: &[(String, String, String)], results: &[&str]) -> Said {
        let pairs = calls.iter().zip(results);
        match self.dialect {
            Dialect::OpenAi => self.messages.extend(
                pairs.map(|((id, ..), text)| json!({"role": "tool", "tool_call_id": id, "content": text})),
            ),
            Dialect::Anthropic => {
                let blocks = pairs.map(
                    |((id, ..), text)| json!({"type": "tool_result", "tool_use_id": id, "content": text}),
                );
                self.messages.push(json!({"role": "user", "content": blocks.collect::<Vec<_>>()}));
            }
            Dialect::Gemini => {
                let parts = pairs.map(|((_, tool, _), text)| {
                    json!({"functionResponse": {"name": tool, "response": {"output": text}}})
                });
                self.messages.push(json!({"role": "user", "parts": parts.collect::<Vec<_>>()}));
            }
        }
        self.go_on().await
    }

    async fn go_on(&mut self) -> Said {
        let (path, body) = match self.dialect {
            Dialect::OpenAi => (
                "/v1/chat/completions".to_owned(),
                json!({"model": "gpt-4o-mini", "messages": self.messages, "stream": self.streamed}),
            ),
            Dialect::Anthropic => (
                "/v1/messages".to_owned(),
                json!({"model": "claude-haiku-4-5", "max_tokens": 1000, "messages": self.messages, "stream": self.streamed}),
            ),
            Dialect::Gemini => {
                let method = if self.streamed { "streamGenerateContent?alt=sse" } else { "generateContent" };
                (format!("/v1beta/models/gemini-3-flash:{method}"), json!({"contents": self.messages}))
            }
        };
        let response = post(&mut self.router, &path, &body).await;
        assert_eq!(response.status(), 200, "{body}");
        let body = text(response).await;
        let elements: Vec<Value> = if self.streamed {
            let lines = body.lines().filter_map(|line| line.strip_prefix("data: "));
            lines.filter(|data| *data != "[DONE]").map(|data| serde_json::from_str(data).unwrap()).collect()
        } else {
            vec![serde_json::from_str(&body).unwrap()]
        };
        let said = match self.dialect {
            Dialect::OpenAi => openai(&elements),
            Dialect::Anthropic => anthropic(&elements),
            Dialect::Gemini => gemini(&elements),
        };
        self.messages.push(self.echo(&said));
        said
    }

    /// The reply as the next request repeats it.
    fn echo(&self, said: &Said) -> Value {
        let object = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|_| json!({}));
        let calls = said.calls.iter();
        match self.dialect {
            Dialect::OpenAi if said.calls.is_empty() => json!({"role": "assistant", "content": said.text}),
            Dialect::OpenAi => {
                let calls = calls.map(|(id, tool, arguments)| {
                    json!({"id": id, "type": "function", "function": {"name": tool, "arguments": arguments}})
                });
                json!({"role": "assistant", "content": null, "tool_calls": calls.collect::<Vec<_>>()})
            }
            Dialect::Anthropic => {
                let text = Some(json!({"type": "text", "text": said.text})).filter(|_| !said.text.is_empty());
                let calls = calls.map(|(id, tool, arguments)| {
                    json!({"type": "tool_use", "id": id, "name": tool, "input": object(arguments)})
                });
                json!({"role": "assistant", "content": text.into_iter().chain(calls).collect::<Vec<_>>()})
            }
            Dialect::Gemini => {
                let text = Some(json!({"text": said.text})).filter(|_| !said.text.is_empty());
                let calls = calls.map(|(id, tool, arguments)| {
                    json!({"functionCall": {"name": tool, "args": object(arguments), "id": id}, "thoughtSignature": "c2ln"})
                });
                json!({"role": "model", "parts": text.into_iter().chain(calls).collect::<Vec<_>>()})
            }
        }
    }
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn openai(elements: &[Value]) -> Said {
    let mut said = Said::default();
    for choice in elements.iter().flat_map(|element| element["choices"].as_array().unwrap()) {
        let part = if choice["delta"].is_object() { &choice["delta"] } else { &choice["message"] };
        said.text.push_str(word(&part["content"]));
        for call in part["tool_calls"].as_array().into_iter().flatten() {
            if call["id"].is_string() {
                said.calls.push((
                    word(&call["id"]).to_owned(),
                    word(&call["function"]["name"]).to_owned(),
                    String::new(),
                ));
            }
            let index =
                call["index"].as_u64().map_or(said.calls.len() - 1, |index| usize::try_from(index).unwrap());
            said.calls[index].2.push_str(word(&call["function"]["arguments"]));
        }
        said.finish.push_str(word(&choice["finish_reason"]));
    }
    said
}

fn anthropic(elements: &[Value]) -> Said {
    let mut said = Said::default();
    let block = |said: &mut Said, block: &Value, input: String| {
        said.text.push_str(word(&block["text"]));
        if block["type"] == "tool_use" {
            said.calls.push((word(&block["id"]).to_owned(), word(&block["name"]).to_owned(), input));
        }
    };
    for element in elements {
        match word(&element["type"]) {
            "message" => {
                for part in element["content"].as_array().unwrap() {
                    block(&mut said, part, part["input"].to_string());
                }
                said.finish.push_str(word(&element["stop_reason"]));
            }
            "content_block_start" => block(&mut said, &element["content_block"], String::new()),
            "content_block_delta" => {
                said.text.push_str(word(&element["delta"]["text"]));
                if let Some(call) = said.calls.last_mut() {
                    call.2.push_str(word(&element["delta"]["partial_json"]));
                }
            }
            "message_delta" => said.finish.push_str(word(&element["delta"]["stop_reason"])),
            _ => {}
        }
    }
    said
}

fn gemini(elements: &[Value]) -> Said {
    let mut said = Said::default();
    for candidate in elements.iter().map(|element| &element["candidates"][0]) {
        for part in candidate["content"]["parts"].as_array().into_iter().flatten() {
            said.text.push_str(word(&part["text"]));
            let call = &part["functionCall"];
            if call.is_object() {
                said.calls.push((
                    word(&call["id"]).to_owned(),
                    word(&call["name"]).to_owned(),
                    call["args"].to_string(),
                ));
            }
        }
        said.finish.push_str(word(&candidate["finishReason"]));
    }
    said
}
