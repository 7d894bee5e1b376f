//! `cargo xtask interop [FILTER]`: our clients against programs that others wrote. An authorization server, MCP servers
//! and the official SDKs of model APIs are installed under `target/interop` in pinned versions, and started on
//! free ports of this machine; the checks themselves are `examples/interop` and `xtask/interop/python/sdks`.

mod install;
mod peer;
mod tally;
mod toolchain;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::{certs, example, process};
use install::Installed;
use peer::Peer;
use tally::Tally;
use toolchain::Toolchain;

/// What `examples/interop` calls its groups of checks.
const GROUPS: &[&str] = &["oauth", "models", "mcp"];

/// Runs all checks, those of one group (`oauth`, `models`, `mcp`), or those with the words of the filter in their title.
///
/// # Errors
///
/// When node or python is missing, a peer cannot be installed or started, a check does not hold, or none was chosen.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    if let Some(extra) = arguments.get(1) {
        return Err(Failure::Usage(format!("interop takes one filter, but got {extra:?} as well; quote it")));
    }
    check(&Toolchain::find()?, arguments.first().map(String::as_str))
}

/// The same in CI, which may run on a machine that has neither node nor python: there is nothing to check then.
///
/// # Errors
///
/// As [`run`], but not for a program that is missing.
pub(crate) fn run_where_possible() -> Result<(), Failure> {
    match Toolchain::find() {
        Ok(toolchain) => check(&toolchain, None),
        Err(missing) => {
            println!("SKIPPED: {missing}");
            Ok(())
        }
    }
}

fn check(toolchain: &Toolchain, filter: Option<&str>) -> Result<(), Failure> {
    println!(
        "The interoperability run: our clients against programs that others wrote, on this machine only."
    );
    let folder = process::root().join("target/interop");
    let installed = install::install(toolchain, &folder)?;
    let certificates = folder.join("certs");
    certs::run(&[certificates.display().to_string()])?;
    let program = example::build("interop")?;
    let scene = Scene::start(installed, &folder, &certificates)?;
    let (groups, filter) = chosen(filter);
    let mut tally = Tally::default();
    for group in groups {
        println!("\n-- {group}");
        let mut command = Command::new(&program);
        command.arg(group).envs(scene.environment()).env("INTEROP_FILTER", filter);
        tally.follow(group, &mut command)?;
    }
    drop(scene);
    tally.close(filter)
}

/// The groups to run, and the words that a title must hold.
fn chosen(filter: Option<&str>) -> (Vec<&str>, &str) {
    match filter {
        Some(group) if GROUPS.contains(&group) => (vec![group], ""),
        words => (GROUPS.to_vec(), words.unwrap_or_default()),
    }
}

/// The peers while they run, and where everything is.
struct Scene {
    installed: Installed,
    certificates: PathBuf,
    keys: PathBuf,
    issuer: String,
    fastmcp: Peer,
    sdk: Peer,
    everything: Peer,
    _authorization_server: Peer,
}

impl Scene {
    /// Starts all, and waits until each can be reached.
    fn start(installed: Installed, folder: &Path, certificates: &Path) -> Result<Self, Failure> {
        let logs = folder.join("logs");
        let keys = folder.join("keys");
        let mut command = installed.node("authorization-server.mjs");
        command.env("CERTS", certificates).env("KEYS", &keys);
        let mut authorization_server = Peer::start("oidc-provider", command, &logs)?;
        let issuer = format!("https://localhost:{}", authorization_server.port());

        let python = |name, script| {
            let mut command = installed.python(script);
            command.env("CERTS", certificates).env("ISSUER", &issuer);
            Peer::start(name, command, &logs)
        };
        let mut fastmcp = python("fastmcp", "fastmcp_server.py")?;
        let mut sdk = python("python-sdk", "sdk_server.py")?;
        let mut everything = Peer::start("server-everything", installed.everything(), &logs)?;
        for peer in [&mut authorization_server, &mut fastmcp, &mut sdk, &mut everything] {
            peer.wait()?;
        }
        let certificates = certificates.to_owned();
        let _authorization_server = authorization_server;
        Ok(Self { installed, certificates, keys, issuer, fastmcp, sdk, everything, _authorization_server })
    }

    /// What `examples/interop` reads.
    fn environment(&self) -> Vec<(&'static str, String)> {
        let shown = |path: &Path| path.display().to_string();
        vec![
            ("INTEROP_ISSUER", self.issuer.clone()),
            ("INTEROP_CERTS", shown(&self.certificates)),
            ("INTEROP_KEYS", shown(&self.keys)),
            ("INTEROP_FASTMCP", format!("https://localhost:{}/mcp", self.fastmcp.port())),
            ("INTEROP_SDK", format!("https://localhost:{}/mcp", self.sdk.port())),
            ("INTEROP_EVERYTHING", format!("http://localhost:{}/mcp", self.everything.port())),
            ("INTEROP_PYTHON", shown(self.installed.interpreter())),
            ("INTEROP_SDKS", shown(&install::script("python/sdks"))),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_a_group_or_words_of_a_title() {
        assert_eq!(chosen(None), (GROUPS.to_vec(), ""));
        assert_eq!(chosen(Some("mcp")), (vec!["mcp"], ""));
        assert_eq!(chosen(Some("DPoP")), (GROUPS.to_vec(), "DPoP"));
    }
}
