//! Servers that are child processes: this very test binary, told by a variable which server to be.
//!
//! The test harness writes lines of its own to the standard output, so each test shows that a stray line costs nothing.

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::time::Duration;

use rmcp::ServiceExt;
use serde_json::{Value, json};
use toolgate_mcp_bridge::{Bridge, BridgeError, Server, StdioCommand};

use crate::honest::Echo;
use crate::support::{call, names};

const ROLE: &str = "TOOLGATE_TEST_ROLE";
const SECRET: &str = "s3cret-of-the-server";

/// Not a test: the servers. Without the variable, nothing.
#[test]
fn child() {
    let Ok(role) = std::env::var(ROLE) else { return };
    println!();
    match role.as_str() {
        "rmcp" => serve_rmcp(),
        "silent" => std::thread::sleep(Duration::from_secs(60)),
        "broken" => {
            eprintln!("first");
            eprintln!("\u{1b}[31mno licence, key {}", std::env::var("KEY").unwrap());
            std::process::exit(3);
        }
        role => serve(role),
    }
    std::process::exit(0);
}

fn serve_rmcp() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let io = (tokio::io::stdin(), tokio::io::stdout());
        if let Ok(service) = Echo::default().serve(io).await {
            service.waiting().await.unwrap();
        }
    });
    std::process::exit(0);
}

/// A server by hand, of the old generation unless its role is `new`.
fn serve(role: &str) {
    for line in std::io::stdin().lock().lines() {
        let message: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let method = message["method"].as_str().unwrap();
        let result = match method {
            // Like servers that know no other first request than `initialize`.
            "server/discover" if role == "strict" => std::process::exit(1),
            "server/discover" if role == "new" => {
                json!({"supportedVersions": ["2026-07-28"], "capabilities": {}})
            }
            "initialize" if role == "new" => std::process::exit(1),
            "initialize" => {
                json!({"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {"name": "s", "version": "1"}})
            }
            "tools/list" => json!({"tools": [{"name": "t", "inputSchema": {"type": "object"}}]}),
            "tools/call" if role == "new" => {
                let version = &message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"];
                json!({"resultType": "complete", "content": [{"type": "text", "text": version}]})
            }
            "tools/call" => called(role),
            _ if message.get("id").is_none() => continue,
            _ => {
                let error = json!({"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32601, "message": method}});
                write_line(&error.to_string());
                continue;
            }
        };
        let answer = json!({"jsonrpc": "2.0", "id": message["id"], "result": result});
        let notification = json!({"jsonrpc": "2.0", "method": "notifications/message"});
        let answer = if role == "batch" { json!([notification, answer, notification]) } else { answer };
        write_line(&answer.to_string());
        if role == "wedged" && method == "tools/call" {
            std::thread::sleep(Duration::from_secs(60));
        }
    }
}

fn called(role: &str) -> Value {
    let text = match role {
        "mortal" => {
            let counter = PathBuf::from(std::env::var("COUNTER").unwrap());
            let mut counter = std::fs::OpenOptions::new().create(true).append(true).open(counter).unwrap();
            counter.write_all(b"x").unwrap();
            std::process::exit(1);
        }
        "flood" => {
            let line = vec![b'e'; 1 << 16];
            (0..64).for_each(|_| std::io::stderr().write_all(&line).unwrap());
            "flooded".to_owned()
        }
        "long" => {
            write_line(&"x".repeat(17 << 20));
            String::new()
        }
        "batches" => {
            write_line(&format!("[{}0]", "0,".repeat(1_000)));
            std::thread::sleep(Duration::from_secs(60));
            String::new()
        }
        "asks" => {
            (0..5_000).for_each(|id| {
                write_line(&json!({"jsonrpc": "2.0", "id": id, "method": "ping"}).to_string())
            });
            std::thread::sleep(Duration::from_secs(60));
            String::new()
        }
        "environment" => std::env::vars().map(|(name, _)| name).collect::<Vec<_>>().join(" "),
        _ => std::process::id().to_string(),
    };
    json!({"content": [{"type": "text", "text": text}]})
}

fn write_line(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(line.as_bytes()).unwrap();
    out.write_all(b"\n").unwrap();
    out.flush().unwrap();
}

fn command(role: &str) -> StdioCommand {
    StdioCommand::new(std::env::current_exe().unwrap())
        .with_args(["--exact", "stdio::child", "--nocapture", "--test-threads=2"])
        .with_env(ROLE, role)
}

fn bridge(command: StdioCommand) -> Bridge {
    let server = Server::stdio("child", command).unwrap().with_call_timeout(Duration::from_secs(10));
    Bridge::new(vec![server]).unwrap()
}

async fn say(role: &str) -> String {
    call(&bridge(command(role)), "t", "{}").await.unwrap().to_text("t")
}

#[tokio::test]
async fn a_line_may_be_a_batch() {
    let id = say("batch").await;
    assert!(id.parse::<u32>().is_ok(), "{id}");
}

#[tokio::test]
async fn a_server_of_rmcp_lists_and_calls() {
    let bridge = bridge(command("rmcp"));
    assert_eq!(names(&bridge).await, ["echo"]);
    let result = call(&bridge, "echo", r#"{"say": "grüße\n"}"#).await.unwrap();
    assert_eq!(result.to_text("echo"), "grüße\n");
    bridge.close().await;
    assert_eq!(call(&bridge, "echo", r#"{"say": "again"}"#).await.unwrap().to_text("echo"), "again");
}

#[tokio::test]
async fn servers_of_the_old_generation_are_talked_to_even_when_they_die_of_the_new() {
    for role in ["old", "strict"] {
        assert!(say(role).await.parse::<u32>().is_ok(), "{role}");
    }
}

#[tokio::test]
async fn a_server_of_the_new_generation_is_told_the_version_with_each_call() {
    assert_eq!(say("new").await, "2026-07-28");
}

#[tokio::test]
async fn the_environment_is_not_inherited() {
    // Cargo gives each test this one; it stands for any token that lies in the environment.
    assert!(std::env::var("CARGO_MANIFEST_DIR").is_ok() && std::env::var("PATH").is_ok());
    let seen = say("environment").await;
    let seen: Vec<&str> = seen.split(' ').collect();
    assert!(seen.contains(&"PATH") && seen.contains(&ROLE), "{seen:?}");
    assert!(!seen.iter().any(|name| name.starts_with("CARGO")), "{seen:?}");
}

#[tokio::test]
async fn a_flood_on_standard_error_blocks_nobody() {
    assert_eq!(say("flood").await, "flooded");
}

#[tokio::test]
async fn a_call_that_the_process_takes_with_it_is_not_repeated_and_the_next_starts_it_again() {
    let counter = std::env::temp_dir().join(format!("toolgate-stdio-{}", std::process::id()));
    let bridge = bridge(command("mortal").with_env("COUNTER", counter.to_str().unwrap()));
    for calls in 1..=2 {
        let error = call(&bridge, "t", "{}").await.unwrap_err();
        assert!(matches!(error, BridgeError::OutcomeUnknown { .. }), "{error}");
        assert_eq!(std::fs::read(&counter).unwrap().len(), calls);
    }
    std::fs::remove_file(counter).unwrap();
}

#[tokio::test]
async fn a_line_that_is_too_long_ends_the_session() {
    let error = call(&bridge(command("long")), "t", "{}").await.unwrap_err();
    assert!(
        matches!(&error, BridgeError::OutcomeUnknown { reason, .. } if reason.contains("16 MiB")),
        "{error}"
    );
}

#[tokio::test]
async fn mb_21_a_batch_of_too_many_messages_ends_the_session() {
    let error = call(&bridge(command("batches")), "t", "{}").await.unwrap_err();
    assert!(
        matches!(&error, BridgeError::OutcomeUnknown { reason, .. } if reason.contains("a batch of more than 1000")),
        "{error}"
    );
}

/// It answers one call, and then reads nothing any more: what does not fit into its pipe is never taken.
#[tokio::test]
async fn a_process_that_takes_no_more_messages_is_replaced() {
    let server = Server::stdio("child", command("wedged")).unwrap().with_call_timeout(Duration::from_secs(2));
    let bridge = Bridge::new(vec![server]).unwrap();
    let first = call(&bridge, "t", "{}").await.unwrap().to_text("t");
    let large = format!(r#"{{"x": "{}"}}"#, "x".repeat(200_000));
    let error = call(&bridge, "t", &large).await.unwrap_err();
    assert!(error.may_have_run(), "{error}");
    let replaced = async {
        loop {
            match call(&bridge, "t", "{}").await {
                Ok(result) => return result.to_text("t"),
                Err(error) => assert!(error.may_have_run(), "{error}"),
            }
        }
    };
    let second = tokio::time::timeout(Duration::from_secs(15), replaced).await.unwrap();
    assert_ne!(first, second);
}

/// Each of them is a task here until its answer is taken.
#[tokio::test]
async fn a_server_that_asks_without_end_and_takes_no_answer_is_given_up() {
    let error = call(&bridge(command("asks")), "t", "{}").await.unwrap_err();
    assert!(matches!(error, BridgeError::OutcomeUnknown { .. }), "{error}");
    assert!(error.to_string().contains("more than 1000 requests"), "{error}");
}

#[tokio::test]
async fn a_start_that_fails_says_why_and_tells_no_secret() {
    let error = bridge(command("broken").with_env("KEY", SECRET)).tools().await.unwrap_err();
    let told = error.to_string();
    assert!(matches!(error, BridgeError::Process { .. }) && !error.may_have_run(), "{told}");
    assert!(told.contains("first | ") && told.contains(r"\u{1b}[31mno licence, key [redacted]"), "{told}");
    assert!(
        !told.contains(SECRET) && !format!("{:?}", command("x").with_env("KEY", SECRET)).contains(SECRET)
    );
    let error = bridge(StdioCommand::new("/no/such/program")).tools().await.unwrap_err();
    assert!(error.to_string().contains("cannot be started"), "{error}");
}

/// Whether the process is gone. One whose parent is gone too may not be taken note of by anybody.
#[cfg(target_os = "linux")]
async fn is_gone(process: &str) -> bool {
    let entry = std::path::Path::new("/proc").join(process).join("stat");
    for _ in 0..200 {
        let stat = std::fs::read_to_string(&entry);
        if stat.is_ok_and(|stat| stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z')))
            || !entry.exists()
        {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn no_process_is_left_after_close_or_drop() {
    for closed in [true, false] {
        let bridge = bridge(command("old"));
        let process = call(&bridge, "t", "{}").await.unwrap().to_text("t");
        assert!(std::path::Path::new("/proc").join(&process).exists());
        if closed {
            bridge.close().await;
        }
        drop(bridge);
        assert!(is_gone(&process).await, "closed: {closed}");
    }
}

/// A wrapper that forks a sleeper and goes on with a server, as package runners and start scripts do, then with `last`. What it
/// started and was told stands in files beside `notes`.
#[cfg(target_os = "linux")]
fn wrapped(role: &str, notes: &std::path::Path, last: &str) -> StdioCommand {
    let script = "sleep 600 & echo $! > \"$0.sleeper\"; echo $$ > \"$0.shell\"\n\
                  trap 'echo told > \"$0.signal\"; exit 0' TERM\n\"$@\"\neval \"$LAST\"";
    let exe = std::env::current_exe().unwrap();
    StdioCommand::new("/bin/sh")
        .with_args(["-c", script, notes.to_str().unwrap(), exe.to_str().unwrap()])
        .with_args(["--exact", "stdio::child", "--nocapture", "--test-threads=2"])
        .with_env(ROLE, role)
        .with_env("LAST", last)
}

#[cfg(target_os = "linux")]
fn noted(notes: &std::path::Path, what: &str) -> String {
    std::fs::read_to_string(notes.with_extension(what)).unwrap_or_default().trim().to_owned()
}

/// The server is told to end by the end of its input; a wrapper that does not care, by a signal.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_a_server_started_ends_with_it() {
    const STUBBORN: &str = "while true; do sleep 0.1; done";
    let folder = tempfile::tempdir().unwrap();
    for (name, way, last) in [
        ("closed", "close", ""),
        ("stubborn", "close", STUBBORN),
        ("dropped", "drop", STUBBORN),
        ("died", "call", ""),
    ] {
        let notes = folder.path().join(name);
        let role = if way == "call" { "long" } else { "old" };
        let bridge = bridge(wrapped(role, &notes, last));
        let answer = call(&bridge, "t", "{}").await;
        let (sleeper, shell) = (noted(&notes, "sleeper"), noted(&notes, "shell"));
        match way {
            "close" => bridge.close().await,
            "call" => assert!(answer.is_err(), "the server writes what nobody reads"),
            _ => {}
        }
        if way != "call" {
            drop(bridge);
            assert!(is_gone(&answer.unwrap().to_text("t")).await, "{name}: the server");
        }
        assert!(!sleeper.is_empty() && is_gone(&sleeper).await, "{name}: the sleeper");
        assert!(is_gone(&shell).await, "{name}: the wrapper");
        assert_eq!(noted(&notes, "signal") == "told", last == STUBBORN, "{name}");
    }
}

/// At the end of a program its tasks are dropped, and nobody waits for servers.
#[cfg(target_os = "linux")]
#[test]
fn what_a_server_started_ends_with_the_program() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let notes = folder.path().join("ended");
    let first = runtime();
    let bridge = first.block_on(async {
        let bridge = bridge(wrapped("old", &notes, ""));
        call(&bridge, "t", "{}").await.unwrap();
        bridge
    });
    drop(first);
    assert!(runtime().block_on(is_gone(&noted(&notes, "sleeper"))));
    drop(bridge);
}

/// Signals of the terminal go to the group that is in its foreground, which is this process's.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_server_is_in_a_group_of_its_own() {
    let bridge = bridge(command("old"));
    let process = call(&bridge, "t", "{}").await.unwrap().to_text("t");
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let group = stat.rsplit_once(") ").unwrap().1.split(' ').nth(2).unwrap();
    assert_eq!(group, process);
}

#[tokio::test]
async fn a_process_that_never_answers_is_given_up() {
    let server = Server::stdio("child", command("silent")).unwrap();
    let bridge = Bridge::new(vec![server.with_call_timeout(Duration::from_millis(300))]).unwrap();
    let error = bridge.tools().await.unwrap_err();
    assert!(matches!(error, BridgeError::Timeout { .. }), "{error}");
}
