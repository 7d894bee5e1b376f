//! Reads a prediction.

use serde_json::value::RawValue;

use super::wire;
use crate::dialect::Context;
use crate::dialect::draft::Draft;
use crate::dialect::stream::{Frame, State};
use crate::{ChatResponse, ErrorKind, FinishReason, ProviderError, Usage};

/// Why the model stopped is not said: an answer that reached its limit looks like any other.
pub(super) fn decode(context: &Context<'_>, body: &[u8]) -> Result<ChatResponse, ProviderError> {
    let prediction: wire::Prediction<'_> = context.parse(body)?;
    check(context, &prediction)?;
    let mut draft = Draft::plain(context);
    draft.identify(&prediction.id, &prediction.model);
    let place = draft.add_text();
    for piece in output(context, prediction.output)? {
        draft.extend(place, &piece)?;
    }
    let metrics = prediction.metrics.unwrap_or_default();
    let usage = Usage {
        input: metrics.input_token_count.0,
        output: metrics.output_token_count.0,
        ..Usage::default()
    };
    Ok(draft.into_response(FinishReason::Stop, usage))
}

/// Only what succeeded is an answer.
fn check(context: &Context<'_>, prediction: &wire::Prediction<'_>) -> Result<(), ProviderError> {
    let refuse = |kind, what: &str| Err(context.provider.error(kind, what));
    match &*prediction.status {
        "succeeded" => Ok(()),
        "failed" => Err(match prediction.error {
            Some(error) => context.reported(error),
            None => context.provider.error(ErrorKind::Unavailable, "the prediction failed without a reason"),
        }),
        "starting" | "processing" => refuse(
            ErrorKind::Timeout,
            "expected an answer within a minute, found the prediction still at work",
        ),
        "canceled" | "aborted" => {
            refuse(ErrorKind::Timeout, "expected an answer within a minute, found the prediction cancelled")
        }
        _ => refuse(
            ErrorKind::MalformedOutput,
            "expected a prediction with a status, found none that is known",
        ),
    }
}

/// One text, or its pieces.
fn output(context: &Context<'_>, output: Option<&RawValue>) -> Result<Vec<String>, ProviderError> {
    let Some(output) = output else { return Ok(Vec::new()) };
    let read = match output.get().starts_with('[') {
        true => serde_json::from_str(output.get()),
        false => serde_json::from_str(output.get()).map(|text| vec![text]),
    };
    let what = "expected the output of a language model, text or a list of texts; found other JSON";
    read.map_err(|_| context.provider.error(ErrorKind::MalformedOutput, what))
}

/// An answer in one piece, for whoever asked for several.
#[derive(Default)]
pub(super) struct Whole {
    read: Option<(FinishReason, Usage)>,
}

impl State for Whole {
    fn read(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
        frame: Frame<'_>,
    ) -> Result<bool, ProviderError> {
        self.read = Some(draft.retell(decode(context, frame.data)?)?);
        Ok(true)
    }

    fn finish(
        &mut self,
        _: &Context<'_>,
        _: &mut Draft,
    ) -> Result<(Option<FinishReason>, Usage), ProviderError> {
        Ok(self.read.take().map_or((None, Usage::default()), |(finish, usage)| (Some(finish), usage)))
    }
}
