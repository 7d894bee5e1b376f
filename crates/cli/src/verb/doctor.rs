//! `toolgate doctor`: everything that a conversation needs, one step after the other, with what mends each failure.

use std::time::{Duration, Instant};

use serde::Serialize;
use toolgate::{Applies, Config, Error, NoToken, Toolgate};

use crate::failure::Failure;
use crate::say::say;
use crate::style::{BAD, FAINT, GOOD, plain};

/// One step: what was tried, and what came of it.
#[derive(Debug, Serialize)]
struct Step {
    name: &'static str,
    ok: bool,
    /// What was found, or what is wrong and what mends it.
    says: String,
    milliseconds: f64,
}

/// The steps so far.
struct Visit {
    steps: Vec<Step>,
    as_json: bool,
}

pub(crate) async fn run(config: Result<Config, Failure>, as_json: bool) -> Result<(), Failure> {
    let mut visit = Visit { steps: Vec::new(), as_json };
    examine(&mut visit, config).await;
    let failed = visit.steps.iter().filter(|step| !step.ok).count();
    if as_json {
        let report = serde_json::json!({ "ok": failed == 0, "steps": visit.steps });
        say!("{report}");
    }
    match failed {
        0 => Ok(()),
        _ => Err(Failure::negative(format_args!("{failed} of {} steps failed", visit.steps.len()))),
    }
}

/// Stops where nothing further can work.
async fn examine(visit: &mut Visit, config: Result<Config, Failure>) -> Option<()> {
    let started = Instant::now();
    let config = visit.note("settings", started, config.map(|config| (config, "read".to_owned())))?;
    let started = Instant::now();
    let trust = config.trust_summary().map(|summary| ((), summary.to_string()));
    visit.note("trust anchors", started, trust)?;
    let started = Instant::now();
    let opened = Toolgate::open(config).map(|toolgate| (toolgate, "keys and URLs can be used".to_owned()));
    let toolgate = visit.note("set-up", started, opened)?;
    let started = Instant::now();
    let file = toolgate.config().audit.file.display().to_string();
    visit.note("audit file", started, toolgate.open_audit_file().await.map(|()| ((), file)))?;
    authorization(visit, &toolgate).await?;
    tools(visit, &toolgate).await?;
    policy(visit, &toolgate).await;
    let started = Instant::now();
    let keyed = toolgate.keyed_providers().map(|providers| match providers.is_empty() {
        true => ((), "none is set; set the variable of the provider that you want to use".to_owned()),
        false => ((), format!("set for {}", providers.join(", "))),
    });
    visit.note("model keys", started, keyed)
}

async fn authorization(visit: &mut Visit, toolgate: &Toolgate) -> Option<()> {
    let started = Instant::now();
    let server = toolgate.authorization_server().await.map(|server| {
        let found = serde_json::to_value(server.found).unwrap_or_default();
        ((), format!("{}, {}", server.issuer, found.as_str().unwrap_or_default()))
    });
    visit.note("authorization server", started, server)?;
    let started = Instant::now();
    let token = match toolgate.token().await {
        // That it is not accepted is the next step's affair.
        Err(Error::NoToken(NoToken::NotAccepted(error))) => Ok((Err(error), "issued".to_owned())),
        Ok((token, verified)) => Ok((Ok(verified), format!("issued for {} s", token.expires_in().as_secs()))),
        Err(error) => Err(error),
    };
    let verified = visit.note("token", started, token)?;
    let verified = verified
        .map(|verified| ((), format!("signature, issuer, audience, expiry; scopes {}", verified.scopes())));
    visit.note("verification", started, verified)?;
    let started = Instant::now();
    let keys = toolgate.key_health().await.map(|health| {
        let skipped: String = health.skipped.iter().map(|key| format!("; skipped: {key:?}")).collect();
        ((), format!("usable: {}{skipped}", health.usable.join(", ")))
    });
    visit.note("keys", started, keys)
}

async fn tools(visit: &mut Visit, toolgate: &Toolgate) -> Option<()> {
    let started = Instant::now();
    let set = toolgate.tool_set().await;
    if let Ok(set) = &set {
        for failed in set.failed() {
            let nothing: Result<((), String), _> = Err(&failed.error);
            visit.note("MCP server", started, nothing);
        }
    }
    let found = set.map(|set| {
        let skipped: String = set.skipped().iter().map(|tool| format!("; left out: {tool:?}")).collect();
        ((), format!("{} found{skipped}", set.tools().len()))
    });
    visit.note("tools", started, found)
}

/// Which tools nobody may call, and which this client may not.
async fn policy(visit: &mut Visit, toolgate: &Toolgate) {
    let started = Instant::now();
    let (Ok(tools), Ok((_, token))) = (toolgate.tools().await, toolgate.token().await) else { return };
    let policy = &toolgate.config().policy;
    let mut says = Vec::new();
    for tool in tools.iter() {
        match policy.rule_for(&tool.name) {
            Applies::Rule(_, rule) => {
                let missing = token.missing_scopes(&rule.scopes);
                if !missing.is_empty() {
                    says.push(format!("{} needs {}, which the token lacks", tool.name, missing.join(" ")));
                }
            }
            Applies::UnlistedAllowed => says.push(format!("{} is allowed without a rule", tool.name)),
            Applies::Nothing => says.push(format!("{} has no rule and is denied", tool.name)),
        }
    }
    if says.is_empty() {
        says.push(format!("all {} tools may be called", tools.len()));
    }
    visit.note("policy", started, Ok::<_, Failure>(((), says.join("; "))));
}

impl Visit {
    /// Notes a step and, for a person, prints it. `None` when it failed.
    fn note<T>(
        &mut self,
        name: &'static str,
        started: Instant,
        outcome: Result<(T, String), impl std::fmt::Display>,
    ) -> Option<T> {
        let took: Duration = started.elapsed();
        let (value, ok, says) = match outcome {
            Ok((value, says)) => (Some(value), true, says),
            Err(error) => (None, false, error.to_string()),
        };
        let step = Step { name, ok, says: plain(&says), milliseconds: took.as_secs_f64() * 1000.0 };
        if !self.as_json {
            let (mark, colour) = if ok { ("✓", GOOD) } else { ("✗", BAD) };
            let time = format!("{:.1} ms", step.milliseconds);
            say!("{colour}{mark}{colour:#} {name:20} {FAINT}{time:>9}{FAINT:#}  {}", step.says);
        }
        self.steps.push(step);
        value
    }
}
