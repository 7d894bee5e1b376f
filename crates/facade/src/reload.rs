//! Another configuration under running conversations: all of it takes effect, or nothing does
//! (docs/adr/0007-rules-hold-at-once-the-rest-for-new-conversations.md).

use std::sync::Arc;

use crate::gate::Rules;
use crate::running::give_back;
use crate::{Config, Error, Toolgate};

/// A configuration that was checked and is not in force yet. Dropped, it never was.
///
/// See the example of [`Toolgate::prepare_reload`].
#[must_use = "nothing changes until it is applied"]
pub struct Reload {
    running: Toolgate,
    next: Toolgate,
    rules: Rules,
}

impl Toolgate {
    /// Goes on with `config`, in this client and all its clones, without dropping a conversation.
    ///
    /// - **At the next call of a tool**, in running conversations too: the policy and the lockfile, so that what is
    ///   withdrawn stays withdrawn. What was counted towards a rate or `concurrent` stays counted.
    /// - **With the next conversation**: everything else. Files are read anew (trust anchors, certificates, secrets,
    ///   keys), connections and sessions are opened anew, tokens are asked for anew. A running conversation ends with
    ///   what it began with; a [`ChatModel`](crate::ChatModel) or [`Models`](crate::Models) in your hands stays as it is.
    /// - **Never**: `[audit]`. One process writes one chain of records, so a change there is refused.
    ///
    /// ```no_run
    /// # async fn example(toolgate: toolgate::Toolgate) {
    /// use toolgate::{Config, Error};
    ///
    /// let reloaded = async { toolgate.reload(Config::load().map_err(Error::from)?).await };
    /// if let Err(error) = reloaded.await {
    ///     eprintln!("the configuration stays as it was: {error}");
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`open`](Self::open), and as [`models`](Self::models) where `config` names any;
    /// [`ConfigError::NeedsRestart`](crate::ConfigError::NeedsRestart). Everything then stays as it was.
    ///
    /// # Cancel safety
    /// Dropping the future may leave tokens of earlier configurations unrevoked until the next reload or
    /// [`close`](Self::close).
    pub async fn reload(&self, config: Config) -> Result<(), Error> {
        self.prepare_reload(config)?.apply().await;
        Ok(())
    }

    /// The same in two steps, for who has more to check before it takes effect.
    ///
    /// ```no_run
    /// # async fn example(toolgate: toolgate::Toolgate) -> Result<(), Box<dyn std::error::Error>> {
    /// let reload = toolgate.prepare_reload(toolgate::Config::load()?)?;
    /// reload.client().model(Some("openai/gpt-5"))?;
    /// reload.apply().await;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`reload`](Self::reload).
    pub fn prepare_reload(&self, config: Config) -> Result<Reload, Error> {
        let (next, rules) = self.running.prepare(config)?;
        let next = Self { running: Arc::new(next), approval: Arc::clone(&self.approval) };
        Ok(Reload { running: self.clone(), next, rules })
    }
}

impl Reload {
    /// The client as it will be, to look at and to take models from. Conversations with it are held to the rules that are
    /// still in force.
    #[must_use]
    pub fn client(&self) -> &Toolgate {
        &self.next
    }

    /// Puts it in force, all of it before this returns. The future that it returns gives back tokens of earlier
    /// configurations that no conversation uses any more, where `revoke_on_close` is set.
    ///
    /// # Cancel safety
    /// Dropping the future may leave tokens unrevoked, as for [`reload`](Toolgate::reload).
    pub fn apply(self) -> impl Future<Output = ()> + Send + use<> {
        let Self { running, next, rules } = self;
        give_back(running.running.replace(&next.running, rules))
    }
}

impl std::fmt::Debug for Reload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reload").finish_non_exhaustive()
    }
}
