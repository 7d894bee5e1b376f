//! A real Redis server: fifty connections, one token request, nothing readable at rest.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use toolgate_oauth_cc::store::redis::RedisStore;
use toolgate_oauth_cc::store::{SharedCount, TokenStore, try_out};
use toolgate_oauth_cc::{CacheKey, Secret, TokenSource};

use crate::script::{Script, Step, cache};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

struct Server {
    process: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    /// `None`, said aloud, when there is no `redis-server`.
    async fn start() -> Option<Self> {
        Self::start_with(|_, port| vec!["--port".to_owned(), port.to_string()]).await
    }

    /// The same with TLS only, by `certificate`.
    async fn start_tls(certificate: &rcgen::CertifiedKey<rcgen::KeyPair>) -> Option<Self> {
        Self::start_with(|folder, port| {
            let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
            std::fs::write(&cert, certificate.cert.pem()).unwrap();
            std::fs::write(&key, certificate.signing_key.serialize_pem()).unwrap();
            let (cert, key) = (cert.display().to_string(), key.display().to_string());
            let words = [
                "--port",
                "0",
                "--tls-port",
                &port.to_string(),
                "--tls-cert-file",
                &cert,
                "--tls-key-file",
                &key,
                "--tls-auth-clients",
                "no",
            ];
            words.map(str::to_owned).to_vec()
        })
        .await
    }

    async fn start_with(listening: impl Fn(&Path, u16) -> Vec<String>) -> Option<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("redis-server");
        command.args(listening(folder.path(), port));
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"]);
        let Ok(process) = command.arg(folder.path()).stdout(Stdio::null()).spawn() else {
            println!("redis: SKIPPED, there is no redis-server on PATH");
            return None;
        };
        let server = Self { process, port, _folder: folder };
        for _ in 0..100 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return Some(server);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("redis-server did not start");
    }

    fn store(&self) -> RedisStore {
        RedisStore::new(&format!("redis://127.0.0.1:{}/0", self.port), &Secret::new(KEY)).unwrap()
    }
}

#[tokio::test]
async fn fifty_connections_make_one_request() {
    let Some(server) = Server::start().await else { return };
    let script = Script::new([Step::token(600).with_delay(Duration::from_millis(200))]);
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let cache = cache(&script).with_store(Arc::new(server.store()));
            tokio::spawn(async move { cache.token().await.unwrap() })
        })
        .collect();
    for task in tasks {
        let token = task.await.unwrap();
        assert_eq!(token.expose_secret(), "tok-1");
        assert!(token.expires_in() > Duration::from_secs(590));
    }
    assert_eq!(script.count(), 1);

    let client = redis::Client::open(format!("redis://127.0.0.1:{}/0", server.port)).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let names: Vec<String> = redis::cmd("KEYS").arg("*").query_async(&mut connection).await.unwrap();
    assert_eq!(names.len(), 1, "the lock was released: {names:?}");
    let value: Vec<u8> = redis::cmd("GET").arg(&names[0]).query_async(&mut connection).await.unwrap();
    assert!(!value.windows(3).any(|window| window == b"tok"), "sealed at rest");
}

#[tokio::test]
async fn one_connection_is_used_until_it_breaks_and_then_another() {
    let Some(server) = Server::start().await else { return };
    let (store, script) = (server.store(), Script::new([Step::token(600)]));
    let key = CacheKey::of(cache(&script).credentials());
    let client = redis::Client::open(format!("redis://127.0.0.1:{}/0", server.port)).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    for _ in 0..3 {
        assert!(store.read(&key).await.unwrap().is_none());
    }
    let listed: String = redis::cmd("CLIENT").arg("LIST").query_async(&mut connection).await.unwrap();
    assert_eq!(listed.lines().count(), 2, "the store's and this one: {listed}");
    let mut kill = redis::cmd("CLIENT");
    kill.arg("KILL").arg("TYPE").arg("normal").arg("SKIPME").arg("yes");
    assert_eq!(kill.query_async::<i64>(&mut connection).await.unwrap(), 1);
    // Only whoever uses it finds out.
    assert!(store.read(&key).await.is_err());
    assert!(store.read(&key).await.unwrap().is_none());
}

#[tokio::test]
async fn another_key_reads_nothing_and_a_lock_has_one_owner() {
    let Some(server) = Server::start().await else { return };
    let script = Script::new([Step::token(600)]);
    let first = cache(&script).with_store(Arc::new(server.store()));
    first.token().await.unwrap();
    let key = CacheKey::of(first.credentials());
    let other_key = Secret::new("ISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0A=");
    let stranger = RedisStore::new(&format!("redis://127.0.0.1:{}/0", server.port), &other_key).unwrap();
    assert!(stranger.read(&key).await.unwrap().is_none());
    assert_eq!(server.store().read(&key).await.unwrap().unwrap().secret.expose_secret(), "tok-1");

    let (one, two) = (server.store(), server.store());
    let lease = one.lock(&key, Duration::from_secs(5)).await.unwrap().unwrap();
    assert_eq!(two.lock(&key, Duration::from_secs(5)).await.unwrap(), None);
    two.unlock(&key, &toolgate_oauth_cc::store::Lease("not mine".to_owned())).await.unwrap();
    assert_eq!(two.lock(&key, Duration::from_secs(5)).await.unwrap(), None);
    one.unlock(&key, &lease).await.unwrap();
    assert!(two.lock(&key, Duration::from_secs(5)).await.unwrap().is_some());
}

#[tokio::test]
async fn processes_count_together() {
    let Some(server) = Server::start().await else { return };
    let (one, two) = (server.store(), server.store());
    let hour = Duration::from_secs(3600);
    let counting: Vec<_> = (0..40)
        .map(|_| {
            let store = server.store();
            tokio::spawn(async move { store.count("get_*", 7, hour).await.unwrap() })
        })
        .collect();
    let mut counted = 0;
    for count in counting {
        counted += u32::from(count.await.unwrap());
    }
    assert_eq!(counted, 7);
    assert!(one.count("set_*", 7, hour).await.unwrap(), "each name has a count of its own");

    let short = Duration::from_millis(300);
    assert!(one.count("short", 1, short).await.unwrap());
    assert!(!two.count("short", 1, short).await.unwrap());
    tokio::time::sleep(Duration::from_millis(350)).await;
    assert!(two.count("short", 1, short).await.unwrap(), "its period is over");

    let client = redis::Client::open(format!("redis://127.0.0.1:{}/0", server.port)).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let names: Vec<String> = redis::cmd("KEYS").arg("*").query_async(&mut connection).await.unwrap();
    for name in &names {
        assert!(name.starts_with("toolgate:count:") && !name.contains("et_*"), "{name}");
        let left: i64 = redis::cmd("PTTL").arg(name).query_async(&mut connection).await.unwrap();
        assert!(left > 0, "{name} would stay for ever");
    }
}

#[tokio::test]
async fn processes_count_together_what_is_under_way() {
    let Some(server) = Server::start().await else { return };
    let (one, two, minute) = (server.store(), server.store(), Duration::from_secs(60));
    let first = one.begin("get_*", 2, minute).await.unwrap().unwrap();
    let second = two.begin("get_*", 2, minute).await.unwrap().unwrap();
    assert_eq!(one.begin("get_*", 2, minute).await.unwrap(), None);
    assert!(one.begin("set_*", 2, minute).await.unwrap().is_some(), "each name has places of its own");
    assert!(one.count("get_*", 1, minute).await.unwrap(), "and they are no count of how often");
    two.end("get_*", &first).await.unwrap();
    assert!(one.begin("get_*", 2, minute).await.unwrap().is_some(), "one was given back");
    assert_eq!(two.begin("get_*", 2, minute).await.unwrap(), None);
    one.end("get_*", &second).await.unwrap();

    // A process that says nothing any more is dead; one that goes on is not.
    let (short, most) = (Duration::from_millis(300), 2);
    let (_dead, alive) = (one.begin("short", most, short).await.unwrap(), one.begin("short", most, short));
    let alive = alive.await.unwrap().unwrap();
    one.go_on("short", &alive, minute).await.unwrap();
    tokio::time::sleep(Duration::from_millis(350)).await;
    let next = two.begin("short", most, minute).await.unwrap().unwrap();
    assert_eq!(two.begin("short", most, short).await.unwrap(), None, "the other is still held");
    // Whoever was taken for dead counts again.
    one.end("short", &alive).await.unwrap();
    one.go_on("short", &alive, minute).await.unwrap();
    assert_eq!(two.begin("short", most, short).await.unwrap(), None);
    two.end("short", &next).await.unwrap();

    let client = redis::Client::open(format!("redis://127.0.0.1:{}/0", server.port)).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let names: Vec<String> = redis::cmd("KEYS").arg("*").query_async(&mut connection).await.unwrap();
    for name in &names {
        assert!(name.starts_with("toolgate:") && !name.contains("et_*"), "{name}");
        let left: i64 = redis::cmd("PTTL").arg(name).query_async(&mut connection).await.unwrap();
        assert!(left > 0, "{name} would stay for ever");
    }
}

#[tokio::test]
async fn with_the_server_gone_the_process_asks_for_itself() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let store = RedisStore::new(&format!("redis://127.0.0.1:{port}/0"), &Secret::new(KEY)).unwrap();
    let script = Script::new([Step::token(600)]);
    cache(&script).with_store(Arc::new(store)).token().await.unwrap();
    assert_eq!(script.count(), 1);
}

#[tokio::test]
async fn a_trial_says_what_is_wrong_with_the_server() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let at = |port: u16, who: &str| {
        RedisStore::new(&format!("redis://{who}127.0.0.1:{port}/0"), &Secret::new(KEY)).unwrap()
    };
    let gone = try_out(&at(port, "")).await.unwrap_err().to_string();
    assert_eq!(gone, "token store: the connection was refused");

    let words = |_: &Path, port: u16| {
        let user = ["--user", "reader", "on", ">canary", "~*", "+get", "+pttl", "+hello", "+client", "+ping"];
        let words = ["--port", &port.to_string(), "--requirepass", "right"];
        words.into_iter().chain(user).map(str::to_owned).collect()
    };
    let Some(server) = Server::start_with(words).await else { return };
    try_out(&at(server.port, ":right@")).await.unwrap();
    for (who, says) in [(":canary@", "refuses the user or the password"), ("reader:canary@", "may not do")] {
        let refused = try_out(&at(server.port, who)).await.unwrap_err().to_string();
        assert!(refused.contains(says) && !refused.contains("canary"), "{refused}");
    }
}

#[test]
fn keys_and_urls_are_checked_without_being_shown() {
    for (url, key) in [("redis://h", "c2hvcnQ="), ("redis://h", "not base64!"), ("http://u:canary@h", KEY)] {
        let error = RedisStore::new(url, &Secret::new(key)).unwrap_err();
        let text = format!("{error} {error:?}");
        assert_eq!(error.kind(), "configuration");
        assert!(!text.contains(key) && !text.contains("canary"), "{text}");
    }
}

#[tokio::test]
async fn over_tls_trust_is_the_callers() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let Some(server) = Server::start_tls(&certificate).await else { return };
    let config = |trusted: Option<&rcgen::Certificate>| {
        let mut roots = rustls::RootCertStore::empty();
        trusted.into_iter().for_each(|trusted| roots.add(trusted.der().clone()).unwrap());
        Arc::new(rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
    };
    let store = |tls| {
        let url = format!("rediss://localhost:{}/0", server.port);
        let store = RedisStore::new(&url, &Secret::new(KEY)).unwrap();
        assert!(store.needs_tls());
        store.with_tls(move || Arc::clone(&tls))
    };
    let script = Script::new([Step::token(600)]);
    let first = cache(&script).with_store(Arc::new(store(config(Some(&certificate.cert)))));
    first.token().await.unwrap();
    let key = CacheKey::of(first.credentials());
    let trusting = store(config(Some(&certificate.cert)));
    assert_eq!(trusting.read(&key).await.unwrap().unwrap().secret.expose_secret(), "tok-1");
    store(config(None)).read(&key).await.expect_err("a certificate that nobody vouches for");
    let bare = RedisStore::new(&format!("rediss://localhost:{}/0", server.port), &Secret::new(KEY)).unwrap();
    let error = bare.read(&key).await.unwrap_err();
    assert!(error.to_string().contains("needs a TLS configuration"), "{error}");
}
