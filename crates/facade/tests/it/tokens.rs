//! Which token goes to which server, and for which call.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use toolgate::{CallId, Config, Environment, OAuthConfig, Policy, ServerConfig, ToolCall, Toolgate};
use toolgate_http_client::{HttpClient, HttpError, Request, Response};
use toolgate_testkit::{Client, McpServer, McpSettings, OAuthServer, OAuthSettings, Outage};

use crate::{Bench, ask};

const LOOK_UP: &str = "Look up information for customer 'JOHNDOE123'";

/// A second server beside the rig's, as `[mcp.b]`, each asked for with its own resource.
async fn two(bench: &Bench) -> (McpServer, Config) {
    let second = McpServer::start(bench.rig.ca(), bench.rig.oauth().controls(), McpSettings::default()).await;
    let mut config = bench.config();
    config.mcp.clear();
    for (name, url) in [("a", bench.rig.mcp_url()), ("b", second.url())] {
        let mut server = ServerConfig::new(&url);
        server.resource = Some(url);
        config.mcp.insert(name.to_owned(), server);
    }
    config.policy = Policy::deny_all()
        .with_rule("*get_customer_info", ["customer:read"])
        .with_rule("*create_support_ticket", ["ticket:create"])
        .with_rule("*get_recent_customers", [""; 0]);
    (second, config)
}

fn call(tool: &str) -> ToolCall {
    ToolCall::new(CallId::new("1"), tool, r#"{"customer_id":"JOHNDOE123"}"#)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_server_gets_a_token_for_its_own_resource() {
    let bench = Bench::start().await;
    let (second, config) = two(&bench).await;
    let toolgate = Toolgate::open(config).unwrap();
    // Each server refuses the other's tokens, so that both were listed says that each got its own.
    let set = toolgate.tool_set().await.unwrap();
    assert!(set.failed().is_empty() && set.get("a__get_customer_info").is_some());
    let oauth = bench.rig.oauth().controls();
    assert_eq!(oauth.token_requests(), 2);
    let asked = |tool| {
        let call = call(tool);
        let toolgate = &toolgate;
        async move { toolgate.explain(&call).await.unwrap() }
    };
    for tool in ["a__get_customer_info", "b__get_customer_info"] {
        assert_eq!(asked(tool).await.denial, None);
    }
    assert_eq!(oauth.token_requests(), 2, "without per_tool one token does for all calls");
    assert_eq!(second.controls().unauthorized() + bench.rig.mcp().controls().unauthorized(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_rule_gets_a_token_with_its_scopes_and_no_others() {
    let bench = Bench::start().await;
    let (second, mut config) = two(&bench).await;
    config.oauth.per_tool = true;
    config.oauth.scopes = Some(vec!["account:calculate".into()]);
    let toolgate = Toolgate::open(config).unwrap();
    let oauth = bench.rig.oauth().controls();
    for (tool, held, resource) in [
        ("b__get_customer_info", "customer:read", second.url()),
        ("a__create_support_ticket", "ticket:create", bench.rig.mcp_url()),
        ("a__get_customer_info", "customer:read", bench.rig.mcp_url()),
    ] {
        let decision = toolgate.explain(&call(tool)).await.unwrap();
        assert_eq!(decision.scopes_held, [held], "{tool}: {:?}", decision.denial);
        let last = oauth.last_token_request().unwrap();
        assert_eq!((last.scope.as_deref(), &last.resources[..]), (Some(held), &[resource][..]));
    }
    let requests = oauth.token_requests();
    toolgate.explain(&call("a__create_support_ticket")).await.unwrap();
    assert_eq!(oauth.token_requests(), requests, "one token for all calls of a rule");
    let decision = toolgate.explain(&call("a__get_recent_customers")).await.unwrap();
    assert_eq!(decision.scopes_held, ["account:calculate"], "no scopes are no wish for all of them");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_sent_with_the_token_that_it_was_admitted_with() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.oauth.per_tool = true;
    // Enough for listing tools; the server refuses it for the call.
    config.oauth.scopes = Some(vec!["account:calculate".into()]);
    let answer = ask(config.clone(), LOOK_UP).await.unwrap();
    assert_eq!(answer.passages[0].decision.scopes_held, ["customer:read"]);
    let controls = bench.rig.mcp().controls();
    assert_eq!((controls.executed_of("get_customer_info"), controls.forbidden()), (1, 0));
    let last = bench.rig.oauth().controls().last_token_request().unwrap();
    assert_eq!(last.resources, [bench.rig.mcp_url()], "the server's URL, where nothing else is named");

    // A token that the server takes back is replaced by another one of the same kind.
    let toolgate = Toolgate::open(config).unwrap();
    let model = toolgate.model(None).unwrap();
    toolgate.chat(&model, LOOK_UP).await.unwrap();
    controls.revoke_seen_tokens();
    toolgate.chat(&model, LOOK_UP).await.unwrap();
    assert_eq!((controls.executed_of("get_customer_info"), controls.forbidden()), (3, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_token_for_one_call_is_denied_too() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.oauth.per_tool = true;
    let toolgate = Toolgate::open(config).unwrap();
    toolgate.tools().await.unwrap();
    bench.rig.oauth().controls().forge_tokens(true);
    let decision = toolgate.explain(&call("get_customer_info")).await.unwrap();
    assert_eq!(decision.denial.unwrap().kind(), "no_token");
}

/// The client recovers with its server: a bad token is not used for its lifetime.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_not_accepted_is_not_kept() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.oauth.per_tool = true;
    let toolgate = Toolgate::open(config).unwrap();
    toolgate.tools().await.unwrap();
    let oauth = bench.rig.oauth().controls();
    let kind = async |tool: &str| {
        let decision = toolgate.explain(&call(tool)).await.unwrap();
        decision.denial.map(|denial| denial.kind())
    };
    oauth.forge_tokens(true);
    assert_eq!(kind("get_customer_info").await, Some("no_token"));
    oauth.forge_tokens(false);
    assert_eq!(kind("get_customer_info").await, None);
    oauth.grant_all_scopes(true);
    assert_eq!(kind("create_support_ticket").await, Some("no_token"));
    oauth.grant_all_scopes(false);
    assert_ne!(kind("create_support_ticket").await, Some("no_token"));
}

/// Else an outage of the keys would become a flood of token requests.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_could_not_be_judged_is_kept() {
    let bench = Bench::start().await;
    let toolgate = Toolgate::open(bench.config()).unwrap();
    bench.rig.oauth().controls().set_jwks_outage(Outage::Unavailable);
    for _ in 0..2 {
        toolgate.token().await.unwrap_err();
        assert_eq!(bench.rig.oauth().controls().token_requests(), 1);
    }
}

/// RFC 6749 section 3.3 lets a server grant what it likes; a call is not to carry it.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_one_rule_that_holds_more_is_refused_unless_that_is_written_down() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.oauth.per_tool = true;
    bench.rig.oauth().controls().grant_all_scopes(true);
    let answer = ask(config.clone(), LOOK_UP).await.unwrap();
    let denial = answer.passages[0].decision.denial.as_ref().unwrap();
    assert_eq!(denial.kind(), "no_token");
    let toolgate::Denial::NoToken { reason } = denial else { panic!("{denial:?}") };
    assert!(reason.contains("ticket:create") && reason.contains("allow_wider_scopes"), "{reason}");
    assert!(!reason.contains("customer:read"), "what was asked for is no fault: {reason}");
    assert_eq!(bench.rig.mcp().controls().calls(), 0);
    let recorded = std::fs::read_to_string(bench.audit()).unwrap();
    assert!(recorded.contains("holds more than was asked for"), "{recorded}");

    config.oauth.allow_wider_scopes = true;
    let answer = ask(config.clone(), LOOK_UP).await.unwrap();
    let decision = &answer.passages[0].decision;
    assert!(decision.is_allowed(), "{:?}", decision.denial);
    assert_eq!(decision.scopes_needed, ["customer:read"]);
    assert!(decision.scopes_held.contains(&"ticket:create".to_owned()), "the record shows what was held");

    // Where all calls share one token it is meant to hold them all.
    config.oauth.per_tool = false;
    config.oauth.allow_wider_scopes = false;
    assert!(ask(config, LOOK_UP).await.unwrap().passages[0].decision.is_allowed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_may_have_a_client_of_its_own_at_another_issuer() {
    let bench = Bench::start().await;
    let elsewhere = OAuthSettings::default().with_client(Client::new("own", "own-secret", ["customer:read"]));
    let elsewhere = OAuthServer::start(bench.rig.ca(), elsewhere).await;
    let second = McpServer::start(bench.rig.ca(), elsewhere.controls(), McpSettings::default()).await;
    let mut config = bench.config();
    config.environment = Environment::from_iter([
        ("OAUTH_CLIENT_SECRET", "openai-client-secret"),
        ("OWN_SECRET", "own-secret"),
    ]);
    let mut server = ServerConfig::new(second.url());
    let mut own = OAuthConfig::default();
    own.issuer = Some(elsewhere.issuer().to_owned());
    own.client_id = Some("own".into());
    own.client_secret_env = Some("OWN_SECRET".into());
    server.oauth = Some(own);
    config.mcp.insert("second".into(), server);
    config.policy = Policy::deny_all().with_rule("*get_customer_info", ["customer:read"]);
    let toolgate = Toolgate::open(config).unwrap();
    assert!(toolgate.tool_set().await.unwrap().failed().is_empty());
    let decision = toolgate.explain(&call("second__get_customer_info")).await.unwrap();
    assert_eq!((decision.denial, &decision.scopes_held[..]), (None, &["customer:read".to_owned()][..]));
    assert_eq!(elsewhere.controls().last_token_request().unwrap().client_id, "own");
    let common = bench.rig.oauth().controls().last_token_request().unwrap();
    assert_eq!(common.client_id, "openai-mcp-client");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_servers_do_not_say_where_a_secret_belongs() {
    let bench = Bench::start().await;
    let (_second, mut config) = two(&bench).await;
    config.oauth.token_url = None;
    let refused = Toolgate::open(config.clone()).unwrap_err().to_string();
    assert!(refused.contains("OAUTH_ISSUER"), "{refused}");
    config.oauth.issuer = Some(bench.rig.issuer().to_owned());
    assert!(Toolgate::open(config).unwrap().tool_set().await.unwrap().failed().is_empty());
}

/// Keeps what is posted.
struct Overheard(Arc<dyn HttpClient>, Mutex<String>);

#[async_trait::async_trait]
impl HttpClient for Overheard {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        self.1.lock().unwrap().push_str(&String::from_utf8_lossy(request.body()));
        self.0.send(request).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_told_how_this_client_gets_its_tokens() {
    let bench = Bench::start().await;
    let config = bench.config();
    let overheard = Arc::new(Overheard(config.http_client().unwrap(), Mutex::default()));
    Toolgate::open_with(config, overheard.clone()).unwrap().tools().await.unwrap();
    let posted = overheard.1.lock().unwrap().clone();
    assert!(posted.contains("io.modelcontextprotocol/oauth-client-credentials"), "{posted}");
}

/// Asks for fewer scopes from a moment on, as if the client had lost them at its server.
struct Narrowed(Arc<dyn HttpClient>, AtomicBool);

#[async_trait::async_trait]
impl HttpClient for Narrowed {
    async fn send(&self, mut request: Request) -> Result<Response, HttpError> {
        if self.1.load(Ordering::Relaxed) && request.uri().path().ends_with("/token") {
            let form =
                String::from_utf8_lossy(request.body()).replace("customer%3Aread", "account%3Acalculate");
            *request.body_mut() = form.into();
        }
        self.0.send(request).await
    }
}

/// A call was admitted with a token that its server then refuses; the next one no longer holds what its rule asks for.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_not_sent_with_a_token_that_holds_less_than_its_rule_asks_for() {
    let bench = Bench::start().await;
    let config = bench.config();
    let narrowed = Arc::new(Narrowed(config.http_client().unwrap(), AtomicBool::new(false)));
    let toolgate = Toolgate::open_with(config, narrowed.clone()).unwrap();
    let model = toolgate.model(None).unwrap();
    toolgate.chat(&model, LOOK_UP).await.unwrap();
    narrowed.1.store(true, Ordering::Relaxed);
    let controls = bench.rig.mcp().controls();
    controls.revoke_seen_tokens();
    let answer = toolgate.chat(&model, LOOK_UP).await.unwrap();
    assert_eq!((controls.executed(), controls.forbidden()), (1, 0), "nothing was sent with it");
    let passage = &answer.passages[0];
    assert!(passage.decision.is_allowed(), "{:?}", passage.decision.denial);
    assert!(!passage.failure.as_ref().unwrap().may_have_run(), "{:?}", passage.failure);
    let again = toolgate.chat(&model, LOOK_UP).await.unwrap();
    assert_eq!(again.passages[0].decision.denial.as_ref().unwrap().kind(), "missing_scope");
}
