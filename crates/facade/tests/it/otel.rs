//! Traces and metrics as a collector gets them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Metric, number_data_point};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use toolgate::telemetry::Telemetry;
use toolgate::{Config, Environment, HttpClient, HttpError, Toolgate};
use toolgate_http_client::{Request, Response};
use toolgate_testkit::models::Dialect;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::prelude::*;
use wiremock::matchers::{header, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::Bench;

const LOOK_UP: &str = "Look up information for customer 'JOHNDOE123'";
const KEY: &str = "collector-canary-key";

/// Requests as they are sent, without what is added beneath.
struct Seen {
    http: Arc<dyn HttpClient>,
    requests: Mutex<Vec<Request>>,
}

#[async_trait]
impl HttpClient for Seen {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        self.requests.lock().unwrap().push(request.clone());
        self.http.send(request).await
    }
}

async fn collector(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(header("authorization", format!("Bearer {KEY}")))
        .respond_with(answer)
        .mount(&server)
        .await;
    server
}

fn config(bench: &Bench, endpoint: &str) -> Config {
    let mut config = bench.config();
    config.tls.insecure_loopback = true;
    config.telemetry.endpoint = Some(endpoint.to_owned());
    config.telemetry.headers_env = Some("HEADERS".to_owned());
    config.environment = with_headers(bench);
    config
}

/// The variables that are looked up late, and the collector's headers.
fn with_headers(bench: &Bench) -> Environment {
    Environment::from_iter([
        ("OAUTH_CLIENT_SECRET", "openai-client-secret".to_owned()),
        ("OPENAI_BASE_URL", bench.rig.models().openai_base_url()),
        ("OPENAI_API_KEY", "sk-openai-rig".to_owned()),
        ("OPENAI_MODEL", "gpt-rig".to_owned()),
        ("HEADERS", format!("authorization=Bearer%20{KEY}")),
    ])
}

/// Telemetry that hears of what this thread does.
fn listening(config: &Config) -> (Telemetry, DefaultGuard) {
    let telemetry = Telemetry::start(config).unwrap().unwrap();
    let guard = tracing_subscriber::registry().with(telemetry.layer()).set_default();
    (telemetry, guard)
}

/// The bodies that came to `path`.
async fn bodies(server: &MockServer, path: &str) -> Vec<Vec<u8>> {
    let all = server.received_requests().await.unwrap();
    all.into_iter().filter(|request| request.url.path() == path).map(|request| request.body).collect()
}

async fn spans(server: &MockServer) -> Vec<Span> {
    let mut spans = Vec::new();
    for body in bodies(server, "/v1/traces").await {
        for resource in ExportTraceServiceRequest::decode(&*body).unwrap().resource_spans {
            spans.extend(resource.scope_spans.into_iter().flat_map(|scope| scope.spans));
        }
    }
    spans
}

/// Attributes as texts.
fn attributes(span: &Span) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        Value::ArrayValue(list) => {
            format!("{:?}", list.values.iter().map(|v| v.value.clone()).collect::<Vec<_>>())
        }
        other => format!("{other:?}"),
    };
    let told = span.attributes.iter();
    told.map(|pair| (pair.key.clone(), text(pair.value.as_ref().unwrap().value.as_ref().unwrap()))).collect()
}

fn named<'a>(spans: &'a [Span], name: &str) -> Vec<&'a Span> {
    spans.iter().filter(|span| span.name == name).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn spans_arrive_in_their_order_and_say_what_the_conventions_ask_for() {
    let bench = Bench::start().await;
    let server = collector(ResponseTemplate::new(200)).await;
    let config = config(&bench, &server.uri());
    let (telemetry, guard) = listening(&config);
    let seen = Arc::new(Seen { http: config.http_client().unwrap(), requests: Mutex::default() });
    let toolgate = Toolgate::open_with(config, seen.clone()).unwrap();
    let answer = toolgate.chat(&toolgate.model(None).unwrap(), LOOK_UP).await.unwrap();
    let (token, _) = toolgate.token().await.unwrap();
    drop(guard);
    telemetry.measuring(&toolgate).shutdown().await;

    let spans = spans(&server).await;
    let root = named(&spans, "invoke_agent toolgate")[0];
    assert!(root.parent_span_id.is_empty());
    let chats = named(&spans, "chat gpt-rig");
    let tool = named(&spans, "execute_tool get_customer_info")[0];
    assert_eq!(chats.len(), 2);
    for child in chats.iter().chain([&tool]) {
        assert_eq!(
            (&child.parent_span_id, &child.trace_id),
            (&root.span_id, &root.trace_id),
            "{}",
            child.name
        );
    }
    let posts = named(&spans, "POST");
    let under = |parent: &Span| posts.iter().filter(|span| span.parent_span_id == parent.span_id).count();
    assert_eq!((under(chats[0]), under(chats[1]), under(tool)), (1, 1, 1), "each with its exchange");
    for fetch in ["token request", "key set fetch"] {
        let fetch = named(&spans, fetch)[0];
        assert!(spans.iter().any(|span| span.parent_span_id == fetch.span_id), "with its exchange");
    }
    let sessions = named(&spans, "mcp session").len();
    assert_eq!(sessions, 0, "the one session is open yet, and no call is another");
    let told = attributes(chats[0]);
    for (name, value) in [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "openai"),
        ("gen_ai.request.model", "gpt-rig"),
    ] {
        assert_eq!(told[name], value);
    }
    assert!(told["gen_ai.response.finish_reasons"].contains("tool_call"), "{told:?}");
    let used: u64 =
        chats.iter().map(|chat| attributes(chat)["gen_ai.usage.input_tokens"].parse::<u64>().unwrap()).sum();
    assert_eq!(Some(used), answer.usage.input);
    let told = attributes(tool);
    assert_eq!((&*told["gen_ai.tool.name"], &*told["toolgate.verdict"]), ("get_customer_info", "allowed"));

    told_to_the_server_alone(&seen, tool);
    let secrets =
        ["openai-client-secret", "sk-openai-rig", KEY, "JOHNDOE123", "Look up", token.expose_secret()];
    hold_none_of(&server, &secrets).await;
}

/// The server is told which call it is, and nobody else is told anything.
fn told_to_the_server_alone(seen: &Seen, tool: &Span) {
    let parent = format!("00-{}-{}-01", hex(&tool.trace_id), hex(&tool.span_id));
    let requests = seen.requests.lock().unwrap();
    let told: Vec<_> =
        requests.iter().filter(|request| request.headers().contains_key("traceparent")).collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].headers()["traceparent"], *parent);
    let body: serde_json::Value = serde_json::from_slice(told[0].body()).unwrap();
    assert_eq!(body["method"], "tools/call");
    assert_eq!(body["params"]["_meta"]["traceparent"], *parent);
}

async fn hold_none_of(server: &MockServer, secrets: &[&str]) {
    for path in ["/v1/traces", "/v1/metrics"] {
        let bodies = bodies(server, path).await;
        assert!(!bodies.is_empty());
        for body in bodies {
            let text = String::from_utf8_lossy(&body);
            for secret in secrets {
                assert!(!text.contains(secret), "{secret} is in {path}");
            }
        }
    }
}

#[tokio::test]
async fn the_numbers_are_those_of_the_snapshot() {
    let bench = Bench::start().await;
    let server = collector(ResponseTemplate::new(200)).await;
    let config = config(&bench, &server.uri());
    let telemetry = Telemetry::start(&config).unwrap().unwrap();
    let toolgate = Toolgate::open(config).unwrap();
    toolgate.chat(&toolgate.model(None).unwrap(), LOOK_UP).await.unwrap();
    telemetry.measuring(&toolgate).shutdown().await;
    let body = &bodies(&server, "/v1/metrics").await[0];
    let mut request = ExportMetricsServiceRequest::decode(&**body).unwrap();
    let metrics: BTreeMap<String, Metric> = request
        .resource_metrics
        .remove(0)
        .scope_metrics
        .remove(0)
        .metrics
        .into_iter()
        .map(|metric| (metric.name.clone(), metric))
        .collect();
    assert_eq!(metrics.len(), toolgate.metrics().families.len());
    let Some(Data::Sum(decisions)) = &metrics["toolgate_decisions"].data else { panic!("no sum") };
    let counted = decisions.data_points.iter().map(|point| match point.value {
        Some(number_data_point::Value::AsInt(count)) => count,
        _ => 0,
    });
    assert!(decisions.is_monotonic);
    assert_eq!(counted.sum::<i64>(), 1);
    let took = &metrics["toolgate_tool_call_duration"];
    let Some(Data::Histogram(calls)) = &took.data else { panic!("no histogram") };
    assert_eq!((took.unit.as_str(), calls.data_points[0].count), ("s", 1));
    assert_eq!(calls.data_points[0].bucket_counts.len(), calls.data_points[0].explicit_bounds.len() + 1);
}

#[tokio::test]
async fn what_fails_is_marked_and_the_model_is_told_the_trace_only_where_that_is_wanted() {
    let bench = Bench::start().await;
    let server = collector(ResponseTemplate::new(200)).await;
    let mut config = config(&bench, &server.uri());
    config.telemetry.to_models = true;
    let (telemetry, guard) = listening(&config);
    let seen = Arc::new(Seen { http: config.http_client().unwrap(), requests: Mutex::default() });
    let toolgate = Toolgate::open_with(config, seen.clone()).unwrap();
    let model = toolgate.model(None).unwrap();
    toolgate.chat(&model, "Drop all tables.").await.unwrap();
    bench.rig.models().controls().fail_next(Dialect::OpenAi, 9, 503);
    assert!(toolgate.chat(&model, LOOK_UP).await.is_err());
    drop(guard);
    telemetry.shutdown().await;
    let spans = spans(&server).await;
    let kinds = |prefix: &str| -> Vec<String> {
        let mut kinds: Vec<_> = spans
            .iter()
            .filter(|span| {
                span.name.starts_with(prefix) && span.status.as_ref().is_some_and(|status| status.code == 2)
            })
            .map(|span| attributes(span)["error.type"].clone())
            .collect();
        kinds.dedup();
        kinds
    };
    assert_eq!(kinds("execute_tool"), ["no_rule"]);
    assert_eq!(kinds("chat"), ["overloaded"]);
    assert_eq!(kinds("invoke_agent"), ["overloaded"]);
    let requests = seen.requests.lock().unwrap();
    let mut asked = requests.iter().filter(|request| request.uri().path().contains("chat/completions"));
    assert!(asked.all(|request| request.headers().contains_key("traceparent")));
}

#[tokio::test]
async fn a_collector_that_stalls_or_is_gone_costs_a_conversation_nothing() {
    let bench = Bench::start().await;
    let stalled = collector(ResponseTemplate::new(200).set_delay(Duration::from_secs(600))).await;
    for endpoint in [stalled.uri(), "http://127.0.0.1:1".to_owned()] {
        let mut config = config(&bench, &endpoint);
        config.telemetry.metrics_seconds = 1;
        let (telemetry, guard) = listening(&config);
        let toolgate = Toolgate::open(config).unwrap();
        let telemetry = telemetry.measuring(&toolgate);
        let model = toolgate.model(None).unwrap();
        for _ in 0..5 {
            toolgate.chat(&model, LOOK_UP).await.unwrap();
        }
        drop(guard);
        let ended = tokio::time::timeout(Duration::from_secs(15), telemetry.shutdown());
        ended.await.expect("the end is bounded");
    }
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_named_without_what_they_hold() {
    let bench = Bench::start().await;
    assert!(Telemetry::start(&bench.config()).unwrap().is_none(), "no collector, no telemetry");
    type Change = fn(&mut Config);
    let cases: [(&str, Change); 5] = [
        ("endpoint under [telemetry]", |config| {
            config.telemetry.endpoint = Some("https://u:canary@c.example/?api-key=canary".to_owned());
        }),
        ("endpoint under [telemetry]", |config| config.telemetry.endpoint = Some("collector".to_owned())),
        ("sample under [telemetry]", |config| config.telemetry.sample = 1.5),
        ("metrics_seconds under [telemetry]", |config| config.telemetry.metrics_seconds = 0),
        ("headers under [telemetry]", |config| {
            config.environment = Environment::from_iter([("HEADERS", "canary")]);
        }),
    ];
    for (says, change) in cases {
        let mut config = config(&bench, "http://127.0.0.1:1");
        change(&mut config);
        let error = Telemetry::start(&config).unwrap_err().to_string();
        assert!(error.contains(says) && !error.contains("canary"), "{error}");
    }
}
