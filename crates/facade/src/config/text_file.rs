//! The text of a file that the settings name, or that holds them: all of it, or an error. It may be a secret, and is in none.

use std::fs::File;
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
    let read = File::open(file)?.take(limit + 1).read_to_string(&mut text);
    let read = read.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => io::Error::other("it is no text in UTF-8; save it as that"),
        _ => error,
    })?;
    if read as u64 > limit {
        return Err(io::Error::other(format!("it is larger than {most} MiB")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

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
