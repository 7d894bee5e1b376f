//! The whole of toolgate before such a server: a scripted model asks, the gate decides, the peer answers.

use std::time::Duration;

use tempfile::TempDir;
use toolgate::{
    Answer, Authentication, BridgeError, Config, Error, Passage, Policy, Secret, ServerConfig, Toolgate,
    audit,
};
use toolgate_examples::check::{Outcome, equal, holds, reason};
use toolgate_testkit::DevCa;
use toolgate_testkit::ca::{CLIENT_FILE, CLIENT_KEY_FILE};
use toolgate_testkit::models::{Keys, ModelServer, Script};

use crate::mcp::{McpPeer, Refusal};
use crate::peers::{Peers, SECRET};

/// The lifetime of the tokens of the client `short-lived`, and a little more.
const EXPIRED: Duration = Duration::from_millis(3300);

/// The model, and a folder for audit files.
pub(crate) struct Bench<'p> {
    peers: &'p Peers,
    models: ModelServer,
    folder: TempDir,
}

impl<'p> Bench<'p> {
    pub(crate) async fn start(peers: &'p Peers) -> Result<Self, String> {
        let ca = DevCa::load_or_create(&peers.certs).map_err(reason)?;
        let script = Script::from_toml(include_str!("script.toml"));
        let models = ModelServer::start(ca.server_config(), None, script).await;
        Ok(Self { peers, models, folder: tempfile::tempdir().map_err(reason)? })
    }

    fn config(&self, peer: &McpPeer, client: &str, scopes: &[&str]) -> Config {
        let variables = [
            ("OPENAI_BASE_URL", self.models.openai_base_url()),
            ("OPENAI_API_KEY", Keys::default().openai),
            ("TOOLGATE_MODEL", "openai/scripted".to_owned()),
        ];
        let mut config = Config::from_environment(variables.into_iter().collect());
        config.tls.ca_file = Some(self.peers.ca_file());
        config.oauth.token_url = Some(format!("{}/token", self.peers.issuer));
        config.oauth.client_id = Some(client.to_owned());
        config.oauth.client_secret = Some(Secret::new(SECRET));
        config.oauth.authentication = Some(Authentication::ClientSecretBasic);
        config.oauth.scopes = Some(scopes.iter().map(|scope| (*scope).to_owned()).collect());
        config.oauth.resource = Some(peer.url.clone());
        config.mcp = [(peer.name.to_owned(), ServerConfig::new(&peer.url))].into();
        config.policy = Policy::deny_all()
            .with_rule("add", ["mcp:read"])
            .with_rule("fail", ["mcp:read"])
            .with_rule("whoami", ["mcp:write"]);
        // What a tool says is compared word by word here.
        config.tools.mark = false;
        config.audit.file = self.folder.path().join(format!("{}.audit.jsonl", peer.name));
        config
    }

    pub(crate) async fn called(&self, peer: &McpPeer) -> Outcome {
        let config = self.config(peer, "basic", &["mcp:read", "mcp:write"]);
        let record = config.audit.file.clone();
        let toolgate = Toolgate::open(config).map_err(reason)?;
        let tools = toolgate.tools().await.map_err(reason)?;
        let names: Vec<&str> = tools.iter().map(|tool| tool.name.as_str()).collect();
        equal("tools", names, vec!["add", "fail", "whoami"])?;
        let before = self.peers.counts().await?.tokens("basic");
        equal("add says", said(&ask(&toolgate, "add").await?)?, "42")?;
        equal("whoami says", said(&ask(&toolgate, "whoami").await?)?, "basic")?;
        equal("token requests for two calls", self.peers.counts().await?.tokens("basic") - before, 0)?;
        drop(toolgate);
        holds("the record is not intact", audit::verify(&record).map_err(reason)?.is_intact())
    }

    /// Neither the token endpoint nor the issuer is configured: the server's challenge leads there (RFC 9728).
    pub(crate) async fn found(&self, peer: &McpPeer) -> Outcome {
        let mut config = self.config(peer, "basic", &["mcp:read"]);
        config.oauth.token_url = None;
        config.oauth.resource = None;
        config.oauth.authentication = None;
        let toolgate = Toolgate::open(config).map_err(reason)?;
        equal("add says", said(&ask(&toolgate, "add").await?)?, "42")
    }

    /// Nothing secret is shared with the server: a key signs, and the issuer is all that is configured.
    pub(crate) async fn by_key(&self, peer: &McpPeer) -> Outcome {
        let mut config = self.config(peer, "jwt-ES256", &["mcp:read", "mcp:write"]);
        config.oauth.token_url = None;
        config.oauth.issuer = Some(self.peers.issuer.clone());
        config.oauth.client_secret = None;
        config.oauth.authentication = Some(Authentication::PrivateKeyJwt);
        config.oauth.key_file = Some(self.peers.key_file("ES256"));
        config.oauth.key_id = Some("client-ES256".to_owned());
        let toolgate = Toolgate::open(config).map_err(reason)?;
        equal("whoami says", said(&ask(&toolgate, "whoami").await?)?, "jwt-ES256")
    }

    /// The certificate of the TLS connection proves who calls; the token itself is a plain one.
    pub(crate) async fn by_certificate(&self, peer: &McpPeer) -> Outcome {
        let mut config = self.config(peer, "mtls", &["mcp:read", "mcp:write"]);
        config.oauth.client_secret = None;
        config.oauth.authentication = Some(Authentication::TlsClientAuth);
        config.tls.client_certificate = Some(self.peers.certs.join(CLIENT_FILE));
        config.tls.client_key = Some(self.peers.certs.join(CLIENT_KEY_FILE));
        let toolgate = Toolgate::open(config).map_err(reason)?;
        equal("whoami says", said(&ask(&toolgate, "whoami").await?)?, "mtls")
    }

    pub(crate) async fn said_no(&self, peer: &McpPeer) -> Outcome {
        let toolgate = Toolgate::open(self.config(peer, "basic", &["mcp:read"])).map_err(reason)?;
        let answer = ask(&toolgate, "fail").await?;
        let passage = only(&answer)?;
        holds(format_args!("it failed: {:?}", passage.failure), passage.failure.is_none())?;
        equal("is an error", passage.result.is_error, true)?;
        holds(
            format_args!("the model was told {:?}", answer.text),
            answer.text.contains("refused: on purpose"),
        )
    }

    pub(crate) async fn denied_here(&self, peer: &McpPeer) -> Outcome {
        let toolgate = Toolgate::open(self.config(peer, "basic", &["mcp:read"])).map_err(reason)?;
        let answer = ask(&toolgate, "whoami").await?;
        let denial = only(&answer)?.decision.denial.as_ref().ok_or("the call was allowed")?;
        equal("kind of denial", denial.kind(), "missing_scope")?;
        holds(format_args!("{denial}"), denial.to_string().contains("mcp:write"))
    }

    /// The peer wants `mcp:read` for every request. No new token helps, so no storm of token requests may follow.
    pub(crate) async fn refused_there(&self, peer: &McpPeer) -> Outcome {
        let error = self.refusal(peer, self.config(peer, "basic", &["other"])).await?;
        let found = match error {
            BridgeError::Unauthorized { .. } => Refusal::Unauthorized,
            BridgeError::InsufficientScope { .. } => Refusal::InsufficientScope,
            other => return Err(format!("an unexpected error: {other:?}")),
        };
        holds(format_args!("another refusal than expected: {error}"), found == peer.refusal)
    }

    /// The token is good, only not for this server: its audience is another (RFC 8707 section 2.2).
    pub(crate) async fn for_another(&self, peer: &McpPeer, other: &McpPeer) -> Outcome {
        let mut config = self.config(peer, "basic", &["mcp:read"]);
        config.oauth.resource = Some(other.url.clone());
        match self.refusal(peer, config).await? {
            BridgeError::Unauthorized { .. } => Ok(()),
            other => Err(format!("an unexpected error: {other:?}")),
        }
    }

    async fn refusal(&self, peer: &McpPeer, config: Config) -> Result<BridgeError, String> {
        let before = self.peers.counts().await?.tokens("basic");
        let toolgate = Toolgate::open(config).map_err(reason)?;
        let error = toolgate.tools().await.err().ok_or_else(|| format!("{} lists its tools", peer.name))?;
        let requests = self.peers.counts().await?.tokens("basic") - before;
        holds(format_args!("{requests} token requests, expected 1 or 2"), (1..=2).contains(&requests))?;
        match error {
            Error::Mcp(error) => Ok(error),
            other => Err(format!("an unexpected error: {other:?}")),
        }
    }

    pub(crate) async fn expires(&self, peer: &McpPeer) -> Outcome {
        let before = self.peers.counts().await?.tokens("short-lived");
        let toolgate = Toolgate::open(self.config(peer, "short-lived", &["mcp:read"])).map_err(reason)?;
        equal("add says", said(&ask(&toolgate, "add").await?)?, "42")?;
        tokio::time::sleep(EXPIRED).await;
        equal("add says after expiry", said(&ask(&toolgate, "add").await?)?, "42")?;
        let requests = self.peers.counts().await?.tokens("short-lived") - before;
        holds(format_args!("{requests} token requests, expected 2"), requests == 2)
    }
}

async fn ask(toolgate: &Toolgate, question: &str) -> Result<Answer, String> {
    let model = toolgate.model(None).map_err(reason)?;
    toolgate.chat(&model, question).await.map_err(reason)
}

fn only(answer: &Answer) -> Result<&Passage, String> {
    match &answer.passages[..] {
        [passage] => Ok(passage),
        passages => Err(format!("{} calls instead of one", passages.len())),
    }
}

/// What the only tool said, as the model repeats it.
fn said(answer: &Answer) -> Result<&str, String> {
    let passage = only(answer)?;
    holds(format_args!("denied: {:?}", passage.decision.denial), passage.decision.is_allowed())?;
    holds(format_args!("failed: {:?}", passage.failure), passage.failure.is_none())?;
    answer.text.strip_prefix("It said: ").ok_or_else(|| format!("the model says {:?}", answer.text))
}
