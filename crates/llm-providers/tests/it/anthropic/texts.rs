//! Files that are texts: a source of bytes takes PDFs alone ("PDF support"), and one of text these.

use serde_json::{Value, json};
use toolgate_llm_providers::{ChatRequest, ErrorKind, Media, Message, Part};

use crate::sample::{encode, encoded, losses, user};

fn request(media_type: &str, data: &str) -> ChatRequest {
    let media = Media::Inline { media_type: media_type.into(), data: data.into() };
    let file = Part::File { name: "notes.txt".into(), media };
    ChatRequest::new(vec![user(vec![file]), Message::CachePoint, Message::user("u")])
}

/// "messages.0.content.0.document.source.base64.media_type: Input should be 'application/pdf'."
#[test]
fn a_text_is_sent_as_one() {
    for (id, model) in [
        ("anthropic", "claude-sonnet-4-6"),
        ("bedrock_anthropic", "anthropic.claude-sonnet-4-6"),
        ("vertex_ai_anthropic", "claude-sonnet-4-6"),
    ] {
        for media_type in
            ["text/plain", "text/plain; charset=utf-8", "text/markdown", "text/csv", "TEXT/HTML"]
        {
            let body = encoded(id, model, &request(media_type, "R3LDvMOfZQo="));
            assert_eq!(
                body["messages"][0]["content"][0],
                json!({
                    "type": "document",
                    "source": {"type": "text", "media_type": "text/plain", "data": "Grüße\n"},
                    "title": "notes.txt",
                    "cache_control": {"type": "ephemeral"}
                }),
                "{id} {media_type}"
            );
        }
    }
    assert!(
        losses(&encode("anthropic", "claude-sonnet-4-6", &request("text/plain", "YQ")).unwrap()).is_empty()
    );
}

#[test]
fn a_file_that_is_no_text_is_refused() {
    for (media_type, data, why) in [
        ("text/plain", "/w==", "UTF-8"),
        ("text/plain", "?", "base64"),
        ("text/plain", "", "empty"),
        ("application/msword", "AAAA", "application/pdf"),
    ] {
        let refused = encode("anthropic", "claude-sonnet-4-6", &request(media_type, data)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidRequest, "{media_type}");
        assert!(refused.message().contains(why), "{media_type}: {refused}");
        assert!(refused.message().contains("messages[0].content[0]"), "{refused}");
    }
    // A PDF stays what it is.
    let body: Value = encoded("anthropic", "claude-sonnet-4-6", &request("application/pdf", "AAAA"));
    assert_eq!(body["messages"][0]["content"][0]["source"]["type"], "base64");
}
