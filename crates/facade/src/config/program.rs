//! `command` under `[mcp.NAME]`: an MCP server that is a program on this machine.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toolgate_mcp_bridge::StdioCommand;

use super::{Config, ConfigError, StoreConfig};

/// A program that is an MCP server, talked to over its standard input and output. No shell is involved. Of this process's
/// environment it sees only what a program needs to run (see [`StdioCommand`]), and what is named here.
///
/// Whoever writes it has code run: never take it from a remote source.
///
/// ```
/// # use toolgate::{Config, ProgramConfig, ServerConfig};
/// let mut files = ProgramConfig::new("/usr/local/bin/files-mcp");
/// files.args = vec!["--read-only".into()];
/// files.pass_env = vec!["FILES_KEY".into()]; // what is not named here it does not see
/// let mut config = Config::default();
/// config.mcp.insert("files".into(), ServerConfig::program(files));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProgramConfig {
    /// The program: a name to look for in `PATH`, or a path. In a file, a relative path is relative to its folder.
    pub command: PathBuf,
    /// Its arguments, each as it is.
    pub args: Vec<String>,
    /// Variables that it sees, with their values. Not for secrets: name those in [`pass_env`](Self::pass_env).
    pub env: BTreeMap<String, String>,
    /// Variables of this process that it sees too, such as the key of what it talks to.
    pub pass_env: Vec<String>,
    /// The folder that it runs in. Default: this process's.
    pub cwd: Option<PathBuf>,
}

/// Arguments and values are not shown: keys have been seen in them.
impl fmt::Debug for ProgramConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProgramConfig")
            .field("command", &self.command)
            .field("args", &self.args.len())
            .field("env", &self.env.keys())
            .field("pass_env", &self.pass_env)
            .field("cwd", &self.cwd)
            .finish()
    }
}

impl ProgramConfig {
    /// A program without arguments.
    #[must_use]
    pub fn new(command: impl Into<PathBuf>) -> Self {
        Self { command: command.into(), ..Self::default() }
    }

    /// Makes relative paths those of `folder`.
    pub(super) fn resolve(&mut self, folder: &Path) -> Result<(), ConfigError> {
        let absolute = |path: &Path| {
            std::path::absolute(folder.join(path))
                .map_err(|error| ConfigError::Read { path: path.to_owned(), reason: error.to_string() })
        };
        // A bare name is looked for in PATH; anything else must not change its meaning with `cwd`.
        if self.command.components().count() > 1 {
            self.command = absolute(&self.command)?;
        }
        if let Some(cwd) = &mut self.cwd {
            *cwd = absolute(cwd)?;
        }
        Ok(())
    }

    /// What to start, in the environment of `config`.
    pub(crate) fn start(&self, name: &str, config: &Config) -> Result<StdioCommand, ConfigError> {
        let mut command = StdioCommand::new(&self.command).with_args(&self.args);
        for (variable, value) in &self.env {
            command = command.with_env(variable, value);
        }
        for variable in &self.pass_env {
            let wrong = |found: &str| {
                let expected = "variables that are set and hold no secret of this client";
                let (what, found) = (format!("pass_env under [mcp.{name}]"), format!("{variable}, {found}"));
                ConfigError::value(what, found, expected)
            };
            if config.secret_variables().contains(variable) {
                return Err(wrong("which holds this client's own secret"));
            }
            let value = config.environment.get(variable).ok_or_else(|| wrong("which is not set"))?;
            command = command.with_env(variable, value);
        }
        if let Some(cwd) = &self.cwd {
            command = command.with_current_dir(cwd);
        }
        Ok(command)
    }
}

impl Config {
    /// The variables that hold what this client proves itself with.
    pub(crate) fn secret_variables(&self) -> Vec<String> {
        let own = self.mcp.values().filter_map(|server| server.oauth.as_ref()?.client_secret_env.clone());
        let common = self.oauth.secret_variable().to_owned();
        own.chain([common]).chain(StoreConfig::SECRET_VARIABLES.map(str::to_owned)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Environment;

    #[test]
    fn a_program_is_given_what_is_named_and_no_secret_of_ours() {
        let mut config = Config::from_environment(Environment::from_iter([
            ("OAUTH_CLIENT_SECRET", "canary-of-oauth"),
            ("CRM_KEY", "k"),
        ]));
        config.oauth.client_secret_env = Some("MY_SECRET".into());
        let mut program = ProgramConfig::new("crm-mcp");
        let mut start = |variable: &str| {
            program.pass_env = vec![variable.to_owned()];
            program.start("crm", &config).map(drop).map_err(|error| error.to_string())
        };
        assert_eq!(start("CRM_KEY"), Ok(()));
        assert!(start("NOT_SET").unwrap_err().contains("NOT_SET, which is not set"));
        assert!(start("MY_SECRET").unwrap_err().contains("this client's own secret"));
    }

    #[test]
    fn relative_paths_belong_to_the_file_and_bare_names_to_path() {
        let mut program = ProgramConfig::new("crm-mcp");
        program.cwd = Some("work".into());
        program.resolve(Path::new("/etc/toolgate")).unwrap();
        assert_eq!(
            (program.command.to_str(), program.cwd.unwrap().to_str()),
            (Some("crm-mcp"), Some("/etc/toolgate/work"))
        );
        let mut program = ProgramConfig::new("bin/crm-mcp");
        program.resolve(Path::new("/etc/toolgate")).unwrap();
        assert_eq!(program.command.to_str(), Some("/etc/toolgate/bin/crm-mcp"));
    }
}
