//! `toolgate policy`: what the policy says to a call, and what another policy would have said.

use std::path::Path;

use serde_json::json;
use toolgate::{CallId, Config, Decision, JsonObject, Policy, Replay, ToolCall, ToolName, Toolgate, audit};

use crate::args::Check;
use crate::failure::Failure;
use crate::say::say;
use crate::style::{BAD, FAINT, GOOD, plain};
use crate::wait::{wait, wait_apart};

pub(crate) async fn check(config: Config, check: Check) -> Result<(), Failure> {
    let tool = ToolName::new(&*check.tool).map_err(Failure::setup)?;
    let arguments = JsonObject::parse(&check.arguments)
        .map_err(|error| Failure::setup(format_args!("the value of --arguments cannot be used: {error}")))?;
    let decision = match &check.scopes {
        Some(scopes) => {
            let held: Vec<String> = scopes.split_whitespace().map(str::to_owned).collect();
            config.policy.explain(&tool, Some(&arguments), &held)
        }
        None => {
            let call = ToolCall::new(CallId::new("check"), tool.as_str(), arguments.as_str());
            let toolgate = Toolgate::open(config).map_err(Failure::setup)?;
            wait(tool.as_str(), toolgate.explain(&call)).await.map_err(Failure::of)?
        }
    };
    if check.json {
        say!("{}", report(&decision));
    } else {
        show(&decision);
    }
    if decision.is_allowed() {
        return Ok(());
    }
    Err(Failure::negative(format_args!("a call of {tool} would be denied")))
}

fn show(decision: &Decision) {
    let row = |name: &str, value: &str| say!("  {FAINT}{name:7}{FAINT:#} {}", plain(value));
    match &decision.denial {
        None => say!("{GOOD}✓{GOOD:#} {} would be allowed", decision.tool),
        Some(denial) => say!("{BAD}✗{BAD:#} {}", plain(&denial.to_string())),
    }
    if !decision.rule.is_empty() {
        row("rule", &decision.rule);
        let list =
            |scopes: &[String]| if scopes.is_empty() { "no scopes".to_owned() } else { scopes.join(" ") };
        row("needs", &list(&decision.scopes_needed));
        row("held", &list(&decision.scopes_held));
    }
    if decision.needs_approval {
        row("asks", "a person, before each call");
    }
    if let Some(remedy) = decision.remedy() {
        row("to mend", &remedy);
    }
}

fn report(decision: &Decision) -> serde_json::Value {
    json!({
        "tool": decision.tool,
        "allowed": decision.is_allowed(),
        "rule": decision.rule,
        "scopes_needed": decision.scopes_needed,
        "scopes_held": decision.scopes_held,
        "needs_approval": decision.needs_approval,
        "denial": decision.denial.as_ref().map(|denial| denial.kind()),
        "reason": decision.denial.as_ref().map(ToString::to_string),
        "remedy": decision.remedy(),
    })
}

pub(crate) async fn diff(old: &Path, new: &Path, file: &Path, as_json: bool) -> Result<(), Failure> {
    let policy = |path| Config::from_file(path).map(|config| config.policy).map_err(Failure::setup);
    let (old, new) = (policy(old)?, policy(new)?);
    let (shown, path) = (file.display().to_string(), file.to_owned());
    let replay = wait_apart(&shown, move || judged(&old, &new, &path)).await?;
    if as_json {
        say!("{}", json!(replay));
    } else {
        for change in &replay.changes {
            let held = match &change.scopes_held {
                None => "scopes not recorded".to_owned(),
                Some(held) if held.is_empty() => "no scopes".to_owned(),
                Some(held) => held.join(" "),
            };
            say!("{}× {}  {FAINT}{}{FAINT:#}", change.decisions, plain(&change.tool), plain(&held));
            say!("  {BAD}-{BAD:#} {}", plain(&change.before));
            say!("  {GOOD}+{GOOD:#} {}", plain(&change.after));
        }
    }
    let changed: u64 = replay.changes.iter().map(|change| change.decisions).sum();
    match changed {
        0 if as_json => Ok(()),
        0 => {
            say!("{GOOD}✓{GOOD:#} none of {} decisions would be different", replay.decisions);
            Ok(())
        }
        _ => Err(Failure::negative(format_args!(
            "{changed} of {} decisions would be different",
            replay.decisions
        ))),
    }
}

/// The decisions of an audit file that is whole, judged one after the other: the file may be larger than the memory.
fn judged(old: &Policy, new: &Policy, path: &Path) -> Result<Replay, Failure> {
    if !audit::verify(path).map_err(Failure::setup)?.is_intact() {
        let message =
            format_args!("{} is not as it was written; see `toolgate audit verify`", path.display());
        return Err(Failure::setup(message));
    }
    let mut broken = None;
    let records = audit::read(path, audit::Filter::new()).map_err(Failure::setup)?;
    let records = records.map_while(|record| record.map_err(|error| broken = Some(error)).ok());
    let decisions = records.filter_map(|record| match record.entry {
        audit::Entry::Decision(decision) => Some(decision),
        _ => None,
    });
    let replay = Replay::of(old, new, decisions);
    broken.map_or(Ok(replay), |error| Err(Failure::setup(error)))
}
