//! Where the providers of the table describe their APIs. Apart from the rows, so that these stay a line each.

use crate::{Provider, Quirk};

/// Every provider with a quirk is here: the page is where the quirk can be looked up.
const PAGES: &[(&str, &str)] = &[
    ("aihubmix", "https://docs.aihubmix.com"),
    ("anthropic", "https://docs.anthropic.com/en/api/messages"),
    ("baseten", "https://docs.baseten.co/development/model-apis/overview"),
    ("bigmodel", "https://docs.bigmodel.cn"),
    ("cerebras", "https://inference-docs.cerebras.ai/models/overview"),
    ("codestral", "https://docs.mistral.ai/api/"),
    ("dashscope", "https://www.alibabacloud.com/help/en/model-studio/models"),
    ("dashscope_us", "https://www.alibabacloud.com/help/en/model-studio/models"),
    ("datarobot", "https://docs.datarobot.com/en/docs/gen-ai/genai-code/dr-llm-gateway.html"),
    ("deepinfra", "https://deepinfra.com/models"),
    ("deepseek", "https://platform.deepseek.com/api-docs/pricing"),
    ("fireworks", "https://fireworks.ai/docs/"),
    ("friendliai", "https://friendli.ai/docs/guides/serverless_endpoints/introduction"),
    ("gemini", "https://ai.google.dev/gemini-api/docs"),
    ("github", "https://docs.github.com/en/github-models"),
    ("groq", "https://console.groq.com/docs/models"),
    ("helicone", "https://helicone.ai/models"),
    ("huggingface", "https://huggingface.co/docs/inference-providers"),
    ("inception", "https://platform.inceptionlabs.ai/docs"),
    ("lmstudio", "https://lmstudio.ai/models"),
    ("meta_llama", "https://llama.developer.meta.com/docs/models"),
    ("minimax", "https://platform.minimax.io/docs/guides/quickstart"),
    ("minimax_anthropic", "https://platform.minimax.io/docs/api-reference/text-anthropic-api"),
    ("mistral", "https://docs.mistral.ai/getting-started/models/"),
    ("modelscope", "https://modelscope.cn/docs/model-service/API-Inference/intro"),
    ("moonshot", "https://platform.moonshot.ai/docs/api/chat"),
    ("morph", "https://docs.morphllm.com/api-reference/introduction"),
    ("nano-gpt", "https://docs.nano-gpt.com"),
    ("nebius", "https://docs.tokenfactory.nebius.com/"),
    ("novita", "https://novita.ai/docs/guides/introduction"),
    ("nvidia_nim", "https://docs.api.nvidia.com/nim/"),
    ("ollama_cloud", "https://docs.ollama.com/cloud"),
    ("openai", "https://platform.openai.com/docs/models"),
    ("openrouter", "https://openrouter.ai/docs/use-cases/reasoning-tokens"),
    ("ovhcloud", "https://www.ovhcloud.com/en/public-cloud/ai-endpoints/catalog/"),
    ("perplexity", "https://docs.perplexity.ai"),
    ("poe", "https://creator.poe.com/docs/external-applications/openai-compatible-api"),
    ("qwencloud", "https://www.alibabacloud.com/help/en/model-studio/models"),
    ("sarvam", "https://docs.sarvam.ai/api-reference/authentication"),
    ("scaleway", "https://www.scaleway.com/en/docs/generative-apis/"),
    ("streamlake", "https://streamlake.ai/document/DOC/mg6k6nlp8j6qxicx4c9"),
    ("together", "https://docs.together.ai/docs/serverless-models"),
    ("veniceai", "https://docs.venice.ai"),
    (
        "vercel_ai_gateway",
        "https://vercel.com/docs/ai-gateway/sdks-and-apis/openai-chat-completions/reasoning",
    ),
    ("vllm", "https://docs.vllm.ai/en/stable/examples/basic/online_serving/"),
    ("wandb", "https://docs.wandb.ai/api-reference/inference/inference-get"),
    ("xai", "https://docs.x.ai/docs/models"),
    ("xiaomi_mimo", "https://platform.xiaomimimo.com/docs/en-US/quick-start/first-api-call"),
    ("zai", "https://docs.z.ai/guides/capabilities/thinking-mode"),
    ("zai_coding_plan", "https://docs.z.ai/devpack/overview"),
];

const QUIRKS: &[Quirk] = &[
    Quirk::MaxCompletionTokens,
    Quirk::RequiredIsAny,
    Quirk::RandomSeed,
    Quirk::ReasoningContent,
    Quirk::ReasoningDetails,
];

impl Provider {
    /// The page where the built-in provider of this id describes its API or its models, where one is known.
    ///
    /// ```
    /// # use toolgate_llm_providers::Catalogue;
    /// let catalogue = Catalogue::builtin();
    /// assert_eq!(catalogue.provider("groq")?.documentation(), Some("https://console.groq.com/docs/models"));
    /// # Ok::<(), toolgate_llm_providers::ProviderError>(())
    /// ```
    #[must_use]
    pub fn documentation(&self) -> Option<&'static str> {
        PAGES.iter().find(|(id, _)| *id == self.id()).map(|(_, page)| *page)
    }

    /// Where it deviates from its dialect.
    pub fn quirks(&self) -> impl Iterator<Item = Quirk> {
        QUIRKS.iter().copied().filter(|quirk| self.has(*quirk))
    }
}

#[cfg(test)]
mod tests {
    use super::super::ROWS;
    use super::*;
    use crate::Catalogue;

    #[test]
    fn the_pages_are_in_order_and_each_belongs_to_a_row() {
        assert!(PAGES.is_sorted_by(|(one, _), (next, _)| one < next));
        for (id, page) in PAGES {
            assert!(ROWS.iter().any(|(row, ..)| row == id), "{id}");
            assert!(page.starts_with("https://"), "{page}");
        }
    }

    #[test]
    fn every_quirk_of_a_row_is_listed_and_can_be_looked_up() {
        for (id, _, _, _, quirks) in ROWS.iter().filter(|(.., quirks)| !quirks.is_empty()) {
            let provider = Catalogue::builtin().provider(id).unwrap().clone();
            assert_eq!(provider.quirks().count(), quirks.len(), "{id}");
            assert!(provider.documentation().is_some(), "{id}");
        }
    }
}
