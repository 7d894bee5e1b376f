//! One session with one server: opened in the protocol generation that the server speaks, requests with a deadline,
//! cancellation that reaches the server.

mod input;
mod manner;
mod pending;
mod startup;
mod subscription;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use rmcp::model::{
    CallToolRequest, CallToolRequestParams, ClientRequest, ErrorData, ListToolsRequest, MetaObject,
    PaginatedRequestParams, ProgressToken, RequestId, RequestMetaObject, ServerResult,
};
use rmcp::service::{PeerRequestOptions, RoleClient, RunningService, ServiceError};
use tokio::task::coop::unconstrained;
use tokio::time::{Instant, timeout_at};

use crate::ToolProgress;
use crate::call::CheckedCall;
use crate::client_role::ClientRole;
use crate::failure::Failure;
use crate::progress::Listener;
use crate::redaction::Redaction;
use crate::text::escaped;
use crate::transport::{self, Call, Calls, Params, Report};
pub(crate) use startup::Generation;

use self::input::{MAX_ROUNDS, Round};
use self::manner::Manner;
use self::pending::Pending;
use self::subscription::Subscription;

/// How long a server may take to take note that the session is over.
const CLOSING: Duration = Duration::from_secs(5);

/// An open session.
#[derive(Debug)]
pub(crate) struct Session {
    service: RunningService<RoleClient, ClientRole>,
    generation: Generation,
    /// Where calls go past rmcp.
    calls: Option<Calls>,
    manner: Manner,
    /// Where the server tells of changes in this way.
    subscription: Option<Subscription>,
    timeout: Duration,
    /// The deadline that no progress moves.
    longest: Duration,
    redaction: Redaction,
}

/// What an answer is waited for with.
struct Waited<'a> {
    /// What progress is told under.
    token: ProgressToken,
    method: &'static str,
    /// The deadline that nothing moves.
    last: Instant,
    listener: Option<&'a Listener>,
}

impl Session {
    pub(crate) fn generation(&self) -> Generation {
        self.generation
    }

    /// Whether the session has ended by itself.
    pub(crate) fn has_ended(&self) -> bool {
        self.service.is_closed() || self.service.peer().is_transport_closed()
    }

    /// Whether the server may have refused this session rather than the request: one that binds a session to the token
    /// that opened it (MCP basic/security_best_practices, session hijacking) does not take the next token there. It has
    /// refused before anything ran.
    pub(crate) fn is_bound_to_another(&self, failure: &Failure) -> bool {
        self.generation == Generation::Initialize && matches!(failure, Failure::Unauthorized { .. })
    }

    /// One page of `tools/list`, unread.
    pub(crate) async fn list_tools(&self, cursor: Option<String>) -> Result<String, Failure> {
        let report = Report::default();
        let mut request = ListToolsRequest::with_param(PaginatedRequestParams::default().with_cursor(cursor));
        request.extensions.insert(report.clone());
        let (request, last) = (ClientRequest::ListToolsRequest(request), Instant::now() + self.longest);
        let text = self.request(request, "tools/list", report, last, None).await?;
        // A description reaches models and people as a result does.
        Ok(self.redaction.json(text))
    }

    /// The result of one `tools/call`, unread. A server of the new generation may ask for input in between. All of it has ended
    /// by the longest deadline, counted from `start`.
    pub(crate) async fn call_tool(&self, call: &CheckedCall, start: Instant) -> Result<String, Failure> {
        let last = start + self.longest;
        if let Some(calls) = self.calls.as_ref().filter(|_| self.service.service().offers_elicitation()) {
            calls.listening().settled().await;
        }
        let mut text = self.call_round(call, Round::default(), last).await?;
        if self.generation != Generation::Stateless {
            return Ok(text);
        }
        for number in 0..MAX_ROUNDS {
            // The pauses between rounds, and whoever is asked then, have no deadline but this one.
            let next = timeout_at(last, Round::after(&text, number, self.service.service())).await;
            let next = next.map_err(|_| Failure::Timeout { method: "tools/call", after: self.longest })?;
            let Some(round) = next? else { return Ok(text) };
            text = self.call_round(call, round, last).await.map_err(|failure| match failure {
                // The rounds before did something, so the call is not to begin anew.
                failure if failure.surely_did_nothing() => {
                    Failure::Lost("the connection broke between two rounds")
                }
                failure => failure,
            })?;
        }
        Err(Failure::TooLarge { what: "a call", limit: format!("{MAX_ROUNDS} rounds") })
    }

    async fn call_round(&self, call: &CheckedCall, round: Round, last: Instant) -> Result<String, Failure> {
        match &self.calls {
            Some(calls) => self.post(calls, call, round, last).await,
            None => self.hand_over(call, round, last).await,
        }
    }

    /// Makes a call over HTTP.
    async fn post(
        &self,
        calls: &Calls,
        call: &CheckedCall,
        round: Round,
        last: Instant,
    ) -> Result<String, Failure> {
        let definition = &call.entry.definition;
        let id = calls.next_id();
        let token = ProgressToken(RequestId::Number(id));
        let sent = Call {
            id,
            params: Params {
                meta: self.manner.meta(&call.meta, id),
                name: &definition.name,
                arguments: call.arguments(),
                input_responses: round.responses,
                request_state: round.state,
            },
            headers: self.manner.headers(definition, &call.arguments),
            extensions: call.extensions.clone(),
        };
        // In the new generation a call that is dropped hangs up, and that says it all.
        let pending = (self.generation == Generation::Initialize)
            .then(|| Pending::new(self.service.peer(), RequestId::Number(id)));
        // Pinned here, not handed over: a future that is handed over is moved, and kept in two places.
        let called = pin!(calls.call(sent, self.service.service()));
        let waited = Waited { token, method: "tools/call", last, listener: call.listener.as_ref() };
        let called = self.patiently(called, waited).await?;
        pending.into_iter().for_each(Pending::end);
        called?.map_err(|error| self.refused(&error))
    }

    /// Has rmcp make a call.
    async fn hand_over(&self, call: &CheckedCall, round: Round, last: Instant) -> Result<String, Failure> {
        let name = call.entry.definition.name.clone();
        let mut params = CallToolRequestParams::new(name).with_arguments(call.arguments.clone());
        params.input_responses = round.responses;
        params.request_state = round.state;
        params.meta = (!call.meta.is_empty()).then(|| RequestMetaObject(MetaObject(call.meta.clone())));
        let mut request = CallToolRequest::new(params);
        let report = Report::default();
        request.extensions.insert(report.clone());
        let request = ClientRequest::CallToolRequest(request);
        self.request(request, "tools/call", report, last, call.listener.as_ref()).await
    }

    /// Has rmcp make a request.
    async fn request(
        &self,
        request: ClientRequest,
        method: &'static str,
        report: Report,
        last: Instant,
        listener: Option<&Listener>,
    ) -> Result<String, Failure> {
        let peer = self.service.peer();
        let sending = peer.send_request_with_option(request, PeerRequestOptions::no_options());
        let handle = sending.await.map_err(|_| Failure::SessionEnded)?;
        let pending = Pending::new(peer, handle.id);
        let waited = Waited { token: handle.progress_token, method, last, listener };
        let answered = self.patiently(handle.rx, waited).await?;
        pending.end();
        match answered {
            Ok(Ok(ServerResult::CustomResult(result))) => transport::take_unread(result.0)
                .ok_or_else(|| Failure::Protocol(format!("the answer to {method} is not its result"))),
            Ok(Ok(_)) => Err(Failure::Protocol(format!("the answer to {method} is not its result"))),
            Ok(Err(error)) => Err(self.explain(error, &report)),
            Err(_) => Err(report.take().unwrap_or(Failure::Lost("the session ended before the answer"))),
        }
    }

    /// Waits for the answer. Progress begins the deadline anew, and so does a person who is asked something; the longest
    /// deadline stands.
    async fn patiently<T>(&self, answer: impl Future<Output = T>, waited: Waited<'_>) -> Result<T, Failure> {
        let Waited { token, method, last, listener } = waited;
        let role = self.service.service();
        let watch = role.progress().watch(token);
        let tell = |told| {
            if let Some(listener) = listener {
                listener(self.clean(told));
            }
        };
        let mut answer = pin!(answer);
        let start = Instant::now();
        let mut deadline = start + self.timeout;
        loop {
            tokio::select! {
                biased;
                answer = &mut answer => {
                    // What came with the answer, and before it.
                    watch.newest().into_iter().for_each(tell);
                    return Ok(answer);
                }
                told = watch.noted() => {
                    deadline = Instant::now() + self.timeout;
                    tell(told);
                }
                // Even where reading has used up what a task may do in one go.
                () = unconstrained(tokio::time::sleep_until(deadline.min(last))) => {
                    let now = Instant::now();
                    if now >= last {
                        return Err(Failure::Timeout { method, after: self.longest });
                    }
                    if !role.is_asking() {
                        return Err(Failure::Timeout { method, after: now - start });
                    }
                    deadline = now + self.timeout;
                }
            }
        }
    }

    /// Progress as it may be shown: its words are the server's.
    fn clean(&self, told: ToolProgress) -> ToolProgress {
        // Before it is cut: half a secret is too much of it.
        let message = told.message.map(|message| escaped(&self.redaction.text(&message)));
        ToolProgress { message, ..told }
    }

    /// Ends the session and tells the server so. While requests are under way, the last of them does.
    pub(crate) async fn close(self: Arc<Self>) {
        let Ok(mut session) = Arc::try_unwrap(self) else { return };
        drop(session.subscription.take());
        if let Err(error) = session.service.close_with_timeout(CLOSING).await {
            tracing::debug!(%error, "an MCP session did not end cleanly");
        }
    }

    /// What rmcp's error means. What the transport reported is nearer to the cause than what rmcp made of it, but a
    /// JSON-RPC error of the server is an answer.
    fn explain(&self, error: ServiceError, report: &Report) -> Failure {
        match error {
            ServiceError::McpError(error) if !transport::is_synthetic(&error) => self.refused(&error),
            _ => report.take().unwrap_or(Failure::Lost("the connection closed before the answer")),
        }
    }

    fn refused(&self, error: &ErrorData) -> Failure {
        // Before it is cut: half a secret is too much of it.
        let message = escaped(&self.redaction.text(&error.message));
        Failure::Refused { code: error.code.0, message }
    }
}
