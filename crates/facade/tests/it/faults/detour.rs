//! Sends the requests of one hop to a server that fails, and all others where they are meant for.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use toolgate::{HttpClient, HttpError};
use toolgate_http_client::{HyperClient, Request, Response, SendOptions};
use toolgate_testkit::{FaultServer, Rig};
use toolgate_tls_config::ClientTls;

const SHORT: Duration = Duration::from_millis(300);
/// Ends first where nothing else can have begun.
const SHORTEST: Duration = Duration::from_millis(200);

/// Who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hop {
    /// The token endpoint.
    Token,
    /// The issuer's keys.
    Keys,
    /// The MCP server, for anything but a call.
    Listing,
    /// The MCP server, for a call.
    Call,
    /// The model, with the question.
    Model,
    /// The model, with the tool's result.
    ModelAgain,
}

impl Hop {
    pub(super) const ALL: [Self; 6] =
        [Self::Token, Self::Keys, Self::Listing, Self::Call, Self::Model, Self::ModelAgain];
}

pub(super) struct Detour {
    hop: Hop,
    direct: Arc<dyn HttpClient>,
    failing: HyperClient,
    failing_url: String,
    token: String,
    keys: String,
    mcp: String,
    model: String,
}

impl Detour {
    pub(super) fn new(hop: Hop, server: &FaultServer, rig: &Rig, direct: Arc<dyn HttpClient>) -> Self {
        let list = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(list.path(), server.crl_pem()).unwrap();
        let tls = ClientTls::new().with_only_extra_roots().with_ca_pem(server.ca_pem());
        let tls = tls.with_crl_file(list.path()).build().unwrap();
        Self {
            hop,
            direct,
            failing: HyperClient::builder(tls).build(),
            failing_url: server.url(),
            token: rig.token_url(),
            keys: rig.jwks_url(),
            mcp: rig.mcp_url(),
            model: rig.models().openai_base_url(),
        }
    }

    fn hop_of(&self, request: &Request) -> Option<Hop> {
        let (url, body) = (request.uri().to_string(), String::from_utf8_lossy(request.body()));
        let to = |place: &String| url.starts_with(place.as_str());
        Some(if to(&self.token) {
            Hop::Token
        } else if to(&self.keys) {
            Hop::Keys
        } else if to(&self.mcp) {
            if body.contains("\"tools/call\"") { Hop::Call } else { Hop::Listing }
        } else if to(&self.model) {
            if body.contains("\"role\":\"tool\"") { Hop::ModelAgain } else { Hop::Model }
        } else {
            return None;
        })
    }
}

#[async_trait]
impl HttpClient for Detour {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        if self.hop_of(&request) != Some(self.hop) {
            return self.direct.send(request).await;
        }
        // Without the credential: it is for the server that was meant, and would not leave.
        let mut detoured = Request::new(request.body().clone());
        *detoured.method_mut() = request.method().clone();
        *detoured.uri_mut() = self.failing_url.parse().unwrap();
        SendOptions::of(&request)
            .with_connect(SHORTEST)
            .with_first_byte(SHORT)
            .with_idle(SHORT)
            .with_total(Duration::from_secs(1))
            .attach(&mut detoured);
        self.failing.send(detoured).await
    }
}
