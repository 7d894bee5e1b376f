//! How likely tokens were: the same list in every dialect that has one.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::draft::Draft;
use super::lenient::Text;
use crate::TokenLogprob;

#[derive(Deserialize)]
struct Logprob<'a> {
    #[serde(borrow)]
    token: Text<'a>,
    logprob: f64,
    #[serde(borrow, default)]
    top_logprobs: Option<Vec<Logprob<'a>>>,
}

/// Adds a list to an answer. One that is of another make costs itself and is told.
pub(super) fn add(draft: &mut Draft, path: &str, list: Option<&RawValue>) {
    let Some(list) = list else { return };
    match serde_json::from_str::<Vec<Logprob<'_>>>(list.get()) {
        Ok(read) => draft.logprobs.extend(read.into_iter().map(token)),
        Err(_) => draft.losses.report(path, "probabilities in a form of the host's own left out"),
    }
}

fn token(read: Logprob<'_>) -> TokenLogprob {
    let top = read.top_logprobs.unwrap_or_default().into_iter();
    TokenLogprob {
        token: (&*read.token).into(),
        logprob: read.logprob,
        top: top.map(|other| ((&*other.token).into(), other.logprob)).collect(),
    }
}
