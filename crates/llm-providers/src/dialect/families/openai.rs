//! OpenAI's models: how each thinks, and the efforts that it takes, which differ by generation and by kind within one.
//!
//! As `ReasoningEffort` of the OpenAI API tells ("`gpt-5-pro` only supports `high`"), the pages of the models ("GPT-6 Astra does
//! not accept `none`"), and the refusals of the API itself, which list what it takes ("Supported values are: 'none', 'low',
//! 'medium', and 'high'").

use crate::ReasoningEffort::{self, High, Low, Max, Medium, Minimal, None as Not, XHigh};
use crate::{Provider, Quirk};

/// How a model of OpenAI's thinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dialect) struct OpenAi {
    kind: Kind,
    /// Whether it thinks unasked.
    by_default: bool,
    /// What it can be asked for, from the least to the most.
    efforts: &'static [ReasoningEffort],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Thinks not at all.
    Plain,
    /// The o series.
    O,
    /// GPT of this version: 5.0 and later think.
    Gpt(u32, u32),
}

impl OpenAi {
    pub(in crate::dialect) fn of(model: &str) -> Option<Self> {
        let name = model.rsplit('/').next().unwrap_or(model);
        let name = unowned(name);
        if ["gpt-3", "gpt-4", "chatgpt-"].iter().any(|known| name.starts_with(known)) {
            return Some(Self { kind: Kind::Plain, by_default: false, efforts: &[] });
        }
        if ["o1", "o3", "o4"].iter().any(|known| name.split('-').next() == Some(known)) {
            // "Supported values are: 'medium'."
            let efforts: &[_] =
                if name.contains("-deep-research") { &[Medium] } else { &[Low, Medium, High] };
            return Some(Self { kind: Kind::O, by_default: true, efforts });
        }
        let version = version(name)?;
        let (by_default, efforts) = thinking(version, name)?;
        let kind =
            if by_default || !efforts.is_empty() { Kind::Gpt(version.0, version.1) } else { Kind::Plain };
        Some(Self { kind, by_default, efforts })
    }

    /// Whether it can think.
    pub(in crate::dialect) fn is_thinker(self) -> bool {
        self.kind != Kind::Plain
    }

    /// Whether it calls one tool at a time.
    pub(in crate::dialect) fn is_o_series(self) -> bool {
        self.kind == Kind::O
    }

    /// The effort to be said in chat completions where tools are offered, if it thinks only without: "Function tools with
    /// reasoning_effort are not supported for gpt-5.6 in /v1/chat/completions. To use function tools, use /v1/responses or set
    /// reasoning_effort to 'none'." Up to GPT-5.5 there is no effort to be said at all.
    pub(in crate::dialect) fn effort_with_tools(self) -> Option<Option<ReasoningEffort>> {
        match self.kind {
            Kind::Gpt(5, 4 | 5) => Some(None),
            Kind::Gpt(..) if self.by_default && self.efforts.contains(&Not) => Some(Some(Not)),
            // What always thinks takes no tools there, whatever is said: the API tells so itself.
            _ => None,
        }
    }

    /// Whether it thinks when asked for this effort, or for none.
    pub(in crate::dialect) fn thinks(self, effort: Option<ReasoningEffort>) -> bool {
        match effort {
            Some(Not) => self.is_thinker() && !self.efforts.contains(&Not),
            Some(_) => self.is_thinker(),
            None => self.by_default,
        }
    }

    /// Whether it takes a temperature and its like: while it does not think, and from GPT-6 on not even then.
    pub(in crate::dialect) fn samples(self, effort: Option<ReasoningEffort>) -> bool {
        !self.thinks(effort) && !matches!(self.kind, Kind::Gpt(6.., _))
    }

    /// Whether it takes texts to stop at, and penalties: what thinks unasked does not, asked or not.
    pub(in crate::dialect) fn stops(self, effort: Option<ReasoningEffort>) -> bool {
        !self.by_default && !self.thinks(effort)
    }

    /// The nearest effort that it has, the larger of two; `None` where it has none at all.
    pub(in crate::dialect) fn nearest(self, effort: ReasoningEffort) -> Option<ReasoningEffort> {
        self.efforts.iter().find(|known| **known >= effort).or(self.efforts.last()).copied()
    }
}

/// Whether a provider has a limit of Azure OpenAI's, be it for OpenAI's models alone.
pub(in crate::dialect) fn has_azures(provider: &Provider, model: &str, limit: Quirk) -> bool {
    provider.has(limit) || (provider.has(Quirk::AzureOpenAi) && OpenAi::of(model).is_some())
}

/// The name without its owner, whom Bedrock writes before it, with a region before that: `us.openai.gpt-6-sol`.
fn unowned(name: &str) -> &str {
    let mut rest = name;
    while let Some((owner, behind)) = rest.split_once('.') {
        if owner.ends_with("openai") {
            return behind;
        }
        rest = behind;
    }
    name
}

/// The version of a GPT, such as `gpt-5.4-mini`.
fn version(name: &str) -> Option<(u32, u32)> {
    let rest = name.strip_prefix("gpt-")?;
    let version = rest.split('-').next().unwrap_or(rest);
    let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Whether it thinks unasked, and the efforts that it takes. Of generations that are not known, nothing is.
fn thinking(version: (u32, u32), name: &str) -> Option<(bool, &'static [ReasoningEffort])> {
    let is = |part: &str| name.contains(part);
    Some(match version {
        (5, 0) if is("-chat") => (false, &[]),
        (5, _) if is("-chat") => (true, &[Medium]),
        (5, _) if is("-search") => (true, &[]),
        (5, 0) if is("-pro") => (true, &[High]),
        (5, _) if is("-pro") => (true, &[Medium, High, XHigh]),
        (5, 1) if is("-codex-max") => (true, &[Low, Medium, High, XHigh]),
        (5, 0 | 1) if is("-codex") => (true, &[Low, Medium, High]),
        // "GPT-5.3-Codex supports `low`, `medium`, `high` and `xhigh`."
        (5, 2 | 3) if is("-codex") => (true, &[Low, Medium, High, XHigh]),
        (5, 0) => (true, &[Minimal, Low, Medium, High]),
        (5, 1) => (false, &[Not, Low, Medium, High]),
        (5, 2..=4) => (false, &[Not, Low, Medium, High, XHigh]),
        (5, 5) => (true, &[Not, Low, Medium, High, XHigh]),
        (6, 0) if is("-sol") || is("-luna") => (true, &[Not, Low, Medium, High, XHigh, Max]),
        (6, 1) if is("-terra") => (true, &[Not, Low, Medium, High, XHigh, Max]),
        (6, _) => (true, &[Low, Medium, High, XHigh, Max]),
        (5, _) => (true, &[Not, Low, Medium, High, XHigh, Max]),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_model_thinks_stands_in_its_name() {
        for (model, by_default, least, most) in [
            ("gpt-4.1-mini", false, None, None),
            ("gpt-5-chat-latest", false, None, None),
            ("gpt-5.3-chat-latest", true, Some(Medium), Some(Medium)),
            ("gpt-5-search-api", true, None, None),
            ("o3", true, Some(Low), Some(High)),
            ("openai/o4-mini", true, Some(Low), Some(High)),
            ("gpt-5-nano", true, Some(Minimal), Some(High)),
            ("gpt-5-pro-2025-10-06", true, Some(High), Some(High)),
            ("gpt-5.2-pro", true, Some(Medium), Some(XHigh)),
            ("gpt-5.5-pro", true, Some(Medium), Some(XHigh)),
            ("gpt-5-codex", true, Some(Low), Some(High)),
            ("gpt-5.1-codex-mini", true, Some(Low), Some(High)),
            ("gpt-5.1-codex-max", true, Some(Low), Some(XHigh)),
            ("gpt-5.2-codex", true, Some(Low), Some(XHigh)),
            ("gpt-5.3-codex", true, Some(Low), Some(XHigh)),
            ("o3-deep-research", true, Some(Medium), Some(Medium)),
            ("gpt-5.1", false, Some(Not), Some(High)),
            ("gpt-5.2-2025-12-11", false, Some(Not), Some(XHigh)),
            ("gpt-5.5", true, Some(Not), Some(XHigh)),
            ("gpt-5.6-luna", true, Some(Not), Some(Max)),
            ("gpt-6-sol", true, Some(Not), Some(Max)),
            ("gpt-6-astra", true, Some(Low), Some(Max)),
            ("gpt-6.1-sol", true, Some(Low), Some(Max)),
            ("gpt-6.1-terra", true, Some(Not), Some(Max)),
            ("us.openai.gpt-6-sol", true, Some(Not), Some(Max)),
            ("openai.gpt-5.4-v1:0", false, Some(Not), Some(XHigh)),
        ] {
            let known = OpenAi::of(model).unwrap();
            assert_eq!(known.by_default, by_default, "{model}");
            assert_eq!(
                (known.efforts.first().copied(), known.efforts.last().copied()),
                (least, most),
                "{model}"
            );
        }
        for other in
            ["olmo-2", "gpt-oss-120b", "openai.gpt-oss-20b-1:0", "gpt-7", "gpt-image-2", "mistral-large"]
        {
            assert_eq!(OpenAi::of(other), None, "{other}");
        }
    }

    #[test]
    fn one_that_can_be_told_not_to_think_does_not() {
        let thinks = |model: &str, effort| OpenAi::of(model).unwrap().thinks(effort);
        for model in ["gpt-5.1", "gpt-5.6-sol", "gpt-6-luna"] {
            assert!(!thinks(model, Some(Not)), "{model}");
            assert!(thinks(model, Some(Low)), "{model}");
        }
        for model in ["gpt-5-mini", "o3", "gpt-6-astra", "gpt-5.4-pro"] {
            assert!(thinks(model, Some(Not)), "{model}");
        }
        assert!(!thinks("gpt-4.1", Some(High)));
        let samples = |model: &str| OpenAi::of(model).unwrap().samples(Some(Not));
        assert!(samples("gpt-5.6-sol") && samples("gpt-4.1") && !samples("gpt-6-sol") && !samples("gpt-5"));
    }
}
