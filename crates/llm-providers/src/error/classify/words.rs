//! The words that providers are known to send where no code tells, and what they mean; by whom, where one is.

use crate::ErrorKind::{
    self, Authentication, ContentPolicy, ContextLength, InvalidRequest, MalformedOutput, NotFound,
    Overloaded, PayloadTooLarge, Permission, QuotaExhausted, RateLimited, Timeout, Unavailable,
};

/// Words that mark a case where no code does, in lower case, tried in order.
pub(super) const WORDS: &[(&str, ErrorKind)] = &[
    // Ollama, which repeats what the model wrote behind it.
    ("error parsing tool call", MalformedOutput),
    // llama.cpp: what the model wrote, and what was sent.
    ("failed to parse input at pos", MalformedOutput),
    ("failed to parse tool call arguments as json", InvalidRequest),
    ("context length", ContextLength),
    ("context window", ContextLength),
    ("context size", ContextLength),
    ("context limit", ContextLength),
    ("prompt is too long", ContextLength),
    ("prompt too long", ContextLength),
    ("total length of all messages is too long", ContextLength),
    ("reduce the length of the messages", ContextLength),
    ("input token count", ContextLength),
    ("input token length too long", ContextLength),
    ("number of input tokens", ContextLength),
    ("number of tokens in the prompt", ContextLength),
    ("input length", ContextLength),
    ("input is too long", ContextLength),
    // xAI, vLLM, Moonshot, Text Generation Inference.
    ("maximum prompt length", ContextLength),
    ("maximum model length", ContextLength),
    ("model token limit", ContextLength),
    ("max_tokens must be at least 1, got -", ContextLength),
    ("`inputs` tokens + `max_new_tokens` must be", ContextLength),
    ("`inputs` must have less than", ContextLength),
    // Z.ai, GitHub Copilot, Cohere: their codes are lost on the way through others, or there is none.
    ("prompt exceeds max length", ContextLength),
    ("tokens in request more than max tokens allowed", ContextLength),
    ("prompt token count", ContextLength),
    ("too many tokens: size limit exceeded", ContextLength),
    // Cohere, of more tokens to write than the model may: the prompt is not too long.
    ("max tokens must be less than or equal to", InvalidRequest),
    // SambaNova, SiliconFlow.
    ("maximum supported sequence length", ContextLength),
    // Volcengine; TensorRT-LLM; OpenAI and hosts of Hunyuan.
    ("exceed max message tokens", ContextLength),
    ("should not exceed max_num_tokens", ContextLength),
    ("input tokens exceed the configured limit", ContextLength),
    ("must be less than max_seq_len", ContextLength),
    // More than the account may send in a minute does not fit into a later one either (OpenAI).
    ("request too large for", PayloadTooLarge),
    ("credit balance is too low", QuotaExhausted),
    ("used all available credits", QuotaExhausted),
    ("have any credits", QuotaExhausted),
    ("insufficient balance", QuotaExhausted),
    ("balance is insufficient", QuotaExhausted),
    ("not enough balance", QuotaExhausted),
    ("insufficient funds", QuotaExhausted),
    ("overdue balance", QuotaExhausted),
    ("余额不足", QuotaExhausted),
    ("欠费", QuotaExhausted),
    ("额度已用尽", QuotaExhausted),
    ("额度不足", QuotaExhausted),
    ("配额已用尽", QuotaExhausted),
    ("out of credits", QuotaExhausted),
    ("credits have been exhausted", QuotaExhausted),
    ("credits are depleted", QuotaExhausted),
    // Hugging Face, Together.
    ("monthly included credits", QuotaExhausted),
    ("credit limit exceeded", QuotaExhausted),
    // Alibaba, Volcengine: what was free is used up, and the account has nothing else.
    ("free allocated quota exceeded", QuotaExhausted),
    ("exhausted its free trial quota", QuotaExhausted),
    // Anthropic, Fireworks, OpenRouter, Cohere, Ollama's cloud, Cloudflare, Kimi Code.
    ("specified api usage limits", QuotaExhausted),
    ("usage credits are required", QuotaExhausted),
    ("extra usage is required", QuotaExhausted),
    ("out of extra usage", QuotaExhausted),
    ("insufficient credit", QuotaExhausted),
    ("monthly spending limit", QuotaExhausted),
    // The Gemini API: of a project and of a billing account.
    ("monthly spending cap", QuotaExhausted),
    ("key limit exceeded", QuotaExhausted),
    ("api calls / month", QuotaExhausted),
    ("payment is past due", QuotaExhausted),
    ("daily free allocation", QuotaExhausted),
    ("usage limit for this billing cycle", QuotaExhausted),
    ("monthly usage limit", QuotaExhausted),
    // Ollama's cloud, Mistral, OpenAI.
    ("upgrade for higher limits", QuotaExhausted),
    ("inactive subscription", QuotaExhausted),
    ("no credits remaining", QuotaExhausted),
    ("capacity temporarily exceeded", Overloaded),
    // LiteLLM's proxy: of a key, of others.
    ("budget has been exceeded", QuotaExhausted),
    ("exceededbudget", QuotaExhausted),
    // NVIDIA answers 400 to a good request while it mends a model.
    ("degraded function", Unavailable),
    ("content violates usage guidelines", ContentPolicy),
    ("content filtering policy", ContentPolicy),
    ("content management policy", ContentPolicy),
    ("datainspectionfailed", ContentPolicy),
    // OpenAI of what it draws and says; Google of what it draws.
    ("result of our safety system", ContentPolicy),
    ("result of the safety system", ContentPolicy),
    ("responsible ai practices", ContentPolicy),
    // OpenAI and OpenRouter; DeepSeek; MiniMax.
    ("was flagged", ContentPolicy),
    ("content exists risk", ContentPolicy),
    ("new_sensitive", ContentPolicy),
    // Moonshot, Alibaba, Bedrock, Zhipu, whose codes gateways leave out.
    ("considered high risk", ContentPolicy),
    ("may contain inappropriate content", ContentPolicy),
    ("blocked by our content filters", ContentPolicy),
    ("不安全或敏感内容", ContentPolicy),
    // Cloudflare's gateway, Databricks.
    ("blocked due to security configurations", ContentPolicy),
    ("blocked by input guardrail", ContentPolicy),
    ("blocked by output guardrail", ContentPolicy),
    ("malformed function call", MalformedOutput),
    ("insufficient permissions", Permission),
    ("organization has been disabled", Permission),
    ("invalid model id", NotFound),
    ("not a valid model id", NotFound),
    ("model identifier is invalid", NotFound),
    ("model does not exist", NotFound),
    // xAI; LiteLLM; ModelScope.
    ("model not found", NotFound),
    ("invalid model name", NotFound),
    // AWS; NVIDIA.
    ("reached the end of its life", NotFound),
    ("reached its end of life", NotFound),
    // DeepSeek; others.
    ("model not exist", NotFound),
    ("no such model", NotFound),
    ("unknown model", NotFound),
    ("incorrect model id", NotFound),
    ("unsupported model:", NotFound),
    ("has no provider supported", NotFound),
    ("without established identity", Authentication),
    ("check the api-key", Authentication),
    ("api key not valid", Authentication),
    ("api key is not valid", Authentication),
    ("api key is invalid", Authentication),
    ("api key is missing", Authentication),
    ("incorrect api key", Authentication),
    ("invalid api key", Authentication),
    ("invalid api-key", Authentication),
    ("missing api key", Authentication),
    ("missing apikey", Authentication),
    ("invalid access token", Authentication),
    // AWS, which calls it a denied access.
    ("bearer token has expired", Authentication),
    ("make sure your api key is valid", Authentication),
    ("security token included in the request", Authentication),
    ("request signature we calculated", Authentication),
    // Cloudflare, of a token that is none (400) and of another's (403).
    ("invalid request headers", Authentication),
    ("authentication error", Authentication),
    ("no api key", Authentication),
    ("无效的令牌", Authentication),
    ("location is not supported", Permission),
    // Cloudflare, with a code that says otherwise.
    ("request timeout", Timeout),
    ("request timed out", Timeout),
    // Xunfei: too many at once.
    ("notenoughcverror", RateLimited),
    ("api key was reported as leaked", Authentication),
    // Ollama answers 500 to an image that is none.
    ("failed to process inputs", InvalidRequest),
];

/// Words that say so of a request that is refused for good; of one that comes too early they may be about a minute's tokens.
pub(super) const REFUSED: &[(&str, ErrorKind)] = &[
    ("too many tokens", ContextLength),
    ("token limit exceeded", ContextLength),
    // vLLM; servers in China.
    ("max_model_len", ContextLength),
    ("上下文长度", ContextLength),
    ("超过最大长度", ContextLength),
    ("model's max context", ContextLength),
];

/// What a server that is full says, whatever its status: any; Gemini, Azure, Replicate; Azure; Replicate; Ollama;
/// DeepInfra; Hugging Face; xAI, OpenAI; Chutes; Groq; Xunfei; Alibaba; Zhipu; DeepSeek, SiliconFlow; NVIDIA.
pub(super) const FULL: &[&str] = &[
    "overloaded",
    "high demand",
    "temporarily unable to process your request",
    "queue is full",
    "server busy",
    "model busy",
    "model too busy",
    "at capacity",
    "maximum capacity",
    "over capacity",
    "engine busy",
    "system is busy",
    "queuefull",
    "system capacity limits",
    "访问量过大",
    "is too busy",
    "worker local total request limit",
];

/// What a gateway says of a limit that is not its own, or a stream without a code.
pub(super) const LIMITED: &[&str] =
    &["rate limit", "ratelimit", "too many requests", "throttling", "速率限制"];

/// What a limit is counted over. Who sent too much in a minute may send it in the next: the prompt is not too long for the model.
pub(super) const PERIODS: &[&str] =
    &["per minute", "per-minute", "per hour", "per-hour", "per day", "per-day", "daily", "rate limit"];

/// What a server cannot do, and answers 500 to all the same: any; llama.cpp, of tools.
pub(super) const UNABLE: &[&str] = &["is not supported", "requires --jinja flag", "unsupported param"];
