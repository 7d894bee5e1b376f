//! Strict PEM (RFC 7468) around `rustls_pemfile`, which is named in no other file.
//!
//! `rustls_pemfile` skips what it does not know and stops quietly at what it cannot read; a trust store must not. So
//! the text is cut into blocks here, each block is checked, and only then decoded by it. It carries the advisory
//! RUSTSEC-2025-0134 (unmaintained), which is another reason for one thin place.

mod foreign;

use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use zeroize::Zeroizing;

use crate::TlsError;
use crate::error::escaped;

/// One block of a PEM file, complete and well formed outside, not yet decoded.
pub(crate) struct Block {
    file: String,
    number: usize,
    label: String,
    /// The block in canonical form.
    text: Zeroizing<Vec<u8>>,
    /// Whether RFC 1421 headers stand in front of the base64, as in OpenSSL's old encrypted keys.
    headers: bool,
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// The blocks of `content`. Text around them is allowed, a byte order mark too; a block that does not end is not.
pub(crate) fn blocks(file: &str, content: &[u8], wanted: &'static str) -> Result<Vec<Block>, TlsError> {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let mut found = Vec::new();
    let mut lines = content.split(|byte| matches!(byte, b'\n' | b'\r')).map(<[u8]>::trim_ascii);
    while let Some(line) = lines.next() {
        if line.starts_with(BEGIN) {
            found.push(block(file, found.len() + 1, line, &mut lines)?);
        }
    }
    if found.is_empty() {
        return Err(TlsError::Nothing { file: file.to_owned(), wanted, found: foreign::describe(content) });
    }
    Ok(found)
}

fn block<'a>(
    file: &str,
    number: usize,
    begin: &[u8],
    lines: &mut (impl Iterator<Item = &'a [u8]> + Clone),
) -> Result<Block, TlsError> {
    let label = begin.strip_prefix(BEGIN).unwrap_or_default();
    let Some(label) = label.strip_suffix(DASHES).filter(|label| is_label(label)) else {
        let reason =
            "does not begin with a line of its own: expected `-----BEGIN CERTIFICATE-----` and a line break";
        return Err(bad(file, number, "block", reason));
    };
    let label = String::from_utf8_lossy(label).into_owned();
    let mut block =
        Block { file: file.to_owned(), number, label, text: Zeroizing::new(Vec::new()), headers: false };
    block.push(begin);
    for line in lines {
        if line.starts_with(END) {
            let ended = line.strip_prefix(END).and_then(|end| end.strip_suffix(DASHES));
            if ended != Some(block.label.as_bytes()) {
                break;
            }
            block.push(line);
            return Ok(block);
        }
        if line.starts_with(BEGIN) {
            break;
        }
        block.headers |= line.contains(&b':');
        block.push(line);
    }
    Err(block.bad(&format!("is a block not ended: expected `-----END {}-----`", escaped(&block.label))))
}

/// RFC 7468 section 3: visible characters but no hyphen run, so nothing but the label is on the line.
fn is_label(label: &[u8]) -> bool {
    !label.is_empty() && label.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b' ')
}

fn bad(file: &str, block: usize, kind: &'static str, reason: &str) -> TlsError {
    TlsError::BadBlock { file: file.to_owned(), kind, block, reason: reason.to_owned() }
}

impl Block {
    fn push(&mut self, line: &[u8]) {
        self.text.extend_from_slice(line);
        self.text.push(b'\n');
    }

    /// An error about this block.
    pub(crate) fn bad(&self, reason: &str) -> TlsError {
        bad(&self.file, self.number, self.kind(), reason)
    }

    fn kind(&self) -> &'static str {
        match self.label.as_str() {
            "CERTIFICATE" => "certificate",
            "X509 CRL" => "revocation list",
            label if label.ends_with("PRIVATE KEY") => "private key",
            _ => "block",
        }
    }

    /// Whether this is a private key in any form.
    pub(crate) fn is_private_key(&self) -> bool {
        self.label.ends_with("PRIVATE KEY")
    }

    fn decode(&self) -> Result<Option<rustls_pemfile::Item>, TlsError> {
        if self.headers {
            return Err(self.bad("has lines that are not base64"));
        }
        match rustls_pemfile::read_one_from_slice(&self.text) {
            Ok(item) => Ok(item.map(|(item, _)| item)),
            // Its reason is left out: it may quote a byte of a key.
            Err(_) => Err(self.bad("is not base64")),
        }
    }

    /// The certificate in this block of a file that must hold nothing else.
    pub(crate) fn certificate(&self) -> Result<CertificateDer<'static>, TlsError> {
        if self.is_private_key() {
            return Err(TlsError::PrivateKeyAmongCertificates {
                file: self.file.clone(),
                block: self.number,
            });
        }
        if self.label == "TRUSTED CERTIFICATE" {
            let reason = "is a TRUSTED CERTIFICATE, which only OpenSSL reads; \
                          convert it with `openssl x509 -in FILE -out PLAIN`";
            return Err(self.bad(reason));
        }
        match self.decode()? {
            Some(rustls_pemfile::Item::X509Certificate(certificate)) => Ok(certificate),
            _ => Err(self.unexpected("CERTIFICATE")),
        }
    }

    /// The revocation list in this block.
    pub(crate) fn revocation_list(&self) -> Result<CertificateRevocationListDer<'static>, TlsError> {
        match self.decode()? {
            Some(rustls_pemfile::Item::Crl(list)) => Ok(list),
            _ => Err(self.unexpected("X509 CRL")),
        }
    }

    /// The plain private key in this block: PKCS#8 (RFC 5958), PKCS#1 (RFC 8017) or SEC 1 (RFC 5915).
    pub(crate) fn private_key(&self) -> Result<PrivateKeyDer<'static>, TlsError> {
        if self.label == "ENCRYPTED PRIVATE KEY" || (self.is_private_key() && self.headers) {
            return Err(TlsError::EncryptedKey { file: self.file.clone() });
        }
        match self.decode()? {
            Some(rustls_pemfile::Item::Pkcs8Key(key)) => Ok(key.into()),
            Some(rustls_pemfile::Item::Pkcs1Key(key)) => Ok(key.into()),
            Some(rustls_pemfile::Item::Sec1Key(key)) => Ok(key.into()),
            _ => Err(self.unexpected("PRIVATE KEY")),
        }
    }

    fn unexpected(&self, expected: &str) -> TlsError {
        self.bad(&format!("is `{}`, expected `{expected}`", escaped(&self.label)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> Result<CertificateDer<'static>, TlsError> {
        blocks("FILE", text.as_bytes(), "certificate")?[0].certificate()
    }

    #[test]
    fn every_kind_of_line_end_is_read() {
        for end in ["\n", "\r\n", "\r", "  \n"] {
            let text = format!("x{end}-----BEGIN CERTIFICATE-----{end}AAEC{end}-----END CERTIFICATE-----");
            assert_eq!(first(&text).unwrap().as_ref(), [0, 1, 2], "{end:?}");
        }
    }

    #[test]
    fn malformed_blocks_are_named() {
        let cases = [
            ("-----BEGIN CERTIFICATE-----AAEC-----END CERTIFICATE-----", "line of its own"),
            ("-----BEGIN CERTIFICATE-----\nAAEC\n", "not ended"),
            ("-----BEGIN CERTIFICATE-----\nAAEC\n-----END X509 CRL-----", "not ended"),
            ("-----BEGIN CERTIFICATE-----\nA!EC\n-----END CERTIFICATE-----", "is not base64"),
            (
                "-----BEGIN CERTIFICATE-----\nK: V\n\nAAEC\n-----END CERTIFICATE-----",
                "lines that are not base64",
            ),
            (
                "-----BEGIN CERTIFICATE-----\nAA\n-----BEGIN CERTIFICATE-----\nEC\n-----END CERTIFICATE-----",
                "not ended",
            ),
            ("-----BEGIN -----\nAAEC\n-----END -----", "line of its own"),
            ("-----BEGIN A\u{e9}-----\nAAEC\n-----END A\u{e9}-----", "line of its own"),
            ("-----BEGIN PUBLIC KEY-----\nAAEC\n-----END PUBLIC KEY-----", "expected `CERTIFICATE`"),
        ];
        for (text, reason) in cases {
            let error = first(text).unwrap_err().to_string();
            assert!(error.contains(reason) && error.contains("FILE"), "{text}: {error}");
        }
    }

    #[test]
    fn each_kind_of_block_is_called_by_its_name() {
        for (label, name) in [
            ("CERTIFICATE", "certificate"),
            ("X509 CRL", "revocation list"),
            ("PRIVATE KEY", "private key"),
            ("EC PRIVATE KEY", "private key"),
            ("PRIVATE KEY OF ANOTHER KIND", "block"),
            ("PUBLIC KEY", "block"),
        ] {
            let text = format!("-----BEGIN {label}-----\nAAEC\n-----END {label}-----");
            let error = blocks("FILE", text.as_bytes(), "certificate").unwrap()[0].bad("is odd").to_string();
            assert_eq!(error, format!("{name} 1 of FILE is odd"));
        }
    }

    #[test]
    fn a_key_is_plain_and_of_one_of_three_forms() {
        let key = |label: &str, body: &str| {
            let text = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----");
            blocks("FILE", text.as_bytes(), "private key").unwrap()[0].private_key()
        };
        assert!(matches!(key("PRIVATE KEY", "AAEC"), Ok(PrivateKeyDer::Pkcs8(_))));
        assert!(matches!(key("RSA PRIVATE KEY", "AAEC"), Ok(PrivateKeyDer::Pkcs1(_))));
        assert!(matches!(key("EC PRIVATE KEY", "AAEC"), Ok(PrivateKeyDer::Sec1(_))));
        assert!(matches!(key("CERTIFICATE", "AAEC"), Err(TlsError::BadBlock { .. })));
        assert!(matches!(key("RSA PRIVATE KEY", "DEK-Info: x\n\nAAEC"), Err(TlsError::EncryptedKey { .. })));
        let not_a_key = key("CERTIFICATE", "DEK-Info: x\n\nAAEC").unwrap_err();
        assert!(matches!(not_a_key, TlsError::BadBlock { .. }), "{not_a_key}");
    }
}
