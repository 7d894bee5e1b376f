//! The command as people use it: run against a rig, with its output, its errors and its exit codes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod bad_input;
mod clouds;
mod compare;
mod doctor;
mod finish;
#[cfg(unix)]
mod full_disk;
mod guides;
#[cfg(unix)]
mod interrupted;
mod policy;
mod readers;
mod recording;
mod serve;
mod setup;
mod stranger;
#[cfg(unix)]
mod terminal;
mod tools;
mod verbs;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;
use toolgate_testkit::{McpServer, McpSettings, Rig, RigSettings};

/// A rig, and a folder of its own to run the command in.
struct Bench {
    rig: Rig,
    folder: TempDir,
}

/// What the command did.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Bench {
    async fn start() -> Self {
        let rig = Rig::start(RigSettings::default()).await;
        Self { rig, folder: tempfile::tempdir().unwrap() }
    }

    /// A second MCP server beside the rig's, and settings that name both, each with a resource of its own: `a` and `b`.
    async fn two_servers(&self) -> (McpServer, String) {
        let controls = self.rig.oauth().controls();
        let second = McpServer::start(self.rig.ca(), controls, McpSettings::default()).await;
        let named = |name: &str, url: &str| format!("[mcp.{name}]\nurl = \"{url}\"\nresource = \"{url}\"\n");
        let settings = named("a", &self.rig.mcp_url()) + &named("b", &second.url());
        (second, settings)
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs `toolgate` with the rig's settings as environment and `changes` over them; an empty value unsets.
    async fn run(&self, arguments: &[&str], changes: &[(&str, &str)]) -> Ran {
        let mut command = self.command(arguments, changes);
        // The rig runs on this runtime: the command must not block it.
        let Output { status, stdout, stderr } =
            tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: status.code().unwrap(), out: text(stdout), err: text(stderr) }
    }

    /// The same, not yet run.
    fn command(&self, arguments: &[&str], changes: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_toolgate"));
        command.args(arguments).current_dir(self.folder()).env_clear().stdin(Stdio::null());
        command.envs(self.rig.environment());
        for (name, value) in changes {
            if value.is_empty() {
                command.env_remove(name)
            } else {
                command.env(name, value)
            };
        }
        command
    }
}
