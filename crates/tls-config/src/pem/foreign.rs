//! Says what a file without a PEM block is, so that the message can say what mends it.

/// What `content` looks like, for an error.
pub(super) fn describe(content: &[u8]) -> &'static str {
    match content {
        [] => "it is empty",
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "it is UTF-16 text with a BOM, expected ASCII or UTF-8",
        [0x30, 0x80..=0x84, ..] if is_pkcs12(content) => {
            "it is PKCS#12, not PEM; convert it with `openssl pkcs12 -in FILE -out PEM`"
        }
        [0x30, 0x80..=0x84, ..] => {
            "it is DER, not PEM; convert it with `openssl x509 -inform der -in FILE -out PEM`"
        }
        _ => "expected PEM, text with a line such as `-----BEGIN CERTIFICATE-----`",
    }
}

/// RFC 7292 section 4: a PFX opens with the version, INTEGER 3; a certificate opens with another SEQUENCE.
fn is_pkcs12(content: &[u8]) -> bool {
    let length_octets = match content.get(1) {
        Some(octet @ 0x80..=0x84) => usize::from(octet & 0x7f),
        _ => return false,
    };
    content.get(2 + length_octets..).is_some_and(|body| body.starts_with(&[0x02, 0x01, 0x03]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_mistakes_are_recognised() {
        assert!(describe(&[0x30, 0x82, 5, 0x8f, 2, 1, 3]).contains("PKCS#12"));
        assert!(describe(&[0x30, 0x82, 4, 0x66, 0x30, 0x82]).contains("DER"));
        assert!(describe(b"\xff\xfe-\0").contains("BOM"));
        assert!(describe(&[0x30, 0x82]).contains("DER"), "cut off");
        assert_eq!(describe(b""), "it is empty");
        assert!(describe(b"hello").contains("expected PEM"));
    }
}
