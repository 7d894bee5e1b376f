//! Dialects by name, for settings and for people.

use std::fmt;
use std::str::FromStr;

use super::Dialect;

/// A text that names no dialect.
///
/// ```
/// # use toolgate_llm_providers::{Dialect, UnknownDialect};
/// assert_eq!("openai".parse::<Dialect>(), Err(UnknownDialect));
/// assert!(UnknownDialect.to_string().starts_with("expected one of openai_chat, ")); // and all others
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected one of {}", Dialect::ALL.map(Dialect::name).join(", "))]
pub struct UnknownDialect;

impl Dialect {
    /// All dialects that this version speaks.
    pub const ALL: [Self; 14] = [
        Self::OpenAiChat,
        Self::AnthropicMessages,
        Self::GeminiGenerate,
        Self::CohereChat,
        Self::OllamaChat,
        Self::OpenAiResponses,
        Self::BedrockConverse,
        Self::AnthropicVertex,
        Self::OpenAiVertex,
        Self::SageMakerChat,
        Self::WatsonxChat,
        Self::ReplicatePrediction,
        Self::GigaChat,
        Self::AnthropicBedrock,
    ];

    /// The name, as [`FromStr`] reads it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenAiChat => "openai_chat",
            Self::AnthropicMessages => "anthropic_messages",
            Self::GeminiGenerate => "gemini_generate",
            Self::CohereChat => "cohere_chat",
            Self::OllamaChat => "ollama_chat",
            Self::OpenAiResponses => "openai_responses",
            Self::BedrockConverse => "bedrock_converse",
            Self::AnthropicVertex => "anthropic_vertex",
            Self::OpenAiVertex => "openai_vertex",
            Self::SageMakerChat => "sagemaker_chat",
            Self::WatsonxChat => "watsonx_chat",
            Self::ReplicatePrediction => "replicate_prediction",
            Self::GigaChat => "gigachat",
            Self::AnthropicBedrock => "anthropic_bedrock",
        }
    }
}

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(name: &str) -> Result<Self, UnknownDialect> {
        Self::ALL.into_iter().find(|dialect| dialect.name() == name).ok_or(UnknownDialect)
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for dialect in Dialect::ALL {
            assert_eq!(dialect.to_string().parse(), Ok(dialect));
        }
        let said = "openai".parse::<Dialect>().unwrap_err().to_string();
        assert!(said.starts_with("expected one of openai_chat, anthropic_messages, "), "{said}");
    }
}
