//! Where an image or a file is, as one text: dialects that take both a URL and the bytes want a URL for both.

use serde::{Serialize, Serializer};

use super::verbatim;
use crate::Media;

/// A URL, or the bytes themselves as a `data:` URL (RFC 2397).
pub(super) enum Location<'a> {
    Url(&'a str),
    Inline { media_type: &'a str, data: &'a str },
}

impl Serialize for Location<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Url(url) => serializer.serialize_str(url),
            Self::Inline { media_type, data } => {
                verbatim::serialize(&["data:", media_type, ";base64,", data].concat(), serializer)
            }
        }
    }
}

impl<'a> From<&'a Media> for Location<'a> {
    fn from(media: &'a Media) -> Self {
        match media {
            Media::Inline { media_type, data } => Self::Inline { media_type, data },
            Media::Url { url } => Self::Url(url),
        }
    }
}
