//! Another configuration under running conversations: what changes at once, what with the next one, what never.

use std::sync::Arc;

use async_trait::async_trait;
use toolgate::{
    ApprovalRequest, Approve, Config, ConfigError, Conversation, Error, Event, Policy, Rule, Toolgate,
};
use toolgate_testkit::DevCa;
use toolgate_testkit::models::Dialect;

use crate::Bench;

const LOOK_UP: &str = "Look up information for customer 'JOHNDOE123'";

/// Reads events until one is as `wanted` says. Nothing goes on before the next one is asked for.
async fn until(conversation: &mut Conversation, wanted: impl Fn(&Event) -> bool) -> Event {
    loop {
        let event = conversation.next().await.expect("an event").unwrap();
        if wanted(&event) {
            return event;
        }
    }
}

/// A conversation whose model is asked and has not answered.
async fn begun(toolgate: &Toolgate) -> Conversation {
    let mut conversation = toolgate.chat_stream(&toolgate.model(None).unwrap(), LOOK_UP);
    until(&mut conversation, |event| matches!(event, Event::Model { .. })).await;
    conversation
}

async fn verdict(conversation: &mut Conversation) -> Option<&'static str> {
    match until(conversation, |event| matches!(event, Event::Decision { .. })).await {
        Event::Decision { decision, .. } => decision.denial.map(|denial| denial.kind()),
        event => panic!("{event:?}"),
    }
}

fn denying(bench: &Bench) -> Config {
    let mut config = bench.config();
    config.policy = Policy::deny_all();
    config
}

/// Trusts nothing that the rig has.
fn with_another_ca(bench: &Bench) -> Config {
    let file = bench.folder.path().join("another-ca.pem");
    std::fs::write(&file, DevCa::generate().ca_pem()).unwrap();
    let mut config = bench.config();
    config.tls.ca_file = Some(file);
    config
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_ends_with_what_it_began_with() {
    let bench = Bench::start().await;
    let toolgate = Toolgate::open(bench.config()).unwrap();
    let mut conversation = begun(&toolgate).await;
    // Nothing can be reached any more, nobody gets a token, and nothing may be asked.
    let mut config = with_another_ca(&bench);
    config.oauth.client_id = Some("nobody".to_owned());
    config.limits.rounds = 0;
    toolgate.reload(config).await.unwrap();
    assert_eq!(toolgate.config().limits.rounds, 0);
    let Event::Done(answer) = until(&mut conversation, |event| matches!(event, Event::Done(_))).await else {
        panic!("no answer")
    };
    assert!(!answer.passages[0].result.is_error, "{answer:?}");
    assert!(toolgate.tools().await.is_err(), "the next one begins with the new configuration");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_denies_holds_at_the_next_call_of_a_running_conversation() {
    let bench = Bench::start().await;
    let toolgate = Toolgate::open(bench.config()).unwrap();
    let mut conversation = begun(&toolgate).await;
    toolgate.clone().reload(denying(&bench)).await.unwrap();
    assert_eq!(verdict(&mut conversation).await, Some("no_rule"));
    assert_eq!(bench.rig.mcp().controls().calls(), 0);
    let mut conversation = begun(&toolgate).await;
    assert_eq!(verdict(&mut conversation).await, Some("no_rule"));
    toolgate.reload(bench.config()).await.unwrap();
    let mut conversation = begun(&toolgate).await;
    assert_eq!(verdict(&mut conversation).await, None);
    let decided = |verdict| toolgate.metrics().total("toolgate_decisions_total", &[("verdict", verdict)]);
    assert_eq!((decided("denied"), decided("allowed")), (2.0, 1.0), "what was counted stays counted");
}

/// Says yes once the policy denies what is asked.
struct TooLate {
    toolgate: Toolgate,
    config: Config,
}

#[async_trait]
impl Approve for TooLate {
    async fn approve(&self, _: ApprovalRequest<'_>) -> bool {
        self.toolgate.reload(self.config.clone()).await.unwrap();
        true
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_approves_is_held_to_the_policy_that_holds_then() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.policy = Policy::deny_all().with("get_*", Rule::new(["customer:read"]).with_approval());
    let toolgate = Toolgate::open(config.clone()).unwrap();
    config.policy = Policy::deny_all();
    let person = Arc::new(TooLate { toolgate: toolgate.clone(), config });
    let asking = toolgate.with_approval(person);
    let answer = asking.chat(&asking.model(None).unwrap(), LOOK_UP).await.unwrap();
    assert_eq!(answer.passages[0].decision.denial.as_ref().unwrap().kind(), "no_rule");
    assert_eq!(bench.rig.mcp().controls().calls(), 0);
}

struct Yes;

#[async_trait]
impl Approve for Yes {
    async fn approve(&self, _: ApprovalRequest<'_>) -> bool {
        true
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_prepared_asks_the_same_person() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.policy = Policy::deny_all().with("get_*", Rule::new(["customer:read"]).with_approval());
    let toolgate = Toolgate::open(config.clone()).unwrap().with_approval(Arc::new(Yes));
    let reload = toolgate.prepare_reload(config).unwrap();
    assert_eq!(verdict(&mut begun(reload.client()).await).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_does_not_begin_anew() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    let once = Rule::new(["customer:read"]).with_rate("1/day".parse().unwrap());
    config.policy = Policy::deny_all().with("get_*", once);
    let toolgate = Toolgate::open(config.clone()).unwrap();
    assert_eq!(verdict(&mut begun(&toolgate).await).await, None);
    toolgate.reload(config).await.unwrap();
    assert_eq!(verdict(&mut begun(&toolgate).await).await, Some("limit"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_trust_anchor_takes_effect_and_a_withdrawn_one_too() {
    let bench = Bench::start().await;
    let toolgate = Toolgate::open(with_another_ca(&bench)).unwrap();
    let model = || toolgate.model(None).unwrap();
    let untrusted = async || {
        let error = toolgate.chat(&model(), LOOK_UP).await.unwrap_err().to_string();
        assert!(error.contains("no trusted TLS connection"), "{error}");
    };
    untrusted().await;
    toolgate.reload(bench.config()).await.unwrap();
    toolgate.chat(&model(), LOOK_UP).await.unwrap();
    toolgate.reload(with_another_ca(&bench)).await.unwrap();
    untrusted().await; // and no open connection is used any more
    // The same settings, and another file under the same name: it is read at once.
    let config = with_another_ca(&bench);
    std::fs::copy(bench.rig.ca_path(), config.tls.ca_file.as_ref().unwrap()).unwrap();
    toolgate.reload(config).await.unwrap();
    toolgate.chat(&model(), LOOK_UP).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_cannot_be_used_changes_nothing() {
    let bench = Bench::start().await;
    let toolgate = Toolgate::open(bench.config()).unwrap();
    let denying = || denying(&bench);
    let missing = || Some(bench.folder.path().join("missing"));
    type Change = fn(&mut Config);
    let cases: [(&str, Change); 4] = [
        ("no_such_provider", |config| config.model = Some("no_such_provider/m".to_owned())),
        ("[audit] cannot change", |config| config.audit.contents = true),
        ("jwks", |config| config.oauth.jwks_url = Some("ftp://as.example/jwks".to_owned())),
        ("client id", |config| config.oauth.client_id = None),
    ];
    for (says, change) in cases {
        let mut config = denying();
        change(&mut config);
        let error = toolgate.reload(config).await.unwrap_err();
        assert!(error.to_string().contains(says), "{says}: {error}");
    }
    let mut config = denying();
    config.tls.ca_file = missing();
    assert!(matches!(toolgate.reload(config).await, Err(Error::Tls(_))));
    let mut config = denying();
    config.tools.lock = missing();
    let refused = toolgate.reload(config).await;
    assert!(matches!(refused, Err(Error::Config(ConfigError::NoLock { .. }))), "{refused:?}");
    assert_eq!(verdict(&mut begun(&toolgate).await).await, None, "the old policy holds");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_prepared_and_dropped_never_was() {
    let bench = Bench::start().await;
    let toolgate = Toolgate::open(bench.config()).unwrap();
    let mut config = denying(&bench);
    config.model = Some("anthropic/claude-rig".to_owned());
    let reload = toolgate.prepare_reload(config).unwrap();
    assert_eq!(reload.client().model(None).unwrap().name(), "claude-rig");
    assert_eq!(verdict(&mut begun(&toolgate).await).await, None);
    drop(reload);
    assert_eq!(toolgate.model(None).unwrap().name(), "gpt-rig");
    assert_eq!(bench.rig.models().controls().requests(Dialect::Anthropic), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_an_earlier_configuration_are_given_back_once_nobody_uses_them() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.oauth.revoke_on_close = true;
    config.oauth.revocation_url = Some(bench.rig.oauth().revocation_url());
    let toolgate = Toolgate::open(config.clone()).unwrap();
    let revoked = || bench.rig.oauth().controls().revoked().len();
    let conversation = begun(&toolgate).await;
    toolgate.reload(config.clone()).await.unwrap();
    assert_eq!(revoked(), 0, "a conversation still uses it");
    toolgate.reload(config.clone()).await.unwrap();
    assert_eq!(revoked(), 0);
    drop(conversation);
    toolgate.token().await.unwrap();
    toolgate.close().await.unwrap();
    assert_eq!(revoked(), 2, "the first one and that of the moment");
}

/// A server that waits for a reload must not get another definition approved on sight.
#[tokio::test(flavor = "multi_thread")]
async fn mb_09_a_tool_that_changes_meanwhile_is_withheld() {
    let bench = Bench::start().await;
    let toolgate = Toolgate::open(bench.config()).unwrap();
    assert!(toolgate.tool_set().await.unwrap().withheld().is_empty());
    bench.rig.mcp().controls().set_description("get_customer_info", "Looks up anything.");
    toolgate.reload(bench.config()).await.unwrap();
    let set = toolgate.tool_set().await.unwrap();
    let withheld: Vec<_> = set.withheld().iter().map(|entry| entry.name().as_str()).collect();
    assert_eq!(withheld, ["get_customer_info"]);
}
