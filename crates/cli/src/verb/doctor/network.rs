//! The way to a server: its name, a TCP connection, a TLS session and its certificate.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use toolgate::{ChainSummary, Config, Origin, Session};

use super::visit::Visit;
use crate::fix;

/// Certificates that end sooner are worth a word.
pub(super) const SOON: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// The servers that the way was walked to, and whether it led there.
#[derive(Default)]
pub(super) struct Ways(BTreeMap<String, bool>);

impl Ways {
    /// Walks to the server of `url`, unless that was done before. Whether it can be reached.
    pub(super) async fn walk(
        &mut self,
        visit: &mut Visit,
        config: &Config,
        url: &str,
        setting: &str,
    ) -> bool {
        let probe = match config.probe(url) {
            Ok(probe) => probe,
            Err(error) => {
                visit.failed("URL", None, &error, fix::of(&error, setting));
                return false;
            }
        };
        let origin = probe.origin().to_string();
        if let Some(reached) = self.0.get(&origin) {
            return *reached;
        }
        let reached = steps(visit, config, &probe, setting).await.is_some();
        self.0.insert(origin, reached);
        reached
    }

    /// Whether the way to the server of `url` was walked.
    pub(super) fn walked(&self, url: &str) -> bool {
        let origin = url.parse().ok().and_then(|url| Origin::of(&url).ok());
        origin.is_some_and(|origin| self.0.contains_key(&origin.to_string()))
    }
}

async fn steps(visit: &mut Visit, config: &Config, probe: &toolgate::Probe, setting: &str) -> Option<()> {
    let secure = probe.origin().is_secure();
    let later: &[&str] = if secure { &["TCP", "TLS"] } else { &["TCP"] };
    if let Some(proxy) = probe.proxy() {
        visit.good("name", None, format!("left to the proxy: {proxy:?}"));
    } else {
        let (found, took) = visit.wait("name", probe.resolve()).await;
        match found {
            Ok(found) => {
                let addresses: Vec<String> = found.iter().map(|address| address.ip().to_string()).collect();
                visit.good("name", Some(took), addresses.join(", "));
            }
            Err(error) => {
                visit.failed("name", Some(took), &error, fix::of_http(&error, setting));
                visit.not_tried(later, "no address");
                return None;
            }
        }
    }
    let (connected, took) = visit.wait("TCP", probe.connect()).await;
    let connection = match connected {
        Ok(connection) => connection,
        Err(error) => {
            visit.failed("TCP", Some(took), &error, fix::of_http(&error, setting));
            visit.not_tried(later.get(1..).unwrap_or_default(), "no connection");
            return None;
        }
    };
    visit.good("TCP", Some(took), connection.peer.to_string());
    if !secure {
        return Some(());
    }
    let (agreed, took) = visit.wait("TLS", probe.handshake(connection)).await;
    match agreed {
        Ok(session) => certificate(visit, config, &session, took),
        Err(error) => {
            visit.failed("TLS", Some(took), &error, fix::of_http(&error, setting));
            return None;
        }
    }
    Some(())
}

fn certificate(visit: &mut Visit, config: &Config, session: &Session, took: Duration) {
    let version = session.version.replace("TLSv1_", "TLS 1.");
    let protocol = session.protocol.as_deref().unwrap_or("no ALPN");
    visit.good("TLS", Some(took), format!("{version}, {}, {protocol}", session.key_exchange));
    let chain = config.trust_summary().ok().and_then(|trust| trust.chain(&session.certificates));
    let Some(chain) = chain else { return };
    let says = told(&chain);
    if left(&chain) < SOON {
        visit.warn("certificate", None, says, "renew the server's certificate soon");
    } else {
        visit.good("certificate", None, says);
    }
}

/// For how long a chain is good.
fn left(chain: &ChainSummary) -> Duration {
    chain.not_after.duration_since(SystemTime::now()).unwrap_or_default()
}

/// For whom a chain is, for how long, and by whom.
pub(super) fn told(chain: &ChainSummary) -> String {
    let days = left(chain).as_secs() / (24 * 60 * 60);
    let anchor = match &chain.anchor {
        Some(anchor) => format!("trusted by {} from {}", anchor.subject, anchor.source),
        None => format!("issued by {}", chain.issuer),
    };
    format!("for {}; good for another {days} days; {anchor}", chain.names.join(", "))
}
