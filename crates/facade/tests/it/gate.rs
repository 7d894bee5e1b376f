//! What the gate lets through.

use toolgate::{Policy, Unlisted};

use crate::{Bench, ask};

#[tokio::test(flavor = "multi_thread")]
async fn unlisted_tools_run_only_where_that_is_written_down() {
    let bench = Bench::start().await;
    let answer = ask(bench.config(), "Drop all tables.").await.unwrap();
    assert_eq!(answer.passages[0].decision.denial.as_ref().unwrap().kind(), "no_rule");
    assert_eq!(bench.rig.mcp().controls().calls(), 0);

    let mut config = bench.config();
    config.policy = Policy::deny_all().with_unlisted(Unlisted::Allow);
    let answer = ask(config, "Drop all tables.").await.unwrap();
    assert_eq!(answer.passages[0].decision.denial, None);
    assert_eq!(bench.rig.mcp().controls().executed_of("drop_all_tables"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_scope_of_a_rule_is_needed() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.policy = Policy::deny_all().with_rule("get_*", ["customer:read", "customer:audit"]);
    let answer = ask(config, "Look up information for customer 'JOHNDOE123'").await.unwrap();
    let decision = &answer.passages[0].decision;
    assert_eq!(decision.rule, "get_*");
    let told = decision.denial.as_ref().unwrap().to_string();
    assert!(told.contains("customer:audit") && !told.contains("customer:read"), "the shortest grant: {told}");
    assert_eq!(bench.rig.mcp().controls().calls(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clients_token_asks_for_what_is_configured_only() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.oauth.scopes = Some(vec!["ticket:create".into()]);
    let answer = ask(config, "Look up information for customer 'JOHNDOE123'").await.unwrap();
    let decision = &answer.passages[0].decision;
    assert_eq!(decision.scopes_held, ["ticket:create"]);
    assert_eq!(decision.denial.as_ref().unwrap().kind(), "missing_scope");
}
