//! www-authenticate.json: challenges of the resource at https://mcp.rig.test/a.

use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderValue};
use serde_json::Value;
use toolgate_oauth_cc::Challenge;
use toolgate_oauth_cc::discovery::Discovery;

use super::{Verdict, cases, id, judge, report};

#[test]
fn challenges() {
    let Some(cases) = cases("www-authenticate.json") else { return };
    let results = cases.iter().map(|case| {
        let outcome = read(case);
        let verdict: Verdict = outcome.as_ref().map(|_| ()).map_err(Clone::clone);
        let right = judge(case, &verdict).and_then(|()| reason(case, &outcome));
        (id(case), right.and_then(|()| details(case, outcome.ok().flatten())))
    });
    report("www-authenticate.json", results.collect());
}

fn read(case: &Value) -> Result<Option<Challenge>, String> {
    let mut headers = HeaderMap::new();
    for header in case["headers"].as_array().unwrap() {
        // What no HTTP library would let through is refused there.
        let value = HeaderValue::from_bytes(header.as_str().unwrap().as_bytes())
            .map_err(|_| "no header".to_owned())?;
        headers.append(WWW_AUTHENTICATE, value);
    }
    let Some(challenge) = Challenge::bearer(&headers).map_err(|error| error.to_string())? else {
        return Ok(None);
    };
    let discovery = Discovery::new(super::silent());
    discovery.metadata_url("https://mcp.rig.test/a", &challenge).map_err(|error| error.kind().to_owned())?;
    Ok(Some(challenge))
}

/// The file wants "a named reason" and names none, so here is which.
fn reason(case: &Value, outcome: &Result<Option<Challenge>, String>) -> Result<(), String> {
    let Err(found) = outcome else { return Ok(()) };
    let wanted = match case["id"].as_str().unwrap_or_default() {
        "dup-param" | "dup-scope" => "a parameter comes twice",
        "unterminated" => "an unterminated string",
        "javascript" | "http" | "userinfo" | "crlf-encoded" => "bad_endpoint",
        "loopback" => "blocked_address",
        "other-origin" => "cross_origin_metadata",
        // Of a further set the verdicts alone are known.
        _ => return Ok(()),
    };
    if found.ends_with(wanted) { Ok(()) } else { Err(format!("refused for {found}, expected {wanted}")) }
}

fn details(case: &Value, found: Option<Challenge>) -> Result<(), String> {
    let Some(expected) = case["expect"].as_object() else { return Ok(()) };
    let found = found.ok_or("no bearer challenge was found")?;
    for (name, wanted) in expected {
        let got = match name.as_str() {
            "error" => found.error.clone().map(Value::from),
            "error_description" => found.error_description.clone().map(Value::from),
            "resource_metadata" => found.resource_metadata.clone().map(Value::from),
            "scope" => found.scope.clone().map(Value::from),
            _ => continue,
        };
        let mut wanted = wanted.clone();
        if let Value::Array(scopes) = &mut wanted {
            scopes.sort_by_key(|scope| scope.as_str().map(str::to_owned));
        }
        if got.unwrap_or_default() != wanted {
            return Err(format!("{name} is not {wanted}"));
        }
    }
    Ok(())
}
