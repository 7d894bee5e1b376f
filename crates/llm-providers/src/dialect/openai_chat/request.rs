//! Writes a chat completion request.

use std::borrow::Cow;

use serde_json::value::RawValue;
use toolgate_tool_types::Tool;

use super::{conversation, settings, thinking, wire};
use crate::dialect::{Context, tools};
use crate::lossiness::Losses;
use crate::{ChatRequest, ProviderError, Quirk, ToolChoice};

/// What of a request a host of chat completions has elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    /// Nothing: it is as OpenAI's.
    OpenAi,
    /// The model stands in the path alone: a container that serves one asks whether it is the one that it calls itself.
    SageMaker,
    /// The model has another name, an account beside it, and the path says whether the answer is streamed.
    Watsonx,
}

pub(crate) fn encode(
    context: &Context<'_>,
    request: &ChatRequest,
    losses: &mut Losses,
    host: Host,
) -> Result<Vec<u8>, ProviderError> {
    let provider = context.provider;
    let options = &request.options;
    // Where the model alone decides, tools that it is not to call are not offered.
    let is_kept_back = provider.has(Quirk::OnlyAutoTools) && request.tool_choice == Some(ToolChoice::None);
    let tools = context.tools.json().filter(|_| !is_kept_back);
    let is_watsonx = host == Host::Watsonx;
    let (seed, random_seed) = settings::seeds(context, options);
    let thinking = thinking::told(context, request, losses)?;
    let limit = options.max_tokens.or(thinking.limit);
    let (max_completion_tokens, max_tokens) = settings::limit(context, limit, is_watsonx);
    let messages = conversation::encode(context, request, losses)?;
    if options.top_k.is_some() {
        losses.report("options.top_k", "chat completions have none; a host that does takes it as an extra");
    }
    if is_watsonx {
        settings::report_unknown(options, losses);
    }
    let response_format = settings::format(context, options, tools.is_some())?;
    let (logprobs, top_logprobs) = settings::probabilities(context, options);
    let stream = context.stream && !is_watsonx;
    // Usage comes with a stream only where it is asked for.
    let stream_options = (stream && !provider.has(Quirk::NoStreamOptions))
        .then_some(wire::StreamOptions { include_usage: true });
    // Choices are refused without tools.
    let choice = tools.and(request.tool_choice.as_ref());
    let choice = choice.map(|choice| settings::choice(context, choice, request));
    let choice = choice.transpose()?;
    let (tool_choice_option, tool_choice) = match choice {
        Some(wire::ToolChoice::Mode(_)) if is_watsonx => (choice, None),
        _ => (None, choice),
    };
    context.write(&wire::Request {
        model: (host == Host::OpenAi).then_some(context.model),
        model_id: is_watsonx.then_some(context.model),
        project_id: provider.account("project_id"),
        space_id: provider.account("space_id"),
        messages,
        stream,
        stream_options,
        tools,
        tool_choice,
        tool_choice_option,
        parallel_tool_calls: tools.and(options.parallel_tool_calls).filter(|_| !is_watsonx),
        max_tokens,
        max_completion_tokens,
        temperature: options.temperature,
        top_p: options.top_p,
        stop: &options.stop,
        seed,
        random_seed,
        presence_penalty: options.presence_penalty,
        frequency_penalty: options.frequency_penalty,
        reasoning_effort: thinking.effort,
        thinking: thinking.switch,
        enable_thinking: thinking.enable,
        thinking_budget: thinking.budget,
        reasoning_split: settings::split(context),
        reasoning_format: settings::reasoning_format(context),
        response_format,
        logprobs,
        top_logprobs,
        metadata: Some(&options.metadata).filter(|labels| !is_watsonx && !labels.is_empty()),
    })
}

pub(crate) fn render_tools(tools: &[Tool]) -> Option<Box<RawValue>> {
    let rendered: Vec<wire::Tool<'_>> = tools
        .iter()
        .map(|tool| wire::Tool {
            r#type: "function",
            function: wire::Function {
                name: tool.name.as_str(),
                description: &tool.description,
                parameters: match tools::object_schema(&tool.input_schema) {
                    Some(completed) => Cow::Owned(completed),
                    None => Cow::Borrowed(tool.input_schema.as_raw()),
                },
            },
        })
        .collect();
    serde_json::value::to_raw_value(&rendered).ok()
}
