//! The examples of RFC 7520, RFC 8037 and RFC 7797.

use serde_json::Value;
use toolgate_jwt_verify::{Algorithm, KeySet, VerifyError};

use crate::vectors::{Tally, folder};

/// The public half of a JWK.
fn public(key: &Value) -> String {
    let mut key = key.clone();
    for secret in ["d", "p", "q", "dp", "dq", "qi"] {
        key.as_object_mut().unwrap().remove(secret);
    }
    key.to_string()
}

fn verify(key: &Value, token: &str) -> Result<Vec<u8>, VerifyError> {
    KeySet::from_jwk(&public(key))?.verify_jws(token, &Algorithm::ALL)
}

#[test]
fn compact_examples() {
    let mut tally = Tally::new("jose-cookbook");
    for name in ["jws", "curve25519", "rfc7797"] {
        let Ok(files) = std::fs::read_dir(folder().join("jose-cookbook").join(name)) else {
            println!("jose-cookbook/{name}: skipped, it is not there");
            return;
        };
        for path in files.map(|file| file.unwrap().path()) {
            let example: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            let (Some(token), key) = (example["output"]["compact"].as_str(), &example["input"]["key"]) else {
                continue;
            };
            let id = path.file_name().unwrap().to_string_lossy().into_owned();
            let outcome = verify(key, token);
            let detached = token.contains("..");
            let right = match example["input"]["alg"].as_str() {
                Some(alg) if !alg.starts_with("HS") && !detached => {
                    let swapped = token.replacen(".", ".A", 1);
                    outcome.as_ref().is_ok_and(|payload| {
                        payload == example["input"]["payload"].as_str().unwrap().as_bytes()
                    }) && verify(key, &swapped).is_err()
                }
                _ => outcome.is_err(),
            };
            tally.case(id, right, || format!("{outcome:?}"));
        }
    }
    tally.finish();
}
