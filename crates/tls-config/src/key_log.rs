//! Session secrets for a packet analyser, in the NSS key log format. Only on request; the environment is not asked.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use rustls::KeyLog;

use crate::TlsError;

/// Appends the secrets of each session to a file that only its owner can read.
pub(crate) struct KeyLogFile(File);

impl KeyLogFile {
    pub(crate) fn open(path: &Path) -> Result<Self, TlsError> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let unreadable = |source| TlsError::Unreadable { file: crate::file::name(path), source };
        options.open(path).map(Self).map_err(unreadable)
    }
}

impl KeyLog for KeyLogFile {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let line = format!("{label} {} {}\n", hex(client_random), hex(secret));
        // One write per line, in append mode: lines of several connections do not mix. A full disk must not break a
        // connection.
        let _ = (&self.0).write_all(line.as_bytes());
    }
}

impl fmt::Debug for KeyLogFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyLogFile")
    }
}
