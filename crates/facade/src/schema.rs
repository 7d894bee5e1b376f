//! JSON Schemas that what a model writes is held against: a rule's condition on arguments, the form of an answer.

use jsonschema::{PatternOptions, ValidationError, ValidationOptions};

/// How they are compiled: nothing is ever fetched for one, and patterns run in linear time.
pub(crate) fn options<'i>() -> ValidationOptions<'i> {
    jsonschema::options().offline().with_pattern_options(PatternOptions::regex())
}

/// What does not fit, and where. The value itself is not told.
pub(crate) fn misfit(error: &ValidationError<'_>) -> String {
    let place: String = error.instance_path().as_str().chars().take(200).collect();
    let wanted: String = error.masked().to_string().chars().take(200).collect();
    format!("at {place:?}: {}", wanted.escape_debug())
}
