//! Every fault at every hop: what becomes of the conversation, and that nothing hangs, runs twice, stays unrecorded or
//! gives a secret away. Prints the matrix (`--nocapture`).

mod detour;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use http::Version;
use toolgate::{Answer, ChatError, ChatFailure, Event, Toolgate, audit};
use toolgate_testkit::{Fault, FaultServer};

use self::detour::{Detour, Hop};
use crate::Bench;

const LOOK_UP: &str = "Look up information for customer 'JOHNDOE123'";
/// Far above what any cell may take: each of its requests has a second, and a token is asked for a few times.
const DEADLINE: Duration = Duration::from_secs(20);
const SIDE_BY_SIDE: usize = 8;
const SECRETS: [&str; 4] = ["openai-client-secret", "sk-openai-rig", "eyJ", "Basic "];

/// What the documentation promises for a hop, whatever its fault.
fn promised(hop: Hop, fault: Fault) -> &'static str {
    match hop {
        Hop::Token | Hop::Keys | Hop::Listing => "no tools, nothing asked",
        Hop::Model => "the model's error, nothing called",
        Hop::ModelAgain => "the model's error, after one call",
        Hop::Call if surely_did_nothing(fault) => "answered, the call failed",
        Hop::Call => "answered, the call may have happened",
    }
}

/// Whether the server cannot have acted on the request, by the client's own knowledge.
fn surely_did_nothing(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::Refuse
            | Fault::StallHandshake
            | Fault::ExpiredCertificate
            | Fault::WrongHostCertificate
            | Fault::UntrustedCertificate
            | Fault::RevokedCertificate
            | Fault::SelfSignedCertificate
            | Fault::OldTls
            | Fault::TlsDowngrade
            | Fault::NoTls
            | Fault::GoAway
            | Fault::RefuseStream
    )
}

fn found(ended: &Result<Answer, ChatError>, outcomes: &str) -> &'static str {
    match ended {
        Ok(answer) if answer.passages.iter().any(|passage| passage.failure.is_none()) => "answered",
        Ok(_) if outcomes == "unknown" => "answered, the call may have happened",
        Ok(_) => "answered, the call failed",
        Err(error) => match (&error.failure, error.passages.len()) {
            (ChatFailure::Model(_), 0) => "the model's error, nothing called",
            (ChatFailure::Model(_), 1) => "the model's error, after one call",
            (ChatFailure::Mcp(_), 0) => "no tools, nothing asked",
            _ => "something else",
        },
    }
}

/// One cell: its line of the matrix, and what is wrong with it.
async fn cell(hop: Hop, fault: Fault, streamed: bool) -> (String, Option<String>) {
    let version = if fault.applies_to(Version::HTTP_2) { Version::HTTP_2 } else { Version::HTTP_11 };
    let (bench, server) = (Bench::start().await, FaultServer::start(version).await);
    server.fail(fault).await;
    let config = bench.config();
    let detour = Detour::new(hop, &server, &bench.rig, config.http_client().unwrap());
    let toolgate = Toolgate::open_with(config, Arc::new(detour)).unwrap();
    let model = toolgate.model(None).unwrap();
    let started = Instant::now();
    let ended = tokio::time::timeout(DEADLINE, async {
        if streamed { read(&toolgate, &model).await } else { toolgate.chat(&model, LOOK_UP).await }
    });
    let name = format!("{hop:?} {}", if streamed { "streamed" } else { "plain" });
    let Ok(ended) = ended.await else { return (name.clone(), Some(format!("{name} {fault:?}: it hung"))) };
    let took = started.elapsed();

    let text = std::fs::read_to_string(bench.audit()).unwrap_or_default();
    let outcome = text.split("\"outcome\":\"").nth(1).and_then(|rest| rest.split('"').next());
    let outcome = outcome.unwrap_or("none");
    let found = found(&ended, outcome);
    let line = format!("{name:<20} {fault:<21?} {found:<38} {outcome:<9} {:>6} ms", took.as_millis());
    let mut wrong = String::new();
    if found != promised(hop, fault) {
        write!(wrong, "expected: {}. ", promised(hop, fault)).unwrap();
    }
    let passages =
        ended.as_ref().map_or_else(|error| &error.passages, |answer| &answer.passages).len() as u64;
    let report = audit::verify(bench.audit()).unwrap();
    let recorded = (report.allowed, text.matches("\"outcome\":").count() as u64);
    if !report.is_intact() || recorded != (passages, passages) {
        write!(wrong, "recorded {recorded:?} of {passages}. ").unwrap();
    }
    let executed = bench.rig.mcp().controls().executed();
    if executed > usize::from(hop == Hop::ModelAgain) {
        write!(wrong, "executed {executed} times. ").unwrap();
    }
    let said = format!("{ended:?} {}", ended.as_ref().err().map_or_else(String::new, ToString::to_string));
    for secret in SECRETS.iter().filter(|secret| said.contains(*secret) || text.contains(*secret)) {
        write!(wrong, "{secret} shows. ").unwrap();
    }
    if let (false, Err(error)) = (wrong.is_empty(), &ended) {
        write!(wrong, "{error:?}").unwrap();
    }
    (line.clone(), (!wrong.is_empty()).then(|| format!("{line}: {wrong}")))
}

async fn read(toolgate: &Toolgate, model: &toolgate::ChatModel) -> Result<Answer, ChatError> {
    let mut conversation = toolgate.chat_stream(model, LOOK_UP);
    loop {
        if let Event::Done(answer) = conversation.next().await.unwrap()? {
            return Ok(*answer);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_at_every_hop_has_its_outcome() {
    let cells = Hop::ALL.into_iter().flat_map(|hop| {
        Fault::ALL.into_iter().flat_map(move |fault| {
            let streams = matches!(hop, Hop::Model | Hop::ModelAgain);
            [Some(false), streams.then_some(true)]
                .into_iter()
                .flatten()
                .map(move |streamed| (hop, fault, streamed))
        })
    });
    let done: Vec<_> = futures_util::stream::iter(cells)
        .map(|(hop, fault, streamed)| tokio::spawn(cell(hop, fault, streamed)))
        .buffered(SIDE_BY_SIDE)
        .map(Result::unwrap)
        .collect()
        .await;
    let mut wrong = Vec::new();
    for (line, complaint) in done {
        println!("{line}");
        wrong.extend(complaint);
    }
    assert!(wrong.is_empty(), "{} cells:\n{}", wrong.len(), wrong.join("\n"));
}
