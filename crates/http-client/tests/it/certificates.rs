//! TLS: each wrong certificate gives its own words, HTTP/2 is negotiated, changed trust takes effect (TL-03, TL-10).

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    date_time_ymd,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use toolgate_http_client::{HttpClient, HttpError, HyperClient, SendOptions};
use toolgate_tls_config::{ClientTls, ServerTls};

use crate::server::{Server, get, read_head};

pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        Self::named("ours")
    }

    fn named(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    pub(crate) fn trust(&self) -> ClientTls {
        ClientTls::new().with_only_extra_roots().with_ca_pem(self.0.pem())
    }

    /// A certificate for this machine, changed by `change`.
    pub(crate) fn issue(&self, change: impl FnOnce(&mut CertificateParams)) -> ServerTls {
        let (certificate, key) = self.issue_pem(change);
        ServerTls::new(certificate, key)
    }

    /// The same as texts: the certificate and its key.
    pub(crate) fn issue_pem(&self, change: impl FnOnce(&mut CertificateParams)) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        change(&mut params);
        (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }
}

/// An HTTP/1.1 and HTTP/2 server that answers with the version it was asked in.
pub(crate) async fn serve(tls: &ServerTls) -> Server {
    serve_bodies(tls, Some(100), |version| Full::new(Bytes::from(format!("{version:?}")))).await
}

/// As [`serve`], with the body that `answer` makes of the version, and room for `streams` at once on an HTTP/2 connection.
pub(crate) async fn serve_bodies<B>(
    tls: &ServerTls,
    streams: Option<u32>,
    answer: impl Fn(http::Version) -> B + Copy + Send + 'static,
) -> Server
where
    B: Body<Data = Bytes, Error: std::error::Error + Send + Sync> + Send + 'static,
{
    let acceptor = TlsAcceptor::from(tls.build().unwrap());
    Server::start(move |stream, _| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let answer = service_fn(move |request: http::Request<Incoming>| async move {
                Ok::<_, hyper::Error>(http::Response::new(answer(request.version())))
            });
            let mut server = auto::Builder::new(TokioExecutor::new());
            server.http2().max_concurrent_streams(streams);
            let _ = server.serve_connection(TokioIo::new(stream), answer).await;
        }
    })
    .await
}

fn client(tls: &ClientTls) -> HyperClient {
    HyperClient::builder(tls.build().unwrap()).build()
}

async fn ask(client: &HyperClient, server: &Server) -> Result<Bytes, HttpError> {
    let url = format!("https://localhost:{}/", server.port);
    client.send(get(&url, SendOptions::default())).await?.into_body().bytes().await
}

#[tokio::test]
async fn http2_is_negotiated_and_shares_one_connection() {
    let authority = Authority::new();
    let server = serve(&authority.issue(|_| {})).await;
    let client = client(&authority.trust());
    assert_eq!(ask(&client, &server).await.unwrap(), "HTTP/2.0");
    let many = (0..20).map(|_| ask(&client, &server));
    assert!(
        futures_util::future::join_all(many).await.into_iter().all(|answer| answer.unwrap() == "HTTP/2.0")
    );
    assert_eq!(server.accepted(), 1);

    let old = serve(&authority.issue(|_| {}).with_alpn(&["http/1.1"])).await;
    assert_eq!(ask(&client, &old).await.unwrap(), "HTTP/1.1");
}

#[tokio::test]
async fn wrong_certificates_are_told_apart() {
    let authority = Authority::new();
    let client = client(&authority.trust());
    let good = serve(&authority.issue(|_| {})).await;
    let cases = [
        ("not issued by an authority that is trusted here", Authority::named("others").issue(|_| {})),
        ("not signed by the authority of that name", Authority::new().issue(|_| {})),
        ("not for the name localhost", authority.issue(|params| params.subject_alt_names.clear())),
        ("has expired", authority.issue(|params| params.not_after = date_time_ymd(2021, 1, 1))),
        ("not valid yet", authority.issue(|params| params.not_before = date_time_ymd(2090, 1, 1))),
        (
            "not one for a TLS server",
            authority.issue(|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]),
        ),
    ];
    for (words, tls) in cases {
        let error = ask(&client, &serve(&tls).await).await.unwrap_err();
        assert!(matches!(error, HttpError::Tls { .. }), "{words}: {error:?}");
        let message = error.to_string();
        assert!(message.contains(words) && message.contains("https://localhost:"), "{words}: {message}");
        assert!(!error.is_transient() && error.surely_did_nothing());
        assert_eq!(ask(&client, &good).await.unwrap(), "HTTP/2.0");
    }
}

/// Whoever is on the way cannot read an answer, but can spoil it. The request has arrived.
#[tokio::test]
async fn a_record_that_is_spoilt_does_not_say_that_nothing_was_sent() {
    let authority = Authority::new();
    let acceptor = TlsAcceptor::from(authority.issue(|_| {}).with_alpn(&["http/1.1"]).build().unwrap());
    let server = Server::start(move |stream, _| {
        let acceptor = acceptor.clone();
        async move {
            let mut stream = acceptor.accept(stream).await.unwrap();
            read_head(&mut stream).await;
            let (mut below, _) = stream.into_inner();
            let record = [&[0x17, 3, 3, 0, 32][..], &[0; 32]].concat();
            below.write_all(&record).await.unwrap();
            let _ = below.read_to_end(&mut Vec::new()).await;
        }
    })
    .await;
    let error = ask(&client(&authority.trust()), &server).await.unwrap_err();
    assert!(matches!(error, HttpError::Exchange { .. }) && !error.surely_did_nothing(), "{error:?}");
}

#[tokio::test]
async fn changed_trust_holds_for_new_connections() {
    let (old, new) = (Authority::new(), Authority::new());
    let (first, second) = (serve(&old.issue(|_| {})).await, serve(&new.issue(|_| {})).await);
    let current = Arc::new(Mutex::new(old.trust().build().unwrap()));
    let source = Arc::clone(&current);
    let client = HyperClient::builder_with_source(move || Arc::clone(&source.lock().unwrap())).build();
    assert!(ask(&client, &first).await.is_ok());
    assert_eq!(ask(&client, &second).await.unwrap_err().kind(), "tls");

    *current.lock().unwrap() = new.trust().build().unwrap();
    assert!(ask(&client, &second).await.is_ok());
    assert!(ask(&client, &first).await.is_ok(), "the connection that stands is not dropped");
    assert_eq!(first.accepted(), 1);
}
