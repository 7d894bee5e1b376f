//! Requests that were never sent, because what proves who asks could not be had.
//!
//! To a conversation such a failure looks like one of the model itself: a token endpoint that is away times out as a
//! model does. Only the model has done nothing then, and nothing may be charged for it. The model's client does not say
//! which of the two it was, so it is noted where the proof is made, in the task that asks.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use toolgate_http_client::Request;
use toolgate_llm_providers::{Authorizer, ProviderError};

tokio::task_local! {
    static UNPROVEN: Cell<bool>;
}

/// What comes of `asking`, and whether it was given up for want of a proof, before anything was sent.
pub(crate) async fn noted<F: Future>(asking: F) -> (F::Output, bool) {
    let asked = async move {
        let answered = asking.await;
        (answered, UNPROVEN.with(Cell::get))
    };
    UNPROVEN.scope(Cell::new(false), asked).await
}

/// An authorizer whose failures are noted.
pub(super) struct Noted(pub(super) Arc<dyn Authorizer>);

#[async_trait]
impl Authorizer for Noted {
    async fn authorize(&self, request: &mut Request) -> Result<(), ProviderError> {
        let proven = self.0.authorize(request).await;
        if proven.is_err() {
            // Nobody notes it where a model is asked outside a conversation.
            let _ = UNPROVEN.try_with(|unproven| unproven.set(true));
        }
        proven
    }

    fn refused(&self) {
        self.0.refused();
    }
}

impl fmt::Debug for Noted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
