//! Places for what is written: what is in the way is found before anything is done for it, and said with what mends it.

use std::fmt::Display;
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use crate::failure::Failure;

/// Finds out before a server is asked, or a model is paid for, that there will be no place for `file`; `other` says how
/// another is named.
pub(crate) fn check(file: &Path, other: &str) -> Result<(), Failure> {
    has_folder(file, other)?;
    let opened = match std::fs::symlink_metadata(file) {
        Ok(found) if found.is_file() => OpenOptions::new().append(true).open(file).map(drop),
        Ok(found) if found.is_dir() => Err(ErrorKind::IsADirectory.into()),
        // Whoever reads from a pipe would take this for all that comes.
        Ok(_) => Ok(()),
        Err(_) => {
            let made = OpenOptions::new().write(true).create_new(true).open(file);
            made.and_then(|_| std::fs::remove_file(file))
        }
    };
    opened.map_err(|error| unwritten(file, &error, other))
}

/// Finds out that the folder of `file` is missing.
pub(crate) fn has_folder(file: &Path, other: &str) -> Result<(), Failure> {
    let shown = file.display();
    match file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) if !folder.is_dir() => Err(Failure::setup(match not_a_folder(folder) {
            Some(stands) => format!("cannot write {shown}: {} is no folder; {other}", stands.display()),
            None => {
                format!("cannot write {shown}: there is no folder {}; make it, or {other}", folder.display())
            }
        })),
        _ => Ok(()),
    }
}

/// Writes `file` as a whole: half of it is not left behind.
pub(crate) fn write(file: &Path, text: &str, other: &str) -> Result<(), Failure> {
    let failed = |error: io::Error| unwritten(file, &error, other);
    let mut written = std::fs::File::create(file).map_err(failed)?;
    written.write_all(text.as_bytes()).map_err(|error| {
        if std::fs::symlink_metadata(file).is_ok_and(|found| found.is_file()) {
            let _ = std::fs::remove_file(file);
        }
        failed(error)
    })
}

/// Why `file` could not be written.
pub(crate) fn unwritten(file: &Path, error: &io::Error, other: &str) -> Failure {
    if let Err(missing) = has_folder(file, other) {
        return missing;
    }
    Failure::setup(format_args!("cannot write {}: {}", file.display(), mended(error, other)))
}

/// Makes a folder with those that it is in; `other` says how another is named.
pub(crate) fn make_folder(folder: &Path, other: &str) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| {
        let shown = folder.display();
        match not_a_folder(folder) {
            Some(stands) => {
                let stands = stands.display();
                Failure::setup(format_args!(
                    "cannot make the folder {shown}: {stands} is there and is none; {other}"
                ))
            }
            None => Failure::setup(format_args!("cannot make the folder {shown}: {}", mended(&error, other))),
        }
    })
}

/// What is said of an error, and what mends it.
pub(crate) fn mended(error: &io::Error, other: &str) -> impl Display {
    match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            format!("{error}; allow this user to write there, or {other}")
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => format!("{error}; make room there, or {other}"),
        ErrorKind::IsADirectory => format!("it is a folder; {other}"),
        _ => format!("{error}; {other}"),
    }
}

/// What stands where a folder should be: `folder` itself, or one that it is in.
fn not_a_folder(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|place| place.exists()).filter(|place| !place.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (there, new) = (folder.path().join("there"), folder.path().join("new"));
        std::fs::write(&there, "report").unwrap();
        check(&there, "").unwrap();
        check(&new, "").unwrap();
        assert_eq!(std::fs::read_to_string(&there).unwrap(), "report");
        assert!(!new.exists());
        check(Path::new("name-alone-is-here"), "").unwrap();
    }

    #[test]
    fn each_error_has_what_mends_it() {
        let said = |kind: ErrorKind| mended(&kind.into(), "another").to_string();
        assert!(said(ErrorKind::PermissionDenied).ends_with("; allow this user to write there, or another"));
        assert!(said(ErrorKind::StorageFull).ends_with("; make room there, or another"));
        assert_eq!(said(ErrorKind::IsADirectory), "it is a folder; another");
        assert!(said(ErrorKind::Other).ends_with("; another"));
    }
}
