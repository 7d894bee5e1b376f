//! `jwt.json`: tokens good and bad, each judged at the file's clock.

use std::time::{Duration, SystemTime};

use serde_json::Value;
use toolgate_jwt_verify::{Algorithm, KeySource, Verifier, VerifyError};

use crate::vectors::{Tally, agrees, names_kind, read, setting};

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(several) => several.iter().map(|one| one.as_str().unwrap().to_owned()).collect(),
        one => vec![one.as_str().unwrap().to_owned()],
    }
}

fn verifier(file: &Value, case: &Value) -> Verifier {
    let keys = KeySource::jwks_document(&setting(file, case, "jwks").to_string()).unwrap();
    let issuer = setting(file, case, "issuer").as_str().unwrap();
    let algorithms = texts(setting(file, case, "allowed_algorithms"));
    let algorithms = algorithms.iter().map(|name| name.parse::<Algorithm>().unwrap());
    let leeway = Duration::from_secs(setting(file, case, "leeway_s").as_u64().unwrap());
    let verifier = Verifier::new(issuer, texts(setting(file, case, "audience")), keys).unwrap();
    verifier.with_algorithms(algorithms).unwrap().with_leeway(leeway).unwrap()
}

async fn judge(verifier: &Verifier, file: &Value, case: &Value) -> Result<(), VerifyError> {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(setting(file, case, "now").as_u64().unwrap());
    let verified = verifier.verify_at(case["token"].as_str().unwrap(), now).await?;
    match case["required_scope"].as_str() {
        Some(scope) => verified.scopes().require(&[scope]),
        None => Ok(()),
    }
}

#[tokio::test]
async fn jwt_json_as_the_verdicts_say() {
    let Some(file) = read("jwt.json") else { return };
    let mut tally = Tally::new("jwt.json");
    for case in file["tests"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        let outcome = judge(&verifier(&file, case), &file, case).await;
        tally.case(id, agrees(case["verdict"].as_str().unwrap(), outcome.is_ok()), || format!("{outcome:?}"));
        if let Some(verdict) = case["strict_rfc9068"].as_str() {
            let outcome = judge(&verifier(&file, case).with_strict(true), &file, case).await;
            tally.case(format!("{id} (strict)"), agrees(verdict, outcome.is_ok()), || format!("{outcome:?}"));
        }
    }
    tally.finish();
}

#[tokio::test]
async fn jwt_json_with_the_errors_that_it_names() {
    let Some(file) = read("jwt.json") else { return };
    let mut tally = Tally::new("jwt.json, errors");
    for case in file["tests"].as_array().unwrap() {
        let Some(named) = case["error"].as_str() else { continue };
        if let Err(error) = judge(&verifier(&file, case), &file, case).await {
            tally.case(case["id"].as_str().unwrap(), names_kind(named, error.kind()), || format!("{error}"));
        }
    }
    tally.finish();
}

/// One verifier for all cases: nothing that it remembers of one token may help another.
#[tokio::test]
async fn jwt_json_with_a_verifier_that_remembers() {
    let Some(file) = read("jwt.json") else { return };
    let mut tally = Tally::new("jwt.json, one verifier");
    let cases = file["tests"].as_array().unwrap();
    let shared = ["jwks", "issuer", "audience", "allowed_algorithms", "leeway_s"];
    let plain = cases.iter().filter(|case| shared.iter().all(|name| case.get(name).is_none()));
    let verifier = verifier(&file, &Value::Null);
    for case in plain.clone().chain(plain) {
        let outcome = judge(&verifier, &file, case).await;
        let right = agrees(case["verdict"].as_str().unwrap(), outcome.is_ok());
        tally.case(case["id"].as_str().unwrap(), right, || format!("{outcome:?}"));
    }
    tally.finish();
}
