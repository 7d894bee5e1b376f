//! The MCP side proper: rmcp's `ServerHandler` for the demo's tools.

use std::borrow::Cow;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, ListToolsResult,
    PaginatedRequestParams, ProtocolVersion, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::Value;

use super::Generation;
use super::answers::answer;
use super::controls::McpControls;
use super::tools;

/// The tools of one server; each session has a clone.
#[derive(Clone)]
pub(super) struct Tools {
    server: McpControls,
}

impl Tools {
    pub(super) fn new(server: McpControls) -> Self {
        Self { server }
    }

    async fn run(&self, request: CallToolRequestParams) -> Result<CallToolResult, ErrorData> {
        let name = &*request.name;
        let definition = self
            .server
            .offered()
            .find(|definition| definition.tool.name == name)
            .ok_or_else(|| ErrorData::invalid_params("unknown tool", None))?;
        let arguments = Value::Object(request.arguments.unwrap_or_default());
        if let Some(complaint) = definition.complaint(&arguments) {
            return Ok(CallToolResult::error(vec![ContentBlock::text(complaint)]));
        }
        tokio::time::sleep(self.server.delay_of(name)).await;
        let serial = self.server.count_execution(name);
        if let Some(failure) = self.server.failure_of(name) {
            return Ok(CallToolResult::error(vec![ContentBlock::text(failure)]));
        }
        let now = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second()).expect("the present");
        let answered = answer(name, &arguments, &now.to_string(), serial);
        Ok(CallToolResult::success(vec![ContentBlock::text(answered.to_string())]))
    }
}

impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("toolgate-testkit", env!("CARGO_PKG_VERSION")))
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        match self.server.generation() {
            Generation::Initialize => {
                Cow::Borrowed(ProtocolVersion::known_up_to(&ProtocolVersion::LATEST_WITH_INITIALIZE))
            }
            Generation::Stateless => Cow::Owned(vec![ProtocolVersion::V_2026_07_28]),
            Generation::Both => Cow::Borrowed(ProtocolVersion::KNOWN_VERSIONS),
        }
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let listed = self
            .server
            .offered()
            .map(|one| tools::described(one, self.server.description_of(&one.tool.name)));
        Ok(ListToolsResult::with_all_items(listed.collect()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.run(request).await.map(Into::into)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.server.offered().find(|definition| definition.tool.name == name).map(|found| found.tool.clone())
    }
}
