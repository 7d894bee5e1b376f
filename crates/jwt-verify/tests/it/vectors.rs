//! The folder of shared test vectors, and a count of how they were answered.
//!
//! `TOOLGATE_VECTORS` names the folder; without it, a folder beside the workspace is used. Where it is not there the
//! tests say so and pass.

use std::path::{Path, PathBuf};

use serde_json::Value;

pub(crate) fn folder() -> PathBuf {
    match std::env::var_os("TOOLGATE_VECTORS") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors"),
    }
}

/// One file of the folder, if it is there.
pub(crate) fn read(name: &str) -> Option<Value> {
    let path = folder().join(name);
    match std::fs::read(&path) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).unwrap()),
        Err(_) => {
            println!("{name}: skipped, {} is not there", path.display());
            None
        }
    }
}

/// The member of a case, or of the whole file where the case has none.
pub(crate) fn setting<'v>(file: &'v Value, case: &'v Value, name: &str) -> &'v Value {
    case.get(name).unwrap_or(&file[name])
}

/// How the cases of one file were answered.
pub(crate) struct Tally {
    name: &'static str,
    answered: usize,
    pub(crate) missed: Vec<String>,
}

impl Tally {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, answered: 0, missed: Vec::new() }
    }

    pub(crate) fn case(&mut self, id: impl ToString, right: bool, said: impl FnOnce() -> String) {
        if right {
            self.answered += 1;
        } else {
            println!("{}: missed {}: {}", self.name, id.to_string(), said());
            self.missed.push(id.to_string());
        }
    }

    pub(crate) fn print(&self) {
        println!(
            "{}: {} of {} as the verdict says",
            self.name,
            self.answered,
            self.answered + self.missed.len()
        );
        assert!(self.answered > 0, "{}: no case was read", self.name);
    }

    pub(crate) fn finish(self) {
        self.print();
        assert!(self.missed.is_empty(), "{}: missed {:?}", self.name, self.missed);
    }
}

/// Whether an outcome is one that the verdict allows.
pub(crate) fn agrees(verdict: &str, accepted: bool) -> bool {
    verdict.split('|').any(|allowed| allowed == if accepted { "accept" } else { "refuse" })
}

/// Whether a refusal is of a kind that the vector names. Some classes here are finer than those of the vectors.
pub(crate) fn names_kind(named: &str, kind: &str) -> bool {
    let coarser = match kind {
        "key_ambiguous" => "key_not_found",
        "proof_required" => "invalid_claim",
        "private_key_published" => "mixed_or_private_keys",
        // An `alg` that no key can have: said of the token rather than of the key.
        "unsupported_algorithm" => "key_unsuitable",
        other => other,
    };
    named.split('|').any(|named| named == kind || named == coarser)
}
