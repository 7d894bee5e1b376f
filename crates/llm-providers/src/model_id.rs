//! `provider/model`: how a caller names a model. The provider is always said, never guessed from the model's name.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::error::escaped;

/// A provider and one of its models, such as `anthropic/claude-sonnet-4-5`. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelId {
    text: Arc<str>,
    slash: usize,
}

/// Why a text is no [`ModelId`].
///
/// ```
/// # use toolgate_llm_providers::{ModelId, ModelIdError};
/// match ModelId::parse("gpt-4.1") {
///     Err(ModelIdError::Shape { found }) => assert_eq!(found, "gpt-4.1"), // whose it is, is not guessed
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelIdError {
    /// There is no slash, or nothing stands before or after the first one.
    #[error("expected provider/model, such as openai/gpt-4.1, found \"{found}\"")]
    Shape {
        /// The text, escaped and cut.
        found: String,
    },
    /// A character that no model's name has, or a space at its end.
    #[error("a model id holds no {character:?}, found one in \"{found}\"")]
    Character {
        /// The text, escaped and cut.
        found: String,
        /// The first such character.
        character: char,
    },
}

impl ModelId {
    /// Reads `provider/model`. Everything after the first slash is the model: `openrouter/meta-llama/llama-4` works.
    ///
    /// ```
    /// # use toolgate_llm_providers::ModelId;
    /// let id = ModelId::parse("groq/openai/gpt-oss-120b")?;
    /// assert_eq!((id.provider(), id.model()), ("groq", "openai/gpt-oss-120b"));
    /// # Ok::<(), toolgate_llm_providers::ModelIdError>(())
    /// ```
    ///
    /// # Errors
    /// [`ModelIdError`] when the text has another shape or holds a character that no model's name has.
    pub fn parse(text: impl AsRef<str>) -> Result<Self, ModelIdError> {
        let text = text.as_ref();
        let mut parts = text.splitn(2, '/');
        let is_padded = parts.any(|part| part.starts_with(' ') || part.ends_with(' '));
        let strange = text.chars().find(|c| !is_name_character(*c));
        if let Some(character) = strange.or(is_padded.then_some(' ')) {
            return Err(ModelIdError::Character { found: escaped(text), character });
        }
        match text.find('/') {
            Some(slash) if slash > 0 && slash + 1 < text.len() => Ok(Self { text: text.into(), slash }),
            _ => Err(ModelIdError::Shape { found: escaped(text) }),
        }
    }

    /// The provider's id, as in the catalogue.
    #[must_use]
    pub fn provider(&self) -> &str {
        self.text.get(..self.slash).unwrap_or_default()
    }

    /// The model's name, as the provider spells it.
    #[must_use]
    pub fn model(&self) -> &str {
        self.text.get(self.slash + 1..).unwrap_or_default()
    }

    /// The whole id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Whether `c` may stand in a model's name: GPT4All's have spaces (`Llama 3 8B Instruct`), and one of a deployment at Fireworks a
/// `#`.
fn is_name_character(c: char) -> bool {
    is_model_character(c) || matches!(c, ' ' | '#' | '(' | ')' | '[' | ']' | ',' | '=' | '\\')
}

/// Whether `c` may stand in a model's name that is a part of a URL, where nothing that delimits may.
pub(crate) fn is_model_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '/' | '@' | '+' | '~')
}

impl FromStr for ModelId {
    type Err = ModelIdError;

    fn from_str(text: &str) -> Result<Self, ModelIdError> {
        Self::parse(text)
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.text, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_slash_divides() {
        for bad in ["", "gpt-4.1", "/gpt-4.1", "openai/"] {
            let said = ModelId::parse(bad).unwrap_err().to_string();
            assert!(said.starts_with("expected provider/model"), "{bad}: {said}");
        }
        let odd = ModelId::parse("gpt4all/Llama 3 8B Instruct").unwrap();
        assert_eq!(odd.model(), "Llama 3 8B Instruct");
        assert!(ModelId::parse("fireworks/accounts/a/models/m#accounts/a/deployments/d").is_ok());
        for bad in [
            "openai/a?key=1",
            "openai/a ",
            "openai/ a",
            " openai/a",
            "openai/a\n",
            "openai/a\"",
            "openai/%2e",
        ] {
            assert!(matches!(ModelId::parse(bad), Err(ModelIdError::Character { .. })), "{bad}");
        }
        let id: ModelId = "openrouter/meta/llama-4:free".parse().unwrap();
        assert_eq!(
            (id.provider(), id.model(), id.as_str()),
            ("openrouter", "meta/llama-4:free", "openrouter/meta/llama-4:free")
        );
    }
}
