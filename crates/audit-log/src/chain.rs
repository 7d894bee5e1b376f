//! The line format and the chain of hashes, as functions of bytes: no file, no clock.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::Entry;
use crate::digest::hex;

const HASH_FIELD: &str = ",\"hash\":\"";
/// Hexadecimal digits of a SHA-256.
const HASH_LEN: usize = 64;

/// The last link: what the next line refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) seq: u64,
    pub(crate) hash: String,
}

/// A line without its own hash.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Line<E> {
    pub(crate) seq: u64,
    pub(crate) time: String,
    pub(crate) prev: String,
    #[serde(flatten)]
    pub(crate) entry: E,
}

/// Why a line is no link of the chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LineError {
    #[error("it is no record of this format")]
    Format,
    #[error("its content does not match its hash")]
    Hash {
        /// The hash that the line claims.
        claimed: String,
    },
}

impl Head {
    /// What the first line of a file refers to.
    pub(crate) fn genesis() -> Self {
        Self { seq: 0, hash: "0".repeat(HASH_LEN) }
    }

    /// Appends the line for `entry` to `out` and moves on to it.
    pub(crate) fn append(
        &mut self,
        entry: &Entry,
        time: String,
        out: &mut Vec<u8>,
    ) -> serde_json::Result<()> {
        let start = out.len();
        let line = Line { seq: self.seq + 1, time, prev: std::mem::take(&mut self.hash), entry };
        let written = serde_json::to_writer(&mut *out, &line);
        if let Err(error) = written {
            out.truncate(start);
            self.hash = line.prev;
            return Err(error);
        }
        // The closing brace comes after the hash.
        out.pop();
        self.seq = line.seq;
        self.hash = hex(&Sha256::digest(out.get(start..).unwrap_or_default()));
        out.extend_from_slice(HASH_FIELD.as_bytes());
        out.extend_from_slice(self.hash.as_bytes());
        out.extend_from_slice(b"\"}\n");
        Ok(())
    }
}

/// Reads a line (without its line feed) and checks it against its own hash.
pub(crate) fn read(line: &[u8]) -> Result<(Line<Entry>, Head), LineError> {
    let tail = HASH_FIELD.len() + HASH_LEN + 2;
    let (body, tail) =
        line.len().checked_sub(tail).and_then(|at| line.split_at_checked(at)).ok_or(LineError::Format)?;
    let said = tail
        .strip_prefix(HASH_FIELD.as_bytes())
        .and_then(|rest| rest.strip_suffix(b"\"}"))
        .and_then(|hash| std::str::from_utf8(hash).ok())
        .ok_or(LineError::Format)?;
    if hex(&Sha256::digest(body)) != said {
        return Err(LineError::Hash { claimed: said.to_owned() });
    }
    let mut text = body.to_vec();
    text.push(b'}');
    let line: Line<Entry> = serde_json::from_slice(&text).map_err(|_| LineError::Format)?;
    let head = Head { seq: line.seq, hash: said.to_owned() };
    Ok((line, head))
}
