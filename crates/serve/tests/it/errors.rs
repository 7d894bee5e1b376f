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
    let of_responses = r#"{"model": "m", "input": "hello"}"#;
    for (path, status, says) in
        [("/v1/responses", 404, completions), (completions, 400, "one of the responses API")]
    {
        let answer = server.send("POST", path, of_responses, &[]).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(answer.text.contains(says), "{answer:?}");
    }
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

/// All that the server says on a connection on which `said` is all that it is told.
async fn answers(server: &Running, said: &str) -> String {
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).await.unwrap();
    stream.write_all(said.as_bytes()).await.unwrap();
    let mut answers = Vec::new();
    // A reset behind the answer ends it too: not everything was read.
    let _ = stream.read_to_end(&mut answers).await;
    String::from_utf8(answers).unwrap()
}

/// hyper answers by itself what it cannot read, and no body can be had there: the README says which.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_is_a_bare_status_and_the_end() {
    let bench = Bench::start().await;
    let server = open_to_this_machine(&bench).await;
    let get = |more: &str| format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\n{more}\r\n");
    let cases = [
        (400, "G@T /healthz HTTP/1.1\r\n\r\n".to_owned()),
        (400, "GET /healthz HTTP/1.2\r\n\r\n".to_owned()),
        (400, "GET /<> HTTP/1.1\r\n\r\n".to_owned()),
        (400, get("a b: c\r\n")),
        (400, get("a : c\r\n")),
        (400, get("a: b\r\n c\r\n")),
        (400, get("content-length: -1\r\n")),
        (400, get("content-length: 1\r\ncontent-length: 2\r\n")),
        (400, get("transfer-encoding: chunked, identity\r\n")),
        (414, format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(70_000))),
        (431, get(&"a: b\r\n".repeat(101))),
        (431, get(&format!("a: {}\r\n", "x".repeat(140_000)))),
    ];
    for (status, said) in cases {
        let told = answers(&server, &(said.clone() + &get(""))).await;
        let shown = said.get(..100).unwrap_or(&said);
        assert!(told.starts_with(&format!("HTTP/1.1 {status} ")), "{shown}: {told}");
        assert!(told.ends_with("\r\n\r\n") && told.matches("HTTP/1.1 ").count() == 1, "{shown}: {told}");
    }
}

/// A proxy that goes by the other length takes what is behind for the body of this request, and passes it unseen.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_two_lengths_hides_no_request() {
    let bench = Bench::start().await;
    let server = open_to_this_machine(&bench).await;
    let post = "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
    let lengths = "content-length: 4\r\ntransfer-encoding: chunked\r\n";
    let hidden = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let told = answers(&server, &format!("{post}{lengths}\r\n0\r\n\r\n{hidden}")).await;
    assert!(told.starts_with("HTTP/1.1 400 ") && told.matches("HTTP/1.1 ").count() == 1, "{told}");
    // Trailers are no headers, whatever they say.
    let trailers = "0\r\nhost: evil.example\r\ncontent-length: 1\r\n\r\n";
    let told = answers(
        &server,
        &format!(
            "{post}transfer-encoding: chunked\r\n\r\n{trailers}{}",
            hidden.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n")
        ),
    )
    .await;
    assert!(told.starts_with("HTTP/1.1 400 ") && told.contains("HTTP/1.1 200 OK"), "{told}");
}
