//! Reads files that may be anything: only regular ones, at most 1 MiB, never waiting for a pipe.

use std::fs::{self, File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::TlsError;
use crate::error::escaped;

/// Far above any honest bundle (all of Mozilla's roots are 230 KiB), far below harm.
const LIMIT: u64 = 1 << 20;

/// PEM text, in a file or already in memory. Both may hold a private key.
#[derive(Clone)]
pub(crate) enum PemSource {
    File(PathBuf),
    Given { name: &'static str, text: Arc<Zeroizing<Vec<u8>>> },
}

impl PemSource {
    pub(crate) fn given(name: &'static str, text: impl Into<Vec<u8>>) -> Self {
        Self::Given { name, text: Arc::new(Zeroizing::new(text.into())) }
    }

    /// How errors call it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::File(path) => name(path),
            Self::Given { name, .. } => (*name).to_owned(),
        }
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Given { .. } => None,
        }
    }

    pub(crate) fn read(&self) -> Result<Arc<Zeroizing<Vec<u8>>>, TlsError> {
        match self {
            Self::File(path) => read(path).map(Arc::new),
            Self::Given { text, .. } => Ok(Arc::clone(text)),
        }
    }
}

/// A path for an error.
pub(crate) fn name(path: &Path) -> String {
    escaped(&path.display().to_string())
}

/// The whole content of a regular file.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, TlsError> {
    let unreadable = |source| TlsError::Unreadable { file: name(path), source };
    // Looked at before it is opened, because opening a pipe waits for a writer; and after, because the path may have
    // changed in between.
    regular(path, &fs::metadata(path).map_err(unreadable)?)?;
    let file = File::open(path).map_err(unreadable)?;
    regular(path, &file.metadata().map_err(unreadable)?)?;
    let mut content = Zeroizing::new(Vec::new());
    file.take(LIMIT + 1).read_to_end(&mut content).map_err(unreadable)?;
    if content.len() as u64 > LIMIT {
        return Err(TlsError::NotARegularFile { file: name(path), found: "a larger one" });
    }
    Ok(content)
}

fn regular(path: &Path, metadata: &Metadata) -> Result<(), TlsError> {
    let found = if metadata.is_dir() {
        "a directory"
    } else if !metadata.is_file() {
        "a device, pipe or socket"
    } else if metadata.len() > LIMIT {
        "a larger one"
    } else {
        return Ok(());
    };
    Err(TlsError::NotARegularFile { file: name(path), found })
}

/// The certificate files of a folder, sorted, and the names that were passed over.
///
/// Taken are `*.pem`, `*.crt`, `*.cer` and the `HASH.N` names that `openssl rehash` makes. A name that ends in
/// `-key.pem` (mkcert's `rootCA-key.pem` among them) is never opened.
pub(crate) fn certificate_files(folder: &Path) -> Result<(Vec<PathBuf>, Vec<String>), TlsError> {
    let unreadable = |source| TlsError::Unreadable { file: name(folder), source };
    let (mut taken, mut passed) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            continue;
        }
        if is_certificate_name(&path) { taken.push(path) } else { passed.push(name(&path)) }
    }
    taken.sort();
    passed.sort();
    Ok((taken, passed))
}

fn is_certificate_name(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    match extension {
        "pem" => !stem.ends_with("-key"),
        "crt" | "cer" => true,
        // `openssl rehash`: eight hexadecimal digits and a counter; `.r0` would be a revocation list.
        _ => {
            stem.len() == 8
                && stem.bytes().all(|byte| byte.is_ascii_hexdigit())
                && extension.bytes().all(|byte| byte.is_ascii_digit())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_names_are_certificates() {
        for name in ["rootCA.pem", "a.crt", "A.CER", "002c0b4f.0", "my.ca.pem"] {
            assert!(is_certificate_name(Path::new(name)), "{name}");
        }
        for name in [
            "rootCA-key.pem",
            "README",
            "002c0b4f.r0",
            "a.key",
            "a.pem.bak",
            "02c0b4f.0",
            "002c0b4g.0",
            "gggggggg.0",
            "002c0b4f.pem~",
        ] {
            assert!(!is_certificate_name(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn files_of_a_folder_come_in_order_and_folders_in_it_do_not() {
        let folder = tempfile::tempdir().unwrap();
        for number in (0..20).rev() {
            fs::write(folder.path().join(format!("{number:02}.pem")), "").unwrap();
            fs::write(folder.path().join(format!("{number:02}.txt")), "").unwrap();
        }
        fs::create_dir(folder.path().join("00-folder.pem")).unwrap();
        let (taken, passed) = certificate_files(folder.path()).unwrap();
        let names = |ending: &str| -> Vec<PathBuf> {
            (0..20).map(|number| folder.path().join(format!("{number:02}.{ending}"))).collect()
        };
        assert_eq!(taken, names("pem"));
        assert_eq!(passed, names("txt").iter().map(|path| name(path)).collect::<Vec<_>>());
    }

    #[test]
    fn only_regular_files_of_bounded_size() {
        let folder = tempfile::tempdir().unwrap();
        let large = folder.path().join("large.pem");
        fs::write(&large, vec![b'\n'; usize::try_from(LIMIT).unwrap() + 1]).unwrap();
        let pipe = folder.path().join("pipe");
        let mut others = vec![folder.path(), &large];
        if cfg!(unix) {
            assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
            others.extend([&pipe, Path::new("/dev/zero")]);
        }
        for path in others {
            assert!(matches!(read(path), Err(TlsError::NotARegularFile { .. })), "{}", path.display());
        }
        let found = read(folder.path()).unwrap_err().to_string();
        assert!(found.ends_with("found a directory"), "{found}");
        let largest = folder.path().join("largest.pem");
        fs::write(&largest, vec![b'\n'; usize::try_from(LIMIT).unwrap()]).unwrap();
        assert_eq!(read(&largest).unwrap().len() as u64, LIMIT);
        let missing = read(&folder.path().join("no\x1bsuch.pem")).unwrap_err();
        assert!(matches!(missing, TlsError::Unreadable { .. }));
        assert!(!missing.to_string().contains('\x1b'), "{missing}");
    }
}
