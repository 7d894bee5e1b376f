//! What needs no server: a settings file to start from, the list of providers, completions and manual pages.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn init_writes_settings_and_writes_over_none() {
    let bench = Bench::start().await;
    let ran = bench.run(&["init"], &[]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    let file = bench.folder().join("toolgate.toml");
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(written.contains("#client_id = ") && !written.contains("client_secret ="), "{written}");
    assert_eq!(bench.run(&["tools"], &[]).await.code, 0, "what it wrote can be used as it is");

    std::fs::write(&file, "model = \"ours/own\"\n").unwrap();
    let again = bench.run(&["init"], &[]).await;
    assert!(again.code == 2 && again.err.contains("toolgate.toml is there already"), "{}", again.err);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "model = \"ours/own\"\n");
    assert_eq!(bench.run(&["init", "other.toml"], &[]).await.code, 0);
    let nowhere = bench.run(&["init", "none/other.toml"], &[]).await;
    assert!(nowhere.code == 2 && nowhere.err.contains("none/other.toml"), "{}", nowhere.err);
}

/// Settings on a volume that is not mounted yet must not become the defaults, which allow other tools.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn settings_that_lead_nowhere_are_not_the_defaults() {
    let bench = Bench::start().await;
    std::os::unix::fs::symlink("nowhere/toolgate.toml", bench.folder().join("toolgate.toml")).unwrap();
    let ran = bench.run(&["tools"], &[]).await;
    assert!(ran.code == 2 && ran.err.contains("cannot read toolgate.toml"), "{}{}", ran.out, ran.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn providers_tells_where_each_is_and_whether_its_key_is_set() {
    let bench = Bench::start().await;
    let all = bench.run(&["providers"], &[]).await;
    assert_eq!(all.code, 0, "{}", all.err);
    assert!(all.out.lines().count() > 100 && all.err.contains("key: ✓ set (7)"), "{}", all.err);
    let row = all.out.lines().find(|line| line.starts_with("xai ")).unwrap();
    assert!(row.contains("- XAI_API_KEY") && row.ends_with("https://api.x.ai/v1"), "{row}");
    let columns: BTreeSet<_> =
        all.out.lines().map(|line| line.find("://").map(|at| line[..at].chars().count())).collect();
    assert!(columns.len() <= 2, "URLs stand in one column, but for http and https: {columns:?}");

    let keyed = bench.run(&["providers", "--keyed", "--json"], &[]).await;
    let told: Value = serde_json::from_str(&keyed.out).unwrap();
    let only = &told["providers"].as_array().unwrap()[..];
    assert!(only.len() == 7 && only.iter().all(|provider| provider["key"] == "set"), "{told}");
    let openai = only.iter().find(|provider| provider["id"] == "openai").unwrap();
    assert_eq!(openai["base_url"], bench.rig.models().openai_base_url(), "the environment moves it");
    assert!(!keyed.out.contains("sk-openai-rig"), "a key shows");

    let local = bench.run(&["providers", "LMSTUDIO", "--dialect", "openai_chat"], &[]).await;
    assert!(
        local.out.lines().all(|line| line.contains("lmstudio")) && local.out.contains('○'),
        "{}",
        local.out
    );
    let none = ["providers", "lmstudio", "--dialect", "gemini_generate"];
    let ran = bench.run(&none, &[]).await;
    assert_eq!((ran.code, &*ran.out), (1, ""), "{}", ran.err);
    let ran = bench.run(&[&none[..], &["--json"]].concat(), &[]).await;
    assert_eq!((ran.code, &*ran.out), (1, "{\"providers\":[]}\n"), "{}", ran.err);
    let mistyped = bench.run(&["providers", "--dialect", "openai"], &[]).await;
    assert!(
        mistyped.code == 2
            && mistyped.err.contains("expected one of ")
            && mistyped.err.contains(" openai_chat,"),
        "{}",
        mistyped.err
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_get_completions_and_manual_pages() {
    let bench = Bench::start().await;
    for (shell, holds) in
        [("bash", "_toolgate()"), ("zsh", "#compdef toolgate"), ("fish", "complete -c toolgate")]
    {
        let script = bench.run(&["completions", shell], &[]).await;
        assert_eq!(script.code, 0, "{}", script.err);
        assert!(script.out.contains(holds) && script.out.contains("doctor"), "{shell}");
    }
    assert_eq!(bench.run(&["completions", "none"], &[]).await.code, 2);

    let ran = bench.run(&["man", "pages"], &[]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    let pages = bench.folder().join("pages");
    let page = std::fs::read_to_string(pages.join("toolgate.1")).unwrap();
    assert!(page.contains("Exit codes") && page.contains("interrupted"), "{page}");
    assert!(pages.join("toolgate-audit-verify.1").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn help_tells_every_exit_code() {
    let bench = Bench::start().await;
    let help = bench.run(&["--help"], &[]).await;
    assert_eq!(help.code, 0);
    for code in ["  0    ", "  1    ", "  2    ", "  130  "] {
        assert!(help.out.contains(code), "{code:?} is missing: {}", help.out);
    }
    let readme = include_str!("../../README.md");
    assert!(["`0`", "`1`", "`2`", "`130`"].iter().all(|code| readme.contains(code)));
}
