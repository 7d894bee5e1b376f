//! Which marks for caches a request has. Anthropic and Bedrock refuse a fifth ("A maximum of 4 blocks with cache_control may
//! be provided"), and a conversation that is marked at each turn soon has more.

use crate::Message;

/// How many are taken.
const MOST: usize = 4;

/// The places of the marks to be sent: the first, behind which stands what all conversations have in common, and the latest.
pub(super) fn kept(messages: &[Message]) -> Vec<usize> {
    let is_mark = |message: &Message| matches!(message, Message::CachePoint);
    let mut marks: Vec<usize> =
        messages.iter().enumerate().filter(|(_, message)| is_mark(message)).map(|(place, _)| place).collect();
    if let Some(over) = marks.len().checked_sub(MOST) {
        marks.drain(1..=over);
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_latest_are_kept() {
        let conversation = |marks: usize| -> Vec<Message> {
            (0..marks).flat_map(|_| [Message::user("u"), Message::CachePoint]).collect()
        };
        for (marks, expected) in [
            (0, vec![]),
            (1, vec![1]),
            (4, vec![1, 3, 5, 7]),
            (5, vec![1, 5, 7, 9]),
            (9, vec![1, 13, 15, 17]),
        ] {
            assert_eq!(kept(&conversation(marks)), expected, "{marks}");
        }
    }
}
