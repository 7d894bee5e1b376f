//! From the gate to the wire: a request carries the very kind of token that its call was admitted with, and none that
//! holds less.
//!
//! The bridge multiplexes the calls of a session, so each call tells its scopes along with its request, and its span.

use std::sync::Arc;

use async_trait::async_trait;
use toolgate_http_client::{HttpClient, HttpError, Origin, Request, Response};
use toolgate_oauth_cc::{AccessToken, BearerAuth, TokenError, TokenSource};
use tracing::{Instrument, Span};

use super::{NoToken, VerifiedTokens};
use crate::trace;

/// The scopes that the rule of a call names. Without it a request is no call: it opens a session or lists tools.
#[derive(Debug, Clone, Default)]
pub(crate) struct CallScopes(pub(crate) Arc<[String]>);

/// The span of a call: its request belongs there.
#[derive(Debug, Clone)]
pub(crate) struct CallSpan(pub(crate) Span);

/// Adds a verified token to every request to one MCP server.
pub(crate) struct CallAuth {
    pub(crate) http: Arc<dyn HttpClient>,
    pub(crate) tokens: Arc<VerifiedTokens>,
    pub(crate) origin: Origin,
}

#[async_trait]
impl HttpClient for CallAuth {
    async fn send(&self, mut request: Request) -> Result<Response, HttpError> {
        let CallScopes(scopes) = request.extensions().get().cloned().unwrap_or_default();
        let source = Scoped { tokens: Arc::clone(&self.tokens), scopes };
        let bearer = BearerAuth::new(self.http.clone(), Arc::new(source), self.origin.clone());
        match request.extensions_mut().remove() {
            Some(CallSpan(span)) => {
                trace::send_context_with(&mut request, &span);
                bearer.send(request).instrument(span).await
            }
            None => bearer.send(request).await,
        }
    }
}

/// The tokens for the calls of one rule.
struct Scoped {
    tokens: Arc<VerifiedTokens>,
    scopes: Arc<[String]>,
}

#[async_trait]
impl TokenSource for Scoped {
    async fn token(&self) -> Result<AccessToken, TokenError> {
        match self.tokens.verified(&self.scopes).await {
            // It may be another one than the call was admitted with: that one ended, or the server refused it.
            Ok((token, verified)) => match verified.scopes().require(&self.scopes) {
                Ok(()) => Ok(token),
                Err(error) => Err(TokenError::Rejected { reason: error.to_string(), transient: false }),
            },
            Err(NoToken::NotIssued(error) | NoToken::NotIntrospected(error)) => Err(error),
            Err(error @ (NoToken::Opaque | NoToken::TooWide { .. } | NoToken::Unbound)) => {
                Err(TokenError::Rejected { reason: error.to_string(), transient: false })
            }
            Err(NoToken::NotAccepted(error)) => {
                Err(TokenError::Rejected { reason: error.to_string(), transient: error.is_transient() })
            }
            Err(NoToken::Config(error)) => {
                Err(TokenError::Configuration { setting: "oauth".to_owned(), reason: error.to_string() })
            }
        }
    }

    fn refused(&self, token: &AccessToken) {
        self.tokens.refused(&self.scopes, token);
    }
}
