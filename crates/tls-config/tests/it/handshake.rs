//! Real handshakes: what is trusted, what is refused, and with which words (TL-01, TL-03, TL-09, TL-10, TL-12).

use std::sync::Arc;

use rustls::{CertificateError, ProtocolVersion};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use toolgate_tls_config::{ClientTls, ServerTls, TlsError};

use crate::authority::{Authority, Issued};

fn server(issued: &Issued) -> ServerTls {
    ServerTls::new(issued.chain.clone(), issued.key.clone())
}

fn client(authority: &Authority) -> ClientTls {
    ClientTls::new().with_only_extra_roots().with_ca_pem(authority.pem())
}

/// One handshake and one byte each way, in memory; the client's error if there is one.
async fn handshake(
    client: &ClientTls,
    server: &ServerTls,
    name: &'static str,
) -> Result<(ProtocolVersion, Option<rustls::NamedGroup>), rustls::Error> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (near, far) = tokio::io::duplex(64 << 10);
    let acceptor = TlsAcceptor::from(server.build().unwrap());
    tokio::spawn(async move {
        if let Ok(mut stream) = acceptor.accept(far).await {
            let byte = stream.read_u8().await.unwrap_or(0);
            let _ = stream.write_u8(byte).await;
        }
    });
    let inside = |error: std::io::Error| *error.into_inner().unwrap().downcast::<rustls::Error>().unwrap();
    let connector = TlsConnector::from(client.build().unwrap());
    let mut stream = connector.connect(name.try_into().unwrap(), near).await.map_err(inside)?;
    stream.write_u8(7).await.map_err(inside)?;
    // In TLS 1.3 a server that refuses the client's certificate says so only now.
    assert_eq!(stream.read_u8().await.map_err(inside)?, 7);
    let session = stream.get_ref().1;
    let group = session.negotiated_key_exchange_group().map(|group| group.name());
    Ok((session.protocol_version().unwrap(), group))
}

#[tokio::test]
async fn a_private_authority_is_trusted_once_it_is_added() {
    let authority = Authority::new("ours");
    let server = server(&authority.issue("server.test", 1));
    let (version, group) = handshake(&client(&authority), &server, "server.test").await.unwrap();
    assert_eq!(version, ProtocolVersion::TLSv1_3);
    assert_eq!(group, Some(rustls::NamedGroup::X25519MLKEM768));

    let stranger = handshake(&client(&Authority::new("other")), &server, "server.test").await.unwrap_err();
    assert_eq!(stranger, rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer));
}

#[tokio::test]
async fn the_name_must_be_in_the_certificate() {
    let authority = Authority::new("ours");
    let server = server(&authority.issue("server.test", 1));
    let error = handshake(&client(&authority), &server, "other.test").await.unwrap_err();
    assert!(error.to_string().contains("other.test") && error.to_string().contains("server.test"), "{error}");
}

#[tokio::test]
async fn an_expired_authority_vouches_for_nothing() {
    let expired = Authority::expired();
    let server = server(&expired.issue("server.test", 1));
    assert!(matches!(client(&expired).build(), Err(TlsError::NoTrustAnchors)));
    let both = client(&expired).with_ca_pem(Authority::new("other").pem());
    assert!(handshake(&both, &server, "server.test").await.is_err());
    let summary = both.summary().unwrap();
    assert!(summary.count == 1 && summary.warnings[0].contains("has expired"), "{summary:?}");
}

#[tokio::test]
async fn a_revoked_certificate_is_refused() {
    let authority = Authority::new("ours");
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("revoked.crl");
    std::fs::write(&list, authority.revoke(7)).unwrap();
    let client = client(&authority).with_crl_file(&list);
    handshake(&client, &server(&authority.issue("server.test", 6)), "server.test").await.unwrap();
    let error =
        handshake(&client, &server(&authority.issue("server.test", 7)), "server.test").await.unwrap_err();
    assert_eq!(error, rustls::Error::InvalidCertificate(CertificateError::Revoked));
}

#[tokio::test]
async fn mutual_tls_needs_a_certificate_of_the_right_authority() {
    let authority = Authority::new("ours");
    let server = server(&authority.issue("server.test", 1)).with_client_ca_pem(authority.pem());
    let me = authority.issue("client.test", 2);
    let with_certificate = client(&authority).with_client_certificate(me.chain, me.key);
    handshake(&with_certificate, &server, "server.test").await.unwrap();
    assert!(handshake(&client(&authority), &server, "server.test").await.is_err());
    let stranger = Authority::new("other").issue("client.test", 3);
    let with_foreign = client(&authority).with_client_certificate(stranger.chain, stranger.key);
    assert!(handshake(&with_foreign, &server, "server.test").await.is_err());
}

#[tokio::test]
async fn session_secrets_are_logged_only_on_request() {
    let authority = Authority::new("ours");
    let server = server(&authority.issue("server.test", 1));
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("keys.log");
    let config = client(&authority).build().unwrap();
    assert!(!config.key_log.will_log("CLIENT_RANDOM"));
    handshake(&client(&authority).with_key_log_file(&log), &server, "server.test").await.unwrap();
    assert!(std::fs::read_to_string(&log).unwrap().contains("CLIENT_TRAFFIC_SECRET_0 "));
}

#[test]
fn alpn_is_left_to_the_http_client() {
    let config = client(&Authority::new("ours")).build().unwrap();
    assert!(config.alpn_protocols.is_empty());
    assert_eq!(Arc::strong_count(&config), 1);
}
