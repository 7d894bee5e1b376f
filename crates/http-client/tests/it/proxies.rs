//! Proxies: a tunnel, with credentials for the proxy alone, and only where it was asked for (CC-18).

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;
use toolgate_http_client::{HttpClient, HttpError, HyperClient, Probe, Proxy, SendOptions};
use toolgate_tls_config::ClientTls;

use crate::certificates::{Authority, serve};
use crate::server::{Server, builder, get, ok, read_head};

/// A proxy that leads every tunnel to `target`, and what it was told.
async fn proxy(target: u16) -> (Server, Arc<Mutex<Vec<String>>>) {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&heads);
    let server = Server::start(move |mut stream, _| {
        let seen = Arc::clone(&seen);
        async move {
            let head = read_head(&mut stream).await.unwrap();
            let admitted = head.contains("Basic dXNlcjpjYW5hcnk=");
            seen.lock().unwrap().push(head);
            if !admitted {
                let _ = stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await;
                return;
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            let mut onward = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
            let _ = copy_bidirectional(&mut stream, &mut onward).await;
        }
    })
    .await;
    (server, heads)
}

#[tokio::test]
async fn the_proxy_sees_the_name_and_nothing_else() {
    let authority = Authority::new();
    let name = |params: &mut rcgen::CertificateParams| {
        params.subject_alt_names = vec![rcgen::SanType::DnsName("far.example".try_into().unwrap())];
    };
    let server = serve(&authority.issue(name)).await;
    let (proxy, heads) = proxy(server.port).await;
    let tls = authority.trust().build().unwrap();
    let settings =
        Proxy::new(&format!("http://user:canary@127.0.0.1:{}", proxy.port), "near.example").unwrap();
    let client = HyperClient::builder(tls).with_proxy(settings).build();
    let mut request = get("https://far.example/secret?key=1", SendOptions::default());
    request.headers_mut().insert("authorization", "Bearer token".parse().unwrap());
    let answer = client.send(request).await.unwrap().into_body().bytes().await.unwrap();
    assert_eq!(answer, "HTTP/2.0");
    let heads = heads.lock().unwrap();
    assert!(heads[0].starts_with("CONNECT far.example:443 HTTP/1.1\r\n"), "{}", heads[0]);
    assert!(!heads[0].contains("Bearer") && !heads[0].contains("/secret"), "{}", heads[0]);
}

#[tokio::test]
async fn a_proxy_that_refuses_is_an_error_without_its_password() {
    let (proxy, _) = proxy(1).await;
    let settings = Proxy::new(&format!("http://user:wrong-canary@127.0.0.1:{}", proxy.port), "").unwrap();
    let client = builder().with_proxy(settings).build();
    let error = client.send(get("https://far.example/", SendOptions::default())).await.unwrap_err();
    assert!(matches!(error, HttpError::Connect { .. }), "{error}");
    assert!(error.to_string().contains("authorization"), "{error}");
    assert!(
        error.to_string().contains(&format!("through the proxy http://127.0.0.1:{}: ", proxy.port)),
        "{error}"
    );
    assert!(!format!("{error:?} {client:?}").contains("canary"));
    let gone = builder().with_proxy(Proxy::new("http://user:canary@127.0.0.1:1", "").unwrap()).build();
    let error = gone.send(get("https://far.example/", SendOptions::default())).await.unwrap_err().to_string();
    let says =
        "cannot connect to https://far.example: through the proxy http://127.0.0.1:1: Connection refused";
    assert!(error.starts_with(says), "{error}");
}

#[tokio::test]
async fn this_machine_and_the_exceptions_are_reached_directly() {
    let (proxy, heads) = proxy(1).await;
    let server = Server::answering([ok("fine")]).await;
    let settings =
        Proxy::new(&format!("http://127.0.0.1:{}", proxy.port), "near.example,10.0.0.0/8").unwrap();
    let nobody = crate::connections::Fixed::new(&[]);
    let client = builder().with_proxy(settings).with_resolver(nobody.clone()).build();
    assert!(client.send(get(&server.url("/"), SendOptions::default())).await.is_ok());
    let unknown = client.send(get("https://a.near.example/", SendOptions::default())).await.unwrap_err();
    assert_eq!(unknown.kind(), "connect", "{unknown}");
    assert_eq!(*nobody.1.lock().unwrap(), ["a.near.example"]);
    for own in ["https://127.0.0.1:1/", "https://[::1]:1/"] {
        let nobody = client.send(get(own, SendOptions::default())).await.unwrap_err();
        assert_eq!(nobody.kind(), "connect", "nobody listens there: {nobody}");
    }
    assert!(heads.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_url_that_a_server_supplied_goes_through_a_proxy_on_a_private_address() {
    let (proxy, heads) = proxy(1).await;
    let settings = Proxy::new(&format!("http://proxy.corp.example:{}", proxy.port), "").unwrap();
    let here = crate::connections::Fixed::new(&["127.0.0.1"]);
    let client = builder().with_proxy(settings).with_resolver(here).build();
    let supplied = SendOptions::default().with_public_only(true);
    assert!(client.send(get("https://far.example/", supplied)).await.is_err());
    assert!(heads.lock().unwrap()[0].starts_with("CONNECT far.example:443"));
    let error = client.send(get("https://10.0.0.1/", supplied)).await.unwrap_err();
    assert!(matches!(error, HttpError::BlockedAddress { .. }), "{error}");
}

#[test]
fn the_environment_is_read_only_through_the_given_function() {
    let with = |set: &'static [(&str, &str)]| {
        Proxy::from_environment(&move |name| {
            set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    };
    assert!(with(&[]).unwrap().is_none());
    assert!(with(&[("HTTPS_PROXY", "")]).unwrap().is_none());
    assert!(with(&[("HTTP_PROXY", "http://p:1")]).unwrap().is_none(), "nothing goes in clear text");
    assert!(with(&[("https_proxy", "p.example:3128")]).unwrap().is_some());
    assert!(with(&[("ALL_PROXY", "http://p.example:3128")]).unwrap().is_some());
    let both = with(&[("ALL_PROXY", "http://b.example:1"), ("HTTPS_PROXY", "http://a.example:1")]).unwrap();
    assert_eq!(format!("{:?}", both.unwrap()), "Proxy(http://a.example:1/)");
    for url in ["socks5://p.example", "https://p.example", "http://", "::canary"] {
        let error = Proxy::new(url, "").unwrap_err();
        assert!(
            matches!(error, HttpError::BadProxy { .. }) && !error.to_string().contains("canary"),
            "{url}"
        );
    }
}

/// Whether a probe's way to `url` leads through `proxy`.
fn is_used(proxy: &Proxy, url: &str) -> bool {
    let tls = ClientTls::new().with_only_extra_roots().with_mozilla_roots().build().unwrap();
    Probe::new(url, tls, Some(proxy.clone())).unwrap().proxy().is_some()
}

#[test]
fn the_exceptions_are_those_that_are_listed() {
    let proxy = Proxy::new("http://p.example:1", "near.example, 10.0.0.0/8,fd00::1").unwrap();
    for direct in
        ["https://near.example/", "https://a.near.example/", "https://10.1.2.3/", "https://[fd00::1]/"]
    {
        assert!(!is_used(&proxy, direct), "{direct}");
    }
    for own in ["https://localhost/", "https://127.0.0.1/", "https://[::1]/"] {
        assert!(!is_used(&proxy, own), "{own}");
    }
    assert!(!is_used(&proxy, "http://far.example/"), "it is a tunnel for https");
    for far in
        ["https://far.example/", "https://nearer.example/", "https://anear.example/", "https://11.0.0.1/"]
    {
        assert!(is_used(&proxy, far), "{far}");
    }
    let nothing = Proxy::new("http://p.example:1", "*").unwrap();
    assert!(!is_used(&nothing, "https://far.example/"));
}

#[test]
fn an_exception_that_is_set_to_nothing_does_not_hide_the_other_spelling() {
    let set = [("HTTPS_PROXY", "http://p.example:1"), ("NO_PROXY", ""), ("no_proxy", "near.example")];
    let variable =
        |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    let proxy = Proxy::from_environment(&variable).unwrap().unwrap();
    assert!(!is_used(&proxy, "https://near.example/"));
    assert!(is_used(&proxy, "https://far.example/"));
}
