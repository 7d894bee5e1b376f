//! `toolgate doctor`: every step works, or says what mends it and what was not tried because of it.

mod serving;
mod wild;

use serde_json::Value;
use toolgate_testkit::{Fault, FaultServer, Outage};

use crate::Bench;

/// What the doctor said, as JSON.
struct Report(Value);

impl Report {
    async fn of(bench: &Bench, changes: &[(&str, &str)]) -> Self {
        let ran = bench.run(&["doctor", "--json"], changes).await;
        let told: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
        assert_eq!(ran.code, i32::from(told["ok"] == false), "{told:#}");
        for secret in ["openai-client-secret", "sk-openai-rig", "canary", "eyJ"] {
            assert!(!ran.out.contains(secret) && !ran.err.contains(secret), "a secret shows: {}", ran.out);
        }
        Self(told)
    }

    fn steps(&self) -> impl Iterator<Item = &Value> {
        self.0["steps"].as_array().unwrap().iter()
    }

    /// The names of the steps that ended so.
    fn ended(&self, state: &str) -> Vec<&str> {
        self.steps()
            .filter(|step| step["state"] == state)
            .map(|step| step["name"].as_str().unwrap())
            .collect()
    }

    /// One failure, `step` of `group`, that says and mends so, and these steps that were therefore not tried.
    fn fails(&self, (group, step): (&str, &str), says: &str, fix: &str, not_tried: &[&str]) {
        let [failed] = &self.steps().filter(|step| step["state"] == "failed").collect::<Vec<_>>()[..] else {
            panic!("expected one failure: {:#}", self.0)
        };
        assert_eq!(failed["name"], step, "{:#}", self.0);
        let of = |member: &str| failed[member].as_str().unwrap_or_default();
        assert!(of("group").starts_with(group), "{failed:#}");
        assert!(of("says").contains(says) && of("fix").contains(fix), "{failed:#}");
        assert_eq!(self.ended("not_tried"), not_tried, "{:#}", self.0);
    }
}

/// A conversation begins only where each of the models can be asked.
#[tokio::test(flavor = "multi_thread")]
async fn each_of_several_models_is_looked_at() {
    let bench = Bench::start().await;
    let models = "[[models]]\nmodel = \"openai/gpt-rig\"\n[[models]]\nmodel = \"groq/other\"\n";
    std::fs::write(bench.folder().join("toolgate.toml"), models).unwrap();
    let report = Report::of(&bench, &[("LLM_PROVIDER", ""), ("OPENAI_MODEL", "")]).await;
    report.fails(("Model", "key"), "no key for the model provider groq", "GROQ_API_KEY", &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_is_allowed_without_a_rule_is_told() {
    let bench = Bench::start().await;
    let policy = "[policy]\nunlisted = \"allow\"\n[policy.tools.get_customer_info]\nscopes = []\n";
    std::fs::write(bench.folder().join("toolgate.toml"), policy).unwrap();
    let report = Report::of(&bench, &[]).await;
    let told: Vec<&Value> = report.steps().filter(|step| step["says"] == "allowed without a rule").collect();
    assert!(
        !told.is_empty() && told.iter().all(|step| step["name"] != "get_customer_info"),
        "{:#}",
        report.0
    );
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_every_user_can_read_is_told() {
    use std::os::unix::fs::PermissionsExt;

    let bench = Bench::start().await;
    let file = bench.folder().join("client-secret");
    std::fs::write(&file, "openai-client-secret\n").unwrap();
    let text = "[oauth]\nclient_secret_file = \"client-secret\"\n";
    std::fs::write(bench.folder().join("toolgate.toml"), text).unwrap();
    for (mode, told) in [(0o644, true), (0o640, false)] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let report = Report::of(&bench, &[]).await;
        let step = report.steps().find(|step| step["name"] == "secret file");
        assert_eq!(step.is_some(), told, "{:#}", report.0);
        assert!(step.is_none_or(|step| step["fix"] == "chmod o= client-secret"), "{:#}", report.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_client_passes_every_step() {
    let bench = Bench::start().await;
    let report = Report::of(&bench, &[]).await;
    let good = report.ended("good");
    for step in
        ["settings", "trust anchors", "keys and URLs", "audit file", "name", "TCP", "TLS", "certificate"]
    {
        assert!(good.contains(&step), "{step}: {:#}", report.0);
    }
    for step in ["discovery", "token", "JWKS", "JWT", "MCP", "policy"] {
        assert!(good.contains(&step), "{step}: {:#}", report.0);
    }
    let certificate = report.steps().find(|step| step["name"] == "certificate").unwrap();
    let says = certificate["says"].as_str().unwrap();
    assert!(says.contains("for localhost") && says.contains("days; trusted by"), "{says}");
    assert!(says.contains("rootCA.pem"), "which anchor: {says}");
    assert_eq!(good.iter().filter(|name| **name == "TLS").count(), 3, "each server once: {:#}", report.0);
    let unruled = report.steps().find(|step| step["name"] == "drop_all_tables").unwrap();
    assert_eq!(unruled["state"], "warning");
    assert!(unruled["fix"].as_str().unwrap().contains("[policy.tools.drop_all_tables]"), "{unruled}");

    let shown = bench.run(&["doctor"], &[]).await;
    assert_eq!(shown.code, 0, "{}{}", shown.out, shown.err);
    for line in [
        "Authorization server  https://localhost:",
        "  ✓ token",
        "  ! drop_all_tables",
        "→ add [policy.tools.",
    ] {
        assert!(shown.out.contains(line), "{line:?} is missing: {}", shown.out);
    }
    assert_eq!(bench.rig.mcp().controls().calls(), 0, "nothing is called");
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_on_whose_way_something_is_broken() {
    let bench = Bench::start().await;
    let mcp = "MCP server mcp";
    let refused = [("MCP_SERVER_URL", "https://localhost:1/mcp/")];
    let after = &["TLS", "MCP", "policy"][..];
    Report::of(&bench, &refused).await.fails(
        (mcp, "TCP"),
        "refused",
        "start the server, or correct its URL: MCP_SERVER_URL",
        after,
    );
    let unnamed = [("MCP_SERVER_URL", "https://no-such-host.invalid/mcp/")];
    let after = &["TCP", "TLS", "MCP", "policy"][..];
    Report::of(&bench, &unnamed).await.fails(
        (mcp, "name"),
        "not found",
        "correct the host in MCP_SERVER_URL",
        after,
    );

    let faulty = FaultServer::start(http::Version::HTTP_11).await;
    let both = bench.folder().join("authorities");
    std::fs::create_dir(&both).unwrap();
    std::fs::copy(bench.rig.ca_path(), both.join("rig.pem")).unwrap();
    std::fs::write(both.join("faulty.pem"), faulty.ca_pem()).unwrap();
    let (url, folder) = (format!("{}/mcp/", faulty.url()), both.display().to_string());
    let changes = [("MCP_SERVER_URL", &*url), ("SSL_CERT_DIR", &*folder)];
    for (fault, says, fix) in [
        (Fault::ExpiredCertificate, "has expired", "renew it on the server"),
        (Fault::UntrustedCertificate, "not issued by an authority", "add its CA file"),
        (Fault::WrongHostCertificate, "not for the name localhost", "certificate"),
        (Fault::NoTls, "no trusted TLS connection", "TLS versions"),
    ] {
        faulty.fail(fault).await;
        Report::of(&bench, &changes).await.fails((mcp, "TLS"), says, fix, &["MCP", "policy"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trust_and_settings_that_cannot_be_used() {
    let bench = Bench::start().await;
    let all = &["keys and URLs", "audit file", "servers", "tools", "models"];
    let missing = [("TLS_CA_CERT_PATH", "/no/such/ca.pem")];
    Report::of(&bench, &missing).await.fails(("Settings", "trust anchors"), "/no/such/ca.pem", "", all);
    let secret = [("OAUTH_CLIENT_SECRET", "")];
    Report::of(&bench, &secret).await.fails(
        ("Settings", "keys and URLs"),
        "the client secret is not set",
        "put it into the variable OAUTH_CLIENT_SECRET",
        &all[1..],
    );
    let untrusted = Report::of(&bench, &[("TLS_CA_CERT_PATH", "")]).await;
    assert_eq!(untrusted.ended("failed"), ["TLS", "TLS", "TLS"], "every server: {:#}", untrusted.0);
    assert_eq!(untrusted.ended("not_tried"), ["discovery", "token", "JWKS", "JWT", "MCP", "policy", "key"]);
    std::fs::write(bench.folder().join("toolgate.toml"), "[oauth]\ntoken_ulr = \"canary\"\n").unwrap();
    let all = &["trust anchors", "keys and URLs", "audit file", "servers", "tools", "models"];
    Report::of(&bench, &[]).await.fails(("Settings", "settings"), "toolgate.toml:2:1", "", all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_somebody_else_writes() {
    let bench = Bench::start().await;
    let _writer = toolgate::audit::AuditLog::open(bench.folder().join("toolgate.audit.jsonl")).unwrap();
    Report::of(&bench, &[]).await.fails(
        ("Settings", "audit file"),
        "being written already",
        "file under [audit]",
        &[],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_are_not_issued_or_no_good() {
    let bench = Bench::start().await;
    let (server, controls) = ("Authorization server", bench.rig.oauth().controls());
    let no_token = &["JWKS", "JWT", "MCP", "policy"][..];
    let wrong = [("OAUTH_CLIENT_SECRET", "canary")];
    Report::of(&bench, &wrong).await.fails(
        (server, "token"),
        "invalid_client",
        "OAUTH_CLIENT_SECRET",
        no_token,
    );
    let unknown = [("OAUTH_SCOPES", "no:such")];
    Report::of(&bench, &unknown).await.fails((server, "token"), "invalid_scope", "OAUTH_SCOPES", no_token);

    controls.wrong_audience(true);
    let after = &["MCP", "policy"][..];
    Report::of(&bench, &[]).await.fails((server, "JWT"), "the token is for", "OAUTH_AUDIENCE", after);
    controls.wrong_audience(false);
    controls.forge_tokens(true);
    Report::of(&bench, &[]).await.fails((server, "JWT"), "signature", "OAUTH_JWKS_URL", after);
    controls.forge_tokens(false);
    controls.expire_tokens(true);
    Report::of(&bench, &[]).await.fails((server, "JWT"), "good until", "clocks", after);
    controls.expire_tokens(false);
    controls.set_jwks_outage(Outage::Unavailable);
    Report::of(&bench, &[]).await.fails((server, "JWKS"), "503", "OAUTH_JWKS_URL", &["JWT", "MCP", "policy"]);
    controls.set_jwks_outage(Outage::None);

    let found = [("OAUTH_TOKEN_URL", ""), ("OAUTH_ISSUER", bench.rig.issuer()), ("OAUTH_AUDIENCE", "x")];
    controls.set_metadata_outage(Outage::Unavailable);
    let after = &["token", "JWKS", "JWT", "MCP", "policy"];
    Report::of(&bench, &found).await.fails((server, "discovery"), "discovery", "OAUTH_TOKEN_URL", after);
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_that_cannot_be_listed_or_called() {
    let bench = Bench::start().await;
    let few = Report::of(&bench, &[("OAUTH_SCOPES", "customer:read")]).await;
    let lacking = few.steps().find(|step| step["name"] == "create_support_ticket").unwrap();
    assert_eq!((&lacking["state"], few.0["ok"] == true), (&"warning".into(), true), "{lacking}");
    assert!(lacking["fix"].as_str().unwrap().contains("the scope ticket:create"), "{lacking}");

    let text = "[policy.tools.no_such_tool]\nscopes = []\n";
    std::fs::write(bench.folder().join("toolgate.toml"), text).unwrap();
    let idle = Report::of(&bench, &[]).await;
    let rule = idle.steps().find(|step| step["name"] == "no_such_tool").unwrap();
    assert!(rule["says"].as_str().unwrap().contains("no server has this tool"), "{rule}");

    bench.rig.mcp().controls().set_outage(Outage::Unavailable);
    Report::of(&bench, &[]).await.fails(("Tools", "MCP"), "503", "", &["policy"]);
    bench.rig.mcp().controls().set_outage(Outage::None);
    let path = bench.rig.mcp_url().replace("/mcp/", "/elsewhere/");
    Report::of(&bench, &[("MCP_SERVER_URL", &path)]).await.fails(
        ("Tools", "MCP"),
        "404",
        "a slash at its end",
        &["policy"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_server_is_visited_with_its_own_token() {
    let bench = Bench::start().await;
    let (_second, settings) = bench.two_servers().await;
    let policy = "[policy.tools.\"*get_customer_info\"]\nscopes = [\"customer:read\"]\n";
    let write = |text: String| std::fs::write(bench.folder().join("toolgate.toml"), text).unwrap();
    write(format!("{settings}{policy}"));
    let unset = [("MCP_SERVER_URL", "")];
    let report = Report::of(&bench, &unset).await;
    for server in ["a", "b"] {
        let group = format!("Authorization server for {server}");
        let judged = report.steps().find(|step| step["name"] == "JWT" && step["group"] == *group);
        let judged = judged.unwrap_or_else(|| panic!("no token for {server}: {:#}", report.0));
        assert_eq!((&judged["state"], &judged["servers"][0]), (&"good".into(), &server.into()), "{judged:#}");
    }
    let policy = |report: &Report| {
        report.steps().find(|step| step["name"] == "policy").unwrap()["says"].as_str().unwrap().to_owned()
    };
    assert!(policy(&report).starts_with("2 of "), "the tool of each: {:#}", report.0);

    let twice = report.steps().find(|step| step["name"] == "a__get_customer_info").unwrap();
    assert!(twice["says"].as_str().unwrap().contains("b has a tool of this name too"), "{twice}");

    // A server whose client is not known fails alone.
    let own = "[mcp.b.oauth]\nclient_id = \"nobody\"\nclient_secret_env = \"OTHER\"\n";
    let own = format!("{own}token_url = \"{}\"\n", bench.rig.token_url());
    write(format!("{settings}{own}[policy.tools.\"*get_customer_info\"]\nscopes = [\"customer:read\"]\n"));
    let report = Report::of(&bench, &[("MCP_SERVER_URL", ""), ("OTHER", "canary")]).await;
    let failed: Vec<_> = report.steps().filter(|step| step["state"] == "failed").collect();
    assert_eq!(failed[0]["group"], "Authorization server for b", "{:#}", report.0);
    assert_eq!(failed[0]["name"], "token", "{:#}", report.0);
    assert!(failed.iter().all(|step| step["servers"] == serde_json::json!(["b"])), "{:#}", report.0);
    assert!(policy(&report).starts_with("1 of "), "{:#}", report.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_models_are_tried_without_asking_a_model() {
    let bench = Bench::start().await;
    let key = |report: &Report| report.steps().find(|step| step["name"] == "key").unwrap().clone();
    let listed = key(&Report::of(&bench, &[]).await);
    assert_eq!(listed["state"], "good");
    assert!(listed["says"].as_str().unwrap().contains("accepted; lists gpt-rig"), "{listed}");
    let unlisted = key(&Report::of(&bench, &[("OPENAI_MODEL", "gpt-none")]).await);
    assert!(unlisted["says"].as_str().unwrap().contains("gpt-none is not among"), "{unlisted}");
    let group = "Model openai/gpt-rig";
    let wrong = [("OPENAI_API_KEY", "sk-canary")];
    Report::of(&bench, &wrong).await.fails(
        (group, "key"),
        "authentication failed",
        "check OPENAI_API_KEY",
        &[],
    );
    let none = [("OPENAI_API_KEY", "")];
    Report::of(&bench, &none).await.fails(("Model", "key"), "no key", "OPENAI_API_KEY", &[]);
    let asked = bench.rig.models().controls().requests(toolgate_testkit::models::Dialect::OpenAi);
    assert_eq!(asked, 0, "no model was asked");
}
