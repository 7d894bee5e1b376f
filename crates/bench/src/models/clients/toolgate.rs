//! Ours, as a program has it: a `ChatModel` on a `HyperClient`.

use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;
use toolgate_bench::chats::{Api, Kind};
use toolgate_bench::translation;
use toolgate_llm_providers::{ApiKey, Catalogue, ChatEvent, ChatModel, ChatRequest};
use toolgate_tls_config::ClientTls;

use super::{Asks, Target};
use crate::peers;

/// A model, and what it is asked.
pub(super) struct Client {
    model: ChatModel,
    request: ChatRequest,
    kind: Kind,
}

#[derive(Deserialize)]
struct Arguments {
    customer_id: String,
}

impl Client {
    pub(super) fn new(target: Target) -> Self {
        let Target { api, kind, .. } = target;
        let base = match api {
            Api::OpenAi => target.root() + "/v1",
            Api::Anthropic => target.root(),
        };
        let provider = Catalogue::builtin().provider(api.word()).unwrap().clone();
        let provider = provider.with_base_url(base).unwrap();
        let http = Arc::new(peers::toolgate(ClientTls::new().build().unwrap()));
        let model = ChatModel::new(provider, api.model(), Some(ApiKey::new("sk-x").unwrap()), http).unwrap();
        Self { model, request: translation::short(kind), kind }
    }
}

#[async_trait]
impl Asks for Client {
    async fn ask(&self) -> usize {
        if self.kind == Kind::Stream {
            let mut stream = self.model.stream(&self.request).await.unwrap();
            let mut length = 0;
            while let Some(event) = stream.next().await.unwrap() {
                if let ChatEvent::Text { delta } = event {
                    length += delta.len();
                }
            }
            return length;
        }
        let response = self.model.chat(&self.request).await.unwrap();
        if self.kind == Kind::Text {
            return response.text().len();
        }
        let call = response.tool_calls().next().unwrap();
        call.arguments().unwrap().read::<Arguments>().unwrap().customer_id.len()
    }
}
