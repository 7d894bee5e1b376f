//! The text of a file that the settings name, or that holds them: all of it, or an error. It may be a secret, and is in none.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::ConfigError;

/// Far above any settings, key or lockfile, in MiB; a device has no end.
pub(crate) const LARGEST: u64 = 16;

pub(crate) fn read_text(file: &Path) -> Result<String, ConfigError> {
    text_of(file, LARGEST)
        .map_err(|source| ConfigError::Read { path: file.to_owned(), reason: source.to_string() })
}

/// The same with what the operating system said, and at most so many MiB.
pub(crate) fn text_of(file: &Path, most: u64) -> io::Result<String> {
    let (mut text, limit) = (String::new(), most << 20);
    let opened = open(file)?;
    let is_pipe = !opened.metadata()?.is_file();
    let read = opened.take(limit + 1).read_to_string(&mut text);
    let read = read.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => io::Error::other("it is no text in UTF-8; save it as that"),
        _ => error,
    })?;
    if read as u64 > limit {
        return Err(io::Error::other(format!("it is larger than {most} MiB")));
    }
    // Nobody hands over nothing: settings that are not there would be the defaults.
    if is_pipe && text.trim().is_empty() {
        return Err(io::Error::other(
            "nothing came from it: a pipe can be read once only, and whoever writes to it may have failed",
        ));
    }
    Ok(text)
}

/// A pipe that nobody writes to is refused before it is opened, which would wait for ever. Who writes to one that a shell
/// hands over, as `<(sops -d toolgate.toml)`, is there already.
fn open(file: &Path) -> io::Result<File> {
    let kind = fs::metadata(file)?.file_type();
    let handed_over = || file.starts_with("/dev/fd") || file == Path::new("/dev/stdin");
    match (kind.is_file(), kind.is_dir()) {
        (true, _) => File::open(file),
        (false, true) => Err(io::Error::other("expected a file, found a folder")),
        (false, false) if handed_over() => File::open(file),
        (false, false) => {
            Err(io::Error::other("expected a regular file, found a pipe, a device or a socket"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn what_has_no_end_is_refused_and_what_a_shell_hands_over_is_read() {
        use std::io::Write;
        use std::os::fd::AsRawFd;

        let folder = tempfile::tempdir().unwrap();
        let refused = |file: &Path| read_text(file).unwrap_err().to_string();
        assert!(refused(folder.path()).ends_with("expected a file, found a folder"));
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for endless in [&*pipe, Path::new("/dev/zero")] {
            assert!(
                refused(endless).contains("expected a regular file, found a pipe"),
                "{}",
                refused(endless)
            );
        }
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"model = \"a/b\"").unwrap();
        drop(writer);
        let handed_over = format!("/dev/fd/{}", reader.as_raw_fd());
        assert_eq!(read_text(handed_over.as_ref()).unwrap(), "model = \"a/b\"");
        let drained = refused(handed_over.as_ref());
        assert!(drained.contains("a pipe can be read once only"), "{drained}");
    }

    #[test]
    fn a_file_without_an_end_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(LARGEST << 20).unwrap();
        assert_eq!(read_text(file.path()).unwrap().len() as u64, LARGEST << 20);
        file.as_file().set_len(1 << 40).unwrap();
        let refused = read_text(file.path()).unwrap_err().to_string();
        assert!(refused.ends_with("it is larger than 16 MiB"), "{refused}");
    }
}
