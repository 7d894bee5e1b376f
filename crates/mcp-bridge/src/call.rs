//! A call that has been checked: the only kind that can be made.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};
use toolgate_tool_types::{JsonObject, ToolName};

use crate::text::escaped;
use crate::{BridgeError, ToolEntry};

/// A call of a known tool with arguments that fit its input schema. Made by [`Bridge::check`](crate::Bridge::check) alone and
/// consumed by [`Bridge::call`](crate::Bridge::call), so that no call is made unchecked, and none twice.
#[must_use = "a checked call does nothing until it is called"]
pub struct CheckedCall {
    pub(crate) entry: Arc<ToolEntry>,
    /// What was validated is what is sent.
    pub(crate) arguments: Map<String, Value>,
    text: JsonObject,
}

impl CheckedCall {
    pub(crate) fn new(entry: Arc<ToolEntry>, text: JsonObject) -> Result<Self, BridgeError> {
        let invalid =
            |pointer, reason| BridgeError::InvalidArguments { tool: entry.name().clone(), pointer, reason };
        let arguments =
            text.read::<Value>().map_err(|error| invalid(String::new(), escaped(&error.to_string())))?;
        entry
            .definition
            .arguments
            .check(&arguments)
            .map_err(|violation| invalid(violation.pointer, violation.reason))?;
        let Value::Object(arguments) = arguments else {
            return Err(invalid(String::new(), "expected an object".to_owned()));
        };
        Ok(Self { entry, arguments, text })
    }

    /// The tool.
    #[must_use]
    pub fn name(&self) -> &ToolName {
        self.entry.name()
    }

    /// The tool and where it comes from.
    #[must_use]
    pub fn entry(&self) -> &Arc<ToolEntry> {
        &self.entry
    }

    /// The arguments as they were given.
    #[must_use]
    pub fn arguments(&self) -> &JsonObject {
        &self.text
    }
}

impl fmt::Debug for CheckedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedCall").field("entry", &self.entry).finish_non_exhaustive()
    }
}
