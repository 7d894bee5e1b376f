//! Which program a server is, and what of this process's environment it sees (MCP security best practices, "Local MCP
//! Server Compromise").

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::process::Stdio;

use tokio::process::Command;

use super::group;

/// What a program needs to find other programs, its settings, its language and a place for temporary files. None of these
/// holds a secret.
const INHERITED: [&str; 13] = [
    "APPDATA",
    "HOME",
    "LANG",
    "LOCALAPPDATA",
    "PATH",
    "PATHEXT",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "TMPDIR",
    "TZ",
    "USER",
    "USERPROFILE",
];

/// The shortest value of a variable that is taken for a secret, in bytes: a shorter one may be a word.
const MIN_SECRET: usize = 8;

/// A program, its exact arguments, and its environment. No shell is involved.
#[derive(Clone)]
pub struct StdioCommand {
    program: OsString,
    arguments: Vec<OsString>,
    variables: Vec<(String, String)>,
    folder: Option<PathBuf>,
}

impl StdioCommand {
    /// The program by its path, or by its name to be looked for in `PATH`.
    ///
    /// On Unix it leads a process group of its own, and what it started ends with it. The terminal's signals (Ctrl-C) do not
    /// reach it, and it cannot read from the terminal: where it tries to, the system stops it (SIGTTIN), and it answers
    /// nothing any more. What it has to know it gets by arguments and variables.
    ///
    /// Of this process's environment it sees only `HOME`, `LANG`, `PATH`, `TMPDIR`, `TZ` and `USER`, and on Windows
    /// `APPDATA`, `LOCALAPPDATA`, `PATHEXT`, `SYSTEMROOT`, `TEMP`, `TMP` and `USERPROFILE`: tokens are often kept in the
    /// environment, and they are none of its business.
    ///
    /// ```
    /// use toolgate_mcp_bridge::StdioCommand;
    /// let command = StdioCommand::new("crm-mcp").with_args(["--region", "eu"]).with_env("CRM_KEY", "…");
    /// ```
    #[must_use]
    pub fn new(program: impl Into<OsString>) -> Self {
        Self { program: program.into(), arguments: Vec::new(), variables: Vec::new(), folder: None }
    }

    /// Adds arguments; each reaches the program as it is. Default none.
    #[must_use]
    pub fn with_args<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Lets the program see a variable, such as a key of its own. Values of 8 bytes and more are taken out of what it
    /// writes to its standard error. Default: the few named at [`new`](Self::new).
    #[must_use]
    pub fn with_env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Runs the program in this folder. Default: this process's.
    #[must_use]
    pub fn with_current_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// The command that the operating system gets.
    /// Whether `other` is the same program with the same arguments in the same folder.
    pub(crate) fn starts_the_same(&self, other: &Self) -> bool {
        (&self.program, &self.arguments, &self.folder) == (&other.program, &other.arguments, &other.folder)
    }

    pub(super) fn build(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).env_clear();
        command.envs(INHERITED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        group::apart(&mut command);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    /// The program, for messages.
    pub(super) fn program(&self) -> String {
        self.program.to_string_lossy().into_owned()
    }

    /// The values that must not be seen in a message.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.variables.iter().map(|(_, value)| value.as_str()).filter(|value| value.len() >= MIN_SECRET)
    }
}

/// Arguments and values may be secret.
impl fmt::Debug for StdioCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StdioCommand").field("program", &self.program).finish_non_exhaustive()
    }
}
