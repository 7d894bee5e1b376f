#![doc = include_str!("../README.md")]

mod access;
mod api_key;
mod authorizer;
#[cfg(feature = "bedrock")]
mod aws;
mod catalogue;
mod chat_model;
mod chat_stream;
mod citation;
mod dialect;
mod embedding_model;
mod embedding_request;
mod embedding_response;
mod error;
mod event;
mod history;
mod lossiness;
mod message;
mod model_id;
mod options;
mod percent;
mod rate_limits;
mod renewed;
mod request;
mod response;
mod token;

pub use api_key::ApiKey;
pub use authorizer::Authorizer;
#[cfg(feature = "bedrock")]
pub use aws::{AwsKeys, AwsScope, AwsSigner};
pub use catalogue::{Authentication, Catalogue, Provider, Quirk};
pub use chat_model::ChatModel;
pub use chat_stream::ChatStream;
pub use citation::Citation;
pub use dialect::{
    Dialect, Encoded, EncodedBatch, EncodedEmbeddings, RenderedTools, StreamDecoder, UnknownDialect,
};
pub use embedding_model::EmbeddingModel;
pub use embedding_request::{EmbeddingPurpose, EmbeddingRequest};
pub use embedding_response::EmbeddingResponse;
pub use error::{ErrorKind, ProviderError};
pub use event::ChatEvent;
pub use lossiness::Loss;
pub use message::{
    AssistantMessage, AssistantPart, Media, Message, Native, Opaque, Part, Reasoning, ToolMessage,
};
pub use model_id::{ModelId, ModelIdError};
pub use options::{ChatOptions, JsonSchema, ReasoningEffort, ResponseFormat};
pub use rate_limits::{Allowance, RateLimits};
pub use request::{ChatRequest, ToolChoice};
pub use response::{ChatResponse, FinishReason, TokenLogprob, Usage};
#[cfg(feature = "snowflake")]
pub use token::KeyPairAuthorizer;
pub use token::TokenAuthorizer;
