//! The providers that this version knows: a line each.
//!
//! Environment variables follow from the id: `groq` reads `GROQ_API_KEY`, `GROQ_BASE_URL` and `GROQ_MODEL`.

use super::Provider;
use super::provider::Authentication::{Bearer, BearerIfGiven, XApiKey, XGoogApiKey};
use super::provider::Quirk::{
    MaxCompletionTokens, RandomSeed, ReasoningContent, ReasoningDetails, RequiredIsAny,
};
use super::provider::Row;
use crate::Dialect::{AnthropicMessages, GeminiGenerate, OpenAiChat};

const ROWS: &[Row] = &[
    ("anthropic", "https://api.anthropic.com", AnthropicMessages, XApiKey, &[]),
    ("cerebras", "https://api.cerebras.ai/v1", OpenAiChat, Bearer, &[]),
    ("deepinfra", "https://api.deepinfra.com/v1/openai", OpenAiChat, Bearer, &[]),
    ("deepseek", "https://api.deepseek.com", OpenAiChat, Bearer, &[ReasoningContent]),
    ("fireworks", "https://api.fireworks.ai/inference/v1", OpenAiChat, Bearer, &[]),
    ("gemini", "https://generativelanguage.googleapis.com/v1beta", GeminiGenerate, XGoogApiKey, &[]),
    ("groq", "https://api.groq.com/openai/v1", OpenAiChat, Bearer, &[]),
    ("lmstudio", "http://localhost:1234/v1", OpenAiChat, BearerIfGiven, &[]),
    ("mistral", "https://api.mistral.ai/v1", OpenAiChat, Bearer, &[RequiredIsAny, RandomSeed]),
    ("moonshot", "https://api.moonshot.ai/v1", OpenAiChat, Bearer, &[ReasoningContent]),
    ("ollama", "http://localhost:11434/v1", OpenAiChat, BearerIfGiven, &[]),
    ("openai", "https://api.openai.com/v1", OpenAiChat, Bearer, &[MaxCompletionTokens]),
    ("openrouter", "https://openrouter.ai/api/v1", OpenAiChat, Bearer, &[ReasoningDetails]),
    ("perplexity", "https://api.perplexity.ai", OpenAiChat, Bearer, &[]),
    ("sambanova", "https://api.sambanova.ai/v1", OpenAiChat, Bearer, &[]),
    ("together", "https://api.together.ai/v1", OpenAiChat, Bearer, &[]),
    ("vllm", "http://localhost:8000/v1", OpenAiChat, BearerIfGiven, &[]),
    ("xai", "https://api.x.ai/v1", OpenAiChat, Bearer, &[]),
    ("zai", "https://api.z.ai/api/paas/v4", OpenAiChat, Bearer, &[ReasoningContent]),
];

pub(super) fn builtin() -> impl Iterator<Item = Provider> {
    ROWS.iter().map(Provider::from_row)
}
