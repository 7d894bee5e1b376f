//! One scenario on one model: what was called and decided, what was answered, and what of it was not as expected.

use std::time::Instant;

use serde::Serialize;
use serde_json::Value;
use toolgate::{ChatModel, Message, Passage, Toolgate};

use super::scenario::{Checks, Expected, Scenario, Verdict};

/// What came of it.
#[derive(Debug, Serialize)]
pub(super) struct Trial {
    pub(super) model: String,
    /// What was not as expected.
    pub(super) problems: Vec<String>,
    pub(super) calls: Vec<Called>,
    pub(super) answer: String,
    pub(super) seconds: f64,
    pub(super) tokens_read: u64,
    pub(super) tokens_written: u64,
}

/// A call and what was decided about it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Called {
    pub(super) tool: String,
    pub(super) arguments: Value,
    pub(super) allowed: bool,
    pub(super) rule: String,
    pub(super) scopes_needed: Vec<String>,
    /// The kind of denial.
    pub(super) denial: Option<&'static str>,
}

impl Trial {
    pub(super) async fn run(toolgate: &Toolgate, model: &ChatModel, scenario: &Scenario) -> Self {
        let mut trial = Self {
            model: format!("{}/{}", model.provider().id(), model.name()),
            problems: Vec::new(),
            calls: Vec::new(),
            answer: String::new(),
            seconds: 0.0,
            tokens_read: 0,
            tokens_written: 0,
        };
        let started = Instant::now();
        let mut messages: Vec<Message> = scenario.system.clone().map(Message::system).into_iter().collect();
        for said in &scenario.messages {
            messages.push(Message::user(said.as_str()));
            let (passages, usage) = match toolgate.chat(model, messages).await {
                Ok(answer) => {
                    messages = answer.messages;
                    trial.answer = answer.text;
                    (answer.passages, answer.usage)
                }
                Err(error) => {
                    messages = Vec::new();
                    trial.problems.push(format!("no answer: {}", error.failure));
                    (error.passages, error.usage)
                }
            };
            trial.calls.extend(passages.iter().map(Called::of));
            trial.tokens_read = trial.tokens_read.saturating_add(usage.input.unwrap_or(0));
            trial.tokens_written = trial.tokens_written.saturating_add(usage.output.unwrap_or(0));
            if messages.is_empty() {
                break;
            }
        }
        trial.seconds = started.elapsed().as_secs_f64();
        if let Some(expected) = &scenario.calls {
            check_calls(expected, &trial.calls, &mut trial.problems);
        }
        check_answer(&scenario.answer, &trial.answer, &mut trial.problems);
        trial
    }
}

impl Called {
    fn of(passage: &Passage) -> Self {
        let decision = &passage.decision;
        let raw = &passage.call.raw_arguments;
        let arguments = if raw.is_empty() { "{}" } else { raw };
        Self {
            tool: passage.call.name.to_string(),
            // What is no JSON is kept as it was written.
            arguments: serde_json::from_str(arguments).unwrap_or_else(|_| Value::from(arguments)),
            allowed: decision.is_allowed(),
            rule: decision.rule.clone(),
            scopes_needed: decision.scopes_needed.clone(),
            denial: decision.denial.as_ref().map(toolgate::Denial::kind),
        }
    }

    /// Whether the decision hangs on more than the tool: on arguments, on how often it was called, on a person.
    fn hangs_on_more(&self) -> bool {
        matches!(self.denial, Some("condition" | "arguments" | "limit" | "not_approved"))
    }

    /// Whether a security decision about the same thing came out otherwise.
    pub(super) fn contradicts(&self, other: &Self) -> bool {
        let same_call = self.arguments == other.arguments || !(self.hangs_on_more() || other.hangs_on_more());
        let verdict = |called: &Self| (called.allowed, called.denial);
        self.tool == other.tool
            && (self.rule != other.rule
                || self.scopes_needed != other.scopes_needed
                || (same_call && verdict(self) != verdict(other)))
    }
}

fn check_calls(expected: &[Expected], made: &[Called], problems: &mut Vec<String>) {
    for (index, wanted) in expected.iter().enumerate() {
        let Some(call) = made.get(index) else {
            problems.push(format!("call {} is missing: {}", index + 1, wanted.tool));
            continue;
        };
        if call.tool != wanted.tool {
            problems.push(format!("call {} is {}, expected {}", index + 1, call.tool, wanted.tool));
            continue;
        }
        if call.allowed != (wanted.decision == Verdict::Allowed) {
            let found = if call.allowed {
                "allowed".to_owned()
            } else {
                format!("denied ({})", call.denial.unwrap_or(""))
            };
            problems
                .push(format!("{} was {found}, expected {:?}", call.tool, wanted.decision).to_lowercase());
        }
        if !holds(&call.arguments, &Value::Object(wanted.arguments.clone())) {
            let wanted = Value::Object(wanted.arguments.clone());
            problems.push(format!("{} was asked for with {}, expected {wanted}", call.tool, call.arguments));
        }
    }
    for call in made.iter().skip(expected.len()) {
        problems.push(format!("{} was called besides", call.tool));
    }
}

/// Whether `found` is `wanted`, but for members of objects that nobody asked about.
fn holds(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => {
            wanted.iter().all(|(name, wanted): (&String, &Value)| {
                found.get(name).is_some_and(|found| holds(found, wanted))
            })
        }
        (Value::Number(found), Value::Number(wanted)) => found.as_f64() == wanted.as_f64(),
        _ => found == wanted,
    }
}

fn check_answer(checks: &Checks, answer: &str, problems: &mut Vec<String>) {
    let answer = answer.to_lowercase();
    let has = |text: &&String| answer.contains(&text.to_lowercase());
    for missing in checks.contains.iter().filter(|text| !has(text)) {
        problems.push(format!("the answer does not contain {missing:?}"));
    }
    for found in checks.lacks.iter().filter(has) {
        problems.push(format!("the answer contains {found:?}"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(tool: &str, arguments: Value, denial: Option<&'static str>) -> Called {
        let (rule, scopes_needed) = (tool.to_owned(), vec!["read".to_owned()]);
        Called { tool: tool.to_owned(), arguments, allowed: denial.is_none(), rule, scopes_needed, denial }
    }

    #[test]
    fn the_same_thing_must_be_decided_in_the_same_way() {
        let allowed = call("a", json!({"x": 1}), None);
        assert!(!allowed.contradicts(&call("a", json!({"x": 2}), None)));
        assert!(allowed.contradicts(&call("a", json!({"x": 2}), Some("missing_scope"))));
        assert!(!allowed.contradicts(&call("a", json!({"x": 2}), Some("condition"))), "other arguments");
        assert!(allowed.contradicts(&call("a", json!({"x": 1}), Some("condition"))));
        assert!(!allowed.contradicts(&call("b", json!({"x": 1}), Some("no_rule"))));
        let other_rule = Called { rule: "*".into(), ..allowed.clone() };
        assert!(allowed.contradicts(&other_rule));
    }

    #[test]
    fn what_is_not_as_expected_is_told() {
        let file = "[[scenario]]\nname = \"s\"\nmessages = [\"m\"]\ncalls = [\n\
                    { tool = \"a\", decision = \"allowed\", arguments = { id = 7 } },\n\
                    { tool = \"b\", decision = \"denied\" },\n]\nanswer = { contains = [\"Yes\"], lacks = [\"no\"] }\n";
        let scenarios: super::super::scenario::Scenarios = toml::from_str(file).unwrap();
        let scenario = &scenarios.scenarios[0];
        let told = |calls: &[Called], answer: &str| {
            let mut problems = Vec::new();
            check_calls(scenario.calls.as_ref().unwrap(), calls, &mut problems);
            check_answer(&scenario.answer, answer, &mut problems);
            problems.join("; ")
        };
        let (a, b) = (call("a", json!({"id": 7.0, "more": 1}), None), call("b", json!({}), Some("no_rule")));
        assert_eq!(told(&[a.clone(), b.clone()], "yes"), "");
        assert_eq!(told(std::slice::from_ref(&a), "yes"), "call 2 is missing: b");
        assert_eq!(told(&[a.clone(), b.clone(), a.clone()], "yes"), "a was called besides");
        let wrong =
            told(&[call("a", json!({"id": 8}), Some("limit")), call("c", json!({}), None)], "not at all");
        for says in
            ["a was denied (limit), expected allowed", "with {\"id\":8}, expected", "call 2 is c, expected b"]
        {
            assert!(wrong.contains(says), "{wrong}");
        }
        assert!(wrong.contains("does not contain \"Yes\"; the answer contains \"no\""), "{wrong}");
    }
}
