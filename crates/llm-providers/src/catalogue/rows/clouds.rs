//! Clouds: models of many owners, at an address of the customer's own, with what the cloud knows its customers by.

use super::quirks::{AZURE, AZURE_RESPONSES, MISTRAL, RESPONSES, SNOWFLAKE};
use crate::Dialect::{
    AnthropicBedrock, AnthropicMessages, AnthropicVertex, BedrockConverse, GeminiGenerate, OpenAiChat,
    OpenAiResponses, OpenAiVertex, SageMakerChat, WatsonxChat,
};
use crate::Quirk::{
    AzureOpenAi, ClaudeThinking, NoEmptyAnswers, NoStreamOptions, Predict, SignedCalls,
    ThinkersMaxCompletionTokens, ToolsOrThinking,
};
use crate::catalogue::Authentication::{ApiKey, Authorizer, Bearer, XApiKey};
use crate::catalogue::provider::Row;

/// By id, in the order of its bytes.
pub(super) const ROWS: &[Row] = &[
    ("azure", "https://{resource}.openai.azure.com/openai/v1", OpenAiChat, ApiKey, AZURE),
    (
        "azure_ai",
        "https://{resource}.services.ai.azure.com/openai/v1",
        OpenAiChat,
        ApiKey,
        &[ThinkersMaxCompletionTokens, ToolsOrThinking, AzureOpenAi],
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
    ("bedrock", "https://bedrock-runtime.{region}.amazonaws.com", BedrockConverse, Bearer, &[]),
    ("bedrock_anthropic", "https://bedrock-runtime.{region}.amazonaws.com", AnthropicBedrock, Bearer, &[]),
    ("bedrock_mantle", "https://bedrock-mantle.{region}.api.aws/v1", OpenAiChat, Bearer, &[]),
    // OpenAI's own models from GPT-5 on stand apart from those of others.
    (
        "bedrock_mantle_responses",
        "https://bedrock-mantle.{region}.api.aws/openai/v1",
        OpenAiResponses,
        Bearer,
        RESPONSES,
    ),
    (
        "databricks",
        "https://{workspace}/serving-endpoints",
        OpenAiChat,
        Bearer,
        &[NoStreamOptions, ClaudeThinking],
    ),
    ("gdc", "https://{host}/v1/projects/{project}/locations/{location}", OpenAiChat, Bearer, &[]),
    ("oci", "https://inference.generativeai.{region}.oci.oraclecloud.com/openai/v1", OpenAiChat, Bearer, &[]),
    ("sagemaker", "https://runtime.sagemaker.{region}.amazonaws.com", SageMakerChat, Authorizer, &[]),
    (
        "sagemaker_openai",
        "https://runtime.sagemaker.{region}.amazonaws.com/endpoints/{endpoint}/openai/v1",
        OpenAiChat,
        Bearer,
        &[],
    ),
    ("snowflake", "https://{account}.snowflakecomputing.com/api/v2/cortex/v1", OpenAiChat, Bearer, SNOWFLAKE),
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
    ("watsonx", "https://{region}.ml.cloud.ibm.com", WatsonxChat, Authorizer, &[]),
    ("watsonx_gateway", "https://{region}.ml.cloud.ibm.com/ml/gateway/v1", OpenAiChat, Authorizer, &[]),
];
