#![doc = include_str!("../README.md")]

mod access_token;
#[cfg(feature = "private-key-jwt")]
mod assertion;
mod authentication;
mod bearer;
mod cache;
mod caches;
mod challenge;
mod client_credentials;
pub mod discovery;
#[cfg(feature = "dpop")]
mod dpop;
mod echo;
mod endpoint_url;
mod error;
mod introspection;
mod json;
mod request;
mod resource;
mod response;
mod retry_after;
mod scope;
mod secret;
#[cfg(feature = "private-key-jwt")]
mod signing_key;
mod source;
mod step_up;
pub mod store;
mod token_client;

pub use access_token::{AccessToken, TokenType};
#[cfg(feature = "private-key-jwt")]
pub use assertion::PrivateKeyJwt;
pub use authentication::ClientAuthentication;
pub use bearer::BearerAuth;
pub use cache::{CacheKey, TokenCache};
pub use caches::TokenCaches;
pub use challenge::{Challenge, ChallengeError};
pub use client_credentials::ClientCredentials;
#[cfg(feature = "dpop")]
pub use dpop::DpopKey;
pub use error::TokenError;
pub use introspection::Introspection;
pub use secret::Secret;
#[cfg(feature = "private-key-jwt")]
pub use signing_key::{SigningAlgorithm, SigningKey};
pub use source::TokenSource;
pub use step_up::StepUp;
