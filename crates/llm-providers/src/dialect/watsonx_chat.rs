//! Chat completions on watsonx.ai: a project or a space beside the model, a path of its own for streams, and a choice of
//! tools that names none in a member of its own.

use super::aliases;
use super::format::Format;
use super::frames::Framing;
use super::openai_chat;
use super::openai_chat::request::{Host, encode};
use crate::Authentication;

/// The day that these requests are as of, which each must say.
const VERSION: &str = "2025-04-23";

/// `POST /ml/v1/text/chat` and `/ml/v1/text/chat_stream` (watsonx.ai API reference, "Text Chat").
pub(super) const FORMAT: Format = Format {
    path: |_, stream| format!("/ml/v1/text/chat{}?version={VERSION}", if stream { "_stream" } else { "" }),
    accounts: &["project_id", "space_id"],
    headers: &[],
    // There is one, but it is the same for everybody: it asks for no key and proves none.
    models_path: None,
    embeddings: |_, _| None,
    authentication: Authentication::Authorizer,
    framing: Framing::Events,
    aliases: aliases::none,
    render_tools: openai_chat::FORMAT.render_tools,
    encode: |context, request, losses| encode(context, request, losses, Host::Watsonx),
    decode: openai_chat::FORMAT.decode,
    stream: openai_chat::FORMAT.stream,
};
