//! What an answer counts (`UsageMetadata`), of which sound is told apart (`ModalityTokenCount`).

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::dialect::lenient::{Count, Text};

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(default, rename_all = "camelCase")]
pub(in crate::dialect::gemini) struct Usage {
    pub(in crate::dialect::gemini) prompt_token_count: Count,
    pub(in crate::dialect::gemini) tool_use_prompt_token_count: Count,
    pub(in crate::dialect::gemini) candidates_token_count: Count,
    pub(in crate::dialect::gemini) thoughts_token_count: Count,
    pub(in crate::dialect::gemini) cached_content_token_count: Count,
    pub(in crate::dialect::gemini) total_token_count: Count,
    pub(in crate::dialect::gemini) prompt_tokens_details: Details,
    pub(in crate::dialect::gemini) tool_use_prompt_tokens_details: Details,
    pub(in crate::dialect::gemini) candidates_tokens_details: Details,
}

impl Usage {
    /// Takes over what a later count says: counts are of the whole answer so far.
    pub(in crate::dialect::gemini) fn update(&mut self, later: Self) {
        self.prompt_token_count.update(later.prompt_token_count);
        self.tool_use_prompt_token_count.update(later.tool_use_prompt_token_count);
        self.candidates_token_count.update(later.candidates_token_count);
        self.thoughts_token_count.update(later.thoughts_token_count);
        self.cached_content_token_count.update(later.cached_content_token_count);
        self.total_token_count.update(later.total_token_count);
        self.prompt_tokens_details.audio.update(later.prompt_tokens_details.audio);
        self.tool_use_prompt_tokens_details.audio.update(later.tool_use_prompt_tokens_details.audio);
        self.candidates_tokens_details.audio.update(later.candidates_tokens_details.audio);
    }

    /// Of the prompt, and of what tools that run at the provider brought.
    pub(in crate::dialect::gemini) fn audio_input(&self) -> Option<u64> {
        match (self.prompt_tokens_details.audio.0, self.tool_use_prompt_tokens_details.audio.0) {
            (Some(prompt), Some(more)) => Some(prompt.saturating_add(more)),
            (prompt, more) => prompt.or(more),
        }
    }
}

/// Counts by modality, of which sound is kept.
#[derive(Default, Clone, Copy)]
pub(in crate::dialect::gemini) struct Details {
    pub(in crate::dialect::gemini) audio: Count,
}

impl<'de> Deserialize<'de> for Details {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize, Default)]
        #[serde(default, rename_all = "camelCase")]
        struct Counted<'a> {
            #[serde(borrow)]
            modality: Text<'a>,
            token_count: Count,
        }
        // An odd list costs itself, and not the answer.
        let list = <&RawValue>::deserialize(deserializer)?.get();
        let counted = serde_json::from_str::<Vec<Counted<'_>>>(list).unwrap_or_default();
        let audio = counted.iter().filter(|counted| &*counted.modality == "AUDIO");
        let audio = audio.filter_map(|counted| counted.token_count.0).reduce(u64::saturating_add);
        Ok(Self { audio: Count(audio) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_is_told_apart() {
        let usage: Usage = serde_json::from_str(
            r#"{"promptTokenCount":30,"promptTokensDetails":[{"modality":"TEXT","tokenCount":5},{"modality":"AUDIO","tokenCount":25}],
            "toolUsePromptTokensDetails":[{"modality":"AUDIO","tokenCount":2},{"modality":"AUDIO","tokenCount":1}],
            "candidatesTokensDetails":[{"modality":"TEXT","tokenCount":9}]}"#,
        )
        .unwrap();
        assert_eq!((usage.audio_input(), usage.candidates_tokens_details.audio.0), (Some(28), None));
        for odd in ["null", "{}", "[]", "7", "[7]", r#"[{"modality":"AUDIO"}]"#, r#"[{"modality":7}]"#] {
            let usage = format!(r#"{{"promptTokenCount":30,"promptTokensDetails":{odd}}}"#);
            let usage: Usage = serde_json::from_str(&usage).unwrap();
            assert_eq!((usage.prompt_token_count.0, usage.audio_input()), (Some(30), None), "{odd}");
        }
    }
}
