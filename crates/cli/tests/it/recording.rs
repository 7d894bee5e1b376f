//! `toolgate chat --record` and `--replay`: a run with every server's answers, without any secret, and again without any
//! server.

use crate::Bench;

const LOOK_UP: &str = "Look up information for customer 'JOHNDOE123' and tell me about their account status.";

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_run_is_the_same_without_servers_and_secrets() {
    let bench = Bench::start().await;
    let first = bench.run(&["chat", "--record", "run.jsonl", LOOK_UP], &[]).await;
    assert_eq!(first.code, 0, "{}", first.err);
    assert!(first.err.contains("recorded in run.jsonl"), "{}", first.err);
    let text = std::fs::read_to_string(bench.folder().join("run.jsonl")).unwrap();
    for secret in ["openai-client-secret", "sk-openai-rig", "eyJ"] {
        assert!(!text.contains(secret), "{secret} is in the recording");
    }
    assert!(text.contains("scrubbed-token-") && text.contains("/jwks"), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(bench.folder().join("run.jsonl")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    let asked = bench.rig.mcp().controls().requests();
    let without = [("OAUTH_CLIENT_SECRET", ""), ("OPENAI_API_KEY", ""), ("TLS_CA_CERT_PATH", "")];
    let again = bench.run(&["chat", "--replay", "run.jsonl", LOOK_UP], &without).await;
    assert_eq!((again.code, &again.out), (0, &first.out), "{}", again.err);
    assert!(again.err.contains("✓ get_customer_info") && !again.err.contains("not quite"), "{}", again.err);
    assert_eq!(bench.rig.mcp().controls().requests(), asked, "no server was asked");
    let verified = bench.run(&["audit", "verify", "run.jsonl.audit.jsonl"], &[]).await;
    assert!(verified.code == 0 && verified.out.contains("1 allowed"), "{}{}", verified.out, verified.err);

    // The policy is the real one: what the recorded run was allowed may be denied in a rehearsal.
    let policy = "[policy.tools.get_customer_info]\nscopes = [\"customer:audit\"]\n";
    std::fs::write(bench.folder().join("toolgate.toml"), policy).unwrap();
    let stricter = bench.run(&["chat", "--replay", "run.jsonl", LOOK_UP], &without).await;
    assert!(stricter.err.contains("✗ get_customer_info"), "{}", stricter.err);
    assert!(stricter.err.contains("not quite the recorded run"), "{}", stricter.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_recorded_or_replayed_says_so() {
    let bench = Bench::start().await;
    bench.rig.oauth().controls().forge_tokens(true);
    let forged = bench.run(&["chat", "--record", "run.jsonl", LOOK_UP], &[]).await;
    assert_eq!(forged.code, 2, "{}", forged.err);
    assert!(!bench.folder().join("run.jsonl").exists(), "a replay would sign the forged token anew");
    let none = bench.run(&["chat", "--replay", "run.jsonl", LOOK_UP], &[]).await;
    assert!(none.code == 2 && none.err.contains("run.jsonl"), "{}", none.err);
    std::fs::write(bench.folder().join("run.jsonl"), "{}\n").unwrap();
    let malformed = bench.run(&["chat", "--replay", "run.jsonl", LOOK_UP], &[]).await;
    assert!(malformed.code == 2 && malformed.err.contains("line 1"), "{}", malformed.err);
    let there = bench.run(&["chat", "--record", "run.jsonl", LOOK_UP], &[]).await;
    assert!(there.code == 2 && there.err.contains("there already"), "{}", there.err);
}
