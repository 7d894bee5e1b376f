//! The whole rig: one trust anchor for all of it, and what it says of its ports.

use toolgate_testkit::{Algorithm, OAuthSettings, Rig, RigSettings, listen};

use crate::client::Client;

fn quick() -> OAuthSettings {
    OAuthSettings::default().with_algorithm(Algorithm::Es256)
}

#[tokio::test]
async fn the_file_at_ca_path_is_enough_to_trust_every_server() {
    let rig = Rig::start(RigSettings::default().with_oauth(quick())).await;
    let client = Client::trusting(&std::fs::read_to_string(rig.ca_path()).unwrap());
    assert_eq!(client.fetch(rig.jwks_url()).await.status, 200);
    assert_eq!(client.fetch(rig.mcp_url()).await.status, 401);
    assert_eq!(client.fetch(format!("{}/models", rig.models().openai_base_url())).await.status, 401);
    assert_eq!(rig.token_url(), format!("{}/token", rig.issuer()));
}

#[tokio::test]
async fn it_says_which_port_was_taken() {
    let taken = listen(None).await;
    let port = taken.local_addr().unwrap().port();
    let rig = Rig::start(RigSettings::default().with_oauth(quick().with_port(port))).await;
    let expected = format!("authorization server: {}, because port {port} is taken", rig.token_url());
    assert_eq!(rig.says(), [expected]);
}

#[tokio::test]
async fn a_folder_keeps_the_authority_across_runs() {
    let dir = tempfile::tempdir().unwrap();
    let settings = || RigSettings::default().with_oauth(quick()).with_ca_dir(dir.path());
    let first = Rig::start(settings()).await.ca().ca_pem().to_owned();
    let second = Rig::start(settings()).await;
    assert_eq!(second.ca().ca_pem(), first);
    assert_eq!(second.ca_path(), dir.path().join("rootCA.pem"));
}
