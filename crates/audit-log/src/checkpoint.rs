//! Signed checkpoints: from time to time the writer signs where the chain stands (Ed25519, RFC 8032).
//!
//! The chain alone shows a change to whoever keeps a later hash elsewhere. A signature needs no such keeping: who can
//! write to the file, but has not the key, cannot make another history up to the last checkpoint.

use std::fmt;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{PrivateKeyDer, SubjectPublicKeyInfoDer};

use crate::chain::Head;
use crate::digest::hex;
use crate::entry::Checkpoint;
use crate::{AuditError, Entry, regular};

/// What a signature is about, so that it can be about nothing else.
const PURPOSE: &str = "toolgate audit log checkpoint 1";

/// More bytes than a key has with all that is written around it.
const LARGEST_KEY: u64 = 64 << 10;

/// What stands before the 32 octets of an Ed25519 public key (RFC 8410 section 4).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The private key that signs checkpoints. `Debug` shows the public one only.
#[derive(Clone)]
pub struct CheckpointKey(Arc<Ed25519KeyPair>);

/// The public key that checks them.
///
/// ```no_run
/// use toolgate_audit_log::{CheckpointVerifier, verify_signed};
/// let key = CheckpointVerifier::from_file("audit-key.pub.pem")?;
/// let report = verify_signed("audit.jsonl", &key)?;
/// if report.is_intact() {
///     println!("signed by {} up to record {} of {}", key.name(), report.signed, report.records);
/// }
/// # Ok::<(), toolgate_audit_log::AuditError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct CheckpointVerifier([u8; 32]);

impl CheckpointKey {
    /// The key in a PEM file, as `openssl genpkey -algorithm ed25519 -out FILE` writes it.
    ///
    /// ```no_run
    /// use toolgate_audit_log::{AuditLog, CheckpointKey, Settings};
    /// let key = CheckpointKey::from_file("audit-key.pem")?;
    /// let log = AuditLog::open_with("audit.jsonl", Settings::new().with_checkpoints(key, 100))?;
    /// # Ok::<(), toolgate_audit_log::AuditError>(())
    /// ```
    ///
    /// # Errors
    /// [`AuditError::Key`] for a file that cannot be read or holds no such key.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, AuditError> {
        let file = path.as_ref();
        let wrong = |reason: String| AuditError::Key { path: file.to_owned(), reason };
        let pem = content(file).map_err(|error| wrong(error.to_string()))?;
        let expected = || wrong("expected a PEM block with an Ed25519 private key (PKCS#8)".to_owned());
        let der = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| expected())?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_der()).map_err(|_| expected())?;
        Ok(Self(Arc::new(pair)))
    }

    /// The public half, to check with.
    #[must_use]
    pub fn verifier(&self) -> CheckpointVerifier {
        let mut public = [0; 32];
        if let Some(key) = self.0.public_key().as_ref().get(..32) {
            public.copy_from_slice(key);
        }
        CheckpointVerifier(public)
    }

    /// Signs where the chain stands.
    pub(crate) fn sign(&self, head: &Head) -> Entry {
        Entry::Checkpoint(Checkpoint {
            signed_seq: head.seq,
            key: self.verifier().name(),
            signature: hex(self.0.sign(&message(head.seq, &head.hash)).as_ref()),
        })
    }
}

impl CheckpointVerifier {
    /// The public key in a PEM file, as `openssl pkey -in KEY -pubout -out FILE` writes it.
    ///
    /// # Errors
    /// [`AuditError::Key`] for a file that cannot be read or holds no such key.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, AuditError> {
        let file = path.as_ref();
        let wrong = |reason: String| AuditError::Key { path: file.to_owned(), reason };
        let pem = content(file).map_err(|error| wrong(error.to_string()))?;
        let der = SubjectPublicKeyInfoDer::from_pem_slice(&pem).ok();
        let key = der.as_ref().and_then(|der| der.as_ref().strip_prefix(&SPKI)?.try_into().ok());
        key.map(Self).ok_or_else(|| wrong("expected a PEM block with an Ed25519 public key".to_owned()))
    }

    /// A short name of the key: the beginning of its bytes.
    #[must_use]
    pub fn name(&self) -> String {
        hex(self.0.get(..8).unwrap_or_default())
    }

    /// Whether `checkpoint` is signed by this key and about `before`, the record that it follows.
    pub(crate) fn accepts(&self, checkpoint: &Checkpoint, before: &Head) -> bool {
        let Some(signature) = bytes(&checkpoint.signature) else { return false };
        let key = UnparsedPublicKey::new(&ED25519, &self.0);
        checkpoint.signed_seq == before.seq
            && key.verify(&message(before.seq, &before.hash), &signature).is_ok()
    }
}

/// The bytes of a key's file; a device has no end, and is no key.
fn content(file: &Path) -> io::Result<Vec<u8>> {
    let mut pem = Vec::new();
    regular::open(file)?.take(LARGEST_KEY).read_to_end(&mut pem)?;
    Ok(pem)
}

fn message(seq: u64, hash: &str) -> Vec<u8> {
    format!("{PURPOSE}\n{seq}\n{hash}\n").into_bytes()
}

/// Bytes from hexadecimal digits.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks_exact(2);
    let whole = pairs.remainder().is_empty();
    let bytes = pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
    if whole { bytes } else { None }
}

impl PartialEq for CheckpointKey {
    fn eq(&self, other: &Self) -> bool {
        self.verifier() == other.verifier()
    }
}

impl Eq for CheckpointKey {}

impl fmt::Debug for CheckpointKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CheckpointKey({})", self.verifier().name())
    }
}

impl fmt::Debug for CheckpointVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CheckpointVerifier({})", self.name())
    }
}
