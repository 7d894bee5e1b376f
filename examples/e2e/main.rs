//! The end-to-end run: the demo's values on every model, and every denial, asserted against a rig in this process.
//!
//! `cargo xtask e2e` runs it. Prints a line per check; exit code 0 when all hold, else 1.

mod canary;
mod check;
mod claim;
mod denials;
mod guarded;
mod scenarios;
mod sessions;

use std::process::ExitCode;

use crate::check::Checks;

#[tokio::main]
async fn main() -> ExitCode {
    canary::listen();
    let mut checks = Checks::default();
    checks.run("scenarios are the same on every model", scenarios::every_model()).await;
    checks.run("only the model changes", claim::only_the_model_changes()).await;
    checks.run("parallel calls keep their order", scenarios::parallel_calls()).await;
    checks.run("a model may ask for tools several rounds", scenarios::several_rounds()).await;
    checks.run("a looping model meets a limit", scenarios::endless_rounds()).await;
    checks.run("a missing scope is denied", denials::missing_scope()).await;
    checks.run("a tool without a rule is denied", denials::tool_without_rule()).await;
    checks.run("a tool that does not exist is denied", denials::unknown_tool()).await;
    checks.run("arguments that do not fit are denied", denials::unfit_arguments()).await;
    checks.run("a forged token is denied", denials::forged_token()).await;
    checks.run("a token for another audience is denied", denials::wrong_audience()).await;
    checks.run("a token that has expired already is denied", denials::expired_token()).await;
    checks.run("without the issuer's keys nothing is sent", denials::keys_unreachable()).await;
    checks.run("an untrusted CA stops everything", denials::untrusted_ca()).await;
    checks.run("a wrong secret stops everything", denials::wrong_secret()).await;
    checks.run("a token that expires in mid-session is replaced", sessions::token_expires()).await;
    checks.run("a token that is revoked in mid-session is replaced", sessions::token_revoked()).await;
    checks.run("a lost MCP session is made anew", sessions::session_lost()).await;
    checks.run("keys that rotate are found", sessions::keys_rotate()).await;
    checks.run("many callers need one token and one key set", sessions::many_callers()).await;
    checks.run("our own guard lets the right token in", guarded::lets_the_right_token_in()).await;
    checks.run("our own guard says what is missing", guarded::says_what_is_missing()).await;
    checks.run("no secret is in any record, error or debug text", sessions::no_secret_shows()).await;
    checks.run("no secret is in any log line of this run, at any level of any crate", canary::silent()).await;
    checks.close()
}
