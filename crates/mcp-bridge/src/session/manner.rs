//! What each call says besides the call, in the manner of the protocol version that was agreed on (MCP 2026-07-28,
//! basic/transports, "Request Metadata"; 2025-11-25, "Protocol Version Header").

use http::{HeaderName, HeaderValue};
use rmcp::model::{ClientConfig, ProtocolVersion, RequestMetaObject};
use serde_json::{Map, Value};

use crate::definition::Definition;
use crate::param_headers;

const PROTOCOL_VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");

/// How this session's calls are made.
#[derive(Debug)]
pub(super) struct Manner {
    version: Option<HeaderValue>,
    /// Whether each request stands alone, and says in its headers and `_meta` what a handshake said before.
    stands_alone: bool,
    /// Goes into the `_meta` of each call.
    own: Map<String, Value>,
}

impl Manner {
    pub(super) fn of(version: &ProtocolVersion, stands_alone: bool, client: ClientConfig) -> Self {
        let mut meta = RequestMetaObject::default();
        if stands_alone {
            meta.set_protocol_version(version.clone());
            meta.set_client_info(client.client_info);
            meta.set_client_capabilities(client.capabilities);
        }
        Self { version: HeaderValue::from_str(version.as_str()).ok(), stands_alone, own: meta.0.0 }
    }

    /// The `_meta` of the call with this id: what the caller says, then what the protocol wants said.
    pub(super) fn meta(&self, said: &Map<String, Value>, id: i64) -> Map<String, Value> {
        let mut meta = said.clone();
        meta.extend(self.own.clone());
        meta.insert("progressToken".to_owned(), id.into());
        meta
    }

    /// The headers of a call of this tool.
    pub(super) fn headers(
        &self,
        tool: &Definition,
        arguments: &Map<String, Value>,
    ) -> Vec<(HeaderName, HeaderValue)> {
        let mut headers = Vec::new();
        headers.extend(self.version.clone().map(|version| (PROTOCOL_VERSION, version)));
        if self.stands_alone {
            headers.push((METHOD, HeaderValue::from_static("tools/call")));
            headers.extend(param_headers::text(&tool.name).map(|name| (NAME, name)));
            headers.extend(tool.param_headers.of(arguments));
        }
        headers
    }
}
