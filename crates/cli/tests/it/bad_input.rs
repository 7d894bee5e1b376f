//! Bad input: one clear error that says what to do, exit code 2, no secret, no panic.

use crate::Bench;

/// Runs `arguments` and takes nothing but exit code 2 and one line that holds all of `says` and none of the secrets.
async fn refused(bench: &Bench, arguments: &[&str], changes: &[(&str, &str)], says: &[&str]) {
    let ran = bench.run(arguments, changes).await;
    assert_eq!(ran.code, 2, "{arguments:?} {changes:?}: {}{}", ran.out, ran.err);
    assert_eq!(ran.err.lines().count(), 1, "more than one line: {}", ran.err);
    assert!(ran.err.starts_with("error: "), "{}", ran.err);
    for word in says {
        assert!(ran.err.contains(word), "{word:?} is not said: {}", ran.err);
    }
    for secret in ["openai-client-secret", "sk-openai-rig", "canary", "eyJ"] {
        assert!(!ran.err.contains(secret) && !ran.out.contains(secret), "a secret shows: {}", ran.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_cannot_be_used() {
    let bench = Bench::start().await;
    let missing = [("TLS_CA_CERT_PATH", "/no/such/ca.pem")];
    refused(&bench, &["tools"], &missing, &["/no/such/ca.pem", "No such file"]).await;
    let cleartext = [("OAUTH_TOKEN_URL", "http://as.example/token")];
    refused(&bench, &["token"], &cleartext, &["http://as.example/token", "https"]).await;
    refused(&bench, &["token"], &[("OAUTH_CLIENT_SECRET", "")], &["OAUTH_CLIENT_SECRET"]).await;
    refused(&bench, &["token"], &[("OAUTH_CLIENT_ID", "")], &["OAUTH_CLIENT_ID"]).await;
    refused(&bench, &["tools"], &[("MCP_SERVER_URL", "nonsense")], &["nonsense", "https://"]).await;
    refused(&bench, &["--config", "none.toml", "tools"], &[], &["none.toml", "No such file"]).await;
    refused(&bench, &["audit", "verify", "none.jsonl"], &[], &["none.jsonl", "No such file"]).await;

    std::fs::write(bench.folder().join("toolgate.toml"), "[oauth]\ntoken_ulr = \"canary\"\n").unwrap();
    refused(&bench, &["tools"], &[], &["toolgate.toml:2:1", "token_ulr", "token_url"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn models_that_cannot_be_asked() {
    let bench = Bench::start().await;
    let chat = |model| ["chat", "--model", model, "hi"];
    refused(&bench, &chat("nope/model"), &[], &["nope", "openai", "anthropic"]).await;
    refused(&bench, &chat("openai"), &[], &["provider/model"]).await;
    refused(&bench, &chat("anthropic/claude"), &[], &["ANTHROPIC_API_KEY"]).await;
    refused(&bench, &["chat", "hi"], &[("OPENAI_MODEL", "")], &["OPENAI_MODEL"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_do_not_let_us_in() {
    let bench = Bench::start().await;
    let wrong = [("OAUTH_CLIENT_SECRET", "canary")];
    refused(&bench, &["token"], &wrong, &["invalid_client"]).await;
    refused(&bench, &["chat", "hi"], &wrong, &["invalid_client"]).await;
    let nobody = [("MCP_SERVER_URL", "https://localhost:1/mcp/")];
    refused(&bench, &["tools"], &nobody, &["https://localhost:1", "refused"]).await;
    refused(&bench, &["chat", "hi"], &nobody, &["https://localhost:1", "refused"]).await;
    let untrusted = [("TLS_CA_CERT_PATH", "")];
    refused(&bench, &["token"], &untrusted, &["https://localhost:", "TLS_CA_CERT_PATH"]).await;
}
