//! The loop around the gate.

use std::sync::Arc;
use std::time::Duration;

use toolgate::{BridgeError, ChatFailure, FinishReason, LimitReached, Message, Toolgate};
use toolgate_http_client::{Body, HttpClient, HttpError, Request, Response};
use toolgate_testkit::models::Dialect;

use crate::{Bench, ask};

pub(crate) const BOTH: &str =
    "Look up customer JOHNDOE123 and calculate the account value of CUST67890, both at once.";

#[tokio::test(flavor = "multi_thread")]
async fn parallel_calls_run_side_by_side_and_answer_in_order() {
    let bench = Bench::start().await;
    let controls = bench.rig.mcp().controls();
    controls.set_delay("get_customer_info", Duration::from_millis(80));
    let answer = ask(bench.config(), BOTH).await.unwrap();
    let names: Vec<&str> = answer.passages.iter().map(|passage| &*passage.call.name).collect();
    assert_eq!(names, ["get_customer_info", "calculate_account_value"], "the slow first call stays first");
    let ids: Vec<&str> = answer.passages.iter().map(|passage| passage.call.id.as_str()).collect();
    let answered: Vec<&str> = answer
        .messages
        .iter()
        .filter_map(|message| match message {
            Message::Tool(result) => Some(result.call_id.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(answered, ids);
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_checked_before_the_step() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.limits.tool_calls = 1;
    let error = ask(config.clone(), BOTH).await.unwrap_err();
    assert!(matches!(error.failure, ChatFailure::Limit(LimitReached::ToolCalls(1))), "{error}");
    assert_eq!(bench.rig.mcp().controls().calls(), 0, "neither of the two was made");
    assert_eq!(
        error.messages.len(),
        4,
        "the transcript so far is there, and says of both that they were not called"
    );
    let recorded = std::fs::read_to_string(bench.audit()).unwrap();
    assert_eq!(
        recorded.matches("\"rule\":\"conversation_limit\"").count(),
        2,
        "both were asked for: {recorded}"
    );
    assert_eq!(recorded.matches("\"verdict\":\"denied\"").count(), 2, "{recorded}");
    config.limits.tool_calls = 2;
    config.audit.file.set_extension("enough"); // one writer to a file
    assert_eq!(ask(config, BOTH).await.unwrap().passages.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_an_answer_is_not_repeated_and_not_called_harmless() {
    let bench = Bench::start().await;
    let controls = bench.rig.mcp().controls();
    controls.set_delay("get_customer_info", Duration::from_secs(30));
    let mut config = bench.config();
    config.mcp.values_mut().for_each(|server| server.timeout_seconds = 1);
    let answer = ask(config, "Look up information for customer 'JOHNDOE123'").await.unwrap();
    let failure = answer.passages[0].failure.as_ref().unwrap();
    assert!(failure.may_have_run(), "{failure}");
    assert!(answer.text.contains("may or may not have run"), "{}", answer.text);
    assert_eq!(controls.calls(), 1);
    let _: &BridgeError = failure;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_told_of_the_tools_and_they_count_as_what_it_reads() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    ask(config.clone(), BOTH).await.unwrap();
    let body = &bench.rig.models().controls().bodies(Dialect::OpenAi)[0];
    let tools = body["tools"].as_array().unwrap();
    assert!(tools.iter().any(|tool| tool["function"]["name"] == "get_customer_info"), "{tools:?}");
    let bytes: usize = tools.iter().map(|tool| tool["function"]["parameters"].to_string().len()).sum();
    config.limits.tokens = Some(20);
    config.audit.file.set_extension("limited"); // one writer to a file
    let error = ask(config, BOTH).await.unwrap_err();
    let ChatFailure::Limit(LimitReached::Tokens { next, .. }) = error.failure else { panic!("{error}") };
    assert!(next > (bytes + BOTH.len()) as u64, "{next} and {bytes}");
}

/// The model's provider breaks each reply off that asks for a tool.
struct Filtering(Arc<dyn HttpClient>);

#[async_trait::async_trait]
impl HttpClient for Filtering {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let is_model = request.uri().path().ends_with("/chat/completions");
        let (head, body) = self.0.send(request).await?.into_parts();
        if !is_model {
            return Ok(Response::from_parts(head, body));
        }
        let text = String::from_utf8(body.bytes().await?.to_vec()).unwrap();
        let text = text.replace("\"finish_reason\":\"tool_calls\"", "\"finish_reason\":\"content_filter\"");
        Ok(Response::from_parts(head, Body::from(bytes::Bytes::from(text))))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_filter_broke_off_is_not_run() {
    let bench = Bench::start().await;
    let config = bench.config();
    let http = Arc::new(Filtering(config.http_client().unwrap()));
    let toolgate = Toolgate::open_with(config, http).unwrap();
    let answer = toolgate.chat(&toolgate.model(None).unwrap(), BOTH).await.unwrap();
    assert_eq!((&answer.finish, answer.passages.len()), (&FinishReason::ContentFilter, 0));
    assert_eq!(bench.rig.mcp().controls().calls(), 0);
    let told = serde_json::to_string(&answer.messages).unwrap();
    assert_eq!(told.matches("was not called").count(), 2, "each call has a result: {told}");
}
