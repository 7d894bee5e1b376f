//! Proof of who asks AWS: Signature Version 4, computed again from what was sent, or a Bedrock API key.
//!
//! Written from AWS's description of the signing process, on its own: a client's signature is compared with this one, so
//! the two must not have their code from one place.

use std::fmt::Write;

use aws_lc_rs::{digest, hmac};
use bytes::Bytes;
use http::{HeaderMap, Request};
use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};
use serde_json::json;

use super::canonical::Refusal;
use super::state::{AwsKeys, Keys};

/// How old a signature may be, or how far in the future.
const LEEWAY: SignedDuration = SignedDuration::from_mins(5);

/// Refuses a request to Bedrock that proves nothing, in the words of the real one.
pub(crate) fn check_proof(keys: &Keys, request: &Request<Bytes>) -> Result<(), Refusal> {
    match text(request.headers(), "authorization").strip_prefix("Bearer ") {
        Some(key) if key == keys.bedrock => Ok(()),
        Some(_) => {
            let wrong = "Authentication failed: Please make sure your API Key is valid.";
            Err(refusal("AccessDeniedException", wrong))
        }
        None => check_signature(&keys.aws, request, "bedrock"),
    }
}

/// Refuses a request that is not signed for `service`.
pub(crate) fn check_signature(
    keys: &AwsKeys,
    request: &Request<Bytes>,
    service: &str,
) -> Result<(), Refusal> {
    let sent = text(request.headers(), "authorization");
    let Some(fields) = sent.strip_prefix("AWS4-HMAC-SHA256 ") else {
        return Err(refusal("MissingAuthenticationTokenException", "Missing Authentication Token"));
    };
    let Some(proof) = Proof::read(fields) else {
        let message = "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature'.";
        return Err(refusal("IncompleteSignatureException", message));
    };
    proof.check(keys, request, service, Timestamp::now())
}

/// What the header says.
struct Proof<'a> {
    key_id: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    signed: Vec<&'a str>,
    signature: &'a str,
}

impl<'a> Proof<'a> {
    fn read(fields: &'a str) -> Option<Self> {
        let field = |name: &str| {
            fields.split(',').find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='))
        };
        let scope: Vec<&str> = field("Credential")?.split('/').collect();
        let [key_id, date, region, service, "aws4_request"] = scope[..] else { return None };
        let signed = field("SignedHeaders")?.split(';').collect();
        Some(Self { key_id, date, region, service, signed, signature: field("Signature")? })
    }

    fn check(
        &self,
        keys: &AwsKeys,
        request: &Request<Bytes>,
        service: &str,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let headers = request.headers();
        let token = text(headers, "x-amz-security-token");
        if self.key_id != keys.key_id || token != keys.session_token.as_deref().unwrap_or_default() {
            let message = "The security token included in the request is invalid.";
            return Err(refusal("UnrecognizedClientException", message));
        }
        if self.service != service {
            return Err(wrong(&format!("Credential should be scoped to correct service: '{service}'.")));
        }
        let time = text(headers, "x-amz-date");
        self.check_time(time, now)?;
        let mut must = headers.keys().map(http::HeaderName::as_str).filter(|name| name.starts_with("x-amz-"));
        if !self.signed.contains(&"host") || !must.all(|name| self.signed.contains(&name)) {
            return Err(wrong("There were headers present in the request which were not signed"));
        }
        if self.signature != self.signature(&keys.secret, request, time) {
            return Err(wrong(
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
                 Access Key and signing method. Consult the service documentation for details.",
            ));
        }
        Ok(())
    }

    fn check_time(&self, time: &str, now: Timestamp) -> Result<(), Refusal> {
        let signed = DateTime::strptime("%Y%m%dT%H%M%SZ", time);
        let Ok(signed) = signed.and_then(|time| TimeZone::UTC.to_timestamp(time)) else {
            return Err(wrong("Date must be in ISO-8601 'basic format'."));
        };
        if !time.starts_with(self.date) {
            return Err(wrong(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date.",
            ));
        }
        if signed.duration_until(now) > LEEWAY || now.duration_until(signed) > LEEWAY {
            return Err(wrong(&format!("Signature expired: {time} is not within 5 minutes of {now}")));
        }
        Ok(())
    }

    /// The signature that the request must have.
    fn signature(&self, secret: &str, request: &Request<Bytes>, time: &str) -> String {
        let mut canonical = format!("{}\n{}\n", request.method(), path(request.uri().path()));
        canonical.push_str(&query(request.uri().query().unwrap_or_default()));
        canonical.push('\n');
        for name in &self.signed {
            let _ = writeln!(canonical, "{name}:{}", value(request, name));
        }
        let _ = write!(canonical, "\n{}\n{}", self.signed.join(";"), sha256(request.body()));
        let scope = format!("{}/{}/{}/aws4_request", self.date, self.region, self.service);
        let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", sha256(canonical.as_bytes()));
        let mut key = format!("AWS4{secret}").into_bytes();
        for part in [self.date, self.region, self.service, "aws4_request"] {
            key = keyed(&key, part.as_bytes());
        }
        hex(&keyed(&key, to_sign.as_bytes()))
    }
}

/// The path as sent with every part encoded once more, as all services but S3 want it.
fn path(sent: &str) -> String {
    let mut path = String::new();
    for byte in sent.bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' => path.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => path.push(char::from(byte)),
            byte => {
                let _ = write!(path, "%{byte:02X}");
            }
        }
    }
    path
}

/// The parameters in order, each with its `=`.
fn query(sent: &str) -> String {
    let pairs = sent.split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<String> =
        pairs.map(|pair| if pair.contains('=') { pair.to_owned() } else { format!("{pair}=") }).collect();
    pairs.sort();
    pairs.join("&")
}

/// A header's values, trimmed and with single spaces. Over HTTP/2 the host is the authority.
fn value(request: &Request<Bytes>, name: &str) -> String {
    let values = request.headers().get_all(name).iter().filter_map(|value| value.to_str().ok());
    let clean = |value: &str| value.split_whitespace().collect::<Vec<_>>().join(" ");
    let values = values.map(clean).collect::<Vec<_>>().join(",");
    match request.uri().authority() {
        Some(authority) if name == "host" && values.is_empty() => authority.to_string(),
        _ => values,
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn keyed(key: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref().to_vec()
}

fn sha256(message: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, message).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn wrong(message: &str) -> Refusal {
    refusal("InvalidSignatureException", message)
}

fn refusal(name: &str, message: &str) -> Refusal {
    Refusal { status: 403, body: json!({"__type": name, "message": message}) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As botocore 1.43 signed it.
    const SIGNED: &str = "Credential=AKIDEXAMPLE/20150830/eu-west-1/bedrock/aws4_request, \
        SignedHeaders=accept;content-type;host;x-amz-date, \
        Signature=29ed86b8ab4ee1c8697a32c9f88d4d59e11b7356cc76259efcb0b57ccc7cc720";

    fn request(body: &'static [u8]) -> Request<Bytes> {
        Request::post("/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream")
            .header("host", "bedrock-runtime.eu-west-1.amazonaws.com")
            .header("content-type", "application/json")
            .header("accept", "application/vnd.amazon.eventstream")
            .header("x-amz-date", "20150830T123600Z")
            .body(Bytes::from_static(body))
            .unwrap()
    }

    fn keys(secret: &str) -> AwsKeys {
        AwsKeys { key_id: "AKIDEXAMPLE".to_owned(), secret: secret.to_owned(), session_token: None }
    }

    fn checked(header: &str, keys: &AwsKeys, request: &Request<Bytes>, now: &str) -> Result<(), String> {
        let proof = Proof::read(header).ok_or("unreadable")?;
        let checked = proof.check(keys, request, "bedrock", now.parse().unwrap());
        checked.map_err(|refusal| refusal.body["message"].as_str().unwrap().to_owned())
    }

    #[test]
    fn botocores_signature_is_right_and_nothing_else_is() {
        let (good, now) = (keys("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), "2015-08-30T12:38:00Z");
        let right = request(b"{\"messages\":[]}");
        checked(SIGNED, &good, &right, now).unwrap();
        let mut token = right.clone();
        token.headers_mut().insert("x-amz-security-token", http::HeaderValue::from_static("t"));
        let mut more = right.clone();
        more.headers_mut().insert("x-amz-target", http::HeaderValue::from_static("t"));
        let elsewhere = SIGNED.replace("/bedrock/", "/s3/");
        for (header, keys, request, now, words) in [
            (SIGNED, keys("other"), right.clone(), now, "does not match"),
            (SIGNED, good.clone(), request(b"{}"), now, "does not match"),
            (SIGNED, good.clone(), right.clone(), "2015-08-30T12:41:01Z", "Signature expired"),
            (SIGNED, good.clone(), right.clone(), "2015-08-30T12:30:59Z", "Signature expired"),
            (SIGNED, good.clone(), token, now, "security token"),
            (SIGNED, good.clone(), more, now, "not signed"),
            (&elsewhere, good.clone(), right.clone(), now, "correct service"),
            ("Credential=AKIDEXAMPLE/20150830", good.clone(), right, now, "unreadable"),
        ] {
            let said = checked(header, &keys, &request, now).unwrap_err();
            assert!(said.contains(words), "{said}");
        }
    }
}
