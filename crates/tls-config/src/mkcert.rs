//! Where mkcert keeps its authority: `$CAROOT`, else the platform's folder for application files.
//!
//! Only `rootCA.pem` is ever opened; its private key, `rootCA-key.pem`, lies beside it.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::TlsError;

/// The authority's certificate, if it is in one of the places where mkcert would put it.
pub(crate) fn authority(folders: &[PathBuf]) -> Result<PathBuf, TlsError> {
    let tried: Vec<_> = folders.iter().map(|folder| folder.join("rootCA.pem")).collect();
    match tried.iter().find(|path| path.exists()) {
        Some(found) => Ok(found.clone()),
        None => Err(TlsError::MkcertCaNotFound { tried }),
    }
}

/// mkcert's folders in its own order. `$CAROOT`, when set, is the only one.
pub(crate) fn folders(variable: &dyn Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let set = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(root) = set("CAROOT") {
        return vec![root];
    }
    let base = if cfg!(windows) {
        set("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        set("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        set("XDG_DATA_HOME").or_else(|| set("HOME").map(|home| home.join(".local/share")))
    };
    base.map(|base| base.join("mkcert")).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(all(unix, not(target_os = "macos")))]
    fn the_folders_are_mkcerts_own() {
        let with = |set: &'static [(&str, &str)]| {
            folders(&move |name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
        };
        assert_eq!(with(&[("HOME", "/h")]), [PathBuf::from("/h/.local/share/mkcert")]);
        assert_eq!(with(&[("HOME", "/h"), ("XDG_DATA_HOME", "/x")]), [PathBuf::from("/x/mkcert")]);
        assert_eq!(with(&[("HOME", "/h"), ("CAROOT", "/c")]), [PathBuf::from("/c")]);
        assert_eq!(with(&[("HOME", "/h"), ("CAROOT", "")]), [PathBuf::from("/h/.local/share/mkcert")]);
        assert!(with(&[]).is_empty() && with(&[("HOME", "")]).is_empty());
    }

    #[test]
    fn tl_07_the_authority_is_its_certificate_and_never_its_key() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("rootCA-key.pem"), "").unwrap();
        assert!(authority(&[folder.path().to_owned()]).is_err());
        std::fs::write(folder.path().join("rootCA.pem"), "").unwrap();
        assert_eq!(authority(&[folder.path().to_owned()]).unwrap(), folder.path().join("rootCA.pem"));
    }

    #[test]
    fn an_absent_authority_names_the_places() {
        let folder = tempfile::tempdir().unwrap();
        let error = authority(&[folder.path().to_owned()]).unwrap_err().to_string();
        assert!(error.contains("rootCA.pem") && error.contains("mkcert -install"), "{error}");
    }
}
