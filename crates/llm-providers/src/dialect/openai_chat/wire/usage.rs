//! What a chat completion counts: by the book, and by the habits of single hosts.

use serde::Deserialize;

use crate::dialect::lenient::{Count, fitting};

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(default)]
pub(in crate::dialect::openai_chat) struct Usage {
    pub(in crate::dialect::openai_chat) prompt_tokens: Count,
    pub(in crate::dialect::openai_chat) completion_tokens: Count,
    pub(in crate::dialect::openai_chat) total_tokens: Count,
    #[serde(deserialize_with = "fitting")]
    pub(in crate::dialect::openai_chat) prompt_tokens_details: Option<PromptDetails>,
    #[serde(deserialize_with = "fitting")]
    pub(in crate::dialect::openai_chat) completion_tokens_details: Option<CompletionDetails>,
    /// The names of OpenAI's responses and of Anthropic's messages, where a gateway has those only.
    pub(in crate::dialect::openai_chat) input_tokens: Count,
    pub(in crate::dialect::openai_chat) output_tokens: Count,
    #[serde(deserialize_with = "fitting")]
    pub(in crate::dialect::openai_chat) input_tokens_details: Option<PromptDetails>,
    #[serde(deserialize_with = "fitting")]
    pub(in crate::dialect::openai_chat) output_tokens_details: Option<CompletionDetails>,
    /// DeepSeek.
    pub(in crate::dialect::openai_chat) prompt_cache_hit_tokens: Count,
    /// Moonshot.
    pub(in crate::dialect::openai_chat) cached_tokens: Count,
    /// Perplexity and others, outside the details.
    pub(in crate::dialect::openai_chat) reasoning_tokens: Count,
    /// Hosts of Claude models.
    pub(in crate::dialect::openai_chat) cache_creation_input_tokens: Count,
    pub(in crate::dialect::openai_chat) cache_read_input_tokens: Count,
    /// Mistral.
    pub(in crate::dialect::openai_chat) num_cached_tokens: Count,
    /// Writer.
    #[serde(deserialize_with = "fitting")]
    pub(in crate::dialect::openai_chat) prompt_token_details: Option<PromptDetails>,
    #[serde(deserialize_with = "fitting")]
    pub(in crate::dialect::openai_chat) completion_token_details: Option<CompletionDetails>,
}

impl Usage {
    /// Takes over what a later count says.
    pub(in crate::dialect::openai_chat) fn update(&mut self, later: Self) {
        self.prompt_tokens.update(later.prompt_tokens);
        self.completion_tokens.update(later.completion_tokens);
        self.total_tokens.update(later.total_tokens);
        self.input_tokens.update(later.input_tokens);
        self.output_tokens.update(later.output_tokens);
        self.input_tokens_details = later.input_tokens_details.or(self.input_tokens_details);
        self.output_tokens_details = later.output_tokens_details.or(self.output_tokens_details);
        self.prompt_tokens_details = later.prompt_tokens_details.or(self.prompt_tokens_details);
        self.completion_tokens_details = later.completion_tokens_details.or(self.completion_tokens_details);
        self.prompt_cache_hit_tokens.update(later.prompt_cache_hit_tokens);
        self.cached_tokens.update(later.cached_tokens);
        self.reasoning_tokens.update(later.reasoning_tokens);
        self.cache_creation_input_tokens.update(later.cache_creation_input_tokens);
        self.cache_read_input_tokens.update(later.cache_read_input_tokens);
        self.num_cached_tokens.update(later.num_cached_tokens);
        self.prompt_token_details = later.prompt_token_details.or(self.prompt_token_details);
        self.completion_token_details = later.completion_token_details.or(self.completion_token_details);
    }
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(default)]
pub(in crate::dialect::openai_chat) struct PromptDetails {
    pub(in crate::dialect::openai_chat) cached_tokens: Count,
    pub(in crate::dialect::openai_chat) audio_tokens: Count,
    pub(in crate::dialect::openai_chat) cache_write_tokens: Count,
    /// Alibaba.
    pub(in crate::dialect::openai_chat) cache_creation_input_tokens: Count,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(default)]
pub(in crate::dialect::openai_chat) struct CompletionDetails {
    pub(in crate::dialect::openai_chat) reasoning_tokens: Count,
    pub(in crate::dialect::openai_chat) audio_tokens: Count,
}
