//! `toolgate init`: a settings file to start from, in which everything that can be set stands as a comment.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use crate::failure::Failure;
use crate::place;
use crate::say::say;
use crate::style::{FAINT, GOOD};

/// The file. Without a change it says what holds without it.
const TEMPLATE: &str = include_str!("init/toolgate.toml");

pub(crate) fn run(file: &Path) -> Result<(), Failure> {
    let shown = file.display();
    let written = OpenOptions::new()
        .write(true)
        // Somebody's settings are never written over, not even in a race.
        .create_new(true)
        .open(file)
        .and_then(|mut made| {
            // A part of it would be in the way of the next attempt.
            made.write_all(TEMPLATE.as_bytes()).inspect_err(|_| drop(std::fs::remove_file(file)))
        });
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Failure::setup(format_args!(
            "{shown} is there already and was not touched; name another file, or move it away"
        )),
        _ => place::unwritten(file, &error, "name another file"),
    })?;
    say!("{GOOD}✓{GOOD:#} wrote {shown}");
    say!("{FAINT}next: set what you need there, then `toolgate doctor` tries it out{FAINT:#}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use toolgate::Config;

    use super::TEMPLATE;

    /// The template with every setting switched on.
    fn switched_on() -> String {
        let on = |line: &'static str| match line.strip_prefix('#') {
            Some(setting) if setting.starts_with(|first: char| first == '[' || first.is_alphanumeric()) => {
                setting
            }
            _ => line,
        };
        TEMPLATE.lines().map(on).flat_map(|line| [line, "\n"]).collect()
    }

    fn parsed(text: &str) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("toolgate.toml");
        std::fs::write(&file, text).unwrap();
        Config::from_file(&file).map_err(|error| error.to_string())
    }

    /// What the parser says that it knows where something unknown stands: in a section, or before all of them.
    fn known(section: &str) -> BTreeSet<String> {
        if section.is_empty() {
            return expected("", &parsed(&format!("zzz = 1\n{}", switched_on())).unwrap_err());
        }
        let (start, end) = switched_on().split_once(&format!("{section}\n")).map_or_else(
            || panic!("{section} is missing"),
            |(start, end)| (start.to_owned(), end.to_owned()),
        );
        let refused = parsed(&format!("{start}{section}\nzzz = 1\n{end}")).unwrap_err();
        expected(section, &refused)
    }

    fn expected(section: &str, refused: &str) -> BTreeSet<String> {
        let (_, expected) = refused.split_once("expected ").unwrap_or_else(|| panic!("{section}: {refused}"));
        expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    fn written(table: &toml::Table, section: &str) -> BTreeSet<String> {
        let names = section.trim_matches(['[', ']']).split('.');
        let place = names.fold(table, |place, name| place[name].as_table().unwrap());
        place.keys().cloned().collect()
    }

    #[test]
    fn as_it_is_it_changes_nothing() {
        let (written, empty) = (parsed(TEMPLATE).unwrap(), parsed("").unwrap());
        // Paths are relative to the file's folder, and each of these has its own.
        let shown = |mut config: Config| {
            config.audit.file = "audit".into();
            format!("{config:?}")
        };
        assert_eq!(shown(written), shown(empty));
    }

    #[test]
    fn every_setting_in_it_is_one_and_every_setting_is_in_it() {
        let on = switched_on();
        parsed(&on).unwrap();
        let table: toml::Table = on.parse().unwrap();
        assert_eq!(known(""), table.keys().cloned().collect(), "sections");
        for section in [
            "[policy]",
            "[policy.tools.create_support_ticket]",
            "[oauth]",
            "[oauth.accept]",
            "[tls]",
            "[proxy]",
            "[tools]",
            "[audit]",
            "[limits]",
            "[failover]",
            "[routing.short_prompts]",
            "[providers.ours]",
            "[store]",
            "[serve]",
            "[serve.auth]",
            "[telemetry]",
        ] {
            assert_eq!(known(section), written(&table, section), "{section}");
        }
        // A server is at a URL or is a program, so that no section has all of them.
        let either = &written(&table, "[mcp.crm]") | &written(&table, "[mcp.files]");
        assert_eq!(known("[mcp.crm]"), either);
    }
}
