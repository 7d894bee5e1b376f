//! Runs that can be rehearsed without any server: recorded once, with everything that the servers said, and replayed.
//!
//! A recording is taken beneath everything else, at the one HTTP client: token endpoint, keys, MCP servers and models
//! alike. Policy, gate and audit are the real ones in both runs.

mod entry;
mod recorder;
mod replayer;
mod scrub;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use toolgate_oauth_cc::{Secret, TokenError};

pub use recorder::Recorder;
pub use replayer::Replayer;

use crate::config::StoreConfig;
use crate::models::proof;
use crate::{Config, ConfigError, Error};

/// What stands for a secret that nobody needs. No word of a conversation: secrets are taken out of what tools say.
const STAND_IN: &str = "stands-in-for-a-secret";

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
    /// Prepares for a [`Recorder`]: what is recorded must hold its own token request, so that `[store]` keeps no token for it. Calls go
    /// on to count towards the limits of all processes, because they are made.
    ///
    /// ```
    /// let mut config: toolgate::Config = toml::from_str("[store]\nurl = \"redis://tokens.example:6379/0\"")?;
    /// config.prepare_for_recording()?;
    /// assert!(config.store_place().is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ConfigError::Value`] where an MCP server is a program: it is not talked to over HTTP.
    pub fn prepare_for_recording(&mut self) -> Result<(), ConfigError> {
        self.tokens_apart = true;
        self.has_no_programs()
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
    ///
    /// # Errors
    /// [`ConfigError::Value`] where an MCP server is a program: its tools would run; what else is wrong with `[providers]`.
    pub fn prepare_for_replay(&mut self, recording: &Path) -> Result<(), Error> {
        self.has_no_programs()?;
        self.share_nothing();
        let others = self.mcp.values_mut().filter_map(|server| server.oauth.as_mut());
        for oauth in others.chain([&mut self.oauth]) {
            oauth.client_secret.get_or_insert_with(|| Secret::new(STAND_IN));
            if !oauth.accept.introspect {
                oauth.accept.algorithms = Some(vec!["ES256".to_owned()]);
            }
            (oauth.revoke_on_close, oauth.revocation_url) = (false, None);
        }
        self.environment = self.environment.clone().with_keys(self.key_variables()?, STAND_IN);
        let mut audit = recording.as_os_str().to_owned();
        audit.push(".audit.jsonl");
        self.audit.file = audit.into();
        Ok(())
    }

    /// The variables that keys of providers, what tokens are asked for with, and headers that are secrets, are looked for in.
    fn key_variables(&self) -> Result<BTreeSet<String>, Error> {
        let keys = self.known_providers()?.into_iter().filter_map(|provider| provider.key_variable);
        let headers = self.providers.values().flat_map(|provider| provider.header_env.values().cloned());
        let credentials = proof::KEYS_FOR_TOKENS.map(str::to_owned);
        Ok(keys.chain(credentials).chain(headers).collect())
    }

    fn has_no_programs(&self) -> Result<(), ConfigError> {
        let expected = "a server that is spoken to over HTTP (its url), as nothing else is recorded, and the tools of a program would \
                        run in a replay";
        match self.mcp.iter().find(|(_, server)| server.url().is_none()) {
            None => Ok(()),
            Some((name, _)) => {
                Err(ConfigError::value(format!("the server of [mcp.{name}]"), "a program", expected))
            }
        }
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
        config.prepare_for_replay(Path::new("runs/a.jsonl")).unwrap();
        assert_eq!(config.store_place(), None);
        assert_eq!(config.audit.file, Path::new("runs/a.jsonl.audit.jsonl"));
        let (ours, theirs) = (&config.oauth, config.mcp["crm"].oauth.as_ref().unwrap());
        let secret =
            |oauth: &crate::OAuthConfig| oauth.client_secret.as_ref().unwrap().expose_secret().to_owned();
        assert_eq!((secret(ours), secret(theirs)), ("ours".to_owned(), STAND_IN.to_owned()));
        assert_eq!(ours.accept.algorithms.as_deref(), Some(&["ES256".to_owned()][..]));
        assert_eq!(theirs.accept.algorithms, None, "whoever introspects reads no signature");
        for oauth in [ours, theirs] {
            assert!(!oauth.revoke_on_close && oauth.revocation_url.is_none());
        }
    }
    /// Hugging Face's is a `HF_TOKEN`, and a gateway's what its settings say.
    #[test]
    fn a_replay_needs_no_key_whatever_it_is_called() {
        let mut config: Config = toml::from_str(
            "[providers.groq]\nkey_env = \"OUR_GROQ\"\nheader_env = { x-subscription = \"OUR_GATEWAY\" }",
        )
        .unwrap();
        config.environment = [("HF_TOKEN", "ours")].into_iter().collect();
        config.prepare_for_replay(Path::new("a.jsonl")).unwrap();
        let set = |name: &str| config.environment.get(name);
        assert_eq!(set("HF_TOKEN").as_deref(), Some("ours"));
        for name in ["OUR_GROQ", "OUR_GATEWAY", "OPENAI_API_KEY", "REPLICATE_API_TOKEN", "WATSONX_API_KEY"] {
            assert_eq!(set(name).as_deref(), Some(STAND_IN), "{name}");
        }
        assert_eq!(set("TOOLGATE_MODEL"), None);
    }

    /// Its tools would run, and nothing of them would be in the recording.
    #[test]
    fn a_program_is_neither_recorded_nor_replayed() {
        let config: Config = toml::from_str(
            "[mcp.crm]\nurl = \"https://crm.example.com/mcp\"\n[mcp.files]\ncommand = \"files-mcp\"",
        )
        .unwrap();
        let refused = config.clone().prepare_for_recording().unwrap_err().to_string();
        assert!(refused.starts_with("the server of [mcp.files] is \"a program\"; expected"), "{refused}");
        assert!(config.clone().prepare_for_replay(Path::new("a.jsonl")).is_err());
    }
}
