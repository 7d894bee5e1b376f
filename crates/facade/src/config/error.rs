//! A setting that cannot be used.

use std::path::PathBuf;

use toolgate_http_client::redacted_url;
use toolgate_llm_providers::ModelIdError;

use super::SecretSource;
use crate::alike::question;

/// Why the settings cannot be used: where, what was expected, what to do.
///
/// ```
/// # use toolgate::{Config, ConfigError};
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("toolgate.toml");
/// # std::fs::write(&path, "[oauth]\nisuer = \"https://as.example.com\"\n").unwrap();
/// match Config::from_file(&path) {
///     Err(ConfigError::File { line, reason, .. }) => {
///         assert_eq!(line, 2);
///         assert!(reason.contains("isuer"), "{reason}"); // and tells what could stand there
///     }
///     other => panic!("{other:?}"), // never: a misspelt setting is not passed over
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        reason: String,
    },
    /// The file is no TOML, or holds a key or value that is not expected there.
    #[error("{}:{line}:{column}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
        /// What was expected and what was found.
        reason: String,
    },
    /// The lockfile cannot be used.
    #[error(
        "the lockfile {} cannot be used: {reason}; look at the tools, move the file away if it is there, and write it \
         anew with `toolgate tools lock`",
        path.display()
    )]
    Lock {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The lockfile cannot be written.
    #[error("cannot write the lockfile {}: {reason}; what was approved before still is, and nothing else", path.display())]
    LockUnwritten {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        reason: String,
    },
    /// There is no lockfile where the settings name one: nothing is approved.
    #[error("there is no lockfile {}; `toolgate tools lock` writes it, and shows what it approves", path.display())]
    NoLock {
        /// The file.
        path: PathBuf,
    },
    /// The proxy cannot be used. Its URL is not shown, because it may hold a password.
    #[error("{reason}; correct url under [proxy], TOOLGATE_PROXY or HTTPS_PROXY, whichever is in use")]
    Proxy {
        /// What was expected.
        reason: String,
    },
    /// A setting was changed that is read at the start only.
    #[error("{what} cannot change under a running process: restart it, or change it back")]
    NeedsRestart {
        /// The setting.
        what: &'static str,
    },
    /// A required setting is missing.
    #[error("{what} is not set; {mend}")]
    Missing {
        /// The setting.
        what: &'static str,
        /// How to set it.
        mend: &'static str,
    },
    /// A setting holds something that cannot be used.
    #[error("{what} is {found:?}; expected {expected}")]
    Value {
        /// The setting.
        what: String,
        /// What it holds.
        found: String,
        /// What it should hold.
        expected: String,
    },
    /// A setting holds a URL that cannot be used.
    #[error("{what} is \"{found}\"; expected {expected}")]
    Url {
        /// The setting.
        what: String,
        /// What it holds, escaped, without password, query and fragment: there may be a secret in them.
        found: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// A setting that needs another one stands alone.
    #[error("{what} has no effect without {needs}; set both or neither")]
    Alone {
        /// The setting.
        what: &'static str,
        /// The one that it needs.
        needs: &'static str,
    },
    /// A setting stands beside another one that takes its place.
    #[error("{what} has no effect beside {beside}; keep one of the two")]
    Idle {
        /// The setting.
        what: &'static str,
        /// The one that holds.
        beside: &'static str,
    },
    /// The client's secret is nowhere.
    #[error(
        "the client secret is not set; put it into the variable {variable}, or name a file as client_secret_file under [oauth]"
    )]
    NoSecret {
        /// The variable that was looked at.
        variable: String,
    },
    /// The place of the client's secret is empty.
    #[error("the client secret in {place} is empty")]
    EmptySecret {
        /// The place.
        place: SecretSource,
    },
    /// The named model is no `provider/model`.
    #[error(transparent)]
    Model(ModelIdError),
    /// There is no such provider of models.
    #[error(
        "there is no model provider {found:?}{}; `toolgate providers` lists the {known} that are known, such as openai and \
         anthropic, and [providers.ID] adds another",
        question(alike.as_deref())
    )]
    NoProvider {
        /// What was named.
        found: String,
        /// The one that may have been meant.
        alike: Option<String>,
        /// How many there are.
        known: usize,
    },
    /// A provider's key is nowhere.
    #[error("no key for the model provider {provider}; put it into the variable {variable}")]
    NoKey {
        /// The provider.
        provider: String,
        /// The variable that was looked at; no other ever is.
        variable: String,
    },
    /// A provider's key cannot be one.
    #[error(
        "the key in {variable} holds a space, a line break or a character that is not ASCII; copy it again"
    )]
    BadKey {
        /// The variable.
        variable: String,
    },
    /// No model is named anywhere.
    #[error(
        "no model is named; name one as provider/model (model in toolgate.toml, or TOOLGATE_MODEL), or put the model's name \
         into the variable {variable}"
    )]
    NoModel {
        /// The variable that was looked at.
        variable: String,
    },
}

impl ConfigError {
    pub(crate) fn value(
        what: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self::Value { what: what.into(), found: found.into(), expected: expected.into() }
    }

    pub(crate) fn url(what: impl Into<String>, found: &str, expected: &'static str) -> Self {
        Self::Url { what: what.into(), found: redacted_url(found), expected }
    }
}
