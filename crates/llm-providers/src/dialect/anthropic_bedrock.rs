//! Anthropic messages on Bedrock, in Anthropic's own words rather than in Converse's: the same messages, with the model in the
//! path, the version in the body, and the events of a stream as base64 in AWS's messages.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::aliases;
use super::bedrock_converse::model_path;
use super::draft::Draft;
use super::format::Format;
use super::frames::Framing;
use super::lenient::Text;
use super::stream::{Frame, State};
use super::{Context, anthropic_messages};
use crate::{Authentication, ErrorKind, FinishReason, ProviderError, Usage};

/// The only version that Bedrock has.
const VERSION: &str = "bedrock-2023-05-31";

/// `POST /model/{modelId}/invoke` and `/invoke-with-response-stream` (Bedrock runtime, 2023-09-30; "Anthropic Claude
/// Messages API" of its user guide).
pub(super) const FORMAT: Format = Format {
    path: |model, stream| {
        let how = if stream { "invoke-with-response-stream" } else { "invoke" };
        format!("{}/{how}", model_path(model))
    },
    accounts: &[],
    headers: &[],
    models_path: None,
    embeddings: |_, _| None,
    authentication: Authentication::Bearer,
    framing: Framing::AwsEventStream,
    aliases: aliases::none,
    render_tools: anthropic_messages::FORMAT.render_tools,
    encode: |context, request, losses| {
        // The path says whether it is a stream; the body must not.
        let context = Context { stream: false, ..*context };
        anthropic_messages::request::encode(&context, request, losses, Some(VERSION))
    },
    decode: anthropic_messages::FORMAT.decode,
    stream: || Box::new(Chunks((anthropic_messages::FORMAT.stream)())),
};

/// Events that are wrapped once more.
struct Chunks(Box<dyn State>);

#[derive(Deserialize, Default)]
#[serde(default)]
struct Chunk<'a> {
    #[serde(borrow)]
    bytes: Text<'a>,
}

impl State for Chunks {
    fn read(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
        frame: Frame<'_>,
    ) -> Result<bool, ProviderError> {
        let chunk: Chunk<'_> = context.parse(frame.data)?;
        let event = STANDARD.decode(chunk.bytes.as_bytes()).map_err(|_| {
            let what = "expected an event as base64 in bytes, found none";
            context.provider.error(ErrorKind::MalformedOutput, what)
        })?;
        self.0.read(context, draft, Frame::of(&event))
    }

    fn finish(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
    ) -> Result<(Option<FinishReason>, Usage), ProviderError> {
        self.0.finish(context, draft)
    }
}
