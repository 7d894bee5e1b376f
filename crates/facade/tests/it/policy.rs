//! What a rule can ask for beyond scopes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use toolgate::{
    ApprovalRequest, Approve, ArgumentCondition, CallId, Config, JsonObject, Policy, Rule, ToolCall, Toolgate,
};

use crate::{Bench, ask};

const LOOK_UP: &str = "Look up information for customer 'JOHNDOE123'";

/// Answers always the same and keeps what was asked.
struct Person {
    says: bool,
    asked: Mutex<Vec<String>>,
    times: AtomicUsize,
}

#[async_trait]
impl Approve for Person {
    async fn approve(&self, request: ApprovalRequest<'_>) -> bool {
        self.times.fetch_add(1, Ordering::Relaxed);
        let asked = format!("{} {} {}", request.server, request.tool, request.arguments);
        self.asked.lock().unwrap().push(asked);
        self.says
    }
}

fn person(says: bool) -> Arc<Person> {
    Arc::new(Person { says, asked: Mutex::default(), times: AtomicUsize::default() })
}

fn ruled(bench: &Bench, rule: Rule) -> Config {
    let mut config = bench.config();
    config.policy = Policy::deny_all().with("get_*", rule);
    config
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_asked_and_sees_exactly_what_is_sent() {
    let bench = Bench::start().await;
    let rule = || Rule::new(["customer:read"]).with_approval();
    let nobody = ask(ruled(&bench, rule()), LOOK_UP).await.unwrap();
    let decision = &nobody.passages[0].decision;
    assert_eq!(decision.denial.as_ref().unwrap().kind(), "not_approved", "nobody to ask: denied");
    assert!(decision.remedy().unwrap().contains("require_approval under [policy.tools.\"get_*\"]"));

    for (says, calls) in [(false, 0), (true, 1)] {
        let person = person(says);
        let toolgate = Toolgate::open(ruled(&bench, rule())).unwrap().with_approval(person.clone());
        let answer = toolgate.chat(&toolgate.model(None).unwrap(), LOOK_UP).await.unwrap();
        assert_eq!(answer.passages[0].decision.is_allowed(), says);
        assert_eq!(bench.rig.mcp().controls().calls(), calls);
        let sent = &answer.passages[0].call.raw_arguments;
        assert_eq!(*person.asked.lock().unwrap(), [format!("mcp get_customer_info {sent}")]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_about_a_call_that_is_denied_anyway() {
    let bench = Bench::start().await;
    let narrow = ArgumentCondition::new(
        &JsonObject::parse(r#"{"properties":{"customer_id":{"pattern":"^CUST"}}}"#).unwrap(),
    )
    .unwrap();
    for (rule, kind) in [
        (Rule::new(["customer:audit"]), "missing_scope"),
        (Rule::new(["customer:read"]).with_arguments(narrow), "condition"),
    ] {
        let person = person(true);
        let config = ruled(&bench, rule.with_approval());
        let toolgate = Toolgate::open(config).unwrap().with_approval(person.clone());
        let answer = toolgate.chat(&toolgate.model(None).unwrap(), LOOK_UP).await.unwrap();
        let decision = &answer.passages[0].decision;
        assert_eq!(decision.denial.as_ref().unwrap().kind(), kind);
        assert_eq!(person.times.load(Ordering::Relaxed), 0);
    }
    assert_eq!(bench.rig.mcp().controls().calls(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_holds_over_all_conversations() {
    let bench = Bench::start().await;
    let limited = Rule::new(["customer:read"]).with_rate("1/day".parse().unwrap());
    let toolgate = Toolgate::open(ruled(&bench, limited)).unwrap();
    let model = toolgate.model(None).unwrap();
    assert!(toolgate.chat(&model, LOOK_UP).await.unwrap().passages[0].decision.is_allowed());
    let second = toolgate.chat(&model, LOOK_UP).await.unwrap();
    let decision = &second.passages[0].decision;
    assert_eq!(decision.denial.as_ref().unwrap().kind(), "limit");
    assert!(decision.remedy().unwrap().contains("raise rate"));
    assert_eq!(bench.rig.mcp().controls().calls(), 1);
}

/// A fleet's database is no dependency: without it, each process counts for itself.
#[cfg(feature = "redis")]
#[tokio::test(flavor = "multi_thread")]
async fn a_rate_holds_while_the_shared_store_is_away() {
    let bench = Bench::start().await;
    let mut config = ruled(&bench, Rule::new(["customer:read"]).with_rate("1/day".parse().unwrap()));
    let key = bench.audit().with_file_name("store-key");
    std::fs::write(&key, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
    (config.store.url, config.store.key_file) = (Some("redis://127.0.0.1:1/0".to_owned()), Some(key));
    let toolgate = Toolgate::open(config).unwrap();
    let model = toolgate.model(None).unwrap();
    for is_allowed in [true, false] {
        let answer = toolgate.chat(&model, LOOK_UP).await.unwrap();
        assert_eq!(answer.passages[0].decision.is_allowed(), is_allowed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_explained_without_being_made_or_recorded() {
    let bench = Bench::start().await;
    let toolgate = Toolgate::open(bench.config()).unwrap();
    let call = |tool: &str, arguments: &str| ToolCall::new(CallId::new("1"), tool, arguments);
    let allowed =
        toolgate.explain(&call("get_customer_info", r#"{"customer_id":"JOHNDOE123"}"#)).await.unwrap();
    assert!(allowed.is_allowed(), "{allowed:?}");
    for (tool, arguments, kind) in [
        ("get_customer_info", r#"{"customer_id":7}"#, "arguments"),
        ("drop_all_tables", "{}", "no_rule"),
        ("get_customer", "{}", "unknown_tool"),
    ] {
        let denied = toolgate.explain(&call(tool, arguments)).await.unwrap();
        assert_eq!(denied.denial.unwrap().kind(), kind, "{tool} {arguments}");
    }
    assert_eq!(bench.rig.mcp().controls().calls(), 0);
    assert!(!bench.audit().exists(), "explaining opens no file");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_holds_for_what_is_sent_not_for_what_the_model_wrote() {
    let bench = Bench::start().await;
    let schema = r#"{"required":["limit"],"properties":{"limit":{"maximum":3}}}"#;
    let condition = ArgumentCondition::new(&JsonObject::parse(schema).unwrap()).unwrap();
    let config = ruled(&bench, Rule::new(["customer:read"]).with_arguments(condition));
    let toolgate = Toolgate::open(config).unwrap();
    // A null that the tool's schema does not allow is left out of the call, and then there is no limit at all.
    for (arguments, allowed) in
        [(r#"{"limit":3}"#, true), (r#"{"limit":4}"#, false), (r#"{"limit":null}"#, false)]
    {
        let call = ToolCall::new(CallId::new("1"), "get_recent_customers", arguments);
        let decision = toolgate.explain(&call).await.unwrap();
        let kind = decision.denial.as_ref().map(toolgate::Denial::kind);
        assert_eq!(kind, (!allowed).then_some("condition"), "{arguments}: {decision:?}");
    }
}
