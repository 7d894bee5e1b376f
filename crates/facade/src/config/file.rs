//! `toolgate.toml`: unknown keys are refused with file, line and column.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::{Config, ConfigError, ServerAddress, wording};

pub(super) fn read(path: &Path) -> Result<Config, ConfigError> {
    let mut config: Config = read_toml(path)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let paths = [
        Some(&mut config.audit.file),
        config.tls.ca_file.as_mut(),
        config.tls.client_certificate.as_mut(),
        config.tls.client_key.as_mut(),
        config.tools.lock.as_mut(),
        config.serve.certificate.as_mut(),
        config.serve.key.as_mut(),
        config.serve.client_ca.as_mut(),
        config.store.key_file.as_mut(),
        config.audit.checkpoint_key_file.as_mut(),
    ];
    for server in config.mcp.values_mut() {
        if let ServerAddress::Program(program) = &mut server.address {
            program.resolve(folder)?;
        }
    }
    let own = config.mcp.values_mut().filter_map(|server| server.oauth.as_mut());
    let clients = own.chain([&mut config.oauth]).flat_map(|oauth| {
        [
            &mut oauth.client_secret_file,
            &mut oauth.key_file,
            &mut oauth.key_certificate_file,
            &mut oauth.dpop_key_file,
        ]
        .map(Option::as_mut)
    });
    let lists = config.tls.ca_dirs.iter_mut().chain(&mut config.tls.crl_files);
    for relative in paths.into_iter().chain(clients).flatten().chain(lists) {
        *relative = folder.join(&*relative);
    }
    Ok(config)
}

/// A file of TOML that a person wrote, of at most 16 MiB.
///
/// ```
/// # use std::collections::BTreeMap;
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("limits.toml");
/// std::fs::write(&file, "rounds = \"three\"")?;
/// let refused = toolgate::read_toml::<BTreeMap<String, u32>>(&file).unwrap_err().to_string();
/// assert!(refused.ends_with("limits.toml:1:10: expected a whole number from 0 to 4294967295, found a string"));
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// [`ConfigError::Read`] for a file that cannot be read, is larger or is no text; [`ConfigError::File`] names the line and the
/// column of what is not as expected, and no value there.
pub fn read_toml<T: DeserializeOwned>(path: &Path) -> Result<T, ConfigError> {
    parse(path, &super::read_text(path)?)
}

fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, ConfigError> {
    toml::from_str(text).map_err(|error| {
        let (line, column) = position(text, error.span().map_or(0, |span| span.start));
        ConfigError::File { path: PathBuf::from(path), line, column, reason: wording::plain(error.message()) }
    })
}

/// Line and column of a byte offset, both counted from 1.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()) + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Unlisted;

    fn refused(text: &str) -> String {
        parse::<Config>(Path::new("toolgate.toml"), text).unwrap_err().to_string()
    }

    #[test]
    fn a_typo_is_named_with_its_place() {
        let message = refused("[oauth]\nclient_id = \"a\"\ntoken_ulr = \"https://as.example/token\"\n");
        assert!(message.starts_with("toolgate.toml:3:1: unknown field `token_ulr`"), "{message}");
        assert!(refused("[tls]\nverify = false\n").contains("unknown field `verify`"));
        assert!(refused("[oauth]\nclient_secret = \"hunter2\"\n").contains("unknown field `client_secret`"));
        assert!(!refused("[oauth]\nclient_secret = \"hunter2\"\n").contains("hunter2"));
        assert!(refused("[policy]\nunlisted = \"maybe\"\n").starts_with("toolgate.toml:2:12"));
    }

    #[test]
    fn a_rule_that_would_not_hold_is_named_with_its_place() {
        let rule = |line: &str| refused(&format!("[policy.tools.a]\nscopes = []\n{line}\n"));
        for (line, says) in [
            ("require_aproval = true", "3:1: unknown field `require_aproval`"),
            ("rate = \"10/minute\"", "3:8: expected a rate such as 10/min"),
            ("concurrent = 0", "3:14: expected a whole number from 1"),
            ("arguments = { maximun = 1 }", "\"maximun\" is no keyword"),
        ] {
            let message = rule(line);
            assert!(message.starts_with("toolgate.toml:3:") && message.contains(says), "{message}");
        }
        assert!(refused("[policy.tools.a]\nrate = \"1/s\"\n").contains("missing field `scopes`"));
        let text = "[policy.tools.a]\nscopes = []\n[policy.tools.a.arguments.properties.n]\nmaximum = 3\n";
        assert!(parse::<Config>(Path::new("t"), text).unwrap().policy.tools["a"].arguments.is_some());
    }

    /// A rule for what can never be is no rule; a scope that no token can hold denies for ever.
    #[test]
    fn a_rule_that_can_never_apply_is_refused() {
        for (rule, says) in [
            ("[policy.tools.\"\"]\nscopes = []", "no tool has such a name"),
            ("[policy.tools.\"get customer\"]\nscopes = []", "no tool has such a name"),
            (
                "[policy.tools.a]\nscopes = [\"read write\"]",
                "2:10: no token can hold the scope \"read write\"",
            ),
            ("[policy.tools.a]\nscopes = [\"\"]", "2:10: no token can hold the scope \"\""),
        ] {
            assert!(refused(rule).contains(says), "{}", refused(rule));
        }
        let long = format!("[policy.tools.\"{}*\"]\nscopes = [\"a\"]", "a".repeat(64));
        assert!(parse::<Config>(Path::new("t"), &long).is_ok());
    }

    #[test]
    fn numbers_that_cannot_be_meant_are_refused() {
        for (text, says) in [
            ("[mcp.a]\nurl = \"u\"\ntimeout_seconds = 0", "3:19: expected at least 1, found 0"),
            (
                "[mcp.a]\nurl = \"u\"\ntimeout_seconds = 9223372036854775807",
                "3:19: expected at most 31536000",
            ),
            ("[mcp.a]\nurl = \"u\"\nlongest_seconds = 99999999999", "3:19: expected at most 31536000"),
            ("[limits]\nrounds = 0", "2:10: expected at least 1, found 0"),
            ("[limits]\ntokens = 0", "2:10: expected at least 1, found 0"),
            ("[limits]\nwall_time_seconds = 9223372036854775807", "(a year)"),
            ("[failover]\nbreaker_seconds = 9223372036854775807", "(a year)"),
            ("[audit]\nrotate_mib = 0", "2:14: expected at least 1, found 0"),
            ("[audit]\ncheckpoint_every = 0", "2:20: expected at least 1, found 0"),
            ("[limits]\nrounds = -1", "2:10: expected a whole number from 0 to 4294967295, found -1"),
        ] {
            assert!(refused(text).contains(says), "{}", refused(text));
        }
        assert!(parse::<Config>(Path::new("t"), "[failover]\npatience_seconds = 0").is_ok(), "never waits");
    }

    #[test]
    fn a_kind_of_error_that_is_none_is_named_with_those_that_are() {
        let message = refused("[failover.on]\nrate_limit = \"retry\"\n");
        assert!(message.starts_with("toolgate.toml:2:1: ") && message.contains("rate_limited"), "{message}");
        let text = "[[models]]\nmodel = \"openai/a\"\n[failover.on]\nrate_limited = \"retry\"\n";
        let config: Config = parse(Path::new("t"), text).unwrap();
        assert_eq!((config.models.len(), config.failover.on.len()), (1, 1));
        assert!(refused("[[models]]\nmodel = \"a/b\"\nweight = 0\n").contains("3:10"));
    }

    #[test]
    fn a_server_is_at_a_url_or_is_a_program() {
        let server = |line: &str| refused(&format!("[mcp.a]\n{line}\n"));
        for (line, says) in [
            ("timeout_seconds = 3", "expected either url or command"),
            ("url = \"u\"\ncommand = \"c\"", "expected either url or command"),
            ("url = \"u\"\ncwd = \"c\"", "this server has a url"),
            ("command = \"c\"\nscopes = []", "a command gets no access token"),
            ("url = \"u\"\ntimeout_seconds = 9\nlongest_seconds = 8", "no effect beyond longest_seconds"),
            ("command = \"c\"\nshell = true", "unknown field `shell`"),
        ] {
            assert!(server(line).contains(says), "{}", server(line));
        }
        let text = "[mcp.a]\ncommand = \"c\"\nargs = [\"-r\"]\nenv = { A = \"1\" }\n";
        let config: Config = parse(Path::new("t"), text).unwrap();
        let ServerAddress::Program(program) = &config.mcp["a"].address else { panic!("{config:?}") };
        assert_eq!((&program.args[..], program.env["A"].as_str()), (&["-r".to_owned()][..], "1"));
    }

    #[test]
    fn a_policy_section_replaces_the_default_table() {
        let config: Config =
            parse(Path::new("t"), "[policy.tools.search]\nscopes = [\"search:read\"]\n").unwrap();
        assert_eq!(config.policy.tools.keys().collect::<Vec<_>>(), ["search"]);
        assert_eq!(config.policy.unlisted, Unlisted::Deny);
        assert!(parse::<Config>(Path::new("t"), "").unwrap().policy.tools.contains_key("get_customer_info"));
    }
}
