//! A disk that takes no more: what was begun is no file that is in the way of the next attempt.

use std::process::Command;

use crate::Bench;

/// Runs `arguments` where no file can be larger than `blocks` of 512 or 1024 bytes: what is beyond fails, as on a full disk.
async fn cramped(bench: &Bench, blocks: u32, arguments: &[&str]) -> (i32, String) {
    let inner = bench.command(arguments, &[]);
    let mut command = Command::new("sh");
    let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    command.arg("-c").arg(limited).arg(inner.get_program()).args(inner.get_args());
    command.current_dir(bench.folder()).env_clear().stdin(std::process::Stdio::null());
    command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ran = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    (ran.status.code().unwrap(), String::from_utf8(ran.stderr).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_file_is_not_left_behind() {
    let bench = Bench::start().await;
    let (code, said) = cramped(&bench, 4, &["init"]).await;
    assert!(code == 2 && said.contains("cannot write toolgate.toml"), "{said}");
    let record = [
        "chat",
        "--record",
        "run.jsonl",
        "Look up information for customer 'JOHNDOE123' and tell me about their account status.",
    ];
    let (code, said) = cramped(&bench, 4, &record).await;
    assert!(code == 2 && said.contains("cannot write run.jsonl: File too large"), "{said}");
    let many = "[[scenario]]\nname = \"NAME\"\nmessages = [\"hello\"]\n".replace("NAME", &"n".repeat(8000));
    std::fs::write(bench.folder().join("scenarios.toml"), many).unwrap();
    let report = ["compare", "scenarios.toml", "--junit", "report.xml"];
    let (code, said) = cramped(&bench, 4, &report).await;
    assert!(code == 2 && said.contains("cannot write report.xml: File too large"), "{said}");
    for file in ["toolgate.toml", "run.jsonl", "report.xml"] {
        assert!(!bench.folder().join(file).exists(), "{file}");
    }
    assert_eq!(bench.run(&["init"], &[]).await.code, 0);
    assert_eq!(bench.run(&record, &[]).await.code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_does_not_fit_stops_the_call_and_not_the_next_one() {
    let bench = Bench::start().await;
    let ask =
        ["chat", "Look up information for customer 'JOHNDOE123' and tell me about their account status."];
    let mut allowed = 0;
    let said = loop {
        let (code, said) = cramped(&bench, 8, &ask).await;
        if code != 0 {
            break said;
        }
        allowed += 1;
    };
    assert!(allowed > 0 && said.contains("cannot write to the audit file"), "{said}");
    assert_eq!(bench.run(&ask, &[]).await.code, 0, "there is room again");
    let verified = bench.run(&["audit", "verify", "toolgate.audit.jsonl"], &[]).await;
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
}
