//! Servers that ask back: elicitation in both generations, calls of several rounds, progress.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use serde_json::{Value, json};
use toolgate_mcp_bridge::{Bridge, BridgeError, Elicit, Elicitation, ElicitationAnswer, ElicitationMode};
use toolgate_tool_types::{JsonObject, ToolName};

use crate::liar::{Ask, Liar, response, stall, text, with_tool};
use crate::support::{bridge, call, server};

/// Answers everything with the same, and remembers what it was asked.
struct Person {
    answer: ElicitationAnswer,
    asked: Mutex<Vec<Elicitation>>,
}

impl Person {
    fn new(answer: ElicitationAnswer) -> Arc<Self> {
        Arc::new(Self { answer, asked: Mutex::default() })
    }

    fn accepting() -> Arc<Self> {
        Self::new(ElicitationAnswer::Accept(JsonObject::parse(r#"{"ok": true}"#).unwrap()))
    }
}

#[async_trait]
impl Elicit for Person {
    async fn elicit(&self, elicitation: Elicitation) -> ElicitationAnswer {
        self.asked.lock().unwrap().push(elicitation);
        self.answer.clone()
    }
}

fn with_person(url: &str, person: &Arc<Person>) -> Bridge {
    Bridge::new(vec![server("one", url).with_elicitation(person.clone())]).unwrap()
}

fn form() -> Value {
    json!({"method": "elicitation/create", "params": {"message": "Sure?",
        "requestedSchema": {"type": "object", "properties": {"ok": {"type": "boolean"},
            "why": {"type": "string", "default": "because"}}}}})
}

/// Asks in the first round, and says in the second what it got.
fn asks_back(ask: &Ask) -> axum::response::Response {
    match &ask.params["inputResponses"] {
        Value::Null => ask.result(json!({"resultType": "input_required", "inputRequests": {"q": form()},
            "requestState": "{\"opaque\": 1}"})),
        answers => ask.result(text(&answers.to_string())),
    }
}

#[tokio::test]
async fn a_round_of_input_carries_answer_and_state_under_a_new_id() {
    let liar = Liar::modern(with_tool(asks_back)).await;
    let person = Person::accepting();
    let result = call(&with_person(&liar.url, &person), "t", r#"{"n": 1}"#).await.unwrap();
    let told: Value = serde_json::from_str(&result.to_text("t")).unwrap();
    assert_eq!(told, json!({"q": {"action": "accept", "content": {"ok": true, "why": "because"}}}));
    let rounds = liar.asked("tools/call");
    assert_ne!(rounds[0].id, rounds[1].id);
    assert_eq!(rounds[1].params["requestState"], "{\"opaque\": 1}");
    assert_eq!(rounds[0].params["arguments"], rounds[1].params["arguments"]);
    assert_eq!(rounds[0].params.get("requestState"), None);
    let asked = person.asked.lock().unwrap();
    assert_eq!((&*asked[0].server, &*asked[0].message), ("one", "Sure?"));
    assert!(matches!(&asked[0].mode, ElicitationMode::Form { .. }));
    let meta = &rounds[0].params["_meta"]["io.modelcontextprotocol/clientCapabilities"];
    assert!(meta["elicitation"]["url"].is_object(), "{meta}");
}

/// A person is shown the server's words as a model is shown a result.
#[tokio::test]
async fn mb_16_a_question_holds_no_secret_of_ours() {
    let liar = Liar::modern(with_tool(asks_back)).await;
    let person = Person::accepting();
    let redacting = server("one", &liar.url).with_redaction(|redact| redact("Sure?"));
    let bridge = Bridge::new(vec![redacting.with_elicitation(person.clone())]).unwrap();
    call(&bridge, "t", r#"{"n": 1}"#).await.unwrap();
    assert_eq!(person.asked.lock().unwrap()[0].message, "[redacted]");
}

/// Never answers, and counts how often it is asked.
#[derive(Default)]
struct Thinking(AtomicUsize);

#[async_trait]
impl Elicit for Thinking {
    async fn elicit(&self, _: Elicitation) -> ElicitationAnswer {
        self.0.fetch_add(1, Ordering::SeqCst);
        std::future::pending().await
    }
}

/// Answers yes after a while.
struct Slow(Duration);

#[async_trait]
impl Elicit for Slow {
    async fn elicit(&self, _: Elicitation) -> ElicitationAnswer {
        tokio::time::sleep(self.0).await;
        ElicitationAnswer::Accept(JsonObject::parse(r#"{"ok": true}"#).unwrap())
    }
}

const LONGEST: Duration = Duration::from_secs(2);

/// A call that its longest deadline is to end: a person asked for input by each of its rounds but the one after the first, where the
/// server says `second`.
async fn ends_late(person: Arc<dyn Elicit>, second: fn(&Ask) -> axum::response::Response) {
    let liar = Liar::modern(with_tool(move |ask| match &ask.params["inputResponses"] {
        Value::Null => asks_back(ask),
        _ => second(ask),
    }))
    .await;
    let server = server("one", &liar.url).with_call_timeout(LONGEST).with_longest_call(LONGEST);
    let bridge = Bridge::new(vec![server.with_elicitation(person)]).unwrap();
    let called = tokio::time::timeout(2 * LONGEST, call(&bridge, "t", "{}")).await;
    let error = called.expect("it ends at its longest deadline").unwrap_err();
    assert!(
        matches!(error, BridgeError::Timeout { method: "tools/call", after, .. } if after == LONGEST),
        "{error}"
    );
}

#[tokio::test]
async fn the_longest_deadline_holds_for_all_rounds_together() {
    let again = |ask: &Ask| ask.result(json!({"resultType": "input_required", "requestState": "again"}));
    let more =
        |ask: &Ask| ask.result(json!({"resultType": "input_required", "inputRequests": {"q": form()}}));
    let (a_while, at_once) = (Duration::from_millis(1_500), Duration::ZERO);
    tokio::join!(
        ends_late(Arc::<Thinking>::default(), more),
        ends_late(Arc::new(Slow(a_while)), more),
        ends_late(Arc::new(Slow(a_while)), |_| stall("application/json")),
        ends_late(Arc::new(Slow(at_once)), again),
    );
}

/// One call, and a hundred questions at the same time.
#[tokio::test]
async fn a_person_is_not_asked_without_end() {
    let liar = Liar::legacy(with_tool(|_| {
        let question = |id: usize| {
            let mut question = form();
            question["jsonrpc"] = json!("2.0");
            question["id"] = json!(id);
            format!("data: {question}\n\n")
        };
        let questions = (0..100).map(move |id| Ok::<_, std::io::Error>(question(id)));
        let open = futures_util::stream::iter(questions).chain(futures_util::stream::pending());
        response(200, "text/event-stream", axum::body::Body::from_stream(open))
    }))
    .await;
    let person = Arc::<Thinking>::default();
    let bridge = Bridge::new(vec![server("one", &liar.url).with_elicitation(person.clone())]).unwrap();
    let calling = tokio::spawn(async move { call(&bridge, "t", "{}").await });
    let cancelled = || liar.all().iter().filter(|ask| ask.body["result"]["action"] == "cancel").count();
    for _ in 0..400 {
        if cancelled() == 84 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!((person.0.load(Ordering::SeqCst), cancelled()), (16, 84));
    calling.abort();
}

#[tokio::test]
async fn an_answer_that_does_not_fit_is_cancelled() {
    let liar = Liar::modern(with_tool(asks_back)).await;
    let wrong = ElicitationAnswer::Accept(JsonObject::parse(r#"{"ok": "yes"}"#).unwrap());
    let result = call(&with_person(&liar.url, &Person::new(wrong)), "t", "{}").await.unwrap();
    assert_eq!(result.to_text("t"), r#"{"q":{"action":"cancel"}}"#);
}

#[tokio::test]
async fn nobody_is_asked_where_nobody_answers() {
    let liar = Liar::modern(with_tool(asks_back)).await;
    let error = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
    assert!(error.to_string().contains("elicitation/create"), "{error}");
    let meta = &liar.asked("tools/call")[0].params["_meta"]["io.modelcontextprotocol/clientCapabilities"];
    assert_eq!(meta.get("elicitation"), None);
}

#[tokio::test]
async fn sampling_is_not_offered_and_endless_rounds_end() {
    let sampling = Liar::modern(with_tool(|ask| {
        let request = json!({"method": "sampling/createMessage", "params": {}});
        ask.result(json!({"resultType": "input_required", "inputRequests": {"q": request}}))
    }))
    .await;
    let error = call(&with_person(&sampling.url, &Person::accepting()), "t", "{}").await.unwrap_err();
    assert!(error.to_string().contains("sampling/createMessage"), "{error}");
    let endless = Liar::modern(with_tool(|ask| {
        ask.result(json!({"resultType": "input_required", "inputRequests": {"q": form()}}))
    }))
    .await;
    let error = call(&with_person(&endless.url, &Person::accepting()), "t", "{}").await.unwrap_err();
    assert!(matches!(&error, BridgeError::TooLarge { limit, .. } if limit == "10 rounds"), "{error}");
    assert!(error.may_have_run());
}

/// A stream of progress every 50 ms, and the answer after `steps` of them.
fn progressing(ask: &Ask, steps: usize) -> axum::response::Response {
    let (id, token) = (ask.id.clone(), ask.params["_meta"]["progressToken"].clone());
    let events = futures_util::stream::unfold(0, move |step| {
        let (id, token) = (id.clone(), token.clone());
        async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let event = match step {
                step if step < steps => json!({"jsonrpc": "2.0", "method": "notifications/progress",
                    "params": {"progressToken": token, "progress": step, "total": steps, "message": format!("step {step}\u{7}")}}),
                step if step == steps => json!({"jsonrpc": "2.0", "id": id, "result": text("done")}),
                _ => return None,
            };
            Some((Ok::<_, std::io::Error>(format!("data: {event}\n\n")), step + 1))
        }
    });
    response(200, "text/event-stream", axum::body::Body::from_stream(events))
}

#[tokio::test]
async fn progress_extends_the_deadline_up_to_the_longest() {
    // Longer in all than the deadline, and each step far shorter, so that a busy machine changes nothing.
    let liar = Liar::legacy(with_tool(|ask| progressing(ask, 30))).await;
    let patient = || server("one", &liar.url).with_call_timeout(Duration::from_secs(1));
    let result = call(&Bridge::new(vec![patient()]).unwrap(), "t", "{}").await.unwrap();
    assert_eq!(result.to_text("t"), "done");
    let short = patient().with_longest_call(Duration::from_millis(1_200));
    let error = call(&Bridge::new(vec![short]).unwrap(), "t", "{}").await.unwrap_err();
    assert!(matches!(error, BridgeError::Timeout { .. }), "{error}");
}

#[tokio::test]
async fn progress_is_told_to_whoever_wants_to_know() {
    let liar = Liar::legacy(with_tool(|ask| progressing(ask, 3))).await;
    let bridge = bridge(&liar.url);
    bridge.tools().await.unwrap();
    let checked = bridge.check(&ToolName::new("t").unwrap(), JsonObject::empty()).unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&told);
    let checked = checked.with_progress(move |progress| listener.lock().unwrap().push(progress));
    bridge.call(checked).await.unwrap();
    let told = told.lock().unwrap();
    assert_eq!(told.iter().map(|told| told.progress).collect::<Vec<_>>(), [0.0, 1.0, 2.0]);
    assert_eq!(told[1].total, Some(3.0));
    assert_eq!(told[1].message.as_deref(), Some("step 1\\u{7}"));
}

#[tokio::test]
async fn a_null_that_the_schema_does_not_allow_is_left_out() {
    let liar = Liar::legacy(with_tool(|ask| ask.result(text(&ask.params["arguments"].to_string())))).await;
    let result = call(&bridge(&liar.url), "t", r#"{"n": null}"#).await.unwrap();
    assert_eq!(result.to_text("t"), "{}");
}

#[tokio::test]
async fn a_list_that_changed_is_asked_for_again_in_the_new_generation() {
    let lists = AtomicUsize::new(0);
    let liar = Liar::start(move |ask| match ask.method.as_str() {
        "server/discover" => ask.result(json!({"supportedVersions": ["2026-07-28"], "resultType": "complete",
            "capabilities": {"tools": {"listChanged": true}}})),
        "subscriptions/listen" => {
            let meta = json!({"io.modelcontextprotocol/subscriptionId": ask.id});
            let told = json!({"jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged",
                "params": {"_meta": meta, "notifications": {"toolsListChanged": true}}});
            let changed = json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed", "params": {"_meta": meta}});
            let events = futures_util::stream::unfold(vec![changed, told], |mut events| async move {
                let Some(event) = events.pop() else { return std::future::pending().await };
                tokio::time::sleep(Duration::from_millis(40)).await;
                Some((Ok::<_, std::io::Error>(format!("data: {event}\n\n")), events))
            });
            response(200, "text/event-stream", axum::body::Body::from_stream(events))
        }
        _ => {
            let n = lists.fetch_add(1, Ordering::Relaxed);
            ask.result(json!({"tools": [crate::liar::tool(&format!("t{n}"))]}))
        }
    })
    .await;
    let bridge = bridge(&liar.url);
    assert_eq!(crate::support::names(&bridge).await, ["t0"]);
    let changed = async {
        while crate::support::names(&bridge).await != ["t1"] {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), changed).await.unwrap();
    assert_eq!(liar.asked("subscriptions/listen").len(), 1);
}
