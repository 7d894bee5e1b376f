//! Where the providers of the table describe their APIs. Apart from the rows, so that these stay a line each.

use crate::Provider;

/// Every provider with a quirk is here: the page is where the quirk can be looked up.
const PAGES: &[(&str, &str)] = &[
    ("aihubmix", "https://docs.aihubmix.com"),
    ("aiml", "https://docs.aimlapi.com/"),
    ("amazon_nova", "https://nova.amazon.com/dev/documentation"),
    ("anthropic", "https://docs.anthropic.com/en/api/messages"),
    ("aphrodite", "https://aphrodite.pygmalion.chat"),
    ("azure", "https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle"),
    ("azure_ai", "https://learn.microsoft.com/azure/ai-foundry/foundry-models/concepts/endpoints"),
    (
        "azure_anthropic",
        "https://learn.microsoft.com/azure/ai-foundry/foundry-models/how-to/use-foundry-models-claude",
    ),
    ("azure_responses", "https://learn.microsoft.com/azure/ai-foundry/openai/how-to/responses"),
    ("baichuan", "https://platform.baichuan-ai.com/docs/api"),
    ("baseten", "https://docs.baseten.co/development/model-apis/overview"),
    ("bedrock", "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html"),
    (
        "bedrock_anthropic",
        "https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html",
    ),
    ("bedrock_mantle", "https://docs.aws.amazon.com/bedrock/latest/userguide/bedrock-mantle.html"),
    ("bedrock_mantle_responses", "https://docs.aws.amazon.com/bedrock/latest/userguide/bedrock-mantle.html"),
    ("bigmodel", "https://docs.bigmodel.cn"),
    ("bigmodel_anthropic", "https://docs.bigmodel.cn/cn/guide/develop/claude"),
    ("byteplus", "https://docs.byteplus.com/en/docs/ModelArk/1494384"),
    ("cerebras", "https://inference-docs.cerebras.ai/resources/openai"),
    ("chutes", "https://chutes.ai/docs"),
    ("clarifai", "https://docs.clarifai.com/compute/inference/open-ai"),
    ("clf_ai_gateway", "https://clfaigateway.dev/models"),
    ("cloudflare", "https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility/"),
    ("codestral", "https://docs.mistral.ai/api/"),
    ("cognition", "https://docs.devin.ai"),
    ("cohere", "https://docs.cohere.com/reference/chat"),
    ("cometapi", "https://www.cometapi.com/model/"),
    ("compactifai", "https://docs.compactif.ai/"),
    ("cortecs", "https://docs.cortecs.ai/routing/prompt-caching"),
    ("crusoe", "https://docs.crusoecloud.com/managed-inference/overview"),
    ("dashscope", "https://www.alibabacloud.com/help/en/model-studio/models"),
    ("dashscope_us", "https://www.alibabacloud.com/help/en/model-studio/models"),
    (
        "databricks",
        "https://docs.databricks.com/aws/en/machine-learning/model-serving/score-foundation-models",
    ),
    ("datarobot", "https://docs.datarobot.com/en/docs/gen-ai/genai-code/dr-llm-gateway.html"),
    ("deepinfra", "https://deepinfra.com/models"),
    ("deepseek", "https://api-docs.deepseek.com/api/create-chat-completion"),
    ("deepseek_anthropic", "https://api-docs.deepseek.com/guides/anthropic_api"),
    ("docker_model_runner", "https://docs.docker.com/ai/model-runner/api-reference"),
    ("doubleword", "https://docs.doubleword.ai"),
    ("edenai", "https://docs.edenai.co"),
    ("empiriolabs", "https://docs.empiriolabs.ai"),
    ("featherless_ai", "https://featherless.ai/docs/quickstart-guide"),
    ("fireworks", "https://docs.fireworks.ai/guides/function-calling"),
    ("friendliai", "https://friendli.ai/docs/guides/serverless_endpoints/introduction"),
    ("friendliai_dedicated", "https://friendli.ai/docs/guides/dedicated_endpoints/introduction"),
    ("gdc", "https://cloud.google.com/distributed-cloud/hosted/docs/latest/gdch/gemini/gemini-capabilities"),
    ("gemini", "https://ai.google.dev/gemini-api/docs"),
    ("gigachat", "https://developers.sber.ru/docs/ru/gigachat/api/reference/rest/post-chat"),
    ("glama", "https://glama.ai/gateway"),
    ("gmi", "https://docs.gmicloud.ai/inference-engine/api-reference/llm-api-reference"),
    ("gpt4all", "https://docs.gpt4all.io/gpt4all_api_server/home.html"),
    (
        "gradient_ai",
        "https://docs.digitalocean.com/products/gradient-ai-platform/how-to/use-serverless-inference",
    ),
    ("groq", "https://console.groq.com/docs/openai"),
    ("helicone", "https://helicone.ai/models"),
    ("heroku", "https://devcenter.heroku.com/articles/heroku-inference-api-v1-chat-completions"),
    ("huggingface", "https://huggingface.co/docs/inference-providers"),
    ("huggingface_endpoints", "https://huggingface.co/docs/inference-endpoints"),
    ("hunyuan", "https://cloud.tencent.com/document/product/1823/132252"),
    ("inception", "https://platform.inceptionlabs.ai/docs"),
    ("inference_net", "https://docs.inference.net"),
    ("io_intelligence", "https://docs.io.net/reference/ai-models"),
    ("ionos", "https://docs.ionos.com/cloud/ai/ai-model-hub"),
    ("jan", "https://jan.ai/docs/api-server"),
    ("kimi_coding", "https://www.kimi.com/coding/docs/"),
    ("koboldcpp", "https://github.com/LostRuins/koboldcpp/wiki"),
    ("kyma", "https://docs.kymaapi.com"),
    ("lemonade", "https://lemonade-server.ai/docs/server/server_spec/"),
    ("libertai", "https://docs.libertai.io/apis/text/"),
    ("lingyiwanwu", "https://platform.lingyiwanwu.com/docs"),
    ("litellm_proxy", "https://docs.litellm.ai/docs/simple_proxy"),
    ("llamacpp", "https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md"),
    ("llamafile", "https://github.com/mozilla-ai/llamafile"),
    ("lmdeploy", "https://lmdeploy.readthedocs.io/en/latest/llm/api_server.html"),
    ("lmstudio", "https://lmstudio.ai/models"),
    ("localai", "https://localai.io/features/text-generation/"),
    ("meta", "https://dev.meta.ai/docs"),
    ("minimax", "https://platform.minimax.io/docs/guides/quickstart"),
    ("minimax_anthropic", "https://platform.minimax.io/docs/api-reference/text-anthropic-api"),
    ("minimax_cn", "https://platform.minimaxi.com/docs/guides/quickstart"),
    ("mistral", "https://docs.mistral.ai/api/"),
    ("mlx_lm", "https://github.com/ml-explore/mlx-lm/blob/main/mlx_lm/SERVER.md"),
    ("modelscope", "https://modelscope.cn/docs/model-service/API-Inference/intro"),
    ("moonshot", "https://platform.moonshot.ai/docs/api/chat"),
    ("moonshot_anthropic", "https://platform.moonshot.ai/docs/guide/agent-support"),
    ("moonshot_cn", "https://platform.moonshot.cn/docs/api/chat"),
    ("morph", "https://docs.morphllm.com/api-reference/introduction"),
    ("nano-gpt", "https://docs.nano-gpt.com"),
    ("nebius", "https://docs.tokenfactory.nebius.com/api-reference/introduction"),
    ("neosantara", "https://docs.neosantara.xyz"),
    ("nousresearch", "https://portal.nousresearch.com/api-docs"),
    ("novita", "https://novita.ai/docs/guides/introduction"),
    ("nscale", "https://docs.nscale.com/docs/inference/serverless-models/overview"),
    ("nvidia_nim", "https://docs.api.nvidia.com/nim/"),
    ("oci", "https://docs.oracle.com/en-us/iaas/Content/generative-ai/openai-compatible-api.htm"),
    ("ollama", "https://docs.ollama.com/api/chat"),
    ("ollama_cloud", "https://docs.ollama.com/cloud"),
    ("oobabooga", "https://github.com/oobabooga/text-generation-webui/wiki/12-%E2%80%90-OpenAI-API"),
    ("openai", "https://platform.openai.com/docs/api-reference/chat/create"),
    ("openai_responses", "https://platform.openai.com/docs/api-reference/responses/create"),
    ("opencode_go", "https://opencode.ai/docs/go"),
    ("opencode_zen", "https://opencode.ai/docs/zen/"),
    ("openrouter", "https://openrouter.ai/docs/use-cases/reasoning-tokens"),
    ("openrouter_responses", "https://openrouter.ai/docs/api/reference/responses/overview"),
    ("ovhcloud", "https://www.ovhcloud.com/en/public-cloud/ai-endpoints/catalog/"),
    ("parasail", "https://docs.parasail.io/parasail-docs/"),
    ("perplexity", "https://docs.perplexity.ai/api-reference/chat-completions-post"),
    ("poe", "https://creator.poe.com/docs/external-applications/openai-compatible-api"),
    ("pollinations", "https://github.com/pollinations/pollinations/blob/master/APIDOCS.md"),
    ("portkey", "https://portkey.ai/docs/api-reference/inference-api/headers"),
    ("ppio", "https://ppio.com/docs/model/llm"),
    ("qianfan", "https://cloud.baidu.com/doc/qianfan-api/s/3m9b5lqft"),
    ("qwencloud", "https://www.alibabacloud.com/help/en/model-studio/models"),
    ("ragflow", "https://ragflow.io/docs/dev/http_api_reference"),
    ("ramalama", "https://github.com/containers/ramalama"),
    ("redpill", "https://docs.redpill.ai"),
    ("reka", "https://developer.reka.ai/models"),
    ("replicate", "https://replicate.com/docs/topics/predictions/create-a-prediction"),
    ("requesty", "https://docs.requesty.ai"),
    ("runpod", "https://docs.runpod.io/serverless/vllm/openai-compatibility"),
    (
        "sagemaker",
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithResponseStream.html",
    ),
    (
        "sagemaker_openai",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-openai-compatible.html",
    ),
    ("sambanova", "https://docs.sambanova.ai/docs"),
    ("sarvam", "https://docs.sarvam.ai/api-reference/authentication"),
    ("scaleway", "https://www.scaleway.com/en/docs/generative-apis/"),
    ("sglang", "https://docs.sglang.ai/basic_usage/openai_api_completions.html"),
    ("siliconflow", "https://docs.siliconflow.com/en/api-reference/chat-completions/chat-completions"),
    ("siliconflow_cn", "https://docs.siliconflow.cn/cn/api-reference/chat-completions/chat-completions"),
    ("snowflake", "https://docs.snowflake.com/en/user-guide/snowflake-cortex/open_ai_sdk"),
    ("stepfun", "https://platform.stepfun.com/docs/api-reference/chat/chat-completion-create"),
    ("streamlake", "https://streamlake.ai/document/DOC/mg6k6nlp8j6qxicx4c9"),
    ("synthetic", "https://synthetic.new/pricing"),
    ("tabbyapi", "https://github.com/theroyallab/tabbyAPI/wiki"),
    ("tencent", "https://cloud.tencent.com/document/product/1823/130050"),
    ("text_generation_inference", "https://huggingface.co/docs/text-generation-inference/messages_api"),
    ("tinfoil", "https://docs.tinfoil.sh"),
    ("together", "https://docs.together.ai/reference/chat-completions-1"),
    ("upstage", "https://console.upstage.ai/api/chat"),
    ("veniceai", "https://docs.venice.ai"),
    (
        "vercel_ai_gateway",
        "https://vercel.com/docs/ai-gateway/sdks-and-apis/openai-chat-completions/reasoning",
    ),
    ("vertex_ai", "https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference"),
    ("vertex_ai_ai21", "https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/ai21"),
    (
        "vertex_ai_anthropic",
        "https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude",
    ),
    (
        "vertex_ai_endpoint",
        "https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/call-gemini-using-openai-library",
    ),
    ("vertex_ai_global", "https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference"),
    ("vertex_ai_mistral", "https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/mistral"),
    ("vertex_ai_openai", "https://cloud.google.com/vertex-ai/generative-ai/docs/start/openai"),
    ("vllm", "https://docs.vllm.ai/en/stable/examples/basic/online_serving/"),
    ("volcengine", "https://www.volcengine.com/docs/82379/1330310"),
    ("vultr", "https://api.vultrinference.com/"),
    ("wandb", "https://docs.wandb.ai/api-reference/inference/inference-get"),
    ("watsonx", "https://cloud.ibm.com/apidocs/watsonx-ai#text-chat"),
    ("watsonx_gateway", "https://www.ibm.com/docs/en/watsonx/saas?topic=models-model-gateway"),
    ("writer", "https://dev.writer.com/api-reference/completion-api/chat-completion"),
    ("xai", "https://docs.x.ai/docs/guides/reasoning"),
    ("xai_responses", "https://docs.x.ai/docs/api-reference"),
    ("xiaomi_mimo", "https://platform.xiaomimimo.com/docs/en-US/quick-start/first-api-call"),
    ("xinference", "https://inference.readthedocs.io/en/latest/user_guide/client_api.html"),
    ("zai", "https://docs.z.ai/api-reference/llm/chat-completion"),
    ("zai_anthropic", "https://docs.z.ai/scenario-example/develop-tools/claude"),
    ("zai_coding_plan", "https://docs.z.ai/devpack/overview"),
];

impl Provider {
    /// The page where the built-in provider of this id describes its API or its models, where one is known.
    ///
    /// ```
    /// # use toolgate_llm_providers::Catalogue;
    /// let catalogue = Catalogue::builtin();
    /// assert_eq!(catalogue.provider("groq")?.documentation(), Some("https://console.groq.com/docs/openai"));
    /// # Ok::<(), toolgate_llm_providers::ProviderError>(())
    /// ```
    #[must_use]
    pub fn documentation(&self) -> Option<&'static str> {
        PAGES.iter().find(|(id, _)| *id == self.id()).map(|(_, page)| *page)
    }
}

#[cfg(test)]
mod tests {
    use super::super::all;
    use super::*;
    use crate::Catalogue;

    #[test]
    fn the_pages_are_in_order_and_each_belongs_to_a_row() {
        assert!(PAGES.is_sorted_by(|(one, _), (next, _)| one < next));
        for (id, page) in PAGES {
            assert!(all().any(|(row, ..)| row == id), "{id}");
            assert!(page.starts_with("https://"), "{page}");
        }
    }

    #[test]
    fn every_quirk_can_be_looked_up() {
        for provider in Catalogue::builtin().iter().filter(|provider| provider.quirks().next().is_some()) {
            assert!(provider.documentation().is_some(), "{}", provider.id());
        }
    }
}
