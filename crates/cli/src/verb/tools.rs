//! `toolgate tools`: what the servers offer and what the policy says to it.

use serde_json::json;
use toolgate::{Applies, Config, Policy, Toolgate};

use crate::failure::Failure;
use crate::style::{BAD, FAINT, STRONG, plain};

pub(crate) async fn run(config: Config, as_json: bool) -> Result<(), Failure> {
    let policy = config.policy.clone();
    let toolgate = Toolgate::open(config).map_err(Failure::setup)?;
    let tools = toolgate.tools().await.map_err(Failure::setup)?;
    if as_json {
        let rows: Vec<_> = tools
            .iter()
            .map(|tool| {
                let (allowed, rule, scopes) = rule(&policy, &tool.name);
                json!({"name": tool.name, "description": tool.description, "input_schema": tool.input_schema,
                       "allowed_by_policy": allowed, "rule": rule, "scopes": scopes})
            })
            .collect();
        anstream::println!("{}", json!({ "tools": rows }));
        return Ok(());
    }
    let width = tools.iter().map(|tool| tool.name.as_str().len()).max().unwrap_or(0);
    for tool in tools.iter() {
        let (allowed, _, scopes) = rule(&policy, &tool.name);
        let needs = match (allowed, scopes.is_empty()) {
            (false, _) => format!("{BAD}no rule: denied{BAD:#}"),
            (true, true) => "needs no scope".to_owned(),
            (true, false) => format!("needs {}", scopes.join(" ")),
        };
        let first_line = plain(tool.description.lines().next().unwrap_or_default());
        anstream::println!("{STRONG}{:width$}{STRONG:#}  {needs}", tool.name.as_str());
        anstream::println!("{:width$}  {FAINT}{first_line}{FAINT:#}", "");
    }
    Ok(())
}

fn rule(policy: &Policy, tool: &toolgate::ToolName) -> (bool, String, Vec<String>) {
    match policy.rule_for(tool) {
        Applies::Rule(name, rule) => (true, name.to_owned(), rule.scopes.clone()),
        Applies::UnlistedAllowed => (true, "unlisted".to_owned(), Vec::new()),
        Applies::Nothing => (false, String::new(), Vec::new()),
    }
}
