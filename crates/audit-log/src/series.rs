//! The files of one log, in the order in which they were written: `FILE.1`, `FILE.2` …, `FILE`.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::vec::IntoIter;

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
    open: Option<(PathBuf, BufReader<File>, u64)>,
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
        File::open(path)?;
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
            if let Some((file, reader, line)) = &mut self.open
                && reader.take(LONGEST).read_until(b'\n', bytes).map_err(|error| of(file, aside, error))? > 0
            {
                *line += 1;
                if bytes.len() as u64 == LONGEST {
                    let long = format!("line {line} of {} is longer than 256 MiB", file.display());
                    return Err(io::Error::new(io::ErrorKind::InvalidData, long));
                }
                break;
            }
            let Some(file) = self.files.next() else { return Ok(None) };
            let aside = !self.files.as_slice().is_empty();
            let reader = BufReader::new(File::open(&file).map_err(|error| of(&file, aside, error))?);
            self.open = Some((file, reader, 0));
        }
        Ok(self.open.as_ref().map(|(file, _, line)| Place { file, line: *line }))
    }
}

/// The error with the name of a file that was set aside; that of the log itself is told anyway.
fn of(file: &Path, aside: bool, error: io::Error) -> io::Error {
    if aside { io::Error::new(error.kind(), format!("{}: {error}", file.display())) } else { error }
}
