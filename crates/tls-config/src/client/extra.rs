//! What a client trusts beside the system, as it was asked for: nothing is read before it is needed.

use std::path::PathBuf;

use crate::file::PemSource;
use crate::trust::{Collection, TrustSource};
use crate::{TlsError, mkcert};

/// A source of anchors beside the system.
#[derive(Clone)]
pub(super) enum Extra {
    Pem(PemSource, TrustSource),
    Folder(PathBuf),
    Mkcert(Vec<PathBuf>),
    Mozilla,
}

impl Extra {
    /// Reads the source as it is now.
    pub(super) fn add_to(&self, trusted: &mut Collection) -> Result<(), TlsError> {
        match self {
            Self::Pem(source, origin) => trusted.add_pem(source, origin),
            Self::Folder(folder) => trusted.add_folder(folder),
            Self::Mozilla => {
                trusted.add_mozilla();
                Ok(())
            }
            Self::Mkcert(folders) => {
                let path = mkcert::authority(folders)?;
                trusted.add_pem(&PemSource::File(path.clone()), &TrustSource::Mkcert(path))
            }
        }
    }

    /// Every file and folder that it is read from.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        match self {
            Self::Pem(source, _) => source.path().map(PathBuf::from).into_iter().collect(),
            Self::Folder(folder) => vec![folder.clone()],
            Self::Mkcert(folders) => folders.iter().map(|folder| folder.join("rootCA.pem")).collect(),
            Self::Mozilla => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn mkcerts_authority_is_trusted_where_it_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let path = folder.path().join("rootCA.pem");
        std::fs::write(&path, params.self_signed(&key).unwrap().pem()).unwrap();
        let mut trusted = Collection::new(SystemTime::now());
        Extra::Mkcert(vec![folder.path().to_owned()]).add_to(&mut trusted).unwrap();
        assert_eq!(trusted.summary.anchors[0].source, TrustSource::Mkcert(path));
    }
}
