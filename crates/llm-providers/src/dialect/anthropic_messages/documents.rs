//! Files: PDFs by their bytes or their address, and texts as what they say ("Messages", `DocumentBlockParam`). Of bytes the API
//! takes no other kind: "media_type: Input should be 'application/pdf'".

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::wire::Source;
use crate::Media;

const BYTES: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A file as it is sent, or why it cannot be.
pub(super) fn source(media: &Media) -> Result<Source<'_>, &'static str> {
    match media {
        Media::Url { url } => Ok(Source::Url { url }),
        Media::Inline { media_type, data } if &**media_type == "application/pdf" => {
            Ok(Source::Base64 { media_type, data })
        }
        Media::Inline { media_type, data } if is_text(media_type) => text(data),
        Media::Inline { .. } => Err("this API takes files as application/pdf and texts only"),
    }
}

fn is_text(media_type: &str) -> bool {
    media_type.get(..5).is_some_and(|kind| kind.eq_ignore_ascii_case("text/"))
}

fn text(data: &str) -> Result<Source<'_>, &'static str> {
    let bytes = BYTES.decode(data).map_err(|_| "expected a text in base64")?;
    let text = String::from_utf8(bytes).map_err(|_| "expected a text in UTF-8")?;
    match text.trim().is_empty() {
        true => Err("expected a text, found an empty one"),
        false => Ok(Source::Text { media_type: "text/plain", data: text }),
    }
}
