//! Providers that are known and have no row yet, each with the reason, so that none is missing in silence.

use crate::Catalogue;

const AGENT: &str = "an agent's own protocol: no messages, tools or options of a model";
const FIM: &str = "fills in the middle of code: a prompt and a suffix, no messages";
const TEXT_COMPLETION: &str = "text completion: a prompt, no messages, no tools";

/// By id, in the order of its bytes; a slash parts a variant from its provider.
const UNSUPPORTED: &[(&str, &str)] = &[
    ("a2a", "speaks the agent-to-agent protocol, which is no model's API"),
    ("aleph-alpha", "speaks its own text completion: no chat messages, no tools"),
    ("anthropic_text", "text completion, which `anthropic` has replaced by messages"),
    ("anyscale", "legacy endpoint, kept by other clients for old configurations only"),
    ("azure_ai/agents", AGENT),
    ("azure_text", TEXT_COMPLETION),
    ("bedrock/agent", AGENT),
    ("bedrock/agentcore", AGENT),
    (
        "bedrock/invoke",
        "takes each model's own body: Claude's is `bedrock_anthropic`, Converse is the one form for all",
    ),
    ("bedrock/invoke-mistral", "signs with SigV4 and takes a text prompt; Converse is the one form for all"),
    ("chatgpt", "a subscription's device login, and OpenAI responses"),
    ("cohere/v1", "speaks Cohere's v1 chat, which v2 has replaced"),
    ("custom", "another client's own text completion protocol"),
    ("custom_openai", "is no provider: add your server as a provider of your own"),
    ("databricks_agent", AGENT),
    ("fal_ai", "image models behind their own dialect: one image in each request, no system text"),
    ("github", "GitHub Models, which GitHub ended on 30 July 2026"),
    (
        "github_copilot",
        "no public API: tokens are for applications that GitHub knows, from an internal endpoint; it refuses personal ones",
    ),
    ("lambda_ai", "an API for inference that Lambda ended on 25 September 2025"),
    ("langflow", AGENT),
    ("langgraph", AGENT),
    ("meta_llama", "a preview that Meta ended in July 2026"),
    (
        "microsoft_365_copilot",
        "a conversation API of Microsoft Graph with Entra tokens: no tools, no options",
    ),
    ("nlp_cloud", "speaks its own text generation: one text, no messages"),
    ("oci/cohere", "Oracle's own body, and an RSA signature; `oci` has the models of its chat completions"),
    ("petals", "text completion in a Python process"),
    ("sagemaker/text", TEXT_COMPLETION),
    (
        "sap",
        "an orchestration whose messages are templates; how text with `{{?` in it is sent as it stands is not documented",
    ),
    ("scaledown", "extracts by a schema; it takes no conversation"),
    ("text-completion-codestral", FIM),
    ("text-completion-inception", FIM),
    ("text-completion-openai", TEXT_COMPLETION),
    ("triton", "speaks Triton's generate and infer: tensors and prompts, no messages"),
    ("vertex_ai/agent_engine", AGENT),
    ("watsonx_text", TEXT_COMPLETION),
];

impl Catalogue {
    /// Providers that have no row yet: the id, and what stands in the way.
    ///
    /// ```
    /// # use toolgate_llm_providers::Catalogue;
    /// let (_, reason) = Catalogue::unsupported().find(|(id, _)| *id == "triton").unwrap();
    /// assert_eq!(reason, "speaks Triton's generate and infer: tensors and prompts, no messages");
    /// ```
    pub fn unsupported() -> impl Iterator<Item = (&'static str, &'static str)> {
        UNSUPPORTED.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::super::all;
    use super::*;

    #[test]
    fn no_provider_is_supported_and_not() {
        assert!(UNSUPPORTED.is_sorted_by(|(one, _), (next, _)| one < next));
        for (id, reason) in UNSUPPORTED {
            assert!(all().all(|(row, ..)| row != id), "{id}");
            assert!(!reason.is_empty(), "{id}");
        }
    }

    #[test]
    fn as_many_are_known_as_promised() {
        let rows = all().count();
        assert!(rows >= 150, "{rows} rows");
        assert!(rows + UNSUPPORTED.len() >= 150, "{} known", rows + UNSUPPORTED.len());
    }
}
