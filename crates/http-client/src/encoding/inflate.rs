//! Undoes one content coding piece by piece, so that a small body that grows without end is stopped at the cap.

use std::io;
use std::pin::Pin;

use async_compression::tokio::bufread;
use futures_util::StreamExt;
use tokio::io::AsyncRead;
use tokio_util::io::{ReaderStream, StreamReader};

use crate::{Body, HttpError, Origin};

/// A coding that is compiled in.
#[derive(Debug, Clone, Copy)]
pub(super) enum Coding {
    #[cfg(feature = "gzip")]
    Gzip,
    #[cfg(feature = "brotli")]
    Brotli,
    #[cfg(feature = "zstd")]
    Zstd,
    #[cfg(feature = "deflate")]
    Deflate,
}

impl Coding {
    /// The coding of a `Content-Encoding`. Several at once are nothing that any server here sends, and are not undone.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            #[cfg(feature = "gzip")]
            "gzip" | "x-gzip" => Some(Self::Gzip),
            #[cfg(feature = "brotli")]
            "br" => Some(Self::Brotli),
            #[cfg(feature = "zstd")]
            "zstd" => Some(Self::Zstd),
            #[cfg(feature = "deflate")]
            "deflate" => Some(Self::Deflate),
            _ => None,
        }
    }
}

/// `body` without its coding, at most `limit` bytes of it.
pub(super) fn inflate(coding: Coding, body: Body, origin: Origin, limit: usize) -> Body {
    let compressed =
        StreamReader::new(Box::pin(body.into_stream().map(|piece| piece.map_err(io::Error::other))));
    let plain: Pin<Box<dyn AsyncRead + Send>> = match coding {
        #[cfg(feature = "gzip")]
        Coding::Gzip => {
            let mut decoder = bufread::GzipDecoder::new(compressed);
            // RFC 1952 section 2.2: a gzip file is a series of members.
            decoder.multiple_members(true);
            Box::pin(decoder)
        }
        #[cfg(feature = "brotli")]
        Coding::Brotli => Box::pin(bufread::BrotliDecoder::new(compressed)),
        #[cfg(feature = "zstd")]
        Coding::Zstd => {
            let mut decoder = bufread::ZstdDecoder::with_params(compressed, &[zstd_window()]);
            // RFC 8878 section 3: frames may follow each other.
            decoder.multiple_members(true);
            Box::pin(decoder)
        }
        // RFC 9110 section 8.4.1.2: the zlib format.
        #[cfg(feature = "deflate")]
        Coding::Deflate => Box::pin(bufread::ZlibDecoder::new(compressed)),
    };
    let named = origin.clone();
    let pieces = ReaderStream::with_capacity(plain, 16 << 10);
    Body::capped(pieces.map(move |piece| piece.map_err(|error| reason(error, &named))), origin, limit)
}

/// The largest window, 8 MiB: RFC 9659 allows no more, and zstd itself would set 128 MiB aside because a head says so.
#[cfg(feature = "zstd")]
fn zstd_window() -> async_compression::zstd::DParameter {
    async_compression::zstd::DParameter::window_log_max(23)
}

/// The body's own error, which travelled through the decoder, or the decoder's.
fn reason(error: io::Error, origin: &Origin) -> HttpError {
    match error.downcast::<HttpError>() {
        Ok(inside) => inside,
        Err(error) => {
            HttpError::Encoding { origin: origin.clone(), reason: crate::error::escaped(&error.to_string()) }
        }
    }
}
