//! What the suite hands a client: the scenario's name and its constants, in the environment.

use std::env;
use std::error::Error;

use serde::Deserialize;
use toolgate_tool_types::JsonObject;

/// The scenario's constants. Those that it does not give are made up: its server accepts any.
#[derive(Deserialize)]
pub(crate) struct Context {
    #[serde(default = "any")]
    pub(crate) client_id: String,
    #[serde(default = "any")]
    pub(crate) client_secret: String,
    pub(crate) private_key_pem: Option<String>,
    #[serde(default, rename = "toolCalls")]
    pub(crate) tool_calls: Vec<ToolCall>,
}

/// A call that the scenario asks for.
#[derive(Deserialize)]
pub(crate) struct ToolCall {
    pub(crate) name: String,
    pub(crate) arguments: JsonObject,
}

fn any() -> String {
    "conformance".to_owned()
}

/// The scenario's name.
///
/// # Errors
/// When the suite did not start this program.
pub(crate) fn scenario() -> Result<String, Box<dyn Error>> {
    env::var("MCP_CONFORMANCE_SCENARIO")
        .map_err(|_| "MCP_CONFORMANCE_SCENARIO is not set: the conformance suite starts this program".into())
}

/// The scenario's constants.
///
/// # Errors
/// When they are not the JSON that was expected.
pub(crate) fn context() -> Result<Context, Box<dyn Error>> {
    let text = env::var("MCP_CONFORMANCE_CONTEXT").unwrap_or_else(|_| "{}".to_owned());
    Ok(serde_json::from_str(&text)?)
}
