//! What one request takes at most, and texts cut accordingly.
//!
//! Tokens are not counted: a token is at least a byte, so texts of as many bytes as tokens are allowed always fit.

use crate::Provider;

/// The most that one request holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// How many texts.
    pub(super) texts: usize,
    /// How many bytes of text, with [`MARKS`] for each; a single text may be longer.
    pub(super) bytes: usize,
}

/// Tokens that a model may put around a text.
const MARKS: usize = 2;

/// How many texts are sent at once where the provider takes more or does not say: answers stay of a size that is held in
/// memory without harm.
pub(super) const TEXTS: usize = 256;

/// Providers that take less than others of their dialect: texts, bytes.
///
/// - Alibaba's: 10 texts ("batch size is invalid, it should not be larger than 10").
/// - Mistral: 16,384 tokens ("Too many tokens in batch. Max is 16384").
/// - `SiliconFlow`: 64 texts ("input batch size … > maximum allowed batch size 64").
const NARROWER: &[(&str, usize, usize)] = &[
    ("dashscope", 10, usize::MAX),
    ("dashscope_us", 10, usize::MAX),
    ("mistral", TEXTS, 16_384),
    ("qwencloud", 10, usize::MAX),
    ("siliconflow", 64, usize::MAX),
    ("siliconflow_cn", 64, usize::MAX),
];

impl Limits {
    /// These limits, or the provider's narrower ones.
    pub(super) fn of(self, provider: &Provider) -> Self {
        let own = NARROWER.iter().find(|(id, ..)| *id == provider.id());
        own.map_or(self, |(_, texts, bytes)| Self {
            texts: self.texts.min(*texts),
            bytes: self.bytes.min(*bytes),
        })
    }

    /// These limits, with no more texts than the caller wants.
    pub(super) fn at_most(self, texts: Option<usize>) -> Self {
        Self { texts: texts.map_or(self.texts, |texts| self.texts.min(texts.max(1))), ..self }
    }

    /// The texts in order, cut into as few requests as fit.
    pub(super) fn batches(self, texts: &[String]) -> impl Iterator<Item = &[String]> {
        let mut rest = texts;
        std::iter::from_fn(move || {
            let mut bytes = 0_usize;
            let fitting = rest.iter().take(self.texts).take_while(|text| {
                bytes = bytes.saturating_add(text.len()).saturating_add(MARKS);
                bytes <= self.bytes
            });
            // The first one goes in any case: whether it is too long is the provider's to say.
            let (batch, later) = rest.split_at_checked(fitting.count().max(1))?;
            rest = later;
            Some(batch)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalogue;

    fn cut(limits: Limits, texts: &[&str]) -> Vec<usize> {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        let batches: Vec<&[String]> = limits.batches(&texts).collect();
        assert_eq!(batches.concat(), texts, "every text once, in order");
        batches.iter().map(|batch| batch.len()).collect()
    }

    #[test]
    fn texts_are_cut_by_number_and_by_bytes() {
        let limits = Limits { texts: 3, bytes: 12 };
        assert_eq!(cut(limits, &[]), [0_usize; 0]);
        assert_eq!(cut(limits, &["a"; 7]), [3, 3, 1]);
        assert_eq!(cut(limits, &["aaaa", "aaaa", "aaaa"]), [2, 1]);
        assert_eq!(cut(limits, &["a", "longer than the limit", "a"]), [1, 1, 1]);
        assert_eq!(cut(limits.at_most(Some(0)), &["a", "a"]), [1, 1]);
        assert_eq!(cut(limits.at_most(Some(9)), &["a"; 4]), [3, 1]);
    }

    #[test]
    fn every_narrower_limit_is_of_a_row() {
        assert!(NARROWER.is_sorted_by(|(one, ..), (next, ..)| one < next));
        for (id, ..) in NARROWER {
            let own = Limits { texts: TEXTS, bytes: 300_000 }.of(Catalogue::builtin().provider(id).unwrap());
            assert!(own.texts < TEXTS || own.bytes < 300_000, "{id}");
        }
    }
}
