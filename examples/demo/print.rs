//! Everything that the demo prints.

use std::path::Path;

use anstyle::{AnsiColor, Style};
use toolgate::{Answer, ChatError, Decision, Passage, audit};
use toolgate_examples::scenario::{SCENARIOS, Scenario};
use toolgate_testkit::Rig;

use crate::run::{Cell, Run};

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const STRONG: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

pub(crate) fn rig(rig: &Rig) {
    anstream::println!("{STRONG}toolgate demo{STRONG:#}: one gate, whichever model asks\n");
    anstream::println!("The rig runs in this process, all of it over TLS with a development CA:");
    anstream::println!("  OAuth server     {}", rig.token_url());
    anstream::println!("  MCP server       {}", rig.mcp_url());
    anstream::println!(
        "  scripted models  {} (OpenAI, Anthropic and Gemini dialects)",
        rig.models().anthropic_base_url()
    );
    anstream::println!("  trusted CA       {}", rig.ca_path().display());
    for note in rig.says() {
        anstream::println!("  {FAINT}{note}{FAINT:#}");
    }
}

pub(crate) fn scenario(number: usize, scenario: &Scenario) {
    anstream::println!("\n{STRONG}{number}. {}{STRONG:#}", scenario.title);
    anstream::println!("   {FAINT}{}{FAINT:#}", scenario.question);
}

pub(crate) fn cell(model: &str, answered: &Result<Answer, ChatError>, cell: &Cell) {
    anstream::println!("\n   {STRONG}{model}{STRONG:#}");
    let passages = match answered {
        Ok(answer) => &answer.passages,
        Err(error) => &error.passages,
    };
    passages.iter().for_each(passage);
    match answered {
        Ok(answer) => anstream::println!("     answers  {}", answer.text.replace('\n', "\n              ")),
        Err(error) => anstream::println!("     {BAD}fails{BAD:#}    {error}"),
    }
    for fault in &cell.faults {
        anstream::println!("     {BAD}✗ {fault}{BAD:#}");
    }
}

fn passage(passage: &Passage) {
    anstream::println!("     asks for {} {}", passage.call.name, passage.call.raw_arguments);
    let decided = decision(&passage.decision);
    match &passage.decision.denial {
        None => anstream::println!("     gate     {GOOD}✓ {decided}{GOOD:#}"),
        Some(_) => anstream::println!("     gate     {BAD}✗ {decided}{BAD:#}; nothing was sent"),
    }
}

/// A decision in short.
pub(crate) fn decision(decision: &Decision) -> String {
    match &decision.denial {
        None => format!("allowed: token verified, holds {}", decision.scopes_needed.join(" ")),
        Some(denial) => format!("denied ({}): needs {}", denial.kind(), decision.scopes_needed.join(" ")),
    }
}

pub(crate) fn table(run: &Run, models: &[String]) {
    let first = SCENARIOS.iter().map(|scenario| scenario.title.len()).max().unwrap_or_default();
    let second = models.iter().map(String::len).max().unwrap_or_default();
    anstream::println!(
        "\n{STRONG}{:first$}  {:second$}  decision  answer  time      ours{STRONG:#}",
        "scenario",
        "model"
    );
    for (scenario, cells) in SCENARIOS.iter().zip(&run.cells) {
        for (model, cell) in models.iter().zip(cells) {
            let decided =
                cell.decision.split([':', ' ']).next().filter(|word| !word.is_empty()).unwrap_or("none");
            let right = if cell.faults.is_empty() {
                format!("{GOOD}right{GOOD:#} ")
            } else {
                format!("{BAD}wrong{BAD:#} ")
            };
            let (total, own) = (milliseconds(cell.total), milliseconds(cell.own));
            anstream::println!(
                "{:first$}  {model:second$}  {decided:8}  {right}  {total:>7}  {own:>7}",
                scenario.title
            );
        }
    }
    anstream::println!(
        "{FAINT}time: the whole conversation; ours: the part not spent waiting for a server, audit records on disk included{FAINT:#}"
    );
}

fn milliseconds(duration: std::time::Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1000.0)
}

pub(crate) fn closing(run: &Run, folder: &Path) -> Result<(), audit::AuditError> {
    anstream::println!("\n{}", run.counts);
    for file in ["full.audit.jsonl", "limited.audit.jsonl"] {
        let path = folder.join(file);
        let report = audit::verify(&path)?;
        let whole = if report.is_intact() { "whole" } else { "BROKEN" };
        let (allowed, denied) = (report.allowed, report.denied);
        anstream::println!(
            "audit file {}: chain {whole}, {allowed} allowed, {denied} denied",
            path.display()
        );
    }
    if run.faults.is_empty() {
        anstream::println!(
            "{GOOD}✓ every decision is identical on every model, and every answer is right{GOOD:#}"
        );
        return Ok(());
    }
    for fault in &run.faults {
        anstream::println!("{BAD}✗ {fault}{BAD:#}");
    }
    Ok(())
}
