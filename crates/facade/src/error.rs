//! Everything that can go wrong in the whole, by who must act.

use std::time::Duration;

use toolgate_audit_log::AuditError;
use toolgate_http_client::HttpError;
use toolgate_jwt_verify::VerifyError;
use toolgate_llm_providers::{Message, ProviderError, Usage};
use toolgate_mcp_bridge::BridgeError;
use toolgate_oauth_cc::TokenError;
use toolgate_oauth_cc::store::StoreError;
use toolgate_tls_config::TlsError;
use toolgate_tool_types::ToolCall;

use crate::gate::Passage;
use crate::{ConfigError, FormError, LimitReached, NoToken, Transcript};

/// Why the client could not be set up, or a single step of it failed.
///
/// ```
/// # use toolgate::Error;
/// /// Whether to try again in a while, or to have somebody look at the settings first.
/// fn passes(error: &Error) -> bool {
///     match error {
///         Error::Http(error) => error.is_transient(),
///         Error::Token(error) => error.is_transient(),
///         Error::Mcp(error) => error.is_transient(),
///         Error::Model(error) => error.is_transient(),
///         _ => false,
///     }
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The trust anchors cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A URL cannot be used.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The token settings cannot be used, or no token was issued.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The verifier's settings cannot be used.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// There is no token that may be used.
    #[error(transparent)]
    NoToken(#[from] NoToken),
    /// An MCP server cannot be used.
    #[error(transparent)]
    Mcp(#[from] BridgeError),
    /// The audit file cannot be used.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The model or its provider cannot be used.
    #[error(transparent)]
    Model(#[from] ProviderError),
    /// The database where tokens and counts are shared cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A conversation that ended without an answer, with everything that happened until then.
///
/// ```no_run
/// # async fn example(toolgate: toolgate::Toolgate) -> Result<(), Box<dyn std::error::Error>> {
/// use toolgate::ChatFailure;
///
/// let first = toolgate.model(Some("openai/gpt-5"))?;
/// let answer = match toolgate.chat(&first, "Is customer JOHNDOE123 active?").await {
///     // Another model goes on from there. A tool that ran is not run again: its result is in the transcript. Limits
///     // count anew, so what ended by one is not gone on with unseen.
///     Err(error) if matches!(&error.failure, ChatFailure::Model(failed) if failed.is_transient()) => {
///         toolgate.chat(&toolgate.model(Some("anthropic/claude-sonnet-4-5"))?, error.messages).await?
///     }
///     answered => answered?,
/// };
/// # Ok(()) }
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{failure}")]
#[non_exhaustive]
pub struct ChatError {
    /// Why it ended.
    #[source]
    pub failure: ChatFailure,
    /// The transcript so far: it can be resumed, on another model too. Each call in it has a result; of one that was given
    /// up, the model is told that it may have run.
    pub messages: Vec<Message>,
    /// The tool calls so far that have ended.
    pub passages: Vec<Passage>,
    /// Those that were given up before they had ended: each may have run.
    pub given_up: Vec<ToolCall>,
    /// Tokens used so far.
    pub usage: Usage,
}

impl ChatError {
    /// The conversation so far, to be stored or gone on with.
    #[must_use]
    pub fn transcript(&self) -> Transcript {
        Transcript::new(self.messages.clone())
    }

    /// Whether a tool may have run. Who asks the same once more may have it run again; to go on from the
    /// [`transcript`](Self::transcript) does not.
    #[must_use]
    pub fn may_have_run(&self) -> bool {
        !self.given_up.is_empty() || self.passages.iter().any(Passage::may_have_run)
    }
}

/// Why a conversation ended without an answer.
///
/// ```
/// # use toolgate::{ChatFailure, LimitReached};
/// /// What to offer to whoever asked.
/// fn offer(failure: &ChatFailure) -> &'static str {
///     match failure {
///         ChatFailure::Model(error) if error.is_transient() => "try again later, or another model now",
///         ChatFailure::CoolingDown { .. } => "try again when it says",
///         ChatFailure::Limit(_) => "go on from here with a new limit",
///         ChatFailure::Audit(_) => "nothing, until the disk takes records again",
///         _ => "the reason, and the transcript until then",
///     }
/// }
/// assert_eq!(offer(&LimitReached::Rounds(10).into()), "go on from here with a new limit");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChatFailure {
    /// The model's provider did not answer usably.
    #[error(transparent)]
    Model(#[from] ProviderError),
    /// No model was asked: each failed before, and is left alone for a while (`[failover]`).
    #[error("every model that may answer is cooling down; the first may be asked again in {} s", whole_seconds(*again))]
    CoolingDown {
        /// How long until the first of them may be asked again.
        again: Duration,
    },
    /// The MCP servers' tools could not be listed.
    #[error(transparent)]
    Mcp(#[from] BridgeError),
    /// A decision or outcome could not be recorded, so nothing went on.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// A limit of the conversation is reached.
    #[error(transparent)]
    Limit(#[from] LimitReached),
    /// The reply was cut off within a tool call, which was therefore not made.
    #[error("the model's reply was cut off within a tool call; allow it more output tokens")]
    CutOff,
    /// The answer is not of the form that was asked for.
    #[error(transparent)]
    Form(#[from] FormError),
    /// Whoever reads the conversation stopped it.
    #[error("the conversation was cancelled")]
    Cancelled,
}

/// Rounded up: who comes back after so many seconds is not too early.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)
}
