//! Servers echo what they were sent, in errors above all. What of it is secret is taken out here, in every spelling in which
//! it was sent (RFC 6749 section 2.3.1): as it is, form-urlencoded, and in the value of `Authorization`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use crate::ClientCredentials;
use crate::error::foreign;

const MARKER: &str = "[redacted]";

/// `text` without the client's secret, and without the `others` that were sent too: an assertion, a token.
pub(crate) fn without<'a>(
    text: &str,
    credentials: &ClientCredentials,
    others: impl IntoIterator<Item = &'a str>,
) -> String {
    let mut clean = text.to_owned();
    let mut take_out = |spelling: &str| {
        if !spelling.is_empty() {
            // A message may have escaped it already.
            clean = clean.replace(spelling, MARKER).replace(&foreign(spelling), MARKER);
        }
    };
    if let Some(secret) = credentials.authentication.secret() {
        let (id, secret) = (credentials.client_id.as_str(), secret.expose_secret());
        let encoded = form(secret);
        for pair in [format!("{id}:{secret}"), format!("{}:{}", *form(id), *encoded)] {
            let pair = Zeroizing::new(pair);
            take_out(&Zeroizing::new(BASE64.encode(pair.as_bytes())));
        }
        take_out(&encoded);
        take_out(&Zeroizing::new(encoded.replace('+', "%20")));
        take_out(&Zeroizing::new(in_small_letters(&encoded)));
        take_out(secret);
    }
    others.into_iter().for_each(take_out);
    clean
}

fn form(text: &str) -> Zeroizing<String> {
    Zeroizing::new(byte_serialize(text.as_bytes()).collect())
}

/// The same with the escapes in small letters, as some servers write them.
fn in_small_letters(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let mut small = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (escape, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        small.extend(["%", &escape.to_ascii_lowercase(), rest]);
    }
    small
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClientAuthentication, Secret};

    #[test]
    fn cc_45_a_secret_is_taken_out_however_it_was_sent() {
        let secret = "s3+cr/3t k\u{e4}y";
        for authentication in [ClientAuthentication::SecretBasic, ClientAuthentication::SecretPost] {
            let authentication = authentication(Secret::new(secret));
            let credentials =
                ClientCredentials::new("https://as.example/token", "my id", authentication).unwrap();
            for echo in [
                "s3+cr/3t k\u{e4}y",
                "s3%2Bcr%2F3t+k%C3%A4y",
                "s3%2bcr%2f3t+k%c3%a4y",
                "s3%2Bcr%2F3t%20k%C3%A4y",
                "bXkraWQ6czMlMkJjciUyRjN0K2slQzMlQTR5",
                "bXkgaWQ6czMrY3IvM3Qga8OkeQ==",
                "s3+cr/3t k\\u{e4}y",
            ] {
                let text = without(&format!("bad <{echo}>"), &credentials, []);
                assert_eq!(text, "bad <[redacted]>", "{echo}");
            }
            assert_eq!(without("eyJ and other", &credentials, ["eyJ", ""]), "[redacted] and other");
        }
    }
}
