//! `toolgate policy`, and the person that `toolgate chat` would ask.

use serde_json::Value;

use crate::Bench;

const POLICY: &str = r#"
[policy.tools.get_customer_info]
scopes = ["customer:read"]
arguments = { properties = { customer_id = { pattern = "^JOHN" } } }
[policy.tools.create_support_ticket]
scopes = ["ticket:create"]
require_approval = true
"#;

const JOHN: &str = r#"{"customer_id": "JOHNDOE123"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn check_explains_a_call_and_makes_none() {
    let bench = Bench::start().await;
    std::fs::write(bench.folder().join("toolgate.toml"), POLICY).unwrap();
    let check = ["policy", "check", "--tool", "get_customer_info", "--arguments"];
    let with = |more: &[&'static str]| [&check[..], more].concat();
    for (arguments, code, says) in [
        (with(&[JOHN]), 0, "would be allowed"),
        (with(&[JOHN, "--scopes", "customer:read other"]), 0, "would be allowed"),
        (with(&[JOHN, "--scopes", "other"]), 1, "grant the client in use the scope customer:read"),
        (
            with(&[r#"{"customer_id": "CUST67890"}"#]),
            1,
            "widen arguments under [policy.tools.get_customer_info]",
        ),
        (with(&["{"]), 2, ""),
        (vec!["policy", "check", "--tool", "drop_all_tables"], 1, "add [policy.tools.drop_all_tables]"),
        (
            vec!["policy", "check", "--tool", "create_support_ticket", "--scopes", "ticket:create"],
            0,
            "a person",
        ),
    ] {
        let ran = bench.run(&arguments, &[]).await;
        assert_eq!(ran.code, code, "{arguments:?}: {}{}", ran.out, ran.err);
        assert!(ran.out.contains(says), "{arguments:?}: {}", ran.out);
    }
    let json = bench.run(&with(&["{}", "--scopes", "", "--json"]), &[]).await;
    let told: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((&told["allowed"], &told["denial"]), (&false.into(), &"missing_scope".into()), "{told}");
    assert_eq!(bench.rig.mcp().controls().calls(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn diff_tells_which_recorded_decisions_would_be_different() {
    let bench = Bench::start().await;
    let folder = bench.folder();
    std::fs::write(folder.join("old.toml"), "").unwrap();
    std::fs::write(folder.join("new.toml"), POLICY).unwrap();
    let asked = bench.run(&["chat", "Look up information for customer 'JOHNDOE123'"], &[]).await;
    assert_eq!(asked.code, 0, "{}", asked.err);
    let diff = |new| ["policy", "diff", "old.toml", new, "--audit", "toolgate.audit.jsonl"];
    let same = bench.run(&diff("old.toml"), &[]).await;
    assert_eq!((same.code, same.out.contains("none of 1 decisions")), (0, true), "{}{}", same.out, same.err);
    let changed = bench.run(&diff("new.toml"), &[]).await;
    assert_eq!(changed.code, 1, "{}", changed.err);
    assert!(
        changed.out.contains("1× get_customer_info") && changed.out.contains("allowed if the arguments fit")
    );

    let file = folder.join("toolgate.audit.jsonl");
    let tampered = std::fs::read_to_string(&file).unwrap().replace("\"allowed\"", "\"denied\"");
    std::fs::write(&file, tampered).unwrap();
    assert_eq!(bench.run(&diff("new.toml"), &[]).await.code, 2, "a record that was edited says nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_terminal_nobody_approves() {
    let bench = Bench::start().await;
    let policy = "[policy.tools.get_customer_info]\nscopes = []\nrequire_approval = true\n";
    std::fs::write(bench.folder().join("toolgate.toml"), policy).unwrap();
    let ran = bench.run(&["chat", "Look up information for customer 'JOHNDOE123'"], &[]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.err.contains("nobody approved this one") && ran.err.contains("remove require_approval"),
        "{}",
        ran.err
    );
    assert_eq!(bench.rig.mcp().controls().calls(), 0);
}
