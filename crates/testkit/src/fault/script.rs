//! What a faulty body consists of, the same for both versions of HTTP.

use std::time::Duration;

use async_compression::tokio::write::GzipEncoder;
use tokio::io::AsyncWriteExt;

use super::Fault;

/// A response of status 200, and how it goes on after its first piece.
pub(super) struct Script {
    pub(super) gzip: bool,
    /// The declared length. Without one the body ends as the version of HTTP has it.
    pub(super) length: Option<usize>,
    pub(super) body: Vec<u8>,
    pub(super) then: Then,
}

/// What follows the first piece of the body.
#[derive(Clone, Copy)]
pub(super) enum Then {
    /// The orderly end, and the next request.
    End,
    /// The orderly end of the connection (HTTP/1.1) or stream (HTTP/2), although more was declared.
    Close,
    Reset,
    Stall,
    /// The same piece again and again, with a pause before each.
    Repeat(Duration),
}

impl Script {
    /// The response under `fault`; `fine` when it is none of the body.
    pub(super) async fn of(fault: Option<Fault>) -> Self {
        let plain = |length, body: &[u8], then| Self { gzip: false, length, body: body.to_vec(), then };
        let half = |then| plain(Some(10), b"half", then);
        match fault {
            Some(Fault::ResetInBody) => half(Then::Reset),
            Some(Fault::StallInBody) => half(Then::Stall),
            Some(Fault::TooShort) => half(Then::Close),
            Some(Fault::TooLong) => {
                let forged = b"fineHTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged";
                plain(Some(4), forged, Then::End)
            }
            Some(Fault::ByteDrip) => plain(None, b".", Then::Repeat(Duration::from_millis(10))),
            Some(Fault::Oversized) => plain(None, &[b'.'; 16 << 10], Then::Repeat(Duration::ZERO)),
            Some(Fault::BadGzip) => Self { gzip: true, ..plain(Some(8), b"not gzip", Then::End) },
            Some(Fault::GzipBomb) => {
                let then = Then::Repeat(Duration::ZERO);
                Self { gzip: true, length: None, body: a_mebibyte_of_zeros().await, then }
            }
            _ => plain(Some(4), b"fine", Then::End),
        }
    }

    /// The headers that describe the body, in lower case.
    pub(super) fn headers(&self) -> Vec<(&'static str, String)> {
        let coding = self.gzip.then(|| ("content-encoding", "gzip".to_owned()));
        let length = self.length.map(|length| ("content-length", length.to_string()));
        coding.into_iter().chain(length).collect()
    }
}

/// One member of a gzip file (RFC 1952 section 2.2): about 1 KiB, and any number of them make one body.
async fn a_mebibyte_of_zeros() -> Vec<u8> {
    let mut encoder = GzipEncoder::new(Vec::new());
    encoder.write_all(&vec![0; 1 << 20]).await.expect("compress into memory");
    encoder.shutdown().await.expect("compress into memory");
    encoder.into_inner()
}
