//! Where the providers of the table describe their APIs. Apart from the rows, so that these stay a line each.

use crate::{Provider, Quirk};

/// Every provider with a quirk is here: the page is where the quirk can be looked up.
const PAGES: &[(&str, &str)] = &[
    ("aihubmix", "https://docs.aihubmix.com"),
    ("aiml", "https://docs.aimlapi.com/"),
    ("amazon_nova", "https://nova.amazon.com/dev/documentation"),
    ("anthropic", "https://docs.anthropic.com/en/api/messages"),
    ("baseten", "https://docs.baseten.co/development/model-apis/overview"),
    ("bedrock", "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html"),
    ("bedrock_mantle", "https://docs.aws.amazon.com/bedrock/latest/userguide/bedrock-mantle.html"),
    ("bigmodel", "https://docs.bigmodel.cn"),
    ("cerebras", "https://inference-docs.cerebras.ai/models/overview"),
    ("chutes", "https://chutes.ai/docs"),
    ("clarifai", "https://docs.clarifai.com/compute/inference/open-ai"),
    ("clf_ai_gateway", "https://clfaigateway.dev/models"),
    ("codestral", "https://docs.mistral.ai/api/"),
    ("cognition", "https://docs.devin.ai"),
    ("cometapi", "https://www.cometapi.com/model/"),
    ("compactifai", "https://docs.compactif.ai/"),
    ("cortecs", "https://docs.cortecs.ai/routing/prompt-caching"),
    ("crusoe", "https://docs.crusoecloud.com/managed-inference/overview"),
    ("dashscope", "https://www.alibabacloud.com/help/en/model-studio/models"),
    ("dashscope_us", "https://www.alibabacloud.com/help/en/model-studio/models"),
    ("datarobot", "https://docs.datarobot.com/en/docs/gen-ai/genai-code/dr-llm-gateway.html"),
    ("deepinfra", "https://deepinfra.com/models"),
    ("deepseek", "https://api-docs.deepseek.com/guides/thinking_mode"),
    ("doubleword", "https://docs.doubleword.ai"),
    ("edenai", "https://docs.edenai.co"),
    ("empiriolabs", "https://docs.empiriolabs.ai"),
    ("featherless_ai", "https://featherless.ai/docs/quickstart-guide"),
    ("fireworks", "https://docs.fireworks.ai/guides/function-calling"),
    ("friendliai", "https://friendli.ai/docs/guides/serverless_endpoints/introduction"),
    ("gemini", "https://ai.google.dev/gemini-api/docs"),
    ("github", "https://docs.github.com/en/github-models"),
    ("gmi", "https://docs.gmicloud.ai/inference-engine/api-reference/llm-api-reference"),
    ("gradient_ai", "https://docs.digitalocean.com/products/gradient-ai-platform/details/models/"),
    ("groq", "https://console.groq.com/docs/models"),
    ("helicone", "https://helicone.ai/models"),
    ("huggingface", "https://huggingface.co/docs/inference-providers"),
    ("inception", "https://platform.inceptionlabs.ai/docs"),
    ("kyma", "https://docs.kymaapi.com"),
    ("libertai", "https://docs.libertai.io/apis/text/"),
    ("lmstudio", "https://lmstudio.ai/models"),
    ("meta", "https://dev.meta.ai/docs"),
    ("meta_llama", "https://llama.developer.meta.com/docs/models"),
    ("minimax", "https://platform.minimax.io/docs/guides/quickstart"),
    ("minimax_anthropic", "https://platform.minimax.io/docs/api-reference/text-anthropic-api"),
    ("mistral", "https://docs.mistral.ai/api/"),
    ("modelscope", "https://modelscope.cn/docs/model-service/API-Inference/intro"),
    ("moonshot", "https://platform.moonshot.ai/docs/api/chat"),
    ("morph", "https://docs.morphllm.com/api-reference/introduction"),
    ("nano-gpt", "https://docs.nano-gpt.com"),
    ("nebius", "https://docs.tokenfactory.nebius.com/"),
    ("neosantara", "https://docs.neosantara.xyz"),
    ("novita", "https://novita.ai/docs/guides/introduction"),
    ("nscale", "https://docs.nscale.com/docs/inference/serverless-models/overview"),
    ("nvidia_nim", "https://docs.api.nvidia.com/nim/"),
    ("ollama_cloud", "https://docs.ollama.com/cloud"),
    ("openai", "https://platform.openai.com/docs/api-reference/chat/create"),
    ("openai_responses", "https://platform.openai.com/docs/api-reference/responses/create"),
    ("opencode_go", "https://opencode.ai/docs/go"),
    ("openrouter", "https://openrouter.ai/docs/use-cases/reasoning-tokens"),
    ("openrouter_responses", "https://openrouter.ai/docs/api/reference/responses/overview"),
    ("ovhcloud", "https://www.ovhcloud.com/en/public-cloud/ai-endpoints/catalog/"),
    ("parasail", "https://docs.parasail.io/parasail-docs/"),
    ("perplexity", "https://docs.perplexity.ai"),
    ("poe", "https://creator.poe.com/docs/external-applications/openai-compatible-api"),
    ("qwencloud", "https://www.alibabacloud.com/help/en/model-studio/models"),
    ("reka", "https://developer.reka.ai/models"),
    ("sambanova", "https://docs.sambanova.ai/docs"),
    ("sarvam", "https://docs.sarvam.ai/api-reference/authentication"),
    ("scaleway", "https://www.scaleway.com/en/docs/generative-apis/"),
    ("streamlake", "https://streamlake.ai/document/DOC/mg6k6nlp8j6qxicx4c9"),
    ("synthetic", "https://synthetic.new/pricing"),
    ("tencent", "https://cloud.tencent.com/document/product/1823/130050"),
    ("together", "https://docs.together.ai/docs/serverless-models"),
    ("veniceai", "https://docs.venice.ai"),
    (
        "vercel_ai_gateway",
        "https://vercel.com/docs/ai-gateway/sdks-and-apis/openai-chat-completions/reasoning",
    ),
    ("vllm", "https://docs.vllm.ai/en/stable/examples/basic/online_serving/"),
    ("volcengine", "https://www.volcengine.com/docs/82379/1330310"),
    ("wandb", "https://docs.wandb.ai/api-reference/inference/inference-get"),
    ("xai", "https://docs.x.ai/docs/models"),
    ("xai_responses", "https://docs.x.ai/docs/api-reference"),
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
    Quirk::NoStreamOptions,
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
