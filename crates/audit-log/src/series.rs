//! The files of one log, in the order in which they were written: `FILE.1`, `FILE.2` …, `FILE`.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::vec::IntoIter;

use crate::regular;

/// The longest line: far above a record with the contents of a call. A file that is none of ours may have no end of one.
const LONGEST: u64 = 256 << 20;

/// `path` with `.suffix` behind its name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

/// The numbers of the files that were set aside, rising.
pub(crate) fn set_aside(path: &Path) -> io::Result<Vec<u64>> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut numbers = Vec::new();
    for found in folder.read_dir()? {
        let found = found?.file_name();
        let number = found.to_str().and_then(|found| found.strip_prefix(&*name)?.strip_prefix('.'));
        // As it is written here, and in no other way: `.007` and `.+7` are none of ours.
        let ours = |number: &u64| number.to_string();
        numbers.extend(number.and_then(|text| text.parse().ok().filter(|number| ours(number) == text)));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Every line of a series, with the file and the number of the line in it.
pub(crate) struct Lines {
    files: IntoIter<PathBuf>,
    open: Option<Open>,
}

/// The file that is being read.
struct Open {
    path: PathBuf,
    reader: BufReader<File>,
    /// The number of the line that came last.
    line: u64,
    /// Whether that was half a line: what is written to the file meanwhile is no line of its own.
    ended: bool,
}

/// One line as it stands in its file.
pub(crate) struct Place<'a> {
    pub(crate) file: &'a Path,
    pub(crate) line: u64,
}

impl Lines {
    /// # Errors
    /// The folder cannot be read, or `path` itself cannot be opened.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        regular::open(path)?;
        let mut files: Vec<PathBuf> =
            set_aside(path)?.iter().map(|number| beside(path, &number.to_string())).collect();
        files.push(path.to_owned());
        Ok(Self { files: files.into_iter(), open: None })
    }

    /// Reads the next line, with its line feed, into `bytes`.
    pub(crate) fn next(&mut self, bytes: &mut Vec<u8>) -> io::Result<Option<Place<'_>>> {
        bytes.clear();
        loop {
            let aside = !self.files.as_slice().is_empty();
            if let Some(open) = self.open.as_mut().filter(|open| !open.ended)
                && open.read(bytes).map_err(|error| of(&open.path, aside, error))?
            {
                break;
            }
            let Some(path) = self.files.next() else { return Ok(None) };
            let aside = !self.files.as_slice().is_empty();
            let file = regular::open(&path).map_err(|error| of(&path, aside, error))?;
            self.open = Some(Open { path, reader: BufReader::new(file), line: 0, ended: false });
        }
        Ok(self.open.as_ref().map(|open| Place { file: &open.path, line: open.line }))
    }
}

impl Open {
    /// Reads a line; whether there was one.
    fn read(&mut self, bytes: &mut Vec<u8>) -> io::Result<bool> {
        if (&mut self.reader).take(LONGEST).read_until(b'\n', bytes)? == 0 {
            return Ok(false);
        }
        self.line += 1;
        self.ended = !bytes.ends_with(b"\n");
        if bytes.len() as u64 == LONGEST {
            let long = format!("line {} is longer than 256 MiB", self.line);
            return Err(io::Error::new(io::ErrorKind::InvalidData, long));
        }
        Ok(true)
    }
}

/// The error with the name of a file that was set aside; that of the log itself is told anyway.
fn of(file: &Path, aside: bool, error: io::Error) -> io::Error {
    if aside { io::Error::new(error.kind(), format!("{}: {error}", file.display())) } else { error }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// Else the second half would be taken for a line that somebody changed.
    #[test]
    fn a_line_that_is_written_meanwhile_is_not_read_in_two() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        let mut file = File::create(&path).unwrap();
        file.write_all(b"one\ntw").unwrap();
        let (mut lines, mut bytes) = (Lines::of(&path).unwrap(), Vec::new());
        assert!(lines.next(&mut bytes).unwrap().is_some() && bytes == b"one\n");
        assert!(lines.next(&mut bytes).unwrap().is_some() && bytes == b"tw");
        file.write_all(b"o\nthree\n").unwrap();
        assert!(lines.next(&mut bytes).unwrap().is_none(), "{bytes:?}");
    }
}
