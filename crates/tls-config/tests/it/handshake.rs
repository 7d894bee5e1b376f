//! Real handshakes: what is trusted, what is refused, and with which words (TL-01, TL-03, TL-09, TL-10, TL-12).

use std::sync::Arc;

use rustls::version::TLS12;
use rustls::{AlertDescription, CertificateError, NamedGroup, ProtocolVersion, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use toolgate_tls_config::{ClientTls, ServerTls, TlsError};

use crate::authority::{Authority, Issued};

pub(crate) fn server(issued: &Issued) -> ServerTls {
    ServerTls::new(issued.chain.clone(), issued.key.clone())
}

pub(crate) fn client(authority: &Authority) -> ClientTls {
    ClientTls::new().with_only_extra_roots().with_ca_pem(authority.pem())
}

/// One handshake and one byte each way, in memory; the client's error if there is one.
pub(crate) async fn handshake(
    client: &ClientTls,
    server: &ServerTls,
    name: &'static str,
) -> Result<(ProtocolVersion, Option<NamedGroup>), rustls::Error> {
    handshake_with(client, server.build().unwrap(), name).await
}

async fn handshake_with(
    client: &ClientTls,
    server: Arc<ServerConfig>,
    name: &'static str,
) -> Result<(ProtocolVersion, Option<NamedGroup>), rustls::Error> {
    let (near, far) = tokio::io::duplex(64 << 10);
    let acceptor = TlsAcceptor::from(server);
    tokio::spawn(async move {
        if let Ok(mut stream) = acceptor.accept(far).await {
            let byte = stream.read_u8().await.unwrap_or(0);
            let _ = stream.write_u8(byte).await;
        }
    });
    let connector = TlsConnector::from(client.build().unwrap());
    let mut stream = connector.connect(name.try_into().unwrap(), near).await.map_err(inside)?;
    stream.write_u8(7).await.map_err(inside)?;
    // In TLS 1.3 a server that refuses the client's certificate says so only now.
    assert_eq!(stream.read_u8().await.map_err(inside)?, 7);
    let session = stream.get_ref().1;
    let group = session.negotiated_key_exchange_group().map(|group| group.name());
    Ok((session.protocol_version().unwrap(), group))
}

fn inside(error: std::io::Error) -> rustls::Error {
    *error.into_inner().unwrap().downcast().unwrap()
}

/// A server that speaks TLS 1.2 and nothing newer, as `ServerTls` cannot be.
fn old_server(issued: &Issued) -> Arc<ServerConfig> {
    let chain = CertificateDer::pem_slice_iter(issued.chain.as_bytes()).map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_protocol_versions(&[&TLS12]).unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap())
}

#[tokio::test]
async fn tl_01_a_peer_of_tls_1_2_is_talked_to() {
    let authority = Authority::new("ours");
    let server = old_server(&authority.issue("server.test", 1));
    let (version, group) = handshake_with(&client(&authority), server, "server.test").await.unwrap();
    assert_eq!(version, ProtocolVersion::TLSv1_2);
    assert_ne!(group, Some(NamedGroup::X25519MLKEM768), "which TLS 1.2 does not have");
}

/// A `ServerHello` that chooses TLS 1.1 (RFC 4346 section 7.4.1.3), byte by byte.
#[tokio::test]
async fn tl_01_a_peer_of_tls_1_1_is_refused() {
    let (near, mut far) = tokio::io::duplex(64 << 10);
    tokio::spawn(async move {
        let mut hello = [22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2].to_vec();
        hello.extend([7; 32]);
        hello.extend([0, 0, 0x2f, 0]);
        far.write_all(&hello).await.unwrap();
        let _ = far.read_to_end(&mut Vec::new()).await;
    });
    let connector = TlsConnector::from(client(&Authority::new("ours")).build().unwrap());
    let error = inside(connector.connect("server.test".try_into().unwrap(), near).await.unwrap_err());
    assert!(matches!(error, rustls::Error::PeerIncompatible(_)), "{error:?}");
}

/// An authority of 1024-bit RSA that is trusted by its file vouches for nothing all the same.
#[tokio::test]
async fn tl_01_a_signature_by_a_weak_key_is_refused() {
    let server = Issued {
        chain: include_str!("weak_chain/server.pem").to_owned(),
        key: include_str!("weak_chain/server.key").to_owned(),
    };
    let weak = ClientTls::new().with_only_extra_roots().with_ca_pem(include_str!("weak_chain/authority.pem"));
    let error = handshake(&weak, &self::server(&server), "server.test").await.unwrap_err();
    assert_eq!(error, rustls::Error::InvalidCertificate(CertificateError::BadSignature));
}

#[tokio::test]
async fn tl_03_addresses_count_and_common_names_do_not() {
    let authority = Authority::new("ours");
    let by_address = server(&authority.issue("127.0.0.1", 1));
    handshake(&client(&authority), &by_address, "127.0.0.1").await.unwrap();
    let refused = handshake(&client(&authority), &by_address, "127.0.0.2").await.unwrap_err();
    assert!(is_about_the_name(&refused), "{refused:?}");
    let by_common_name = authority.issue_with("other.test", |params| {
        params.distinguished_name.push(rcgen::DnType::CommonName, "server.test");
    });
    let refused = handshake(&client(&authority), &server(&by_common_name), "server.test").await.unwrap_err();
    assert!(is_about_the_name(&refused), "{refused:?}");
}

fn is_about_the_name(error: &rustls::Error) -> bool {
    matches!(error, rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext { .. }))
}

#[tokio::test]
async fn a_private_authority_is_trusted_once_it_is_added() {
    let authority = Authority::new("ours");
    let server = server(&authority.issue("server.test", 1));
    let (version, group) = handshake(&client(&authority), &server, "server.test").await.unwrap();
    assert_eq!(version, ProtocolVersion::TLSv1_3);
    assert_eq!(group, Some(NamedGroup::X25519MLKEM768));

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
    let refused = handshake(&both, &server, "server.test").await.unwrap_err();
    assert_eq!(refused, rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer));
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
    let refused = handshake(&client(&authority), &server, "server.test").await.unwrap_err();
    assert_eq!(refused, rustls::Error::AlertReceived(AlertDescription::CertificateRequired));
    let stranger = Authority::new("other").issue("client.test", 3);
    let with_foreign = client(&authority).with_client_certificate(stranger.chain, stranger.key);
    let refused = handshake(&with_foreign, &server, "server.test").await.unwrap_err();
    assert_eq!(refused, rustls::Error::AlertReceived(AlertDescription::UnknownCA));
}

#[tokio::test]
async fn mutual_tls_works_from_files_too() {
    let (authority, folder) = (Authority::new("ours"), tempfile::tempdir().unwrap());
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name)
    };
    let me = authority.issue("client.test", 2);
    let issued = authority.issue("server.test", 1);
    let server = server(&issued).with_client_ca_file(write("ca.pem", &authority.pem()));
    let shown = client(&authority)
        .with_client_certificate_files(write("me.pem", &me.chain), write("me.key", &me.key));
    handshake(&shown, &server, "server.test").await.unwrap();
    let refused = handshake(&client(&authority), &server, "server.test").await.unwrap_err();
    assert_eq!(refused, rustls::Error::AlertReceived(AlertDescription::CertificateRequired));
    let nobody = server.with_client_ca_pem(Authority::expired().pem());
    assert!(matches!(nobody.build(), Err(TlsError::NoTrustAnchors)), "nobody could come in");
}

#[cfg(feature = "ring")]
#[tokio::test]
async fn either_side_may_use_ring() {
    use toolgate_tls_config::Crypto;
    let authority = Authority::new("ours");
    let (client, server) = (client(&authority), server(&authority.issue("server.test", 1)));
    let ours = client.clone().with_crypto(Crypto::Ring);
    let theirs = server.clone().with_crypto(Crypto::Ring);
    for (client, server) in [(&ours, &server), (&client, &theirs), (&ours, &theirs)] {
        let (_, group) = handshake(client, server, "server.test").await.unwrap();
        assert_eq!(group, Some(NamedGroup::X25519), "ring has no hybrid key exchange");
    }
}

#[test]
fn a_server_offers_the_protocols_that_it_is_told_to() {
    let server = server(&Authority::new("ours").issue("server.test", 1));
    assert_eq!(server.build().unwrap().alpn_protocols, [&b"h2"[..], b"http/1.1"]);
    assert_eq!(server.with_alpn(&["http/1.1"]).build().unwrap().alpn_protocols, [b"http/1.1"]);
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
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&log).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600, "whoever has them reads the traffic");
    }
}

#[test]
fn alpn_is_left_to_the_http_client() {
    let config = client(&Authority::new("ours")).build().unwrap();
    assert!(config.alpn_protocols.is_empty());
    assert_eq!(Arc::strong_count(&config), 1);
}

#[test]
fn an_accepted_chain_is_told_with_its_anchor() {
    let authority = Authority::new("private authority");
    let issued = authority.issue_with("localhost", |params| {
        params.not_after = rcgen::date_time_ymd(2099, 5, 1);
    });
    let chain: Vec<_> =
        CertificateDer::pem_slice_iter(issued.chain.as_bytes()).collect::<Result<_, _>>().unwrap();
    let told = client(&authority).summary().unwrap().chain(&chain).unwrap();
    assert!(told.is_for("localhost") && !told.is_for("localhost.example") && !told.is_for("no name"));
    let server = ServerTls::new(issued.chain.clone(), issued.key.clone());
    assert_eq!(server.certificates().unwrap(), chain, "what it shows");
    assert_eq!((told.names, told.length), (vec!["localhost".to_owned()], 1));
    assert!(told.issuer.contains("private authority"), "{}", told.issuer);
    let end = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(4_081_276_800);
    assert_eq!(told.not_after, end);
    assert_eq!(told.anchor.unwrap().source, toolgate_tls_config::TrustSource::Given);

    let other = client(&Authority::new("another")).summary().unwrap();
    assert_eq!(other.chain(&chain).unwrap().anchor, None);
    assert_eq!(other.chain(&[CertificateDer::from(vec![1, 2, 3])]), None);
    assert_eq!(other.chain(&[]), None);
}
