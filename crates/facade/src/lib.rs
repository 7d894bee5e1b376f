#![doc = include_str!("../README.md")]

mod alike;
mod authorization;
mod clients;
mod config;
mod conversation;
mod error;
mod failover;
mod gate;
mod health;
mod kept;
mod limits;
mod lock;
pub mod metrics;
mod models;
mod policy;
mod price;
mod record;
mod recording;
mod reload;
mod running;
mod schema;
mod secrets;
mod setup;
mod size;
mod store;
#[cfg(feature = "otel")]
pub mod telemetry;
mod tokens;
mod toolgate;
mod trace;
mod transport;
#[cfg(test)]
mod unplugged;
mod verified;

/// The audit log: records, digests and the verifier of files.
pub use toolgate_audit_log as audit;

pub use authorization::{AuthorizationServer, Found, NoToken};
pub use clients::TokenClient;
pub use config::{
    AcceptConfig, AuditConfig, Authentication, Config, ConfigError, Drift, Durable, Environment, ErrorName,
    FailoverConfig, ModelProviderConfig, OAuthConfig, OnFailure, ProgramConfig, ProxyConfig, Reaction,
    RoutingConfig, SecretSource, ServeAuthConfig, ServeConfig, ServerAddress, ServerConfig,
    ShortPromptsConfig, StoreConfig, TargetConfig, TelemetryConfig, TlsSettings, ToolsConfig, read_toml,
};
#[cfg(feature = "schemars")]
pub use conversation::schema_of;
pub use conversation::{Answer, Conversation, Event, FormError, Prompt, Timing, Transcript, TranscriptError};
pub use error::{ChatError, ChatFailure, Error};
pub use failover::{Models, Router, ShortPrompts, Target};
pub use gate::{ApprovalRequest, Approve, Decision, Denial, Passage};
pub use health::{AuditHealth, Health, KeysHealth, ModelHealth, ServerHealth};
pub use limits::{LimitReached, Limits};
pub use lock::{DefinitionChange, MemberChange, ToolLock};
pub use models::{KeyPresence, KnownProvider};
pub use policy::{
    Applies, ArgumentCondition, Change, ConditionError, Policy, Rate, RateError, Replay, Rule, Unlisted,
};
pub use price::{Money, MoneyError, Price};
pub use recording::{Recorder, RecordingError, Replayer};
pub use reload::Reload;
pub use toolgate::Toolgate;
pub use toolgate_http_client::{
    AttachedCredential, Body, HttpClient, HttpError, Origin, Probe, Request, Response, Session, redacted_url,
};
pub use toolgate_jwt_verify::{KeyHealth, SkippedKey, VerifiedToken, VerifyError};
pub use toolgate_llm_providers::{
    AssistantMessage, AssistantPart, ChatEvent, ChatModel, ChatOptions, ChatRequest, ChatResponse,
    ChatStream, EmbeddingModel, EmbeddingPurpose, EmbeddingRequest, EmbeddingResponse, ErrorKind,
    FinishReason, JsonSchema, Loss, Media, Message, ModelId, Part, ProviderError, ReasoningEffort,
    ResponseFormat, ToolChoice, Usage,
};
pub use toolgate_mcp_bridge::{
    BridgeError, Elicit, Elicitation, ElicitationAnswer, ElicitationMode, Finding, Flag, ToolEntry,
    ToolProgress, ToolSet,
};
pub use toolgate_oauth_cc::store::StoreError;
pub use toolgate_oauth_cc::{AccessToken, Secret, TokenError};
pub use toolgate_tls_config::{ChainSummary, TlsError, TrustSource, TrustSummary};
pub use toolgate_tool_types::{CallId, Content, JsonObject, Tool, ToolCall, ToolName, ToolResult};
