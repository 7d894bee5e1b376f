//! Whatever goes wrong is told as OpenAI's clients read it: they show `error.message`, and of anything else a bare status.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{Answer, Bench, Running};

async fn open_to_this_machine(bench: &Bench) -> Running {
    let mut config = bench.config();
    config.serve.auth = None;
    config.serve.open_to_this_machine = true;
    let mut server = bench.serve(config).await;
    server.token = None;
    server
}

fn told(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.headers["content-type"], "application/json", "{answer:?}");
    assert!(
        answer.json()["error"]["message"].as_str().is_some_and(|message| message.len() > 10),
        "{answer:?}"
    );
    (answer.status, answer.code())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_error_is_one_that_clients_can_read() {
    let bench = Bench::start().await;
    let server = open_to_this_machine(&bench).await;
    let long = "x".repeat(9000);
    let completions = "/v1/chat/completions";
    type Fields<'a> = &'a [(&'a str, &'a str)];
    let cases: [(&str, &str, Fields<'_>, u16, &str); 11] = [
        ("GET", "/v1/models/%ff", &[], 400, "invalid_value"),
        ("GET", "/v1/models/%zz", &[], 404, "model_not_found"),
        ("GET", "/v1/models/none", &[], 404, "model_not_found"),
        ("GET", "/v1/%ff", &[], 404, "not_found"),
        ("GET", completions, &[], 405, "method_not_allowed"),
        ("NONE", "/v1/models", &[], 405, "method_not_allowed"),
        ("GET", &format!("/v1/models?{long}"), &[], 414, "uri_too_long"),
        ("GET", "/v1/models", &[("x-long", &long.repeat(4))], 431, "headers_too_large"),
        ("POST", completions, &[("content-type", "text/plain")], 415, "unsupported_media_type"),
        ("POST", completions, &[("content-encoding", "gzip")], 415, "unsupported_media_type"),
        ("POST", completions, &[], 400, "invalid_value"),
    ];
    for (method, path, headers, status, code) in cases {
        let answer = server.send(method, path, "{}", headers).await;
        assert_eq!(told(&answer), (status, code.to_owned()), "{method} {path:.40}");
    }
    assert_eq!(server.get(completions).await.headers["allow"], "POST");
    let numbers = server.get("/metrics").await.text;
    for counted in [
        r#"{route="/v1/models/{*name}",status="404"} 2"#,
        r#"{route="/v1/chat/completions",status="405"} 2"#,
        r#"{route="/v1/models",status="431"} 1"#,
        r#"{route="other",status="404"} 1"#,
    ] {
        assert!(numbers.contains(&format!("toolgate_requests_total{counted}\n")), "{counted}: {numbers}");
    }
}

/// Who declares more than is taken need not send it first.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_declared_too_large_is_refused_before_it_comes() {
    let bench = Bench::start().await;
    let server = open_to_this_machine(&bench).await;
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).await.unwrap();
    let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                content-length: 99999999999\r\nexpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 1000];
    let read = stream.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("\"code\":\"payload_too_large\""), "{answer}");
}
