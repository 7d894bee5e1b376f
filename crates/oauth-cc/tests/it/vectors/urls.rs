//! urls.json: the address policy, with and without the development switch; names resolved by a scripted resolver, once
//! for the check and once for the connection.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use serde_json::Value;
use toolgate_oauth_cc::TokenError;
use toolgate_oauth_cc::discovery::{AddressPolicy, Resolve};

use super::{cases, id, report};

const PUBLIC: &str = "93.184.216.34";

#[derive(Default)]
struct Resolver {
    asked: AtomicBool,
}

#[async_trait]
impl Resolve for Resolver {
    async fn resolve(&self, host: &str) -> std::io::Result<Vec<IpAddr>> {
        let again = self.asked.swap(true, Ordering::SeqCst);
        let addresses: &[&str] = match host {
            "rebind.rig.test" if again => &["127.0.0.1"],
            "mixed.rig.test" => &[PUBLIC, "10.0.0.1"],
            _ => &[PUBLIC],
        };
        Ok(addresses.iter().map(|address| address.parse().unwrap()).collect())
    }
}

#[tokio::test]
async fn urls() {
    let Some(cases) = cases("urls.json") else { return };
    let mut results = Vec::new();
    for case in &cases {
        let production = allowed(case, false).await;
        let development = allowed(case, true).await;
        let found = match (&production, &development) {
            (Ok(()), _) => "accept",
            (Err(_), Ok(())) => "dev",
            (Err(_), Err(_)) => "refuse",
        };
        let verdict = case["verdict"].as_str().unwrap();
        let as_said = verdict.split('|').any(|one| one == found);
        let result =
            if as_said { Ok(()) } else { Err(format!("{found}, expected {verdict}: {production:?}")) };
        results.push((id(case), result));
    }
    report("urls.json", results);
}

async fn allowed(case: &Value, dev: bool) -> Result<(), TokenError> {
    let resolver = Arc::new(Resolver::default());
    let policy =
        AddressPolicy::new().with_insecure_loopback(dev).with_resolver(Arc::<Resolver>::clone(&resolver));
    let url = policy.url(case["url"].as_str().unwrap())?;
    policy.resolved(&url).await?;
    // The client looks the name up again when it connects, and asks about the address that it connects to.
    let host = url.host_str().unwrap();
    if url.domain().is_some() {
        for address in resolver.resolve(host).await.unwrap() {
            // `localhost` is this machine whatever a resolver says.
            policy.address(host, address)?;
        }
    }
    Ok(())
}
