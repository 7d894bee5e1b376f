//! Where providers deviate from their dialects: each is a fact that a provider documents, and what follows from it stands
//! where the request is written.

/// Where a provider deviates from its dialect.
///
/// ```
/// # use toolgate_llm_providers::{ChatOptions, ChatRequest, Dialect, Message, Provider, Quirk, RenderedTools};
/// let ours = Provider::new("ours", "https://models.example.com/v1", Dialect::OpenAiChat)?
///     .with_quirks(vec![Quirk::MaxCompletionTokens]);
/// let request = ChatRequest::new(vec![Message::user("hello")])
///     .with_options(ChatOptions::default().with_max_tokens(500));
/// let tools = RenderedTools::new(ours.dialect(), request.tools.clone());
/// let body = ours.encode("large", &tools, &request)?.body;
/// assert!(body.ends_with(br#""max_completion_tokens":500}"#));
/// # Ok::<(), toolgate_llm_providers::ProviderError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Quirk {
    /// Calls the token limit `max_completion_tokens`; its reasoning models refuse `max_tokens`.
    MaxCompletionTokens,
    /// The same for OpenAI's models that think, and `max_tokens` for all others.
    ThinkersMaxCompletionTokens,
    /// Says `any` where others say `required`.
    RequiredIsAny,
    /// Calls the seed `random_seed`.
    RandomSeed,
    /// Wants its reasoning back as `reasoning_content`.
    ReasoningContent,
    /// Wants its reasoning back as `reasoning`, and may refuse `reasoning_content`.
    Reasoning,
    /// Has models of others who want their reasoning back as `reasoning_content`, and refuse calls without it: Kimi, DeepSeek, MiMo.
    ThoughtsByModel,
    /// Wants its reasoning back as `reasoning_details`.
    ReasoningDetails,
    /// Refuses, while it thinks, an answer with calls, or to their results, without the `reasoning_content` that came before it.
    CallsAreThought,
    /// Is told whether to think with `thinking`, of the type `enabled` or `disabled`, beside an effort or in place of one.
    ThinkingSwitch,
    /// Is told whether to think with `thinking`, and how much with an effort up to `high` beside it.
    SwitchedEfforts,
    /// Is told whether to think with `thinking`, of the type `adaptive` or `disabled`, and not how much.
    AdaptiveSwitch,
    /// Is told how much a Claude thinks with `thinking`, as Anthropic's own API is, in place of an effort.
    ClaudeThinking,
    /// Is told whether to think with `enable_thinking`, and how much with `thinking_budget`.
    EnableThinking,
    /// The same for the models that think when told to, and refuses it for all others.
    EnableThinkingByModel,
    /// Knows for Qwen the efforts `default` and `none` only.
    QwenDefaultEffort,
    /// Writes its reasoning into the text, unless it is told to keep it apart with `reasoning_split`.
    ReasoningSplit,
    /// Writes the reasoning of a Qwen into the text, unless it is told to keep it apart with `reasoning_format`.
    QwenReasoningFormat,
    /// Wants its reasoning back where it did not sign it too, as an Anthropic `thinking` block with an empty signature.
    UnsignedThinking,
    /// Has what Gemini signs a call with as `thought_signature` of the call, and wants it back there.
    ThoughtSignature,
    /// Refuses calls that a Gemini of the third generation or later did not sign, unless they are marked as such.
    SignedCalls,
    /// Has content in chunks of its own: documents as `document_url`, sound as base64 alone, and its reasoning wants to
    /// come back as a `thinking` chunk before the text.
    ContentChunks,
    /// Goes on with the last answer only where that is marked with `prefix`.
    Prefix,
    /// Takes turns of the user and of the model that alternate, with instructions before them alone.
    Alternates,
    /// Takes no instructions right behind an answer or a result.
    InstructionsBeforeAnswers,
    /// Takes instructions as one message before all others.
    OneSystem,
    /// Takes no answer without text and calls.
    NoEmptyAnswers,
    /// Takes an answer that calls alone without `content`, and not with null as its content.
    NoNullContent,
    /// Keeps what stands up to a part of a text that is marked with `cache_control`.
    CacheMarks,
    /// The same for Claude, and may refuse it for others.
    ClaudeCacheMarks,
    /// Its base URL is the whole address of its chat.
    WholeUrl,
    /// Refuses `stream_options`; its streams carry usage anyway.
    NoStreamOptions,
    /// Has models that answer in streams alone, or think in them alone: their whole answers are asked for as streams, and read whole.
    OnlyStreams,
    /// Ignores the settings that a model does not take.
    IgnoresSettings,
    /// Refuses to give the probabilities of tokens.
    NoLogprobs,
    /// Wants as `logprobs` the number of tokens whose probabilities it gives.
    LogprobsIsCount,
    /// Lets OpenAI's models from GPT-5.4 on think only where no tools are offered.
    ToolsOrThinking,
    /// Takes labels only for an answer that it is told to store, which no request here does.
    MetadataIsStored,
    /// Knows the efforts `low`, `medium` and `high` only.
    ThreeEfforts,
    /// Knows the same, and `none`.
    ThreeEffortsOrNone,
    /// Knows the effort `high` only, and `none`, but for models whose names tell of others.
    HighEffortOnly,
    /// Forces some tool, but none by its name.
    NoNamedTool,
    /// Takes no form of an answer while tools are offered.
    NoFormWithTools,
    /// Answers in JSON by a schema only.
    JsonBySchema,
    /// Takes a call's arguments back as they were written, even if that is no JSON.
    AnyArguments,
    /// Takes no files in messages.
    NoFiles,
    /// Takes no recordings in messages.
    NoAudio,
    /// Enforces schemas of answers whose objects are closed and whose members are all required and say their types, and refuses to
    /// enforce others. So do OpenAI's models in chat completions and responses everywhere.
    StrictIsClosed,
    /// Refuses to enforce such a schema with a `default` in it, too.
    StrictWithoutDefaults,
    /// Enforces closed ones whose members are all required, and refuses bounds in them: lengths, counts, least and most, patterns and
    /// formats.
    StrictIsUnbounded,
    /// Enforces them for gpt-oss only.
    StrictGptOss,
    /// Takes so many texts to stop at. OpenAI's models take four in chat completions everywhere.
    Stops(u8),
    /// Takes temperatures above 0 only.
    PositiveTemperature,
    /// Takes temperatures up to so many hundredths.
    MostTemperature(u8),
    /// Takes seeds from 0 on.
    UnsignedSeed,
    /// Takes a `top_p` only with a temperature above 0.
    NoTopPWhenGreedy,
    /// Takes a `top_p` below 1 only, which is what holds unsaid.
    TopPBelowOne,
    /// Takes no penalties.
    NoPenalties,
    /// Samples its Kimi models as it does, and refuses to be told otherwise.
    KimiSampling,
    /// Takes no schema for an answer, but any JSON object.
    NoJsonSchema,
    /// Leaves it to the model whether to call a tool.
    OnlyAutoTools,
    /// Takes names of tools that begin with a letter.
    LetterFirst,
    /// Takes descriptions of tools up to 1024 characters.
    ShortDescriptions,
    /// Takes alternatives in schemas of arguments that have their types themselves, and no type beside them.
    TypedAlternatives,
    /// Takes no patterns in schemas of arguments that Python does not read, or that look around. So do OpenAI's models everywhere.
    PlainPatterns,
    /// Takes no schema within those of arguments that leaves its type open.
    TypedMembers,
    /// The same, and makes a grammar of them: of no pattern but of a whole text, no `not`, and no great counts.
    ToolGrammar,
    /// Has other owners' models beside OpenAI's, which it has as Azure OpenAI does, with its limits: on ids of calls, descriptions of
    /// tools, labels, and schemas of answers.
    AzureOpenAi,
    /// Takes calls' ids up to 40 characters.
    ShortCallIds,
    /// Takes calls' ids of nine letters and digits only.
    NineCharacterCallIds,
    /// Gives vectors as base64 of their bytes when asked, which is shorter than numbers in digits.
    Base64Vectors,
    /// Calls the length of a vector `output_dimension`.
    OutputDimension,
    /// Wants to be told as `input_type` what vectors are for: `query` or `document`.
    InputType,
    /// The same, with `query` or `passage`.
    InputTypePassage,
    /// The same, with `search_query` or `search_document`.
    InputTypeSearch,
    /// Embeds by Vertex AI's `:predict`, and newer models by `:embedContent`.
    Predict,
}
