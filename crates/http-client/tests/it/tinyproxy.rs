//! TLS inside the tunnel of a proxy that others wrote. Skipped, aloud, where tinyproxy is not installed.

use std::net::IpAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use rcgen::{CertificateParams, SanType};
use tokio::net::{TcpListener, TcpStream};
use toolgate_http_client::{HttpClient, HyperClient, Proxy, SendOptions};

use crate::certificates::{Authority, serve};
use crate::server::get;

const REQUESTS: usize = 512;
const AT_ONCE: usize = 32;
/// Connections that are begun while another becomes free are kept for later, so a busy machine makes more than are in use.
const MOST_TUNNELS: usize = REQUESTS / 2;

/// Linux connects this address to the machine itself, and the client does not know it as such, so that it uses the proxy.
const HERE: &str = "0.0.0.0";

struct Tinyproxy {
    process: Child,
    port: u16,
}

impl Tinyproxy {
    /// `None` when it is not installed.
    async fn start(folder: &Path) -> Option<Self> {
        // It cannot choose a port by itself. A client too many would wait until another leaves, and ours keep tunnels.
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let (settings, log) = (folder.join("tinyproxy.conf"), folder.join("log"));
        let text = format!(
            "Port {port}\nListen 127.0.0.1\nMaxClients 1000\nTimeout 60\nBasicAuth user secret\n\
             LogLevel Connect\nLogFile \"{}\"\n",
            log.display()
        );
        std::fs::write(&settings, text).unwrap();
        let quiet = || Stdio::null();
        let mut command = Command::new("tinyproxy");
        let process =
            command.arg("-d").arg("-c").arg(&settings).stdout(quiet()).stderr(quiet()).spawn().ok()?;
        let proxy = Self { process, port };
        for _ in 0..500 {
            if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return Some(proxy);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("tinyproxy does not listen on port {port}");
    }
}

impl Drop for Tinyproxy {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn many_requests_pass_through_a_proxy_that_others_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let Some(proxy) = Tinyproxy::start(folder.path()).await else {
        eprintln!("tinyproxy is not on PATH: nothing was sent through a proxy that others wrote");
        return;
    };
    let authority = Authority::new();
    let here = |params: &mut CertificateParams| {
        params.subject_alt_names = vec![SanType::IpAddress(HERE.parse::<IpAddr>().unwrap())];
    };
    let settings = Proxy::new(&format!("http://user:secret@127.0.0.1:{}", proxy.port), "").unwrap();
    for (alpn, version) in [("http/1.1", "HTTP/1.1"), ("h2", "HTTP/2.0")] {
        let server = serve(&authority.issue(here).with_alpn(&[alpn])).await;
        let tls = authority.trust().build().unwrap();
        // Hundreds of handshakes at once take their time on a machine that has other work.
        let client = HyperClient::builder(tls).with_connect_timeout(Duration::from_secs(120));
        let client = client.with_proxy(settings.clone()).build();
        let ask = |_| async {
            let url = format!("https://{HERE}:{}/", server.port);
            client.send(get(&url, SendOptions::default())).await.unwrap().into_body().bytes().await.unwrap()
        };
        assert_eq!(ask(0).await, version);
        let answers: Vec<_> = stream::iter(1..REQUESTS).map(ask).buffer_unordered(AT_ONCE).collect().await;
        assert_eq!(answers.iter().filter(|answer| **answer == version).count(), REQUESTS - 1);
        let made = server.accepted();
        assert!((1..=MOST_TUNNELS).contains(&made), "{made} tunnels over {version}");
        let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
        let seen = log.matches(&format!("CONNECT {HERE}:{} ", server.port)).count();
        assert!(seen >= made, "{made} connections, and only {seen} through the proxy:\n{log}");
    }
}
