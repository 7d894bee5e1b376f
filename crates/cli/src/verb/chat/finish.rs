//! Why an answer ended, where that is not because all was said: its text does not show it, and may be empty.

use toolgate::{Answer, FinishReason};

use crate::style::{BAD, plain};

/// The reason as programs read it.
pub(super) fn word(finish: &FinishReason) -> &str {
    match finish {
        FinishReason::Stop => "stop",
        FinishReason::ToolCalls => "tool_calls",
        FinishReason::Length => "length",
        FinishReason::ContentFilter => "content_filter",
        FinishReason::Refusal => "refusal",
        FinishReason::Pause => "pause",
        FinishReason::Other(word) => word,
        _ => "other",
    }
}

/// Whether the question had better not stand in the conversation: with it, Claude goes on declining ("Streaming refusals", reset
/// context after refusal). What tools did stays.
pub(super) fn is_declined(answer: &Answer) -> bool {
    let is_declined = matches!(answer.finish, FinishReason::Refusal | FinishReason::ContentFilter);
    is_declined && answer.passages.is_empty()
}

/// A line about it for people, with what the provider says of it; `None` for an answer that is whole.
pub(super) fn line(finish: &FinishReason, message: &str) -> Option<String> {
    let mut told = match finish {
        FinishReason::Length => {
            "the answer is cut off: the model may write no more at once; say \"go on\" in a conversation, or ask for less"
                .to_owned()
        }
        FinishReason::ContentFilter => {
            "the provider's filter stopped the answer; ask in other words".to_owned()
        }
        FinishReason::Refusal => "the model declined to answer; ask in other words, or another model".to_owned(),
        FinishReason::Pause => "the provider paused the answer; say \"go on\" in a conversation".to_owned(),
        FinishReason::Other(word) if !word.is_empty() => {
            format!("the answer may not be whole: the provider ended it with {word:?}")
        }
        _ => return None,
    };
    if !message.is_empty() {
        told.push_str(&format!(" ({message})"));
    }
    Some(format!("{BAD}!{BAD:#} {}", plain(&told)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_that_is_not_whole_is_told_of() {
        let other = |word: &str| FinishReason::Other(word.into());
        for whole in [FinishReason::Stop, FinishReason::ToolCalls, other("")] {
            assert_eq!(line(&whole, "all said"), None, "{whole:?}");
        }
        for (finish, says) in [
            (FinishReason::Length, "cut off"),
            (FinishReason::ContentFilter, "filter"),
            (FinishReason::Refusal, "declined"),
            (FinishReason::Pause, "paused"),
            (other("re\u{1b}citation"), "ended it with \"re\\u{1b}citation\""),
        ] {
            let told = line(&finish, "").unwrap();
            assert!(told.contains(says) && !told.contains("()"), "{told}");
        }
        let told = line(&FinishReason::Refusal, "cyber: \u{1b}[2Jno").unwrap();
        assert!(told.ends_with("or another model (cyber: \\u{1b}[2Jno)"), "{told}");
        assert_eq!(word(&other("recitation")), "recitation");
    }
}
