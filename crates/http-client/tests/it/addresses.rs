//! URLs that a server supplied: `urls.json` as its verdicts say, and the address that is connected to (DI-14).

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use serde::Deserialize;
use toolgate_http_client::{AddressPolicy, HttpClient, HttpError, Origin, Resolve, SendOptions, parse_url};

use crate::connections::Fixed;
use crate::server::{Server, builder, get, ok};

#[derive(Deserialize)]
struct Case {
    url: String,
    verdict: String,
}

#[derive(Deserialize)]
struct Cases {
    tests: Vec<Case>,
}

/// The resolver that the vectors ask for: every name is public, but for the two that play tricks.
struct Names(AtomicUsize);

impl Names {
    fn answer(&self, host: &str) -> Vec<IpAddr> {
        let public: IpAddr = "93.184.216.34".parse().unwrap();
        let private: IpAddr = "127.0.0.1".parse().unwrap();
        match host {
            "rebind.rig.test" if self.0.fetch_add(1, Ordering::SeqCst) > 0 => vec![private],
            "mixed.rig.test" => vec![public, private],
            "localhost" | "2130706433" => vec![private],
            _ => vec![public],
        }
    }
}

/// What the client does before it connects, twice.
fn decide(url: &str, development: bool, names: &Names) -> Result<(), HttpError> {
    let policy = AddressPolicy::default().with_loopback(development);
    let origin = Origin::of(&parse_url(url)?)?;
    let cleartext_allowed = development && origin.is_loopback();
    if !origin.is_secure() && !cleartext_allowed {
        return Err(HttpError::InsecureUrl { origin });
    }
    policy.check_host(&origin)?;
    if origin.host().starts_with('[') || origin.host().bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return Ok(());
    }
    for address in [names.answer(origin.host()), names.answer(origin.host())].concat() {
        policy.for_name(origin.host()).check_address(address).map_err(|reason| {
            HttpError::BlockedAddress { origin: origin.clone(), address: address.to_string(), reason }
        })?;
    }
    Ok(())
}

#[test]
fn every_url_is_treated_as_its_verdict_says() {
    let path = std::env::var_os("TOOLGATE_VECTORS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors"), PathBuf::from)
        .join("urls.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("urls: no vectors at {}; set TOOLGATE_VECTORS", path.display());
        return;
    };
    let cases: Cases = serde_json::from_str(&text).unwrap();
    let mut misses = Vec::new();
    for Case { url, verdict } in &cases.tests {
        let production = decide(url, false, &Names(AtomicUsize::new(0)));
        let development = decide(url, true, &Names(AtomicUsize::new(0)));
        let found = match (&production, &development) {
            (Ok(()), _) => "accept",
            (Err(_), Ok(())) => "dev",
            (Err(_), Err(_)) => "refuse",
        };
        if !verdict.split('|').any(|allowed| allowed == found) {
            misses.push(format!(
                "{url:?}: expected {verdict}, found {found} ({production:?}, {development:?})"
            ));
        }
    }
    println!("urls: {} of {} as the verdict says", cases.tests.len() - misses.len(), cases.tests.len());
    assert!(misses.is_empty(), "{}", misses.join("\n"));
}

fn supplied() -> SendOptions {
    SendOptions::default().with_public_only(true)
}

fn blocked(error: &HttpError) -> bool {
    matches!(error, HttpError::BlockedAddress { .. }) && error.surely_did_nothing() && !error.is_transient()
}

#[tokio::test]
async fn the_answer_that_is_connected_to_is_the_one_that_is_checked() {
    for answer in [&["10.0.0.1"] as &[&str], &["93.184.216.34", "10.0.0.1"], &["::ffff:169.254.169.254"]] {
        let client = builder().with_resolver(Fixed::new(answer)).build();
        let error = client.send(get("https://name.example/", supplied())).await.unwrap_err();
        assert!(blocked(&error), "{answer:?}: {error}");
    }
    for url in [
        "https://10.0.0.1/",
        "https://[fd00:ec2::254]/",
        "https://metadata.google.internal/",
        "https://167772161/",
    ] {
        let error = builder().build().send(get(url, supplied())).await.unwrap_err();
        assert!(blocked(&error), "{url}: {error}");
    }
}

/// First public enough, then not: the connection of the first must not carry the second unseen.
struct Rebinding(AtomicUsize);

#[async_trait]
impl Resolve for Rebinding {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        let first = self.0.fetch_add(1, Ordering::SeqCst) == 0;
        Ok(vec![if first { "127.0.0.1" } else { "10.0.0.1" }.parse().unwrap()])
    }
}

#[tokio::test]
async fn a_pooled_connection_is_no_way_around() {
    let server = Server::answering([ok("fine")]).await;
    let client = builder().with_resolver(Arc::new(Rebinding(AtomicUsize::new(0)))).build();
    let url = format!("http://name.localhost:{}/", server.port);
    // A configured URL makes a connection, which goes back to the pool.
    client.send(get(&url, SendOptions::default())).await.unwrap().into_body().bytes().await.unwrap();
    let error = client.send(get(&url, supplied())).await.unwrap_err();
    assert!(matches!(error, HttpError::NotThisMachine { .. }), "{error}");
    assert_eq!(server.accepted(), 1);
}

/// CC-03, LP-02: `localhost` is a name like any other to whoever resolves it.
#[tokio::test]
async fn in_clear_text_a_name_of_this_machine_must_lead_to_it() {
    let server = Server::answering([ok("fine")]).await;
    let client = |answer: &[&str]| builder().with_resolver(Fixed::new(answer)).build();
    for options in [SendOptions::default(), supplied()] {
        for host in ["localhost", "LOCALHOST.", "name.localhost", "127.0.0.1."] {
            let url = format!("http://{host}:{}/", server.port);
            for answer in [&["93.184.216.34"] as &[&str], &["127.0.0.1", "10.0.0.1"], &["::ffff:10.0.0.1"]] {
                let error = client(answer).send(get(&url, options)).await.unwrap_err();
                let refused = matches!(error, HttpError::NotThisMachine { .. });
                assert!(
                    refused && error.surely_did_nothing() && !error.is_transient(),
                    "{url} {answer:?}: {error}"
                );
            }
            for answer in ["127.0.0.1", "::ffff:127.0.0.1"] {
                let sent = client(&[answer]).send(get(&url, options)).await;
                assert!(sent.is_ok(), "{url} {answer}: {:?}", sent.err());
            }
        }
    }
    assert_eq!(server.accepted(), 16);
    // With TLS the certificate says whether it is the right one.
    let error = client(&["::1"]).send(get("https://localhost:1/", SendOptions::default())).await.unwrap_err();
    assert!(matches!(error, HttpError::Connect { .. }), "{error}");
}

#[tokio::test]
async fn this_machine_is_for_development() {
    let server = Server::answering([ok("fine")]).await;
    assert!(builder().build().send(get(&server.url("/"), supplied())).await.is_ok());
    let production = builder().with_insecure_loopback(false).build();
    let url = format!("https://127.0.0.1:{}/", server.port);
    assert!(blocked(&production.send(get(&url, supplied())).await.unwrap_err()));
}

/// The vectors' own names through the client, so that the test above cannot drift away from what is sent.
#[tokio::test]
async fn names_that_play_tricks_are_refused_by_the_client() {
    struct Trick(HashMap<&'static str, Vec<IpAddr>>);
    #[async_trait]
    impl Resolve for Trick {
        async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
            Ok(self.0[host].clone())
        }
    }
    let mixed = vec!["93.184.216.34".parse().unwrap(), "127.0.0.1".parse().unwrap()];
    let names = Trick(HashMap::from([
        ("mixed.rig.test", mixed),
        ("rebind.rig.test", vec!["127.0.0.1".parse().unwrap()]),
    ]));
    let client = builder().with_insecure_loopback(false).with_resolver(Arc::new(names)).build();
    for url in ["https://mixed.rig.test/", "https://rebind.rig.test/"] {
        assert!(blocked(&client.send(get(url, supplied())).await.unwrap_err()), "{url}");
    }
}
