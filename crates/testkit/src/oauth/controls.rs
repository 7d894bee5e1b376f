//! Switches and counters of a running authorization server, and the state behind them.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::clients::Client;
use super::keys::{Algorithm, KeyRing, SigningKey, forger};
use super::token::{Grant, TokenRequest};
use super::{OAuthSettings, TokenShape};
use crate::outage::{Outage, Trouble};

/// Changes a running [`OAuthServer`](super::OAuthServer) and tells what it saw. Clones share one server.
#[derive(Clone)]
pub struct OAuthControls(Arc<Server>);

struct Server {
    origin: String,
    issuer: String,
    algorithm: Algorithm,
    shape: TokenShape,
    clients: Vec<Client>,
    switches: Mutex<Switches>,
    token_requests: AtomicUsize,
    jwks_requests: AtomicUsize,
    metadata_requests: AtomicUsize,
}

struct Switches {
    keys: KeyRing,
    lifetime: Duration,
    resources: Vec<String>,
    forge: bool,
    wrong_audience: bool,
    expired: bool,
    omit_expires_in: bool,
    grant_all: bool,
    token: Trouble,
    jwks: Trouble,
    metadata: Trouble,
    last: Option<TokenRequest>,
    revoked: Vec<String>,
}

/// Switches.
impl OAuthControls {
    /// Lifetime of tokens issued from now on, in whole seconds.
    pub fn set_token_lifetime(&self, lifetime: Duration) {
        self.switches().lifetime = lifetime;
    }

    /// Signs with a new key and publishes only that one: tokens issued before no longer verify.
    pub fn rotate_keys(&self) {
        let mut switches = self.switches();
        switches.keys.add();
        switches.keys.retire();
    }

    /// Signs with a new key and publishes it beside the old ones, as a careful operator begins a rotation.
    pub fn add_key(&self) {
        self.switches().keys.add();
    }

    /// Publishes only the key that signs now, as a careful operator ends a rotation.
    pub fn retire_keys(&self) {
        self.switches().keys.retire();
    }

    /// Signs with a key that is not published, under the `kid` of one that is.
    pub fn forge_tokens(&self, on: bool) {
        self.switches().forge = on;
    }

    /// Issues tokens for somebody else.
    pub fn wrong_audience(&self, on: bool) {
        self.switches().wrong_audience = on;
    }

    /// Issues tokens that expired an hour ago, although `expires_in` says otherwise.
    pub fn expire_tokens(&self, on: bool) {
        self.switches().expired = on;
    }

    /// Leaves `expires_in` out of token responses.
    pub fn omit_expires_in(&self, on: bool) {
        self.switches().omit_expires_in = on;
    }

    /// Grants every scope that the client may have, whatever it asks for, as RFC 6749 section 3.3 allows.
    pub fn grant_all_scopes(&self, on: bool) {
        self.switches().grant_all = on;
    }

    /// Allows one more RFC 8707 resource.
    pub fn allow_resource(&self, resource: impl Into<String>) {
        self.switches().resources.push(resource.into());
    }

    /// Puts `/token` out of order, or in order again.
    pub fn set_token_outage(&self, outage: Outage) {
        self.switches().token.outage = outage;
    }

    /// Puts `/jwks` out of order, or in order again.
    pub fn set_jwks_outage(&self, outage: Outage) {
        self.switches().jwks.outage = outage;
    }

    /// Puts both metadata documents out of order, or in order again.
    pub fn set_metadata_outage(&self, outage: Outage) {
        self.switches().metadata.outage = outage;
    }

    /// Answers token requests only after this long.
    pub fn set_token_delay(&self, delay: Duration) {
        self.switches().token.delay = delay;
    }
}

/// Counters.
impl OAuthControls {
    /// Requests to `/token` so far, refused ones included.
    pub fn token_requests(&self) -> usize {
        self.0.token_requests.load(Ordering::SeqCst)
    }

    /// Requests to `/jwks` so far, failed ones included.
    pub fn jwks_requests(&self) -> usize {
        self.0.jwks_requests.load(Ordering::SeqCst)
    }

    /// Requests to either metadata document so far, failed ones included.
    pub fn metadata_requests(&self) -> usize {
        self.0.metadata_requests.load(Ordering::SeqCst)
    }

    /// The latest token request by an authenticated client.
    pub fn last_token_request(&self) -> Option<TokenRequest> {
        self.switches().last.clone()
    }

    /// The tokens that were given back so far.
    pub fn revoked(&self) -> Vec<String> {
        self.switches().revoked.clone()
    }
}

impl OAuthControls {
    pub(super) fn new(origin: String, settings: OAuthSettings) -> Self {
        Self(Arc::new(Server {
            issuer: settings.shape.issuer(&origin),
            origin,
            algorithm: settings.algorithm,
            shape: settings.shape,
            clients: settings.clients,
            switches: Mutex::new(Switches {
                keys: KeyRing::new(settings.algorithm),
                lifetime: settings.lifetime,
                resources: settings.resources,
                forge: false,
                wrong_audience: false,
                expired: false,
                omit_expires_in: false,
                grant_all: false,
                token: Trouble::default(),
                jwks: Trouble::default(),
                metadata: Trouble::default(),
                last: None,
                revoked: Vec::new(),
            }),
            token_requests: AtomicUsize::new(0),
            jwks_requests: AtomicUsize::new(0),
            metadata_requests: AtomicUsize::new(0),
        }))
    }

    fn switches(&self) -> MutexGuard<'_, Switches> {
        self.0.switches.lock().expect("switches of the authorization server")
    }

    /// The issuer identifier.
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// Where the server is.
    pub(crate) fn origin(&self) -> &str {
        &self.0.origin
    }

    pub(super) fn shape(&self) -> TokenShape {
        self.0.shape
    }

    /// Every resource that tokens are issued for.
    pub(super) fn resources(&self) -> Vec<String> {
        self.switches().resources.clone()
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.0.algorithm
    }

    pub(crate) fn clients(&self) -> &[Client] {
        &self.0.clients
    }

    pub(crate) fn published_keys(&self) -> Vec<Arc<SigningKey>> {
        self.switches().keys.published()
    }

    /// Every scope that some client may have, each once, in order of first mention.
    pub(super) fn scopes(&self) -> Vec<&str> {
        let mut scopes = Vec::new();
        for scope in self.0.clients.iter().flat_map(Client::scopes) {
            if !scopes.contains(&scope.as_str()) {
                scopes.push(scope.as_str());
            }
        }
        scopes
    }

    pub(super) fn knows_scope(&self, scope: &str) -> bool {
        self.scopes().contains(&scope)
    }

    pub(super) fn grants_all(&self) -> bool {
        self.switches().grant_all
    }

    pub(super) fn allows_resource(&self, resource: &str) -> bool {
        self.switches().resources.iter().any(|allowed| allowed == resource)
    }

    pub(super) fn token_trouble(&self) -> Trouble {
        self.switches().token
    }

    pub(super) fn jwks_trouble(&self) -> Trouble {
        self.switches().jwks
    }

    pub(super) fn metadata_trouble(&self) -> Trouble {
        self.switches().metadata
    }

    pub(super) fn count_token_request(&self) {
        self.0.token_requests.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn count_jwks_request(&self) {
        self.0.jwks_requests.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn count_metadata_request(&self) {
        self.0.metadata_requests.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn record(&self, request: TokenRequest) {
        self.switches().last = Some(request);
    }

    pub(super) fn record_revocation(&self, token: String) {
        self.switches().revoked.push(token);
    }

    /// The access token for a grant, and the lifetime to announce, if any.
    pub(super) fn sign(&self, grant: &Grant) -> (String, Option<Duration>) {
        let switches = self.switches();
        let (shape, resources) = (self.0.shape, grant.resources.as_slice());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
        let issued = if switches.expired { now - switches.lifetime - Duration::from_secs(3600) } else { now };
        let mut claims = json!({
            "iss": self.0.issuer,
            "sub": grant.client_id,
            "aud": shape.audience(&grant.client_id, resources),
            "iat": issued.as_secs(),
            "exp": (issued + switches.lifetime).as_secs(),
            // In every shape: two tokens of one second must differ, or a refused token could not be told from its successor.
            "jti": token_id(),
        });
        shape.grant(&mut claims, &grant.scope);
        if switches.wrong_audience {
            claims["aud"] = json!("https://elsewhere.example/mcp");
        }
        let genuine = switches.keys.signing();
        let key = if switches.forge { forger(self.0.algorithm) } else { genuine.clone() };
        let kid = shape.names_key(resources).then_some(&*genuine.kid);
        let token = if shape.is_modern(resources) {
            claims["client_id"] = json!(grant.client_id);
            key.sign("at+jwt", kid, &claims)
        } else {
            key.sign("JWT", kid, &claims)
        };
        (token, (!switches.omit_expires_in).then_some(switches.lifetime))
    }
}

fn token_id() -> String {
    let mut random = [0_u8; 16];
    aws_lc_rs::rand::fill(&mut random).expect("random bytes");
    URL_SAFE_NO_PAD.encode(random)
}

impl fmt::Debug for OAuthControls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthControls").field("issuer", &self.0.issuer).finish_non_exhaustive()
    }
}
