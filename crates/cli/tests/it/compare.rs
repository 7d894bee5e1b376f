//! `toolgate compare`: the same scenarios on several models.

use serde_json::Value;

use crate::Bench;

const SCENARIOS: &str = r#"
[[scenario]]
name = "look up a customer"
messages = ["Look up information for customer 'JOHNDOE123' and tell me about their account status."]
calls = [{ tool = "get_customer_info", decision = "allowed", arguments = { customer_id = "JOHNDOE123" } }]
answer = { contains = ["active", "customerjohndoe123@example.com"], lacks = ["sorry"] }

[[scenario]]
name = "no rule, no call"
messages = ["Drop all tables."]
calls = [{ tool = "drop_all_tables", decision = "denied" }]
"#;

const MODELS: [&str; 6] =
    ["--model", "openai/gpt-rig", "--model", "anthropic/claude-rig", "--model", "gemini/gemini-rig"];

#[tokio::test(flavor = "multi_thread")]
async fn decisions_are_identical_on_every_model() {
    let bench = Bench::start().await;
    let models = bench.rig.models();
    let (anthropic, gemini) = (models.anthropic_base_url(), models.gemini_base_url());
    let changes = [
        ("ANTHROPIC_BASE_URL", &*anthropic),
        ("ANTHROPIC_API_KEY", "sk-ant-rig"),
        ("GEMINI_BASE_URL", &*gemini),
        ("GEMINI_API_KEY", "gemini-key"),
    ];
    std::fs::write(bench.folder().join("scenarios.toml"), SCENARIOS).unwrap();
    let compare = [&["compare", "scenarios.toml"][..], &MODELS].concat();
    let shown = bench.run(&[&compare[..], &["--junit", "report.xml"]].concat(), &changes).await;
    assert_eq!(shown.code, 0, "{}{}", shown.out, shown.err);
    assert!(shown.out.contains("✓ 6 security decisions, identical on every model"), "{}", shown.out);
    let report = std::fs::read_to_string(bench.folder().join("report.xml")).unwrap();
    assert_eq!(report.matches("<testcase ").count(), 8, "{report}");
    assert!(report.contains("<testsuite name=\"gemini/gemini-rig\" tests=\"2\" failures=\"0\">"), "{report}");
    assert_eq!(bench.rig.mcp().controls().calls(), 3);

    let json = bench.run(&[&compare[..], &["--json"]].concat(), &changes).await;
    let told: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((&told["ok"], &told["decisions_identical"]), (&true.into(), &true.into()), "{told:#}");
    let denied = &told["scenarios"][1]["trials"][2]["calls"][0];
    assert_eq!((&denied["allowed"], &denied["denial"]), (&false.into(), &"no_rule".into()), "{told:#}");

    // A rule whose calls are used up decides otherwise about the second model.
    let policy = "[policy.tools.get_customer_info]\nscopes = []\nrate = \"1/h\"\n";
    std::fs::write(bench.folder().join("toolgate.toml"), policy).unwrap();
    let differ = bench.run(&compare, &changes).await;
    assert_eq!(differ.code, 1, "{}{}", differ.out, differ.err);
    assert!(differ.out.contains("✗ decisions differ get_customer_info: denied by rule"), "{}", differ.out);
    assert!(differ.err.contains("2 security decisions differ between models"), "{}", differ.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_as_expected_fails_and_what_cannot_be_read_does_not_run() {
    let bench = Bench::start().await;
    let compare = ["compare", "scenarios.toml", "--junit", "report.xml"];
    let write = |text: &str| std::fs::write(bench.folder().join("scenarios.toml"), text).unwrap();
    write(&SCENARIOS.replace("\"denied\"", "\"allowed\"").replace("\"active\"", "\"a <dragon>\""));
    let ran = bench.run(&compare, &[]).await;
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("drop_all_tables was denied (no_rule), expected allowed"), "{}", ran.out);
    assert!(ran.out.contains("does not contain \"a <dragon>\""), "{}", ran.out);
    assert!(ran.err.contains("2 of 2 runs are not as expected"), "{}", ran.err);
    let report = std::fs::read_to_string(bench.folder().join("report.xml")).unwrap();
    assert!(report.contains("a &lt;dragon&gt;"), "{report}");

    for (text, says) in [
        ("[[scenario]]\nname = \"a\"\nmesages = []\n", "scenarios.toml:3:1: unknown field `mesages`"),
        ("[[scenario]]\nname = \" \"\nmessages = [\"a\"]\n", "a scenario has an empty name"),
        ("", "holds no scenario; write at least one [[scenario]]"),
        ("[[scenario]]\nname = 5\n", "scenarios.toml:2:8: expected a string, found an integer"),
        ("[[scenario]]\nname = \"a\"\nmessages = []\n", "\"a\" has no messages"),
    ] {
        write(text);
        let ran = bench.run(&compare, &[]).await;
        assert!(ran.code == 2 && ran.err.contains(says), "{}", ran.err);
    }
    assert_eq!(bench.run(&["compare", "none.toml"], &[]).await.code, 2);

    write("[[scenario]]\nname = \"a\"\nmessages = [\"hello\"]\n");
    let asked = || bench.rig.models().controls().requests(toolgate_testkit::models::Dialect::OpenAi);
    let before = asked();
    let nowhere = bench.run(&["compare", "scenarios.toml", "--junit", "none/report.xml"], &[]).await;
    assert!(nowhere.code == 2 && nowhere.err.contains("there is no folder none"), "{}", nowhere.err);
    assert_eq!(asked(), before, "no model is paid for");
    let idle = bench.run(&["compare", "scenarios.toml"], &[]).await;
    assert!(idle.code == 0 && idle.out.contains("no tool was asked for"), "{}{}", idle.out, idle.err);
}
