//! A naive reader of Replicate's predictions: of the words that most models share.

use serde_json::{Value, json};
use toolgate_llm_providers::Message;

use super::Recorded;
use super::members::{Members, Read};

pub(crate) fn read(provider: &str, body: Value) -> Read<Recorded> {
    let mut body = Members::of(body, "")?;
    let mut read = Recorded::of(body.text("version"));
    let mut input = Members::of(body.take("input").unwrap_or_default(), "input")?;
    let system = input.text("system_prompt").map(Message::system);
    read.request.messages.extend(system);
    read.request.messages.push(Message::user(input.need("prompt")?));
    let options = &mut read.request.options;
    options.max_tokens = input.number("max_tokens");
    options.temperature = input.real("temperature");
    options.top_p = input.real("top_p");
    options.top_k = input.number("top_k");
    options.presence_penalty = input.real("presence_penalty");
    options.frequency_penalty = input.real("frequency_penalty");
    options.seed = input.number("seed");
    let mut extra = body.rest();
    let more = input.rest();
    if !more.is_empty() {
        extra.insert("input".to_owned(), json!(more));
    }
    read.set_extra(provider, extra);
    Ok(read)
}
