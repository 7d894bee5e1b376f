//! `toolgate chat` as a person sees it: on a pseudo terminal, with keys.

mod asked;
mod declined;
mod ended;

use std::io::{Read, Write};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use toolgate_testkit::models::Dialect;

use crate::Bench;

const LOOK_UP: &str = "Look up information for customer 'JOHNDOE123' and tell me about their account status.";

const BOTH: &str = "Look up customer JOHNDOE123 and calculate the account value of CUST67890, both at once.";

/// A terminal that a command holds itself is never gone.
#[cfg(target_os = "linux")]
const NOT_INHERITED: OpenptFlags = OpenptFlags::CLOEXEC;
#[cfg(not(target_os = "linux"))]
const NOT_INHERITED: OpenptFlags = OpenptFlags::empty();

/// The command at a terminal of its own; killed if a test ends before it does.
struct Session {
    child: Child,
    keys: std::fs::File,
    shown: Receiver<String>,
    /// What came since the last time that something was waited for.
    seen: String,
    /// All that ever came, escapes and all.
    raw: String,
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Session {
    fn start(bench: &Bench, arguments: &[&str], changes: &[(&str, &str)]) -> Self {
        let (child, keys) = Self::on_a_terminal(bench, arguments, changes);
        let mut screen = keys.try_clone().unwrap();
        let (show, shown) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = screen.read(&mut buffer) {
                let _ = show.send(String::from_utf8_lossy(&buffer[..length]).into_owned());
            }
        });
        Self { child, keys, shown, seen: String::new(), raw: String::new() }
    }

    /// The command, and the other end of its terminal.
    fn on_a_terminal(bench: &Bench, arguments: &[&str], changes: &[(&str, &str)]) -> (Child, std::fs::File) {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | NOT_INHERITED).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&controller, size).unwrap();
        let name = ptsname(&controller, Vec::new()).unwrap();
        let terminal = || {
            Stdio::from(std::fs::File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap())
        };
        let mut command = bench.command(arguments, changes);
        command.env("TERM", "xterm").env("XDG_STATE_HOME", bench.folder().join("state"));
        let child = command.stdin(terminal()).stdout(terminal()).stderr(terminal()).spawn().unwrap();
        (child, std::fs::File::from(controller))
    }

    /// Waits until `text` shows, and gives everything before it since the last time.
    fn until(&mut self, text: &str) -> String {
        loop {
            let plain = without_escapes(&self.seen);
            if let Some((before, after)) = plain.split_once(text) {
                let before = before.to_owned();
                self.seen = after.to_owned();
                return before;
            }
            match self.shown.recv_timeout(Duration::from_secs(30)) {
                Ok(more) => {
                    self.raw.push_str(&more);
                    self.seen.push_str(&more);
                }
                Err(_) => panic!("{text:?} does not show: {plain:?}"),
            }
        }
    }

    fn type_line(&mut self, line: &str) {
        self.keys.write_all(format!("{line}\r").as_bytes()).unwrap();
    }

    fn ended(&mut self) -> i32 {
        self.child.wait().unwrap().code().unwrap()
    }
}

/// What is left for the eye: no control sequences (ECMA-48 section 5.4).
fn without_escapes(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\x1b' => {
                if chars.next() == Some('[') {
                    chars.by_ref().find(|c| ('@'..='~').contains(c));
                }
            }
            '\r' => {}
            c => out.push(c),
        }
    }
    out
}

/// Runs a session beside the rig, which needs this thread's runtime.
async fn session(
    bench: &Bench,
    arguments: &[&str],
    changes: &[(&str, &str)],
    play: impl FnOnce(&mut Session),
) {
    tokio::task::block_in_place(|| play(&mut Session::start(bench, arguments, changes)));
}

/// A comparison that takes its time says what is waited for, and one that is ended leaves no such line.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_waited_for_shows_until_it_is_over() {
    let bench = Bench::start().await;
    let scenario = format!("[[scenario]]\nname = \"look up\"\nmessages = [{LOOK_UP:?}]\n");
    std::fs::write(bench.folder().join("scenarios.toml"), scenario).unwrap();
    bench.rig.mcp().controls().set_delay("get_customer_info", Duration::from_secs(3600));
    session(&bench, &["compare", "scenarios.toml"], &[], |session| {
        session.until("… look up on openai/gpt-rig");
        let uncut = session.raw.split_once("… look up").unwrap().0;
        assert!(uncut.ends_with("\u{1b}[?7l\u{1b}[2m  "), "a narrow terminal would wrap it: {uncut:?}");
        kill_process(Pid::from_child(&session.child), Signal::TERM).unwrap();
        session.until("error: interrupted");
        assert_eq!(session.ended(), 130);
    })
    .await;
    session(&bench, &["chat", "--json", LOOK_UP], &[], |session| {
        session.until("… openai/gpt-rig");
        kill_process(Pid::from_child(&session.child), Signal::HUP).unwrap();
        session.until("error: interrupted");
        assert_eq!(session.ended(), 130);
    })
    .await;
}

/// Nothing is silent for longer than a second, also where a server is asked before the first model is.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_is_seen_to_be_waited_for() {
    let bench = Bench::start().await;
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}/token", silent.local_addr().unwrap().port());
    let changes = [("OAUTH_TOKEN_URL", &*url)];
    for (arguments, awaited) in [
        (&["chat"][..], "… tools"),
        (&["chat", LOOK_UP], "… tools"),
        (&["tools"], "… tools"),
        (&["token", "--show-secret"], "… token"),
        (&["policy", "check", "--tool", "get_customer_info"], "… get_customer_info"),
        (&["doctor"], "… TLS"),
    ] {
        session(&bench, arguments, &changes, |session| drop(session.until(awaited))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_with_tools_models_and_history() {
    let bench = Bench::start().await;
    let anthropic = bench.rig.models().anthropic_base_url();
    let changes = [("ANTHROPIC_BASE_URL", &*anthropic), ("ANTHROPIC_API_KEY", "sk-ant-rig")];
    session(&bench, &["chat"], &changes, |session| {
        session.until("openai/gpt-rig");
        session.until("› ");
        session.type_line(LOOK_UP);
        session.until("✓ get_customer_info");
        let answer = session.until("tokens read");
        assert!(answer.contains("customerjohndoe123@example.com"), "{answer}");
        session.until("› ");
        session.type_line("/model anthropic/claude-rig");
        session.until("goes on with anthropic/claude-rig");
        session.until("› ");
        session.type_line("/modelopenai/gpt-rig");
        session.until("is none of these");
        session.until("› ");
        session.type_line("/model");
        session.until("anthropic/claude-rig");
        session.until("› ");
        session.type_line("Drop all tables.");
        session.until("✗ drop_all_tables");
        session.until("add [policy.tools.drop_all_tables]");
        session.until("tokens read");
        session.until("› ");
        session.type_line("/no-such");
        session.until("/model PROVIDER/MODEL");
        session.until("› ");
        session.keys.write_all(b"\x04").unwrap();
        assert_eq!(session.ended(), 0);
    })
    .await;
    let verified = bench.run(&["audit", "verify", "toolgate.audit.jsonl"], &[]).await;
    assert!(verified.out.contains("1 allowed, 1 denied"), "{}{}", verified.out, verified.err);
    let history = std::fs::read_to_string(bench.folder().join("state/toolgate/history")).unwrap();
    assert!(history.contains("Drop all tables."), "{history}");
}

/// Else the model would ask for it again.
#[tokio::test(flavor = "multi_thread")]
async fn the_model_is_told_of_a_call_that_may_have_run_when_time_was_up() {
    let bench = Bench::start().await;
    std::fs::write(bench.folder().join("toolgate.toml"), "[limits]\nwall_time_seconds = 2\n").unwrap();
    bench.rig.mcp().controls().set_delay("get_customer_info", Duration::from_secs(3600));
    session(&bench, &["chat"], &[], |session| {
        session.until("› ");
        session.type_line(LOOK_UP);
        session.until("it may have run");
        session.until("› ");
        session.type_line("hello");
        session.until("tokens read");
        session.type_line("/exit");
        assert_eq!(session.ended(), 0);
    })
    .await;
    let last = bench.rig.models().controls().bodies(Dialect::OpenAi).pop().unwrap().to_string();
    assert!(last.contains("may or may not have run"), "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_typed_while_a_turn_runs_come_after_it() {
    let bench = Bench::start().await;
    bench.rig.mcp().controls().set_delay("get_customer_info", Duration::from_secs(3600));
    session(&bench, &["chat"], &[], |session| {
        session.until("› ");
        session.type_line(LOOK_UP);
        session.until("… get_customer_info");
        for line in ["/new", "/no-such", "/exit"] {
            session.type_line(line);
        }
        kill_process(Pid::from_child(&session.child), Signal::INT).unwrap();
        session.until("given up");
        session.until("a new conversation");
        session.until("/model PROVIDER/MODEL");
        assert_eq!(session.ended(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_model_goes_on_and_that_is_said() {
    let bench = Bench::start().await;
    let models =
        "[[models]]\nmodel = \"anthropic/claude-rig\"\n[[models]]\nmodel = \"openai/gpt-rig\"\norder = 1\n";
    std::fs::write(bench.folder().join("toolgate.toml"), models).unwrap();
    let anthropic = bench.rig.models().anthropic_base_url();
    let changes = [("ANTHROPIC_BASE_URL", &*anthropic), ("ANTHROPIC_API_KEY", "sk-ant-rig")];
    bench.rig.models().controls().fail_next(Dialect::Anthropic, 1, 529);
    session(&bench, &["chat"], &changes, |session| {
        session.until("anthropic/claude-rig, then openai/gpt-rig");
        session.until("› ");
        session.type_line(LOOK_UP);
        let failed = session.until("✓ get_customer_info");
        assert!(
            failed.contains("anthropic/claude-rig: ") && failed.contains("asking openai/gpt-rig"),
            "{failed}"
        );
        session.until("tokens read");
        session.type_line("/exit");
        assert_eq!(session.ended(), 0);
    })
    .await;

    bench.rig.models().controls().fail_next(Dialect::Anthropic, 1, 529);
    let ran = bench.run(&["chat", "--json", LOOK_UP], &changes).await;
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(told["model"], "openai/gpt-rig", "{}", ran.err);
}

/// A line is longer than the terminal is wide only where a word is.
#[tokio::test(flavor = "multi_thread")]
async fn what_stands_beside_a_column_fits_the_terminal() {
    let bench = Bench::start().await;
    assert_eq!(bench.run(&["chat", "Drop all tables."], &[]).await.code, 0);
    let audit = ["audit", "show", "toolgate.audit.jsonl"];
    for (arguments, last) in [(&["doctor"][..], "conversation needs works"), (&audit, "are not run")] {
        session(&bench, arguments, &[], |session| {
            let shown = session.until(last);
            let wide = |line: &&str| line.chars().count() > 80 && line.trim().contains(' ');
            assert_eq!(shown.lines().find(wide), None, "{shown}");
            assert!(shown.lines().any(|line| line.starts_with("        ")), "{shown}");
        })
        .await;
    }
}
