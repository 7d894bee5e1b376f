//! Who answers when an MCP server asks a person something in the middle of a call: set by code, as no file can answer.

use std::fmt;
use std::sync::Arc;

use toolgate_mcp_bridge::Elicit;

use super::Config;

/// The application's answer to elicitation (MCP client/elicitation).
#[derive(Clone)]
pub(crate) struct Respondent(pub(crate) Arc<dyn Elicit>);

impl Config {
    /// Lets MCP servers ask a person, in a form or by a URL: `elicit` shows the question and gives the answer. Default: no
    /// server is told that it may ask, and one that does is refused.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use toolgate::{Config, Elicit, Elicitation, ElicitationAnswer};
    ///
    /// struct Decline;
    ///
    /// #[async_trait::async_trait]
    /// impl Elicit for Decline {
    ///     async fn elicit(&self, asked: Elicitation) -> ElicitationAnswer {
    ///         println!("{} asks: {:?}", asked.server, asked.message); // escaped: a terminal obeys what it is sent
    ///         ElicitationAnswer::Decline
    ///     }
    /// }
    ///
    /// let config = Config::default().with_elicitation(Arc::new(Decline));
    /// ```
    #[must_use]
    pub fn with_elicitation(mut self, elicit: Arc<dyn Elicit>) -> Self {
        self.respondent = Some(Respondent(elicit));
        self
    }
}

impl fmt::Debug for Respondent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Respondent")
    }
}
