//! What a conversion dropped or approximated, said honestly.
//!
//! No dialect can say everything. Rather than dropping parts in silence, every conversion lists them; a request may
//! refuse any loss ([`ChatRequest::with_strict`](crate::ChatRequest::with_strict)).

use std::borrow::Cow;
use std::fmt;

/// One thing that a conversion could not say exactly.
///
/// ```
/// # use toolgate_llm_providers::{Catalogue, ChatOptions, ChatRequest, Message, RenderedTools};
/// let mut options = ChatOptions::default();
/// options.seed = Some(1);
/// let request = ChatRequest::new(vec![Message::user("hello")]).with_options(options);
/// let catalogue = Catalogue::builtin();
/// let anthropic = catalogue.provider("anthropic")?;
/// let tools = RenderedTools::new(anthropic.dialect(), request.tools.clone());
/// let encoded = anthropic.encode("claude-sonnet-4-5", &tools, &request)?;
/// assert_eq!(encoded.lossiness[0].path, "options.seed");
/// assert!(anthropic.encode("claude-sonnet-4-5", &tools, &request.with_strict(true)).is_err());
/// # Ok::<(), toolgate_llm_providers::ProviderError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loss {
    /// Where, such as `messages[2].content[0]` or `tools[0].input_schema.properties.limit`.
    pub path: String,
    /// What was left out or approximated, and how.
    pub what: Cow<'static, str>,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.what)
    }
}

/// The losses of one conversion, in the order found.
#[derive(Debug, Default)]
pub(crate) struct Losses(Vec<Loss>);

impl Losses {
    pub(crate) fn report(&mut self, path: impl fmt::Display, what: impl Into<Cow<'static, str>>) {
        self.0.push(Loss { path: path.to_string(), what: what.into() });
    }

    /// Reports what may stand in each piece of a stream again, once.
    pub(crate) fn report_once(&mut self, path: &'static str, what: &'static str) {
        if self.0.iter().all(|loss| loss.path != path) {
            self.report(path, what);
        }
    }

    /// Reports the settings, by their paths, that are set and have no counterpart.
    pub(crate) fn absent<const N: usize>(&mut self, settings: [(&'static str, bool); N]) {
        for (path, _) in settings.into_iter().filter(|(_, is_set)| *is_set) {
            self.report(path, "this API has no such setting");
        }
    }

    pub(crate) fn extend(&mut self, losses: &[Loss]) {
        self.0.extend_from_slice(losses);
    }

    pub(crate) fn into_vec(self) -> Vec<Loss> {
        self.0
    }
}
