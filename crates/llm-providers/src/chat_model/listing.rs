//! Which models a provider lists: the question that tries a key and costs nothing.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Uri};
use serde_json::Value;
use toolgate_http_client::SendOptions;

use super::ChatModel;
use crate::access::JSON;
use crate::{ErrorKind, ProviderError};

/// Long enough for a list of thousands.
const TOTAL: Duration = Duration::from_secs(20);

impl ChatModel {
    /// The models that the provider lists for this key, as it spells them; `None` where it keeps no such list. Costs
    /// nothing. Of very long lists it is the beginning: that a model is missing proves little.
    ///
    /// # Errors
    /// [`ProviderError`], as [`chat`](Self::chat): of kind [`Authentication`](ErrorKind::Authentication) when the key is
    /// refused.
    ///
    /// # Cancel safety
    /// Dropping the future abandons the request.
    pub async fn listed(&self) -> Result<Option<Vec<String>>, ProviderError> {
        let Some(path) = self.provider().dialect().format().models_path else { return Ok(None) };
        let url: Uri = format!("{}{path}", self.provider().base_url()).parse().map_err(|_| {
            self.provider().error(ErrorKind::Configuration, "the base URL leads to no list of models")
        })?;
        let send = SendOptions::default().with_total(TOTAL).with_repeatable(true);
        let mut request = self.access.request(&url, JSON, send, Bytes::new());
        *request.method_mut() = Method::GET;
        request.headers_mut().remove(CONTENT_TYPE);
        match self.access.send(request).await {
            Ok((_, body)) => Ok(names(&self.access.whole(body).await?)),
            // Not found, not allowed, not implemented: there is no such list.
            Err(error) if matches!(error.status(), Some(404 | 405 | 501)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The names in a reply: under `data` as OpenAI and Anthropic have it, under `models` as Gemini, Cohere and Ollama, or in a bare
/// array.
fn names(body: &[u8]) -> Option<Vec<String>> {
    let reply: Value = serde_json::from_slice(body).ok()?;
    let list = reply.get("data").or_else(|| reply.get("models")).unwrap_or(&reply);
    let entries = list.as_array()?;
    let name = |entry: &Value| {
        let name = entry.get("id").or_else(|| entry.get("name"))?.as_str()?;
        Some(name.strip_prefix("models/").unwrap_or(name).to_owned())
    };
    Some(entries.iter().filter_map(name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_every_make_are_read() {
        for (body, expected) in [
            (r#"{"object":"list","data":[{"id":"gpt-5.2"},{"id":"o4"}]}"#, Some(vec!["gpt-5.2", "o4"])),
            (r#"{"data":[{"type":"model","id":"claude-x"}],"has_more":false}"#, Some(vec!["claude-x"])),
            (r#"{"models":[{"name":"models/gemini-3-pro"}]}"#, Some(vec!["gemini-3-pro"])),
            (r#"{"models":[{"name":"command-a"},{"odd":1}]}"#, Some(vec!["command-a"])),
            (r#"{"models":[{"name":"qwen3:latest","model":"qwen3:latest"}]}"#, Some(vec!["qwen3:latest"])),
            (r#"[{"id":"meta/llama"}]"#, Some(vec!["meta/llama"])),
            ("<html>", None),
            ("{}", None),
        ] {
            let found = names(body.as_bytes());
            assert_eq!(found, expected.map(|names| names.into_iter().map(str::to_owned).collect()), "{body}");
        }
    }
}
