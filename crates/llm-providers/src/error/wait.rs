//! Reads from a provider's words how long to wait.

use std::time::Duration;

/// What stands before the time to wait, in small letters: OpenAI and Groq ("try again in 6m0.5s"), Azure ("retry after
/// 6 seconds"), Gemini ("retry in 37.9s"; "reset after 8h44m7s" of a plan), GitHub Models ("wait 12 seconds before
/// retrying").
const BEFORE: [&str; 6] =
    ["try again in ", "try again after ", "retry in ", "retry after ", "reset after ", "wait "];

/// The time that the words name. An error in the middle of a stream has no header to say it.
pub(super) fn told(message: &str) -> Option<Duration> {
    let message = message.to_lowercase();
    BEFORE.iter().find_map(|before| duration(message.split_once(before)?.1))
}

/// Numbers and their units up to the first word that is neither.
fn duration(mut text: &str) -> Option<Duration> {
    let mut seconds = None;
    loop {
        let (number, rest) = split(text, |c| c.is_ascii_digit() || c == '.');
        let (unit, rest) = split(rest.trim_start(), |c| c.is_ascii_alphabetic());
        let Some(one) = unit_of(unit) else { break };
        let Ok(number) = number.parse::<f64>() else { break };
        *seconds.get_or_insert(0.0) += number * one;
        text = rest.trim_start();
    }
    Duration::try_from_secs_f64(seconds?).ok()
}

fn unit_of(unit: &str) -> Option<f64> {
    Some(match unit {
        "ms" | "millisecond" | "milliseconds" => 0.001,
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
        "h" | "hour" | "hours" => 3600.0,
        "d" | "day" | "days" => 86_400.0,
        _ => return None,
    })
}

fn split(text: &str, is_part: fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !is_part(c)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_words() {
        for (words, milliseconds) in [
            ("Rate limit reached for m. Please try again in 11.054s. Visit https://h/1", Some(11_054)),
            ("Please try again in 28ms.", Some(28)),
            ("please try again in 6m0.5s", Some(360_500)),
            ("Please try again in 1h2m3s. Need more?", Some(3_723_000)),
            ("Rate limit exceeded. Try again in 35 seconds.", Some(35_000)),
            ("Please retry after 1 second. To increase", Some(1000)),
            ("Please wait 51237 seconds before retrying.", Some(51_237_000)),
            ("Please try again in 2 days", Some(172_800_000)),
            ("Please wait and try again in 5 minutes 3 seconds", Some(303_000)),
            ("Your quota will reset after 8h44m7s.", Some(31_447_000)),
            ("Please try again in 3 attempts.", None),
            ("Please try again in 99999999999999999999999999999 days", None),
            ("Please try again later.", None),
            ("Please try again in ", None),
        ] {
            assert_eq!(told(words), milliseconds.map(Duration::from_millis), "{words}");
        }
    }
}
