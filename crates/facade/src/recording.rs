//! Runs that can be rehearsed without any server: recorded once, with everything that the servers said, and replayed.
//!
//! A recording is taken beneath everything else, at the one HTTP client: token endpoint, keys, MCP servers and models
//! alike. Policy, gate and audit are the real ones in both runs.

mod entry;
mod recorder;
mod replayer;
mod scrub;

use std::path::{Path, PathBuf};

use toolgate_oauth_cc::{Secret, TokenError};

pub use recorder::Recorder;
pub use replayer::Replayer;

use crate::Config;
use crate::config::StoreConfig;

/// The largest recording, in MiB: hours of talk. It is held in memory.
const LARGEST: u64 = 256;

/// Why a run cannot be recorded or replayed.
///
/// ```
/// # use toolgate::{RecordingError, Replayer};
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("run.jsonl");
/// match Replayer::read(&path) {
///     Err(RecordingError::File { path: missing, .. }) => assert_eq!(missing, path),
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// The file cannot be written or read.
    #[error("the recording {} cannot be used: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A line of the file is not what it should be.
    #[error("the recording cannot be used, from line {line} on: {reason}; record the run anew")]
    Malformed {
        /// Counted from 1.
        line: usize,
        /// What was expected.
        reason: String,
    },
    /// A secret is left in what was to be written.
    #[error(
        "a secret is in what the servers answered, in a form that cannot be taken out; nothing was written. Look for a \
         server that repeats a token or a key"
    )]
    Secret,
    /// No key could be made to stand in for the issuer's.
    #[error("the recorded tokens cannot be signed anew: {0}")]
    Signing(#[from] TokenError),
}

impl Config {
    /// Leaves `[store]` out for tokens: what is recorded must hold its own token request. Calls go on to count towards the
    /// limits of all processes, because they are made.
    ///
    /// ```
    /// let mut config: toolgate::Config = toml::from_str("[store]\nurl = \"redis://tokens.example:6379/0\"")?;
    /// config.share_no_tokens();
    /// assert!(config.store_place().is_some());
    /// # Ok::<(), toml::de::Error>(())
    /// ```
    pub fn share_no_tokens(&mut self) {
        self.tokens_apart = true;
    }

    /// Leaves `[store]` out: what is replayed asks nobody. Calls then count towards limits in this process alone.
    ///
    /// ```
    /// let mut config: toolgate::Config = toml::from_str("[store]\nurl = \"redis://tokens.example:6379/0\"")?;
    /// config.share_nothing();
    /// assert_eq!(config.store_place(), None);
    /// # Ok::<(), toml::de::Error>(())
    /// ```
    pub fn share_nothing(&mut self) {
        self.store = StoreConfig::default();
        self.environment = self.environment.clone().without(StoreConfig::URL);
    }

    /// Prepares for a [`Replayer`] of `recording`: secrets that are not set need not be, signatures are those of the
    /// stand-in, nobody is there to take tokens back, and decisions are recorded in a file of their own beside the
    /// recording, not among the real ones.
    pub fn prepare_for_replay(&mut self, recording: &Path) {
        self.share_nothing();
        let others = self.mcp.values_mut().filter_map(|server| server.oauth.as_mut());
        for oauth in others.chain([&mut self.oauth]) {
            oauth.client_secret.get_or_insert_with(|| Secret::new("replayed"));
            if !oauth.accept.introspect {
                oauth.accept.algorithms = Some(vec!["ES256".to_owned()]);
            }
            (oauth.revoke_on_close, oauth.revocation_url) = (false, None);
        }
        self.environment = self.environment.clone().with_replayed_keys();
        let mut audit = recording.as_os_str().to_owned();
        audit.push(".audit.jsonl");
        self.audit.file = audit.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_needs_no_secret_takes_the_stand_ins_signatures_and_gives_no_token_back() {
        let mut config: Config = toml::from_str(
            "[store]\nurl = \"redis://tokens.example:6379/0\"\n\
             [oauth]\nrevoke_on_close = true\nrevocation_url = \"https://as.example.com/revoke\"\n\
             [mcp.crm]\nurl = \"https://crm.example.com/mcp\"\n\
             [mcp.crm.oauth]\nrevoke_on_close = true\naccept = { introspect = true }\n",
        )
        .unwrap();
        config.oauth.client_secret = Some(Secret::new("ours"));
        config.prepare_for_replay(Path::new("runs/a.jsonl"));
        assert_eq!(config.store_place(), None);
        assert_eq!(config.audit.file, Path::new("runs/a.jsonl.audit.jsonl"));
        let (ours, theirs) = (&config.oauth, config.mcp["crm"].oauth.as_ref().unwrap());
        let secret =
            |oauth: &crate::OAuthConfig| oauth.client_secret.as_ref().unwrap().expose_secret().to_owned();
        assert_eq!((secret(ours), secret(theirs)), ("ours".to_owned(), "replayed".to_owned()));
        assert_eq!(ours.accept.algorithms.as_deref(), Some(&["ES256".to_owned()][..]));
        assert_eq!(theirs.accept.algorithms, None, "whoever introspects reads no signature");
        for oauth in [ours, theirs] {
            assert!(!oauth.revoke_on_close && oauth.revocation_url.is_none());
        }
    }
}
