//! What becomes of each option, by dialect and where a provider or a model deviates.

mod switches;

use switches::{
    ALIBABA, DATABRICKS_CLAUDE, DEEPSEEK, GROQ, GROQ_LLAMA, KIMI, LLAMA_CPP, LM_STUDIO, META, MINIMAX,
    MINIMAX_ANTHROPIC, MINIMAX_M2, SWITCHED, THINKING_DEEPSEEK, UNSAMPLED, ZAI,
};

/// What becomes of an option: `/place` has its value, `/place=json` has this one; `~` before it: and that is reported;
/// `lost` is reported and changes nothing; `refused` is an error; `silent` changes nothing and loses nothing.
pub(super) type Fates = &'static [(&'static str, &'static str)];

const CHAT: Fates = &[
    ("max_tokens", "/max_tokens"),
    ("temperature", "/temperature"),
    ("top_p", "/top_p"),
    ("top_k", "lost"),
    ("presence", "/presence_penalty"),
    ("frequency", "/frequency_penalty"),
    ("stop", "/stop"),
    ("seed", "/seed"),
    ("logprobs", "/top_logprobs"),
    ("own_logprobs", "/logprobs"),
    ("user", "/metadata/user_id"),
    ("label", "/metadata/team"),
    ("effort", "/reasoning_effort"),
    ("no_effort", "/reasoning_effort"),
    ("json", "/response_format/type"),
    ("schema", "/response_format/json_schema/schema"),
    ("one_call", "/parallel_tool_calls"),
    ("auto", "/tool_choice"),
    ("none", "/tool_choice"),
    ("required", "/tool_choice"),
    ("named", "/tool_choice/function/name"),
];

const OPENAI: Fates = &[
    ("max_tokens", "/max_completion_tokens"),
    ("user", "lost"),
    ("label", "lost"),
    ("effort", "lost"),
    ("no_effort", "silent"),
];

/// Models that think whatever is asked.
const THINKING: Fates = &[
    ("max_tokens", "/max_completion_tokens"),
    ("user", "lost"),
    ("label", "lost"),
    ("temperature", "lost"),
    ("top_p", "lost"),
    ("presence", "lost"),
    ("frequency", "lost"),
    ("stop", "lost"),
    ("logprobs", "lost"),
    ("own_logprobs", "lost"),
    ("no_effort", "~/reasoning_effort=\"minimal\""),
];

const O_SERIES: Fates = &[
    ("max_tokens", "/max_completion_tokens"),
    ("user", "lost"),
    ("label", "lost"),
    ("temperature", "lost"),
    ("top_p", "lost"),
    ("presence", "lost"),
    ("frequency", "lost"),
    ("stop", "lost"),
    ("logprobs", "lost"),
    ("own_logprobs", "lost"),
    ("no_effort", "~/reasoning_effort=\"low\""),
    ("one_call", "lost"),
];

const RESPONSES: Fates = &[
    ("max_tokens", "/max_output_tokens"),
    ("presence", "lost"),
    ("frequency", "lost"),
    ("stop", "lost"),
    ("seed", "lost"),
    ("own_logprobs", "/include/0=\"message.output_text.logprobs\""),
    ("json", "/text/format/type"),
    ("schema", "/text/format/schema"),
    ("effort", "lost"),
    ("no_effort", "silent"),
    ("named", "/tool_choice/name"),
];

const MISTRAL: Fates = &[
    ("seed", "/random_seed"),
    ("required", "/tool_choice=\"any\""),
    ("logprobs", "lost"),
    ("own_logprobs", "lost"),
    ("effort", "~/reasoning_effort=\"high\""),
];

const PERPLEXITY: Fates = &[
    ("no_effort", "~/reasoning_effort=\"low\""),
    ("json", "refused"),
    ("named", "/tool_choice=\"required\""),
];

const XAI: Fates =
    &[("presence", "lost"), ("frequency", "lost"), ("effort", "lost"), ("no_effort", "silent")];

const TOGETHER: Fates = &[
    ("logprobs", "/logprobs"),
    ("own_logprobs", "/logprobs=1"),
    ("no_effort", "~/reasoning_effort=\"low\""),
];

const WATSONX: Fates = &[
    ("max_tokens", "/max_completion_tokens"),
    ("user", "lost"),
    ("label", "lost"),
    ("one_call", "lost"),
    ("auto", "/tool_choice_option"),
    ("none", "/tool_choice_option"),
    ("required", "/tool_choice_option"),
];

const ANTHROPIC: Fates = &[
    ("max_tokens", "/max_tokens"),
    ("temperature", "/temperature"),
    ("top_p", "/top_p"),
    ("top_k", "/top_k"),
    ("presence", "lost"),
    ("frequency", "lost"),
    ("stop", "/stop_sequences"),
    ("seed", "lost"),
    ("logprobs", "lost"),
    ("own_logprobs", "lost"),
    ("user", "/metadata/user_id"),
    ("label", "lost"),
    ("effort", "/thinking={\"type\":\"enabled\",\"budget_tokens\":2048}"),
    ("no_effort", "/thinking/type=\"disabled\""),
    ("json", "refused"),
    ("schema", "/output_config/format/schema"),
    ("one_call", "/tool_choice={\"type\":\"auto\",\"disable_parallel_tool_use\":true}"),
    ("auto", "/tool_choice/type"),
    ("none", "/tool_choice/type"),
    ("required", "/tool_choice/type=\"any\""),
    ("named", "/tool_choice={\"type\":\"tool\",\"name\":\"t\"}"),
];

const NEW_CLAUDE: Fates =
    &[("temperature", "lost"), ("top_p", "lost"), ("top_k", "lost"), ("effort", "/output_config/effort")];

const GEMINI: Fates = &[
    ("max_tokens", "/generationConfig/maxOutputTokens"),
    ("temperature", "/generationConfig/temperature"),
    ("top_p", "/generationConfig/topP"),
    ("top_k", "/generationConfig/topK"),
    ("presence", "/generationConfig/presencePenalty"),
    ("frequency", "/generationConfig/frequencyPenalty"),
    ("stop", "/generationConfig/stopSequences"),
    ("seed", "/generationConfig/seed"),
    ("logprobs", "lost"),
    ("own_logprobs", "lost"),
    ("user", "lost"),
    ("label", "lost"),
    ("effort", "/generationConfig/thinkingConfig/thinkingBudget=2048"),
    ("no_effort", "/generationConfig/thinkingConfig/thinkingBudget=0"),
    ("json", "/generationConfig/responseMimeType=\"application/json\""),
    ("schema", "/generationConfig/responseJsonSchema"),
    ("one_call", "lost"),
    ("auto", "/toolConfig/functionCallingConfig/mode=\"AUTO\""),
    ("none", "/toolConfig/functionCallingConfig/mode=\"NONE\""),
    ("required", "/toolConfig/functionCallingConfig/mode=\"ANY\""),
    ("named", "/toolConfig/functionCallingConfig/allowedFunctionNames=[\"t\"]"),
];

const UNPENALIZED: Fates = &[("presence", "lost"), ("frequency", "lost")];

const LEVELS: Fates = &[
    ("presence", "lost"),
    ("frequency", "lost"),
    ("effort", "/generationConfig/thinkingConfig/thinkingLevel=\"MEDIUM\""),
    ("no_effort", "~/generationConfig/thinkingConfig/thinkingLevel=\"MINIMAL\""),
];

const CONVERSE: Fates = &[
    ("max_tokens", "/inferenceConfig/maxTokens"),
    ("temperature", "/inferenceConfig/temperature"),
    ("top_p", "/inferenceConfig/topP"),
    ("top_k", "lost"),
    ("presence", "lost"),
    ("frequency", "lost"),
    ("stop", "/inferenceConfig/stopSequences"),
    ("seed", "lost"),
    ("logprobs", "lost"),
    ("own_logprobs", "lost"),
    ("user", "/requestMetadata/user_id"),
    ("label", "/requestMetadata/team"),
    ("effort", "lost"),
    ("no_effort", "lost"),
    ("json", "refused"),
    ("schema", "/outputConfig/textFormat/structure/jsonSchema/schema=text"),
    ("one_call", "lost"),
    ("auto", "/toolConfig/toolChoice={\"auto\":{}}"),
    ("none", "dropped"),
    ("required", "/toolConfig/toolChoice={\"any\":{}}"),
    ("named", "/toolConfig/toolChoice={\"tool\":{\"name\":\"t\"}}"),
];

const CONVERSE_CLAUDE: Fates = &[
    ("top_k", "/additionalModelRequestFields/top_k"),
    ("effort", "/additionalModelRequestFields/thinking={\"type\":\"enabled\",\"budget_tokens\":2048}"),
    ("no_effort", "/additionalModelRequestFields/thinking={\"type\":\"disabled\"}"),
    (
        "one_call",
        "/additionalModelRequestFields/tool_choice={\"type\":\"auto\",\"disable_parallel_tool_use\":true}",
    ),
];

const CONVERSE_NOVA: Fates = &[
    ("top_k", "/additionalModelRequestFields/inferenceConfig/topK"),
    (
        "effort",
        "/additionalModelRequestFields/reasoningConfig={\"type\":\"enabled\",\"maxReasoningEffort\":\"medium\"}",
    ),
    ("no_effort", "/additionalModelRequestFields/reasoningConfig={\"type\":\"disabled\"}"),
];

const COHERE: Fates = &[
    ("max_tokens", "/max_tokens"),
    ("temperature", "/temperature"),
    ("top_p", "/p"),
    ("top_k", "/k"),
    ("presence", "/presence_penalty"),
    ("frequency", "/frequency_penalty"),
    ("stop", "/stop_sequences"),
    ("seed", "/seed"),
    ("logprobs", "lost"),
    ("own_logprobs", "lost"),
    ("user", "lost"),
    ("label", "lost"),
    ("effort", "/thinking={\"type\":\"enabled\",\"token_budget\":2048}"),
    ("no_effort", "/thinking={\"type\":\"disabled\"}"),
    ("json", "/response_format/type"),
    ("schema", "/response_format/schema"),
    ("one_call", "lost"),
    ("auto", "silent"),
    ("none", "/tool_choice=\"NONE\""),
    ("required", "/tool_choice=\"REQUIRED\""),
    ("named", "/tool_choice=\"REQUIRED\""),
];

const OLLAMA: Fates = &[
    ("max_tokens", "/options/num_predict"),
    ("temperature", "/options/temperature"),
    ("top_p", "/options/top_p"),
    ("top_k", "/options/top_k"),
    ("presence", "/options/presence_penalty"),
    ("frequency", "/options/frequency_penalty"),
    ("stop", "/options/stop"),
    ("seed", "/options/seed"),
    ("logprobs", "/top_logprobs"),
    ("own_logprobs", "/logprobs"),
    ("user", "lost"),
    ("label", "lost"),
    ("effort", "~/think=true"),
    ("no_effort", "/think=false"),
    ("json", "/format=\"json\""),
    ("schema", "/format"),
    ("one_call", "lost"),
    ("auto", "silent"),
    ("none", "dropped"),
    ("required", "refused"),
    ("named", "refused"),
];

const GIGACHAT: Fates = &[
    ("max_tokens", "/max_tokens"),
    ("temperature", "/temperature"),
    ("top_p", "/top_p"),
    ("top_k", "lost"),
    ("presence", "lost"),
    ("frequency", "lost"),
    ("stop", "lost"),
    ("seed", "lost"),
    ("logprobs", "lost"),
    ("own_logprobs", "lost"),
    ("user", "lost"),
    ("label", "lost"),
    ("effort", "/reasoning_effort"),
    ("no_effort", "lost"),
    ("json", "lost"),
    ("schema", "/response_format/schema"),
    // There is one at most anyway.
    ("one_call", "silent"),
    ("auto", "/function_call"),
    ("none", "/function_call"),
    ("required", "refused"),
    ("named", "/function_call/name"),
];

/// One prompt and settings in the owner's words; tools are refused.
const PREDICTION: Fates = &[
    ("max_tokens", "/input/max_tokens"),
    ("temperature", "/input/temperature"),
    ("top_p", "/input/top_p"),
    ("top_k", "/input/top_k"),
    ("presence", "/input/presence_penalty"),
    ("frequency", "/input/frequency_penalty"),
    ("stop", "/input/stop_sequences=\"END\""),
    ("seed", "/input/seed"),
    ("logprobs", "lost"),
    ("own_logprobs", "lost"),
    ("user", "lost"),
    ("label", "lost"),
    ("effort", "lost"),
    ("no_effort", "lost"),
    ("json", "lost"),
    ("schema", "lost"),
    ("one_call", "refused"),
    ("auto", "refused"),
    ("none", "silent"),
    ("required", "refused"),
    ("named", "refused"),
];

const PREDICTION_GOOGLE: Fates = &[
    ("max_tokens", "/input/max_output_tokens"),
    ("top_k", "lost"),
    ("presence", "lost"),
    ("frequency", "lost"),
    ("stop", "lost"),
    ("seed", "lost"),
    ("effort", "/input/thinking_budget=2048"),
    ("no_effort", "/input/thinking_budget=0"),
];

/// A provider, a model, what holds for its dialect, and where it deviates.
pub(super) const ROWS: &[(&str, &str, Fates, Fates)] = &[
    ("openai", "gpt-4.1", CHAT, OPENAI),
    ("openai", "gpt-5", CHAT, THINKING),
    ("openai", "o3", CHAT, O_SERIES),
    ("azure", "gpt-4.1", CHAT, OPENAI),
    ("openrouter", "meta-llama/llama-4", CHAT, &[]),
    ("together", "llama", CHAT, TOGETHER),
    ("groq", "openai/gpt-oss-20b", CHAT, GROQ),
    ("groq", "llama", CHAT, GROQ_LLAMA),
    ("cerebras", "llama", CHAT, &[("presence", "lost"), ("frequency", "lost")]),
    ("fireworks", "llama", CHAT, &[("required", "/tool_choice=\"any\"")]),
    ("mistral", "mistral-large", CHAT, MISTRAL),
    ("vertex_ai_mistral", "mistral-large", CHAT, MISTRAL),
    ("perplexity", "sonar", CHAT, PERPLEXITY),
    ("deepseek", "deepseek-chat", CHAT, DEEPSEEK),
    ("zai", "glm-4.6", CHAT, ZAI),
    ("moonshot", "kimi-k3", CHAT, KIMI),
    ("moonshot", "moonshot-v1-8k", CHAT, &[("effort", "lost"), ("no_effort", "silent")]),
    ("deepseek", "deepseek-v4-pro", CHAT, THINKING_DEEPSEEK),
    ("xiaomi_mimo", "mimo-v2.5-pro", CHAT, SWITCHED),
    ("dashscope", "qwen3-max", CHAT, ALIBABA),
    ("meta", "muse-1", CHAT, META),
    ("databricks", "llama", CHAT, &[]),
    ("databricks", "databricks-claude-sonnet-4-5", CHAT, DATABRICKS_CLAUDE),
    ("llamacpp", "m", CHAT, LLAMA_CPP),
    ("lmstudio", "m", CHAT, LM_STUDIO),
    ("minimax", "MiniMax-M3", CHAT, MINIMAX),
    ("minimax", "MiniMax-M2.5", CHAT, MINIMAX_M2),
    ("snowflake", "llama", CHAT, &[("max_tokens", "/max_completion_tokens")]),
    ("cloudflare", "@cf/llama", CHAT, &[]),
    ("huggingface", "llama", CHAT, &[]),
    ("vllm", "llama", CHAT, &[]),
    ("xai", "grok-4-fast-non-reasoning", CHAT, XAI),
    ("sagemaker", "endpoint", CHAT, &[]),
    ("watsonx", "granite", CHAT, WATSONX),
    ("openai_responses", "gpt-4.1", CHAT, RESPONSES),
    ("azure_responses", "gpt-4.1", CHAT, RESPONSES),
    ("anthropic", "claude-sonnet-4-5", ANTHROPIC, &[]),
    ("anthropic", "claude-opus-4-8", ANTHROPIC, NEW_CLAUDE),
    ("vertex_ai_anthropic", "claude-sonnet-4-5@20250929", ANTHROPIC, &[]),
    ("minimax_anthropic", "MiniMax-M3", ANTHROPIC, MINIMAX_ANTHROPIC),
    ("bedrock_anthropic", "anthropic.claude-opus-4-8", ANTHROPIC, NEW_CLAUDE),
    ("gemini", "gemini-2.5-flash", GEMINI, UNPENALIZED),
    ("gemini", "gemini-3-flash", GEMINI, LEVELS),
    ("vertex_ai", "gemini-3-flash", GEMINI, LEVELS),
    ("gemini", "gemini-3.6-flash", GEMINI, UNSAMPLED),
    ("vertex_ai", "gemini-2.5-flash", GEMINI, &[]),
    ("bedrock", "meta.llama3-1-8b-instruct-v1:0", CONVERSE, &[("auto", "silent")]),
    ("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", CONVERSE, CONVERSE_CLAUDE),
    ("bedrock", "us.amazon.nova-2-lite-v1:0", CONVERSE, CONVERSE_NOVA),
    ("cohere", "command-a-03-2025", COHERE, &[]),
    ("ollama", "llama3", OLLAMA, &[]),
    ("ollama", "gpt-oss:20b", OLLAMA, &[("effort", "/think=\"medium\"")]),
    ("gigachat", "GigaChat-2", GIGACHAT, &[]),
    ("replicate", "meta/llama", PREDICTION, &[]),
    ("replicate", "google/gemini-2.5-flash", PREDICTION, PREDICTION_GOOGLE),
];
