//! Recorded answers, written in other ways that mean the same: what does not matter must change nothing.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Value, json};
use toolgate_llm_providers::{
    ChatRequest, ChatResponse, Dialect, Message, Provider, ProviderError, RenderedTools, StreamDecoder,
};

use super::each_recording;
use super::recorded::Recorded;

/// How JSON is written.
#[derive(Clone, Copy, Default)]
struct Style {
    /// The members of each object from the last to the first, a line for each.
    is_turned: bool,
    /// Members that nobody knows, before and behind the others; and letters by their numbers.
    is_strange: bool,
    /// Whole numbers as fractions.
    is_broken: bool,
}

const STYLES: [(&str, Style); 3] = [
    ("turned", Style { is_turned: true, is_strange: false, is_broken: false }),
    ("strange", Style { is_turned: false, is_strange: true, is_broken: false }),
    ("broken", Style { is_turned: false, is_strange: false, is_broken: true }),
];

const BEFORE: &str = "a_member_before";
const BEHIND: &str = "a_member_behind";

impl Style {
    fn written(self, value: &Value) -> String {
        let mut json = String::new();
        self.write(&mut json, value);
        json
    }

    fn write(self, json: &mut String, value: &Value) {
        match value {
            Value::Object(members) => self.object(json, members.iter().collect()),
            Value::Array(items) => {
                json.push('[');
                for (place, item) in items.iter().enumerate() {
                    json.push_str(if place > 0 { "," } else { "" });
                    self.write(json, item);
                }
                json.push(']');
            }
            Value::String(text) => self.text(json, text),
            Value::Number(number) => {
                let is_whole = self.is_broken && number.as_i64().is_some_and(|n| n.abs() < 1 << 53);
                write!(json, "{number}{}", if is_whole { ".0" } else { "" }).unwrap();
            }
            plain => json.push_str(&plain.to_string()),
        }
    }

    fn object(self, json: &mut String, mut members: Vec<(&String, &Value)>) {
        if self.is_turned {
            members.reverse();
        }
        let (gap, colon) = if self.is_turned { ("\n\t", " : ") } else { ("", ":") };
        let mut all: Vec<String> = Vec::new();
        for (name, value) in members {
            let mut member = String::new();
            self.text(&mut member, name);
            member.push_str(colon);
            self.write(&mut member, value);
            all.push(member);
        }
        if self.is_strange {
            all.insert(0, format!("\"{BEFORE}\":{{\"a\":[1,{{\"b\":null}}]}}"));
            all.push(format!("\"{BEHIND}\":\"no\""));
        }
        write!(json, "{{{gap}{}{gap}}}", all.join(&format!(",{gap}"))).unwrap();
    }

    fn text(self, json: &mut String, text: &str) {
        if !self.is_strange {
            return json.push_str(&Value::from(text).to_string());
        }
        json.push('"');
        for unit in text.encode_utf16() {
            write!(json, "\\u{unit:04x}").unwrap();
        }
        json.push('"');
    }
}

fn ask() -> ChatRequest {
    ChatRequest::new(vec![Message::user("recorded")])
}

fn whole(provider: &Provider, body: &str) -> Value {
    let tools = RenderedTools::new(provider.dialect(), ask().tools);
    told(provider.decode(&tools, &ask(), body.as_bytes(), None))
}

fn streamed(provider: &Provider, body: Vec<u8>) -> Value {
    let tools = Arc::new(RenderedTools::new(provider.dialect(), ask().tools));
    let mut decoder = StreamDecoder::new(Arc::new(provider.clone()), tools, &ask(), None);
    decoder.push(body.into());
    told(decoder.into_response())
}

/// All that was read, without what is another way to write the same.
fn told(outcome: Result<ChatResponse, ProviderError>) -> Value {
    normal(match outcome {
        Err(error) => json!({"error": format!("{:?} {:?}", error.kind(), error.code())}),
        Ok(answer) => json!({
            "message": answer.message,
            "finish": format!("{:?}", answer.finish),
            "usage": answer.usage,
            "names": [&*answer.id, &*answer.model],
            "logprobs": format!("{:?}", answer.logprobs),
            "losses": answer.lossiness.iter().map(|loss| loss.path.as_str()).collect::<Vec<_>>(),
        }),
    })
}

fn normal(value: Value) -> Value {
    match value {
        // Blocks that are kept whole are kept as text.
        Value::String(text) if text.starts_with(['{', '[']) => match serde_json::from_str(&text) {
            Ok(inner) => normal(inner),
            Err(_) => text.into(),
        },
        Value::Number(number) => number.as_f64().into(),
        Value::Array(items) => items.into_iter().map(normal).collect(),
        Value::Object(members) => {
            let known = members.into_iter().filter(|(name, _)| name != BEFORE && name != BEHIND);
            let mut known: Vec<(String, Value)> = known.map(|(name, value)| (name, normal(value))).collect();
            known.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Object(known.into_iter().collect())
        }
        plain => plain,
    }
}

/// A stream of the same payloads, framed as differently as the framing allows.
fn reframed(dialect: Dialect, style: Style, payloads: &[String]) -> Vec<u8> {
    let mut body = String::new();
    for (number, payload) in payloads.iter().enumerate() {
        let data = match serde_json::from_str(payload) {
            Ok(value) => style.written(&value),
            Err(_) => payload.clone(),
        };
        if dialect == Dialect::OllamaChat {
            write!(body, "{}\r\n\r\n", data.replace(['\n', '\t'], " ")).unwrap();
        } else {
            let data = data.replace('\n', "\r\ndata:");
            write!(body, ": a comment\r\nid: {number}\r\ndata:{data}\r\nretry: 5\r\n\r\n").unwrap();
        }
    }
    body.into_bytes()
}

#[test]
fn what_means_the_same_is_read_the_same() {
    let (mut judged, mut wrong) = (0, Vec::new());
    let found = each_recording(|dialect, row, interaction| {
        let response = &interaction["response"];
        if row["status"] != 200 {
            return;
        }
        let provider =
            Provider::new(row["provider"].as_str().unwrap(), "https://recorded.example", dialect).unwrap();
        let recorded = match (&response["sse_text"], &response["ndjson_text"]) {
            _ if row["streaming"] != true => None,
            (Value::String(text), _) => Some(Recorded::events(text)),
            (_, Value::String(text)) => Some(Recorded::lines(text)),
            _ => return,
        };
        let read = |style: Style| match &recorded {
            None => whole(&provider, &style.written(&response["json"])),
            Some(recorded) => streamed(&provider, reframed(dialect, style, &recorded.payloads)),
        };
        let expected = match &recorded {
            None => whole(&provider, &response["json"].to_string()),
            Some(recorded) => streamed(&provider, recorded.body.clone()),
        };
        judged += 1;
        for (name, style) in STYLES {
            let found = read(style);
            if found != expected {
                wrong.push(format!("{} {name}: expected {expected}, got {found}", row["id"]));
            }
        }
    });
    for wrong in &wrong {
        println!("WRONG {wrong}");
    }
    assert!(wrong.is_empty(), "{} ways to write an answer were not understood", wrong.len());
    assert!(!found || judged > 0, "nothing was read");
}

#[test]
fn the_ways_to_write_are_different_and_mean_the_same() {
    let value = json!({"b": [1, {"text": "ü"}], "a": "x\n"});
    for (name, style) in STYLES {
        let json = style.written(&value);
        assert_ne!(json, value.to_string(), "{name}");
        assert_eq!(normal(serde_json::from_str(&json).unwrap()), normal(value.clone()), "{name}: {json}");
    }
}
