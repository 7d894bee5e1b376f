//! Tools that whoever asks runs: what holds for all other conversations holds for these, but that nothing is called here.

use toolgate::{ChatFailure, Event, JsonObject, LimitReached, Prompt, Tool, ToolChoice, ToolName, Toolgate};

use crate::Bench;

const LOOK_UP: &str = "Look up information for customer 'JOHNDOE123'";
const MODELS: [&str; 3] = ["openai/gpt-rig", "anthropic/claude-rig", "gemini/gemini-rig"];

fn own(question: &str) -> Prompt {
    let schema = r#"{"type": "object", "properties": {"customer_id": {"type": "string"}}}"#;
    let name = ToolName::new("get_customer_info").unwrap();
    let tool = Tool::new(name, "Looks a customer up.", JsonObject::parse(schema).unwrap());
    Prompt::from(question).with_own_tools([tool], Some(ToolChoice::Auto))
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_handed_over_and_made_by_nobody_here() {
    let bench = Bench::start().await;
    let toolgate = Toolgate::open(bench.config()).unwrap();
    for model in MODELS {
        let model = toolgate.model(Some(model)).unwrap();
        let answer = toolgate.chat(&model, own(LOOK_UP)).await.unwrap();
        let [call] = &answer.calls[..] else { panic!("{answer:?}") };
        assert_eq!(&*call.name, "get_customer_info");
        assert!(call.raw_arguments.contains("JOHNDOE123") && answer.passages.is_empty(), "{answer:?}");

        let mut told = (Vec::new(), String::new());
        let mut conversation = toolgate.chat_stream(&model, own(LOOK_UP));
        while let Some(event) = conversation.next().await {
            match event.unwrap() {
                Event::CallBegin { index, name, .. } => told.0.push((index, name.to_string())),
                Event::CallDelta { index: 0, delta } => told.1.push_str(&delta),
                Event::Done(answer) => assert_eq!(*answer.calls[0].raw_arguments, *told.1, "{model:?}"),
                other => assert!(!matches!(other, Event::ToolRequested { .. }), "{other:?}"),
            }
        }
        assert_eq!(told.0, [(0, "get_customer_info".to_owned())]);
    }
    let nothing = Prompt::from("hello").with_own_tools(Vec::new(), None);
    let answer = toolgate.chat(&toolgate.model(Some(MODELS[0])).unwrap(), nothing).await.unwrap();
    assert!(answer.calls.is_empty() && !answer.text.is_empty(), "{answer:?}");
    assert_eq!(bench.rig.mcp().controls().requests(), 0, "no server is asked for anything");
    assert!(!bench.audit().exists(), "and there is nothing to record");
    assert_eq!(toolgate.metrics().total("toolgate_conversations_total", &[]), 7.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_with_the_tools_counted() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.limits.tokens = Some(150);
    let toolgate = Toolgate::open(config).unwrap();
    let model = toolgate.model(Some(MODELS[0])).unwrap();
    assert!(toolgate.chat(&model, Prompt::from("hello").with_own_tools(Vec::new(), None)).await.is_ok());
    let error = toolgate.chat(&model, own("hello")).await.unwrap_err();
    assert!(matches!(error.failure, ChatFailure::Limit(LimitReached::Tokens { limit: 150, .. })), "{error}");
}
