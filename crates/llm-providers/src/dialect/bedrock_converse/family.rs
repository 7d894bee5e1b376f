//! Families of models, each with an API of its own behind Converse, which refuses what that one lacks.
//!
//! AWS documents little of it: what is not in its pages was asked of the API itself, by others (pydantic-ai, profiles of Bedrock
//! models, "verified live"; Strands, issue 1223).

use crate::dialect::families::claude_version;

/// Whose models these are, by a model's name. An inference profile of the caller's own does not tell.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Claude,
    Nova,
    GptOss,
    Gpt,
    Qwen,
    Llama,
    Mistral,
    Kimi,
    Glm,
    Palmyra,
    Other,
}

/// What a model takes in a turn that has results of tools in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    Anything,
    NoDocuments,
    Nothing,
}

/// What of a tool's result a model is shown, beside its text.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    pub(super) pictures: bool,
    pub(super) documents: bool,
}

const KNOWN: [(&str, Family); 10] = [
    ("claude", Family::Claude),
    ("amazon.nova", Family::Nova),
    ("openai.gpt-oss", Family::GptOss),
    ("openai.gpt-", Family::Gpt),
    ("qwen", Family::Qwen),
    ("meta.llama", Family::Llama),
    ("mistral.", Family::Mistral),
    ("kimi", Family::Kimi),
    ("zai.", Family::Glm),
    ("writer.", Family::Palmyra),
];

impl Family {
    pub(super) fn of(model: &str) -> Self {
        KNOWN.iter().find(|(part, _)| model.contains(part)).map_or(Self::Other, |(_, family)| *family)
    }

    /// "Conversation blocks and tool result blocks cannot be provided in the same turn."
    pub(super) fn beside_results(self) -> Beside {
        match self {
            Self::Llama | Self::Mistral | Self::Palmyra => Beside::Nothing,
            Self::Claude => Beside::NoDocuments,
            _ => Beside::Anything,
        }
    }

    /// What stands in a result (`ToolResultContentBlock`).
    pub(super) fn shown(self) -> Shown {
        let (pictures, documents) = match self {
            Self::Qwen | Self::Kimi => (false, false),
            Self::Mistral => (false, true),
            // "This model doesn't support documents."
            Self::Nova | Self::Gpt => (true, false),
            _ => (true, true),
        };
        Shown { pictures, documents }
    }

    /// "This model doesn't support the status field."
    pub(super) fn has_status(self) -> bool {
        self != Self::Palmyra
    }

    /// Whether the choice that holds unsaid is said too: a model that takes no choice refuses this one with the others ("If
    /// supported by model", `ToolConfiguration.toolChoice`).
    pub(super) fn says_auto(self) -> bool {
        matches!(self, Self::Claude | Self::Nova)
    }
}

/// Whether a model takes marks for its cache; to all others Bedrock denies access for them ("Prompt caching for faster model
/// inference"). What an inference profile of the caller's own stands for is the caller's to know.
pub(super) fn caches(model: &str) -> bool {
    match Family::of(model) {
        Family::Claude => claude_version(model).is_none_or(|version| version >= (3, 5)),
        Family::Nova => true,
        _ => model.starts_with("arn:"),
    }
}

/// Whether `reader` takes what `writer` signed or encrypted of its thoughts: its own, and a Claude that of any Claude. Others refuse
/// the whole request ("User messages cannot contain reasoning content"). What an inference profile of the caller's own stands for
/// is the caller's to know.
pub(in crate::dialect) fn reads_thoughts(reader: &str, writer: Option<&str>) -> bool {
    let may_be_claude = |model: &str| Family::of(model) == Family::Claude || model.starts_with("arn:");
    match writer {
        Some(writer) => reader == writer || (may_be_claude(reader) && may_be_claude(writer)),
        None => matches!(Family::of(reader), Family::Claude | Family::Gpt | Family::Other),
    }
}

/// Whether a model streams an answer that may call tools: others refuse it ("This model doesn't support tool use in streaming mode."),
/// and take the same as a whole.
pub(super) fn streams_calls(model: &str) -> bool {
    let is = |known: &str| model.contains(known);
    match Family::of(model) {
        Family::Llama | Family::Palmyra => false,
        _ => !is("ai21.") && !is("pixtral") && !is("mistral-7b"),
    }
}

/// Whether a model takes a conversation that begins with an answer. What an inference profile of the caller's own stands for is
/// the caller's to know.
pub(super) fn answers_first(model: &str) -> bool {
    use Family::{Claude, Glm, Kimi, Qwen};
    matches!(Family::of(model), Claude | Qwen | Kimi | Glm) || model.starts_with("arn:")
}
