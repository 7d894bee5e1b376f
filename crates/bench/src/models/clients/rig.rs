//! The crate `rig-core`.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::StreamExt;
use rig_core::completion::{CompletionRequest, ToolDefinition};
use rig_core::driver::Model;
use rig_core::providers::{anthropic, openai};
use rig_core::streaming::{Item, StreamEvent};
use toolgate_bench::chats::{self, Api, Kind};

use super::{Asks, Target};

/// A model, and what it is asked.
struct Client<W> {
    model: Model<W>,
    kind: Kind,
    tools: Vec<ToolDefinition>,
}

/// Its models differ in type.
pub(super) fn client(target: Target) -> Arc<dyn Asks> {
    let kind = target.kind;
    let tool = |tool: &serde_json::Value| {
        let function = &tool["function"];
        let name = function["name"].as_str().unwrap().try_into().unwrap();
        ToolDefinition::new(name, function["description"].as_str().unwrap(), function["parameters"].clone())
    };
    let tools = chats::tools().iter().map(tool).collect();
    match target.api {
        Api::OpenAi => {
            let base = target.root() + "/v1";
            let model =
                openai::OpenAIConfig::new("sk-x").with_base_url(&base).client().chat(target.api.model());
            Arc::new(Client { model, kind, tools })
        }
        Api::Anthropic => {
            let config = anthropic::AnthropicConfig::new("sk-x").with_base_url(&target.root());
            Arc::new(Client { model: config.client().completion(target.api.model()), kind, tools })
        }
    }
}

macro_rules! asks {
    ($wire:ty) => {
        #[async_trait]
        impl Asks for Client<$wire> {
            async fn ask(&self) -> usize {
                // It takes a request of its own.
                let mut request =
                    CompletionRequest::new(chats::QUESTION).preamble(chats::SYSTEM).max_tokens(4096_u64);
                match self.kind {
                    Kind::Text => self.model.call(request).await.unwrap().text().len(),
                    Kind::Tool => {
                        request = request.tools(self.tools.clone());
                        let response = self.model.call(request).await.unwrap();
                        let call = serde_json::to_value(response.tool_calls().next().unwrap()).unwrap();
                        call["function"]["arguments"]["customer_id"].as_str().unwrap().len()
                    }
                    Kind::Stream => {
                        let mut stream = self.model.stream(request).unwrap();
                        let mut length = 0;
                        while let Some(item) = stream.next().await {
                            if let Item::Event(StreamEvent::Text { text, .. }) = item.unwrap() {
                                length += text.len();
                            }
                        }
                        length
                    }
                }
            }
        }
    };
}

asks!(openai::wire::Chat);
asks!(anthropic::wire::Messages);
