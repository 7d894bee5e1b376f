//! `toolgate.toml`: unknown keys are refused with file, line and column.

use std::path::{Path, PathBuf};

use super::{Config, ConfigError, ServerAddress};

pub(super) fn read(path: &Path) -> Result<Config, ConfigError> {
    let text = super::read_text(path)?;
    let mut config = parse(path, &text)?;
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
        [&mut oauth.client_secret_file, &mut oauth.key_file, &mut oauth.dpop_key_file].map(Option::as_mut)
    });
    let lists = config.tls.ca_dirs.iter_mut().chain(&mut config.tls.crl_files);
    for relative in paths.into_iter().chain(clients).flatten().chain(lists) {
        *relative = folder.join(&*relative);
    }
    Ok(config)
}

fn parse(path: &Path, text: &str) -> Result<Config, ConfigError> {
    toml::from_str(text).map_err(|error| {
        let (line, column) = position(text, error.span().map_or(0, |span| span.start));
        ConfigError::File { path: PathBuf::from(path), line, column, reason: error.message().to_owned() }
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
        parse(Path::new("toolgate.toml"), text).unwrap_err().to_string()
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
            ("concurrent = 0", "3:14: invalid value"),
            ("arguments = { maximun = 1 }", "\"maximun\" is no keyword"),
        ] {
            let message = rule(line);
            assert!(message.starts_with("toolgate.toml:3:") && message.contains(says), "{message}");
        }
        assert!(refused("[policy.tools.a]\nrate = \"1/s\"\n").contains("missing field `scopes`"));
        let text = "[policy.tools.a]\nscopes = []\n[policy.tools.a.arguments.properties.n]\nmaximum = 3\n";
        assert!(parse(Path::new("t"), text).unwrap().policy.tools["a"].arguments.is_some());
    }

    #[test]
    fn a_kind_of_error_that_is_none_is_named_with_those_that_are() {
        let message = refused("[failover.on]\nrate_limit = \"retry\"\n");
        assert!(message.starts_with("toolgate.toml:2:1: ") && message.contains("rate_limited"), "{message}");
        let text = "[[models]]\nmodel = \"openai/a\"\n[failover.on]\nrate_limited = \"retry\"\n";
        let config = parse(Path::new("t"), text).unwrap();
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
            ("command = \"c\"\nshell = true", "unknown field `shell`"),
        ] {
            assert!(server(line).contains(says), "{}", server(line));
        }
        let text = "[mcp.a]\ncommand = \"c\"\nargs = [\"-r\"]\nenv = { A = \"1\" }\n";
        let config = parse(Path::new("t"), text).unwrap();
        let ServerAddress::Program(program) = &config.mcp["a"].address else { panic!("{config:?}") };
        assert_eq!((&program.args[..], program.env["A"].as_str()), (&["-r".to_owned()][..], "1"));
    }

    #[test]
    fn a_policy_section_replaces_the_default_table() {
        let config = parse(Path::new("t"), "[policy.tools.search]\nscopes = [\"search:read\"]\n").unwrap();
        assert_eq!(config.policy.tools.keys().collect::<Vec<_>>(), ["search"]);
        assert_eq!(config.policy.unlisted, Unlisted::Deny);
        assert!(parse(Path::new("t"), "").unwrap().policy.tools.contains_key("get_customer_info"));
    }
}
