//! Everything at once: one authority, one authorization server, one MCP server that trusts it, and scripted models.

mod environment;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use url::Url;

use crate::ca::{CA_FILE, DevCa};
use crate::mcp::{McpServer, McpSettings};
use crate::models::{ModelServer, Script};
use crate::oauth::{OAuthServer, OAuthSettings};

/// The port of the demo's authorization server.
pub const OAUTH_PORT: u16 = 8443;
/// The port of the demo's MCP server.
pub const MCP_PORT: u16 = 8001;
/// The port of the demo's models.
pub const MODELS_PORT: u16 = 8002;

/// Options of a [`Rig`].
///
/// ```
/// use toolgate_testkit::{Generation, McpSettings, RigSettings};
/// let settings = RigSettings::default().with_mcp(McpSettings::default().with_generation(Generation::Initialize));
/// ```
#[derive(Clone, Debug, Default)]
pub struct RigSettings {
    oauth: OAuthSettings,
    mcp: McpSettings,
    models_port: Option<u16>,
    script: Option<Script>,
    ca_dir: Option<PathBuf>,
}

impl RigSettings {
    /// The demo's: its ports if they are free, and its four tools only. The default instead takes free ports and also
    /// offers `drop_all_tables`, so that tests can see it denied.
    pub fn demo() -> Self {
        Self { mcp: McpSettings::default().without_unlisted_tool(), ..Self::default() }.with_preferred_ports()
    }

    /// Prefers the demo's ports, 8443, 8001 and 8002; others are taken when these are not free.
    #[must_use]
    pub fn with_preferred_ports(mut self) -> Self {
        self.oauth = self.oauth.with_port(OAUTH_PORT);
        self.mcp = self.mcp.with_port(MCP_PORT);
        self.models_port = Some(MODELS_PORT);
        self
    }

    /// Replaces the authorization server's options.
    #[must_use]
    pub fn with_oauth(mut self, settings: OAuthSettings) -> Self {
        self.oauth = settings;
        self
    }

    /// Replaces the MCP server's options.
    #[must_use]
    pub fn with_mcp(mut self, settings: McpSettings) -> Self {
        self.mcp = settings;
        self
    }

    /// Lets the models play another script than the demo's.
    #[must_use]
    pub fn with_script(mut self, script: Script) -> Self {
        self.script = Some(script);
        self
    }

    /// Keeps the authority in a folder, across runs and in mkcert's layout, instead of making a new one each time.
    #[must_use]
    pub fn with_ca_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.ca_dir = Some(dir.into());
        self
    }
}

/// All servers of the kit; they stop when this is dropped.
#[derive(Debug)]
pub struct Rig {
    ca: DevCa,
    ca_path: PathBuf,
    oauth: OAuthServer,
    mcp: McpServer,
    mcp_settings: McpSettings,
    models: ModelServer,
    says: Vec<String>,
    /// Holds `ca_path`, unless a folder was given.
    _dir: Option<TempDir>,
}

impl Rig {
    /// Starts everything.
    ///
    /// ```no_run
    /// # async fn example() {
    /// use toolgate_testkit::{Rig, RigSettings};
    /// let rig = Rig::start(RigSettings::default()).await;
    /// assert!(rig.mcp_url().ends_with("/mcp/"));
    /// # }
    /// ```
    pub async fn start(settings: RigSettings) -> Self {
        let (ca, dir, ca_path) = authority(settings.ca_dir);
        let preferred = [settings.oauth.port(), settings.mcp.port(), settings.models_port];
        let script = settings.script.unwrap_or_else(Script::demo);
        let oauth = OAuthServer::start(&ca, settings.oauth).await;
        let mcp = McpServer::start(&ca, oauth.controls(), settings.mcp.clone()).await;
        let models = ModelServer::start(ca.server_config(), settings.models_port, script).await;
        let urls = [oauth.token_url(), mcp.url(), models.anthropic_base_url()];
        let says = misplaced(preferred, urls);
        Self { ca, ca_path, oauth, mcp, mcp_settings: settings.mcp, models, says, _dir: dir }
    }

    /// Ends the MCP server with every call in it, and starts another in its place.
    ///
    /// # Panics
    /// When somebody else took its port in between.
    #[must_use]
    pub async fn with_mcp_restarted(self) -> Self {
        let port = self.mcp.port();
        self.mcp.shutdown().await;
        let settings = self.mcp_settings.clone().with_port(port);
        let mcp = McpServer::start(&self.ca, self.oauth.controls(), settings).await;
        assert_eq!(mcp.port(), port, "the port was taken while the MCP server restarted");
        Self { mcp, ..self }
    }

    /// The authority that signed every server's certificate.
    pub fn ca(&self) -> &DevCa {
        &self.ca
    }

    /// The file that a client must trust (`rootCA.pem`).
    pub fn ca_path(&self) -> &Path {
        &self.ca_path
    }

    /// The token endpoint.
    pub fn token_url(&self) -> String {
        self.oauth.token_url()
    }

    /// The JWK set.
    pub fn jwks_url(&self) -> String {
        self.oauth.jwks_url()
    }

    /// The issuer of the tokens.
    pub fn issuer(&self) -> &str {
        self.oauth.issuer()
    }

    /// The MCP endpoint, `https://localhost:PORT/mcp/`.
    pub fn mcp_url(&self) -> String {
        self.mcp.url()
    }

    /// The authorization server.
    pub fn oauth(&self) -> &OAuthServer {
        &self.oauth
    }

    /// The MCP server.
    pub fn mcp(&self) -> &McpServer {
        &self.mcp
    }

    /// The scripted models.
    pub fn models(&self) -> &ModelServer {
        &self.models
    }

    /// A line for every server that is not on its preferred port; nothing when all is as asked.
    pub fn says(&self) -> &[String] {
        &self.says
    }
}

fn misplaced(preferred: [Option<u16>; 3], urls: [String; 3]) -> Vec<String> {
    let moved = |wanted: u16, url: &str| Url::parse(url).expect("a URL of the rig").port() != Some(wanted);
    ["authorization server", "MCP server", "models"]
        .into_iter()
        .zip(preferred.into_iter().zip(urls))
        .filter_map(|(name, (wanted, url))| Some((name, wanted?, url)))
        .filter(|(_, wanted, url)| moved(*wanted, url))
        .map(|(name, wanted, url)| format!("{name}: {url}, because port {wanted} is taken"))
        .collect()
}

fn authority(dir: Option<PathBuf>) -> (DevCa, Option<TempDir>, PathBuf) {
    if let Some(dir) = dir {
        let ca = DevCa::load_or_create(&dir).expect("the authority's folder");
        return (ca, None, dir.join(CA_FILE));
    }
    let ca = DevCa::generate();
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join(CA_FILE);
    fs::write(&path, ca.ca_pem()).expect("write the trust anchor");
    (ca, Some(dir), path)
}
