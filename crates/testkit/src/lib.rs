#![doc = include_str!("../README.md")]
// A development crate: a broken set-up should stop the test at once and say where.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_errors_doc
)]

pub mod aws_roles;
pub mod ca;
pub mod fault;
pub mod mcp;
pub mod models;
pub mod oauth;
pub mod outage;
pub mod rig;
pub mod serve;
mod server_tls;

pub use aws_roles::AwsRoles;
pub use ca::{DevCa, Leaf, LeafKind};
pub use fault::{Fault, FaultServer};
pub use mcp::{Generation, McpControls, McpServer, McpSettings, Place};
pub use oauth::{Algorithm, Client, OAuthControls, OAuthServer, OAuthSettings, TokenRequest, TokenShape};
pub use outage::Outage;
pub use rig::{Rig, RigSettings};
pub use serve::{Serving, listen, serve};
