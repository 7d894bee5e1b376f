//! Changes of the tool list, told by servers that keep no session (MCP 2026-07-28, basic/patterns/subscriptions).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rmcp::model::{ServerNotification, SubscriptionFilter};
use rmcp::service::{Peer, RoleClient};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::transport::Barren;

/// How long after the end of one the next is asked for; twice as long each time.
const PAUSE: Duration = Duration::from_secs(1);

/// A subscription that lasts as long as this does.
#[derive(Debug)]
pub(super) struct Subscription(JoinHandle<()>);

impl Subscription {
    /// Sets `tools_changed` whenever the server says so.
    pub(super) fn start(peer: Peer<RoleClient>, tools_changed: Arc<AtomicBool>) -> Self {
        Self(tokio::spawn(follow(peer, tools_changed)))
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn follow(peer: Peer<RoleClient>, tools_changed: Arc<AtomicBool>) {
    // Where there are too many, the list's time to live still counts.
    let barren = Barren::default();
    let mut is_first = true;
    while !peer.is_transport_closed() {
        barren.begin(Instant::now());
        match peer.listen(SubscriptionFilter::builder().tools_list_changed().build()).await {
            Ok(mut subscription) => {
                if subscription.acknowledged().tools_list_changed != Some(true) {
                    tracing::debug!("the server does not tell of changes to its tools");
                    return;
                }
                // What changed between two subscriptions, nobody told.
                if !std::mem::take(&mut is_first) {
                    tools_changed.store(true, Ordering::Release);
                }
                while let Ok(Some(notification)) = subscription.next().await {
                    if matches!(notification, ServerNotification::ToolListChangedNotification(_)) {
                        tools_changed.store(true, Ordering::Release);
                        barren.bore();
                    }
                }
            }
            Err(error) => tracing::debug!(%error, "no subscription to changes of the tool list"),
        }
        if barren.is_over() {
            return;
        }
        let doubled = barren.in_a_row().saturating_sub(1);
        tokio::time::sleep(PAUSE * 2_u32.saturating_pow(doubled)).await;
    }
}
