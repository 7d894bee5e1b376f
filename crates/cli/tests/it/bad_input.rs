//! Bad input: one clear error that says what to do, exit code 2, no secret, no panic.

use crate::Bench;

/// Runs `arguments` and takes nothing but exit code 2 and one line, with what mends it in a second one at most, that
/// hold all of `says` and none of the secrets.
async fn refused(bench: &Bench, arguments: &[&str], changes: &[(&str, &str)], says: &[&str]) {
    let ran = bench.run(arguments, changes).await;
    assert_eq!(ran.code, 2, "{arguments:?} {changes:?}: {}{}", ran.out, ran.err);
    assert!(ran.err.starts_with("error: "), "{}", ran.err);
    let more: Vec<_> = ran.err.lines().skip(1).collect();
    assert!(more.len() < 2 && more.iter().all(|fix| fix.starts_with("  → ")), "more lines: {}", ran.err);
    for word in says {
        assert!(ran.err.contains(word), "{word:?} is not said: {}", ran.err);
    }
    for secret in ["openai-client-secret", "sk-openai-rig", "canary", "eyJ"] {
        assert!(!ran.err.contains(secret) && !ran.out.contains(secret), "a secret shows: {}", ran.err);
    }
}

/// A shell's `<(sops -d toolgate.toml)` can be read once, and one that failed says nothing.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn settings_out_of_a_pipe_hold_and_none_are_no_defaults() {
    let bench = Bench::start().await;
    let policy = "[policy.tools.get_customer_info]\nscopes = [\"customer:audit\"]\n";
    let ask = ["chat", "--config", "/dev/stdin", "Look up information for customer 'JOHNDOE123'."];
    for (text, code, says) in [(policy, 0, "✗ get_customer_info"), (" \n", 2, "a pipe can be read once only")]
    {
        let (reader, mut writer) = std::io::pipe().unwrap();
        std::io::Write::write_all(&mut writer, text.as_bytes()).unwrap();
        drop(writer);
        let mut command = bench.command(&ask, &[]);
        command.stdin(reader);
        let ran = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let said = String::from_utf8(ran.stderr).unwrap();
        assert!(ran.status.code() == Some(code) && said.contains(says), "{said}");
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
    refused(
        &bench,
        &["tools"],
        &[("MCP_SERVER_URL", "htps://h/mcp")],
        &["htps://h/mcp", "expected an absolute URL"],
    )
    .await;
    let store = [
        ("TOOLGATE_STORE_URL", "https://:canary@s.example:6379"),
        ("TOOLGATE_STORE_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
    ];
    let says =
        ["error: TOOLGATE_STORE_URL (or url under [store]) is \"https://s.example:6379", "rediss://host"];
    refused(&bench, &["tools"], &store, &says).await;
    let named = [("TOOLGATE_CONFIG", "none.toml")];
    refused(&bench, &["tools"], &named, &["cannot read none.toml", "correct TOOLGATE_CONFIG"]).await;
    refused(&bench, &["--config", "none.toml", "tools"], &[], &["no none.toml", "toolgate init none.toml"])
        .await;
    for verb in [&["init"][..], &["audit", "verify", "a.jsonl"], &["completions", "bash"], &["man", "pages"]]
    {
        let arguments = [&["--config", "mine.toml"], verb].concat();
        refused(&bench, &arguments, &[], &["reads no settings", "--config mine.toml"]).await;
    }
    assert_eq!(std::fs::read_dir(bench.folder()).unwrap().count(), 0, "nothing is written");
    refused(&bench, &["policy", "check", "--tool", "a", "--arguments", "x"], &[], &["value of --arguments"])
        .await;
    refused(&bench, &["audit", "verify", "none.jsonl"], &[], &["none.jsonl", "No such file"]).await;

    #[cfg(unix)]
    files_without_an_end(&bench).await;

    std::fs::write(bench.folder().join("toolgate.toml"), "[oauth]\ntoken_ulr = \"canary\"\n").unwrap();
    refused(&bench, &["tools"], &[], &["toolgate.toml:2:1", "token_ulr", "token_url"]).await;
    // A secret at the wrong place.
    std::fs::write(bench.folder().join("toolgate.toml"), "[mcp]\ntoken = \"canary\"\n").unwrap();
    refused(&bench, &["tools"], &[], &["toolgate.toml:2:9: expected a table, found a string"]).await;
    std::fs::write(bench.folder().join("toolgate.toml"), b"\xff\xfem\0o\0").unwrap();
    refused(&bench, &["tools"], &[], &["cannot read toolgate.toml: it is no text in UTF-8"]).await;
    let longest = format!("[mcp.a]\nurl = \"u\"\ntimeout_seconds = {}\n", i64::MAX);
    std::fs::write(bench.folder().join("toolgate.toml"), longest).unwrap();
    refused(&bench, &["tools"], &[], &["toolgate.toml:3:19: expected at most 31536000 seconds"]).await;
}

/// A pipe is refused wherever a file is read, and nobody waits for who may write to it.
#[cfg(unix)]
async fn files_without_an_end(bench: &Bench) {
    let says = ["expected a regular file, found a pipe, a device or a socket"];
    let pipe = bench.folder().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for file in ["pipe", "/dev/zero"] {
        for verb in [
            &["audit", "show", file][..],
            &["audit", "verify", file],
            &["audit", "verify", "--key", file, "none.jsonl"],
            &["audit", "export", "--format", "otlp-json", file],
            &["compare", file],
            &["chat", "--replay", file, "hi"],
            &["--config", file, "tools"],
            &["policy", "diff", file, file, "--audit", "none.jsonl"],
        ] {
            refused(bench, verb, &[], &says).await;
        }
        let settings = format!("[oauth]\nclient_secret_file = {file:?}\n");
        std::fs::write(bench.folder().join("toolgate.toml"), settings).unwrap();
        refused(bench, &["token"], &[], &says).await;
        std::fs::remove_file(bench.folder().join("toolgate.toml")).unwrap();
    }
    std::fs::remove_file(pipe).unwrap();
}

/// Whoever asked for JSON reads the failure there, and never two documents.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_reads_failures_too() {
    let bench = Bench::start().await;
    let unset = [("OAUTH_CLIENT_SECRET", "")];
    let nobody = [("MCP_SERVER_URL", "https://localhost:1/mcp/")];
    for (verb, changes) in [
        (&["chat", "--json", "hi"][..], &unset),
        (&["chat", "--json", "hi"], &nobody),
        (&["chat", "--json", ""], &unset),
        (&["tools", "--json"], &nobody),
        (&["tools", "diff", "--json"], &unset),
        (&["token", "--json"], &unset),
        (&["policy", "check", "--json", "--tool", "a"], &nobody),
        (&["policy", "diff", "--json", "a", "b", "--audit", "c"], &unset),
        (&["audit", "verify", "--json", "none.jsonl"], &unset),
        (&["compare", "--json", "none.toml"], &unset),
        (&["providers", "--json", "--dialect", "none"], &unset),
    ] {
        let ran = bench.run(verb, changes).await;
        assert_eq!(ran.code, 2, "{verb:?}: {}{}", ran.out, ran.err);
        let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        assert!(
            ran.err.starts_with(&format!("error: {}", told["error"].as_str().unwrap())),
            "{told}{}",
            ran.err
        );
        assert_eq!(told["fix"].is_string(), ran.err.contains("  → "), "{told}{}", ran.err);
    }
    let denied =
        bench.run(&["policy", "check", "--json", "--tool", "get_customer_info", "--scopes", "no"], &[]).await;
    let told: serde_json::Value = serde_json::from_str(&denied.out).unwrap();
    assert!(denied.code == 1 && told["allowed"] == false && told.get("error").is_none(), "{told}");
    let plain = bench.run(&["tools"], &nobody).await;
    assert!(plain.code == 2 && plain.out.is_empty(), "{}", plain.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_way_is_named() {
    let bench = Bench::start().await;
    let passed = bench.run(&["providers"], &[("RUST_LOG", "a=b=c")]).await;
    assert!(passed.code == 0 && passed.err.contains("RUST_LOG is passed over: "), "{}", passed.err);
    let _serving = toolgate::audit::AuditLog::open(bench.folder().join("toolgate.audit.jsonl")).unwrap();
    let says = ["is being written already", "→ name another file: TOOLGATE_AUDIT_FILE"];
    refused(&bench, &["chat", "hi"], &[], &says).await;
    let open = "[serve]\nlisten = \"127.0.0.1:0\"\nopen_to_this_machine = true\n";
    std::fs::write(bench.folder().join("toolgate.toml"), open).unwrap();
    refused(&bench, &["serve"], &[], &says).await;
    let settings = "[tools]\nlock = \"none/toolgate.lock\"\ndrift = \"refuse\"\n";
    std::fs::write(bench.folder().join("toolgate.toml"), settings).unwrap();
    let says = ["there is no folder none; make it, or name another file with lock under [tools]"];
    let nobody = [("MCP_SERVER_URL", "https://localhost:1/mcp/")];
    refused(&bench, &["tools", "lock"], &nobody, &says).await;
    let settings = "[mcp.a]\ncommand = \"no-such-server --now\"\n";
    std::fs::write(bench.folder().join("toolgate.toml"), settings).unwrap();
    let program = [("MCP_SERVER_URL", "")];
    let says = ["cannot be started", "→ correct command under its [mcp] section"];
    refused(&bench, &["tools"], &program, &says).await;
    let settings = "[tools]\ndrift = \"refuse\"\n";
    std::fs::write(bench.folder().join("toolgate.toml"), settings).unwrap();
    refused(&bench, &["tools"], &[], &["drift under [tools] has no effect without lock"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_where_nothing_can_be_written_is_told_with_what_mends_it() {
    let bench = Bench::start().await;
    std::fs::write(bench.folder().join("taken"), "a file").unwrap();
    let scenarios = bench.folder().join("scenarios.toml");
    std::fs::write(scenarios, "[[scenario]]\nname = \"a\"\nmessages = [\"hello\"]\n").unwrap();
    let compare = |option, place| ["compare", "scenarios.toml", option, place];
    let long = "x".repeat(300);
    for (arguments, says) in [
        (&["init", "none/deep/a.toml"][..], "there is no folder none/deep; make it, or name another file"),
        (&["init", "taken/a.toml"], "cannot write taken/a.toml: taken is no folder; name another file"),
        (&["init", &long], "; name another file"),
        (
            &["man", "taken/pages"],
            "cannot make the folder taken/pages: taken is there and is none; name another",
        ),
        (&compare("--record", "taken"), "taken is there and is none; name another with --record"),
        (&compare("--junit", "."), "cannot write .: it is a folder; name another file with --junit"),
        (&compare("--junit", &long), "; name another file with --junit"),
        (&["chat", "--record", &long, "hello"], "name another file with --record"),
        (&["audit", "verify", "none/a.jsonl"], "there is no folder none; mend that, or choose another path"),
    ] {
        refused(&bench, arguments, &[], &[says]).await;
    }
    let audited = [("TOOLGATE_AUDIT_FILE", "none/a.jsonl")];
    let says = ["there is no folder none", "→ name another file: TOOLGATE_AUDIT_FILE"];
    refused(&bench, &["chat", "hello"], &audited, &says).await;
    let asked = bench.rig.models().controls().requests(toolgate_testkit::models::Dialect::OpenAi);
    assert_eq!(asked, 0, "no model is paid for");
}

#[tokio::test(flavor = "multi_thread")]
async fn models_that_cannot_be_asked() {
    let bench = Bench::start().await;
    let chat = |model| ["chat", "--model", model, "hi"];
    refused(&bench, &chat("nope/model"), &[], &["nope", "openai", "anthropic"]).await;
    refused(&bench, &chat("opnai/model"), &[], &["did you mean openai?"]).await;
    refused(&bench, &chat("openai"), &[], &["provider/model"]).await;
    refused(&bench, &chat("xai/grok"), &[], &["XAI_API_KEY"]).await;
    refused(&bench, &["chat", "hi"], &[("OPENAI_MODEL", "")], &["OPENAI_MODEL"]).await;
    let copied = [("OPENAI_API_KEY", "canary with a space")];
    refused(&bench, &["chat", "hi"], &copied, &["the key in OPENAI_API_KEY holds a space"]).await;
    let clear = [("OPENAI_BASE_URL", "http://localhost:1/v1")];
    refused(&bench, &["chat", "hi"], &clear, &["in clear text", "→", "insecure_loopback = true under [tls]"])
        .await;
    let proxied = [("OPENAI_BASE_URL", "https://far.example/v1"), ("TOOLGATE_PROXY", "http://127.0.0.1:1")];
    let proxy = bench.run(&["chat", "hi"], &proxied).await;
    assert!(
        proxy.err.contains("https://far.example: through the proxy http://127.0.0.1:1: "),
        "{}",
        proxy.err
    );
    assert!(proxy.err.contains("→ look at the proxy, and correct TOOLGATE_PROXY"), "{}", proxy.err);
    let nobody = bench.run(&["chat", "hi"], &[("OPENAI_BASE_URL", "https://localhost:1/v1")]).await;
    assert_eq!(nobody.code, 1, "no answer from the model: {}", nobody.err);
    assert!(nobody.err.contains("→ start the server, or correct its URL: base_url under [providers.openai]"));
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_do_not_let_us_in() {
    let bench = Bench::start().await;
    let wrong = [("OAUTH_CLIENT_SECRET", "canary")];
    let mends = ["invalid_client", "→ check OAUTH_CLIENT_ID and the secret"];
    refused(&bench, &["token"], &wrong, &mends).await;
    refused(&bench, &["chat", "hi"], &wrong, &mends).await;
    refused(&bench, &["policy", "check", "--tool", "a"], &wrong, &mends).await;
    let path = bench.rig.mcp_url().replace("/mcp/", "/elsewhere/");
    refused(
        &bench,
        &["tools"],
        &[("MCP_SERVER_URL", &path)],
        &["404", "→ correct the path in MCP_SERVER_URL"],
    )
    .await;
    let nobody = [("MCP_SERVER_URL", "https://localhost:1/mcp/")];
    refused(&bench, &["tools"], &nobody, &["https://localhost:1", "refused"]).await;
    refused(&bench, &["chat", "hi"], &nobody, &["https://localhost:1", "refused"]).await;
    let keys = [("OAUTH_JWKS_URL", &*path)];
    refused(&bench, &["token"], &keys, &["are not available", "→ check OAUTH_JWKS_URL"]).await;
    // Some servers want a key in their URL.
    let asked = |url: &str| format!("{}?key=canary", url.trim_end_matches('/'));
    let (keys, mcp) = (asked(&path), asked(&bench.rig.mcp_url()));
    refused(&bench, &["token"], &[("OAUTH_JWKS_URL", &keys)], &["are not available"]).await;
    refused(&bench, &["token"], &[("OAUTH_TOKEN_URL", &keys)], &["expected a URL that ends in /token"]).await;
    let issuer = bench.rig.issuer();
    let asking = [("OAUTH_TOKEN_URL", &*keys), ("OAUTH_ISSUER", issuer)];
    refused(&bench, &["token"], &asking, &["answered 404"]).await;
    refused(&bench, &["tools"], &[("MCP_SERVER_URL", "nonsense?key=canary")], &["nonsense"]).await;
    let named = [("MCP_SERVER_URL", "https://user:canary@mcp.example/")];
    let says = ["https://[redacted]@mcp.example/", "without user name and password"];
    refused(&bench, &["tools"], &named, &says).await;
    let visited = bench.run(&["doctor"], &[("MCP_SERVER_URL", &mcp)]).await;
    assert!(visited.out.contains("MCP server") && !visited.out.contains("canary"), "{}", visited.out);
    let untrusted = [("TLS_CA_CERT_PATH", "")];
    refused(&bench, &["token"], &untrusted, &["https://localhost:", "TLS_CA_CERT_PATH"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_that_are_none() {
    let bench = Bench::start().await;
    refused(&bench, &["chat", ""], &[], &["the question is empty"]).await;
    refused(&bench, &["chat", " \n"], &[], &["the question is empty"]).await;
    refused(&bench, &["chat"], &[], &["the question is empty", "standard input"]).await;
    std::fs::write(bench.folder().join("toolgate.toml"), "[limits]\nbytes = 1000\n").unwrap();
    for (piped, says) in [
        (vec![0xff; 20], "standard input cannot be used: expected text in UTF-8"),
        (vec![b'a'; 1001], "larger than 1000 bytes; send less, or raise bytes under [limits]"),
    ] {
        std::fs::write(bench.folder().join("question"), piped).unwrap();
        let mut command = bench.command(&["chat"], &[]);
        command.stdin(std::fs::File::open(bench.folder().join("question")).unwrap());
        let ran = tokio::task::block_in_place(|| command.output().unwrap());
        let said = String::from_utf8(ran.stderr).unwrap();
        assert!(ran.status.code() == Some(2) && said.contains(says), "{said}");
    }
    let asked = bench.rig.models().controls().requests(toolgate_testkit::models::Dialect::OpenAi);
    assert_eq!(asked, 0, "nothing is paid for");
}

/// A value that is no text is not passed over for the default.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn variables_that_are_no_text_count_as_set() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let bench = Bench::start().await;
    for (name, says) in [
        ("MCP_SERVER_URL", "is \"\\u{fffd}\"; expected an absolute URL"),
        ("TLS_CA_CERT_PATH", "cannot read \u{fffd}"),
    ] {
        let mut command = bench.command(&["tools"], &[]);
        command.env(name, OsStr::from_bytes(b"\xff"));
        let ran = tokio::task::block_in_place(|| command.output().unwrap());
        let said = String::from_utf8(ran.stderr).unwrap();
        assert!(ran.status.code() == Some(2) && said.contains(says), "{said}");
    }
}
