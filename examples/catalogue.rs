//! The text of `docs/providers.md`, from the catalogue itself: `cargo xtask catalog` writes it there.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::fmt::{self, Write};

use toolgate_llm_providers::{Authentication, Catalogue, Provider, Quirk};

const OPENING: &str = "\
# Providers

Written by `cargo xtask catalog` from the rows in `crates/llm-providers/src/catalogue`; do not edit it here.

A model is `provider/model`, such as `groq/openai/gpt-oss-120b`. Each provider reads its own variables and no other's, and its
key goes to its own origin and no other. Besides the variables below, `<ID>_BASE_URL` moves a provider and `<ID>_MODEL` names its
default model, with the id in capitals and `_` for `-`. A row says how to reach a provider; it has not been tried with a key.

A provider that is missing here is a few lines of `toolgate.toml`, if it speaks one of the dialects:

```toml
[providers.ours]
base_url = \"https://models.example.com/v1\"
dialect = \"openai_chat\"      # or anthropic_messages, gemini_generate
key_env = \"OURS_API_KEY\"     # the default
```
";

const DIALECTS: &str = "
## Dialects that cannot say everything

| dialect | what to know |
|---|---|
| gigachat | One call in an answer: of several, each is told with its result, and that is reported. A tool is forced by its name, so \
of several none can be asked for at will. Images and files go by an id that they are uploaded for, so they are refused. Its \
certificates are of the Russian Trusted Root CA: add it with `TLS_CA_CERT_PATH`. The key is `GIGACHAT_CREDENTIALS`, for the version \
of the API in `GIGACHAT_SCOPE`. |
| replicate_prediction | One prompt: a conversation of several turns is told as one text, and that is reported. Tools are refused. \
A model is `owner/name`, or `owner/name:version`. Settings have the words of the owner's models (OpenAI, Google, Anthropic; others \
as Meta's); what a model has no word for, Replicate ignores. An answer is waited for a minute and then cancelled, and is a timeout; \
a stream brings it in one piece, because Replicate streams from another host, to which a key does not go. |
";

const QUIRKS: &str = "
## Quirks

| quirk | what it means |
|---|---|
";

const UNSUPPORTED: &str = "\
A slash parts a variant from its provider. Those whose URL is yours work today, with the few lines above.

| provider | why |
|---|---|
";

/// What other clients call a provider of ours, for those who come from there.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("ai21_chat", "ai21"),
    ("aiohttp_openai", "openai"),
    ("azure/gpt-5", "azure"),
    ("azure/o_series", "azure"),
    ("azure/responses", "azure_responses"),
    ("azure_ai/claude", "azure_anthropic"),
    ("azure_ai/cohere", "azure_ai"),
    ("bedrock/converse-llama", "bedrock"),
    ("bedrock/converse-nova", "bedrock"),
    ("bedrock/gpt-oss", "bedrock"),
    ("bedrock/moonshot", "bedrock"),
    ("cohere_chat", "cohere"),
    ("databricks/claude", "databricks"),
    ("fireworks_ai", "fireworks"),
    ("groq/gpt-oss", "groq"),
    ("hosted_vllm", "vllm"),
    ("lm_studio", "lmstudio"),
    ("mistral/magistral", "mistral"),
    ("ollama_chat", "ollama"),
    ("openai/gpt-5", "openai"),
    ("openai/o_series", "openai"),
    ("openrouter/claude", "openrouter"),
    ("qwen_ai_platform", "dashscope"),
    ("sagemaker_chat", "sagemaker"),
    ("sagemaker_nova", "sagemaker"),
    ("snowflake/llama", "snowflake"),
    ("together_ai", "together"),
    ("vertex_ai/ai21", "vertex_ai_ai21"),
    ("vertex_ai/claude", "vertex_ai_anthropic"),
    ("vertex_ai/deepseek", "vertex_ai_openai"),
    ("vertex_ai/gpt-oss", "vertex_ai_openai"),
    ("vertex_ai/llama", "vertex_ai_openai"),
    ("vertex_ai/mistral", "vertex_ai_mistral"),
    ("vertex_ai/model_garden", "vertex_ai_endpoint"),
    ("vertex_ai/qwen", "vertex_ai_openai"),
    ("vertex_ai_beta", "vertex_ai"),
    ("xai/grok-3-mini", "xai"),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let catalogue = Catalogue::builtin();
    let mut page = OPENING.to_owned();
    supported(&mut page, &catalogue)?;
    page.push_str(DIALECTS);
    quirks(&mut page, &catalogue)?;
    other_names(&mut page, &catalogue)?;
    unsupported(&mut page)?;
    print!("{page}");
    Ok(())
}

fn supported(page: &mut String, catalogue: &Catalogue) -> fmt::Result {
    writeln!(page, "\n## Supported: {}\n", catalogue.iter().count())?;
    writeln!(page, "| provider | base URL | key | dialect | quirks |\n|---|---|---|---|---|")?;
    for provider in catalogue.iter() {
        let name = match provider.documentation() {
            Some(documentation) => format!("[{}]({documentation})", provider.id()),
            None => provider.id().to_owned(),
        };
        let quirks: Vec<String> = provider.quirks().map(|quirk| format!("{quirk:?}")).collect();
        let (base_url, dialect) = (provider.base_url(), provider.dialect());
        writeln!(page, "| {name} | `{base_url}` | {} | {dialect} | {} |", key(provider), quirks.join(", "))?;
    }
    Ok(())
}

fn key(provider: &Provider) -> String {
    let variable = provider.key_variable().unwrap_or_default();
    match provider.authentication() {
        Authentication::None => "none".to_owned(),
        Authentication::Bearer => format!("`{variable}`"),
        Authentication::BearerIfGiven => format!("`{variable}`, if any"),
        Authentication::XApiKey => format!("`{variable}`, as `x-api-key`"),
        Authentication::XGoogApiKey => format!("`{variable}`, as `x-goog-api-key`"),
        Authentication::ApiKey => format!("`{variable}`, as `api-key`"),
        Authentication::XPortkeyApiKey => format!("`{variable}`, as `x-portkey-api-key`"),
        Authentication::Authorizer => "the cloud's own credentials".to_owned(),
        other => format!("`{variable}`, {other:?}"),
    }
}

fn quirks(page: &mut String, catalogue: &Catalogue) -> fmt::Result {
    page.push_str(QUIRKS);
    let mut known: Vec<Quirk> = catalogue.iter().flat_map(Provider::quirks).collect();
    known.sort_by_key(|quirk| format!("{quirk:?}"));
    known.dedup();
    for quirk in known {
        writeln!(page, "| {quirk:?} | {} |", meaning(quirk))?;
    }
    Ok(())
}

/// What a provider with this quirk does otherwise.
#[expect(clippy::too_many_lines, reason = "a table")]
fn meaning(quirk: Quirk) -> &'static str {
    match quirk {
        Quirk::MaxCompletionTokens => "calls the token limit `max_completion_tokens`",
        Quirk::RequiredIsAny => "says `any` where others say `required` of the choice of a tool",
        Quirk::RandomSeed => "calls the seed `random_seed`",
        Quirk::ContentChunks => {
            "takes documents as `document_url`, sound as base64 alone, and its reasoning back as a `thinking` chunk"
        }
        Quirk::WholeUrl => "its base URL is the whole address of its chat",
        Quirk::Prefix => "goes on with a last answer that is marked with `prefix`",
        Quirk::Alternates => "takes turns of the user and of the model that alternate",
        Quirk::InstructionsBeforeAnswers => "takes no instructions right behind an answer or a result",
        Quirk::OneSystem => "takes instructions as one message before all others",
        Quirk::NoNullContent => "takes an answer that calls alone without `content`",
        Quirk::CacheMarks => "keeps what stands up to a mark for caches",
        Quirk::ClaudeCacheMarks => "keeps what stands up to a mark for caches, of a Claude",
        Quirk::NoEmptyAnswers => "takes no answer without text and calls",
        Quirk::ReasoningContent => "wants its reasoning back as `reasoning_content`",
        Quirk::Reasoning => "wants its reasoning back as `reasoning`",
        Quirk::ThoughtsByModel => {
            "has models of others who refuse calls without the `reasoning_content` before them"
        }
        Quirk::ReasoningDetails => "wants its reasoning back as `reasoning_details`",
        Quirk::ReasoningSplit => "is told to keep its reasoning apart from the text with `reasoning_split`",
        Quirk::QwenReasoningFormat => {
            "is told to keep the reasoning of a Qwen apart from the text with `reasoning_format`"
        }
        Quirk::CallsAreThought => "refuses calls without the `reasoning_content` before them while it thinks",
        Quirk::ThinkingSwitch => "is told whether to think with `thinking`",
        Quirk::SwitchedEfforts => {
            "is told whether to think with `thinking`, and how much with an effort up to high"
        }
        Quirk::AdaptiveSwitch => "is told whether to think with `thinking`, and not how much",
        Quirk::ClaudeThinking => "is told how much a Claude thinks with `thinking`, as Anthropic is",
        Quirk::EnableThinking => {
            "is told whether to think with `enable_thinking`, and how much with `thinking_budget`"
        }
        Quirk::EnableThinkingByModel => "is told the same for the models that think when told to only",
        Quirk::QwenDefaultEffort => "knows for Qwen the efforts default and none only",
        Quirk::ToolsOrThinking => {
            "lets OpenAI's models from GPT-5.4 on think only where no tools are offered"
        }
        Quirk::UnsignedThinking => "wants a `thinking` block back that it did not sign",
        Quirk::ThoughtSignature => {
            "has a signature of Gemini as a call's `thought_signature`, and wants it back there"
        }
        Quirk::SignedCalls => "refuses calls that a Gemini did not sign, unless they are marked as such",
        Quirk::Base64Vectors => "gives vectors as base64 when asked",
        Quirk::OutputDimension => "calls the length of a vector `output_dimension`",
        Quirk::InputTypePassage => "is told as `input_type` what vectors are for: `query`, `passage`",
        Quirk::InputTypeSearch => {
            "is told as `input_type` what vectors are for: `search_query`, `search_document`"
        }
        Quirk::Predict => "embeds by `:predict`, and newer models by `:embedContent`",
        Quirk::NoStreamOptions => "refuses `stream_options`; its streams carry usage anyway",
        Quirk::OnlyStreams => "has models that answer in streams only, and are asked for streams",
        Quirk::NoLogprobs => "refuses to give probabilities",
        Quirk::LogprobsIsCount => "wants as `logprobs` the number of tokens whose probabilities it gives",
        Quirk::MetadataIsStored => "takes labels for an answer that it stores only; none is stored here",
        Quirk::ThreeEfforts => "knows the efforts low, medium and high only",
        Quirk::ThreeEffortsOrNone => "knows the efforts low, medium and high only, and none",
        Quirk::HighEffortOnly => {
            "knows the effort high only, and none, but for models whose names tell of others"
        }
        Quirk::NoNamedTool => "forces some tool, but none by its name",
        Quirk::NoFormWithTools => "takes no form of an answer while tools are offered",
        Quirk::IgnoresSettings => "ignores the settings that a model does not take",
        Quirk::JsonBySchema => "answers in JSON by a schema only",
        Quirk::AnyArguments => "takes a call's arguments back as written, even if that is no JSON",
        Quirk::NoFiles => "takes no files in messages",
        Quirk::NoAudio => "takes no recordings in messages",
        Quirk::ThinkersMaxCompletionTokens => {
            "calls the token limit `max_completion_tokens` for OpenAI's models that think"
        }
        Quirk::StrictIsClosed => "enforces schemas of closed objects whose members are all required only",
        Quirk::StrictIsUnbounded => "enforces the same without bounds, patterns and formats only",
        Quirk::AzureOpenAi => "has OpenAI's models with the limits of Azure OpenAI",
        Quirk::StrictWithoutDefaults => "enforces no schema with a `default`",
        Quirk::StrictGptOss => "enforces schemas for gpt-oss only",
        Quirk::Stops(_) => "takes so many texts to stop at",
        Quirk::NoPenalties => "takes no penalties",
        Quirk::PositiveTemperature => "takes temperatures above 0 only",
        Quirk::MostTemperature(_) => "takes temperatures up to so many hundredths",
        Quirk::UnsignedSeed => "takes seeds from 0 on",
        Quirk::NoTopPWhenGreedy => "takes a `top_p` only with a temperature above 0",
        Quirk::TopPBelowOne => "takes a `top_p` below 1 only, which is what holds unsaid",
        Quirk::KimiSampling => "takes no sampling settings for its `kimi` models",
        Quirk::NoJsonSchema => "takes no schema for an answer",
        Quirk::OnlyAutoTools => "leaves it to the model whether to call a tool",
        Quirk::LetterFirst => "takes names of tools that begin with a letter",
        Quirk::ShortDescriptions => "takes descriptions of tools up to 1024 characters",
        Quirk::TypedAlternatives => {
            "takes no type beside alternatives in schemas of arguments, and nothing beside a `$ref`"
        }
        Quirk::PlainPatterns => "takes no patterns that Python does not read, or that look around",
        Quirk::TypedMembers => "takes no schema within those of arguments that leaves its type open",
        Quirk::ToolGrammar => "makes a grammar of schemas of arguments: not of all that they may say",
        Quirk::ShortCallIds => "takes calls' ids up to 40 characters",
        Quirk::NineCharacterCallIds => "takes calls' ids of nine letters and digits only",
        _ => "see `Quirk` in the documentation of `toolgate-llm-providers`",
    }
}

fn other_names(page: &mut String, catalogue: &Catalogue) -> Result<(), Box<dyn std::error::Error>> {
    page.push_str("\n## Under another name\n\n| called elsewhere | here |\n|---|---|\n");
    for (other, id) in OTHER_NAMES {
        writeln!(page, "| {other} | {} |", catalogue.provider(id)?.id())?;
    }
    Ok(())
}

fn unsupported(page: &mut String) -> fmt::Result {
    writeln!(page, "\n## Not supported yet: {}\n", Catalogue::unsupported().count())?;
    page.push_str(UNSUPPORTED);
    for (id, reason) in Catalogue::unsupported() {
        writeln!(page, "| {id} | {reason} |")?;
    }
    Ok(())
}
