//! Parts of a conversation one by one, and orders of messages that some provider does not like.

use serde_json::Value;
use toolgate_llm_providers::{
    AssistantMessage, AssistantPart, ChatRequest, ErrorKind, Media, Message, Native, Opaque, Part,
};
use toolgate_tool_types::{Content, ToolResult};

use crate::sample::{asks, call, decode, encode, losses, reasoning, text, tool, user};
use crate::schemas;

/// A conversation: what must be in the body, the place that a report names, and the messages.
type Case = (&'static str, &'static str, &'static str, fn(&str) -> Vec<Message>);

const CASES: &[Case] = &[
    ("image", "AAAA", "messages[0].content[1]", |_| picture(inline("image/png", "AAAA"))),
    ("image by URL", "h.example/a.png", "messages[0].content[1]", |_| picture(at("https://h.example/a.png"))),
    ("PDF", "BBBB", "messages[0].content[1]", |_| file(inline("application/pdf", "BBBB"))),
    ("PDF by URL", "h.example/a.pdf", "messages[0].content[1]", |_| file(at("https://h.example/a.pdf"))),
    ("recording", "CCCC", "messages[0].content[1]", |_| sound(inline("audio/wav", "CCCC"))),
    ("recording by URL", "h.example/a.wav", "messages[0].content[1]", |_| {
        sound(at("https://h.example/a.wav"))
    }),
    ("image in a result", "DDDD", "messages[2]", |_| {
        answered(ToolResult::new(vec![
            Content::text("seen"),
            Content::Image { data: "DDDD".into(), mime_type: "image/png".into() },
        ]))
    }),
    ("failure of a tool", "no ink", "messages[2]", |_| answered(ToolResult::error("no ink"))),
    ("several results", "second", "messages[1]", |_| {
        let (one, two) = (call("a", "t", "{}"), call("b", "t", "{}"));
        vec![
            Message::user("u"),
            asks(&[&one, &two]),
            Message::tool_result(&two, ToolResult::text("second")),
            Message::tool_result(&one, ToolResult::text("first")),
        ]
    }),
    ("arguments that are no JSON", "x\\", "messages[1].parts[0]", |_| {
        let broken = call("a", "t", "{\"x\":");
        vec![Message::user("u"), asks(&[&broken]), Message::tool_result(&broken, ToolResult::error("no"))]
    }),
    ("own reasoning, signed", "c2ln", "messages[1].parts[0]", |id| {
        thought(reasoning(id, "hm", Some(Opaque::Signature("c2ln".into()))))
    }),
    ("another's reasoning", "hm", "messages[1].parts[0]", |_| thought(reasoning("other", "hm", None))),
    ("another's citation", "h.example/src", "messages[1].parts[1]", |_| cited()),
    ("another's own block", "blocked", "messages[1].parts[0]", |_| {
        thought(AssistantPart::Native(Native::new("other", r#"{"type":"blocked"}"#)))
    }),
    ("instructions later", "note", "messages[2]", |_| {
        vec![Message::user("u"), Message::assistant("a"), Message::system("note"), Message::user("v")]
    }),
    ("empty text of the user", "vvv", "messages[0].content[0]", |_| {
        vec![Message::user(""), Message::assistant("a"), Message::user("vvv")]
    }),
    ("empty answer", "vvv", "messages[1].parts[0]", |_| {
        vec![Message::user("u"), Message::assistant(""), Message::user("vvv")]
    }),
    ("no content", "vvv", "messages[0]", |_| {
        vec![user(Vec::new()), Message::assistant("a"), Message::user("vvv")]
    }),
    ("user twice", "vvv", "messages", |_| vec![Message::user("u"), Message::user("vvv")]),
    ("answers twice", "bbb", "messages", |_| {
        vec![Message::user("u"), Message::assistant("a"), Message::assistant("bbb"), Message::user("v")]
    }),
    ("answer first", "aaa", "messages", |_| vec![Message::assistant("aaa"), Message::user("u")]),
    ("answer last", "aaa", "messages", |_| vec![Message::user("u"), Message::assistant("aaa")]),
    ("instructions alone", "sss", "messages", |_| vec![Message::system("sss")]),
    ("result without its call", "orphan", "messages[1]", |_| {
        vec![Message::user("u"), Message::tool_result(&call("a", "t", "{}"), ToolResult::text("orphan"))]
    }),
];

/// What becomes of each case, in their order: `k`ept, kept and `t`old, `l`eft out and told, `r`efused, left out in
/// `s`ilence; `!` where a host that never signs would get back a signature that it does not know.
const GRID: &[(&str, &str, &str)] = &[
    ("openai", "gpt-4.1", "kkkrkrlkkkklllkkkkkkkkkr"),
    ("azure", "gpt-4.1", "kkkrkrlkkkklllkkkkkkkkkr"),
    ("openrouter", "m", "kkkrkrlkktklllkkkkkkkkkr"),
    ("groq", "m", "kkrrrrlkkt!lllkkkkkkkkkr"),
    ("together", "m", "kkrrkrlkktklllkkkkkkkkkr"),
    ("deepseek", "m", "kkrrrrlkktklllkkkkkkkkkr"),
    ("mistral", "m", "kkkkkklkkt!llltktkkkkkkr"),
    ("perplexity", "sonar", "kkrrrrlkktkllltktkkkkkkr"),
    ("databricks", "m", "kkkrkrlkktklllkkkkkkkkkr"),
    ("snowflake", "m", "kkkrkrlkktklllkkkkkkkkkr"),
    ("cloudflare", "m", "kkkrkrlkktklllkkkkkkkkkr"),
    ("huggingface", "m", "kkkrkrlkktklllkkkkkkkkkr"),
    ("watsonx", "m", "kkkrkrlkktklllkkkkkkkkkr"),
    ("sagemaker", "m", "kkkrkrlkktklllkkkkkkkkkr"),
    ("openai_responses", "gpt-4.1", "kkktrrkkkkslllkkkkkkkkkr"),
    ("anthropic", "claude-sonnet-4-5", "kkkkrrkkktkllltttkkkkkrr"),
    ("vertex_ai_anthropic", "claude-sonnet-4-5", "krkrrrkkktkllltttkkkkkrr"),
    ("bedrock_anthropic", "claude-sonnet-4-5", "krkrrrkkktkllltttkkkkkrr"),
    ("gemini", "gemini-2.5-flash", "kkttkklkktklllttkkkkkkrr"),
    ("gemini", "gemini-3-flash", "kkttkkkkttklllttkkkkkkrr"),
    ("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "krkrkrkkktkllltttkkkkkrr"),
    ("cohere", "m", "kkrrrrlkktslllkkkkkkkkkr"),
    ("ollama", "m", "krrrrrkkktslllkkkkkkkkkr"),
    ("gigachat", "m", "rrrrrrlkttlllltkkkkkkkkr"),
    ("replicate", "openai/gpt-4o", "kkrrrrlkkkllllkkkkttttkr"),
];

fn inline(media_type: &str, data: &str) -> Media {
    Media::Inline { media_type: media_type.into(), data: data.into() }
}

fn at(url: &str) -> Media {
    Media::Url { url: url.into() }
}

fn picture(media: Media) -> Vec<Message> {
    vec![user(vec![Part::text("u"), Part::Image { media }])]
}

fn file(media: Media) -> Vec<Message> {
    vec![user(vec![Part::text("u"), Part::File { name: "a".into(), media }])]
}

fn sound(media: Media) -> Vec<Message> {
    vec![user(vec![Part::text("u"), Part::Audio { media }])]
}

fn answered(result: ToolResult) -> Vec<Message> {
    let asked = call("a", "t", "{}");
    vec![Message::user("u"), asks(&[&asked]), Message::tool_result(&asked, result)]
}

fn thought(part: AssistantPart) -> Vec<Message> {
    vec![Message::user("u"), AssistantMessage::new(vec![part, text("a")]).into(), Message::user("v")]
}

fn cited() -> Vec<Message> {
    let body = r#"{"choices":[{"message":{"content":"a","annotations":[{"type":"url_citation","url_citation":{"url":"https://h.example/src"}}]},"finish_reason":"stop"}]}"#;
    let said = decode("openai", &ChatRequest::new(vec![Message::user("u")]), body).unwrap();
    vec![Message::user("u"), said.message.into(), Message::user("v")]
}

#[test]
fn each_is_kept_or_told() {
    let mut wrong = Vec::new();
    for (id, model, expected) in GRID {
        let found: String = CASES.iter().map(|case| fate(id, model, case)).collect();
        // What only a schema finds is kept where there is none.
        let expected = if schemas::are_there() { (*expected).to_owned() } else { expected.replace('!', "k") };
        if found != expected {
            wrong.push(format!("(\"{id}\", \"{model}\", \"{found}\"),"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn fate(id: &str, model: &str, (name, marker, place, messages): &Case) -> char {
    let mut request = ChatRequest::new(messages(id));
    if id != "replicate" {
        request = request.with_tools(vec![tool("t", "{}")]);
    }
    let encoded = match std::panic::catch_unwind(|| encode(id, model, &request)) {
        Err(_) => return '!',
        Ok(Err(error)) => {
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{id} {name}");
            assert!(error.message().contains("messages"), "{id} {name}: {error}");
            return 'r';
        }
        Ok(Ok(encoded)) => encoded,
    };
    let body: Value = serde_json::from_slice(&encoded.body).unwrap();
    let is_told = losses(&encoded).iter().any(|loss| loss.starts_with(place));
    // That Gemini 3 did not sign a call, and that Replicate is told of turns as one text, is told of every one here.
    let usual = |loss: &&str| match (id, *loss) {
        ("gemini", "messages[1].parts[0]") => model.starts_with("gemini-3"),
        (id, loss) => id == "replicate" && loss == "messages",
    };
    let others = losses(&encoded).into_iter().filter(|loss| !loss.starts_with(place) && !usual(loss));
    assert_eq!(others.count(), 0, "{id} {name}: {:?}", losses(&encoded));
    match (body.to_string().contains(marker), is_told) {
        (true, false) => 'k',
        (true, true) => 't',
        (false, true) => 'l',
        (false, false) => 's',
    }
}
