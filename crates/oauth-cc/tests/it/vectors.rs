//! The shared vectors: every case as its verdict says. `TOOLGATE_VECTORS` names their folder.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

mod metadata;
mod token_responses;
mod urls;
mod www_authenticate;

/// What a client made of a case: nothing, or a kind of error.
type Verdict = Result<(), String>;

/// The cases of a file; `None`, said aloud, when the folder is not there.
fn cases(file: &str) -> Option<Vec<Value>> {
    let folder = std::env::var_os("TOOLGATE_VECTORS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors"),
        PathBuf::from,
    );
    if !folder.is_dir() {
        println!("{file}: SKIPPED, there is no folder {}; set TOOLGATE_VECTORS", folder.display());
        return None;
    }
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    let mut whole: Value = serde_json::from_str(&text).unwrap();
    match whole["tests"].take() {
        Value::Array(cases) => Some(cases),
        _ => panic!("{file}: no tests"),
    }
}

/// Whether an outcome is what `verdict` and `error` (alternatives separated by `|`) say.
fn judge(case: &Value, outcome: &Verdict) -> Result<(), String> {
    let verdict = case["verdict"].as_str().unwrap();
    let has = |word: &str| verdict.split('|').any(|one| one == word);
    match outcome {
        Ok(()) if has("accept") => Ok(()),
        Ok(()) => Err(format!("accepted, expected {verdict}")),
        Err(kind) if has("refuse") => match case["error"].as_str() {
            Some(expected) if !expected.split('|').any(|one| one == kind) => {
                Err(format!("refused with {kind}, expected {expected}"))
            }
            _ => Ok(()),
        },
        Err(kind) => Err(format!("refused with {kind}, expected {verdict}")),
    }
}

/// Prints the tally and names every miss.
fn report(file: &str, results: Vec<(String, Result<(), String>)>) {
    let total = results.len();
    let misses: Vec<String> =
        results.into_iter().filter_map(|(id, result)| Some(format!("{id}: {}", result.err()?))).collect();
    println!("{file}: {} of {total} as the verdict says", total - misses.len());
    assert!(misses.is_empty(), "{file}:\n{}", misses.join("\n"));
}

fn id(case: &Value) -> String {
    case["id"].as_str().or(case["url"].as_str()).unwrap().to_owned()
}

/// A client that must not be asked.
fn silent() -> Arc<crate::script::Script> {
    crate::script::Script::new([])
}
