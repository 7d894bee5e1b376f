//! Models that stand in for each other behind one gate.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use toolgate::{
    Answer, ChatError, ChatFailure, Config, Conversation, Environment, Event, HttpClient, HttpError,
    LimitReached, ShortPromptsConfig, TargetConfig, Toolgate,
};
use toolgate_http_client::{Body, Origin, Phase, Request, Response};
use toolgate_testkit::models::Dialect;

use crate::Bench;

const LOOK_UP: &str = "Look up information for customer 'JOHNDOE123'";
const GEMINI: &str = "gemini/gemini-rig";
const OPENAI: &str = "openai/gpt-rig";

/// Answers some requests to Gemini in its place.
struct Faulty {
    http: Arc<dyn HttpClient>,
    asked: Arc<AtomicUsize>,
    fault: fn(usize) -> Fault,
}

enum Fault {
    None,
    Status(u16),
    /// A refusal that says how long to wait.
    Busy(&'static str),
    /// The stream ends in mid-answer.
    Cut,
    Gone,
    /// Nobody listens there.
    Down,
}

#[async_trait]
impl HttpClient for Faulty {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        if !request.uri().path().starts_with("/v1beta") {
            return self.http.send(request).await;
        }
        let asked = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        match (self.fault)(asked) {
            Fault::None => self.http.send(request).await,
            Fault::Gone => Err(HttpError::Timeout {
                origin: Origin::of(request.uri())?,
                phase: Phase::FirstByte,
                after: Duration::ZERO,
            }),
            Fault::Down => {
                let (origin, reason) = (Origin::of(request.uri())?, "connection refused".to_owned());
                Err(HttpError::Connect { origin, reason })
            }
            Fault::Status(status) => Ok(refusal(status, "0.05")),
            Fault::Busy(retry_after) => Ok(refusal(503, retry_after)),
            Fault::Cut => {
                let (head, body) = self.http.send(request).await?.into_parts();
                let body = body.bytes().await?;
                let first =
                    body.windows(4).position(|bytes| bytes == b"\r\n\r\n" || bytes.starts_with(b"\n\n"));
                Ok(Response::from_parts(head, Body::from(body.slice(..first.unwrap() + 4))))
            }
        }
    }
}

fn refusal(status: u16, retry_after: &'static str) -> Response {
    let mut response = Response::new(Body::from(Bytes::from_static(b"{}")));
    *response.status_mut() = status.try_into().unwrap();
    response.headers_mut().insert("retry-after", retry_after.parse().unwrap());
    response
}

/// A client of two models, the first of which fails like this; and how often that one was asked.
fn open(config: Config, fault: fn(usize) -> Fault) -> (Toolgate, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let http = config.http_client().unwrap();
    let faulty = Faulty { http, asked: Arc::clone(&asked), fault };
    (Toolgate::open_with(config, Arc::new(faulty)).unwrap(), asked)
}

fn two(bench: &Bench) -> Config {
    let mut config = bench.config();
    let mut other = TargetConfig::new(OPENAI);
    other.order = 1;
    config.models = vec![TargetConfig::new(GEMINI), other];
    config
}

async fn ask(toolgate: &Toolgate) -> Result<Answer, ChatError> {
    toolgate.chat(toolgate.models().unwrap(), LOOK_UP).await
}

#[tokio::test(flavor = "multi_thread")]
async fn another_model_goes_on_with_the_transcript_and_no_tool_runs_twice() {
    let bench = Bench::start().await;
    let (toolgate, asked) =
        open(two(&bench), |asked| if asked == 2 { Fault::Status(503) } else { Fault::None });
    let answer = ask(&toolgate).await.unwrap();
    assert!(answer.text.contains("customerjohndoe123@example.com"), "{}", answer.text);
    assert_eq!((&*answer.model, answer.rounds, asked.load(Ordering::Relaxed)), (OPENAI, 2, 2));
    assert_eq!((answer.passages.len(), bench.rig.mcp().controls().calls()), (1, 1), "the tool ran once");
    assert_eq!(
        bench.rig.models().controls().requests(Dialect::OpenAi),
        1,
        "only the answer that did not come"
    );
    let lost = answer.lossiness.iter().any(|loss| loss.to_string().contains("reasoning"));
    assert!(
        lost,
        "Gemini's signed reasoning is of no use elsewhere, and that is said: {:?}",
        answer.lossiness
    );
    assert_eq!(toolgate.metrics().total("toolgate_failovers_total", &[]), 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_wait_is_too_long_to_go_on_without_its_model() {
    let bench = Bench::start().await;
    // More seconds than any clock shows.
    let (toolgate, _) = open(two(&bench), |_| Fault::Busy("1e19"));
    assert_eq!(&*ask(&toolgate).await.unwrap().model, OPENAI);
}

/// The steps that are about models, and how it ended.
async fn read(mut conversation: Conversation) -> (Vec<String>, Result<Answer, ChatError>) {
    let mut told = Vec::new();
    loop {
        match conversation.next().await.unwrap() {
            Ok(Event::Model { id, round }) => told.push(format!("{round} {id}")),
            Ok(Event::Failover { from, to, .. }) => told.push(format!("{from} -> {to}")),
            Ok(Event::Text { .. }) if told.last().is_none_or(|last| last != "text") => {
                told.push("text".into())
            }
            Ok(Event::Done(answer)) => return (told, Ok(*answer)),
            Ok(_) => {}
            Err(error) => return (told, Err(error)),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_fails_over_until_something_was_shown_unless_asked_to() {
    let bench = Bench::start().await;
    let (toolgate, _) = open(two(&bench), |_| Fault::Status(503));
    let (told, ended) = read(toolgate.chat_stream(toolgate.models().unwrap(), LOOK_UP)).await;
    assert_eq!(told[..3], [format!("1 {GEMINI}"), format!("{GEMINI} -> {OPENAI}"), format!("1 {OPENAI}")]);
    ended.unwrap();

    let cut = |asked| if asked == 2 { Fault::Cut } else { Fault::None };
    drop(toolgate);
    let (toolgate, _) = open(two(&bench), cut);
    let (told, ended) = read(toolgate.chat_stream(toolgate.models().unwrap(), LOOK_UP)).await;
    assert_eq!(told, [format!("1 {GEMINI}"), format!("2 {GEMINI}"), "text".into()]);
    let error = ended.unwrap_err();
    assert!(matches!(&error.failure, ChatFailure::Model(error) if error.is_transient()), "{error}");
    assert_eq!(error.passages.len(), 1, "what was done before is there");

    let mut config = two(&bench);
    config.failover.after_shown = true;
    drop(toolgate);
    let (toolgate, _) = open(config, cut);
    let (told, ended) = read(toolgate.chat_stream(toolgate.models().unwrap(), LOOK_UP)).await;
    let again = [format!("{GEMINI} -> {OPENAI}"), format!("2 {OPENAI}"), "text".into()];
    assert_eq!(told[3..], again, "{told:?}");
    assert!(ended.unwrap().text.contains("customerjohndoe123@example.com"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_is_gone_is_left_alone_after_a_while() {
    let bench = Bench::start().await;
    let (toolgate, asked) = open(two(&bench), |_| Fault::Gone);
    for _ in 0..5 {
        assert_eq!(&*ask(&toolgate).await.unwrap().model, OPENAI);
    }
    assert_eq!(asked.load(Ordering::Relaxed), 3, "three failures, and then nobody tries");
    let numbers = toolgate.metrics();
    assert_eq!(numbers.total("toolgate_breaker_state", &[("target", GEMINI)]), 2.0);
    assert_eq!(numbers.total("toolgate_breaker_state", &[("target", OPENAI)]), 0.0);

    // Other settings do not make it well; another key may.
    let mut config = two(&bench);
    config.tools.mark = !config.tools.mark;
    toolgate.reload(config).await.unwrap();
    ask(&toolgate).await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 3, "it is left alone as before");
    assert_eq!(toolgate.metrics().total("toolgate_breaker_state", &[("target", GEMINI)]), 2.0);
    let mut config = two(&bench);
    let models = bench.rig.models();
    config.apply_environment(Environment::from_iter([
        ("OAUTH_CLIENT_SECRET", "openai-client-secret".to_owned()),
        ("OPENAI_BASE_URL", models.openai_base_url()),
        ("OPENAI_API_KEY", "sk-openai-rig".to_owned()),
        ("GEMINI_BASE_URL", models.gemini_base_url()),
        ("GEMINI_API_KEY", "another-key".to_owned()),
    ]));
    toolgate.reload(config).await.unwrap();
    assert_eq!(toolgate.metrics().total("toolgate_breaker_state", &[("target", GEMINI)]), 0.0);
    ask(&toolgate).await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_asked_again_when_it_says_where_no_other_may_be() {
    let bench = Bench::start().await;
    let mut config = two(&bench);
    config.models[0].region = Some("eu".to_owned());
    config.models[1].region = Some("us".to_owned());
    let (toolgate, asked) =
        open(config.clone(), |asked| if asked == 1 { Fault::Status(429) } else { Fault::None });
    assert_eq!(&*ask(&toolgate).await.unwrap().model, GEMINI);
    assert_eq!(asked.load(Ordering::Relaxed), 3);
    drop(toolgate);
    let (toolgate, asked) = open(config, |_| Fault::Status(429));
    let error = ask(&toolgate).await.unwrap_err();
    assert!(error.to_string().contains("rate limited"), "{error}");
    assert_eq!(asked.load(Ordering::Relaxed), 4, "as often as attempts says");
    let elsewhere = bench.rig.models().controls().requests(Dialect::OpenAi);
    assert_eq!(elsewhere, 0, "what is for one region goes to no other");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_prompt_goes_to_the_model_for_short_prompts() {
    let bench = Bench::start().await;
    let mut config = two(&bench);
    config.routing.short_prompts = Some(ShortPromptsConfig::new(OPENAI, 60));
    let (toolgate, _) = open(config.clone(), |_| Fault::None);
    let models = toolgate.models().unwrap();
    assert_eq!(&*toolgate.chat(&models, LOOK_UP).await.unwrap().model, OPENAI);
    let long = format!("{LOOK_UP} and tell me about their account status.");
    assert_eq!(&*toolgate.chat(&models, long).await.unwrap().model, GEMINI);

    config.routing.short_prompts = Some(ShortPromptsConfig::new("openai/other", 60));
    drop(toolgate);
    let (toolgate, _) = open(config.clone(), |_| Fault::None);
    let refused = toolgate.models().unwrap_err().to_string();
    assert!(
        refused.contains("[routing.short_prompts]") && refused.contains("one of [[models]]"),
        "{refused}"
    );
    config.model = Some(OPENAI.to_owned());
    drop(toolgate);
    let (toolgate, _) = open(config, |_| Fault::None);
    assert!(toolgate.models().unwrap_err().to_string().contains("keep one of the two"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_broke_off_may_have_cost_all_of_it_and_what_was_refused_has_cost_nothing() {
    let bench = Bench::start().await;
    let mut config = two(&bench);
    config.limits.tokens = Some(20_000);
    config.limits.answer_tokens = Some(u32::MAX);
    let (toolgate, _) = open(config.clone(), |asked| if asked == 1 { Fault::Gone } else { Fault::None });
    let error = ask(&toolgate).await.unwrap_err();
    let ChatFailure::Limit(LimitReached::Tokens { used: 20_000, .. }) = error.failure else {
        panic!("{error}")
    };
    let refused = |asked: usize| if asked == 1 { Fault::Status(503) } else { Fault::None };
    // What was never sent is as good: with a limit, it would end the conversation that failing over is for.
    let down = |asked: usize| if asked == 1 { Fault::Down } else { Fault::None };
    for (place, fault) in [("refused", refused as fn(usize) -> Fault), ("down", down)] {
        config.audit.file.set_extension(place); // one writer to a file
        let (toolgate, _) = open(config.clone(), fault);
        assert_eq!(&*ask(&toolgate).await.unwrap().model, OPENAI, "{place}");
    }
}

/// Nobody answers where tokens for Azure's models come from.
struct NoTokens(Arc<dyn HttpClient>);

#[async_trait]
impl HttpClient for NoTokens {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        if !request.uri().path().ends_with("/oauth2/v2.0/token") {
            return self.0.send(request).await;
        }
        let (origin, phase) = (Origin::of(request.uri())?, Phase::FirstByte);
        Err(HttpError::Timeout { origin, phase, after: Duration::ZERO })
    }
}

/// It looks as if the model had taken too long, but no model was asked.
#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_sent_for_want_of_a_token_has_cost_nothing() {
    let bench = Bench::start().await;
    let azure = [
        ("AZURE_RESOURCE", "ours"),
        ("AZURE_TENANT_ID", "tenant"),
        ("AZURE_CLIENT_ID", "client"),
        ("AZURE_CLIENT_SECRET", "s3cret"),
    ];
    let azure = azure.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let variables = bench.rig.environment().into_iter().map(|(name, value)| (name.into(), value));
    let mut config = Config::from_environment(variables.chain(azure).collect::<Environment>());
    config.audit.file = bench.audit();
    config.models = two(&bench).models;
    config.models[0] = TargetConfig::new("azure/gpt-5");
    (config.limits.tokens, config.limits.answer_tokens) = (Some(20_000), Some(u32::MAX));
    let http = Arc::new(NoTokens(config.http_client().unwrap()));
    let toolgate = Toolgate::open_with(config, http).unwrap();
    let answer = ask(&toolgate).await.unwrap();
    assert_eq!(&*answer.model, OPENAI);
    let mut conversation = toolgate.chat_stream(toolgate.models().unwrap(), LOOK_UP);
    while let Some(event) = conversation.next().await {
        event.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_between_two_failures_sets_them_apart() {
    let bench = Bench::start().await;
    let mut config = two(&bench);
    config.failover.breaker_failures = std::num::NonZeroU32::new(2).unwrap();
    let (toolgate, asked) =
        open(config, |asked| if matches!(asked, 1 | 3) { Fault::Gone } else { Fault::None });
    for (conversation, so_far) in [1, 3, 5].into_iter().enumerate() {
        ask(&toolgate).await.unwrap();
        assert_eq!(asked.load(Ordering::Relaxed), so_far, "after conversation {}", conversation + 1);
    }
}
