//! Wycheproof's raw signature vectors against the primitive: what OpenSSL or josekit would let through shows here.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::PublicKey;
use crate::Algorithm;
use crate::key_material::{Curve, KeyMaterial};

fn octets(hex: &Value) -> Vec<u8> {
    let hex = hex.as_str().unwrap();
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// A number of exactly `length` octets.
fn fixed(hex: &Value, length: usize) -> Vec<u8> {
    let number = octets(hex);
    let zeros = number.iter().take_while(|octet| **octet == 0).count();
    let mut fixed = vec![0; length - (number.len() - zeros)];
    fixed.extend(&number[zeros..]);
    fixed
}

fn read(name: &str) -> Option<Value> {
    let folder = std::env::var_os("TOOLGATE_VECTORS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors"), PathBuf::from);
    let path = folder.join("wycheproof").join(name);
    let Ok(bytes) = std::fs::read(&path) else {
        println!("{name}: skipped, {} is not there", path.display());
        return None;
    };
    Some(serde_json::from_slice(&bytes).unwrap())
}

fn run(name: &str, algorithm: Algorithm, material: impl Fn(&Value) -> KeyMaterial) {
    let Some(file) = read(name) else { return };
    let (mut answered, mut missed) = (0, Vec::new());
    for group in file["testGroups"].as_array().unwrap() {
        let key = PublicKey::import(&material(&group["publicKey"]), &[algorithm]).unwrap();
        for case in group["tests"].as_array().unwrap() {
            let accepted = key.verifies(algorithm, &octets(&case["msg"]), &octets(&case["sig"]));
            match case["result"].as_str().unwrap() {
                "acceptable" => answered += 1,
                result if accepted == (result == "valid") => answered += 1,
                _ => missed.push(case["tcId"].clone()),
            }
        }
    }
    println!("{name}: {answered} of {} as the verdict says", answered + missed.len());
    assert!(missed.is_empty(), "{name}: missed {missed:?}");
    assert!(answered > 0);
}

fn curve(curve: Curve) -> impl Fn(&Value) -> KeyMaterial {
    move |key| KeyMaterial::Ec {
        curve,
        x: fixed(&key["wx"], curve.octets()),
        y: fixed(&key["wy"], curve.octets()),
    }
}

fn rsa(key: &Value) -> KeyMaterial {
    KeyMaterial::Rsa { n: fixed(&key["modulus"], 256), e: octets(&key["publicExponent"]) }
}

#[test]
fn ecdsa() {
    run("ecdsa_secp256r1_sha256_p1363_test.json", Algorithm::ES256, curve(Curve::P256));
    run("ecdsa_secp384r1_sha384_p1363_test.json", Algorithm::ES384, curve(Curve::P384));
    run("ecdsa_secp521r1_sha512_p1363_test.json", Algorithm::ES512, curve(Curve::P521));
}

#[test]
fn eddsa() {
    run("ed25519_test.json", Algorithm::EdDSA, |key| KeyMaterial::Ed25519 { x: octets(&key["pk"]) });
}

/// RFC 7518 section 3.5: one hash for the message and the mask, and a salt as long as it. Every other mixture is refused.
#[test]
fn jv_13_a_pss_signature_has_the_hash_the_mask_and_the_salt_of_its_name() {
    let Some(file) = read("rsa_pss_misc_test.json") else { return };
    let (mut right, mut missed) = (0, Vec::new());
    for group in file["testGroups"].as_array().unwrap() {
        let algorithms = [Algorithm::PS256, Algorithm::PS384, Algorithm::PS512];
        let key = PublicKey::import(&rsa(&group["publicKey"]), &algorithms).unwrap();
        for (algorithm, (hash, salt)) in
            algorithms.into_iter().zip([("SHA-256", 32), ("SHA-384", 48), ("SHA-512", 64)])
        {
            let named = group["sha"] == hash && group["mgfSha"] == hash && group["sLen"] == salt;
            for case in group["tests"].as_array().unwrap() {
                let accepted = key.verifies(algorithm, &octets(&case["msg"]), &octets(&case["sig"]));
                let wanted = named && case["result"] == "valid";
                if accepted == wanted { right += 1 } else { missed.push((algorithm, case["tcId"].clone())) }
            }
        }
    }
    println!("rsa_pss_misc_test.json: {right} of {} as RFC 7518 says", right + missed.len());
    assert!(missed.is_empty() && right > 0, "missed {missed:?}");
}

#[test]
fn rsassa() {
    run("rsa_signature_2048_sha256_test.json", Algorithm::RS256, rsa);
    run("rsa_pss_2048_sha256_mgf1_32_test.json", Algorithm::PS256, rsa);
}
