//! The providers that this version knows: a line each.
//!
//! Environment variables follow from the id: `groq` reads `GROQ_API_KEY`, `GROQ_BASE_URL` and `GROQ_MODEL`. Where the
//! provider itself calls its key otherwise, `key_variables` says so. No row reads the variable of another.

mod documentation;
mod key_variables;
mod parameters;
mod quirks;
mod unsupported;

use self::quirks::{
    ALIBABA, ARK, AZURE, AZURE_RESPONSES, CEREBRAS, DEEPSEEK, GROQ, LLAMA_CPP, LM_STUDIO, MINIMAX, MISTRAL,
    MOONSHOT, OPENAI, OPENROUTER, PERPLEXITY, RESPONSES, SILICONFLOW, SNOWFLAKE, TOGETHER, UNSIGNED, XIAOMI,
    ZHIPU,
};
use super::Authentication::{
    ApiKey, Authorizer, Bearer, BearerIfGiven, XApiKey, XGoogApiKey, XPortkeyApiKey,
};
use super::Provider;
use super::provider::Row;
use super::quirk::Quirk::{
    AdaptiveSwitch, Base64Vectors, CallsAreThought, ClaudeThinking, InputTypePassage, InputTypeSearch,
    LetterFirst, MaxCompletionTokens, NoEmptyAnswers, NoNullContent, NoPenalties, NoStreamOptions, OneSystem,
    OnlyAutoTools, OnlyStreams, PositiveTemperature, Predict, Reasoning, ReasoningContent, ReasoningDetails,
    RequiredIsAny, SignedCalls, ThinkersMaxCompletionTokens, ThoughtSignature, ThoughtsByModel,
    ToolsOrThinking, TopPBelowOne, TypedAlternatives, TypedMembers, UnsignedThinking, WholeUrl,
};
use crate::Dialect::{
    AnthropicBedrock, AnthropicMessages, AnthropicVertex, BedrockConverse, CohereChat, GeminiGenerate,
    GigaChat, OllamaChat, OpenAiChat, OpenAiResponses, OpenAiVertex, ReplicatePrediction, SageMakerChat,
    WatsonxChat,
};

/// By id, in the order of its bytes.
const ROWS: &[Row] = &[
    ("abliteration", "https://api.abliteration.ai/v1", OpenAiChat, Bearer, &[]),
    ("ai21", "https://api.ai21.com/studio/v1", OpenAiChat, Bearer, &[]),
    ("aiand", "https://api.aiand.com/v1", OpenAiChat, Bearer, &[]),
    ("aihubmix", "https://aihubmix.com/v1", OpenAiChat, Bearer, &[]),
    ("aiml", "https://api.aimlapi.com/v1", OpenAiChat, Bearer, &[]),
    ("amazon_nova", "https://api.nova.amazon.com/v1", OpenAiChat, Bearer, &[]),
    ("anthropic", "https://api.anthropic.com", AnthropicMessages, XApiKey, &[]),
    ("apertis", "https://api.stima.tech/v1", OpenAiChat, Bearer, &[]),
    ("aphrodite", "http://localhost:2242/v1", OpenAiChat, BearerIfGiven, &[]),
    ("assemblyai", "https://llm-gateway.assemblyai.com/v1", OpenAiChat, Bearer, &[]),
    ("avian", "https://api.avian.io/v1", OpenAiChat, Bearer, &[]),
    ("azure", "https://{resource}.openai.azure.com/openai/v1", OpenAiChat, ApiKey, AZURE),
    (
        "azure_ai",
        "https://{resource}.services.ai.azure.com/openai/v1",
        OpenAiChat,
        ApiKey,
        &[ThinkersMaxCompletionTokens, ToolsOrThinking],
    ),
    (
        "azure_anthropic",
        "https://{resource}.services.ai.azure.com/anthropic",
        AnthropicMessages,
        XApiKey,
        &[],
    ),
    (
        "azure_responses",
        "https://{resource}.openai.azure.com/openai/v1",
        OpenAiResponses,
        ApiKey,
        AZURE_RESPONSES,
    ),
    ("baichuan", "https://api.baichuan-ai.com/v1", OpenAiChat, Bearer, &[]),
    ("baseten", "https://inference.baseten.co/v1", OpenAiChat, Bearer, &[]),
    ("bedrock", "https://bedrock-runtime.{region}.amazonaws.com", BedrockConverse, Bearer, &[]),
    ("bedrock_anthropic", "https://bedrock-runtime.{region}.amazonaws.com", AnthropicBedrock, Bearer, &[]),
    ("bedrock_mantle", "https://bedrock-mantle.{region}.api.aws/v1", OpenAiChat, Bearer, &[]),
    ("bigmodel", "https://open.bigmodel.cn/api/paas/v4", OpenAiChat, Bearer, ZHIPU),
    ("bigmodel_anthropic", "https://open.bigmodel.cn/api/anthropic", AnthropicMessages, XApiKey, UNSIGNED),
    ("byteplus", "https://ark.ap-southeast.bytepluses.com/api/v3", OpenAiChat, Bearer, ARK),
    ("bytez", "https://api.bytez.com/models/v2/openai/v1", OpenAiChat, Bearer, &[]),
    ("cerebras", "https://api.cerebras.ai/v1", OpenAiChat, Bearer, CEREBRAS),
    ("charity_engine", "https://api.charityengine.services/remotejobs/v2/inference", OpenAiChat, Bearer, &[]),
    ("chutes", "https://llm.chutes.ai/v1", OpenAiChat, Bearer, &[]),
    ("clarifai", "https://api.clarifai.com/v2/ext/openai/v1", OpenAiChat, Bearer, &[]),
    ("clf_ai_gateway", "https://api.clfaigateway.dev/v1", OpenAiChat, Bearer, &[]),
    (
        "cloudflare",
        "https://api.cloudflare.com/client/v4/accounts/{account_id}/ai/v1",
        OpenAiChat,
        Bearer,
        &[],
    ),
    ("codestral", "https://codestral.mistral.ai/v1", OpenAiChat, Bearer, MISTRAL),
    ("cognition", "https://api.cognition.ai/v1", OpenAiChat, Bearer, &[]),
    ("cohere", "https://api.cohere.com", CohereChat, Bearer, &[]),
    ("cometapi", "https://api.cometapi.com/v1", OpenAiChat, Bearer, &[]),
    ("compactifai", "https://api.compactif.ai/v1", OpenAiChat, Bearer, &[]),
    ("coralbricks", "https://inference.coralbricks.ai/v1", OpenAiChat, Bearer, &[]),
    ("cortecs", "https://api.cortecs.ai/v1", OpenAiChat, Bearer, &[]),
    ("crusoe", "https://api.inference.crusoecloud.com/v1", OpenAiChat, Bearer, &[]),
    ("darkbloom", "https://api.darkbloom.dev/v1", OpenAiChat, Bearer, &[]),
    ("dashscope", "https://dashscope.aliyuncs.com/compatible-mode/v1", OpenAiChat, Bearer, ALIBABA),
    ("dashscope_us", "https://dashscope-us.aliyuncs.com/compatible-mode/v1", OpenAiChat, Bearer, ALIBABA),
    (
        "databricks",
        "https://{workspace}/serving-endpoints",
        OpenAiChat,
        Bearer,
        &[NoStreamOptions, ClaudeThinking],
    ),
    ("datarobot", "https://app.datarobot.com/api/v2/genai/llmgw", OpenAiChat, Bearer, &[]),
    ("deepinfra", "https://api.deepinfra.com/v1/openai", OpenAiChat, Bearer, &[]),
    ("deepseek", "https://api.deepseek.com", OpenAiChat, Bearer, DEEPSEEK),
    ("deepseek_anthropic", "https://api.deepseek.com/anthropic", AnthropicMessages, XApiKey, UNSIGNED),
    ("docker_model_runner", "http://localhost:12434/engines/v1", OpenAiChat, BearerIfGiven, LLAMA_CPP),
    ("doubleword", "https://api.doubleword.ai/v1", OpenAiChat, Bearer, &[]),
    ("edenai", "https://api.edenai.run/v3", OpenAiChat, Bearer, &[]),
    ("empiriolabs", "https://api.empiriolabs.ai/v1", OpenAiChat, Bearer, &[]),
    ("empower", "https://app.empower.dev/api/v1", OpenAiChat, Bearer, &[]),
    ("featherless_ai", "https://api.featherless.ai/v1", OpenAiChat, Bearer, &[]),
    (
        "fireworks",
        "https://api.fireworks.ai/inference/v1",
        OpenAiChat,
        Bearer,
        &[RequiredIsAny, TypedMembers],
    ),
    ("friendliai", "https://api.friendli.ai/serverless/v1", OpenAiChat, Bearer, &[]),
    ("friendliai_dedicated", "https://api.friendli.ai/dedicated/v1", OpenAiChat, Bearer, &[]),
    ("galadriel", "https://api.galadriel.com/v1", OpenAiChat, Bearer, &[]),
    ("gdc", "https://{host}/v1/projects/{project}/locations/{location}", OpenAiChat, Bearer, &[]),
    (
        "gemini",
        "https://generativelanguage.googleapis.com/v1beta",
        GeminiGenerate,
        XGoogApiKey,
        &[NoPenalties],
    ),
    ("gigachat", "https://gigachat.devices.sberbank.ru/api/v1", GigaChat, Authorizer, &[]),
    ("glama", "https://gateway.glama.ai/v1", OpenAiChat, Bearer, &[]),
    ("gmi", "https://api.gmi-serving.com/v1", OpenAiChat, Bearer, &[]),
    ("gpt4all", "http://localhost:4891/v1", OpenAiChat, BearerIfGiven, &[]),
    ("gradient_ai", "https://inference.do-ai.run/v1", OpenAiChat, Bearer, &[]),
    ("groq", "https://api.groq.com/openai/v1", OpenAiChat, Bearer, GROQ),
    ("helicone", "https://ai-gateway.helicone.ai", OpenAiChat, Bearer, &[]),
    ("heroku", "https://{region}.inference.heroku.com/v1", OpenAiChat, Bearer, &[]),
    ("hostinger_router", "https://router.hostinger.com/v1", OpenAiChat, Bearer, &[]),
    ("huggingface", "https://router.huggingface.co/v1", OpenAiChat, Bearer, &[]),
    (
        "huggingface_endpoints",
        "https://{endpoint}.endpoints.huggingface.cloud/v1",
        OpenAiChat,
        Bearer,
        &[TopPBelowOne],
    ),
    ("hunyuan", "https://api.hunyuan.cloud.tencent.com/v1", OpenAiChat, Bearer, &[]),
    ("hyperbolic", "https://api.hyperbolic.xyz/v1", OpenAiChat, Bearer, &[]),
    ("inception", "https://api.inceptionlabs.ai/v1", OpenAiChat, Bearer, &[]),
    ("inference_net", "https://api.inference.net/v1", OpenAiChat, Bearer, &[]),
    ("inferenceapis", "https://api.inferenceapis.com/v1", OpenAiChat, Bearer, &[]),
    ("io_intelligence", "https://api.intelligence.io.solutions/api/v1", OpenAiChat, Bearer, &[]),
    ("ionos", "https://openai.inference.de-txl.ionos.com/v1", OpenAiChat, Bearer, &[]),
    ("jan", "http://localhost:1337/v1", OpenAiChat, BearerIfGiven, LLAMA_CPP),
    (
        "kimi_coding",
        "https://api.kimi.com/coding/v1",
        OpenAiChat,
        Bearer,
        &[ReasoningContent, CallsAreThought, TypedAlternatives, LetterFirst],
    ),
    ("koboldcpp", "http://localhost:5001/v1", OpenAiChat, BearerIfGiven, &[]),
    ("kyma", "https://kymaapi.com/v1", OpenAiChat, Bearer, &[]),
    ("lemonade", "http://localhost:13305/api/v1", OpenAiChat, BearerIfGiven, LLAMA_CPP),
    ("libertai", "https://api.libertai.io/v1", OpenAiChat, Bearer, &[]),
    ("lingyiwanwu", "https://api.lingyiwanwu.com/v1", OpenAiChat, Bearer, &[]),
    ("litellm_proxy", "http://localhost:4000/v1", OpenAiChat, BearerIfGiven, &[]),
    ("llamacpp", "http://localhost:8080/v1", OpenAiChat, BearerIfGiven, LLAMA_CPP),
    ("llamafile", "http://127.0.0.1:8080/v1", OpenAiChat, BearerIfGiven, LLAMA_CPP),
    ("llamagate", "https://api.llamagate.dev/v1", OpenAiChat, Bearer, &[]),
    ("lmdeploy", "http://localhost:23333/v1", OpenAiChat, BearerIfGiven, &[]),
    ("lmstudio", "http://localhost:1234/v1", OpenAiChat, BearerIfGiven, LM_STUDIO),
    ("localai", "http://localhost:8080/v1", OpenAiChat, BearerIfGiven, &[]),
    ("maritalk", "https://chat.maritaca.ai/api", OpenAiChat, Bearer, &[]),
    ("meta", "https://api.meta.ai/v1", OpenAiChat, Bearer, &[OnlyAutoTools]),
    ("minimax", "https://api.minimax.io/v1", OpenAiChat, Bearer, MINIMAX),
    (
        "minimax_anthropic",
        "https://api.minimax.io/anthropic",
        AnthropicMessages,
        XApiKey,
        &[UnsignedThinking, AdaptiveSwitch, PositiveTemperature],
    ),
    ("minimax_cn", "https://api.minimaxi.com/v1", OpenAiChat, Bearer, MINIMAX),
    ("mistral", "https://api.mistral.ai/v1", OpenAiChat, Bearer, MISTRAL),
    ("mistralrs", "http://localhost:1234/v1", OpenAiChat, BearerIfGiven, &[]),
    ("mlx_lm", "http://localhost:8080/v1", OpenAiChat, BearerIfGiven, &[OneSystem]),
    ("modelscope", "https://api-inference.modelscope.cn/v1", OpenAiChat, Bearer, &[OnlyStreams]),
    ("moonshot", "https://api.moonshot.ai/v1", OpenAiChat, Bearer, MOONSHOT),
    ("moonshot_anthropic", "https://api.moonshot.ai/anthropic", AnthropicMessages, Bearer, UNSIGNED),
    ("moonshot_cn", "https://api.moonshot.cn/v1", OpenAiChat, Bearer, MOONSHOT),
    ("morph", "https://api.morphllm.com/v1", OpenAiChat, Bearer, &[]),
    ("nadir", "https://api.getnadir.com/v1", OpenAiChat, Bearer, &[]),
    ("nano-gpt", "https://nano-gpt.com/api/v1", OpenAiChat, Bearer, &[]),
    ("nebius", "https://api.tokenfactory.nebius.com/v1", OpenAiChat, Bearer, &[]),
    ("neosantara", "https://api.neosantara.xyz/v1", OpenAiChat, Bearer, &[]),
    ("nousresearch", "https://inference-api.nousresearch.com/v1", OpenAiChat, Bearer, &[]),
    ("novita", "https://api.novita.ai/openai/v1", OpenAiChat, Bearer, &[]),
    ("nscale", "https://inference.api.nscale.com/v1", OpenAiChat, Bearer, &[]),
    ("nvidia_nim", "https://integrate.api.nvidia.com/v1", OpenAiChat, Bearer, &[InputTypePassage]),
    ("oci", "https://inference.generativeai.{region}.oci.oraclecloud.com/openai/v1", OpenAiChat, Bearer, &[]),
    ("ollama", "http://localhost:11434", OllamaChat, BearerIfGiven, &[]),
    ("ollama_cloud", "https://ollama.com", OllamaChat, Bearer, &[]),
    ("oobabooga", "http://localhost:5000/v1", OpenAiChat, BearerIfGiven, &[]),
    ("openai", "https://api.openai.com/v1", OpenAiChat, Bearer, OPENAI),
    ("openai_responses", "https://api.openai.com/v1", OpenAiResponses, Bearer, RESPONSES),
    ("opencode_go", "https://opencode.ai/zen/go/v1", OpenAiChat, Bearer, &[ThoughtsByModel]),
    ("opencode_zen", "https://opencode.ai/zen/v1", OpenAiChat, Bearer, &[ThoughtsByModel]),
    ("openinfer", "https://api.openinfer.ai/v1", OpenAiChat, Bearer, &[]),
    ("openrouter", "https://openrouter.ai/api/v1", OpenAiChat, Bearer, OPENROUTER),
    (
        "openrouter_responses",
        "https://openrouter.ai/api/v1",
        OpenAiResponses,
        Bearer,
        &[InputTypeSearch, Base64Vectors],
    ),
    ("ovhcloud", "https://oai.endpoints.kepler.ai.cloud.ovh.net/v1", OpenAiChat, Bearer, &[]),
    ("parasail", "https://api.parasail.io/v1", OpenAiChat, Bearer, &[]),
    ("perplexity", "https://api.perplexity.ai", OpenAiChat, Bearer, PERPLEXITY),
    ("pinstripes", "https://pinstripes.io/v1", OpenAiChat, Bearer, &[]),
    ("poe", "https://api.poe.com/v1", OpenAiChat, Bearer, &[]),
    ("pollinations", "https://gen.pollinations.ai/v1", OpenAiChat, Bearer, &[]),
    ("portkey", "https://api.portkey.ai/v1", OpenAiChat, XPortkeyApiKey, &[]),
    ("ppio", "https://api.ppio.com/openai/v1", OpenAiChat, Bearer, &[]),
    (
        "predibase",
        "https://serving.app.predibase.com/{tenant_id}/deployments/v2/llms/{deployment}/v1",
        OpenAiChat,
        Bearer,
        &[],
    ),
    ("prism", "https://api.prisminference.com/v1", OpenAiChat, Bearer, &[]),
    ("publicai", "https://api.publicai.co/v1", OpenAiChat, Bearer, &[]),
    ("qianfan", "https://qianfan.baidubce.com/v2", OpenAiChat, Bearer, &[]),
    ("qwencloud", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", OpenAiChat, Bearer, ALIBABA),
    ("ragflow", "http://localhost:9380/api/v1/chats_openai/{chat_id}", OpenAiChat, BearerIfGiven, &[]),
    ("ramalama", "http://localhost:8080/v1", OpenAiChat, BearerIfGiven, LLAMA_CPP),
    ("redpill", "https://api.redpill.ai/v1", OpenAiChat, Bearer, &[]),
    ("refuseless", "https://api.refuseless.com/v1", OpenAiChat, Bearer, &[]),
    ("reka", "https://api.reka.ai/v1", OpenAiChat, Bearer, &[]),
    ("replicate", "https://api.replicate.com/v1", ReplicatePrediction, Bearer, &[]),
    ("requesty", "https://router.requesty.ai/v1", OpenAiChat, Bearer, &[]),
    ("runpod", "https://api.runpod.ai/v2/{endpoint}/openai/v1", OpenAiChat, Bearer, &[]),
    ("sagemaker", "https://runtime.sagemaker.{region}.amazonaws.com", SageMakerChat, Authorizer, &[]),
    (
        "sagemaker_openai",
        "https://runtime.sagemaker.{region}.amazonaws.com/endpoints/{endpoint}/openai/v1",
        OpenAiChat,
        Bearer,
        &[],
    ),
    ("sail", "https://api.sailresearch.com/v1", OpenAiChat, Bearer, &[]),
    ("sambanova", "https://api.sambanova.ai/v1", OpenAiChat, Bearer, &[]),
    ("sarvam", "https://api.sarvam.ai/v1", OpenAiChat, Bearer, &[]),
    ("scaleway", "https://api.scaleway.ai/v1", OpenAiChat, Bearer, &[]),
    ("scx-ai", "https://api.scx.ai/v1", OpenAiChat, Bearer, &[]),
    ("sglang", "http://localhost:30000/v1", OpenAiChat, BearerIfGiven, &[ReasoningContent, OneSystem]),
    ("siliconflow", "https://api.siliconflow.com/v1", OpenAiChat, Bearer, SILICONFLOW),
    ("siliconflow_cn", "https://api.siliconflow.cn/v1", OpenAiChat, Bearer, SILICONFLOW),
    ("snowflake", "https://{account}.snowflakecomputing.com/api/v2/cortex/v1", OpenAiChat, Bearer, SNOWFLAKE),
    ("stepfun", "https://api.stepfun.com/v1", OpenAiChat, Bearer, &[]),
    (
        "streamlake",
        "https://vanchin.streamlake.ai/api/gateway/v1/endpoints",
        OpenAiChat,
        Bearer,
        &[MaxCompletionTokens],
    ),
    ("synthetic", "https://api.synthetic.new/openai/v1", OpenAiChat, Bearer, &[]),
    ("tabbyapi", "http://localhost:5000/v1", OpenAiChat, BearerIfGiven, &[]),
    ("tencent", "https://tokenhub-intl.tencentcloudmaas.com/v1", OpenAiChat, Bearer, &[]),
    ("tensormesh", "https://serverless.tensormesh.ai/v1", OpenAiChat, Bearer, &[]),
    ("text_generation_inference", "http://localhost:3000/v1", OpenAiChat, BearerIfGiven, &[TopPBelowOne]),
    ("tinfoil", "https://inference.tinfoil.sh/v1", OpenAiChat, Bearer, &[]),
    ("together", "https://api.together.ai/v1", OpenAiChat, Bearer, TOGETHER),
    ("upstage", "https://api.upstage.ai/v1", OpenAiChat, Bearer, &[]),
    ("v0", "https://api.v0.dev/v1", OpenAiChat, Bearer, &[]),
    (
        "veniceai",
        "https://api.venice.ai/api/v1",
        OpenAiChat,
        Bearer,
        &[ReasoningDetails, ThoughtSignature, NoEmptyAnswers],
    ),
    ("vercel_ai_gateway", "https://ai-gateway.vercel.sh/v1", OpenAiChat, Bearer, &[ReasoningDetails]),
    (
        "vertex_ai",
        "https://{location}-aiplatform.googleapis.com/v1/projects/{project}/locations/{location}/publishers/google",
        GeminiGenerate,
        Authorizer,
        &[Predict, NoEmptyAnswers],
    ),
    (
        "vertex_ai_ai21",
        "https://{location}-aiplatform.googleapis.com/v1/projects/{project}/locations/{location}/publishers/ai21",
        OpenAiVertex,
        Authorizer,
        &[],
    ),
    (
        "vertex_ai_anthropic",
        "https://{location}-aiplatform.googleapis.com/v1/projects/{project}/locations/{location}/publishers/anthropic",
        AnthropicVertex,
        Authorizer,
        &[],
    ),
    (
        "vertex_ai_anthropic_global",
        "https://aiplatform.googleapis.com/v1/projects/{project}/locations/global/publishers/anthropic",
        AnthropicVertex,
        Authorizer,
        &[],
    ),
    (
        "vertex_ai_endpoint",
        "https://{location}-aiplatform.googleapis.com/v1beta1/projects/{project}/locations/{location}/endpoints/{endpoint}",
        OpenAiChat,
        Authorizer,
        &[],
    ),
    (
        "vertex_ai_global",
        "https://aiplatform.googleapis.com/v1/projects/{project}/locations/global/publishers/google",
        GeminiGenerate,
        Authorizer,
        &[Predict, NoEmptyAnswers],
    ),
    (
        "vertex_ai_mistral",
        "https://{location}-aiplatform.googleapis.com/v1/projects/{project}/locations/{location}/publishers/mistralai",
        OpenAiVertex,
        Authorizer,
        MISTRAL,
    ),
    (
        "vertex_ai_openai",
        "https://{location}-aiplatform.googleapis.com/v1/projects/{project}/locations/{location}/endpoints/openapi",
        OpenAiChat,
        Authorizer,
        &[SignedCalls],
    ),
    ("vllm", "http://localhost:8000/v1", OpenAiChat, BearerIfGiven, &[Reasoning, OneSystem]),
    ("volcengine", "https://ark.cn-beijing.volces.com/api/v3", OpenAiChat, Bearer, ARK),
    ("vultr", "https://api.vultrinference.com/v1", OpenAiChat, Bearer, &[]),
    ("wandb", "https://api.inference.wandb.ai/v1", OpenAiChat, Bearer, &[]),
    ("watsonx", "https://{region}.ml.cloud.ibm.com", WatsonxChat, Authorizer, &[]),
    ("watsonx_gateway", "https://{region}.ml.cloud.ibm.com/ml/gateway/v1", OpenAiChat, Authorizer, &[]),
    ("writer", "https://api.writer.com/v1/chat", OpenAiChat, Bearer, &[WholeUrl]),
    ("xai", "https://api.x.ai/v1", OpenAiChat, Bearer, &[NoPenalties, NoEmptyAnswers, NoNullContent]),
    ("xai_responses", "https://api.x.ai/v1", OpenAiResponses, Bearer, &[]),
    ("xiaomi_mimo", "https://api.xiaomimimo.com/v1", OpenAiChat, Bearer, XIAOMI),
    ("xinference", "http://localhost:9997/v1", OpenAiChat, BearerIfGiven, &[]),
    ("zai", "https://api.z.ai/api/paas/v4", OpenAiChat, Bearer, ZHIPU),
    ("zai_anthropic", "https://api.z.ai/api/anthropic", AnthropicMessages, XApiKey, UNSIGNED),
    ("zai_coding_plan", "https://api.z.ai/api/coding/paas/v4", OpenAiChat, Bearer, ZHIPU),
    ("zerogpu", "https://api.zerogpu.ai/v1", OpenAiChat, Bearer, &[]),
];

pub(super) fn builtin() -> impl Iterator<Item = Provider> {
    ROWS.iter().map(|row| {
        let provider = Provider::from_row(row);
        match key_variables::of(provider.id()) {
            Some(variable) => provider.with_key_variable(variable),
            None => provider,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalogue;

    #[test]
    fn the_rows_are_in_order_and_none_hides_another() {
        let ids: Vec<&str> = ROWS.iter().map(|(id, ..)| *id).collect();
        assert!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");
        assert_eq!(Catalogue::builtin().iter().count(), ROWS.len());
    }

    #[test]
    fn every_row_is_what_a_caller_could_have_written() {
        for row in ROWS {
            let (id, base_url, dialect, ..) = *row;
            // Checks the alphabet of the id, and that the URL is https or this machine's.
            let checked = Provider::new(id, base_url, dialect).unwrap();
            assert_eq!(checked.base_url(), base_url, "{id}");
            assert!(base_url.starts_with("https://") || row.3 == BearerIfGiven, "{id} needs a key over http");
        }
    }
}
