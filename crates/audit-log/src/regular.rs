//! Opening what is to be read as a whole. A pipe that nobody writes to would be waited for without an end, and a device may
//! have none: both are looked at before they are opened, because opening a pipe already waits.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Opens a regular file, or what a shell hands over in place of one: who writes to `<(zcat …)` is there already.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let kind = fs::metadata(path)?.file_type();
    if kind.is_file() || path.starts_with("/dev/fd") || path == Path::new("/dev/stdin") {
        return File::open(path);
    }
    let found = if kind.is_dir() { "a folder" } else { "a pipe, a device or a socket" };
    Err(io::Error::other(format!("expected a regular file, found {found}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.jsonl");
        assert_eq!(open(&file).unwrap_err().kind(), io::ErrorKind::NotFound);
        fs::write(&file, "{}").unwrap();
        assert!(open(&file).is_ok());
        let refused = |path: &Path| open(path).unwrap_err().to_string();
        assert_eq!(refused(folder.path()), "expected a regular file, found a folder");
        if cfg!(unix) {
            let pipe = folder.path().join("pipe");
            assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
            for other in [&*pipe, Path::new("/dev/zero")] {
                assert_eq!(refused(other), "expected a regular file, found a pipe, a device or a socket");
            }
        }
    }
}
