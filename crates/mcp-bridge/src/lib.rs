#![doc = include_str!("../README.md")]

mod bridge;
mod call;
mod client_role;
mod connection;
mod definition;
mod discovery;
mod elicitation;
mod error;
mod failure;
mod flag;
mod names;
mod param_headers;
mod pins;
mod progress;
mod redaction;
mod result;
mod schema;
mod server;
mod session;
mod text;
mod tool_entry;
mod tool_set;
mod transport;

pub use bridge::Bridge;
pub use call::CheckedCall;
pub use elicitation::{Elicit, Elicitation, ElicitationAnswer, ElicitationMode};
pub use error::BridgeError;
pub use flag::{Finding, Flag};
pub use progress::ToolProgress;
pub use server::Server;
pub use tool_entry::ToolEntry;
pub use tool_set::{FailedServer, SkippedTool, ToolSet};
#[cfg(feature = "stdio")]
pub use transport::StdioCommand;
