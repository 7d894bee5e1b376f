//! Which Ed25519 points are public keys (RFC 8037 section 2, RFC 8032 section 5.1).

use crate::key_material::KeyMaterial;

/// The y-coordinates of the points of small order, little-endian and without the sign bit: under such a key some
/// signatures match many messages.
const SMALL_ORDER: [[u8; 32]; 4] = [
    [0; 32],
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
        0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a,
        0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

/// p - 1 for p = 2^255 - 19, little-endian: the point of order two, and the largest canonical y.
const LARGEST: [u8; 32] = {
    let mut largest = [0xff; 32];
    largest[0] = 0xec;
    largest[31] = 0x7f;
    largest
};

/// Checks the encoded point of an Ed25519 key.
pub(crate) fn check(x: Vec<u8>) -> Result<KeyMaterial, String> {
    let Ok(mut y) = <[u8; 32]>::try_from(x.as_slice()) else {
        return Err(format!("x is {} octets, Ed25519 needs 32", x.len()));
    };
    if let Some(last) = y.last_mut() {
        *last &= 0x7f;
    }
    if SMALL_ORDER.contains(&y) || y == LARGEST {
        return Err("its point has a small order".to_owned());
    }
    if y.iter().rev().gt(LARGEST.iter().rev()) {
        return Err("its point is not encoded canonically".to_owned());
    }
    Ok(KeyMaterial::Ed25519 { x })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jk_08_length_small_order_and_canonical_encoding() {
        assert!(check(vec![9; 32]).is_ok());
        assert!(check(vec![9; 31]).unwrap_err().contains("31 octets"));
        for mut small in SMALL_ORDER.into_iter().chain([LARGEST]) {
            assert!(check(small.to_vec()).unwrap_err().contains("small order"));
            small[31] |= 0x80;
            assert!(check(small.to_vec()).unwrap_err().contains("small order"));
        }
        assert!(check(vec![0xff; 32]).unwrap_err().contains("canonically"));
    }
}
