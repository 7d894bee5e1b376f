//! What a host found and its answer rests on, gathered while the answer is read.

use serde_json::value::RawValue;

use super::response::read;
use super::stream::{list, says};
use super::wire;
use crate::dialect::draft::Draft;

/// The latest list of sources, and that of pictures that were found.
#[derive(Default)]
pub(super) struct Sources {
    found: String,
    pictures: String,
}

impl Sources {
    /// Takes the first of these lists that says anything.
    pub(super) fn keep<const N: usize>(&mut self, lists: [Option<&RawValue>; N]) {
        keep(&mut self.found, lists);
    }

    pub(super) fn keep_pictures(&mut self, list: Option<&RawValue>) {
        keep(&mut self.pictures, [list]);
    }

    /// Takes what Writer's own tools found.
    pub(super) fn search(&mut self, draft: &mut Draft, found: &RawValue) {
        let found: wire::Searched<'_> = read(found).unwrap_or_default();
        self.keep([found.sources]);
        if found.subqueries.is_some_and(says) {
            let what = "what the graph was asked on the way left out, the answer kept";
            draft.losses.report_once("choices[0].message.graph_data.subqueries", what);
        }
    }

    /// Adds them to the whole answer: objects, or URLs alone.
    pub(super) fn put(&self, draft: &mut Draft) {
        for raw in kept(&self.found) {
            let found: wire::Found<'_> = read(raw).unwrap_or_else(|_| wire::Found {
                url: read(raw).unwrap_or_default(),
                ..wire::Found::default()
            });
            let quotes = [&found.snippet, &found.content, &found.raw_content];
            let quote = quotes.into_iter().find(|quote| !quote.is_empty()).unwrap_or(&found.snippet);
            let url = if found.url.is_empty() { &found.link } else { &found.url };
            draft.add_citation(&found.title, url, quote, raw.get());
        }
        for picture in kept(&self.pictures) {
            draft.add_native(picture.get());
        }
    }
}

/// Hosts say a list in every chunk again, whole.
fn keep<const N: usize>(kept: &mut String, lists: [Option<&RawValue>; N]) {
    let mut lists = lists.into_iter().flatten();
    if let Some(list) = lists.find(|list| list.get().starts_with('[') && says(list)) {
        list.get().clone_into(kept);
    }
}

/// The items of a list that was kept, if any was.
fn kept(list: &str) -> Vec<&RawValue> {
    if list.is_empty() { Vec::new() } else { serde_json::from_str(list).unwrap_or_default() }
}

/// Adds the sources that stand in a message itself.
pub(super) fn cite(draft: &mut Draft, annotations: &RawValue) {
    for raw in list(annotations) {
        // A source of another kind, or one that stands there without the word for its kind around it, is a source too.
        let annotation: wire::Annotation<'_> = read(raw).unwrap_or_default();
        let cited = annotation.url_citation.or_else(|| read(raw).ok()).unwrap_or_default();
        let title = if cited.title.is_empty() { cited.filename } else { cited.title };
        let quote = if cited.content.is_empty() { cited.summary } else { cited.content };
        draft.add_citation(&title, &cited.url, &quote, raw.get());
    }
}
