//! The line that a person types at: edited, with history, and for one asker at a time.
//!
//! A thread of its own owns the terminal's input, so that a question that nobody waits for any more cannot swallow the
//! next line. Lines that are typed while a turn runs are the next questions to the model, and never the answer to one
//! about a call, which nobody has seen by then.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use rustyline::config::Config;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use tokio::sync::{Mutex, Notify, mpsc, oneshot};
use toolgate::{ApprovalRequest, Approve};

use super::approval::{forget_typed_ahead, is_yes, question};
use crate::failure::Failure;
use crate::say::{self, say, tell};
use crate::style::FAINT;

/// How many lines are remembered.
const REMEMBERED: usize = 1000;

/// What was typed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Typed {
    Line(String),
    /// Ctrl-C.
    Interrupted,
    /// Ctrl-D, or no terminal any more.
    End,
}

/// Asks for lines. Clones share the terminal.
#[derive(Clone)]
pub(super) struct Editor {
    asks: mpsc::UnboundedSender<Ask>,
    asking: Arc<AtomicBool>,
    interrupted: Arc<Notify>,
    /// Whoever asks about a call waits until the one before is decided and told.
    turn: Arc<Mutex<()>>,
}

struct Ask {
    prompt: &'static str,
    kind: Kind,
    answer: oneshot::Sender<Typed>,
}

enum Kind {
    /// Edited with the lines before it at hand, and remembered.
    Turn,
    /// About a call: with the question, which nothing may part from its prompt.
    Approval(String),
}

type Lines = rustyline::Editor<(), FileHistory>;

impl Editor {
    pub(super) fn start() -> Result<Self, Failure> {
        let config = Config::builder().max_history_size(REMEMBERED).map_err(Failure::setup)?.build();
        let mut lines = Lines::with_config(config).map_err(Failure::setup)?;
        let history = history_file();
        if let Some(file) = &history {
            // There is none before the first line.
            let _ = lines.load_history(file);
        }
        let (asks, asked) = mpsc::unbounded_channel();
        let asking = Arc::<AtomicBool>::default();
        let open = Arc::clone(&asking);
        std::thread::spawn(move || serve(lines, history.as_deref(), asked, &open));
        Ok(Self { asks, asking, interrupted: Arc::default(), turn: Arc::default() })
    }

    /// Set while a line is waited for.
    pub(super) fn asking(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.asking)
    }

    /// Ready when a person pressed Ctrl-C, at a question or while none was asked.
    pub(super) async fn interrupted(&self) {
        tokio::select! {
            () = self.interrupted.notified() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }

    /// The next line, which is remembered.
    pub(super) async fn line(&self, prompt: &'static str) -> Typed {
        self.ask(prompt, Kind::Turn).await
    }

    async fn ask(&self, prompt: &'static str, kind: Kind) -> Typed {
        let (answer, typed) = oneshot::channel();
        if self.asks.send(Ask { prompt, kind, answer }).is_err() {
            return Typed::End;
        }
        typed.await.unwrap_or(Typed::End)
    }
}

fn serve(
    mut lines: Lines,
    history: Option<&std::path::Path>,
    mut asked: mpsc::UnboundedReceiver<Ask>,
    open: &AtomicBool,
) {
    while let Some(Ask { prompt, kind, answer }) = asked.blocking_recv() {
        // Whoever asked may have given up while another's question was open.
        if answer.is_closed() {
            open.store(false, Ordering::Relaxed);
            continue;
        }
        open.store(true, Ordering::Relaxed);
        let read = match &kind {
            Kind::Turn => lines.readline(prompt),
            Kind::Approval(question) => {
                tell!("{question}");
                anew(prompt)
            }
        };
        let typed = match read {
            Ok(line) => Typed::Line(line),
            Err(ReadlineError::Interrupted) => Typed::Interrupted,
            Err(_) => Typed::End,
        };
        open.store(false, Ordering::Relaxed);
        if let (Typed::Line(line), Kind::Turn) = (&typed, &kind)
            && !line.trim().is_empty()
        {
            let _ = lines.add_history_entry(line);
            if let Some(file) = history {
                // A history that cannot be kept is no reason to stop talking.
                let _ = lines.append_history(file);
            }
        }
        if answer.send(typed).is_err() && matches!(kind, Kind::Approval(_)) {
            tell!("{FAINT}nobody waited for that answer any more: what you typed went nowhere{FAINT:#}");
        }
    }
}

/// A line typed from now on. What `Lines` has read already stays with it.
fn anew(prompt: &str) -> rustyline::Result<String> {
    let mut lines = Lines::new()?;
    forget_typed_ahead();
    lines.readline(prompt)
}

/// Where lines are remembered (XDG Base Directory Specification); nowhere without a home. The library keeps it to its
/// owner.
fn history_file() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")))?;
    let folder = state.join("toolgate");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}

/// The terminal as it was found. While a line is typed its modes are others, and the library that set them hears nothing of
/// a signal that ends the command: what is typed into the shell afterwards would not be seen.
pub(super) struct AsFound {
    #[cfg(unix)]
    modes: Option<rustix::termios::Termios>,
    asking: Arc<AtomicBool>,
}

impl AsFound {
    pub(super) fn now(editor: &Editor) -> Self {
        Self {
            #[cfg(unix)]
            modes: rustix::termios::tcgetattr(rustix::stdio::stdin()).ok(),
            asking: editor.asking(),
        }
    }
}

impl Drop for AsFound {
    fn drop(&mut self) {
        if !self.asking.load(Ordering::Relaxed) {
            return;
        }
        #[cfg(unix)]
        if let Some(modes) = &self.modes {
            use rustix::termios::{OptionalActions, tcsetattr};
            let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, modes);
            // What is pasted comes in brackets while the library reads.
            if std::env::var_os("TERM").is_none_or(|term| term != "dumb") {
                say::text(b"\x1b[?2004l");
            }
        }
        say!("");
    }
}

#[async_trait]
impl Approve for Editor {
    async fn approve(&self, request: ApprovalRequest<'_>) -> bool {
        let _turn = self.turn.lock().await;
        // What was told before the question is shown first: a conversation goes on when all of it was read.
        tokio::task::yield_now().await;
        self.asking.store(true, Ordering::Relaxed);
        match self.ask("Make this call? [y/N] ", Kind::Approval(question(&request))).await {
            Typed::Line(line) => is_yes(&line),
            Typed::Interrupted => {
                self.interrupted.notify_waiters();
                false
            }
            Typed::End => false,
        }
    }
}
