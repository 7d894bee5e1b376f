//! The PEM files of the security vectors, each as `manifest.json` says (TL-04, TL-08).
//!
//! `TOOLGATE_VECTORS` names the folder; a further set of the same layout is kept apart and runs through this code too.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use toolgate_tls_config::{ClientTls, TlsError, TrustSummary};

fn folder() -> PathBuf {
    std::env::var_os("TOOLGATE_VECTORS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors"), PathBuf::from)
        .join("pem")
}

/// What a verdict allows.
#[derive(Debug, Default)]
struct Verdict {
    refuse: bool,
    warn: bool,
    load: bool,
    counts: Vec<usize>,
}

impl Verdict {
    /// Reads phrases such as `load 1 or refuse, saying BOM` and `refuse or warn: not a CA certificate`.
    fn parse(text: &str) -> Self {
        let text = text.replace("never load", "").replace("never an empty", "");
        let words: Vec<&str> =
            text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let mut verdict = Self::default();
        for (at, word) in words.iter().enumerate() {
            match *word {
                "refuse" => verdict.refuse = true,
                "warn" => verdict.warn = true,
                "load" => {
                    verdict.load = true;
                    let numbers = words[at + 1..]
                        .iter()
                        .take_while(|word| **word == "or" || word.parse::<usize>().is_ok());
                    verdict.counts.extend(numbers.filter_map(|word| word.parse::<usize>().ok()));
                }
                _ => {}
            }
        }
        verdict
    }

    fn allows(&self, found: &Result<TrustSummary, TlsError>) -> bool {
        match found {
            Err(_) => self.refuse,
            // A warning stands for a certificate that is there and not trusted.
            Ok(summary) if !summary.warnings.is_empty() => self.warn && summary.count == 0,
            Ok(summary) if self.counts.is_empty() => self.load && summary.count > 0,
            Ok(summary) => self.load && self.counts.contains(&summary.count),
        }
    }
}

/// Reasons that a verdict may give and that the message must then give too.
const REASONS: [&str; 9] = [
    "no certificate in",
    "block not ended",
    "is not base64",
    "does not parse",
    "holds a private key",
    "PKCS#12",
    "TRUSTED CERTIFICATE",
    "No such file",
    "permission denied",
];

fn path_of(name: &str, vectors: &Path, scratch: &Path) -> Option<PathBuf> {
    let path = match name {
        "(missing file)" => scratch.join("missing.pem"),
        "(a directory)" => scratch.to_owned(),
        "(mode 000)" => {
            let path = scratch.join("locked.pem");
            fs::write(&path, "-----BEGIN CERTIFICATE-----").unwrap();
            let mut permissions = fs::metadata(&path).unwrap().permissions();
            std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0);
            fs::set_permissions(&path, permissions).unwrap();
            // Root may read it all the same, and then there is nothing to test.
            return fs::read(&path).is_err().then_some(path);
        }
        "(fifo)" => {
            let path = scratch.join("pipe");
            assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
            path
        }
        absolute if absolute.starts_with('/') => PathBuf::from(absolute),
        file if !file.starts_with('(') => vectors.join(file),
        _ => return None,
    };
    Some(path)
}

fn judge(name: &str, text: &str, path: &Path) -> Result<(), String> {
    let found = ClientTls::new().with_only_extra_roots().with_ca_file(path).summary();
    let verdict = Verdict::parse(text);
    if !verdict.allows(&found) {
        return Err(format!("{name}: expected {text:?}, found {found:?}"));
    }
    let Err(error) = found else { return Ok(()) };
    let message = error.to_string();
    let holds = |reason: &str| message.to_lowercase().contains(&reason.to_lowercase());
    if !message.contains(&path.display().to_string()) {
        return Err(format!("{name}: the message does not name the file: {message}"));
    }
    match REASONS.iter().find(|reason| text.contains(**reason) && !holds(reason)) {
        Some(reason) => Err(format!("{name}: the message does not say {reason:?}: {message}")),
        None => Ok(()),
    }
}

#[test]
#[cfg(unix)]
fn every_pem_file_is_treated_as_its_verdict_says() {
    let vectors = folder();
    let Ok(manifest) = fs::read_to_string(vectors.join("manifest.json")) else {
        eprintln!("pem: no vectors in {}; set TOOLGATE_VECTORS", vectors.display());
        return;
    };
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let files: BTreeMap<String, String> = serde_json::from_value(manifest["files"].clone()).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let (mut tried, mut misses) = (0, Vec::new());
    for (name, text) in &files {
        let Some(path) = path_of(name, &vectors, scratch.path()) else {
            eprintln!("pem: {name} cannot be tried here");
            continue;
        };
        tried += 1;
        misses.extend(judge(name, text, &path).err());
    }
    println!("pem: {} of {tried} as the verdict says", tried - misses.len());
    assert!(misses.is_empty(), "{}", misses.join("\n"));
}
