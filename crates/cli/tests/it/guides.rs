//! The guides in docs/guides, run as a reader would: each block in order, in one folder, against servers of the test kit
//! that stand in for the addresses that a guide names.
//!
//! - `toml` names its file in its first line, `# toolgate.toml`, or `# toolgate.toml, added` for more of the same. It must
//!   be one that `toolgate` reads.
//! - `sh` is run by `sh -eu`; it ends well, or with the code of `sh exit=1`.
//! - `text` after it is what it printed, line by line; `…` stands for anything.
//! - What cannot be run here says so to the reader, in a paragraph before it that begins with [`Block::ELSEWHERE`].

mod block;
mod stage;

use std::collections::BTreeSet;

use toolgate_testkit::oauth::SCOPES;
use toolgate_testkit::{Client, McpSettings, OAuthSettings, RigSettings, TokenShape};

use block::{Block, Kind};
use stage::Stage;

/// A guide with the text that it had when this was compiled.
macro_rules! guide {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../../docs/guides/", $name)))
    };
}

const AUTH0: (&str, &str) = guide!("auth0.md");
const ENTRA_ID: (&str, &str) = guide!("entra-id.md");
const FROM_LITELLM: (&str, &str) = guide!("from-litellm.md");
const KEYCLOAK: (&str, &str) = guide!("keycloak.md");
const LOCK_TOOLS: (&str, &str) = guide!("lock-tools.md");
const MIGRATE: (&str, &str) = guide!("migrate-a-model.md");
const POLICY: (&str, &str) = guide!("write-a-policy.md");
const PROVIDER: (&str, &str) = guide!("add-a-provider.md");
const QUICK_START: (&str, &str) = guide!("quick-start.md");
const REPLICAS: (&str, &str) = guide!("run-replicas.md");

const ALL: [(&str, &str); 10] =
    [AUTH0, ENTRA_ID, FROM_LITELLM, KEYCLOAK, LOCK_TOOLS, MIGRATE, POLICY, PROVIDER, QUICK_START, REPLICAS];

/// Runs a guide from its first block to its last.
async fn follow((name, text): (&str, &str), oauth: OAuthSettings, mcp: McpSettings) {
    let registered = |oauth: OAuthSettings, id| oauth.with_client(Client::new(id, stage::SECRET, SCOPES));
    let oauth = ["crm-assistant", "11111111-1111-1111-1111-111111111111"].into_iter().fold(oauth, registered);
    let mut stage = Stage::set(RigSettings::default().with_oauth(oauth).with_mcp(mcp)).await;
    if name == QUICK_START.0 {
        stage.paste();
    }
    let mut said = String::new();
    for block in Block::all(text).filter(|block| !block.elsewhere) {
        let place = format!("docs/guides/{name}:{}", block.line);
        match block.kind {
            Kind::Settings => stage.write(&block, &place),
            Kind::Commands { code } => said = stage.run(&block, code, &place).await,
            Kind::Said => stage.compare(&block, &said, &place),
            Kind::Other => {}
        }
    }
}

async fn follow_plainly(guide: (&str, &str)) {
    follow(guide, OAuthSettings::default(), McpSettings::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quick_start() {
    follow(QUICK_START, OAuthSettings::default(), McpSettings::default().without_unlisted_tool()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn add_a_provider() {
    follow_plainly(PROVIDER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn write_a_policy() {
    follow_plainly(POLICY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lock_tools() {
    follow_plainly(LOCK_TOOLS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn migrate_a_model() {
    follow_plainly(MIGRATE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn run_replicas() {
    follow_plainly(REPLICAS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_litellm() {
    follow_plainly(FROM_LITELLM).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keycloak() {
    follow(KEYCLOAK, OAuthSettings::default().with_shape(TokenShape::Keycloak), McpSettings::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn auth0() {
    follow(AUTH0, OAuthSettings::default().with_shape(TokenShape::Auth0), McpSettings::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entra_id() {
    let api = "22222222-2222-2222-2222-222222222222";
    let oauth =
        OAuthSettings::default().with_shape(TokenShape::EntraId).with_resource(format!("api://{api}"));
    follow(ENTRA_ID, oauth, McpSettings::default().with_audience(api)).await;
}

#[test]
fn every_guide_is_followed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guides");
    let there: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    assert_eq!(there, ALL.iter().map(|(name, _)| (*name).to_owned()).collect());
    for (name, text) in ALL {
        let ours = Block::all(text).filter(|block| !block.elsewhere);
        assert!(ours.filter(|block| matches!(block.kind, Kind::Commands { .. })).count() > 0, "{name}");
        let index = include_str!("../../../../docs/guides/README.md");
        assert!(index.contains(&format!("({name})")), "{name} is missing in docs/guides/README.md");
    }
}
