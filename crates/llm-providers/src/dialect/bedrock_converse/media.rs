//! Images, recordings and files as Converse takes them: bytes in the request or an object in S3, and a format by name.

use super::wire::{Media as Wire, Source};
use crate::Media;

/// The formats of each kind (`ImageFormat`, `AudioFormat`, `DocumentFormat`), by media type.
const IMAGES: &[(&str, &str)] =
    &[("image/png", "png"), ("image/jpeg", "jpeg"), ("image/gif", "gif"), ("image/webp", "webp")];
const AUDIO: &[(&str, &str)] = &[
    ("audio/mpeg", "mp3"),
    ("audio/mp3", "mp3"),
    ("audio/wav", "wav"),
    ("audio/x-wav", "wav"),
    ("audio/wave", "wav"),
    ("audio/aac", "aac"),
    ("audio/flac", "flac"),
    ("audio/ogg", "ogg"),
    ("audio/opus", "opus"),
    ("audio/mp4", "mp4"),
    ("audio/webm", "webm"),
];
const DOCUMENTS: &[(&str, &str)] = &[
    ("application/pdf", "pdf"),
    ("text/csv", "csv"),
    ("application/msword", "doc"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    ("application/vnd.ms-excel", "xls"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ("text/html", "html"),
    ("text/plain", "txt"),
    ("text/markdown", "md"),
];

const S3: &str = "s3://";

pub(super) fn image(media: &Media) -> Result<Wire<'_>, String> {
    read(media, IMAGES)
}

pub(super) fn audio(media: &Media) -> Result<Wire<'_>, String> {
    read(media, AUDIO)
}

pub(super) fn document(media: &Media) -> Result<Wire<'_>, String> {
    read(media, DOCUMENTS)
}

/// The format of an image in a tool's result, if it is one of those known here.
pub(super) fn image_format(media_type: &str) -> Option<&'static str> {
    format(media_type, IMAGES)
}

fn read<'a>(media: &'a Media, formats: &[(&str, &'static str)]) -> Result<Wire<'a>, String> {
    match media {
        Media::Inline { media_type, data } => match format(media_type, formats) {
            Some(format) => Ok(Wire { format, source: Source::Bytes(data) }),
            None => Err(expected(formats, media_type)),
        },
        Media::Url { url } if url.starts_with(S3) => match by_name(url, formats) {
            Some(format) => Ok(Wire { format, source: Source::S3Location { uri: url } }),
            None => Err(expected(formats, url)),
        },
        Media::Url { .. } => Err("this API reads no URLs but those of s3://; send the bytes".to_owned()),
    }
}

fn format(media_type: &str, formats: &[(&str, &'static str)]) -> Option<&'static str> {
    // Parameters such as a charset change nothing here.
    let plain = media_type.split(';').next().unwrap_or_default().trim();
    formats.iter().find(|(known, _)| plain.eq_ignore_ascii_case(known)).map(|(_, format)| *format)
}

/// The format that an object's name ends with.
fn by_name(url: &str, formats: &[(&str, &'static str)]) -> Option<&'static str> {
    let (_, ending) = url.rsplit_once('.')?;
    let ending = if ending.eq_ignore_ascii_case("jpg") { "jpeg" } else { ending };
    formats.iter().find(|(_, format)| ending.eq_ignore_ascii_case(format)).map(|(_, format)| *format)
}

fn expected(formats: &[(&str, &'static str)], found: &str) -> String {
    let mut known: Vec<&str> = formats.iter().map(|(_, format)| *format).collect();
    known.dedup();
    format!("expected one of the formats {}, found \"{}\"", known.join(", "), crate::error::escaped(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inline(media_type: &str) -> Media {
        Media::Inline { media_type: media_type.into(), data: "AA==".into() }
    }

    #[test]
    fn formats_go_by_media_type_and_objects_by_their_names() {
        assert_eq!(document(&inline("text/plain; charset=utf-8")).unwrap().format, "txt");
        assert_eq!(audio(&inline("audio/mpeg")).unwrap().format, "mp3");
        assert_eq!(image(&Media::Url { url: "s3://b/a.JPG".into() }).unwrap().format, "jpeg");
        assert!(image(&inline("image/tiff")).err().unwrap().contains("png, jpeg, gif, webp"));
        assert!(
            image(&Media::Url { url: "https://h/a.png".into() }).err().unwrap().contains("send the bytes")
        );
    }
}
