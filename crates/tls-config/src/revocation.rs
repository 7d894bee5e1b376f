//! Certificate revocation lists (RFC 5280 section 5) from PEM files.

use rustls_pki_types::CertificateRevocationListDer;

use crate::file::PemSource;
use crate::{TlsError, pem};

/// Every list in every file.
pub(crate) fn load(files: &[PemSource]) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsError> {
    let mut lists = Vec::new();
    for file in files {
        for block in pem::blocks(&file.name(), &file.read()?, "revocation list")? {
            lists.push(block.revocation_list()?);
        }
    }
    Ok(lists)
}
