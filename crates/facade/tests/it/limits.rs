//! Limits hold before the step that would go over them, and whoever reads the error can go on from there.

use toolgate::{ChatError, ChatFailure, Config, LimitReached, Message, Money, Price, Toolgate, Transcript};
use toolgate_testkit::models::Dialect;

use crate::{Bench, ask};

const ENDLESS: &str = "Check customer CUST67890 without ever stopping.";

async fn reached(config: Config, question: &str) -> (LimitReached, ChatError) {
    let error = ask(config, question).await.unwrap_err();
    let ChatFailure::Limit(limit) = &error.failure else { panic!("{error}") };
    (limit.clone(), error)
}

fn millionths(amount: u64) -> Money {
    Money::from_millionths(amount)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_enough_is_not_begun() {
    let bench = Bench::start().await;
    let models = bench.rig.models().controls();
    let mut config = bench.config();
    config.limits.tokens = Some(20);
    let (limit, error) = reached(config, ENDLESS).await;
    assert!(matches!(limit, LimitReached::Tokens { limit: 20, used: 0, .. }), "{error}");
    assert!(error.to_string().contains("raise limits.tokens"), "{error}");

    let mut config = bench.config();
    config.limits.cost = Some(millionths(1_000_000));
    let (limit, error) = reached(config.clone(), ENDLESS).await;
    assert_eq!(limit, LimitReached::NoPrice { model: "openai/gpt-rig".into() }, "{error}");
    config.prices.insert("openai/gpt-rig".into(), Price::new(millionths(u64::MAX), Money::default()));
    assert!(matches!(reached(config, ENDLESS).await.0, LimitReached::Cost { .. }));

    let mut config = bench.config();
    config.limits.bytes = 50;
    assert!(matches!(reached(config, ENDLESS).await.0, LimitReached::Bytes { limit: 50, found: 51.. }));
    assert_eq!(models.requests(Dialect::OpenAi), 0, "nothing was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_ends_a_conversation_before_it_is_overrun() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.limits.rounds = 1000;
    config.limits.tool_calls = 1000;
    // Enough for a few rounds: the first one counts with a token for each byte.
    config.limits.tokens = Some(8000);
    let (limit, error) = reached(config.clone(), ENDLESS).await;
    let LimitReached::Tokens { limit: 8000, used, next } = limit else { panic!("{error}") };
    assert_eq!(error.usage.total(), Some(used));
    assert!(used <= 8000 && used + next >= 8000, "{error}");
    let rounds = error.messages.iter().filter(|message| matches!(message, Message::Assistant(_))).count();
    assert!(rounds >= 2 && error.passages.len() == rounds, "{rounds} rounds");
    for body in bench.rig.models().controls().bodies(Dialect::OpenAi) {
        let most = &body["max_completion_tokens"];
        assert!(most.as_u64().is_some_and(|most| most <= 4096), "the answer is bounded too: {most}");
    }

    config.limits.tokens = None;
    config.limits.cost = Some(millionths(8_000));
    let price = Price::new(millionths(1_000_000), millionths(1_000_000));
    config.prices.insert("openai/gpt-rig".into(), price);
    let (limit, error) = reached(config, ENDLESS).await;
    let LimitReached::Cost { used, .. } = limit else { panic!("{error}") };
    assert_eq!(Some(used.millionths()), error.usage.total(), "a token costs a millionth");
    assert!(used <= millionths(8_000) && error.passages.len() >= 2, "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_reached_can_be_gone_on_from() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.limits.rounds = 1;
    let (_, error) = reached(config, "Look up information for customer 'JOHNDOE123'").await;
    let stored = Transcript::from_json(&error.transcript().to_json()).unwrap();
    let toolgate = Toolgate::open(bench.config()).unwrap();
    let other = toolgate.model(Some("gemini/gemini-rig")).unwrap();
    let answer = toolgate.chat(&other, stored.clone()).await.unwrap();
    assert!(answer.text.contains("customerjohndoe123@example.com"), "{}", answer.text);
    assert!(answer.passages.is_empty() && bench.rig.mcp().controls().calls() == 1, "the tool ran once");
    assert_eq!(answer.cost, None, "nobody said what it costs");
    // What the user says behind the results, Gemini from 3.6 on takes apart from them alone.
    let strict = toolgate.model(Some("gemini/gemini-3.6-rig")).unwrap();
    let answer = toolgate.chat(&strict, stored.with_question("What can you do?")).await.unwrap();
    assert!(answer.text.starts_with("I can look up customers"), "{}", answer.text);
}
