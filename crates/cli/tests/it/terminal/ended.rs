//! What is left at a terminal, and on record, when a person or a supervisor ends a turn or the command.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::{BOTH, LOOK_UP, Session, session};
use crate::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn interrupting_gives_up_the_turn_and_not_the_program() {
    let bench = Bench::start().await;
    bench.rig.mcp().controls().set_delay("get_customer_info", Duration::from_secs(60));
    session(&bench, &["chat"], &[], |session| {
        session.until("› ");
        session.type_line(LOOK_UP);
        session.until("… get_customer_info");
        let pid = Pid::from_child(&session.child);
        kill_process(pid, Signal::INT).unwrap();
        session.until("given up");
        session.until("› ");
        session.type_line("/exit");
        assert_eq!(session.ended(), 0);
    })
    .await;
    let shown = bench.run(&["audit", "show", "toolgate.audit.jsonl"], &[]).await;
    assert_eq!(shown.out.lines().count(), 2, "a decision and its outcome: {}", shown.out);

    session(&bench, &["chat", LOOK_UP], &[], |session| {
        session.until("… get_customer_info");
        kill_process(Pid::from_child(&session.child), Signal::INT).unwrap();
        session.until("interrupted");
        assert_eq!(session.ended(), 130);
    })
    .await;
    let verified = bench.run(&["audit", "verify", "toolgate.audit.jsonl"], &[]).await;
    assert_eq!(verified.code, 0, "{}", verified.out);
}

/// The other call is under way, and its outcome is to be recorded.
#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_is_gone_ends_the_turn_and_loses_no_record() {
    let bench = Bench::start().await;
    let controls = bench.rig.mcp().controls();
    controls.set_delay("get_customer_info", Duration::from_secs(2));
    controls.set_delay("calculate_account_value", Duration::from_secs(3600));
    let (mut child, keys) = Session::on_a_terminal(&bench, &["chat", BOTH], &[]);
    while controls.calls() < 2 {
        tokio::task::yield_now().await;
    }
    drop(keys);
    let ended = tokio::task::block_in_place(|| child.wait().unwrap());
    let shown = bench.run(&["audit", "show", "toolgate.audit.jsonl"], &[]).await;
    let outcomes: Vec<&str> = shown.out.lines().skip(2).collect();
    assert_eq!((ended.code(), outcomes.len()), (Some(2), 2), "{}{}", shown.out, shown.err);
    assert!(outcomes[0].contains("succeeded") && outcomes[1].contains("unknown"), "{}", shown.out);
}

/// A shell whose terminal shows nothing of what is typed is of no use to a person.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_ended_at_its_prompt_leaves_the_terminal_as_it_was() {
    let bench = Bench::start().await;
    session(&bench, &["chat"], &[], |session| {
        let modes = |session: &Session| rustix::termios::tcgetattr(&session.keys).unwrap().local_modes;
        let before = modes(session);
        session.until("› ");
        assert_ne!(modes(session), before, "a line is edited");
        kill_process(Pid::from_child(&session.child), Signal::TERM).unwrap();
        session.until("error: interrupted");
        assert_eq!(session.ended(), 130);
        assert_eq!(modes(session), before);
        assert!(session.raw.trim_end().rsplit_once("\u{1b}[?2004l").is_some(), "{:?}", session.raw);
    })
    .await;
}
