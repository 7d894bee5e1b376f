//! Bedrock Converse: one form for all models of AWS, in blocks that are unions; what only a family of models has goes
//! into additional fields. Streams come as AWS event streams.

mod answer;
mod apart;
mod documents;
mod family;
mod media;
mod request;
mod response;
mod settings;
mod stream;
mod tools;
mod turns;
mod wire;

pub(super) use family::reads_thoughts;
pub(super) use request::model_path;
pub(super) use tools::streams;

use super::aliases;
use super::embeddings;
use super::format::Format;
use super::frames::Framing;
use crate::Authentication;

/// `POST /model/{modelId}/converse` (Bedrock runtime, 2023-09-30).
pub(super) const FORMAT: Format = Format {
    path: request::path,
    accounts: &[],
    headers: &[],
    // The list is at another host, `bedrock.{region}`.
    models_path: None,
    embeddings: embeddings::of_bedrock,
    authentication: Authentication::Bearer,
    framing: Framing::AwsEventStream,
    aliases: aliases::none,
    render_tools: |tools, _| tools::render(tools.tools()),
    encode: request::encode,
    decode: response::decode,
    stream: || Box::<stream::Stream>::default(),
};
