//! Servers that are programs: this very test binary, told by a variable to be one.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::sync::Arc;

use serde_json::{Value, json};
use toolgate::{
    ApprovalRequest, Approve, BridgeError, CallId, Config, Elicit, Elicitation, ElicitationAnswer,
    Environment, Event, Message, Policy, ProgramConfig, Prompt, Rule, ServerAddress, ServerConfig, ToolCall,
    Toolgate,
};

use crate::{Bench, ask};

const ROLE: &str = "TOOLGATE_TEST_ROLE";
/// With it, the server asks a person something before it answers.
const ASKS: &str = "TOOLGATE_TEST_ASKS";
/// With it, every list of tools is another, and the client is told so; from the second on there is one more.
const CHANGES: &str = "TOOLGATE_TEST_CHANGES";

/// Not a test: the server. Without the variable, nothing.
#[test]
fn child() {
    if std::env::var(ROLE).is_err() {
        return;
    }
    // The harness writes lines of its own, which cost nothing.
    println!();
    let (mut called, mut lists) = (Value::Null, 0);
    for line in std::io::stdin().lock().lines() {
        let message: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let answer = match message["method"].as_str().unwrap_or("what a person said") {
            "initialize" => {
                json!({"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {"name": "s", "version": "1"}})
            }
            "tools/list" => {
                if std::env::var(CHANGES).is_ok() {
                    lists += 1;
                    say(&json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}));
                }
                // What a model is shown stays the same: a change of that is withheld from the first.
                let mut tools = vec![json!({"name": "get_customer_info", "inputSchema": {"type": "object"},
                    "_meta": {"example.org/list": lists}})];
                if lists > 1 {
                    tools.push(json!({"name": "later", "inputSchema": {"type": "object"}}));
                }
                json!({ "tools": tools })
            }
            "tools/call" if std::env::var(ASKS).is_ok() => {
                called = message["id"].clone();
                let form = json!({"type": "object", "properties": {"reason": {"type": "string"}}});
                say(&json!({"jsonrpc": "2.0", "id": "q", "method": "elicitation/create",
                    "params": {"message": "why?", "requestedSchema": form}}));
                continue;
            }
            "what a person said" => {
                let content = json!([{"type": "text", "text": message.to_string()}]);
                say(&json!({"jsonrpc": "2.0", "id": called, "result": {"content": content}}));
                continue;
            }
            "tools/call" => {
                say(&json!({"jsonrpc": "2.0", "method": "notifications/progress",
                    "params": {"progressToken": message["params"]["_meta"]["progressToken"], "progress": 1, "total": 2}}));
                let seen = std::env::vars().map(|(name, value)| format!("{name}={value}"));
                let text = [message.to_string()].into_iter().chain(seen).collect::<Vec<_>>().join("\n");
                json!({"content": [{"type": "text", "text": text}]})
            }
            _ if message.get("id").is_none() => continue,
            _ => {
                say(
                    &json!({"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32601, "message": "unknown"}}),
                );
                continue;
            }
        };
        say(&json!({"jsonrpc": "2.0", "id": message["id"], "result": answer}));
    }
    std::process::exit(0);
}

fn say(message: &Value) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{message}").unwrap();
    out.flush().unwrap();
}

/// This binary as the server, with one more variable.
fn with_variable(mut config: Config, name: &str) -> Config {
    let server = config.mcp.get_mut("files").unwrap();
    let ServerAddress::Program(program) = &mut server.address else { panic!("a program") };
    program.env.insert(name.to_owned(), "1".to_owned());
    config
}

fn program() -> ServerConfig {
    let mut program = ProgramConfig::new(std::env::current_exe().unwrap());
    program.args =
        ["--exact", "programs::child", "--nocapture", "--test-threads=2"].map(str::to_owned).to_vec();
    program.env = BTreeMap::from([(ROLE.to_owned(), "server".to_owned())]);
    ServerConfig::program(program)
}

fn with_program(mut config: Config, scopes: &[&str]) -> Config {
    config.mcp.clear();
    config.mcp.insert("files".to_owned(), program());
    config.policy = Policy::deny_all().with_rule("get_customer_info", scopes.iter().copied());
    config
}

const LOOK_UP: &str = "Look up information for customer 'JOHNDOE123'";

#[tokio::test(flavor = "multi_thread")]
async fn a_rules_scopes_hold_and_no_token_leaves() {
    let bench = Bench::start().await;
    let answer = ask(with_program(bench.config(), &["customer:read"]), LOOK_UP).await.unwrap();
    let passage = &answer.passages[0];
    assert_eq!(passage.decision.denial, None);
    assert_eq!(passage.decision.server.as_deref(), Some("files"));
    assert!(passage.decision.scopes_held.contains(&"customer:read".to_owned()));
    let seen = passage.result.to_text("get_customer_info");
    assert!(seen.contains("JOHNDOE123") && seen.contains(ROLE), "{seen}");
    assert!(!seen.contains("eyJ") && !seen.contains("OAUTH"), "{seen}");
    let record = std::fs::read_to_string(bench.audit()).unwrap();
    assert!(record.contains("\"server\":\"files\"") && record.lines().count() == 2, "{record}");

    let answer = ask(with_program(bench.config(), &["customer:audit"]), LOOK_UP).await.unwrap();
    assert_eq!(answer.passages[0].decision.denial.as_ref().unwrap().kind(), "missing_scope");
}

/// Answers every form.
struct Because;

#[async_trait::async_trait]
impl Elicit for Because {
    async fn elicit(&self, asked: Elicitation) -> ElicitationAnswer {
        assert_eq!((&*asked.server, &*asked.message), ("files", "why?"));
        ElicitationAnswer::Accept(toolgate::JsonObject::parse(r#"{"reason": "because"}"#).unwrap())
    }
}

/// Never answers.
struct Away;

#[async_trait::async_trait]
impl Elicit for Away {
    async fn elicit(&self, _: Elicitation) -> ElicitationAnswer {
        std::future::pending().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_may_ask_a_person_only_where_somebody_answers() {
    let bench = Bench::start().await;
    let mut config = with_variable(with_program(bench.config(), &[]), ASKS);
    let said = async |config| ask(config, LOOK_UP).await.unwrap().passages[0].result.to_text("t");
    let refused = said(config.clone()).await;
    assert!(refused.contains("-32601") && !refused.contains("because"), "{refused}");
    let answered = said(config.clone().with_elicitation(Arc::new(Because))).await;
    assert!(answered.contains(r#""action":"accept""#) && answered.contains("because"), "{answered}");

    // A person who thinks makes a call last, up to its longest.
    let server = config.mcp.get_mut("files").unwrap();
    (server.timeout_seconds, server.longest_seconds) = (1, 1);
    config.limits.wall_time_seconds = 20;
    let answer = ask(config.with_elicitation(Arc::new(Away)), LOOK_UP).await.unwrap();
    let failure = answer.passages[0].failure.as_ref().unwrap();
    assert!(matches!(failure, BridgeError::Timeout { method: "tools/call", .. }), "{failure}");
}

/// Where nothing is sent that a token could be for, and the rule asks for none, there need be no client at all.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_client_only_rules_without_scopes_allow() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::from_environment(Environment::default());
    config.audit.file = folder.path().join("audit.jsonl");
    let call = || ToolCall::new(CallId::new("1"), "get_customer_info", "{}");
    let toolgate = Toolgate::open(with_program(config.clone(), &[])).unwrap();
    let decision = toolgate.explain(&call()).await.unwrap();
    assert_eq!((decision.denial, decision.scopes_held), (None, Vec::new()));
    let missing = toolgate.token().await.unwrap_err().to_string();
    assert!(missing.contains("OAUTH_CLIENT_ID"), "{missing}");

    let toolgate = Toolgate::open(with_program(config.clone(), &["customer:read"])).unwrap();
    assert_eq!(toolgate.explain(&call()).await.unwrap().denial.unwrap().kind(), "no_token");

    let mut nothing_listed = with_program(config, &[]);
    nothing_listed.policy = Policy::deny_all();
    let toolgate = Toolgate::open(nothing_listed).unwrap();
    assert_eq!(toolgate.explain(&call()).await.unwrap().denial.unwrap().kind(), "no_rule");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_is_told_how_far_a_call_has_come() {
    let bench = Bench::start().await;
    let toolgate = Toolgate::open(with_program(bench.config(), &["customer:read"])).unwrap();
    let model = toolgate.model(None).unwrap();
    let mut conversation = toolgate.chat_stream(&model, Prompt::new(vec![Message::user(LOOK_UP)]));
    let mut told = Vec::new();
    while let Some(event) = conversation.next().await {
        match event.unwrap() {
            Event::Decision { number, .. } => told.push(format!("{number} decided")),
            Event::ToolProgress { number, progress } => {
                told.push(format!("{number} {} of {:?}", progress.progress, progress.total));
            }
            Event::ToolResult { number, .. } => told.push(format!("{number} ended")),
            _ => {}
        }
    }
    assert_eq!(told, ["1 decided", "1 1 of Some(2.0)", "1 ended"]);
}

/// Says yes when the tools are no longer those that it was asked about.
struct Slow(Toolgate);

#[async_trait::async_trait]
impl Approve for Slow {
    async fn approve(&self, _: ApprovalRequest<'_>) -> bool {
        let definition = async || {
            let tools = self.0.tool_set().await.unwrap();
            tools.get("get_customer_info").unwrap().definition().clone()
        };
        let asked = definition().await;
        while definition().await == asked {
            tokio::task::yield_now().await;
        }
        true
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_approved_is_not_made_of_a_tool_that_changed_meanwhile() {
    let bench = Bench::start().await;
    let mut config = with_variable(with_program(bench.config(), &[]), CHANGES);
    config.policy = Policy::deny_all().with("get_*", Rule::new([""; 0]).with_approval());
    let toolgate = Toolgate::open(config).unwrap();
    let asked = toolgate.clone().with_approval(Arc::new(Slow(toolgate)));
    let answer = asked.chat(&asked.model(None).unwrap(), LOOK_UP).await.unwrap();
    let decision = &answer.passages[0].decision;
    assert_eq!(decision.denial.as_ref().unwrap().kind(), "not_approved", "{decision:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_a_server_gets_later_is_shown() {
    let bench = Bench::start().await;
    let toolgate = Toolgate::open(with_variable(with_program(bench.config(), &[]), CHANGES)).unwrap();
    assert_eq!(toolgate.tools().await.unwrap().len(), 1);
    while toolgate.tool_set().await.unwrap().get("later").is_none() {
        tokio::task::yield_now().await;
    }
    assert_eq!(toolgate.tools().await.unwrap().len(), 2);
}
