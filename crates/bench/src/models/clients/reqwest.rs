//! A program without a library for models, as most write it: reqwest, and JSON as trees.

use async_trait::async_trait;
use futures_util::StreamExt;
use serde_json::Value;
use toolgate_bench::by_hand::{self, Lines};
use toolgate_bench::chats::{self, Kind};
use toolgate_tls_config::ClientTls;

use super::{Asks, Target};
use crate::peers;

/// A connection pool, and what is sent.
pub(super) struct Client {
    http: reqwest::Client,
    target: Target,
    url: String,
    request: Value,
}

impl Client {
    pub(super) fn new(target: Target) -> Self {
        let http = peers::reqwest(ClientTls::new().build().unwrap());
        Self { http, target, url: target.url(), request: chats::request(target.api, target.kind) }
    }
}

#[async_trait]
impl Asks for Client {
    async fn ask(&self) -> usize {
        let mut request = self.http.post(&self.url);
        for (name, value) in self.target.headers() {
            request = request.header(*name, *value);
        }
        // A copy of the tree stands for making it.
        let response = request.body(self.request.clone().to_string()).send().await.unwrap();
        let api = self.target.api;
        if self.target.kind != Kind::Stream {
            return by_hand::read_tree(api, self.target.kind, &response.bytes().await.unwrap());
        }
        let (mut lines, mut length) = (Lines::default(), 0);
        let mut body = response.bytes_stream();
        while let Some(piece) = body.next().await {
            lines.push(&piece.unwrap(), |data| length += by_hand::read_piece_tree(api, data));
        }
        length
    }
}
