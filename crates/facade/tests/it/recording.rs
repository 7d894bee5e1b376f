//! What a recording keeps of a run and what it does not, and what is answered from it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use serde_json::{Value, json};
use toolgate::{Recorder, RecordingError, Replayer};
use toolgate_http_client::{
    Body, Credential, HttpClient, HttpError, ModelProvider, Origin, Request, Response,
};

/// Every server of a run.
struct Servers;

#[async_trait]
impl HttpClient for Servers {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let origin = Origin::of(request.uri())?;
        let body = match (request.method().as_str(), request.uri().path()) {
            ("POST", "/token") => json!({"access_token": token(), "token_type": "Bearer"}).to_string(),
            ("POST", "/plain") => {
                r#"{"access_token":"opaque-canary","refresh_token":"refresh-canary"}"#.into()
            }
            ("GET", "/jwks") => r#"{"keys":[{"kid":"theirs"}]}"#.to_owned(),
            ("GET", "/refused") => return Err(HttpError::Connect { origin, reason: "refused".to_owned() }),
            ("GET", "/broken") => return Err(HttpError::Exchange { origin, reason: "reset".to_owned() }),
            ("GET", "/echo") => request.uri().query().unwrap_or_default().to_owned(),
            ("GET", "/bytes") => {
                let said = request.uri().query().unwrap_or_default().as_bytes();
                return Ok(Response::new(Body::from(Bytes::from([BYTES, said].concat()))));
            }
            (method, path) => format!("{method} {path}: {}", String::from_utf8_lossy(request.body())),
        };
        let pieces: Vec<_> =
            body.into_bytes().chunks(7).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        let mut response = Response::new(Body::from_stream(futures_util::stream::iter(pieces)));
        *response.status_mut() = http::StatusCode::ACCEPTED;
        for (name, value) in [("content-type", "text/plain"), ("set-cookie", "cookie-canary")] {
            response.headers_mut().insert(name, value.parse().unwrap());
        }
        Ok(response)
    }
}

/// No text: the prelude of a message as AWS frames it, with its checksum.
const BYTES: &[u8] = b"\x00\x00\x00\x3d\x00\x00\x00\x20\xc3\x28\xff\x80";

/// A token that an issuer signed for 1000 s.
fn token() -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let (header, claims) =
        (json!({"alg": "RS256", "kid": "theirs", "typ": "at+jwt"}), json!({"exp": now() + 1000}));
    format!("{}.{}.signature-canary", part(header), part(claims))
}

fn now() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs()
}

fn request(method: &str, path: &str, body: &str) -> Request {
    let url = format!("https://h.example{path}");
    http::Request::builder().method(method).uri(url).body(body.to_owned().into()).unwrap()
}

fn form(body: &str) -> Request {
    let mut request = request("POST", "/token", body);
    request.headers_mut().insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
    request
}

/// Status and body of the answer.
async fn ask(client: &dyn HttpClient, request: Request) -> Result<(u16, String), HttpError> {
    let response = client.send(request).await?;
    let status = response.status().as_u16();
    assert_eq!(response.headers()["content-type"], "text/plain");
    let body = response.into_body().bytes().await?;
    Ok((status, String::from_utf8(body.to_vec()).unwrap()))
}

struct Run {
    folder: tempfile::TempDir,
    recorder: Recorder,
}

impl Run {
    fn start() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), recorder: Recorder::new(Arc::new(Servers)) }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("run.jsonl")
    }

    /// Makes a request whose answer nobody looks at.
    async fn ask(&self, request: Request) {
        let _ = ask(&self.recorder, request).await;
    }

    fn text(&self) -> String {
        self.recorder.write(self.path()).unwrap();
        std::fs::read_to_string(self.path()).unwrap()
    }

    fn replayer(&self) -> Replayer {
        self.text();
        Replayer::read(self.path()).unwrap()
    }
}

#[tokio::test]
async fn no_secret_that_a_request_carries_or_a_response_gives_is_written() {
    let run = Run::start();
    let mut authorized = request("GET", "/echo?key=query-canary&q=1", "");
    let key = http::HeaderValue::from_static("Bearer model-canary");
    let origin = Origin::of(authorized.uri()).unwrap();
    Credential::<ModelProvider>::authorization(origin, key).attach(&mut authorized);
    run.ask(authorized).await;
    let mut sensitive = request("GET", "/echo?sensitive-canary", "");
    let mut value = http::HeaderValue::from_static("sensitive-canary");
    value.set_sensitive(true);
    sensitive.headers_mut().insert("x-other", value);
    run.ask(sensitive).await;
    run.ask(form("grant_type=client_credentials&client_secret=form-canary")).await;
    run.ask(form("grant_type=urn:ibm:params:oauth:grant-type:apikey&apikey=cloud-canary")).await;
    run.ask(request("POST", "/plain", "")).await;
    for secret in
        ["model-canary", "query-canary", "form-canary", "cloud-canary", "opaque-canary", "refresh-canary"]
    {
        run.ask(request("POST", "/said", &format!("it was {secret}."))).await;
    }
    let text = run.text();
    assert!(!text.contains("canary"), "{text}");
    assert!(
        text.contains("it was scrubbed-credential.") && text.contains("it was scrubbed-secret."),
        "{text}"
    );
    assert_eq!(text.matches("it was scrubbed-token-").count(), 2, "{text}");
    assert!(text.contains("/echo?key=scrubbed&q=scrubbed"), "{text}");
    #[cfg(unix)]
    {
        let mode = std::fs::metadata(run.path()).unwrap().permissions();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);
    }
    let again = run.recorder.write(run.path()).unwrap_err();
    assert!(matches!(again, RecordingError::File { .. }), "what is there is not written over: {again}");
    assert_eq!(std::fs::read_to_string(run.path()).unwrap(), text);
}

#[tokio::test]
async fn a_body_that_is_no_text_comes_back_as_it_was() {
    let ask = async |client: &dyn HttpClient, path: &str| {
        client.send(request("GET", path, "")).await.unwrap().into_body().bytes().await.unwrap()
    };
    let run = Run::start();
    assert_eq!(ask(&run.recorder, "/bytes").await, BYTES);
    assert_eq!(ask(&run.replayer(), "/bytes").await, BYTES);

    let run = Run::start();
    run.ask(request("POST", "/plain", "")).await;
    ask(&run.recorder, "/bytes?opaque-canary").await;
    let refused = run.recorder.write(run.path()).unwrap_err();
    assert!(matches!(refused, RecordingError::Secret), "it cannot be taken out: {refused}");
    assert!(!run.path().exists());
}

/// The secret of `client_secret_basic` (RFC 6749 section 2.3.1) travels in base64, after form encoding.
#[tokio::test]
async fn a_secret_within_basic_credentials_is_known_as_itself() {
    let run = Run::start();
    let mut basic = request("POST", "/said", "the secret can+ary/1 is wrong");
    let value = format!("Basic {}", STANDARD.encode("client:can%2Bary%2F1"));
    basic.headers_mut().insert("authorization", value.parse().unwrap());
    run.ask(basic).await;
    let text = run.text();
    assert!(text.contains("the secret scrubbed-secret is wrong"), "{text}");
}

#[tokio::test]
async fn a_secret_in_a_form_that_cannot_be_taken_out_stops_the_recording() {
    let run = Run::start();
    run.ask(request("POST", "/plain", "")).await;
    run.ask(request("POST", "/said", &STANDARD.encode("opaque-canary"))).await;
    let error = run.recorder.write(run.path()).unwrap_err();
    assert!(matches!(error, RecordingError::Secret), "{error}");
    assert!(!run.path().exists());
}

#[tokio::test]
async fn each_request_has_its_answer_again_and_once() {
    let run = Run::start();
    for body in ["one", "two", "three"] {
        run.ask(request("POST", "/said", body)).await;
    }
    run.ask(request("GET", "/said", "")).await;
    run.ask(request("GET", "/unasked", "")).await;
    run.ask(request("POST", "/unasked", "")).await;
    let replayer = run.replayer();
    assert_eq!(replayer.differences(), (0, 4), "what is only read does not count");
    let said = async |body: &str| ask(&replayer, request("POST", "/said", body)).await;
    assert_eq!(said("three").await.unwrap(), (202, "POST /said: three".to_owned()));
    assert_eq!(said("one").await.unwrap().1, "POST /said: one");
    assert_eq!(replayer.differences(), (0, 2));
    assert_eq!(said("another").await.unwrap().1, "POST /said: two", "the next at this URL");
    assert_eq!((replayer.differences(), replayer.missing()), ((1, 1), None));
    for _ in 0..3 {
        assert_eq!(ask(&replayer, request("GET", "/said", "")).await.unwrap().1, "GET /said: ");
    }
    let none = said("one").await.unwrap_err();
    assert!(
        matches!(none, HttpError::Connect { .. }) && none.to_string().contains("no answer left"),
        "{none}"
    );
    assert!(ask(&replayer, request("GET", "/elsewhere", "")).await.is_err());
    let missing = replayer.missing().unwrap();
    assert!(missing.contains("POST https://h.example/said;"), "the first that is: {missing}");
}

/// Servers without notifications close such a stream or refuse it, and nobody misses it.
#[tokio::test]
async fn a_stream_is_neither_repeated_nor_missed() {
    let run = Run::start();
    let stream = || {
        let mut request = request("GET", "/said", "");
        request.headers_mut().insert("accept", "text/event-stream".parse().unwrap());
        request
    };
    run.ask(stream()).await;
    let replayer = run.replayer();
    assert!(ask(&replayer, stream()).await.is_ok());
    assert!(ask(&replayer, stream()).await.is_err());
    assert_eq!(replayer.missing(), None);
    let mut other = request("GET", "/elsewhere", "");
    other.headers_mut().insert("accept", "application/json".parse().unwrap());
    assert!(ask(&replayer, other).await.is_err());
    assert!(replayer.missing().is_some());
}

#[tokio::test]
async fn failures_are_failures_of_the_same_kind_again() {
    let run = Run::start();
    run.ask(request("GET", "/refused", "")).await;
    run.ask(request("GET", "/broken", "")).await;
    let replayer = run.replayer();
    let error = ask(&replayer, request("GET", "/refused", "")).await.unwrap_err();
    assert!(matches!(error, HttpError::Connect { .. }) && error.surely_did_nothing(), "{error}");
    let error = ask(&replayer, request("GET", "/broken", "")).await.unwrap_err();
    assert!(matches!(error, HttpError::Exchange { .. }) && !error.surely_did_nothing(), "{error}");
}

#[tokio::test]
async fn a_form_is_the_same_whatever_its_secrets_are() {
    let run = Run::start();
    run.ask(form("grant_type=client_credentials&scope=a&client_secret=first-canary")).await;
    let replayer = run.replayer();
    assert!(ask(&replayer, form("grant_type=client_credentials&scope=b")).await.is_ok());
    assert_eq!(replayer.differences(), (1, 0), "another scope is another question");
    let replayer = Replayer::read(run.path()).unwrap();
    assert!(ask(&replayer, form("grant_type=client_credentials&scope=a&client_secret=other")).await.is_ok());
    assert_eq!(replayer.differences(), (0, 0));
}

/// The body of the answer as JSON.
async fn json_of(client: &dyn HttpClient, request: Request) -> Value {
    serde_json::from_str(&ask(client, request).await.unwrap().1).unwrap()
}

#[tokio::test]
async fn tokens_are_signed_anew_for_as_long_as_they_had() {
    let run = Run::start();
    run.ask(form("grant_type=client_credentials")).await;
    run.ask(request("GET", "/jwks", "")).await;
    let text = run.text();
    let head: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    let recorded_at = head["recorded_at"].as_u64().unwrap();
    assert!(now() - recorded_at < 60 && head["tokens"][0]["claims"]["exp"].is_u64(), "{head}");
    assert!(!text.contains("signature-canary"), "{text}");
    // As if it had been recorded an hour before.
    let told = format!("\"recorded_at\":{recorded_at}");
    let path = run.folder.path().join("older.jsonl");
    std::fs::write(&path, text.replace(&told, &format!("\"recorded_at\":{}", recorded_at - 3600))).unwrap();
    let replayer = Replayer::read(&path).unwrap();
    let answer = json_of(&replayer, form("grant_type=client_credentials")).await;
    let parts: Vec<&str> = answer["access_token"].as_str().unwrap().split('.').collect();
    let read =
        |part: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
    let (header, claims) = (read(parts[0]), read(parts[1]));
    assert_eq!(
        (&header["alg"], &header["kid"], &header["typ"]),
        (&json!("ES256"), &json!("theirs"), &json!("at+jwt"))
    );
    assert!((now() + 4590..=now() + 4601).contains(&claims["exp"].as_u64().unwrap()), "{claims}");
    let keys = json_of(&replayer, request("GET", "/jwks", "")).await;
    let key = &keys["keys"][0];
    assert_eq!((&key["kid"], &key["alg"], &key["use"]), (&json!("theirs"), &json!("ES256"), &json!("sig")));
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
}

fn refused(path: &Path, text: &str) -> String {
    std::fs::write(path, text).unwrap();
    Replayer::read(path).unwrap_err().to_string()
}

#[test]
fn a_line_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl");
    let head = r#"{"format":"toolgate-recording/1","recorded_at":0,"tokens":[]}"#;
    let other = refused(&path, &head.replace("/1", "/2"));
    assert!(
        other.contains("line 1") && other.contains("expected the format toolgate-recording/1"),
        "{other}"
    );
    assert!(refused(&path, "nonsense").contains("line 1"));
    let exchange = r#"{"method":"GET","url":"https://h/","asked":"","answer":{"failure":{"not_sent":true,"reason":""}}}"#;
    assert!(refused(&path, &format!("{head}\n{exchange}\nnonsense\n")).contains("line 3"));
}

/// Whoever wrote the file may have left the values of a query in.
#[tokio::test]
async fn urls_are_compared_without_the_values_of_their_queries() {
    let run = Run::start();
    run.ask(request("GET", "/echo?key=query-canary", "")).await;
    let text = run.text().replace("key=scrubbed", "key=written-by-hand");
    let path = run.folder.path().join("other.jsonl");
    std::fs::write(&path, text).unwrap();
    let replayer = Replayer::read(&path).unwrap();
    assert!(ask(&replayer, request("GET", "/echo?key=yet-another", "")).await.is_ok());
}
