//! Answers into a type.

use serde::Deserialize;
use toolgate::{ChatFailure, FormError, JsonObject, JsonSchema, Message, Toolgate};
use toolgate_testkit::models::{Dialect, Script};
use toolgate_testkit::{Rig, RigSettings};

use crate::Bench;

#[derive(Debug, PartialEq, Deserialize)]
struct Verdict {
    customer_id: String,
    calculation: Calculation,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Calculation {
    total: f64,
}

const VALUE: &str = "What is the value of CUST67890?";

const SCRIPT: &str = r#"
otherwise.text = "It is premium."

[[rule]]
when.user = 'value of CUST67890'
then.calls = [{ tool = "calculate_account_value", arguments = { customer_id = "CUST67890", amounts = [150, 300] } }]

[[rule]]
when.results = ["calculate_account_value"]
then.text = "{result:}"
"#;

/// Describes an answer whose total is at most `most`.
fn schema(most: u32) -> JsonSchema {
    let schema = format!(
        r#"{{"type": "object", "required": ["customer_id", "calculation"], "properties":
            {{"calculation": {{"properties": {{"total": {{"type": "number", "maximum": {most}}}}}}}}}}}"#
    );
    JsonSchema::new("verdict", JsonObject::parse(&schema).unwrap()).with_strict(false)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_read_into_a_type_and_checked() {
    let rig = Rig::start(RigSettings::default().with_script(Script::from_toml(SCRIPT))).await;
    let bench = Bench { rig, folder: tempfile::tempdir().unwrap() };
    let toolgate = Toolgate::open(bench.config()).unwrap();
    for model in ["openai/gpt-rig", "anthropic/claude-rig"] {
        let model = toolgate.model(Some(model)).unwrap();
        let (verdict, answer) = toolgate.chat_as::<Verdict>(&model, VALUE, schema(1000)).await.unwrap();
        assert_eq!(
            verdict,
            Verdict { customer_id: "CUST67890".into(), calculation: Calculation { total: 450.0 } }
        );
        assert_eq!(answer.passages.len(), 1, "tools are used on the way");
    }
    let asked = &bench.rig.models().controls().bodies(Dialect::OpenAi)[0]["response_format"];
    assert_eq!(asked["json_schema"]["name"], "verdict", "{asked}");

    let model = toolgate.model(None).unwrap();
    for (question, says) in [("Is it?", "it is no JSON"), (VALUE, "at \"/calculation/total\"")] {
        let error = toolgate.chat_as::<Verdict>(&model, question, schema(100)).await.unwrap_err();
        assert!(matches!(&error.failure, ChatFailure::Form(FormError::Answer { .. })), "{error}");
        assert!(error.to_string().contains(says), "{error}");
        assert!(matches!(error.messages.last(), Some(Message::Assistant(_))), "what it said is there");
    }
    let requests = bench.rig.models().controls().requests(Dialect::OpenAi);
    let none = JsonSchema::new("none", JsonObject::parse(r#"{"type": "sometimes"}"#).unwrap());
    let error = toolgate.chat_as::<Verdict>(&model, "Is it?", none).await.unwrap_err();
    assert!(matches!(&error.failure, ChatFailure::Form(FormError::Schema { .. })), "{error}");
    assert_eq!(bench.rig.models().controls().requests(Dialect::OpenAi), requests, "nothing was asked");
}
