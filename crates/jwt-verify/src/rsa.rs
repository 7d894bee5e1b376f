//! Which RSA keys are strong enough to trust (RFC 7518 section 3.3).

use crate::key_material::KeyMaterial;

/// RFC 7518 section 3.3 asks for at least this.
const MIN_BITS: usize = 2048;
/// Larger keys only cost time: they are how a key set stalls its readers (CVE-2023-29409).
const MAX_BITS: usize = 8192;

/// The primes of the fingerprint of Nemec et al., "The Return of Coppersmith's Attack", 2017.
const FINGERPRINT_PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103,
    107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/// Checks modulus and exponent. Leading zeros are dropped: RFC 7518 section 6.3.1.1 forbids them, some servers send
/// them, and they change nothing.
pub(crate) fn check(n: Vec<u8>, e: Vec<u8>, exponent_three: bool) -> Result<KeyMaterial, String> {
    let (n, e) = (stripped(n), stripped(e));
    let bits = n.len() * 8 - n.first().map_or(0, |octet| octet.leading_zeros() as usize);
    if !(MIN_BITS..=MAX_BITS).contains(&bits) {
        return Err(format!("its modulus has {bits} bits, expected {MIN_BITS} to {MAX_BITS}"));
    }
    if n.last().is_none_or(|octet| octet % 2 == 0) {
        return Err("its modulus is even".to_owned());
    }
    check_exponent(&e, exponent_three)?;
    if has_weak_primes(&n) {
        return Err(
            "its modulus has the fingerprint of the broken generator of CVE-2017-15361 (ROCA)".to_owned()
        );
    }
    Ok(KeyMaterial::Rsa { n, e })
}

fn check_exponent(e: &[u8], exponent_three: bool) -> Result<(), String> {
    let value = (e.len() <= 4).then(|| e.iter().fold(0_u32, |value, octet| value << 8 | u32::from(*octet)));
    match value {
        None => Err("its exponent is larger than 32 bits".to_owned()),
        Some(3) if exponent_three => Ok(()),
        Some(value) if value % 2 == 1 && value >= 65537 => Ok(()),
        Some(value) => Err(format!("its exponent is {value}, expected an odd number from 65537 on")),
    }
}

fn stripped(mut number: Vec<u8>) -> Vec<u8> {
    let zeros = number.iter().take_while(|octet| **octet == 0).count();
    number.drain(..zeros);
    number
}

/// Whether the modulus is a power of 65537 modulo every small prime, as only the broken generator makes them (an
/// honest modulus does so once in 2^27 times or less).
fn has_weak_primes(n: &[u8]) -> bool {
    FINGERPRINT_PRIMES.into_iter().all(|prime| {
        let residue = n.iter().fold(0, |residue, octet| (residue << 8 | u32::from(*octet)) % prime);
        let mut power = 1;
        for _ in 0..prime {
            if power == residue {
                return true;
            }
            power = power * 65537 % prime;
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(n: &[u8], e: &[u8]) -> String {
        check(n.to_vec(), e.to_vec(), false).unwrap_err()
    }

    #[test]
    fn jk_06_sizes_and_exponents() {
        let n = [0xff; 256];
        assert!(check(n.to_vec(), vec![1, 0, 1], false).is_ok());
        assert!(check(n.to_vec(), vec![3], true).is_ok());
        assert!(refused(&n, &[3]).contains("exponent is 3"));
        assert!(refused(&n, &[1]).contains("exponent is 1"));
        assert!(refused(&n, &[]).contains("exponent is 0"));
        assert!(refused(&n, &[1, 0, 0]).contains("65536"));
        assert!(refused(&n, &[1, 0, 0, 0, 1]).contains("32 bits"));
        assert!(refused(&[0xff; 255], &[1, 0, 1]).contains("2040 bits"));
        assert!(refused(&[0x7f; 256], &[1, 0, 1]).contains("2047 bits"));
        assert!(refused(&[0xff; 1025], &[1, 0, 1]).contains("8200 bits"));
        assert!(refused(&[], &[1, 0, 1]).contains("0 bits"));
        let mut even = n;
        even[255] = 0xfe;
        assert!(refused(&even, &[1, 0, 1]).contains("even"));
    }

    /// 65537 to the power of zero modulo every prime of the fingerprint, as a product of them plus one is.
    #[test]
    fn jk_06_the_fingerprint_of_roca_is_refused() {
        let product = FINGERPRINT_PRIMES.into_iter().fold(vec![1], |number, prime| {
            let (mut carry, mut multiplied) = (0, Vec::new());
            for octet in number.iter().rev() {
                carry += u32::from(*octet) * prime;
                multiplied.insert(0, carry.to_be_bytes()[3]);
                carry >>= 8;
            }
            multiplied.insert(0, carry.to_be_bytes()[3]);
            multiplied
        });
        let mut n = stripped(product);
        n.extend([0; 240]);
        let mut honest = n.clone();
        n.push(1);
        honest.push(3);
        assert!(refused(&n, &[1, 0, 1]).contains("ROCA"));
        assert!(check(honest, vec![1, 0, 1], false).is_ok());
    }

    #[test]
    fn jk_06_a_leading_zero_changes_nothing() {
        let mut padded = vec![0];
        padded.extend([0xff; 256]);
        assert_eq!(check(padded, vec![1, 0, 1], false), check(vec![0xff; 256], vec![0, 1, 0, 1], false));
    }
}
