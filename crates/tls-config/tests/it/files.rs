//! Files, folders, the environment and keys (TL-05, TL-06, TL-07, TL-09).

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use toolgate_tls_config::{ClientTls, ServerTls, TlsError, TrustSource};

use crate::authority::Authority;

fn extra() -> ClientTls {
    ClientTls::new().with_only_extra_roots()
}

#[test]
fn sources_add_up_and_are_told() {
    let summary =
        extra().with_mozilla_roots().with_ca_pem(Authority::new("own root").pem()).summary().unwrap();
    assert_eq!(summary.count, webpki_roots::TLS_SERVER_ROOTS.len() + 1);
    let own = summary.anchors.iter().find(|anchor| anchor.source == TrustSource::Given).unwrap();
    assert!(own.subject.contains("own root") && own.not_after.is_some() && !own.expired);
    assert!(summary.anchors.iter().all(|anchor| !anchor.subject.is_empty()));
    assert!(summary.to_string().ends_with("1 from the program"), "{summary}");
}

#[test]
fn nothing_to_trust_is_an_error() {
    assert!(matches!(extra().build(), Err(TlsError::NoTrustAnchors)));
}

#[test]
fn a_folder_is_read_as_a_whole_and_its_keys_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let empty = extra().with_ca_dir(folder.path()).build().unwrap_err();
    assert!(matches!(empty, TlsError::Nothing { .. }), "{empty}");
    fs::write(folder.path().join("rootCA.pem"), Authority::new("mkcert root").pem()).unwrap();
    fs::write(folder.path().join("0a1b2c3d.0"), Authority::new("hashed").pem()).unwrap();
    // Were it opened, it would be refused as a private key.
    fs::write(folder.path().join("rootCA-key.pem"), Authority::new("x").issue("x", 1).key).unwrap();
    let summary = extra().with_ca_dir(folder.path()).summary().unwrap();
    assert_eq!(summary.count, 2);
    let told = format!("2 trust anchors: 2 from {}", folder.path().display());
    assert_eq!(summary.to_string(), told, "the folder is named once, not each of its files");
    assert!(summary.warnings[0].contains("rootCA-key.pem was not read"));
    fs::write(folder.path().join("bad.pem"), "nothing").unwrap();
    assert!(extra().with_ca_dir(folder.path()).build().is_err());
}

fn environment<'a>(set: &'a [(&str, &Path)]) -> impl Fn(&str) -> Option<OsString> + 'a {
    |name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_os_str().to_owned())
}

#[test]
fn the_environment_counts_only_when_it_is_passed() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("first.pem"), folder.path().join("second.pem"));
    fs::write(&first, Authority::new("first").pem()).unwrap();
    fs::write(&second, Authority::new("second").pem()).unwrap();
    let set = [("SSL_CERT_FILE", first.as_path()), ("TLS_CA_CERT_PATH", second.as_path())];
    let summary = extra().with_environment(&environment(&set)).summary().unwrap();
    assert_eq!(summary.count, 1, "SSL_CERT_FILE wins");
    assert!(summary.anchors[0].subject.contains("first"));
    let summary = extra().with_environment(&environment(&set[1..])).summary().unwrap();
    assert!(summary.anchors[0].subject.contains("second"));
    // The system's own bundle says nothing new, and so does not hide the other. (Not every system has one.)
    let system = Path::new("/etc/ssl/certs/ca-certificates.crt");
    if toolgate_tls_config::is_system_bundle(system) {
        let set = [("SSL_CERT_FILE", system), ("TLS_CA_CERT_PATH", second.as_path())];
        let anchors = ClientTls::new().with_environment(&environment(&set)).summary().unwrap().anchors;
        assert!(anchors.iter().any(|anchor| anchor.subject.contains("second")));
    }
    let set = [("SSL_CERT_DIR", folder.path())];
    assert_eq!(extra().with_environment(&environment(&set)).summary().unwrap().count, 2);
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR", "TLS_CA_CERT_PATH"] {
        let set = [(name, Path::new("/nonexistent/ca.pem"))];
        let error = ClientTls::new().with_environment(&environment(&set)).build().unwrap_err().to_string();
        assert!(error.contains("/nonexistent/ca.pem"), "{error}");
    }
}

#[test]
fn what_the_environment_names_by_an_empty_value_is_not_set() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    fs::write(&path, Authority::new("named").pem()).unwrap();
    let empty = Path::new("");
    let set = [("SSL_CERT_FILE", empty), ("SSL_CERT_DIR", empty), ("TLS_CA_CERT_PATH", path.as_path())];
    assert_eq!(extra().with_environment(&environment(&set)).summary().unwrap().count, 1);
    let list = std::env::join_paths([empty, folder.path()]).unwrap();
    let set = [("SSL_CERT_DIR", Path::new(&list))];
    assert_eq!(extra().with_environment(&environment(&set)).summary().unwrap().count, 1);
}

#[test]
fn what_the_system_trusts_is_trusted_unless_it_is_switched_off() {
    // Where Debian has it, and most systems that are tested on.
    let bundle = Path::new("/etc/ssl/certs/ca-certificates.crt");
    if !bundle.is_file() {
        return;
    }
    let of_system = |tls: ClientTls| {
        let anchors = tls.with_mozilla_roots().summary().unwrap().anchors;
        anchors.iter().filter(|anchor| anchor.source == TrustSource::System).count()
    };
    assert!(of_system(ClientTls::new()) > 0);
    assert_eq!(of_system(extra()), 0);
    assert!(toolgate_tls_config::is_system_bundle(bundle));
    for other in ["/etc/ssl/certs", "/nonexistent/ca.pem"] {
        assert!(!toolgate_tls_config::is_system_bundle(Path::new(other)), "{other}");
    }
}

#[test]
fn a_servers_certificate_in_a_folder_is_passed_over_and_in_a_file_refused() {
    let (authority, folder) = (Authority::new("ours"), tempfile::tempdir().unwrap());
    fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
    let path = folder.path().join("server.pem");
    fs::write(&path, authority.issue("server.test", 1).chain).unwrap();
    let summary = extra().with_ca_dir(folder.path()).summary().unwrap();
    assert_eq!(summary.anchors.len(), 1);
    assert!(summary.warnings[0].contains("is not trusted"), "{summary:?}");
    let error = extra().with_ca_file(&path).summary().unwrap_err().to_string();
    assert!(error.contains("is not a CA certificate"), "{error}");
}

#[test]
fn a_certificate_that_the_client_shows_is_told_as_it_is_now() {
    let (authority, folder) = (Authority::new("ours"), tempfile::tempdir().unwrap());
    let (chain, key) = (folder.path().join("me.pem"), folder.path().join("me.key"));
    let client = extra().with_ca_pem(authority.pem());
    assert_eq!(client.client_certificate().unwrap(), None);
    let client = client.with_client_certificate_files(&chain, &key);
    assert!(matches!(client.client_certificate(), Err(TlsError::Unreadable { .. })));
    for serial in [1, 2] {
        let issued = authority.issue("client.test", serial);
        fs::write(&chain, &issued.chain).unwrap();
        fs::write(&key, &issued.key).unwrap();
        let shown = ServerTls::new(issued.chain, issued.key).certificates().unwrap();
        assert_eq!(client.client_certificate().unwrap().as_ref(), shown.first());
    }
}

#[test]
fn a_key_must_belong_to_its_certificate_and_be_plain() {
    let authority = Authority::new("ours");
    let (one, other) = (authority.issue("a.test", 1), authority.issue("b.test", 2));
    let error = ServerTls::new(one.chain.clone(), other.key.clone()).build().unwrap_err();
    assert!(matches!(error, TlsError::KeyMismatch { .. }), "{error}");
    let client =
        extra().with_ca_pem(authority.pem()).with_client_certificate(one.chain.clone(), other.key.clone());
    assert!(matches!(client.build(), Err(TlsError::KeyMismatch { .. })));

    let two = format!("{}{}", one.key, other.key);
    let error = ServerTls::new(one.chain.clone(), two).build().unwrap_err().to_string();
    assert!(error.starts_with("private key 2 of the given server key is a second"), "{error}");
    let spoilt = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----";
    let error = ServerTls::new(spoilt, one.key.clone()).build().unwrap_err().to_string();
    assert!(error.starts_with("certificate 1 of the given server certificate"), "{error}");
    let odd = "-----BEGIN PRIVATE KEY-----\nAAEC\n-----END PRIVATE KEY-----";
    let error = ServerTls::new(one.chain.clone(), odd).build().unwrap_err().to_string();
    assert!(error.starts_with("private key 1 of the given server key"), "{error}");

    let encrypted = one.key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let legacy = one.key.replace("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\n\n");
    for key in [encrypted, legacy] {
        let error = ServerTls::new(one.chain.clone(), key).build().unwrap_err();
        assert!(matches!(error, TlsError::EncryptedKey { .. }), "{error}");
    }
}

#[test]
fn no_error_shows_a_key() {
    let issued = Authority::new("ours").issue("a.test", 1);
    let canary: String = issued.key.lines().nth(1).unwrap().to_owned();
    let broken = issued.key.replace(&canary, &format!("{canary}!"));
    let errors = [
        extra().with_ca_pem(issued.key.clone()).build().unwrap_err(),
        extra().with_ca_pem(format!("{}{}", issued.chain, issued.key)).build().unwrap_err(),
        ServerTls::new(issued.chain.clone(), broken).build().unwrap_err(),
        ServerTls::new(issued.key.clone(), issued.chain.clone()).build().unwrap_err(),
    ];
    for error in errors {
        assert!(!format!("{error} {error:?}").contains(&canary[..16]), "{error}");
    }
    let settings = extra().with_client_certificate(issued.chain, issued.key);
    assert!(!format!("{settings:?}").contains(&canary[..16]));
}

#[test]
fn tl_04_one_bad_block_refuses_the_file() {
    let good = Authority::new("good").pem();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    for bad in
        ["-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----", "-----BEGIN CERTIFICATE-----\nAAEC"]
    {
        fs::write(&path, format!("{good}{bad}")).unwrap();
        let error = extra().with_ca_file(&path).build().unwrap_err().to_string();
        assert!(error.contains("ca.pem") && error.contains('2'), "{error}");
    }
    fs::write(&path, "").unwrap();
    assert!(matches!(extra().with_ca_file(&path).build(), Err(TlsError::Nothing { .. })));
}
