//! The lockfile: a definition that the operator has not approved is neither shown nor called.

use std::sync::Arc;

use toolgate::{Config, Drift, ToolLock, Toolgate};

use crate::{Bench, ask};

const LOOK_UP: &str = "Look up information for customer 'JOHNDOE123'";

async fn locked(bench: &Bench) -> Config {
    let mut config = bench.config();
    let path = bench.folder.path().join("toolgate.lock");
    ToolLock::of(&Toolgate::open(config.clone()).unwrap().tool_set().await.unwrap()).write(&path).unwrap();
    config.tools.lock = Some(path);
    config
}

async fn shown(config: &Config) -> Vec<String> {
    let tools = Toolgate::open(config.clone()).unwrap().tools().await.unwrap();
    tools.iter().map(|tool| tool.name.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_as_in_the_lockfile_is_used_and_what_is_not_is_hidden_and_refused() {
    let bench = Bench::start().await;
    let mut config = locked(&bench).await;
    assert!(ask(config.clone(), LOOK_UP).await.unwrap().passages[0].decision.is_allowed());

    bench.rig.mcp().controls().set_description("get_customer_info", "Looks up a customer, and all others.");
    assert!(
        !shown(&config).await.contains(&"get_customer_info".to_owned()),
        "its text must not reach a model"
    );
    let answer = ask(config.clone(), LOOK_UP).await.unwrap();
    let decision = &answer.passages[0].decision;
    assert_eq!(decision.denial.as_ref().unwrap().kind(), "withheld");
    assert!(decision.remedy().unwrap().contains("toolgate tools lock"));
    let record = std::fs::read_to_string(bench.audit()).unwrap();
    assert!(record.contains("differs from the lockfile at /description"), "{record}");
    assert_eq!(bench.rig.mcp().controls().calls(), 1);

    config.tools.drift = Some(Drift::Warn);
    assert!(ask(config, LOOK_UP).await.unwrap().passages[0].decision.is_allowed());
}

/// Models are shown the same list until the tools change: comparing and rendering a thousand tools takes its time.
#[tokio::test(flavor = "multi_thread")]
async fn the_lockfile_is_compared_once_while_the_tools_stay_the_same() {
    let bench = Bench::start().await;
    let toolgate = Toolgate::open(locked(&bench).await).unwrap();
    let first = toolgate.tools().await.unwrap();
    assert!(Arc::ptr_eq(&first, &toolgate.tools().await.unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_with_hidden_characters_is_used_once_it_is_locked() {
    let bench = Bench::start().await;
    bench.rig.mcp().controls().set_description("get_customer_info", "Looks\u{202e} up a customer.");
    assert!(!shown(&bench.config()).await.contains(&"get_customer_info".to_owned()));
    let answer = ask(bench.config(), LOOK_UP).await.unwrap();
    let denial = answer.passages[0].decision.denial.as_ref().unwrap();
    assert_eq!(denial.kind(), "withheld", "there is such a tool, and somebody can approve it: {denial}");
    let config = locked(&bench).await;
    assert!(shown(&config).await.contains(&"get_customer_info".to_owned()), "the operator has approved it");
}

/// What the operator has approved is what is in the file, and not whatever has its name.
#[tokio::test(flavor = "multi_thread")]
async fn hidden_characters_that_came_after_the_lock_are_not_approved_by_it() {
    let bench = Bench::start().await;
    let mut config = locked(&bench).await;
    config.tools.drift = Some(Drift::Warn);
    bench.rig.mcp().controls().set_description("get_customer_info", "Looks\u{202e} up a customer.");
    assert!(!shown(&config).await.contains(&"get_customer_info".to_owned()));
    let answer = ask(config, LOOK_UP).await.unwrap();
    assert_eq!(answer.passages[0].decision.denial.as_ref().unwrap().kind(), "withheld");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_lockfile_that_is_configured_nothing_starts() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.tools.lock = Some(bench.folder.path().join("none.lock"));
    let error = Toolgate::open(config).unwrap_err().to_string();
    assert!(error.contains("none.lock") && error.contains("toolgate tools lock"), "{error}");
}
