//! Each verb does what it says.

use serde_json::Value;
use toolgate::audit::{AuditLog, Caller, Decision, Digest, Entry, Outcome, OutcomeKind, Verdict};

use crate::Bench;

const LOOK_UP: &str = "Look up information for customer 'JOHNDOE123' and tell me about their account status.";

#[tokio::test(flavor = "multi_thread")]
async fn a_record_shows_for_whom_a_call_was_made() {
    let bench = Bench::start().await;
    let log = AuditLog::open(bench.folder().join("served.jsonl")).unwrap();
    for caller in [None, Some(Caller { subject: Some("alice".into()), client: Some("crm-\u{1b}web".into()) })]
    {
        let request = if caller.is_some() { "2" } else { "1" };
        let mut decision = Decision::new(request, "get_order", Verdict::Allowed, "get_*", Digest::of(b"{}"));
        decision.caller = caller;
        log.append(Entry::Decision(decision)).await.unwrap();
        let took = std::time::Duration::from_millis(1);
        let outcome = Outcome::new(request, "get_order", OutcomeKind::Succeeded, took);
        log.append(Entry::Outcome(outcome)).await.unwrap();
    }
    let forging = "x\n     9  2026-01-01T00:00:00.000000Z  allowed";
    let forged = Decision::new("3", forging, Verdict::Denied, "unknown_tool", Digest::of(b"{}"));
    log.append(Entry::Decision(forged)).await.unwrap();
    drop(log);
    let shown = bench.run(&["audit", "show", "served.jsonl"], &[]).await;
    assert_eq!(shown.code, 0, "{}", shown.err);
    let lines: Vec<_> = shown.out.lines().collect();
    assert_eq!(lines.len(), 5, "a name cannot write a row of its own: {}", shown.out);
    let theirs = lines[2].contains("rule get_*, for alice by crm-");
    assert!(lines[0].ends_with("rule get_*") && theirs, "{lines:?}");
    let nobodys = bench.run(&["audit", "show", "--caller", "nobody", "served.jsonl"], &[]).await;
    assert!(
        nobodys.code == 0 && nobodys.err.contains("no record of served.jsonl is like that"),
        "{}",
        nobodys.err
    );
    std::fs::write(bench.folder().join("new.jsonl"), "").unwrap();
    let empty = bench.run(&["audit", "show", "new.jsonl"], &[]).await;
    assert!(empty.code == 0 && empty.err.contains("new.jsonl holds no record"), "{}", empty.err);
    let hers = bench.run(&["audit", "show", "--caller", "alice", "served.jsonl"], &[]).await;
    assert_eq!(hers.out.lines().collect::<Vec<_>>(), lines[2..4], "the decision and its outcome");
    assert_eq!(bench.run(&["audit", "show", "--caller", "bob", "served.jsonl"], &[]).await.out, "");
    assert!(!shown.out.contains('\u{1b}'), "a name cannot write to the terminal");
    let exported = bench.run(&["audit", "export", "--format", "otlp-json", "served.jsonl"], &[]).await;
    let attribute = r#"{"key":"toolgate.caller.subject","value":{"stringValue":"alice"}}"#;
    assert!(exported.out.contains(attribute), "{}", exported.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_token_says_cannot_steer_the_terminal() {
    let bench = Bench::start().await;
    let resource = "https://crm.example/\u{1b}[2J";
    bench.rig.oauth().controls().allow_resource(resource);
    let shown = bench.run(&["token"], &[("OAUTH_RESOURCE", resource)]).await;
    assert!(shown.out.contains("audience  https://crm.example/\\u{1b}[2J"), "{}{}", shown.out, shown.err);
    assert!(!shown.out.contains('\u{1b}'), "{:?}", shown.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn chat_answers_and_leaves_a_record() {
    let bench = Bench::start().await;
    let ran = bench.run(&["chat", LOOK_UP], &[]).await;
    assert_eq!((ran.code, ran.err.lines().count()), (0, 1), "{}", ran.err);
    assert!(ran.out.contains("active") && ran.out.contains("customerjohndoe123@example.com"), "{}", ran.out);
    assert!(ran.err.contains("✓ get_customer_info"), "{}", ran.err);

    let verified = bench.run(&["audit", "verify", "toolgate.audit.jsonl"], &[]).await;
    assert_eq!(verified.code, 0, "{}", verified.err);
    assert!(verified.out.contains("1 allowed, 0 denied") && verified.out.contains("the chain is whole"));

    let file = bench.folder().join("toolgate.audit.jsonl");
    let name = "toolgate.audit.jsonl";
    let shown = bench.run(&["audit", "show", "--tool", "get_customer_info", name], &[]).await;
    assert_eq!((shown.code, shown.out.lines().count()), (0, 2), "{}{}", shown.out, shown.err);
    assert!(shown.out.contains("allowed") && shown.out.contains("succeeded in "), "{}", shown.out);
    assert_eq!(bench.run(&["audit", "show", "--denied", name], &[]).await.out, "");
    let exported = bench.run(&["audit", "export", "--format", "otlp-json", name], &[]).await;
    assert_eq!(exported.out.lines().count(), 2, "{}", exported.err);
    assert!(exported.out.lines().all(|line| line.starts_with("{\"resourceLogs\":")), "{}", exported.out);
    let on = async |date| bench.run(&["audit", "show", "--since", date, name], &[]).await.out.lines().count();
    assert!(on("2026-01-01").await > 0 && on("9999-01-01").await == 0, "a date is its first moment");
    let when = bench.run(&["audit", "show", "--since", "yesterday", name], &[]).await;
    assert!(when.code == 2 && when.err.contains("yesterday"), "{}", when.err);

    let tampered = std::fs::read_to_string(&file).unwrap().replace("\"allowed\"", "\"denied\"");
    std::fs::write(&file, tampered).unwrap();
    let broken = bench.run(&["audit", "verify", "toolgate.audit.jsonl"], &[]).await;
    assert_eq!(broken.code, 1);
    assert!(broken.out.contains("line 1") && broken.err.contains("not as it was written"), "{}", broken.err);
    let told = bench.run(&["audit", "verify", "--json", name], &[]).await;
    let told: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!((&told["ok"], &told["denied"], &told["more_faults"]), (&false.into(), &0.into(), &0.into()));
    assert!(told["faults"][0]["fault"].as_str().unwrap().starts_with("line 1: "), "{told}");

    std::fs::write(&file, "{}\n".repeat(1_000)).unwrap();
    let broken = bench.run(&["audit", "verify", name], &[]).await;
    assert!(broken.out.lines().count() < 110 && broken.out.contains("✗ 900 more"), "{}", broken.out);
    assert!(broken.err.contains("1001 faults"), "{}", broken.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn chat_gives_its_token_back_and_tells_when_it_is_not_taken() {
    let bench = Bench::start().await;
    let settings = |url: &str| {
        let text = format!("[oauth]\nrevoke_on_close = true\nrevocation_url = \"{url}\"\n");
        std::fs::write(bench.folder().join("toolgate.toml"), text).unwrap();
    };
    settings(&bench.rig.oauth().revocation_url());
    let ran = bench.run(&["chat", LOOK_UP], &[]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(bench.rig.oauth().controls().revoked().len(), 1);
    settings(&bench.rig.oauth().revocation_url().replace("/revoke", "/nowhere"));
    let ran = bench.run(&["chat", LOOK_UP], &[]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.contains("customerjohndoe123@example.com") && ran.err.contains("warning: "),
        "{}",
        ran.err
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn chat_as_json_tells_every_decision() {
    let bench = Bench::start().await;
    let ran = bench.run(&["chat", "--json", "--model", "openai/gpt-rig", "Drop all tables."], &[]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(told["tool_calls"][0]["tool"], "drop_all_tables");
    assert_eq!(told["tool_calls"][0]["allowed"], false);
    assert_eq!(bench.rig.mcp().controls().calls(), 0);

    // A program must know which tools ran before it went wrong.
    std::fs::write(bench.folder().join("toolgate.toml"), "[limits]\nrounds = 1\n").unwrap();
    let question = "Look up information for customer 'JOHNDOE123' and tell me about their account status.";
    let ran = bench.run(&["chat", "--json", question], &[]).await;
    assert_eq!(ran.code, 1, "{}", ran.err);
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    assert!(told["error"].as_str().unwrap().contains("round"), "{told}");
    assert_eq!(told["tool_calls"][0]["allowed"], true, "{told}");
    assert_eq!(bench.rig.mcp().controls().calls(), 1);

    // And which may have.
    std::fs::write(bench.folder().join("toolgate.toml"), "[limits]\nwall_time_seconds = 2\n").unwrap();
    bench.rig.mcp().controls().set_delay("get_customer_info", std::time::Duration::from_secs(3600));
    let ran = bench.run(&["chat", "--json", question], &[]).await;
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &told["tool_calls"]), (1, &serde_json::json!([])), "{told}");
    assert_eq!(told["given_up"][0]["tool"], "get_customer_info", "{told}");
    let ran = bench.run(&["chat", question], &[]).await;
    assert!(ran.err.contains("! get_customer_info") && ran.err.contains("it may have run"), "{}", ran.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_lists_what_the_policy_asks_for() {
    let bench = Bench::start().await;
    let ran = bench.run(&["tools"], &[]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("get_customer_info        needs customer:read"), "{}", ran.out);
    assert!(ran.out.contains("no rule: denied"), "{}", ran.out);

    std::fs::write(bench.folder().join("toolgate.toml"), "[policy]\nunlisted = \"allow\"\n").unwrap();
    let json = bench.run(&["tools", "--json"], &[]).await;
    let told: Value = serde_json::from_str(&json.out).unwrap();
    assert!(
        told["tools"].as_array().unwrap().iter().all(|tool| tool["allowed_by_policy"] == true),
        "{}",
        json.out
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn token_shows_claims_and_never_itself_unless_asked() {
    let bench = Bench::start().await;
    let ran = bench.run(&["token"], &[]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("scopes    account:calculate customer:read ticket:create"), "{}", ran.out);
    assert!(!ran.out.contains("eyJ"), "the token shows");

    let json = bench.run(&["token", "--json"], &[]).await;
    assert!(!json.out.contains("eyJ"), "the token shows");
    let told: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(told["claims"]["aud"], "openai-mcp-client", "{told}");
    assert_eq!(told["authorization_server"]["found"], "configured", "{told}");
    assert_eq!(told["authorization_server"]["client_authentication"], "client_secret_post", "{told}");
    assert_eq!(told["granted_scopes"].as_array().unwrap().len(), 3, "{told}");

    let asked = bench.run(&["token", "--show-secret"], &[]).await;
    assert_eq!(asked.out.trim().split('.').count(), 3);

    // Some servers want a key in the query.
    let keyed = format!("{}/token?key=canary", bench.rig.issuer());
    let keyed = [("OAUTH_TOKEN_URL", &*keyed), ("OAUTH_ISSUER", bench.rig.issuer())];
    for arguments in [&["token"][..], &["token", "--json"]] {
        let ran = bench.run(arguments, &keyed).await;
        assert!(ran.code == 0 && ran.out.contains("/token…"), "{} {}", ran.out, ran.err);
        assert!(!ran.out.contains("canary"), "{}", ran.out);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_servers_token_is_told() {
    let bench = Bench::start().await;
    let (second, settings) = bench.two_servers().await;
    std::fs::write(bench.folder().join("toolgate.toml"), &settings).unwrap();
    let unset = [("MCP_SERVER_URL", "")];
    let ran = bench.run(&["token"], &unset).await;
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("for a\n") && ran.out.contains("for b\n"), "{}", ran.out);

    let told: Value = serde_json::from_str(&bench.run(&["token", "--json"], &unset).await.out).unwrap();
    assert_eq!(told["claims"]["aud"], bench.rig.mcp_url(), "the first, as ever: {told}");
    let clients = told["clients"].as_array().unwrap();
    let of = |number: usize| (&clients[number]["servers"][0], &clients[number]["claims"]["aud"]);
    assert_eq!(of(0), (&"a".into(), &bench.rig.mcp_url().into()));
    assert_eq!(of(1), (&"b".into(), &second.url().into()));

    let one = bench.run(&["token", "--json", "--server", "b"], &unset).await;
    let told: Value = serde_json::from_str(&one.out).unwrap();
    assert_eq!(
        (&told["claims"]["aud"], told["clients"].as_array().unwrap().len()),
        (&second.url().into(), 1)
    );
    let none = bench.run(&["token", "--server", "c"], &unset).await;
    assert!(none.code == 2 && none.err.contains("out of a, b"), "{}", none.err);

    // What one of them is not given does not hide the other.
    let of_b = format!("resource = \"{}\"", second.url());
    let broken = settings.replace(&of_b, "resource = \"https://localhost:1/mcp\"");
    std::fs::write(bench.folder().join("toolgate.toml"), broken).unwrap();
    let ran = bench.run(&["token"], &unset).await;
    assert!(
        ran.code == 2 && ran.out.contains("✓ verified") && ran.out.contains("invalid_target"),
        "{}{}",
        ran.out,
        ran.err
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authorization_server_is_found_from_the_mcp_server_alone() {
    let bench = Bench::start().await;
    let development = "[tls]\ninsecure_loopback = true\n";
    std::fs::write(bench.folder().join("toolgate.toml"), development).unwrap();
    let ran = bench.run(&["token", "--json"], &[("OAUTH_TOKEN_URL", "")]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    let server = &told["authorization_server"];
    assert_eq!(server["found"], "resource", "{told}");
    assert_eq!(server["issuer"], bench.rig.issuer(), "{told}");
    assert_eq!(server["resource"], bench.rig.mcp_url(), "{told}");
    assert_eq!(told["claims"]["aud"], bench.rig.mcp_url(), "{told}");

    let elsewhere = [("OAUTH_TOKEN_URL", ""), ("OAUTH_JWKS_URL", "https://localhost:1/jwks")];
    let ran = bench.run(&["token"], &elsewhere).await;
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("https://localhost:1/jwks"),
        "what is configured beats what is found: {}",
        ran.err
    );

    let issuer = bench.rig.issuer().to_owned();
    let known = [("OAUTH_TOKEN_URL", ""), ("OAUTH_ISSUER", &*issuer), ("MCP_SERVER_URL", "")];
    let ran = bench.run(&["token", "--json"], &known).await;
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(told["authorization_server"]["found"], "issuer", "{told}{}", ran.err);
    assert_eq!(told["authorization_server"]["client_authentication"], "client_secret_basic", "{told}");

    let foreign = [("OAUTH_TOKEN_URL", ""), ("OAUTH_ISSUER", "https://localhost:1")];
    let ran = bench.run(&["token"], &foreign).await;
    assert_eq!((ran.code, ran.err.lines().count()), (2, 2), "{}", ran.err);
    assert!(ran.err.contains("nothing was sent there"), "{}", ran.err);
    assert!(
        ran.err.contains("only if this client is registered"),
        "no word to trust a server blindly: {}",
        ran.err
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_around_disturbs_nobody_who_writes_records() {
    let bench = Bench::start().await;
    let _writer = AuditLog::open(bench.folder().join("toolgate.audit.jsonl")).unwrap();
    for verb in ["token", "tools"] {
        assert_eq!(bench.run(&[verb], &[]).await.code, 0, "{verb}");
    }
    let second = bench.run(&["chat", LOOK_UP], &[]).await;
    assert_eq!((second.code, bench.rig.mcp().controls().calls()), (2, 0));
    assert!(second.err.contains("being written already"), "{}", second.err);
}

#[cfg(feature = "otel")]
#[tokio::test(flavor = "multi_thread")]
async fn a_collector_gets_the_traces_of_a_chat_and_a_wrong_one_is_named() {
    let bench = Bench::start().await;
    let collector = wiremock::MockServer::start().await;
    std::fs::write(bench.folder().join("toolgate.toml"), "[tls]\ninsecure_loopback = true\n").unwrap();
    let ran = bench.run(&["chat", LOOK_UP], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.uri())]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    let sent = collector.received_requests().await.unwrap();
    let traces = sent.iter().find(|request| request.url.path() == "/v1/traces").unwrap();
    let text = String::from_utf8_lossy(&traces.body);
    assert!(text.contains("execute_tool get_customer_info") && !text.contains("JOHNDOE123"), "{text}");
    // It answers 404, which is said once and hurts nobody.
    assert_eq!(ran.err.matches("the collector under [telemetry] takes nothing").count(), 1, "{}", ran.err);
    let ran = bench.run(&["chat", LOOK_UP], &[("OTEL_EXPORTER_OTLP_ENDPOINT", "collector")]).await;
    assert!(ran.code == 2 && ran.err.contains("endpoint under [telemetry]"), "{}", ran.err);
}
