//! Chat completions of a container behind a SageMaker endpoint, as those of vLLM, SGLang, TGI and LMI speak them: the
//! endpoint is the model, and a stream comes in pieces that AWS frames.

use super::aliases;
use super::format::Format;
use super::frames::Framing;
use super::openai_chat;
use super::openai_chat::request::{Host, encode};
use crate::Authentication;

/// `POST /endpoints/{endpoint}/invocations` and `/invocations-response-stream` (SageMaker runtime, 2017-05-13).
pub(super) const FORMAT: Format = Format {
    path: |endpoint, stream| {
        format!("/endpoints/{endpoint}/invocations{}", if stream { "-response-stream" } else { "" })
    },
    accounts: &[],
    headers: &[],
    models_path: None,
    embeddings: |_, _| None,
    authentication: Authentication::Authorizer,
    framing: Framing::AwsPayload,
    aliases: aliases::none,
    render_tools: openai_chat::FORMAT.render_tools,
    encode: |context, request, losses| encode(context, request, losses, Host::SageMaker),
    decode: openai_chat::FORMAT.decode,
    stream: openai_chat::FORMAT.stream,
};
