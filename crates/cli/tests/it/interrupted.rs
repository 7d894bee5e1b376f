//! Whoever ends the command in the middle of a tool call leaves a whole record of it.

use std::process::{Command, Stdio};
use std::time::Duration;

use toolgate::audit::{self, Entry, Filter, OutcomeKind};

use crate::Bench;

const SCENARIO: &str =
    "[[scenario]]\nname = \"look up\"\nmessages = [\"Look up information for customer 'JOHNDOE123'.\"]\n";

/// Starts the command, ends it by a signal while its tool call is under way, and returns what was recorded last.
async fn ended_by(signal: &str, arguments: &[&str]) -> (Option<i32>, Entry) {
    let bench = Bench::start().await;
    std::fs::write(bench.folder().join("scenarios.toml"), SCENARIO).unwrap();
    bench.rig.mcp().controls().set_delay("get_customer_info", Duration::from_secs(3600));
    let mut command = bench.command(arguments, &[]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while bench.rig.mcp().controls().calls() == 0 {
        assert_eq!(child.try_wait().unwrap(), None, "it ended before its call");
        tokio::task::yield_now().await;
    }
    let pid = child.id().to_string();
    assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    let ended = tokio::task::block_in_place(|| child.wait().unwrap());
    let file = bench.folder().join("toolgate.audit.jsonl");
    assert!(audit::verify(&file).unwrap().is_intact());
    let last = audit::read(&file, Filter::new()).unwrap().last().unwrap().unwrap();
    (ended.code(), last.entry)
}

/// A program must know which tools ran, whoever ends the command.
#[tokio::test(flavor = "multi_thread")]
async fn what_ran_is_told_in_json_however_the_command_is_ended() {
    for signal in ["-INT", "-TERM"] {
        let bench = Bench::start().await;
        bench.rig.mcp().controls().set_delay("get_customer_info", Duration::from_secs(3600));
        let mut command =
            bench.command(&["chat", "--json", "Look up information for customer 'JOHNDOE123'."], &[]);
        let child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        while bench.rig.mcp().controls().calls() == 0 {
            tokio::task::yield_now().await;
        }
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let ended = tokio::task::block_in_place(|| child.wait_with_output().unwrap());
        let told: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
        assert_eq!(ended.status.code(), Some(130), "{told}");
        assert!(told["error"].as_str().unwrap().starts_with("interrupted"), "{told}");
        assert_eq!(told["given_up"][0]["tool"], "get_customer_info", "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_under_way_is_recorded_as_given_up() {
    let chat = ["chat", "Look up information for customer 'JOHNDOE123'."];
    let compare = ["compare", "scenarios.toml"];
    for (signal, arguments) in
        [("-INT", &chat[..]), ("-TERM", &chat), ("-INT", &compare), ("-TERM", &compare)]
    {
        let (code, last) = ended_by(signal, arguments).await;
        assert_eq!(code, Some(130), "{signal} {arguments:?}");
        let Entry::Outcome(outcome) = last else {
            panic!("{signal} {arguments:?}: the last record is {last:?}")
        };
        assert_eq!(outcome.outcome, OutcomeKind::Unknown, "it may have happened");
    }
}
