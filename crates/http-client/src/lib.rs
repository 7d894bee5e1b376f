#![doc = include_str!("../README.md")]

mod address;
mod body;
mod client;
mod connect;
mod credential;
mod encoding;
mod error;
mod hyper_client;
mod lanes;
mod options;
mod origin;
mod probe;
mod retry;
mod retry_after;
pub mod sse;
mod trace;
mod url;

pub use address::AddressPolicy;
pub use body::Body;
pub use client::{HttpClient, Request, Response};
pub use connect::{Proxy, Resolve};
pub use credential::{
    AttachedCredential, Credential, ModelProvider, ProtectedResource, Purpose, TokenEndpoint,
};
pub use error::{HttpError, Phase};
pub use hyper_client::{HyperClient, HyperClientBuilder};
pub use options::SendOptions;
pub use origin::Origin;
pub use probe::{Connection, Probe, Session};
pub use retry::Retry;
pub use retry_after::retry_after;
pub use url::{parse_url, redacted_url};
