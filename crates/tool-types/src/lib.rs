#![doc = include_str!("../README.md")]

mod call;
mod content;
mod json;
mod name;
mod result;
mod tool;

pub use call::{ArgumentsError, CallId, ToolCall};
pub use content::Content;
pub use json::{JsonError, JsonObject, unique_members};
pub use name::{NameError, ToolName};
pub use result::ToolResult;
pub use tool::Tool;
