//! urls.json: the address policy, with and without the development switch; names resolved by a scripted resolver, once
//! for the check and once for the connection.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use serde_json::Value;
use toolgate_http_client::{AddressPolicy, HttpError, Origin, Resolve};
use toolgate_oauth_cc::TokenError;
use toolgate_oauth_cc::discovery::UrlPolicy;

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
    let resolver = Resolver::default();
    let text = case["url"].as_str().unwrap();
    UrlPolicy::new().with_insecure_loopback(dev).check(text)?;
    let url = url::Url::parse(text).unwrap();
    let Some(name) = url.domain() else { return Ok(()) };
    // An earlier lookup counts for nothing: the client asks about every address of the lookup that it connects by.
    resolver.resolve(name).await.unwrap();
    let policy = AddressPolicy::default().with_loopback(dev).for_name(name);
    for address in resolver.resolve(name).await.unwrap() {
        let origin = Origin::of(&url.as_str().parse().unwrap())?;
        let blocked = |reason| HttpError::BlockedAddress { origin, address: address.to_string(), reason };
        policy.check_address(address).map_err(blocked)?;
    }
    Ok(())
}
