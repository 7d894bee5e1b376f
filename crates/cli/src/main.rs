//! The `toolgate` command: one file per verb, and nothing that the library could not do.
//!
//! Exit codes are said by `--help`.

mod args;
mod columns;
mod failure;
mod fix;
mod place;
mod say;
mod signals;
mod style;
#[cfg(feature = "otel")]
mod telemetry;
#[cfg(not(feature = "otel"))]
#[path = "no_telemetry.rs"]
mod telemetry;
mod verb;
mod wait;

use std::process::ExitCode;

use clap::Parser;
use toolgate::Config;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::prelude::*;

use crate::args::{Arguments, Audit, AuditFormat, Policy, Verb};
use crate::failure::Failure;
use crate::say::tell;
use crate::telemetry::Telemetry;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let as_json = arguments.verb.answers_in_json();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::setup(error).report(as_json),
    };
    let ended = runtime.block_on(observed(arguments));
    match say::all_was_written().and(ended) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(as_json),
    }
}

/// Runs the verb, with its log lines and, where it talks with models, its traces.
async fn observed(arguments: Arguments) -> Result<(), Failure> {
    let talks = matches!(arguments.verb, Verb::Chat(_) | Verb::Compare(_) | Verb::Serve(_));
    // Read once, as a pipe of the shell's can be; what cannot be read is the verb's to report.
    let config = talks.then(|| args::config(arguments.config.as_deref()));
    let mut telemetry = match &config {
        Some(Ok(config)) => Telemetry::start(config)?,
        _ => Telemetry::default(),
    };
    let usual = if matches!(arguments.verb, Verb::Serve(_)) { SERVING } else { ANSWERING };
    init_log(usual, &telemetry);
    let ended = run(arguments, config, &mut telemetry).await;
    telemetry.shutdown().await;
    ended
}

/// `read` is what the settings are, where they were read.
async fn run(
    arguments: Arguments,
    read: Option<Result<Config, Failure>>,
    telemetry: &mut Telemetry,
) -> Result<(), Failure> {
    if let (Some(file), Some(verb)) = (&arguments.config, arguments.verb.without_settings()) {
        return Err(Failure::setup(format_args!(
            "`toolgate {verb}` reads no settings; leave out --config {}, or give the file as `toolgate {verb} --help` says",
            file.display()
        )));
    }
    let again = || args::config(arguments.config.as_deref());
    let config = || read.unwrap_or_else(again);
    match arguments.verb {
        Verb::Chat(chat) => verb::chat::run(config()?, chat).await,
        Verb::Compare(asked) => verb::compare::run(config()?, asked).await,
        Verb::Tools(tools) => verb::tools::run(config()?, tools).await,
        Verb::Policy(Policy::Check(check)) => verb::policy::check(config()?, check).await,
        Verb::Policy(Policy::Diff { old, new, audit, json }) => {
            verb::policy::diff(&old, &new, &audit, json).await
        }
        Verb::Token(token) => verb::token::run(config()?, token).await,
        Verb::Doctor { json } => verb::doctor::run(config(), arguments.config.as_deref(), json).await,
        Verb::Serve(serve) => verb::serve::run(config()?, again, serve, telemetry).await,
        Verb::Providers(asked) => verb::providers::run(&config()?, &asked),
        Verb::Init { file } => verb::init::run(&file),
        Verb::Completions { shell } => {
            verb::pages::completions(shell);
            Ok(())
        }
        Verb::Man { folder } => verb::pages::man(&folder),
        Verb::Audit(Audit::Verify { file, key, json }) => {
            verb::audit::verify(file, key.as_deref(), json).await
        }
        Verb::Audit(Audit::Show(asked)) => verb::audit::show(asked),
        Verb::Audit(Audit::Export { format: AuditFormat::OtlpJson, file }) => verb::audit::export_otlp(&file),
    }
}

/// Where somebody waits for an answer, what fails is in that answer, and is not logged besides.
const ANSWERING: &str =
    "warn,rmcp=off,toolgate_oauth_cc=error,toolgate_jwt_verify=error,toolgate_tls_config=error";

/// A server's log is all that tells of what it goes on without: the shared store, keys or certificates that could not be
/// renewed. Anchors of the system that have expired are nobody's concern here.
const SERVING: &str = "warn,rmcp=off,toolgate_tls_config::client=error";

/// Warnings that a person can act on go to standard error; `RUST_LOG` asks for more.
fn init_log(usual: &str, telemetry: &Telemetry) {
    let asked = std::env::var_os(EnvFilter::DEFAULT_ENV).is_some_and(|value| !value.is_empty());
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|error| {
        if asked {
            tell!(
                "RUST_LOG is passed over: {error}; write it as `debug`, or `warn,toolgate_mcp_bridge=debug`"
            );
        }
        EnvFilter::new(usual)
    });
    let colour = anstream::stderr().current_choice() != anstream::ColorChoice::Never;
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(colour)
        .with_target(false)
        // A log that cannot be written is no reason to end.
        .log_internal_errors(false)
        .with_filter(filter);
    tracing_subscriber::registry().with(telemetry.layer()).with(lines).init();
}
