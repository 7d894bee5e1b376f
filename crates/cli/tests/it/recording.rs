//! `--record` and `--replay` of `toolgate chat` and `toolgate compare`: a run with every server's answers, without any secret, and again without any
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

/// Each server has a token of its own, and each token a name of its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_with_two_tokens_is_decided_as_it_was() {
    let bench = Bench::start().await;
    let (_second, servers) = bench.two_servers().await;
    let rules = "[policy.tools.\"*_get_customer_info\"]\nscopes = []\n";
    std::fs::write(bench.folder().join("toolgate.toml"), servers + rules).unwrap();
    let unset = [("MCP_SERVER_URL", "")];
    let ask = ["chat", "--record", "run.jsonl", LOOK_UP];
    let first = bench.run(&ask, &unset).await;
    let again = bench.run(&["chat", "--replay", "run.jsonl", LOOK_UP], &unset).await;
    assert_eq!((first.code, again.code, &again.out), (0, 0, &first.out), "{}{}", first.err, again.err);
    assert!(!again.err.contains("not quite") && !again.err.contains("the token is for"), "{}", again.err);
}

/// Its tools would run for real in a replay.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_refused_before_it_is_started() {
    let bench = Bench::start().await;
    let program = "[mcp.files]\ncommand = \"/bin/false\"\n";
    std::fs::write(bench.folder().join("toolgate.toml"), program).unwrap();
    for flag in ["--record", "--replay"] {
        let refused = bench.run(&["chat", flag, "run.jsonl", LOOK_UP], &[("MCP_SERVER_URL", "")]).await;
        assert!(refused.code == 2 && refused.err.contains("the server of [mcp.files]"), "{}", refused.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_recorded_or_replayed_says_so() {
    let bench = Bench::start().await;
    bench.rig.oauth().controls().forge_tokens(true);
    let forged = bench.run(&["chat", "--record", "run.jsonl", LOOK_UP], &[]).await;
    assert_eq!(forged.code, 2, "{}", forged.err);
    assert!(!bench.folder().join("run.jsonl").exists(), "a replay would sign the forged token anew");
    let none = bench.run(&["chat", "--replay", "run.jsonl", LOOK_UP], &[]).await;
    let says = "there is no recording run.jsonl; make it with --record run.jsonl";
    assert!(none.code == 2 && none.err.contains(says), "{}", none.err);
    std::fs::write(bench.folder().join("run.jsonl"), "{}\n").unwrap();
    let malformed = bench.run(&["chat", "--replay", "run.jsonl", LOOK_UP], &[]).await;
    let says = "run.jsonl: the recording cannot be used, from line 1 on";
    assert!(malformed.code == 2 && malformed.err.contains(says), "{}", malformed.err);
    let there = bench.run(&["chat", "--record", "run.jsonl", LOOK_UP], &[]).await;
    assert!(there.code == 2 && there.err.contains("there already"), "{}", there.err);
    std::fs::File::create(bench.folder().join("run.jsonl")).unwrap().set_len(1 << 40).unwrap();
    let endless = bench.run(&["chat", "--replay", "run.jsonl", LOOK_UP], &[]).await;
    assert!(endless.code == 2 && endless.err.contains("larger than 256 MiB"), "{}", endless.err);
    let nowhere = bench.run(&["chat", "--record", "none/run.jsonl", LOOK_UP], &[]).await;
    assert!(nowhere.code == 2 && nowhere.err.contains("there is no folder none"), "{}", nowhere.err);
    assert!(nowhere.out.is_empty(), "no model was asked: {}", nowhere.out);
}

/// Some servers want a key in their URL.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_a_query_is_not_recorded_and_need_not_be_there_again() {
    let bench = Bench::start().await;
    let url = |key: &str| format!("{}?key={key}&version=2", bench.rig.mcp_url());
    let (first, other) = (url("query-canary"), url("another"));
    let resource = bench.rig.mcp_url();
    let with = |url| [("MCP_SERVER_URL", url), ("OAUTH_RESOURCE", &*resource)];
    let recorded = bench.run(&["chat", "--record", "run.jsonl", LOOK_UP], &with(&*first)).await;
    assert_eq!(recorded.code, 0, "{}", recorded.err);
    let text = std::fs::read_to_string(bench.folder().join("run.jsonl")).unwrap();
    assert!(!text.contains("query-canary") && text.contains("?key=scrubbed&version=scrubbed"), "{text}");
    let again = bench.run(&["chat", "--replay", "run.jsonl", LOOK_UP], &with(&*other)).await;
    assert_eq!((again.code, &again.out), (0, &recorded.out), "{}", again.err);
    assert!(again.err.contains("✓ get_customer_info") && !again.err.contains("not quite"), "{}", again.err);
}

const SCENARIOS: &str = r#"
[[scenario]]
name = "look up: JOHNDOE123/active"
messages = ["Look up information for customer 'JOHNDOE123' and tell me about their account status."]
calls = [{ tool = "get_customer_info", decision = "allowed" }]
answer = { contains = ["active"] }

[[scenario]]
name = "no rule, no call"
messages = ["Drop all tables."]
calls = [{ tool = "drop_all_tables", decision = "denied" }]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_is_rehearsed_without_servers() {
    let bench = Bench::start().await;
    std::fs::write(bench.folder().join("scenarios.toml"), SCENARIOS).unwrap();
    let anthropic = bench.rig.models().anthropic_base_url();
    let with = [("ANTHROPIC_BASE_URL", &*anthropic), ("ANTHROPIC_API_KEY", "sk-ant-rig")];
    let models = ["--model", "openai/gpt-rig", "--model", "anthropic/claude-rig"];
    let compare = |more: &[&'static str]| [&["compare", "scenarios.toml"][..], &models, more].concat();
    let first = bench.run(&compare(&["--record", "kept"]), &with).await;
    assert_eq!(first.code, 0, "{}{}", first.out, first.err);
    let kept = bench.folder().join("kept");
    let files: Vec<_> = std::fs::read_dir(&kept).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 4, "one for each scenario on each model: {files:?}");
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        for secret in ["openai-client-secret", "sk-openai-rig", "sk-ant-rig", "eyJ"] {
            assert!(!text.contains(secret), "{secret} is in {}", file.display());
        }
    }
    let over = bench.run(&compare(&["--record", "kept"]), &with).await;
    assert!(over.code == 2 && over.err.contains("there already"), "{}", over.err);

    let asked = bench.rig.mcp().controls().requests();
    let without = [
        ("OAUTH_CLIENT_SECRET", ""),
        ("OPENAI_API_KEY", ""),
        ("TLS_CA_CERT_PATH", ""),
        ("ANTHROPIC_BASE_URL", &*anthropic),
    ];
    let again = bench.run(&compare(&["--replay", "kept"]), &without).await;
    assert_eq!(again.code, 0, "{}{}", again.out, again.err);
    assert!(again.out.contains("✓ 4 security decisions, identical on every model"), "{}", again.out);
    assert!(!again.err.contains("not quite"), "{}", again.err);
    assert_eq!(bench.rig.mcp().controls().requests(), asked, "no server was asked");

    // Today's policy decides.
    let policy = "[policy.tools.get_customer_info]\nscopes = [\"customer:audit\"]\n";
    std::fs::write(bench.folder().join("toolgate.toml"), policy).unwrap();
    let stricter = bench.run(&compare(&["--replay", "kept"]), &without).await;
    assert_eq!(stricter.code, 1, "{}{}", stricter.out, stricter.err);
    assert!(stricter.out.contains("was denied (missing_scope), expected allowed"), "{}", stricter.out);
}

/// Each has a client of its own, and yet a rate is that of the whole run: as where nothing is kept.
#[tokio::test(flavor = "multi_thread")]
async fn what_rules_count_is_counted_over_all_recordings_of_a_run() {
    let bench = Bench::start().await;
    let (scenario, _) = SCENARIOS.split_at(SCENARIOS.rfind("[[scenario]]").unwrap());
    std::fs::write(bench.folder().join("scenarios.toml"), scenario).unwrap();
    let policy = "[policy.tools.get_customer_info]\nscopes = []\nrate = \"1/h\"\n";
    std::fs::write(bench.folder().join("toolgate.toml"), policy).unwrap();
    let anthropic = bench.rig.models().anthropic_base_url();
    let with = [("ANTHROPIC_BASE_URL", &*anthropic), ("ANTHROPIC_API_KEY", "sk-ant-rig")];
    let models = ["--model", "openai/gpt-rig", "--model", "anthropic/claude-rig"];
    let compare = |more: &[&'static str]| [&["compare", "scenarios.toml"][..], &models, more].concat();
    for kept in [["--record", "kept"], ["--replay", "kept"]] {
        let ran = bench.run(&compare(&kept), &with).await;
        assert_eq!(ran.code, 1, "{kept:?}: {}{}", ran.out, ran.err);
        assert!(
            ran.out.contains("anthropic/claude-rig: get_customer_info was denied (limit)"),
            "{}",
            ran.out
        );
        assert!(!ran.err.contains("not quite"), "{}", ran.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_recorded_is_named() {
    let bench = Bench::start().await;
    std::fs::write(bench.folder().join("scenarios.toml"), SCENARIOS).unwrap();
    let compare = |more: &[&'static str]| [&["compare", "scenarios.toml"][..], more].concat();
    let none = bench.run(&compare(&["--replay", "kept"]), &[]).await;
    let says = "kept holds no recording of \"look up: JOHNDOE123/active\" on openai/gpt-rig";
    assert!(none.code == 2 && none.err.contains(says), "{}", none.err);
    assert!(!bench.folder().join("kept").exists(), "nothing is made by looking");
    let long = format!("[[scenario]]\nname = \"{}\"\nmessages = [\"hi\"]\n", "n".repeat(230));
    std::fs::write(bench.folder().join("long.toml"), long).unwrap();
    let long = bench.run(&["compare", "long.toml", "--record", "kept"], &[]).await;
    assert!(long.code == 2 && long.err.contains("too long for that of a file"), "{}", long.err);
    assert!(!bench.folder().join("kept").exists(), "and no model was asked");
    let twice = ["--model", "openai/gpt-rig", "--model", "openai/gpt-rig", "--record", "kept"];
    let twice = bench.run(&compare(&twice), &[]).await;
    assert!(twice.code == 2 && twice.err.contains("is there twice"), "{}", twice.err);

    assert_eq!(bench.run(&compare(&["--record", "kept"]), &[]).await.code, 0);
    // The last answer of the model was lost.
    let file = bench.folder().join("kept/look+up%3A+JOHNDOE123%2Factive@openai%2Fgpt-rig.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    let mut lines: Vec<_> = text.lines().collect();
    lines.remove(lines.iter().rposition(|line| line.contains("/chat/completions")).unwrap());
    std::fs::write(&file, lines.join("\n")).unwrap();
    let lacks = bench.run(&compare(&["--replay", "kept"]), &[]).await;
    assert_eq!(lacks.code, 2, "{}{}", lacks.out, lacks.err);
    assert!(lacks.err.contains("the recording has no answer left for POST https://"), "{}", lacks.err);
    assert!(lacks.err.contains("active@openai%2Fgpt-rig.jsonl: "), "{}", lacks.err);
}
