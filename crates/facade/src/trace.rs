//! Spans of a conversation, by OpenTelemetry's conventions for generative AI (semantic-conventions 1.41, gen-ai): the
//! conversation, each question to a model, each call of a tool.
//!
//! Names, numbers and kinds are recorded; never what people, models and tools say, nor a secret. They are spans of
//! `tracing`, for any subscriber; the feature `otel` exports them.

mod context;

use toolgate_llm_providers::{ChatModel, ChatResponse, FinishReason, ProviderError, Usage};
use toolgate_tool_types::ToolCall;
use tracing::Span;
use tracing::field::Empty;

pub(crate) use context::{InTrace, of as context_of, send_with as send_context_with};

use crate::config::ErrorName;
use crate::{ChatFailure, Decision, Passage};

/// The longest name of a tool that is recorded, in characters: a model may write anything there.
const LONGEST: usize = 128;

/// A conversation: everything else happens within.
pub(crate) fn conversation(id: &str) -> Span {
    tracing::info_span!(
        "invoke_agent",
        "otel.name" = "invoke_agent toolgate",
        "otel.status_code" = Empty,
        "gen_ai.operation.name" = "invoke_agent",
        "gen_ai.agent.name" = "toolgate",
        "gen_ai.conversation.id" = id,
        "gen_ai.provider.name" = Empty,
        "gen_ai.usage.input_tokens" = Empty,
        "gen_ai.usage.output_tokens" = Empty,
        "error.type" = Empty,
    )
}

/// How a conversation ended: with a model's answer (`provider/model`), or without.
pub(crate) fn ended(span: &Span, ended: Result<&str, &ChatFailure>, used: &Usage) {
    usage(span, used);
    match ended {
        Ok(model) => {
            let provider = model.split('/').next().unwrap_or_default();
            span.record("gen_ai.provider.name", provider_name(provider));
        }
        Err(failure) => failed(span, failure_name(failure)),
    }
}

/// A question to a model.
pub(crate) fn chat(model: &ChatModel, most_tokens: Option<u32>) -> Span {
    let span = tracing::info_span!(
        "chat",
        "otel.name" = format_args!("chat {}", model.name()),
        "otel.kind" = "client",
        "otel.status_code" = Empty,
        "gen_ai.operation.name" = "chat",
        "gen_ai.provider.name" = provider_name(model.provider().id()),
        "gen_ai.request.model" = model.name(),
        "gen_ai.request.max_tokens" = Empty,
        "gen_ai.response.id" = Empty,
        "gen_ai.response.model" = Empty,
        "gen_ai.response.finish_reasons" = Empty,
        "gen_ai.usage.input_tokens" = Empty,
        "gen_ai.usage.output_tokens" = Empty,
        "error.type" = Empty,
    );
    if let Some(most) = most_tokens {
        span.record("gen_ai.request.max_tokens", most);
    }
    span
}

/// What the model answered, or why it did not.
pub(crate) fn answered(span: &Span, answered: &Result<ChatResponse, ProviderError>) {
    match answered {
        Ok(response) => {
            usage(span, &response.usage);
            for (name, value) in
                [("gen_ai.response.id", &response.id), ("gen_ai.response.model", &response.model)]
            {
                if !value.is_empty() {
                    span.record(name, &**value);
                }
            }
            context::set_list(span, "gen_ai.response.finish_reasons", finish_reason(&response.finish));
        }
        Err(error) => failed(span, ErrorName(error.kind()).name()),
    }
}

/// A call of a tool, from the model's request to the result.
pub(crate) fn tool(call: &ToolCall) -> Span {
    let name: String = call.name.chars().take(LONGEST).collect();
    tracing::info_span!(
        "execute_tool",
        "otel.name" = format_args!("execute_tool {name}"),
        "otel.status_code" = Empty,
        "gen_ai.operation.name" = "execute_tool",
        "gen_ai.tool.name" = name,
        "gen_ai.tool.call.id" = call.id.as_str(),
        "gen_ai.tool.type" = "extension",
        "toolgate.server" = Empty,
        "toolgate.rule" = Empty,
        "toolgate.verdict" = Empty,
        "error.type" = Empty,
    )
}

/// What the gate decided about a call.
pub(crate) fn decided(span: &Span, decision: &Decision) {
    if let Some(server) = &decision.server {
        span.record("toolgate.server", server.as_str());
    }
    span.record("toolgate.rule", decision.rule.as_str());
    span.record("toolgate.verdict", if decision.is_allowed() { "allowed" } else { "denied" });
}

/// How a call ended.
pub(crate) fn passed(span: &Span, passage: &Passage) {
    match (&passage.decision.denial, &passage.failure) {
        (Some(denial), _) => failed(span, denial.kind()),
        (None, Some(failure)) if failure.may_have_run() => failed(span, "outcome_unknown"),
        (None, Some(_)) => failed(span, "failed"),
        (None, None) if passage.result.is_error => failed(span, "tool_error"),
        (None, None) => {}
    }
}

fn failed(span: &Span, kind: &str) {
    span.record("otel.status_code", "ERROR");
    span.record("error.type", kind);
}

fn usage(span: &Span, usage: &Usage) {
    let counted = [("gen_ai.usage.input_tokens", usage.input), ("gen_ai.usage.output_tokens", usage.output)];
    for (name, tokens) in counted {
        if let Some(tokens) = tokens {
            span.record(name, tokens);
        }
    }
}

/// The conventions' name of a provider, where they have one.
fn provider_name(id: &str) -> &str {
    match id {
        "bedrock" | "bedrock_anthropic" | "bedrock_mantle" | "bedrock_mantle_responses" => "aws.bedrock",
        "azure" | "azure_responses" => "azure.ai.openai",
        "azure_ai" | "azure_anthropic" => "azure.ai.inference",
        "gemini" => "gcp.gemini",
        "mistral" => "mistral_ai",
        "watsonx" | "watsonx_gateway" => "ibm.watsonx.ai",
        "xai" | "xai_responses" => "x_ai",
        "openai_responses" => "openai",
        id if id.starts_with("vertex_ai") => "gcp.vertex_ai",
        id => id,
    }
}

fn finish_reason(finish: &FinishReason) -> &str {
    match finish {
        FinishReason::Stop => "stop",
        FinishReason::ToolCalls => "tool_call",
        FinishReason::Length => "length",
        FinishReason::ContentFilter => "content_filter",
        FinishReason::Refusal => "refusal",
        FinishReason::Pause => "pause",
        FinishReason::Other(reason) => reason,
        _ => "other",
    }
}

fn failure_name(failure: &ChatFailure) -> &'static str {
    match failure {
        ChatFailure::Model(error) => ErrorName(error.kind()).name(),
        ChatFailure::CoolingDown { .. } => "cooling_down",
        ChatFailure::Mcp(_) => "mcp",
        ChatFailure::Audit(_) => "audit",
        ChatFailure::Limit(_) => "limit",
        ChatFailure::CutOff => "cut_off",
        ChatFailure::Form(_) => "form",
        ChatFailure::Cancelled => "cancelled",
    }
}
