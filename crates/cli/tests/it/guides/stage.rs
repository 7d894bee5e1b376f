//! Where a guide is followed: a folder, and servers of the test kit in the place of those that the guide names.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use toolgate::Config;
use toolgate_testkit::ca::CA_FILE;
use toolgate_testkit::models::Keys;
use toolgate_testkit::{Rig, RigSettings};

use super::block::Block;

/// The file that `toolgate compare` reads, which refuses what it does not know by itself.
const SCENARIOS: &str = "scenarios.toml";

/// The secret of the guides' clients.
pub(super) const SECRET: &str = "its-secret";

/// The servers, the folder, and what of a guide's text stands for what.
pub(super) struct Stage {
    rig: Rig,
    folder: TempDir,
    stands_for: Vec<(&'static str, String)>,
    /// What the reader's terminal has set.
    environment: BTreeMap<&'static str, String>,
    /// The settings files as the reader wrote them.
    written: BTreeMap<String, String>,
}

impl Stage {
    /// Issuers as the guides write them, longest first.
    const ISSUERS: [&'static str; 4] = [
        "https://keycloak.example.com/realms/tools",
        "https://example.eu.auth0.com/",
        "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/v2.0",
        "https://as.example.com",
    ];

    pub(super) async fn set(settings: RigSettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let certs = folder.path().join("certs");
        let rig = Rig::start(settings.with_ca_dir(&certs)).await;
        let mut stands_for: Vec<_> = Self::ISSUERS.map(|issuer| (issuer, rig.issuer().to_owned())).into();
        stands_for.push(("https://crm.example.com/mcp", rig.mcp_url()));
        stands_for.push(("https://models.example.com/v1", rig.models().openai_base_url()));
        stands_for.extend(["127.0.0.1:8080", "127.0.0.1:4000"].map(|address| (address, free_address())));
        let (models, keys) = (rig.models(), Keys::default());
        let environment = BTreeMap::from([
            ("PATH", path()),
            ("CAROOT", certs.display().to_string()),
            ("SSL_CERT_FILE", certs.join(CA_FILE).display().to_string()),
            ("OAUTH_CLIENT_SECRET", SECRET.to_owned()),
            ("OPENAI_BASE_URL", models.openai_base_url()),
            ("OPENAI_API_KEY", keys.openai.clone()),
            ("ANTHROPIC_BASE_URL", models.anthropic_base_url()),
            ("ANTHROPIC_API_KEY", keys.anthropic),
            ("GEMINI_BASE_URL", models.gemini_base_url()),
            ("GEMINI_API_KEY", keys.gemini),
            ("OURS_API_KEY", keys.openai),
        ]);
        Self { rig, folder, stands_for, environment, written: BTreeMap::new() }
    }

    /// Pastes the lines that `cargo xtask rig` prints: they say where the servers are and which authority signed them.
    pub(super) fn paste(&mut self) {
        let authority = self.environment.remove("SSL_CERT_FILE").unwrap();
        self.environment.extend([
            ("TLS_CA_CERT_PATH", authority),
            ("OAUTH_TOKEN_URL", self.rig.token_url()),
            ("OAUTH_CLIENT_ID", "crm-assistant".to_owned()),
            ("MCP_SERVER_URL", self.rig.mcp_url()),
        ]);
    }

    /// A guide's text with the test kit's servers in it.
    fn here(&self, text: &str) -> String {
        self.stands_for.iter().fold(text.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours))
    }

    /// Writes a settings file, which must be one.
    pub(super) fn write(&mut self, block: &Block<'_>, place: &str) {
        let Some((name, more)) = block.file() else {
            panic!("{place}: the first line of a block of {} names its file: # toolgate.toml", block.info());
        };
        let before = if more { self.written[name].clone() } else { String::new() };
        let text = before + &self.here(&block.text);
        let file = self.folder.path().join(name);
        std::fs::write(&file, &text).unwrap();
        if name == SCENARIOS {
            return;
        }
        if let Err(error) = Config::from_file(&file) {
            panic!("{place}: {error}");
        }
        // Our servers are on this machine, where metadata may point only if that is allowed.
        let mut table: toml::Table = text.parse().unwrap();
        let tls = table.entry("tls").or_insert_with(|| toml::Table::new().into()).as_table_mut().unwrap();
        tls.insert("insecure_loopback".to_owned(), true.into());
        std::fs::write(&file, table.to_string()).unwrap();
        self.written.insert(name.to_owned(), text);
    }

    /// Runs commands and returns everything that they printed.
    pub(super) async fn run(&self, block: &Block<'_>, code: i32, place: &str) -> String {
        let mut command = Command::new("sh");
        let script = format!("exec 2>&1\n{}", self.here(&block.text));
        command.args(["-euc", &script]).current_dir(self.folder.path()).env_clear().envs(&self.environment);
        // The rig runs on this runtime: the commands must not block it.
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{place}: {said}");
        said
    }

    /// Holds what a guide shows against what was printed.
    pub(super) fn compare(&self, block: &Block<'_>, said: &str, place: &str) {
        let mut rest = said.lines();
        for line in block.text.lines().filter(|line| !line.trim().is_empty()) {
            let expected = self.here(line);
            assert!(
                rest.any(|line| fits(&expected, line)),
                "{place}: {line:?} is not in, or not after the line before it:\n{said}"
            );
        }
    }
}

/// Whether a line is `expected`, in which `…` stands for anything. Space at the end does not count.
fn fits(expected: &str, line: &str) -> bool {
    let line = line.trim_end();
    let mut pieces = expected.trim_end().split('…');
    let Some(mut rest) = pieces.next().and_then(|first| line.strip_prefix(first)) else { return false };
    let mut last = "";
    let mut open = false;
    for piece in pieces {
        open = true;
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
        last = piece;
    }
    rest.is_empty() || (open && (last.is_empty() || rest.ends_with(last)))
}

/// Where commands are: `toolgate` first.
fn path() -> String {
    let own = Path::new(env!("CARGO_BIN_EXE_toolgate")).parent().unwrap().display();
    format!("{own}:{}", std::env::var("PATH").unwrap_or_default())
}

/// An address that nobody listens on.
fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}
