//! The text of a file that the settings name, or that holds them: all of it, or an error. It may be a secret, and is in none.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::ConfigError;

/// Far above any settings, key or lockfile; a device has no end.
const LIMIT: u64 = 16 << 20;

pub(crate) fn read(file: &Path) -> Result<String, ConfigError> {
    text_of(file).map_err(|source| ConfigError::Read { path: file.to_owned(), reason: source.to_string() })
}

/// The same with what the operating system said.
pub(crate) fn text_of(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    let read = File::open(file)?.take(LIMIT + 1).read_to_string(&mut text)?;
    if read as u64 > LIMIT {
        return Err(io::Error::other("it is larger than 16 MiB"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_an_end_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(LIMIT).unwrap();
        assert_eq!(read(file.path()).unwrap().len() as u64, LIMIT);
        file.as_file().set_len(1 << 40).unwrap();
        let refused = read(file.path()).unwrap_err().to_string();
        assert!(refused.ends_with("it is larger than 16 MiB"), "{refused}");
    }
}
