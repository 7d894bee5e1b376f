//! One JWK (RFC 7517 section 4): its members read, its purpose and its algorithms settled.

mod members;

use crate::error::escaped;
use crate::json::{self, Value};
use crate::key_material::KeyMaterial;
use crate::signature::PublicKey;
use crate::{Algorithm, KeyRules, VerifyError};
use members::Members;

/// Members that only a secret key has (RFC 7518 sections 6.2.2, 6.3.2, 6.4.1; `priv` of the AKP draft).
const SECRET: [&str; 9] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

/// A public key that may verify.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) kid: Option<Box<str>>,
    pub(crate) material: KeyMaterial,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) public: PublicKey,
}

impl Key {
    /// Whether both are the same key with the same name and the same algorithms.
    pub(crate) fn is_copy_of(&self, other: &Self) -> bool {
        self.is_same_as(other) && self.algorithms == other.algorithms
    }

    /// Whether both are the same key with the same name.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        self.kid == other.kid && self.material == other.material
    }

    /// Has this key verify what `other`, which is the same, may verify.
    pub(crate) fn allow(&mut self, other: Self) {
        let more = other.algorithms.into_iter().filter(|more| !self.algorithms.contains(more));
        let more: Vec<Algorithm> = more.collect();
        self.public.take(other.public, &more);
        self.algorithms.extend(more);
    }
}

/// A key of the set that is not used, and why (RFC 7517 section 5).
///
/// See the example of [`KeySet`](crate::KeySet).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SkippedKey {
    /// Its `kid`, escaped, if it has one.
    pub kid: Option<String>,
    /// Why it is not used.
    pub reason: String,
}

/// What became of one JWK: a usable key, or one to skip.
pub(crate) type Outcome = Result<Key, SkippedKey>;

/// Reads one JWK. Only what compromises the whole set is an error.
pub(crate) fn read(text: &str, rules: &KeyRules) -> Result<Outcome, VerifyError> {
    let jwk = Jwk::parse(text)?;
    let skipped = |reason| SkippedKey { kid: jwk.kid().map(escaped), reason };
    if let Some(member) = jwk.secret {
        return Err(VerifyError::PrivateKeyPublished {
            kid: jwk.kid().map(escaped).unwrap_or_default(),
            member,
        });
    }
    Ok(jwk.public_key(rules).map_err(skipped))
}

/// A JWK's members; those that hold octets are in `members`.
#[derive(Default)]
struct Jwk<'a> {
    members: Members<'a>,
    kid: Option<Value<'a>>,
    alg: Option<Value<'a>>,
    purpose: Option<Value<'a>>,
    operations: Option<Value<'a>>,
    secret: Option<&'static str>,
}

impl<'a> Jwk<'a> {
    fn parse(text: &'a str) -> Result<Self, VerifyError> {
        let mut jwk = Self::default();
        json::object(text.as_bytes(), &mut |name, value| {
            match name {
                "kid" => jwk.kid = Some(value),
                "alg" => jwk.alg = Some(value),
                "use" => jwk.purpose = Some(value),
                "key_ops" => jwk.operations = Some(value),
                _ => jwk.members.take(name, value),
            }
            if let Some(found) = SECRET.into_iter().find(|secret| *secret == name) {
                jwk.secret = Some(found);
            }
        })
        .map_err(|reason| VerifyError::malformed("key set", reason))?;
        if jwk.members.kty() == Some("oct") {
            jwk.secret = Some("k");
        }
        Ok(jwk)
    }

    fn kid(&self) -> Option<&str> {
        match &self.kid {
            Some(Value::String(kid)) => Some(kid),
            _ => None,
        }
    }

    fn public_key(&self, rules: &KeyRules) -> Result<Key, String> {
        if let Some(kid) = self.kid.as_ref().filter(|_| self.kid().is_none()) {
            return Err(format!("expected its kid to be a string, found {}", kid.kind()));
        }
        self.check_purpose()?;
        let material = self.members.material(rules)?;
        let algorithms = self.algorithms(&material)?;
        let public = PublicKey::import(&material, &algorithms)?;
        Ok(Key { kid: self.kid().map(Into::into), material, algorithms, public })
    }

    /// `use` and `key_ops`: each must allow verifying, so that they cannot contradict each other (RFC 7517 section 4.3).
    fn check_purpose(&self) -> Result<(), String> {
        match &self.purpose {
            None => {}
            Some(Value::String(purpose)) if purpose == "sig" => {}
            Some(Value::String(purpose)) => {
                return Err(format!("its use is \"{}\", expected \"sig\"", escaped(purpose)));
            }
            Some(other) => return Err(format!("expected its use to be a string, found {}", other.kind())),
        }
        let operations = match &self.operations {
            None => return Ok(()),
            Some(Value::Array(operations)) => json::array(operations)?,
            Some(other) => {
                return Err(format!("expected its key_ops to be an array, found {}", other.kind()));
            }
        };
        // Unrelated operations must not share a key; "sign" is the related one.
        let verify = Value::String("verify".into());
        let related =
            |operation: &Value<'_>| *operation == verify || *operation == Value::String("sign".into());
        if operations.contains(&verify) && operations.iter().all(related) {
            return Ok(());
        }
        Err("its key_ops do not allow \"verify\" alone".to_owned())
    }

    /// The algorithms of this key: its own `alg`, or all that its type and curve allow.
    fn algorithms(&self, material: &KeyMaterial) -> Result<Vec<Algorithm>, String> {
        let fitting = material.algorithms();
        let name = match &self.alg {
            None => return Ok(fitting.to_vec()),
            Some(Value::String(name)) => name,
            Some(other) => return Err(format!("expected its alg to be a string, found {}", other.kind())),
        };
        match Algorithm::named(name).filter(|algorithm| fitting.contains(algorithm)) {
            Some(algorithm) => Ok(vec![algorithm]),
            None => Err(format!("its alg is \"{}\", which is not one for {material}", escaped(name))),
        }
    }
}
