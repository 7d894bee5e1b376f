//! What a person sets to use the rig: where its servers are, the demo's client, and keys of the scripted models.

use super::Rig;
use crate::models::Keys;

impl Rig {
    /// The variables that a client of these servers needs. The model that is asked where none is named is `gpt-rig`.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let keys = Keys::default();
        let (openai, other) = (self.models.openai_base_url(), self.models.anthropic_base_url());
        let authority = self.ca_path.canonicalize().unwrap_or_else(|_| self.ca_path.clone());
        vec![
            ("TLS_CA_CERT_PATH", authority.display().to_string()),
            ("OAUTH_TOKEN_URL", self.token_url()),
            ("OAUTH_CLIENT_ID", "openai-mcp-client".to_owned()),
            ("OAUTH_CLIENT_SECRET", "openai-client-secret".to_owned()),
            ("MCP_SERVER_URL", self.mcp_url()),
            ("OPENAI_BASE_URL", openai.clone()),
            ("OPENAI_API_KEY", keys.openai.clone()),
            ("OPENAI_MODEL", "gpt-rig".to_owned()),
            ("OPENAI_RESPONSES_BASE_URL", openai),
            ("OPENAI_RESPONSES_API_KEY", keys.openai),
            ("ANTHROPIC_BASE_URL", other.clone()),
            ("ANTHROPIC_API_KEY", keys.anthropic),
            ("GEMINI_BASE_URL", self.models.gemini_base_url()),
            ("GEMINI_API_KEY", keys.gemini),
            ("COHERE_BASE_URL", other.clone()),
            ("COHERE_API_KEY", keys.cohere),
            ("MISTRAL_BASE_URL", self.models.mistral_base_url()),
            ("MISTRAL_API_KEY", keys.mistral),
            ("BEDROCK_BASE_URL", other.clone()),
            ("AWS_BEARER_TOKEN_BEDROCK", keys.bedrock),
            ("OLLAMA_BASE_URL", other),
        ]
    }
}
