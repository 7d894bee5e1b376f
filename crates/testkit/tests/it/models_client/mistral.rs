//! Mistral chat completions.

use serde_json::{Value, json};

use super::openai::OpenAi;
use super::{Called, Said, Speech};

pub(super) struct Mistral;

impl Speech for Mistral {
    fn user(&self, text: &str) -> Value {
        OpenAi.user(text)
    }

    fn results(&self, results: &[(&Called, &str)]) -> Vec<Value> {
        OpenAi.results(results)
    }

    fn echo(&self, said: &Said) -> Vec<Value> {
        OpenAi.echo(said)
    }

    fn request(&self, messages: &[Value], streamed: bool) -> (&'static str, Value) {
        let body = json!({"model": "mistral-small-latest", "messages": messages, "stream": streamed});
        ("/mistral/v1/chat/completions", body)
    }

    fn said(&self, elements: &[Value]) -> Said {
        OpenAi.said(elements)
    }
}
