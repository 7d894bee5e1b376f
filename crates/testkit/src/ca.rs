//! A certificate authority for development, laid out on disk as mkcert does it.
//!
//! Kept apart from serving because the demo writes it to a folder, tests sign deliberately bad leaves with it, and a
//! client under test needs nothing but the path of `rootCA.pem`. Certificates follow RFC 5280; names are matched by
//! RFC 6125 subject alternative names only.

mod leaf;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;

pub use leaf::{Leaf, LeafKind};

/// File name of the certificate authority's certificate, as mkcert names it.
pub const CA_FILE: &str = "rootCA.pem";
/// File name of the certificate authority's private key, as mkcert names it.
pub const CA_KEY_FILE: &str = "rootCA-key.pem";
/// File name of the localhost certificate.
pub const LEAF_FILE: &str = "localhost.pem";
/// File name of the localhost private key.
pub const LEAF_KEY_FILE: &str = "localhost-key.pem";
/// File name of the client certificate.
pub const CLIENT_FILE: &str = "client.pem";
/// File name of the client's private key.
pub const CLIENT_KEY_FILE: &str = "client-key.pem";

/// Where the kit's programs keep their authority: inside the build folder, where nobody commits a private key by mistake.
pub const DEVELOPMENT_DIR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/certs");

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A development certificate authority with one leaf for `localhost`, `127.0.0.1` and `::1`.
///
/// ```
/// let ca = toolgate_testkit::DevCa::generate();
/// assert!(ca.ca_pem().starts_with("-----BEGIN CERTIFICATE-----"));
/// let tls = ca.server_config();
/// assert_eq!(tls.alpn_protocols, [b"h2".to_vec(), b"http/1.1".to_vec()]);
/// ```
#[derive(Debug)]
pub struct DevCa {
    ca_pem: String,
    issuer: Issuer<'static, KeyPair>,
    localhost: Leaf,
    /// A key that mkcert keeps stays where mkcert keeps it.
    writes_key: bool,
}

impl DevCa {
    /// Makes a new authority (ECDSA P-256, ten years) and its localhost leaf.
    pub fn generate() -> Self {
        let key = KeyPair::generate().expect("generate the authority's key");
        let certificate = authority().self_signed(&key).expect("sign the authority's certificate");
        Self::new(certificate.pem(), key, true).expect("read back the certificate just made")
    }

    /// The authority in `dir`; else mkcert's own (its `CAROOT`), which the user's browser may already trust; else a new
    /// one. Either way `dir` holds `rootCA.pem` and a fresh localhost leaf afterwards.
    ///
    /// mkcert's private key is used but never copied.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or written, or a CA that is there cannot be parsed.
    pub fn load_or_create(dir: impl AsRef<Path>) -> io::Result<Self> {
        Self::load_or_create_beside(dir.as_ref(), mkcert_root().as_deref())
    }

    fn load_or_create_beside(dir: &Path, mkcert: Option<&Path>) -> io::Result<Self> {
        let ca = if let Some(ca) = Self::load(dir, true)? {
            ca
        } else if let Some(ca) = mkcert.map_or(Ok(None), |root| Self::load(root, false))? {
            ca
        } else {
            Self::generate()
        };
        ca.write(dir)?;
        Ok(ca)
    }

    fn load(dir: &Path, writes_key: bool) -> io::Result<Option<Self>> {
        let (certificate, key) = (dir.join(CA_FILE), dir.join(CA_KEY_FILE));
        if !certificate.is_file() || !key.is_file() {
            return Ok(None);
        }
        let unusable = |error: rcgen::Error| {
            io::Error::new(io::ErrorKind::InvalidData, format!("CA in {}: {error}", dir.display()))
        };
        let pem = fs::read_to_string(&certificate)?;
        let key = KeyPair::from_pem(&fs::read_to_string(&key)?).map_err(unusable)?;
        Self::new(pem, key, writes_key).map(Some).map_err(unusable)
    }

    fn new(ca_pem: String, key: KeyPair, writes_key: bool) -> Result<Self, rcgen::Error> {
        let issuer = Issuer::from_ca_cert_pem(&ca_pem, key)?;
        let localhost = Leaf::signed_by(&issuer, LeafKind::Localhost);
        Ok(Self { ca_pem, issuer, localhost, writes_key })
    }

    /// Writes `rootCA.pem`, `rootCA-key.pem`, `localhost.pem`, `localhost-key.pem`, and `client.pem` and
    /// `client-key.pem` for mutual TLS, into `dir`, making the folder if needed. Keys are readable by their owner only.
    ///
    /// # Errors
    ///
    /// When the folder or a file cannot be written.
    pub fn write(&self, dir: impl AsRef<Path>) -> io::Result<()> {
        let dir = dir.as_ref();
        fs::create_dir_all(dir)?;
        fs::write(dir.join(CA_FILE), &self.ca_pem)?;
        if self.writes_key {
            write_key(&dir.join(CA_KEY_FILE), &self.issuer.key().serialize_pem())?;
        }
        fs::write(dir.join(LEAF_FILE), self.localhost.cert_pem())?;
        write_key(&dir.join(LEAF_KEY_FILE), self.localhost.key_pem())?;
        let client = self.leaf(LeafKind::Client);
        fs::write(dir.join(CLIENT_FILE), client.cert_pem())?;
        write_key(&dir.join(CLIENT_KEY_FILE), client.key_pem())
    }

    /// The trust anchor in PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The good leaf, for `localhost`, `127.0.0.1` and `::1`.
    pub fn localhost(&self) -> &Leaf {
        &self.localhost
    }

    /// A new leaf of the given kind, good or bad in exactly one way.
    pub fn leaf(&self, kind: LeafKind) -> Leaf {
        match kind {
            LeafKind::OtherCa => Leaf::signed_by(&Self::generate().issuer, kind),
            _ => Leaf::signed_by(&self.issuer, kind),
        }
    }

    /// TLS 1.2 and 1.3 with the localhost leaf, offering `h2` and `http/1.1` by ALPN (RFC 7301).
    pub fn server_config(&self) -> Arc<ServerConfig> {
        self.localhost.server_config()
    }
}

fn authority() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::OrganizationName, "toolgate development CA");
    params.distinguished_name.push(DnType::CommonName, "toolgate development CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let now = SystemTime::now();
    // Before that of any leaf.
    params.not_before = (now - 60 * DAY).into();
    params.not_after = (now + 3650 * DAY).into();
    params
}

/// Where mkcert keeps its authority: `CAROOT`, else the platform's place for application data.
fn mkcert_root() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(root) = variable("CAROOT") {
        return Some(root);
    }
    let home = variable("HOME");
    let place = if cfg!(windows) {
        variable("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        home.map(|home| home.join("Library/Application Support"))
    } else {
        variable("XDG_DATA_HOME").or_else(|| home.map(|home| home.join(".local/share")))
    };
    place.map(|place| place.join("mkcert"))
}

fn write_key(path: &Path, pem: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    io::Write::write_all(&mut options.open(path)?, pem.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_keeps_its_authority() {
        let dir = tempfile::tempdir().unwrap();
        let made = DevCa::load_or_create_beside(dir.path(), None).unwrap();
        let loaded = DevCa::load_or_create_beside(dir.path(), None).unwrap();
        assert_eq!(made.ca_pem(), loaded.ca_pem());
        for name in [CA_FILE, CA_KEY_FILE, LEAF_FILE, LEAF_KEY_FILE, CLIENT_FILE, CLIENT_KEY_FILE] {
            assert!(dir.path().join(name).is_file(), "{name}");
        }
    }

    #[test]
    fn mkcerts_authority_is_used_and_its_key_stays_there() {
        let (mkcert, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let theirs = DevCa::generate();
        theirs.write(mkcert.path()).unwrap();
        let ours = DevCa::load_or_create_beside(dir.path(), Some(mkcert.path())).unwrap();
        assert_eq!(ours.ca_pem(), theirs.ca_pem());
        assert!(!dir.path().join(CA_KEY_FILE).exists());
    }

    #[test]
    fn an_unreadable_authority_is_an_error_not_a_new_one() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(CA_FILE), "not a certificate").unwrap();
        fs::write(dir.path().join(CA_KEY_FILE), "not a key").unwrap();
        let error = DevCa::load_or_create_beside(dir.path(), None).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    #[cfg(unix)]
    #[test]
    fn keys_are_for_their_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        DevCa::generate().write(dir.path()).unwrap();
        for name in [CA_KEY_FILE, LEAF_KEY_FILE, CLIENT_KEY_FILE] {
            let mode = fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }
}
