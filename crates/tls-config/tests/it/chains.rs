//! What an accepted chain says of itself, and which anchor it ends at.

use std::time::{Duration, SystemTime};

use rcgen::{SanType, date_time_ymd};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use toolgate_tls_config::ClientTls;

use crate::authority::Authority;
use crate::handshake::client;

fn certificates(pem: &str) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>().unwrap()
}

fn second(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// An authority, one below it that ends sooner, and a server's certificate of that one with both shown.
fn path() -> (Authority, Authority, Vec<CertificateDer<'static>>) {
    let top = Authority::with("the top", |params| params.not_after = date_time_ymd(2090, 1, 1));
    let middle = top.below("the middle", |params| params.not_after = date_time_ymd(2070, 1, 1));
    let issued = middle.issue_with("server.test", |params| {
        params.not_after = date_time_ymd(2080, 1, 1);
        params.subject_alt_names.push(SanType::IpAddress("192.0.2.7".parse().unwrap()));
        params.subject_alt_names.push(SanType::IpAddress("2001:db8::7".parse().unwrap()));
    });
    let shown = certificates(&format!("{}{}{}", issued.chain, middle.pem(), top.pem()));
    (top, middle, shown)
}

#[test]
fn a_chain_ends_at_the_first_issuer_that_is_trusted() {
    let (top, middle, shown) = path();
    let told = client(&top).summary().unwrap().chain(&shown).unwrap();
    assert_eq!(told.names, ["server.test", "192.0.2.7", "2001:db8::7"]);
    assert!(told.issuer.contains("the middle"), "{}", told.issuer);
    assert!(told.anchor.unwrap().subject.contains("the top"));
    assert_eq!((told.not_after, told.length), (second(3_155_760_000), 3), "the middle ends first");

    let told = client(&middle).with_ca_pem(top.pem()).summary().unwrap().chain(&shown).unwrap();
    assert!(told.anchor.unwrap().subject.contains("the middle"));
    assert_eq!((told.not_after, told.length), (second(3_471_292_800), 3), "nothing above it counts");
}

#[test]
fn an_anchor_that_has_expired_ends_no_chain() {
    let (top, _, shown) = path();
    let expired = Authority::with("the middle", |params| params.not_after = date_time_ymd(2021, 1, 1));
    let told = client(&expired).with_ca_pem(top.pem()).summary().unwrap().chain(&shown).unwrap();
    assert!(told.anchor.unwrap().subject.contains("the top"));
}

#[test]
fn a_certificate_that_two_sources_have_is_one_anchor() {
    let top = Authority::new("the top");
    assert_eq!(client(&top).with_ca_pem(top.pem()).summary().unwrap().anchors.len(), 1);
}

#[test]
fn a_root_of_version_1_cannot_say_that_it_is_one_and_is_taken() {
    // It has no extensions: made with `openssl x509 -req -signkey`.
    let root = "-----BEGIN CERTIFICATE-----
MIIBNDCB2wIUWy6hYjAzayB5M11Xr37sN/BCUgUwCgYIKoZIzj0EAwIwHDEaMBgG
A1UEAwwRcm9vdCBvZiB2ZXJzaW9uIDEwIBcNMjYxMTI5MTYwMjUxWhgPMjEyNjEx
MDUxNjAyNTFaMBwxGjAYBgNVBAMMEXJvb3Qgb2YgdmVyc2lvbiAxMFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEHg/ufARWheEMxnAEBYnC5YqchkloER4CTqRDhIfS
4QTPxj0UaWeNWksDaueiHnzJ1xWRsDPlNJ0AN41fETvQBDAKBggqhkjOPQQDAgNI
ADBFAiEA2yjyH2GNGZq6kjVumTS5cT7du0wJzUQN/k6neLdH+wkCIA3VUbKM7s0M
a5fZre8l0OlwiCgw0apGqC4tKMNlFzRT
-----END CERTIFICATE-----
";
    let summary = ClientTls::new().with_only_extra_roots().with_ca_pem(root).summary().unwrap();
    assert!(summary.anchors[0].subject.contains("root of version 1"), "{summary:?}");
}
