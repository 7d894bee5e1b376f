//! AWS's crates over our HTTP client, so that one TLS policy holds for all.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient as AwsClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use toolgate_http_client::{HttpClient, SendOptions};

#[derive(Clone)]
pub(super) struct Connector {
    http: Arc<dyn HttpClient>,
    send: SendOptions,
}

impl Connector {
    pub(super) fn new(http: Arc<dyn HttpClient>) -> Self {
        Self { http, send: SendOptions::default() }
    }

    async fn send(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let (head, body) = request.into_parts();
        let Some(body) = body.bytes().map(Bytes::copy_from_slice) else {
            return Err(ConnectorError::user("expected a body in memory, found a stream".into()));
        };
        let mut request = http::Request::from_parts(head, body);
        self.send.attach(&mut request);
        let failed = |error: toolgate_http_client::HttpError| ConnectorError::io(error.into());
        let (head, body) = self.http.send(request).await.map_err(failed)?.into_parts();
        let body = body.bytes().await.map_err(failed)?;
        let response = http::Response::from_parts(head, SdkBody::from(body));
        HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
    }
}

impl AwsClient for Connector {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        let wait =
            [settings.connect_timeout(), settings.read_timeout()].into_iter().flatten().sum::<Duration>();
        let send = if wait.is_zero() { self.send } else { self.send.with_first_byte(wait).with_total(wait) };
        SharedHttpConnector::new(Self { http: Arc::clone(&self.http), send })
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().send(request))
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}
