#![doc = include_str!("../README.md")]

mod api_key;
mod catalogue;
mod chat_model;
mod chat_stream;
mod dialect;
mod error;
mod event;
mod history;
mod lossiness;
mod message;
mod model_id;
mod request;
mod response;

pub use api_key::ApiKey;
pub use catalogue::{Authentication, Catalogue, Provider, Quirk};
pub use chat_model::ChatModel;
pub use chat_stream::ChatStream;
pub use dialect::{Dialect, Encoded, RenderedTools, StreamDecoder, UnknownDialect};
pub use error::{ErrorKind, ProviderError};
pub use event::ChatEvent;
pub use lossiness::Loss;
pub use message::{
    AssistantMessage, AssistantPart, Media, Message, Native, Opaque, Part, Reasoning, ToolMessage,
};
pub use model_id::{ModelId, ModelIdError};
pub use request::{ChatOptions, ChatRequest, ToolChoice};
pub use response::{ChatResponse, FinishReason, Usage};
