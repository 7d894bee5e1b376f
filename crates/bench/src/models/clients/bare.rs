//! The floor: hyper-util with bytes that were written before, and of the answer only what is needed read, by types made for
//! it.

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use toolgate_bench::by_hand::{self, Lines};
use toolgate_bench::chats::{self, Kind};
use toolgate_tls_config::ClientTls;

use super::{Asks, Target};
use crate::peers;

/// A connection pool, and what is sent.
pub(super) struct Client {
    http: peers::Bare,
    target: Target,
    url: http::Uri,
    body: Bytes,
}

impl Client {
    pub(super) fn new(target: Target) -> Self {
        let http = peers::bare(ClientTls::new().build().unwrap());
        let body = chats::request(target.api, target.kind).to_string().into();
        Self { http, target, url: target.url().parse().unwrap(), body }
    }
}

#[async_trait]
impl Asks for Client {
    async fn ask(&self) -> usize {
        let mut request = http::Request::post(self.url.clone());
        for (name, value) in self.target.headers() {
            request = request.header(*name, http::HeaderValue::from_static(value));
        }
        let request = request.body(Full::new(self.body.clone())).unwrap();
        let mut body = self.http.request(request).await.unwrap().into_body();
        let api = self.target.api;
        if self.target.kind != Kind::Stream {
            return by_hand::read(api, self.target.kind, &body.collect().await.unwrap().to_bytes());
        }
        let (mut lines, mut length) = (Lines::default(), 0);
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame.unwrap().into_data() {
                lines.push(&data, |data| length += by_hand::read_piece(api, data));
            }
        }
        length
    }
}
