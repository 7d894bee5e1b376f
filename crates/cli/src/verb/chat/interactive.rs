//! A conversation at a terminal: turn after turn, on one model or, in between, another.

use std::sync::Arc;

use toolgate::{ChatFailure, Message, Models, Prompt, Toolgate};

use super::editor::{AsFound, Editor, Typed};
use super::screen::Screen;
use super::{calls, finish};
use crate::failure::Failure;
use crate::say::{say, tell};
use crate::style::{BAD, FAINT, STRONG, counted, plain};
use crate::wait::wait;

const PROMPT: &str = "› ";

const HELP: &str = "\
/model PROVIDER/MODEL  go on with another model; alone, which one it is
/tools                 the tools that the model is shown
/new                   begin a new conversation
/exit                  leave, as Ctrl-D does
Ctrl-C gives up the turn under way, and nothing else.";

/// A conversation so far.
struct Talk {
    toolgate: Toolgate,
    editor: Editor,
    /// The first answers; the others stand in for it.
    models: Models,
    /// What each conversation begins with.
    system: Option<String>,
    messages: Vec<Message>,
}

pub(super) async fn run(toolgate: Toolgate, models: Models, system: Option<String>) -> Result<(), Failure> {
    let editor = Editor::start()?;
    let _as_found = AsFound::now(&editor);
    let toolgate = toolgate.with_approval(Arc::new(editor.clone()));
    // What is not set up is told before anybody has typed a question.
    toolgate.open_audit_file().await.map_err(Failure::of)?;
    let tools = wait("tools", toolgate.tools()).await.map_err(Failure::of)?.len();
    let mut talk = Talk { toolgate, editor, models, system, messages: Vec::new() };
    talk.begin();
    say!("{STRONG}{}{STRONG:#}  {FAINT}{} · /help{FAINT:#}", talk.name(), counted(tools, "tool"));
    loop {
        match talk.editor.line(PROMPT).await {
            Typed::End => return Ok(()),
            Typed::Interrupted => say!("{FAINT}Ctrl-D or /exit to leave{FAINT:#}"),
            Typed::Line(line) => match line.trim() {
                "" => {}
                "/exit" | "/quit" => return Ok(()),
                "/help" => say!("{HELP}"),
                "/new" => {
                    talk.begin();
                    say!("{FAINT}a new conversation{FAINT:#}");
                }
                "/tools" => talk.tools().await,
                command if command.starts_with('/') => talk.command(command),
                question => talk.turn(question).await,
            },
        }
    }
}

impl Talk {
    fn begin(&mut self) {
        self.messages = self.system.clone().map(Message::system).into_iter().collect();
    }

    fn name(&self) -> String {
        plain(&self.models.ids().collect::<Vec<_>>().join(", then "))
    }

    async fn turn(&mut self, question: &str) {
        let mut messages = self.messages.clone();
        messages.push(Message::user(question));
        let conversation = self.toolgate.chat_stream(&self.models, Prompt::new(messages));
        let started = std::time::Instant::now();
        let screen = Screen::new(self.editor.asking());
        match screen.follow(conversation, self.editor.interrupted()).await {
            Some(Ok(answer)) => {
                if finish::is_declined(&answer) {
                    say!("{FAINT}the question is left out of the conversation{FAINT:#}");
                } else {
                    self.messages = answer.messages;
                }
                let seconds = started.elapsed().as_secs_f64();
                let told =
                    |tokens: Option<u64>| tokens.map_or_else(|| "?".to_owned(), |tokens| tokens.to_string());
                let (read, written) = (told(answer.usage.input), told(answer.usage.output));
                say!("{FAINT}{read} tokens read, {written} written · {seconds:.1} s{FAINT:#}");
            }
            Some(Err(error)) => {
                let given_up = matches!(error.failure, ChatFailure::Cancelled);
                if given_up {
                    tell!("{FAINT}given up{FAINT:#}");
                } else {
                    tell!("{BAD}error:{BAD:#} {}", plain(&error.to_string()));
                }
                error.given_up.iter().for_each(|call| tell!("{}", calls::given_up(call)));
                // What tools did, or may have done, is part of what the model must know; a question that failed by itself is
                // asked anew.
                if given_up || !error.passages.is_empty() || !error.given_up.is_empty() {
                    self.messages = error.messages;
                }
            }
            None => {}
        }
    }

    async fn tools(&self) {
        match self.toolgate.tools().await {
            Ok(tools) => tools.iter().for_each(|tool| {
                let first_line = plain(tool.description.lines().next().unwrap_or_default());
                say!("{STRONG}{}{STRONG:#}  {FAINT}{first_line}{FAINT:#}", tool.name);
            }),
            Err(error) => tell!("{BAD}error:{BAD:#} {}", plain(&error.to_string())),
        }
    }

    fn command(&mut self, command: &str) {
        let id = match command.split_once(char::is_whitespace).unwrap_or((command, "")) {
            ("/model", "") => return say!("{FAINT}{}{FAINT:#}", self.name()),
            ("/model", id) => id.trim(),
            _ => return say!("{FAINT}{} is none of these:{FAINT:#}\n{HELP}", plain(command)),
        };
        match self.toolgate.model(Some(id)) {
            Ok(model) => {
                self.models = Models::from(&model);
                say!("{FAINT}the conversation goes on with {}{FAINT:#}", self.name());
            }
            Err(error) => tell!("{BAD}error:{BAD:#} {}", plain(&error.to_string())),
        }
    }
}
