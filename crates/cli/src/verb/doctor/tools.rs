//! The MCP servers' tools, and what the policy says to each.

use toolgate::{Applies, Policy, TokenClient, ToolName, ToolSet, Toolgate};

use super::network::Ways;
use super::visit::Visit;
use crate::fix;
use crate::style::counted;

/// The ways to the MCP servers, then their tools, then the policy. `tokens` says whether there is any that may be used.
pub(super) async fn examine(visit: &mut Visit, ways: &mut Ways, toolgate: &Toolgate, tokens: bool) {
    let mut reached = false;
    for (name, server) in toolgate.config().servers() {
        let group = format!("MCP server {name}");
        visit.about(std::slice::from_ref(&name));
        let Some(url) = server.url() else {
            // There is no way to walk: it is started when its tools are asked for.
            visit.group(&group, "a program on this machine");
            reached = true;
            continue;
        };
        visit.group(&group, url);
        let setting = format!("MCP_SERVER_URL (or url under [mcp.{name}])");
        reached |= ways.walk(visit, &toolgate.config(), url, &setting).await;
    }
    visit.about(&[]);
    visit.group("Tools", "");
    let needed = if reached { "no token" } else { "no MCP server can be reached" };
    if !(tokens && reached) {
        visit.not_tried(&["MCP", "policy"], needed);
        return;
    }
    let setting = "MCP_SERVER_URL (or url under [mcp.NAME])";
    let (listed, took) = visit.wait("MCP", toolgate.tool_set()).await;
    match listed {
        Ok(set) => {
            visit.good("MCP", Some(took), counted(set.tools().len(), "tool"));
            oddities(visit, &set);
            policy(visit, toolgate, &set).await;
        }
        Err(error) => {
            visit.failed("MCP", Some(took), &error, fix::of(&error, setting));
            visit.not_tried(&["policy"], "no tools");
        }
    }
}

/// Servers that could not be asked, and tools that are left out or withheld.
fn oddities(visit: &mut Visit, set: &ToolSet) {
    for failed in set.failed() {
        let setting = format!("url under [mcp.{}]", failed.server);
        visit.about(&[failed.server.to_string()]);
        visit.failed(&failed.server, None, &failed.error, fix::of_mcp(&failed.error, &setting));
    }
    visit.about(&[]);
    for skipped in set.skipped() {
        let fix = format!("have the server {} mend the tool's definition", skipped.server);
        visit.warn(&skipped.tool, None, format!("left out: {}", skipped.reason), fix);
    }
    for entry in set.tools().iter().filter_map(|tool| set.get(tool.name.as_str())) {
        let others: Vec<&str> = set.namesakes(entry).iter().map(|other| other.server()).collect();
        if !others.is_empty() {
            let says = format!("{} has a tool of this name too", others.join(", "));
            let fix = "make sure that both are meant: a model may take the one for the other";
            visit.warn(entry.name().as_str(), None, says, fix);
        }
    }
    for entry in set.withheld() {
        let says = "withheld from models until somebody approves it";
        visit.warn(
            entry.name().as_str(),
            None,
            says,
            "look at it with `toolgate tools`, approve it with `toolgate tools lock`",
        );
    }
}

/// Which tools nobody may call, and which this client may not.
async fn policy(visit: &mut Visit, toolgate: &Toolgate, set: &ToolSet) {
    let (clients, config) = (toolgate.token_clients(), toolgate.config());
    let policy = &config.policy;
    let mut decisions = Vec::new();
    for entry in set.tools().iter().filter_map(|tool| set.get(tool.name.as_str())) {
        let client = clients.iter().find(|client| client.servers().iter().any(|name| name == entry.server()));
        let held = match client {
            Some(client) => held(client, policy, entry.name()).await,
            None => Vec::new(),
        };
        let has_rule = !matches!(policy.rule_for(entry.name()), Applies::UnlistedAllowed);
        decisions.push((policy.explain(entry.name(), None, &held), has_rule));
    }
    let allowed = decisions.iter().filter(|(decision, _)| decision.is_allowed()).count();
    visit.good("policy", None, format!("{allowed} of {} tools may be called", decisions.len()));
    for (decision, _) in decisions.iter().filter(|(decision, _)| !decision.is_allowed()) {
        let reason = decision.denial.as_ref().map(ToString::to_string).unwrap_or_default();
        visit.warn(&decision.tool, None, reason, decision.remedy().unwrap_or_default());
    }
    for (decision, _) in decisions.iter().filter(|(decision, has_rule)| decision.is_allowed() && !has_rule) {
        let fix = "write a rule for it, or set unlisted = \"deny\" under [policy]";
        visit.warn(&decision.tool, None, "allowed without a rule", fix);
    }
    for name in policy.tools.keys().filter(|name| !name.contains('*')) {
        if !set.tools().iter().any(|tool| tool.name.as_str() == name) {
            visit.warn(
                name,
                None,
                "has a rule, and no server has this tool",
                "correct the name, or remove the rule",
            );
        }
    }
}

/// The scopes of the token that calls of `tool` are made with. Why there may be none was told before.
async fn held(client: &TokenClient, policy: &Policy, tool: &ToolName) -> Vec<String> {
    let needed = match policy.rule_for(tool) {
        Applies::Rule(_, rule) => rule.scopes.as_slice(),
        Applies::UnlistedAllowed | Applies::Nothing => &[],
    };
    let token = client.token_for(needed).await;
    token.map_or_else(|_| Vec::new(), |(_, token)| token.scopes().iter().map(ToString::to_string).collect())
}
