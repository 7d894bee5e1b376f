//! Chat completions behind a SageMaker endpoint: what stands in the path, and streams inside AWS's messages.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use toolgate_llm_providers::{
    ChatEvent, ChatRequest, ChatResponse, ErrorKind, Message, ProviderError, RenderedTools, StreamDecoder,
};

use crate::bedrock::message;
use crate::sample::{conversation, encoded, provider};

#[test]
fn the_body_is_a_chat_completion_without_a_model() {
    let body = encoded("sagemaker", "our-endpoint", &conversation());
    let mut plain = encoded("groq", "our-endpoint", &conversation());
    plain.as_object_mut().unwrap().remove("model");
    assert_eq!(body, plain);
    let sagemaker = provider("sagemaker");
    let request = ChatRequest::new(vec![Message::user("u")]);
    let tools = RenderedTools::new(sagemaker.dialect(), request.tools.clone());
    let streamed = sagemaker.encode_stream("our-endpoint", &tools, &request).unwrap();
    let streamed: Value = serde_json::from_slice(&streamed.body).unwrap();
    assert_eq!(
        (&streamed["stream"], &streamed["stream_options"]["include_usage"]),
        (&true.into(), &true.into())
    );
}

fn part(bytes: &str) -> Vec<u8> {
    let headers = [
        (":event-type", "PayloadPart"),
        (":content-type", "application/octet-stream"),
        (":message-type", "event"),
    ];
    message(&headers, bytes)
}

/// The events and the answer of a stream that comes in these messages.
fn streamed(messages: &[Vec<u8>]) -> (Vec<ChatEvent>, Result<ChatResponse, ProviderError>) {
    let request = ChatRequest::new(vec![Message::user("u")]);
    let sagemaker = Arc::new(provider("sagemaker"));
    let tools = Arc::new(RenderedTools::new(sagemaker.dialect(), request.tools.clone()));
    let mut decoder = StreamDecoder::new(sagemaker, tools, &request, None);
    for bytes in messages {
        decoder.push(Bytes::from(bytes.clone()));
    }
    decoder.end();
    let events = std::iter::from_fn(|| decoder.next_event()).collect();
    (events, decoder.into_response())
}

/// As vLLM and SGLang write it, with a comment that keeps the connection open.
const EVENTS: &str = "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"grün\"}}]}\n\n: ping\n\n\
    data: {\"choices\":[{\"delta\":{\"content\":\" data: x\"},\"finish_reason\":\"stop\"}]}\n\n\
    data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":3}}\n\ndata: [DONE]\n\n";
/// As LMI writes it.
const LINES: &str = "{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"grün\"}}]}\n\
    {\"choices\":[{\"delta\":{\"content\":\" data: x\"},\"finish_reason\":\"stop\"}],\
    \"usage\":{\"prompt_tokens\":5,\"completion_tokens\":3}}";

#[test]
fn events_and_lines_are_read_wherever_they_are_cut() {
    for body in [EVENTS, LINES] {
        let (events, answer) = streamed(&[part(body)]);
        let answer = answer.unwrap();
        assert_eq!((answer.text(), answer.usage.output), ("grün data: x".to_owned(), Some(3)));
        let bytes: Vec<Vec<u8>> = part(body).into_iter().map(|byte| vec![byte]).collect();
        assert_eq!(streamed(&bytes).0, events);
        for place in (1..body.len()).filter(|place| body.is_char_boundary(*place)) {
            let (start, end) = body.split_at(place);
            let (cut, answer) = streamed(&[part(start), part(end)]);
            assert_eq!((cut, answer.unwrap().text()), (events.clone(), "grün data: x".to_owned()), "{place}");
        }
    }
}

#[test]
fn a_stream_that_broke_off_is_no_answer() {
    let (start, _) = EVENTS.split_once(": ping").unwrap();
    let broken = part(EVENTS);
    for messages in [vec![part(start)], vec![part("")], vec![], vec![broken[..broken.len() - 1].to_vec()]] {
        assert_eq!(streamed(&messages).1.unwrap_err().kind(), ErrorKind::TruncatedStream);
    }
    let mut spoilt = part(EVENTS);
    *spoilt.last_mut().unwrap() ^= 1;
    assert_eq!(streamed(&[spoilt]).1.unwrap_err().kind(), ErrorKind::MalformedOutput);
}

#[test]
fn what_ends_a_stream_early_is_told() {
    let exception = |name: &'static str, body: &str| {
        let ends = message(&[(":message-type", "exception"), (":exception-type", name)], body);
        streamed(&[part("data: {\"choices\":[{\"delta\":{\"content\":\"h\"}}]}\n\n"), ends]).1.unwrap_err()
    };
    let late =
        exception("ModelStreamError", r#"{"Message":"too slow","ErrorCode":"ModelInvocationTimeExceeded"}"#);
    assert_eq!((late.kind(), late.message()), (ErrorKind::Timeout, "too slow"));
    let failed = exception("InternalStreamFailure", r#"{"message":"why"}"#);
    assert_eq!((failed.kind(), failed.code()), (ErrorKind::Unavailable, Some("InternalStreamFailure")));
    let own = "data: {\"error\":{\"message\":\"no KV cache\",\"code\":500}}\n\n";
    let of_container = streamed(&[part(own)]).1.unwrap_err();
    assert_eq!((of_container.kind(), of_container.message()), (ErrorKind::Unavailable, "no KV cache"));
}

#[cfg(feature = "bedrock")]
mod signed {
    use std::sync::Arc;

    use toolgate_llm_providers::{AwsKeys, AwsScope, AwsSigner, ChatModel};
    use wiremock::matchers::{header, method, path};
    use wiremock::{Mock, MockServer, Request, ResponseTemplate};

    use super::*;
    use crate::chat_model::http;

    #[tokio::test]
    async fn both_paths_are_signed_for_the_service_and_a_container_s_error_is_sorted_by_its_own_status() {
        let server = MockServer::start().await;
        let signed = |request: &Request| {
            let proof = request.headers["authorization"].to_str().unwrap();
            let scope =
                "/eu-west-1/sagemaker/aws4_request, SignedHeaders=accept;content-type;host;x-amz-date, ";
            proof.starts_with("AWS4-HMAC-SHA256 Credential=AKID/") && proof.contains(scope)
        };
        let frames = ResponseTemplate::new(200)
            .set_body_raw(part(EVENTS), "application/vnd.amazon.eventstream")
            .insert_header("x-amzn-sagemaker-content-type", "text/event-stream");
        Mock::given(method("POST"))
            .and(path("/endpoints/our-endpoint/invocations-response-stream"))
            .and(header("accept", "application/vnd.amazon.eventstream"))
            .and(signed)
            .respond_with(frames)
            .expect(1)
            .mount(&server)
            .await;
        let body = r#"{"ErrorCode":"CLIENT_ERROR_FROM_MODEL","LogStreamArn":"arn:aws:logs","OriginalStatusCode":503,
            "OriginalMessage":"{}","Message":"Received server error (503) from primary with message \"busy\"."}"#;
        let failed = ResponseTemplate::new(424).insert_header("x-amzn-errortype", "ModelError");
        Mock::given(path("/endpoints/our-endpoint/invocations"))
            .and(signed)
            .respond_with(failed.set_body_raw(body, "application/json"))
            .expect(1)
            .mount(&server)
            .await;
        let sagemaker = provider("sagemaker").with_base_url(server.uri()).unwrap();
        let scope = AwsScope { service: "sagemaker".into(), region: "eu-west-1".into() };
        let keys =
            AwsKeys { access_key_id: "AKID".into(), secret_access_key: "canary".into(), session_token: None };
        let signer = AwsSigner::with_keys("sagemaker", scope, keys);
        let model = ChatModel::new(sagemaker, "our-endpoint", None, http()).unwrap();
        let model = model.with_authorizer(Arc::new(signer));
        let ask = ChatRequest::new(vec![Message::user("u")]);
        let answer = model.stream(&ask).await.unwrap().collect().await.unwrap();
        assert_eq!(answer.text(), "grün data: x");
        let error = model.chat(&ask).await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::Unavailable, Some(424)));
        assert!(error.message().contains("busy") && !error.to_string().contains("canary"), "{error}");
    }
}
