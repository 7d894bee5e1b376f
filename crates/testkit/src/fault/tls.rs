//! Answers to a TLS handshake that no TLS library gives, as bytes.

use super::Fault;

/// What to answer the ClientHello with, if the fault is one of the handshake's bytes.
pub(super) fn answer(fault: Option<Fault>) -> Option<Vec<u8>> {
    /// RFC 8446 section 4.1.3: the server could do TLS 1.3 and does 1.2.
    const DOWNGRADED: &[u8; 8] = b"DOWNGRD\x01";
    /// TLS_RSA_WITH_AES_128_CBC_SHA, which TLS 1.1 obliges to.
    const OLD_SUITE: [u8; 2] = [0x00, 0x2f];
    /// TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256.
    const SUITE: [u8; 2] = [0xc0, 0x2b];
    match fault? {
        Fault::OldTls => Some(server_hello([3, 2], [7; 8], OLD_SUITE)),
        Fault::TlsDowngrade => Some(server_hello([3, 3], *DOWNGRADED, SUITE)),
        Fault::NoTls => Some(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n".to_vec()),
        _ => None,
    }
}

/// A record with one ServerHello (RFC 5246 section 7.4.1.3), without session, compression and extensions.
fn server_hello(version: [u8; 2], end_of_random: [u8; 8], suite: [u8; 2]) -> Vec<u8> {
    let body = [&version[..], &[7; 24], &end_of_random, &[0], &suite, &[0]].concat();
    let length = u8::try_from(body.len()).expect("a short message");
    [&[22][..], &version, &[0, length + 4], &[2, 0, 0, length], &body].concat()
}
