//! Pictures, recordings and files: in the request, or at a URL.

use super::wire;
use crate::Media;

/// By the ending of a URL. Vertex AI refuses a file whose type is not told.
const TYPES: [(&str, &str); 20] = [
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
    ("html", "text/html"),
    ("csv", "text/csv"),
    ("md", "text/markdown"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("webp", "image/webp"),
    ("heic", "image/heic"),
    ("heif", "image/heif"),
    ("gif", "image/gif"),
    ("mp3", "audio/mpeg"),
    ("wav", "audio/wav"),
    ("aac", "audio/aac"),
    ("ogg", "audio/ogg"),
    ("flac", "audio/flac"),
    ("mp4", "video/mp4"),
    ("mov", "video/quicktime"),
    ("webm", "video/webm"),
];

pub(super) fn part(media: &Media) -> wire::Part<'_> {
    match media {
        Media::Inline { media_type, data } => {
            wire::Part::Inline { inline_data: wire::Blob { mime_type: media_type, data } }
        }
        Media::Url { url } => {
            wire::Part::File { file_data: wire::FileReference { mime_type: media_type(url), file_uri: url } }
        }
    }
}

/// The type that the path of a URL ends with, if it tells one.
fn media_type(url: &str) -> Option<&'static str> {
    let (_, host_and_path) = url.split(['?', '#']).next()?.split_once("://")?;
    let (_, ending) = host_and_path.rsplit_once('/')?.1.rsplit_once('.')?;
    TYPES.iter().find(|(known, _)| ending.eq_ignore_ascii_case(known)).map(|(_, media_type)| *media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_stands_at_the_end_of_the_path() {
        assert_eq!(media_type("https://h.example/a.b/c.JPG?x=.png#.gif"), Some("image/jpeg"));
        assert_eq!(media_type("gs://bucket/report.pdf"), Some("application/pdf"));
        for untold in ["https://files.example/v1beta/files/abc", "https://h.png", "https://h/a.png/b", "x"] {
            assert_eq!(media_type(untold), None, "{untold}");
        }
    }
}
