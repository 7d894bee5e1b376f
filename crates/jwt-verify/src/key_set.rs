//! A JWK set (RFC 7517 section 5): which of its keys may verify, and which key verifies a given token.
//!
//! One bad key costs only itself; what compromises the set (a published secret, two keys with one name) refuses all
//! of it.

use crate::compact::{Compact, decode};
use crate::error::escaped;
use crate::header::Header;
use crate::json::{self, Value};
use crate::jwk::{self, Key, SkippedKey};
use crate::{Algorithm, VerifyError};

/// The largest key set that is read, in bytes.
pub(crate) const MAX_DOCUMENT: usize = 512 << 10;
/// The most keys that a set may have.
const MAX_KEYS: usize = 100;
/// The longest token whose signature alone is checked.
const MAX_JWS: usize = 64 << 10;

/// Public keys, checked and imported once.
///
/// ```
/// # use toolgate_jwt_verify::KeySet;
/// let keys = KeySet::parse(r#"{"keys": [
///     {"kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
///     {"kty": "OKP", "crv": "X25519", "kid": "2", "x": "hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo"}
/// ]}"#)?;
/// assert_eq!(keys.key_ids().collect::<Vec<_>>(), [Some("1")]);
/// assert!(keys.skipped()[0].reason.contains("X25519"));
/// # Ok::<(), toolgate_jwt_verify::VerifyError>(())
/// ```
#[derive(Debug)]
pub struct KeySet {
    keys: Vec<Key>,
    skipped: Vec<SkippedKey>,
}

/// Which keys are strong enough, where the standards leave a choice.
///
/// ```
/// # use std::sync::Arc;
/// # use toolgate_http_client::HttpClient;
/// # use toolgate_jwt_verify::{KeyRules, KeySource, RemoteKeys, VerifyError};
/// # fn source(client: Arc<dyn HttpClient>) -> Result<KeySource, VerifyError> {
/// let rules = KeyRules::default().with_rsa_exponent_three(true); // an old issuer's keys
/// Ok(RemoteKeys::new("https://as.example/jwks", client)?.with_rules(rules).into())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct KeyRules {
    rsa_exponent_three: bool,
}

impl KeyRules {
    /// Takes RSA keys with the public exponent 3. Default off: such keys are rare, and sloppy padding checks elsewhere
    /// have made them forgeable.
    #[must_use]
    pub fn with_rsa_exponent_three(mut self, allowed: bool) -> Self {
        self.rsa_exponent_three = allowed;
        self
    }

    pub(crate) fn allows_rsa_exponent_three(&self) -> bool {
        self.rsa_exponent_three
    }
}

impl KeySet {
    /// Reads a JWKS document of at most 512 KiB and 100 keys, under the default rules.
    ///
    /// # Errors
    /// [`VerifyError::Malformed`] or [`VerifyError::TooLarge`] for what is no key set; [`VerifyError::NoUsableKeys`]
    /// with each key's reason; [`VerifyError::PrivateKeyPublished`] and [`VerifyError::DuplicateKid`] for a set that
    /// must not be trusted at all.
    pub fn parse(document: impl AsRef<[u8]>) -> Result<Self, VerifyError> {
        Self::parse_with(document, &KeyRules::default())
    }

    /// The same under other rules.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_with(document: impl AsRef<[u8]>, rules: &KeyRules) -> Result<Self, VerifyError> {
        let document = document.as_ref();
        if document.len() > MAX_DOCUMENT {
            return Err(VerifyError::TooLarge { what: "key set", limit: MAX_DOCUMENT, unit: "bytes" });
        }
        let mut keys = None;
        json::object(document, &mut |name, value| {
            if name == "keys" {
                keys = Some(value);
            }
        })
        .map_err(|reason| VerifyError::malformed("key set", reason))?;
        match keys {
            Some(Value::Array(keys)) => Self::read(keys, rules),
            Some(other) => {
                let reason = format!("expected keys to be an array, found {}", other.kind());
                Err(VerifyError::malformed("key set", reason))
            }
            None => Err(VerifyError::malformed("key set", "expected the member keys, found none")),
        }
    }

    /// A set of one JWK.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn from_jwk(jwk: &str) -> Result<Self, VerifyError> {
        let mut set = Self { keys: Vec::new(), skipped: Vec::new() };
        set.take(jwk, &KeyRules::default())?;
        set.if_usable()
    }

    /// The `kid` of each usable key, in the set's order.
    pub fn key_ids(&self) -> impl Iterator<Item = Option<&str>> {
        self.keys.iter().map(|key| key.kid.as_deref())
    }

    /// The keys that are not used, and why.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }

    /// Checks the signature of a compact JWS, and nothing else: no issuer, no audience, no time. Returns the payload.
    /// For an access token use a [`Verifier`](crate::Verifier).
    ///
    /// # Errors
    /// [`VerifyError`] for anything but one signature by one key of this set with an allowed algorithm.
    pub fn verify_jws(&self, token: &str, allowed: &[Algorithm]) -> Result<Vec<u8>, VerifyError> {
        let compact = Compact::split(token, MAX_JWS)?;
        let header = decode(compact.header, "header")?;
        let header = Header::parse(&header)?;
        let algorithm = header.algorithm(allowed)?;
        self.verify(&compact, header.kid()?, algorithm)?;
        decode(compact.payload, "payload")
    }

    /// Checks the signature with the key that the header names.
    pub(crate) fn verify(
        &self,
        compact: &Compact<'_>,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<(), VerifyError> {
        let key = self.select(kid, algorithm)?;
        let signature = compact.signature()?;
        if key.public.verifies(algorithm, compact.signing_input.as_bytes(), &signature) {
            Ok(())
        } else {
            Err(VerifyError::BadSignature)
        }
    }

    /// Whether the set has a key of this name, usable or not: if so, fetching it again would not help.
    pub(crate) fn knows(&self, kid: &str) -> bool {
        self.keys.iter().any(|key| key.kid.as_deref() == Some(kid)) || self.skipped_as(kid).is_some()
    }

    /// Whether both sets verify exactly the same tokens.
    pub(crate) fn has_same_keys(&self, other: &Self) -> bool {
        self.keys.len() == other.keys.len()
            && self.keys.iter().zip(&other.keys).all(|(one, other)| one.is_copy_of(other))
    }

    fn read(keys: &str, rules: &KeyRules) -> Result<Self, VerifyError> {
        let entries = json::array(keys).map_err(|reason| VerifyError::malformed("key set", reason))?;
        if entries.len() > MAX_KEYS {
            return Err(VerifyError::TooLarge { what: "key set", limit: MAX_KEYS, unit: "keys" });
        }
        let mut set = Self { keys: Vec::with_capacity(entries.len()), skipped: Vec::new() };
        for entry in entries {
            match entry {
                Value::Object(jwk) => set.take(jwk, rules)?,
                other => {
                    let reason = format!("expected a key to be an object, found {}", other.kind());
                    set.skipped.push(SkippedKey { kid: None, reason });
                }
            }
        }
        set.if_usable()
    }

    fn take(&mut self, jwk: &str, rules: &KeyRules) -> Result<(), VerifyError> {
        match jwk::read(jwk, rules)? {
            Ok(key) => self.add(key)?,
            Err(skipped) => self.skipped.push(skipped),
        }
        Ok(())
    }

    fn if_usable(self) -> Result<Self, VerifyError> {
        if self.keys.is_empty() {
            return Err(VerifyError::NoUsableKeys { reasons: reasons(&self.skipped) });
        }
        Ok(self)
    }

    /// Adds a key. One that is there already is that key, for the algorithms of both: some servers, such as ForgeRock's, say a
    /// key once for each.
    fn add(&mut self, key: Key) -> Result<(), VerifyError> {
        if let Some(own) = self.keys.iter_mut().find(|own| own.is_same_as(&key)) {
            own.allow(key);
            return Ok(());
        }
        if let Some(kid) = &key.kid
            && self.keys.iter().any(|own| own.kid.as_ref() == Some(kid))
        {
            return Err(VerifyError::DuplicateKid { kid: escaped(kid) });
        }
        self.keys.push(key);
        Ok(())
    }

    fn select(&self, kid: Option<&str>, algorithm: Algorithm) -> Result<&Key, VerifyError> {
        let Some(kid) = kid else { return self.only_fitting(algorithm) };
        let unsuitable = |reason| VerifyError::KeyUnsuitable { kid: escaped(kid), reason };
        match self.keys.iter().find(|key| key.kid.as_deref() == Some(kid)) {
            Some(key) if key.algorithms.contains(&algorithm) => Ok(key),
            Some(key) => {
                let own: Vec<&str> = key.algorithms.iter().map(|own| own.as_str()).collect();
                Err(unsuitable(format!("it is for {}, the token says {algorithm}", own.join(", "))))
            }
            None => Err(match self.skipped_as(kid) {
                Some(skipped) => unsuitable(skipped.reason.clone()),
                None => VerifyError::KeyNotFound { kid: escaped(kid) },
            }),
        }
    }

    /// Without a `kid` exactly one key must fit (RFC 7515 section 4.1.4 leaves it open; trying several would let one
    /// token cost many verifications).
    fn only_fitting(&self, algorithm: Algorithm) -> Result<&Key, VerifyError> {
        let mut fitting = self.keys.iter().filter(|key| key.algorithms.contains(&algorithm));
        match (fitting.next(), fitting.count()) {
            (Some(key), 0) => Ok(key),
            (Some(_), others) => Err(VerifyError::KeyAmbiguous { fitting: others + 1 }),
            (None, _) => Err(VerifyError::KeyNotFound { kid: String::new() }),
        }
    }

    fn skipped_as(&self, kid: &str) -> Option<&SkippedKey> {
        let kid = escaped(kid);
        self.skipped.iter().find(|skipped| skipped.kid.as_deref() == Some(&kid))
    }
}

fn reasons(skipped: &[SkippedKey]) -> String {
    if skipped.is_empty() {
        return "it is empty".to_owned();
    }
    let each: Vec<String> = skipped
        .iter()
        .map(|key| format!("\"{}\": {}", key.kid.as_deref().unwrap_or_default(), key.reason))
        .collect();
    each.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A set that has lost a key must not be taken for the one before.
    #[test]
    fn sets_are_the_same_when_all_their_keys_are() {
        let set = |kids: &[&str]| {
            let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
            let key = |kid: &&str| format!(r#"{{"kty":"OKP","crv":"Ed25519","kid":"{kid}","x":"{x}"}}"#);
            let keys: Vec<String> = kids.iter().map(key).collect();
            KeySet::parse(format!(r#"{{"keys":[{}]}}"#, keys.join(","))).unwrap()
        };
        let one = set(&["1", "2"]);
        assert!(one.has_same_keys(&set(&["1", "2"])));
        for other in [&["1"][..], &["1", "3"], &["1", "2", "3"]] {
            assert!(!one.has_same_keys(&set(other)) && !set(other).has_same_keys(&one), "{other:?}");
        }
    }
}
