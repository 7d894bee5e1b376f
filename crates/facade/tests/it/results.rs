//! What a model is shown of a tool's result, and what it never is.

use toolgate::{Environment, Message, Toolgate};

use crate::{Bench, ask};

const LOOK_UP: &str = "Look up information for customer 'JOHNDOE123'";

/// What the model was told, all results after each other.
fn told(messages: &[Message]) -> String {
    let results = messages.iter().filter_map(|message| match message {
        Message::Tool(message) => Some(message.result.to_text("")),
        _ => None,
    });
    results.collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_tool_says_is_marked_as_data() {
    let bench = Bench::start().await;
    let answer = ask(bench.config(), LOOK_UP).await.unwrap();
    let marked = told(&answer.messages);
    let lines: Vec<&str> = marked.lines().collect();
    let (first, last) = (lines.first().unwrap(), lines.last().unwrap());
    assert!(first.starts_with("[Output of the tool get_customer_info.") && first.contains(last), "{marked}");
    let plain = answer.passages[0].result.to_text("");
    assert!(plain.starts_with('{') && marked.contains(&plain), "the application sees it as it came: {plain}");

    let mut config = bench.config();
    config.tools.mark = false;
    assert!(told(&ask(config, LOOK_UP).await.unwrap().messages).starts_with('{'));
    let denied = ask(bench.config(), "Drop all tables.").await.unwrap();
    assert!(told(&denied.messages).starts_with("Denied: "), "the gate's own words are no tool's");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_of_ours_comes_back_from_a_tool() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    let of_a_cloud = ("AWS_SECRET_ACCESS_KEY", "aws-canary-of-a-model".to_owned());
    config.environment = Environment::from_iter(bench.rig.environment().into_iter().chain([of_a_cloud]));
    let toolgate = Toolgate::open(config).unwrap();
    let model = toolgate.model(None).unwrap();
    let (token, _) = toolgate.token().await.unwrap();
    let secrets = [token.expose_secret(), "openai-client-secret", "sk-openai-rig", "aws-canary-of-a-model"];
    bench
        .rig
        .mcp()
        .controls()
        .set_failure("get_customer_info", Some(&format!("found {}", secrets.join(" "))));
    let answer = toolgate.chat(&model, LOOK_UP).await.unwrap();
    let shown = answer.passages[0].result.to_text("");
    assert_eq!(shown.matches("[redacted]").count(), 4, "{shown}");
    let everything = format!("{}{}{}", told(&answer.messages), shown, answer.text);
    secrets.iter().for_each(|secret| assert!(!everything.contains(secret), "{everything}"));
}

/// A token that was replaced is good until it expires, and its server still knows it.
#[tokio::test(flavor = "multi_thread")]
async fn no_token_of_before_comes_back_from_a_tool_either() {
    let bench = Bench::start().await;
    let toolgate = Toolgate::open(bench.config()).unwrap();
    let model = toolgate.model(None).unwrap();
    let (before, _) = toolgate.token().await.unwrap();
    toolgate.close().await.unwrap();
    let (now, _) = toolgate.token().await.unwrap();
    assert_ne!(before, now);
    bench.rig.mcp().controls().set_failure("get_customer_info", Some(before.expose_secret()));
    let answer = toolgate.chat(&model, LOOK_UP).await.unwrap();
    let everything = format!("{}{:?}{}", told(&answer.messages), answer.passages[0].result, answer.text);
    assert!(
        everything.contains("[redacted]") && !everything.contains(before.expose_secret()),
        "{everything}"
    );
}

/// What was secret under the configuration before is no less so: its tokens are good, and its servers know them.
#[tokio::test(flavor = "multi_thread")]
async fn no_secret_of_an_earlier_configuration_comes_back_from_a_tool() {
    let bench = Bench::start().await;
    let with = |secret: &str| {
        let mut config = bench.config();
        let of_a_cloud = ("AWS_SECRET_ACCESS_KEY", secret.to_owned());
        config.environment = Environment::from_iter(bench.rig.environment().into_iter().chain([of_a_cloud]));
        config
    };
    let toolgate = Toolgate::open(with("aws-canary-of-before")).unwrap();
    let (before, _) = toolgate.token().await.unwrap();
    toolgate.reload(with("aws-canary-of-now")).await.unwrap();
    toolgate.reload(with("aws-canary-of-now")).await.unwrap();
    let (now, _) = toolgate.token().await.unwrap();
    assert_ne!(before, now);
    let secrets = [before.expose_secret(), now.expose_secret(), "aws-canary-of-before", "aws-canary-of-now"];
    let echo = format!("found {}", secrets.join(" "));
    bench.rig.mcp().controls().set_failure("get_customer_info", Some(&echo));
    let answer = toolgate.chat(&toolgate.model(None).unwrap(), LOOK_UP).await.unwrap();
    let shown = answer.passages[0].result.to_text("");
    assert_eq!(shown.matches("[redacted]").count(), 4, "{shown}");
    let everything = format!("{}{shown}{}", told(&answer.messages), answer.text);
    secrets.iter().for_each(|secret| assert!(!everything.contains(secret), "{everything}"));
}
