//! Whoever reads what the command says may go away, or have no room left: it goes on, ends with its own exit code, and
//! never panics.

use std::process::{Command, Stdio};

use crate::Bench;

const LOOK_UP: &str = "Look up information for customer 'JOHNDOE123' and tell me about their account status.";

/// The exit code of a command whose answer nobody reads from the start.
fn unread(mut command: Command) -> Option<i32> {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    drop(child.stdout.take());
    child.wait().unwrap().code()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_nobody_reads_changes_no_exit_code() {
    let bench = Bench::start().await;
    let check = ["policy", "check", "--tool", "get_customer_info", "--scopes"];
    let denied = bench.command(&[&check[..], &["none"]].concat(), &[]);
    let allowed = bench.command(&[&check[..], &["customer:read"]].concat(), &[]);
    let ill = bench.command(&["doctor"], &[("OPENAI_API_KEY", "")]);
    tokio::task::block_in_place(|| {
        assert_eq!(unread(denied), Some(1), "a no is a no");
        assert_eq!(unread(allowed), Some(0));
        assert_eq!(unread(ill), Some(1));
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_told_ends_nothing() {
    let bench = Bench::start().await;
    for (arguments, changes, code) in [
        (&["chat", LOOK_UP][..], &[][..], 0),
        (&["chat", LOOK_UP], &[("RUST_LOG", "trace")], 0),
        (&["providers"], &[], 0),
        (&["tools"], &[("OAUTH_CLIENT_SECRET", "wrong")], 2),
    ] {
        let mut command = bench.command(arguments, changes);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ran = tokio::task::block_in_place(|| command.stderr(writer).output().unwrap());
        assert_eq!(ran.status.code(), Some(code), "{arguments:?}");
        assert_eq!(ran.stdout.is_empty(), code != 0, "{arguments:?}");
    }
}
