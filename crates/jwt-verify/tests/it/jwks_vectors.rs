//! `jwks.json`: key sets good and bad, served over HTTP by a server that does what each case says.

use std::sync::Arc;
use std::time::Duration;

use async_compression::tokio::write::GzipEncoder;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use toolgate_http_client::HyperClient;
use toolgate_jwt_verify::{Algorithm, KeySource, RemoteKeys, Verifier, VerifyError};

use crate::signer::{AUDIENCE, ISSUER, base64url, now};
use crate::vectors::{Tally, agrees, names_kind, read};

/// Whether this server can do what a case describes in words.
fn can_serve(case: &Value) -> bool {
    let known = ["never-ends", "slow-drip", "content-length-lies", "10k-keys", "gzip-bomb"];
    case["synthesize"] != json!(true) || known.contains(&case["id"].as_str().unwrap())
}

async fn serve(case: Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/jwks", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that has had enough closes: writing on is then an error, and no failure.
            let _ = answer(stream, &case).await;
        }
    });
    url
}

async fn answer(mut stream: TcpStream, case: &Value) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") && stream.read_buf(&mut request).await? > 0 {}
    let status = case["status"].as_u64().unwrap_or(200);
    let content_type = case["content_type"].as_str().unwrap_or("application/json");
    let mut head = format!("HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\nConnection: close\r\n");
    if let Some(location) = case["location"].as_str() {
        head.push_str(&format!("Location: {location}\r\n"));
    }
    let body = case["body"].as_str().unwrap_or_default();
    match case["id"].as_str().unwrap() {
        "never-ends" => {
            stream.write_all(format!("{head}\r\n{{\"keys\":[").as_bytes()).await?;
            loop {
                stream.write_all(&[b' '; 4096]).await?;
            }
        }
        "slow-drip" => {
            stream.write_all(format!("{head}\r\n").as_bytes()).await?;
            loop {
                stream.write_all(b" ").await?;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        "content-length-lies" => {
            stream
                .write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len() + 100).as_bytes())
                .await
        }
        "gzip-bomb" => {
            let mut bomb = GzipEncoder::new(Vec::new());
            for _ in 0..64 {
                bomb.write_all(&[b' '; 1 << 20]).await?;
            }
            bomb.shutdown().await?;
            let (bomb, coding) = (bomb.into_inner(), "Content-Encoding: gzip\r\n");
            stream
                .write_all(format!("{head}{coding}Content-Length: {}\r\n\r\n", bomb.len()).as_bytes())
                .await?;
            stream.write_all(&bomb).await
        }
        "10k-keys" => {
            let keys: Vec<Value> =
                (0..10_000).map(|kid| json!({"kty": "RSA", "kid": kid.to_string()})).collect();
            let body = json!({"keys": keys}).to_string();
            stream.write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).await
        }
        _ => stream.write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).await,
    }
}

fn client() -> Arc<HyperClient> {
    let tls = toolgate_tls_config::ClientTls::new().with_mozilla_roots().build().unwrap();
    Arc::new(HyperClient::builder(tls).with_insecure_loopback(true).build())
}

/// A token that no key signed: with a usable key it fails only at the signature.
fn forged(algorithm: Algorithm, kid: &Value) -> String {
    let mut header = json!({"alg": algorithm.as_str()});
    if !kid.is_null() {
        header["kid"] = kid.clone();
    }
    format!("{}.e30.AAAA", base64url(header.to_string()))
}

/// Succeeds when every key that the case calls usable is used, and no other is.
async fn judge(client: Arc<HyperClient>, case: &Value) -> Result<(), VerifyError> {
    // Only the one that is slow on purpose may meet its deadline: a busy machine is slow enough to inflate a bomb.
    let deadline = Duration::from_millis(if case["id"] == "slow-drip" { 300 } else { 10_000 });
    let remote = RemoteKeys::new(&serve(case.clone()).await, client)?.with_deadline(deadline);
    let verifier =
        Verifier::new(ISSUER, [AUDIENCE], KeySource::from(remote))?.with_algorithms(Algorithm::ALL)?;
    let usable = case["usable_kids"].as_array().unwrap();
    let nothing_usable = [Value::Null];
    for kid in if usable.is_empty() { &nothing_usable[..] } else { usable } {
        let mut last = None;
        for algorithm in Algorithm::ALL {
            match verifier.verify_at(&forged(algorithm, kid), now()).await.unwrap_err() {
                VerifyError::BadSignature => {
                    last = None;
                    break;
                }
                error => last = Some(error),
            }
        }
        if let Some(error) = last {
            return Err(error);
        }
    }
    let mut known: Vec<String> =
        usable.iter().map(|kid| kid.as_str().unwrap_or_default().escape_debug().to_string()).collect();
    let mut used = verifier.key_health().usable;
    known.sort();
    used.sort();
    if known != used {
        return Err(VerifyError::NoUsableKeys { reasons: format!("{used:?} are used instead of {known:?}") });
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn jwks_json_as_the_verdicts_say_with_the_errors_that_it_names() {
    let Some(file) = read("jwks.json") else { return };
    let (mut verdicts, mut errors) = (Tally::new("jwks.json"), Tally::new("jwks.json, errors"));
    let client = client();
    for case in file["tests"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        if !can_serve(case) {
            println!("jwks.json: {id} skipped, this server cannot do what it describes");
            continue;
        }
        let outcome = judge(client.clone(), case).await;
        verdicts
            .case(id, agrees(case["verdict"].as_str().unwrap(), outcome.is_ok()), || format!("{outcome:?}"));
        if let (Err(error), Some(named)) = (&outcome, case["error"].as_str()) {
            errors.case(id, names_kind(named, error.kind()), || format!("{error}"));
        }
    }
    errors.finish();
    verdicts.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn jk_01_a_redirect_is_not_followed() {
    let case = json!({"id": "redirect", "status": 302, "location": "/elsewhere", "usable_kids": []});
    assert_eq!(judge(client(), &case).await.unwrap_err().kind(), "redirect_refused");
}

/// Cases of the kinds that the folder may hold, so that the server is known to serve them.
#[tokio::test(flavor = "multi_thread")]
async fn jk_10_endless_slow_and_swollen_answers_end_early() {
    let client = client();
    for (id, kind) in
        [("never-ends", "too_large|timeout"), ("slow-drip", "timeout"), ("10k-keys", "too_large")]
            .into_iter()
            .chain([("content-length-lies", "transport"), ("gzip-bomb", "too_large")])
    {
        let case = json!({"id": id, "usable_kids": [], "body": "{\"keys\":["});
        let error = judge(client.clone(), &case).await.unwrap_err();
        assert!(names_kind(kind, error.kind()), "{id}: {error}");
    }
}
