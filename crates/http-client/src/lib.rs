#![doc = include_str!("../README.md")]

mod body;
mod client;
mod connect;
mod credential;
mod error;
mod hyper_client;
mod options;
mod origin;

pub use body::Body;
pub use client::{HttpClient, Request, Response};
pub use credential::{AttachedCredential, Credential, ModelProvider, ProtectedResource, Purpose, TokenEndpoint};
pub use error::{HttpError, Phase};
pub use hyper_client::{HyperClient, HyperClientBuilder};
pub use options::SendOptions;
pub use origin::Origin;
