#![doc = include_str!("../README.md")]

mod access_token;
mod authentication;
mod bearer;
mod cache;
mod challenge;
mod client_credentials;
pub mod discovery;
mod endpoint_url;
mod error;
mod json;
mod request;
mod response;
mod retry_after;
mod scope;
mod secret;
mod source;
mod step_up;
mod token_client;

pub use access_token::{AccessToken, TokenType};
pub use authentication::ClientAuthentication;
pub use bearer::BearerAuth;
pub use cache::TokenCache;
pub use challenge::{Challenge, ChallengeError};
pub use client_credentials::ClientCredentials;
pub use error::TokenError;
pub use secret::Secret;
pub use source::TokenSource;
pub use step_up::StepUp;
