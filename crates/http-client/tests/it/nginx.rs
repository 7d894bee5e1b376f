//! Many requests to a server that others wrote, and that leaves a connection every so often. Skipped, aloud, where nginx is not
//! installed.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::Method;
use tokio::net::{TcpListener, TcpStream};
use toolgate_http_client::{HttpClient, HyperClient, Origin, SendOptions};

use crate::certificates::Authority;
use crate::server::get;

const REQUESTS: usize = 3000;
const AT_ONCE: usize = 64;

struct Nginx {
    process: Child,
    port: u16,
}

impl Nginx {
    /// `None` when it is not installed. It leaves after a hundred requests, where its default are a thousand.
    async fn start(folder: &Path, authority: &Authority) -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let (certificate, key) = authority.issue_pem(|_| {});
        fs::write(folder.join("server.pem"), certificate).unwrap();
        fs::write(folder.join("key.pem"), key).unwrap();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|what| format!("{what}_temp_path {what};\n"))
            .concat();
        let settings = format!(
            "daemon off;\nmaster_process off;\npid pid;\nerror_log log;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}\
             server {{\nlisten 127.0.0.1:{port} ssl http2;\nssl_certificate server.pem;\nssl_certificate_key key.pem;\n\
             keepalive_requests 100;\nreturn 200 $server_protocol;\n}}\n}}\n"
        );
        fs::write(folder.join("nginx.conf"), settings).unwrap();
        let mut command = Command::new("nginx");
        command.arg("-p").arg(folder).args(["-c", "nginx.conf", "-e", "log"]);
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let nginx = Self { process, port };
        for _ in 0..500 {
            if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return Some(nginx);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nginx does not listen: {}", fs::read_to_string(folder.join("log")).unwrap_or_default());
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Over HTTP/2 it leaves with requests on their way to it, which may be repeated whatever they do.
#[tokio::test]
async fn a_server_that_leaves_its_connections_fails_no_request() {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    let Some(nginx) = Nginx::start(folder.path(), &authority).await else {
        eprintln!("nginx is not on PATH: nothing was asked of a server that others wrote");
        return;
    };
    let url = format!("https://localhost:{}/", nginx.port);
    let builder = HyperClient::builder(authority.trust().build().unwrap());
    let origin = Origin::of(&url.parse().unwrap()).unwrap();
    for (client, version) in
        [(builder.clone().build(), "HTTP/2.0"), (builder.with_http1_only(origin).build(), "HTTP/1.1")]
    {
        let ask = |_| async {
            let mut request = get(&url, SendOptions::default());
            *request.method_mut() = Method::POST;
            *request.body_mut() = Bytes::from_static(b"{}");
            client.send(request).await?.into_body().bytes().await
        };
        let answers: Vec<_> = stream::iter(0..REQUESTS).map(ask).buffer_unordered(AT_ONCE).collect().await;
        let failed: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
        assert!(failed.is_empty(), "{} of {REQUESTS} over {version}, the first: {}", failed.len(), failed[0]);
        assert!(answers.iter().flatten().all(|answer| answer == version));
    }
}
