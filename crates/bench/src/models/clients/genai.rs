//! The crate `genai`.

use async_trait::async_trait;
use futures_util::StreamExt;
use genai::adapter::AdapterKind;
use genai::chat::{ChatMessage, ChatRequest, ChatStreamEvent, Tool};
use genai::resolver::{AuthData, Endpoint};
use genai::{ModelIden, ServiceTarget};
use toolgate_bench::chats::{self, Api, Kind};

use super::{Asks, Target};

/// A client, and what it is asked.
pub(super) struct Client {
    client: genai::Client,
    model: &'static str,
    request: ChatRequest,
    kind: Kind,
}

impl Client {
    pub(super) fn new(target: Target) -> Self {
        let base = target.root() + "/v1/";
        let adapter = match target.api {
            Api::OpenAi => AdapterKind::OpenAI,
            Api::Anthropic => AdapterKind::Anthropic,
        };
        let resolve = move |found: ServiceTarget| -> Result<ServiceTarget, genai::resolver::Error> {
            Ok(ServiceTarget {
                endpoint: Endpoint::from_owned(base.clone()),
                auth: AuthData::from_single("sk-x"),
                model: ModelIden::new(adapter, found.model.model_name),
            })
        };
        let client = genai::Client::builder().with_service_target_resolver_fn(resolve).build().unwrap();
        let mut request =
            ChatRequest::new(vec![ChatMessage::user(chats::QUESTION)]).with_system(chats::SYSTEM);
        if target.kind == Kind::Tool {
            request = request.with_tools(chats::tools().iter().map(|tool| {
                let function = &tool["function"];
                Tool::new(function["name"].as_str().unwrap())
                    .with_description(function["description"].as_str().unwrap())
                    .with_schema(function["parameters"].clone())
            }));
        }
        Self { client, model: target.api.model(), request, kind: target.kind }
    }
}

#[async_trait]
impl Asks for Client {
    async fn ask(&self) -> usize {
        // It takes a request of its own.
        let request = self.request.clone();
        if self.kind == Kind::Stream {
            let mut stream = self.client.exec_chat_stream(self.model, request, None).await.unwrap().stream;
            let mut length = 0;
            while let Some(event) = stream.next().await {
                if let ChatStreamEvent::Chunk(chunk) = event.unwrap() {
                    length += chunk.content.len();
                }
            }
            return length;
        }
        let response = self.client.exec_chat(self.model, request, None).await.unwrap();
        match self.kind {
            Kind::Tool => response.tool_calls()[0].fn_arguments["customer_id"].as_str().unwrap().len(),
            _ => response.first_text().unwrap().len(),
        }
    }
}
