//! A server as a child process (MCP 2026-07-28 and 2025-11-25, basic/transports, "stdio"): one JSON-RPC message a line on
//! its standard input and output.
//!
//! rmcp has such a transport; this one bounds what it reads, knows why a process ended, and passes on results unread.

mod asked;
mod command;
mod end;
mod group;
mod lines;
mod stderr;
mod writing;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rmcp::model::{ClientJsonRpcMessage, RequestId, ServerJsonRpcMessage};
use rmcp::service::RoleClient;
use rmcp::transport::Transport;
use serde::Deserialize;
use tokio::process::{Child, ChildStdout};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::Server;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::text::escaped;

use super::unasked::{self, Unanswered};
use super::{MAX_ANSWER, Report, Reported, batch, written};

use self::asked::Asked;
pub use self::command::StdioCommand;
use self::end::End;
use self::group::Group;
use self::lines::Lines;
use self::stderr::{Source, Stderr};
use self::writing::{Patience, Stuck, write};

/// How long a process may go on after its standard input was closed, before it is told to end (basic/lifecycle, "stdio").
const GRACE: Duration = Duration::from_secs(2);
/// How long it may go on then, before it is killed.
const LAST_GRACE: Duration = Duration::from_secs(1);
/// How long the exit status of a process is waited for that closed its output.
const EXITING: Duration = Duration::from_millis(500);
/// The most messages that wait for the process to read.
const MAX_WAITING: usize = 64;

/// A process that is a server. Dropped, it is killed with all that it started; [`close`](Transport::close) lets it end by
/// itself first.
pub(crate) struct Process {
    /// Before the child, which is waited for once it is dropped.
    group: Group,
    child: Child,
    output: Lines<ChildStdout>,
    /// What is left of a batch that came in one line.
    batch: VecDeque<Vec<u8>>,
    stderr: Stderr,
    /// `None` once the process gets nothing more.
    input: Option<mpsc::Sender<Vec<u8>>>,
    /// Says whether the process stopped to take messages. Dropped, it ends the task.
    writing: JoinSet<Stuck>,
    /// Whether the process wrote something lately.
    heard: Arc<AtomicBool>,
    asked: Asked,
    /// Of the requests of the server's that rmcp has.
    unanswered: Unanswered,
    report: Report,
    /// Told here and not by rmcp, which would do so in a task of its own, after the answer at times.
    progress: Arc<Progress>,
}

impl Process {
    /// Starts the program. What goes wrong outside of a request of ours is written to `report`.
    pub(crate) fn start(
        server: &Server,
        command: &Arc<StdioCommand>,
        report: Report,
        progress: Arc<Progress>,
    ) -> Result<Self, Failure> {
        let failed = |why: &str| {
            Failure::NotStarted(format!(
                "{:?} cannot be started: {}",
                escaped(&command.program()),
                escaped(why)
            ))
        };
        let mut child = command.build().spawn().map_err(|error| failed(&error.to_string()))?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(failed("it has no standard input, output and error"));
        };
        let source = Source {
            server: server.name.clone(),
            command: command.clone(),
            redaction: server.redaction.clone(),
        };
        let (input, messages) = mpsc::channel(MAX_WAITING);
        let mut writing = JoinSet::new();
        let heard = Arc::<AtomicBool>::default();
        let patience =
            Patience { each: server.call_timeout, longest: server.longest_call, heard: heard.clone() };
        writing.spawn(write(stdin, messages, patience));
        Ok(Self {
            group: Group::of(&child),
            child,
            output: Lines::new(stdout, MAX_ANSWER),
            batch: VecDeque::new(),
            stderr: Stderr::read(stderr, source),
            input: Some(input),
            writing,
            heard,
            asked: Asked::new(server.call_timeout),
            unanswered: Unanswered::default(),
            report,
            progress,
        })
    }

    /// The next message, whether it came in a line of its own or not.
    async fn next_message(&mut self) -> Result<Vec<u8>, Silence> {
        if let Some(message) = self.batch.pop_front() {
            return Ok(message);
        }
        let line = self.next_line().await?;
        let messages = std::str::from_utf8(&line).ok().map(batch::messages).transpose();
        let Some(messages) = messages.map_err(|_| Silence::End(End::TooManyAtOnce))?.flatten() else {
            return Ok(line);
        };
        self.batch.extend(messages.into_iter().map(|message| message.as_bytes().to_vec()));
        Ok(self.batch.pop_front().unwrap_or(line))
    }

    async fn next_line(&mut self) -> Result<Vec<u8>, Silence> {
        let until = self.asked.discovered_by();
        let line = async {
            tokio::select! {
                biased;
                line = self.output.next() => line,
                Some(Ok(Stuck(true))) = self.writing.join_next() => Err(End::Stuck),
            }
        };
        let line = match until {
            None => line.await,
            Some(until) => match tokio::time::timeout_at(until, line).await {
                Ok(line) => line,
                Err(_) => return Err(Silence::Undiscovered),
            },
        };
        self.heard.store(true, Ordering::Relaxed);
        line.map_err(Silence::End)
    }

    /// What rmcp is to know of a line, if anything. A line that is no message costs only itself.
    fn read(&mut self, line: &[u8]) -> Option<ServerJsonRpcMessage> {
        #[derive(Deserialize)]
        struct Whose {
            id: Option<RequestId>,
            method: Option<String>,
        }
        let text = std::str::from_utf8(line).ok();
        let Some((text, whose)) =
            text.and_then(|text| Some((text, serde_json::from_str::<Whose>(text).ok()?)))
        else {
            tracing::debug!("a line of an MCP server is no JSON-RPC message");
            return None;
        };
        if let Some(method) = whose.method {
            let message = match &*method {
                idle if unasked::is_idle(idle) => Ok(None),
                "notifications/progress" => self.progress.read(text).map(|()| None),
                _ => serde_json::from_str(text).map(Some),
            };
            return message.unwrap_or_else(|_| {
                tracing::debug!("a message of an MCP server is malformed");
                None
            });
        }
        match whose.id {
            Some(id) => self.asked.answered(&id, text),
            None => self.asked.old_generation("an error without an id"),
        }
    }

    /// Nothing more comes: tells whoever waits, and finds out why.
    async fn end(&mut self, end: End) {
        self.input = None;
        self.asked.lose(end.lost());
        // Nobody reads what it writes from here on, so it need not be waited for.
        if end != End::Closed
            && let Err(error) = self.child.start_kill()
        {
            tracing::debug!(%error, "the process of an MCP server could not be killed");
        }
        let status = match tokio::time::timeout(EXITING, self.child.wait()).await {
            Ok(Ok(status)) => format!(" ({status})"),
            _ => String::new(),
        };
        self.group.kill();
        let last = match self.stderr.last_lines().await {
            last if last.is_empty() => "it wrote nothing to its standard error".to_owned(),
            last => format!("its last lines: {last}"),
        };
        self.report.write(Failure::Died(format!("{} before it was ready{status}; {last}", end.why())));
    }
}

/// Why there is no line.
enum Silence {
    End(End),
    /// `server/discover` was not answered in time.
    Undiscovered,
}

impl Transport<RoleClient> for Process {
    type Error = Reported;

    fn send(
        &mut self,
        message: ClientJsonRpcMessage,
    ) -> impl Future<Output = Result<(), Reported>> + Send + 'static {
        let report = Report::of(&message).unwrap_or_else(|| self.report.clone());
        let (input, answering) = (self.input.clone(), self.unanswered.sending(&message));
        if input.is_some() {
            self.asked.note(&message, &report);
        }
        async move {
            let _sent = answering;
            let mut line = written(&message).map_err(|failure| {
                report.write(failure);
                Reported
            })?;
            line.push(b'\n');
            let sent = match input {
                Some(input) => input.send(line).await.is_ok(),
                None => false,
            };
            // Not one byte of it has reached the process.
            sent.then_some(()).ok_or_else(|| {
                report.write(Failure::SessionEnded);
                Reported
            })
        }
    }

    async fn receive(&mut self) -> Option<ServerJsonRpcMessage> {
        loop {
            let message = match self.next_message().await {
                Ok(message) => self.read(&message),
                Err(Silence::Undiscovered) => self.asked.old_generation("no answer to server/discover"),
                Err(Silence::End(end)) => {
                    self.end(end).await;
                    return None;
                }
            };
            if let Some(ServerJsonRpcMessage::Request(request)) = &message {
                match self.unanswered.one_more(&request.id) {
                    Ok(true) => {}
                    Ok(false) => continue,
                    Err(_) => {
                        self.end(End::TooMany).await;
                        return None;
                    }
                }
            }
            if message.is_some() {
                return message;
            }
        }
    }

    async fn close(&mut self) -> Result<(), Reported> {
        self.input = None;
        let mut ended = tokio::time::timeout(GRACE, self.child.wait()).await.is_ok();
        if !ended && self.group.terminate() {
            ended = tokio::time::timeout(LAST_GRACE, self.child.wait()).await.is_ok();
        }
        self.group.kill();
        if !ended {
            self.child.kill().await.map_err(|error| {
                tracing::debug!(%error, "the process of an MCP server could not be killed");
                Reported
            })?;
        }
        Ok(())
    }
}
