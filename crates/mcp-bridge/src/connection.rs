//! One server over time: the session in use, the generation that it speaks, the list that it gave.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use tokio::sync::OnceCell;
use tokio::time::Instant;
use toolgate_tool_types::ToolName;
use tracing::Instrument;

use crate::call::CheckedCall;
use crate::discovery::{self, Listing};
use crate::failure::Failure;
use crate::session::{Generation, Session};
use crate::{BridgeError, Server};

/// `HeaderMismatch` (MCP 2026-07-28, basic/transports, "Client Behavior").
const HEADER_MISMATCH: i32 = -32020;
/// How many times the deadline of one request a list of several pages may take.
const LISTING: u32 = 3;

/// How soon after a list the next is asked for where the server says that it has changed. That is waited for, and not passed over: no
/// call is decided on a list that its server has taken back.
const PAUSE: Duration = Duration::from_secs(1);

/// A session that is open, or being opened once for all who wait for it.
type Slot = Arc<OnceCell<Arc<Session>>>;

/// A list as it came, and until when it is good.
#[derive(Debug)]
struct Kept {
    listing: Arc<Listing>,
    until: Option<Instant>,
}

/// A server and what is known of it.
#[derive(Debug)]
pub(crate) struct Connection {
    server: Server,
    slot: ArcSwap<OnceCell<Arc<Session>>>,
    generation: ArcSwapOption<Generation>,
    listing: ArcSwapOption<Kept>,
    /// The last list, good or not any more: what the next one repeats need not be judged again.
    last: ArcSwapOption<Listing>,
    tools_changed: Arc<AtomicBool>,
    /// When the server was last asked for its list.
    listed: ArcSwapOption<Instant>,
}

impl Connection {
    pub(crate) fn new(server: Server) -> Self {
        Self {
            server,
            slot: ArcSwap::default(),
            generation: ArcSwapOption::empty(),
            listing: ArcSwapOption::empty(),
            last: ArcSwapOption::empty(),
            tools_changed: Arc::default(),
            listed: ArcSwapOption::empty(),
        }
    }

    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// Whether the server has said that its list is another now, or the list's time is over.
    pub(crate) fn is_stale(&self) -> bool {
        let is_over = |kept: &Arc<Kept>| kept.until.is_some_and(|until| until <= Instant::now());
        self.tools_changed.load(Ordering::Acquire) || self.listing.load().as_ref().is_some_and(is_over)
    }

    /// Forgets the list, so that the next [`listing`](Self::listing) asks.
    pub(crate) fn forget_listing(&self) {
        self.listing.store(None);
    }

    /// The server's tools: as they were listed, or listed now.
    pub(crate) async fn listing(&self) -> Result<Arc<Listing>, BridgeError> {
        if self.is_stale() {
            if let Some(listed) = self.listed.load_full() {
                tokio::time::sleep_until(*listed + PAUSE.min(self.server.call_timeout / 2)).await;
            }
            // A server that is away then is not asked at each step.
            self.tools_changed.store(false, Ordering::Release);
            self.forget_listing();
        }
        if let Some(kept) = self.listing.load_full() {
            return Ok(kept.listing.clone());
        }
        self.listed.store(Some(Arc::new(Instant::now())));
        let after = LISTING * self.server.call_timeout;
        let listed = tokio::time::timeout(after, self.list())
            .await
            .unwrap_or_else(|_| Err(self.error(Failure::Timeout { method: "tools/list", after }, None)));
        let listing = Arc::new(listed?);
        self.last.store(Some(listing.clone()));
        let until = listing.ttl.map(|ttl| Instant::now() + ttl);
        self.listing.store(Some(Arc::new(Kept { listing: listing.clone(), until })));
        Ok(listing)
    }

    async fn list(&self) -> Result<Listing, BridgeError> {
        let (slot, listed) = self.list_in_session().await?;
        let listed = match listed {
            Err(failure) if failure.surely_did_nothing() => {
                self.forget(&slot);
                self.list_in_session().await?.1
            }
            listed => listed,
        };
        listed.map_err(|failure| self.error(failure, None))
    }

    async fn list_in_session(&self) -> Result<(Slot, Result<Listing, Failure>), BridgeError> {
        let last = self.last.load_full();
        let (slot, session) = self.session().await?;
        // Cleared before asking: a change while the list is under way must not be missed.
        self.tools_changed.store(false, Ordering::Release);
        let listed = discovery::list_tools(&session, last.as_deref()).await;
        Ok((slot, listed))
    }

    /// The unread result of a call. Sent a second time only when the first surely did nothing.
    pub(crate) async fn call(&self, call: &CheckedCall) -> Result<String, BridgeError> {
        let was_open = self.slot.load().get().is_some();
        let (slot, session) = self.session().await?;
        let start = Instant::now();
        let called = match session.call_tool(call, start).await {
            Err(failure)
                if failure.surely_did_nothing() || (was_open && session.is_bound_to_another(&failure)) =>
            {
                self.forget(&slot);
                let (_, session) = self.session().await?;
                session.call_tool(call, start).await
            }
            called => called,
        };
        called.map_err(|failure| {
            // The server wants other headers than its list asked for: the list is out of date.
            if matches!(failure, Failure::Refused { code: HEADER_MISMATCH, .. }) {
                self.tools_changed.store(true, Ordering::Release);
            }
            self.error(failure, Some(call.name()))
        })
    }

    /// Ends the session, if there is one.
    pub(crate) async fn close(&self) {
        let slot = self.slot.swap(Slot::default());
        if let Some(session) = Arc::into_inner(slot).and_then(OnceCell::into_inner) {
            session.close().await;
        }
    }

    async fn session(&self) -> Result<(Slot, Arc<Session>), BridgeError> {
        let mut slot = self.slot.load_full();
        match slot.get().cloned() {
            Some(session) if !session.has_ended() => return Ok((slot, session)),
            Some(_) => {
                self.forget(&slot);
                slot = self.slot.load_full();
            }
            None => {}
        }
        // The deadline holds for those who wait for another's attempt, too.
        let after = self.server.call_timeout;
        // In a box: it is ten times as large as a call of a session that is open, and is seldom needed.
        let opened = tokio::time::timeout(after, slot.get_or_try_init(|| Box::pin(self.open()))).await;
        let opened = opened.unwrap_or(Err(Failure::Timeout { method: "initialize", after }));
        let session = opened.map_err(|failure| self.error(failure, None))?.clone();
        Ok((slot, session))
    }

    fn error(&self, failure: Failure, tool: Option<&ToolName>) -> BridgeError {
        failure.redacted(&self.server.redaction).into_error(&self.server.name, tool)
    }

    /// Gives up a session, unless another caller has already replaced it. Who still waits on it keeps it alive.
    fn forget(&self, slot: &Slot) {
        self.slot.compare_and_swap(slot, Slot::default());
    }

    /// Opens a session in a span of its own: it outlives the call that opens it, and its tasks keep the span that they
    /// begin in.
    async fn open(&self) -> Result<Arc<Session>, Failure> {
        let name = &*self.server.name;
        let lasting =
            tracing::info_span!(parent: None, "mcp_session", "otel.name" = "mcp session", server = name);
        self.open_in_turn().instrument(lasting).await
    }

    /// Opens a session in the generation that is known, or else in whichever the server speaks.
    async fn open_in_turn(&self) -> Result<Arc<Session>, Failure> {
        let known = self.generation.load().as_deref().copied();
        let opened = match Session::open(&self.server, known, &self.tools_changed).await {
            // The server has moved to another generation since.
            Err(Failure::Refused { .. } | Failure::Version { .. } | Failure::Protocol(_))
                if known.is_some() =>
            {
                Session::open(&self.server, None, &self.tools_changed).await
            }
            opened => opened,
        };
        let session = opened?;
        let before = self.generation.swap(Some(Arc::new(session.generation())));
        if before.is_some() {
            // A server that forgot its session may have been started anew, with other tools, and told nobody.
            self.tools_changed.store(true, Ordering::Release);
        }
        Ok(Arc::new(session))
    }
}
