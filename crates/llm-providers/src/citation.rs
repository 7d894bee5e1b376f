//! Where an answer's text comes from.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A source that the model or its provider names for the text before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Citation {
    /// The id of the provider that named it.
    pub provider: Arc<str>,
    /// The source's title; empty when there is none.
    pub title: Arc<str>,
    /// The source's URL as the provider gave it, not to be trusted; empty when there is none.
    pub url: Arc<str>,
    /// The words of the source; empty when they are not told.
    pub quote: Arc<str>,
    /// The provider's own JSON, to be sent back to it.
    pub native: Arc<str>,
}
