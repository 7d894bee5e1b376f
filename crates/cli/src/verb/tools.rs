//! `toolgate tools`: what the servers offer, what the policy says to it, and what is odd about it.

mod lockfile;

use serde_json::{Value, json};
use toolgate::{Applies, Config, Policy, ToolEntry, ToolName, ToolSet, Toolgate};

use crate::args::{Lockfile, Tools};
use crate::columns::hanging;
use crate::failure::Failure;
use crate::say::say;
use crate::style::{BAD, FAINT, STRONG, plain};
use crate::wait::wait;

/// One tool, with everything that a person should know about it.
struct Row {
    name: String,
    description: String,
    input_schema: Value,
    /// What the policy asks for; `None` when it denies the tool.
    scopes: Option<Vec<String>>,
    rule: String,
    /// Whether it is shown to models.
    offered: bool,
    odd: Vec<String>,
}

pub(crate) async fn run(config: Config, arguments: Tools) -> Result<(), Failure> {
    match arguments.lockfile {
        Some(Lockfile::Diff { json }) => lockfile::diff(config, json).await,
        Some(Lockfile::Lock) => lockfile::lock(config).await,
        None => list(config, arguments.json).await,
    }
}

async fn list(config: Config, as_json: bool) -> Result<(), Failure> {
    let policy = config.policy.clone();
    let toolgate = Toolgate::open(config).map_err(Failure::setup)?;
    let set = wait("tools", toolgate.tool_set()).await.map_err(Failure::of)?;
    let offered = toolgate.tools().await.map_err(Failure::of)?;
    let rows: Vec<Row> = entries(&set)
        .map(|entry| {
            let mut row = Row::of(entry, &policy, &set);
            row.offered = offered.iter().any(|tool| tool.name == *entry.name());
            row
        })
        .collect();
    if as_json {
        let rows: Vec<Value> = rows.iter().map(Row::report).collect();
        say!("{}", json!({ "tools": rows }));
        return Ok(());
    }
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    rows.iter().for_each(|row| row.show(width));
    Ok(())
}

/// All tools, the withheld ones at the end.
fn entries(set: &ToolSet) -> impl Iterator<Item = &ToolEntry> {
    let offered = set.tools().iter().filter_map(|tool| set.get(tool.name.as_str()));
    offered.chain(set.withheld()).map(|entry| &**entry)
}

impl Row {
    fn of(entry: &ToolEntry, policy: &Policy, set: &ToolSet) -> Self {
        let (scopes, rule) = rule(policy, entry.name());
        let mut odd: Vec<String> = entry.flags().iter().map(ToString::to_string).collect();
        let others = set.namesakes(entry);
        odd.extend(others.iter().map(|other| format!("{} has a tool of this name too", other.server())));
        Self {
            name: entry.name().to_string(),
            description: entry.tool().description.to_string(),
            input_schema: json!(entry.tool().input_schema),
            scopes,
            rule,
            offered: false,
            odd,
        }
    }

    fn report(&self) -> Value {
        json!({
            "name": self.name,
            "description": self.description,
            "input_schema": self.input_schema,
            "allowed_by_policy": self.scopes.is_some(),
            "rule": self.rule,
            "scopes": self.scopes.as_deref().unwrap_or_default(),
            "offered": self.offered,
            "odd": self.odd,
        })
    }

    fn show(&self, width: usize) {
        let needs = match &self.scopes {
            None => format!("{BAD}no rule: denied{BAD:#}"),
            Some(scopes) if scopes.is_empty() => "needs no scope".to_owned(),
            Some(scopes) => format!("needs {}", scopes.join(" ")),
        };
        let withheld = if self.offered { String::new() } else { format!("  {BAD}withheld{BAD:#}") };
        say!("{STRONG}{:width$}{STRONG:#}  {needs}{withheld}", self.name);
        let first_line = plain(self.description.lines().next().unwrap_or_default());
        say!("{:width$}  {FAINT}{}{FAINT:#}", "", hanging(&first_line, width + 2));
        for odd in &self.odd {
            say!("{:width$}  {BAD}!{BAD:#} {}", "", plain(odd));
        }
    }
}

fn rule(policy: &Policy, tool: &ToolName) -> (Option<Vec<String>>, String) {
    match policy.rule_for(tool) {
        Applies::Rule(name, rule) => (Some(rule.scopes.clone()), name.to_owned()),
        Applies::UnlistedAllowed => (Some(Vec::new()), "unlisted".to_owned()),
        Applies::Nothing => (None, String::new()),
    }
}
