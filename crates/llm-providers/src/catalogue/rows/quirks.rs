//! What providers with several quirks have, by owner: rows of one owner share them.

use crate::Quirk::{
    self, AdaptiveSwitch, Alternates, AnyArguments, Base64Vectors, CacheMarks, CallsAreThought,
    ContentChunks, EnableThinking, EnableThinkingByModel, HighEffortOnly, IgnoresSettings, InputTypeSearch,
    InstructionsBeforeAnswers, JsonBySchema, KimiSampling, LetterFirst, LogprobsIsCount, MaxCompletionTokens,
    MetadataIsStored, MostTemperature, NineCharacterCallIds, NoAudio, NoEmptyAnswers, NoFiles,
    NoFormWithTools, NoJsonSchema, NoLogprobs, NoNamedTool, NoNullContent, NoPenalties, NoStreamOptions,
    NoTopPWhenGreedy, OneSystem, OnlyAutoTools, OnlyStreams, OutputDimension, PlainPatterns,
    PositiveTemperature, Prefix, QwenDefaultEffort, QwenReasoningFormat, RandomSeed, Reasoning,
    ReasoningContent, ReasoningDetails, ReasoningSplit, RequiredIsAny, ShortCallIds, ShortDescriptions,
    Stops, StrictGptOss, StrictIsClosed, StrictIsUnbounded, StrictWithoutDefaults, SwitchedEfforts,
    ThinkingSwitch, ThoughtsByModel, ThreeEfforts, ThreeEffortsOrNone, ToolGrammar, ToolsOrThinking,
    TypedAlternatives, UnsignedThinking,
};

/// "parameter.enable_thinking must be set to false for non-streaming calls": of Qwens that think unasked, too.
pub(super) const ALIBABA: &[Quirk] = &[
    EnableThinking,
    ThoughtsByModel,
    CacheMarks,
    NoNullContent,
    NoFiles,
    OnlyStreams,
    // "Greater than or equal to 0 and less than 2."
    MostTemperature(199),
];
/// Volcengine's ModelArk and, outside China, BytePlus's.
pub(super) const ARK: &[Quirk] = &[SwitchedEfforts, Stops(4)];
pub(super) const DEEPSEEK: &[Quirk] =
    &[ReasoningContent, CallsAreThought, ThinkingSwitch, NoJsonSchema, NoFiles, NoAudio, Stops(16)];
pub(super) const CEREBRAS: &[Quirk] =
    &[Reasoning, NoPenalties, ThreeEffortsOrNone, NoFormWithTools, StrictIsUnbounded];
pub(super) const GROQ: &[Quirk] = &[
    QwenDefaultEffort,
    QwenReasoningFormat,
    ThreeEffortsOrNone,
    NoLogprobs,
    NoFormWithTools,
    StrictIsUnbounded,
    StrictGptOss,
    NoFiles,
    NoAudio,
    Stops(4),
];
/// llama.cpp's server, and those that put it behind an address of theirs: it takes a tool's name for no choice at all.
pub(super) const LLAMA_CPP: &[Quirk] = &[ReasoningContent, NoNamedTool, OneSystem, ToolGrammar];
pub(super) const LM_STUDIO: &[Quirk] = &[NoNamedTool, JsonBySchema, OneSystem, ToolGrammar];
/// Its API wants reasoning that is kept apart back as it came ("Compatible OpenAI API").
pub(super) const MINIMAX: &[Quirk] =
    &[ReasoningSplit, ReasoningDetails, AdaptiveSwitch, PositiveTemperature, MostTemperature(100), OneSystem];
pub(super) const MISTRAL: &[Quirk] = &[
    RequiredIsAny,
    RandomSeed,
    NoStreamOptions,
    ContentChunks,
    Prefix,
    InstructionsBeforeAnswers,
    NoEmptyAnswers,
    NineCharacterCallIds,
    NoLogprobs,
    NoTopPWhenGreedy,
    MostTemperature(150),
    HighEffortOnly,
    OutputDimension,
    Base64Vectors,
];
pub(super) const MOONSHOT: &[Quirk] = &[
    ReasoningContent,
    CallsAreThought,
    ThinkingSwitch,
    NoEmptyAnswers,
    TypedAlternatives,
    LetterFirst,
    KimiSampling,
    Stops(5),
];
pub(super) const OPENAI: &[Quirk] = &[
    MaxCompletionTokens,
    ToolsOrThinking,
    MetadataIsStored,
    AnyArguments,
    ShortCallIds,
    StrictIsClosed,
    PlainPatterns,
    Stops(4),
    Base64Vectors,
];
/// As OpenAI's, and Azure's own limits.
pub(super) const AZURE: &[Quirk] =
    &and::<{ OPENAI.len() + 2 }>(OPENAI, [ShortDescriptions, StrictWithoutDefaults]);
pub(super) const RESPONSES: &[Quirk] = &[StrictIsClosed, PlainPatterns, Base64Vectors];
pub(super) const AZURE_RESPONSES: &[Quirk] =
    &and::<{ RESPONSES.len() + 2 }>(RESPONSES, [ShortDescriptions, StrictWithoutDefaults]);
pub(super) const OPENROUTER: &[Quirk] = &[
    ReasoningDetails,
    ThoughtsByModel,
    CacheMarks,
    IgnoresSettings,
    Stops(4),
    InputTypeSearch,
    Base64Vectors,
];
pub(super) const PERPLEXITY: &[Quirk] =
    &[Alternates, NoEmptyAnswers, NoStreamOptions, ThreeEfforts, NoNamedTool, JsonBySchema, NoFiles, NoAudio];
pub(super) const SILICONFLOW: &[Quirk] = &[EnableThinkingByModel, ThoughtsByModel];
pub(super) const SNOWFLAKE: &[Quirk] = &[MaxCompletionTokens, NoStreamOptions];
pub(super) const TOGETHER: &[Quirk] = &[LogprobsIsCount, ThreeEfforts, NoFiles];
/// Those who speak as Anthropic and have models of their own.
pub(super) const UNSIGNED: &[Quirk] = &[UnsignedThinking];
/// Z.ai and, in China, BigModel.
pub(super) const ZHIPU: &[Quirk] =
    &[ReasoningContent, ThinkingSwitch, OnlyAutoTools, NoJsonSchema, MostTemperature(100), Stops(1)];
/// Its models for those who speak as Anthropic.
pub(super) const ZHIPU_ANTHROPIC: &[Quirk] = &[UnsignedThinking, MostTemperature(100)];
/// Tencent's `TokenHub`, which has models of many owners, each told as at its own host.
pub(super) const TENCENT: &[Quirk] = &[ThinkingSwitch, ThoughtsByModel];
pub(super) const KIMI_CODING: &[Quirk] =
    &[ReasoningContent, CallsAreThought, ThinkingSwitch, TypedAlternatives, LetterFirst, KimiSampling];
/// "Passing back reasoning_content": without that of earlier calls it refuses the conversation.
pub(super) const XIAOMI: &[Quirk] = &[ReasoningContent, CallsAreThought, ThinkingSwitch];

/// These quirks and more.
const fn and<const ALL: usize>(these: &[Quirk], more: [Quirk; 2]) -> [Quirk; ALL] {
    let mut all = [more[0]; ALL];
    let (first, last) = all.split_at_mut(these.len());
    first.copy_from_slice(these);
    last.copy_from_slice(&more);
    all
}
