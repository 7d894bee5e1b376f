//! A call that has been checked: the only kind that can be made.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};
use toolgate_tool_types::{JsonObject, ToolName};

use crate::progress::Listener;
use crate::text::escaped;
use crate::{BridgeError, ToolEntry, ToolProgress};

/// A call of a known tool with arguments that fit its input schema. Made by [`Bridge::check`](crate::Bridge::check) alone and
/// consumed by [`Bridge::call`](crate::Bridge::call), so that no call is made unchecked, and none twice.
#[must_use = "a checked call does nothing until it is called"]
pub struct CheckedCall {
    pub(crate) entry: Arc<ToolEntry>,
    /// What was validated is what is sent.
    pub(crate) arguments: Map<String, Value>,
    text: JsonObject,
    /// What goes into the extensions of the HTTP request.
    pub(crate) extensions: http::Extensions,
    pub(crate) listener: Option<Listener>,
    /// What goes into the request's `_meta`.
    pub(crate) meta: Map<String, Value>,
}

impl CheckedCall {
    pub(crate) fn new(entry: Arc<ToolEntry>, text: JsonObject) -> Result<Self, BridgeError> {
        let invalid =
            |pointer, reason| BridgeError::InvalidArguments { tool: entry.name().clone(), pointer, reason };
        let unreadable = |error: String| invalid(String::new(), escaped(&error));
        let given: Map<String, Value> = text.read().map_err(|error| unreadable(error.to_string()))?;
        let schema = &entry.definition.arguments;
        let given = Value::Object(given);
        let arguments = match schema.check(&given) {
            Ok(()) => given,
            Err(violation) => {
                let less = without_nulls(&given).filter(|less| schema.check(less).is_ok());
                less.ok_or_else(|| invalid(violation.pointer, violation.reason))?
            }
        };
        // Not as it was given: of a number with many digits it says something else than what is sent.
        let text = JsonObject::from_serialize(&arguments).map_err(|error| unreadable(error.to_string()))?;
        let Value::Object(arguments) = arguments else {
            return Err(invalid(String::new(), "expected an object".to_owned()));
        };
        let (extensions, meta) = (http::Extensions::new(), Map::new());
        Ok(Self { entry, arguments, text, extensions, meta, listener: None })
    }

    /// Gives the server's HTTP client a value with this call, in the extensions of the request that carries it: which
    /// token it is to send, say. Nothing looks at it here, and no program that is a server gets it.
    pub fn with_extension<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.extensions.insert(value);
        self
    }

    /// Tells `listener` how far the call has come, whenever its server says so. It is called while answers are read, so
    /// it must not block.
    pub fn with_progress(mut self, listener: impl Fn(ToolProgress) + Send + Sync + 'static) -> Self {
        self.listener = Some(Arc::new(listener));
        self
    }

    /// Says something about this call to the server, in the request's `_meta`: a trace context, say, as `traceparent`
    /// (SEP-414). The protocol's own keys win over it.
    ///
    /// ```no_run
    /// # fn example(call: toolgate_mcp_bridge::CheckedCall) -> toolgate_mcp_bridge::CheckedCall {
    /// call.with_meta("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    /// # }
    /// ```
    pub fn with_meta(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.meta.insert(key.into(), value.into());
        self
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

    /// The arguments as they are sent: as they were given, but for nulls that the schema does not allow. Models write
    /// null for an optional argument that they leave out. Numbers are sent as far as 64 bits hold them.
    #[must_use]
    pub fn arguments(&self) -> &JsonObject {
        &self.text
    }
}

/// The arguments that are not null, if any is.
fn without_nulls(arguments: &Value) -> Option<Value> {
    let mut members = arguments.as_object()?.clone();
    let given = members.len();
    members.retain(|_, value| !value.is_null());
    (members.len() < given).then_some(Value::Object(members))
}

impl fmt::Debug for CheckedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedCall").field("entry", &self.entry).finish_non_exhaustive()
    }
}
