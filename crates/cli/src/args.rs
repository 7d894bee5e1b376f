//! What can be typed.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use toolgate::Config;

use crate::failure::Failure;

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    it ran, and the answer is no: no answer from the model, a step of
       doctor that failed, a call that policy check would deny, decisions
       that differ (compare, policy diff), an answer that is not as expected,
       tools that are not as locked, no provider of that name, a broken audit
       file. (A conversation goes on after a denied call: 0)
  2    it could not run as asked: arguments, settings, trust, servers
  130  interrupted (Ctrl-C, SIGTERM, a terminal that was closed)";

/// Chat with any language model and let it use MCP tools through one gate.
#[derive(Debug, Parser)]
#[command(name = "toolgate", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// The settings file [default: the one that TOOLGATE_CONFIG names, else toolgate.toml where it exists; the environment wins over it]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Ask a model, or talk with it; it may use the tools that the policy allows
    Chat(Chat),
    /// Run scenarios on several models; exit code 1 if an answer is not as expected or a security decision differs
    Compare(Compare),
    /// List the tools of the MCP servers and what the policy asks for each, or work with the lockfile
    Tools(Tools),
    /// Try out a policy
    #[command(subcommand)]
    Policy(Policy),
    /// Get a token, verify it, and show what it says (never the token itself, unless asked)
    Token(Token),
    /// Try everything that a conversation needs, step by step, and say what mends what fails
    Doctor {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Work with audit files
    #[command(subcommand)]
    Audit(Audit),
    /// Answer OpenAI's clients: /v1/chat/completions, whose tools run here behind the gate
    Serve(Serve),
    /// List the providers of models: where each is, what it speaks, and whether its key is set
    Providers(Providers),
    /// Write a settings file to start from, with every setting in it as a comment
    Init {
        /// The file; one that is there already is not touched
        #[arg(default_value = Config::FILE)]
        file: PathBuf,
    },
    /// Print the script that completes this command's arguments in a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write the manual pages of this command and its verbs
    Man {
        /// The folder; made if it is not there
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Providers {
    /// Only those whose name or URL holds this
    pub(crate) word: Option<String>,
    /// Only those whose key is set
    #[arg(long)]
    pub(crate) keyed: bool,
    /// Only those that speak this
    #[arg(long, value_name = "DIALECT")]
    pub(crate) dialect: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to listen [default: listen under [serve], else 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = address)]
    pub(crate) listen: Option<SocketAddr>,
}

#[derive(Debug, Args)]
pub(crate) struct Chat {
    /// The model, as provider/model [default: the configured one]
    #[arg(long, short, value_name = "PROVIDER/MODEL")]
    pub(crate) model: Option<String>,
    /// Instructions that stand before the question
    #[arg(long, value_name = "TEXT")]
    pub(crate) system: Option<String>,
    /// Print JSON: the answer, or else the error; every tool call with its decision, and usage
    #[arg(long)]
    pub(crate) json: bool,
    /// Keep what every server answers in this file, without secrets, for --replay (256 MiB at most)
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    pub(crate) record: Option<PathBuf>,
    /// Ask no server: answer from this recording, with today's settings and policy
    #[arg(long, value_name = "FILE")]
    pub(crate) replay: Option<PathBuf>,
    /// The question [default: standard input; at a terminal, a conversation]
    pub(crate) question: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// The scenarios: messages, expected tool calls and decisions, checks of the answer
    #[arg(value_name = "SCENARIOS.toml")]
    pub(crate) scenarios: PathBuf,
    /// A model, as provider/model; once for each [default: the configured one]
    #[arg(long = "model", short, value_name = "PROVIDER/MODEL")]
    pub(crate) models: Vec<String>,
    /// Keep what every server answers in this folder, without secrets, for --replay (256 MiB at most for a scenario on
    /// a model)
    #[arg(long, value_name = "FOLDER", conflicts_with = "replay")]
    pub(crate) record: Option<PathBuf>,
    /// Ask no server: answer from the recordings in this folder, with today's settings and policy
    #[arg(long, value_name = "FOLDER")]
    pub(crate) replay: Option<PathBuf>,
    /// Write a JUnit report there
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Tools {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) lockfile: Option<Lockfile>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Lockfile {
    /// Show what the servers offer that is not as in the lockfile; exit code 1 if anything is
    Diff {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Approve what the servers offer now: write it into the lockfile, and show what that changes
    Lock,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// Say what would be decided about a call, without making it; exit code 1 if it would be denied
    Check(Check),
    /// Judge the decisions of an audit file by two policies; exit code 1 if any would be different
    Diff {
        /// The settings file with the old policy
        old: PathBuf,
        /// The settings file with the new policy
        new: PathBuf,
        /// The audit file
        #[arg(long, value_name = "FILE")]
        audit: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The tool
    #[arg(long, value_name = "NAME")]
    pub(crate) tool: String,
    /// The arguments of the call
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub(crate) arguments: String,
    /// Judge by the policy alone for a client that holds these scopes, without any server [default: list the tools, get
    /// a token and ask the whole gate]
    #[arg(long, value_name = "SCOPES")]
    pub(crate) scopes: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Token {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the token itself and nothing else, for use in another program; where there are several, the first
    #[arg(long, conflicts_with = "json")]
    pub(crate) show_secret: bool,
    /// Only the token for this MCP server [default: those for all of them]
    #[arg(long, value_name = "NAME")]
    pub(crate) server: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Check every record of FILE, the files set aside and the head file, and locate each fault; exit code 1 if there is any
    Verify {
        /// The PEM file of the public key that the log's checkpoints are signed with: checks every signature
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// The audit file
        file: PathBuf,
    },
    /// Show the records of FILE as a table
    Show(AuditShow),
    /// Print the records of FILE for another program
    Export {
        /// The form that the program reads
        #[arg(long, value_enum)]
        format: AuditFormat,
        /// The audit file
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AuditShow {
    /// Only denied calls
    #[arg(long)]
    pub(crate) denied: bool,
    /// Only records of this tool
    #[arg(long, value_name = "TOOL")]
    pub(crate) tool: Option<String>,
    /// Only calls that `toolgate serve` made for this one: the subject or the client of the token that it was asked with
    #[arg(long, value_name = "NAME")]
    pub(crate) caller: Option<String>,
    /// Only records from this time on, such as 2026-11-24 or 2026-11-24T10:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// The audit file
    pub(crate) file: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum AuditFormat {
    /// OpenTelemetry log records, one OTLP/JSON message a line
    OtlpJson,
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "expected an address and a port, such as 127.0.0.1:8080 or [::1]:8080")
}

impl Verb {
    /// Whether a program reads the answer: a failure is one too.
    pub(crate) fn answers_in_json(&self) -> bool {
        match self {
            Self::Chat(Chat { json, .. })
            | Self::Compare(Compare { json, .. })
            | Self::Tools(
                Tools { lockfile: Some(Lockfile::Diff { json }), .. } | Tools { lockfile: None, json },
            )
            | Self::Policy(Policy::Check(Check { json, .. }) | Policy::Diff { json, .. })
            | Self::Token(Token { json, .. })
            | Self::Doctor { json }
            | Self::Audit(Audit::Verify { json, .. })
            | Self::Providers(Providers { json, .. }) => *json,
            _ => false,
        }
    }

    /// Its name, where it reads no settings.
    pub(crate) fn without_settings(&self) -> Option<&'static str> {
        match self {
            Self::Audit(_) => Some("audit"),
            Self::Init { .. } => Some("init"),
            Self::Completions { .. } => Some("completions"),
            Self::Man { .. } => Some("man"),
            Self::Policy(Policy::Diff { .. }) => Some("policy diff"),
            _ => None,
        }
    }
}

/// The settings: those of `file` under the environment, or what [`Config::load`] finds.
pub(crate) fn config(file: Option<&Path>) -> Result<Config, Failure> {
    let Some(file) = file else { return Config::load().map_err(Failure::setup) };
    if matches!(file.try_exists(), Ok(false)) {
        return Err(Failure::setup(format_args!(
            "there is no {}; correct --config, or write one with `toolgate init {0}`",
            file.display()
        )));
    }
    let mut config = Config::from_file(file).map_err(Failure::setup)?;
    config.apply_environment(toolgate::Environment::process());
    Ok(config)
}
