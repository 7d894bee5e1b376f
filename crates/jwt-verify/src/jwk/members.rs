//! The members of a JWK that make up its key (RFC 7518 section 6, RFC 8037 section 2), checked before any cryptography sees
//! them.

use crate::compact::decode;
use crate::error::escaped;
use crate::json::Value;
use crate::key_material::{Curve, KeyMaterial};
use crate::{KeyRules, edwards, rsa};

/// The members of a JWK that make up its material.
#[derive(Default)]
pub(super) struct Members<'a> {
    kty: Option<Value<'a>>,
    crv: Option<Value<'a>>,
    x: Option<Value<'a>>,
    y: Option<Value<'a>>,
    n: Option<Value<'a>>,
    e: Option<Value<'a>>,
}

impl<'a> Members<'a> {
    pub(super) fn take(&mut self, name: &str, value: Value<'a>) {
        let place = match name {
            "kty" => &mut self.kty,
            "crv" => &mut self.crv,
            "x" => &mut self.x,
            "y" => &mut self.y,
            "n" => &mut self.n,
            "e" => &mut self.e,
            _ => return,
        };
        *place = Some(value);
    }

    pub(super) fn kty(&self) -> Option<&str> {
        text(&self.kty, "kty").ok()
    }

    /// The checked material, or why the key cannot be used.
    pub(super) fn material(&self, rules: &KeyRules) -> Result<KeyMaterial, String> {
        match text(&self.kty, "kty")? {
            "RSA" => {
                let (n, e) = (octets(&self.n, "n")?, octets(&self.e, "e")?);
                rsa::check(n, e, rules.allows_rsa_exponent_three())
            }
            "EC" => self.curve_point(),
            "OKP" => self.edwards_point(),
            other => Err(format!("its kty \"{}\" is not known", escaped(other))),
        }
    }

    fn curve_point(&self) -> Result<KeyMaterial, String> {
        let curve = match text(&self.crv, "crv")? {
            "P-256" => Curve::P256,
            "P-384" => Curve::P384,
            "P-521" => Curve::P521,
            other => return Err(format!("its crv \"{}\" is not known", escaped(other))),
        };
        let (x, y) = (octets(&self.x, "x")?, octets(&self.y, "y")?);
        for (name, found) in [("x", x.len()), ("y", y.len())] {
            if found != curve.octets() {
                return Err(format!("{name} is {found} octets, {} needs {}", curve.name(), curve.octets()));
            }
        }
        // That the point is on the curve is checked by the import.
        Ok(KeyMaterial::Ec { curve, x, y })
    }

    fn edwards_point(&self) -> Result<KeyMaterial, String> {
        match text(&self.crv, "crv")? {
            "Ed25519" => edwards::check(octets(&self.x, "x")?),
            other => Err(format!("its crv \"{}\" is not known", escaped(other))),
        }
    }
}

fn text<'m>(member: &'m Option<Value<'_>>, name: &str) -> Result<&'m str, String> {
    match member {
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(format!("expected its {name} to be a string, found {}", other.kind())),
        None => Err(format!("it has no {name}")),
    }
}

fn octets(member: &Option<Value<'_>>, name: &str) -> Result<Vec<u8>, String> {
    decode(text(member, name)?, "key set").map_err(|_| format!("its {name} is no base64url without padding"))
}
