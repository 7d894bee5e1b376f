//! The clients in Python that `cargo xtask bench` has installed; one that is not there is left out, with a word about it.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use toolgate_bench::chats::Api;

/// Their packages, by the names that `scripts/models.py` knows them by, each with the APIs that it speaks.
const CLIENTS: [(&str, &[Api]); 3] = [
    ("openai", &[Api::OpenAi]),
    ("anthropic", &[Api::Anthropic]),
    ("litellm", &[Api::OpenAi, Api::Anthropic]),
];

/// An interpreter, and what it can import.
pub(crate) struct Python {
    interpreter: OsString,
    clients: Vec<(&'static str, &'static [Api])>,
}

impl Python {
    /// Looks which packages are there.
    pub(crate) fn find() -> Self {
        let interpreter = std::env::var_os("TOOLGATE_BENCH_MODELS_PYTHON").unwrap_or_default();
        let there = |package: &str| {
            Command::new(&interpreter)
                .args(["-c", &format!("import {package}")])
                .output()
                .is_ok_and(|output| output.status.success())
        };
        let (clients, missing): (Vec<_>, Vec<_>) =
            CLIENTS.into_iter().partition(|(package, _)| there(package));
        for (package, _) in missing {
            println!("without {package}: Python cannot import it (`cargo xtask bench models` installs it)");
        }
        Self { interpreter, clients }
    }

    /// Those that are there.
    pub(crate) fn all(&self) -> impl Iterator<Item = &'static str> {
        self.clients.iter().map(|(who, _)| *who)
    }

    /// Those of them that speak `api`.
    pub(crate) fn clients(&self, api: Api) -> impl Iterator<Item = &'static str> {
        self.clients.iter().filter(move |(_, apis)| apis.contains(&api)).map(|(who, _)| *who)
    }

    pub(crate) fn knows(&self, who: &str) -> bool {
        self.all().any(|known| known == who)
    }

    /// The run of a client, by the words that ours take.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts").join("models.py");
        let mut command = Command::new(&self.interpreter);
        command.arg(script).args(words);
        // Its table of prices comes from the network otherwise.
        command.env("LITELLM_LOCAL_MODEL_COST_MAP", "True");
        command
    }
}
