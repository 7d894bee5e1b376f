//! `toolgate providers`: who can be asked for a model, where, and whether the key is there.

use std::collections::BTreeSet;

use serde_json::json;
use toolgate::{Config, KeyPresence, KnownProvider};

use crate::args::Providers;
use crate::failure::Failure;
use crate::say::{say, tell};
use crate::style::{BAD, FAINT, GOOD, STRONG, plain};

pub(crate) fn run(config: &Config, asked: &Providers) -> Result<(), Failure> {
    let mut providers = config.known_providers().map_err(Failure::setup)?;
    let known = providers.len();
    if let Some(dialect) = &asked.dialect {
        is_spoken(dialect, &providers)?;
    }
    providers.retain(|provider| fits(provider, asked));
    if asked.json {
        say!("{}", json!({ "providers": providers }));
    }
    if providers.is_empty() {
        return Err(Failure::negative(format_args!("none of {known} providers is like that")));
    }
    if asked.json {
        return Ok(());
    }
    let widest = |of: fn(&KnownProvider) -> usize| providers.iter().map(of).max().unwrap_or(0);
    let widths = (
        widest(|provider| provider.id.len()),
        widest(|provider| provider.dialect.len()),
        widest(|provider| provider.key_variable.as_ref().map_or(0, String::len)),
    );
    for provider in &providers {
        show(provider, widths);
    }
    let keyed = providers.iter().filter(|provider| provider.key == KeyPresence::Set).count();
    tell!(
        "{FAINT}{} of {known} providers; key: ✓ set ({keyed}), ○ needs none, - not set{FAINT:#}",
        providers.len()
    );
    Ok(())
}

/// Refuses a dialect that no provider speaks: it is mistyped.
fn is_spoken(dialect: &str, providers: &[KnownProvider]) -> Result<(), Failure> {
    let spoken: BTreeSet<&str> = providers.iter().map(|provider| &*provider.dialect).collect();
    if spoken.contains(dialect) {
        return Ok(());
    }
    let spoken: Vec<&str> = spoken.into_iter().collect();
    Err(Failure::setup(format_args!("no provider speaks {dialect:?}; expected one of {}", spoken.join(", "))))
}

fn fits(provider: &KnownProvider, asked: &Providers) -> bool {
    let word = asked.word.as_deref().map(str::to_lowercase);
    let named = word.is_none_or(|word| {
        provider.id.to_lowercase().contains(&word) || provider.base_url.to_lowercase().contains(&word)
    });
    let speaks = asked.dialect.as_ref().is_none_or(|dialect| provider.dialect == *dialect);
    named && speaks && (!asked.keyed || provider.key == KeyPresence::Set)
}

fn show(provider: &KnownProvider, (id, dialect, variable): (usize, usize, usize)) {
    let (mark, colour) = match provider.key {
        KeyPresence::Set => ("✓", GOOD),
        KeyPresence::Missing => ("-", FAINT),
        _ => ("○", FAINT),
    };
    let name = provider.key_variable.as_deref().unwrap_or_default();
    say!(
        "{STRONG}{:id$}{STRONG:#}  {:dialect$}  {colour}{mark} {name:variable$}{colour:#}  {}",
        provider.id,
        provider.dialect,
        plain(&provider.base_url),
    );
    if let Some(problem) = &provider.problem {
        say!("{:id$}  {BAD}!{BAD:#} {}", "", plain(problem));
    }
}
