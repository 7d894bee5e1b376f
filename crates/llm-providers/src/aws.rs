//! AWS: requests signed with Signature Version 4, and where the keys for that come from. AWS's own crates do both.

mod connector;
mod credentials;
mod keys;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use toolgate_http_client::{Credential, HttpClient, ModelProvider, Origin, Request};

pub use self::keys::{AwsKeys, AwsScope};
use crate::renewed::Renewed;
use crate::{Authorizer, ErrorKind, ProviderError};

/// Signs each request with AWS Signature Version 4.
///
/// The keys are fixed, or found where AWS's own programs look for them: environment, profile, web identity, container,
/// instance. Temporary ones are renewed before they end.
pub struct AwsSigner {
    provider: Arc<str>,
    scope: AwsScope,
    source: Source,
}

enum Source {
    Fixed(Credentials),
    Found { http: Arc<dyn HttpClient>, latest: Renewed<Credentials> },
}

impl AwsSigner {
    /// Signs within `scope` with keys that do not change, on behalf of `provider`.
    ///
    /// ```
    /// # use toolgate_llm_providers::{AwsKeys, AwsScope, AwsSigner};
    /// let scope = AwsScope { service: "bedrock".into(), region: "eu-west-1".into() };
    /// let keys = AwsKeys {
    ///     access_key_id: "AKIDEXAMPLE".into(),
    ///     secret_access_key: "secret".into(),
    ///     session_token: None,
    /// };
    /// let signer = AwsSigner::with_keys("bedrock", scope, keys);
    /// assert!(!format!("{signer:?}").contains("secret"));
    /// ```
    #[must_use]
    pub fn with_keys(provider: impl Into<Arc<str>>, scope: AwsScope, keys: AwsKeys) -> Self {
        Self { provider: provider.into(), scope, source: Source::Fixed(keys.into()) }
    }

    /// The same with the keys that AWS's default chain finds. It asks the container's or the instance's metadata service
    /// over `http`, which that client must allow for link-local addresses.
    #[must_use]
    pub fn from_default_chain(
        provider: impl Into<Arc<str>>,
        scope: AwsScope,
        http: Arc<dyn HttpClient>,
    ) -> Self {
        let source = Source::Found { http, latest: Renewed::new() };
        Self { provider: provider.into(), scope, source }
    }

    async fn keys(&self, now: SystemTime) -> Result<Credentials, ProviderError> {
        match &self.source {
            Source::Fixed(keys) => Ok(keys.clone()),
            Source::Found { http, latest } => {
                let fetch = || {
                    let (http, region) = (Arc::clone(http), self.scope.region.clone());
                    credentials::fetch(Arc::clone(&self.provider), region, http)
                };
                latest.get(now, || Box::pin(fetch())).await
            }
        }
    }

    fn sign(&self, request: &mut Request, keys: Credentials, now: SystemTime) -> Result<(), ProviderError> {
        let failed = |what: &dyn fmt::Display| {
            let message = format!("the request cannot be signed: {what}");
            ProviderError::new(ErrorKind::Configuration, Arc::clone(&self.provider), message)
        };
        let identity = keys.into();
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(&self.scope.region)
            .name(&self.scope.service)
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| failed(&error))?;
        let headers =
            request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let url = request.uri().to_string();
        let body = SignableBody::Bytes(request.body());
        let signable = SignableRequest::new(request.method().as_str(), url, headers, body)
            .map_err(|error| failed(&error))?;
        let (instructions, _) =
            sign(signable, &parameters.into()).map_err(|error| failed(&error))?.into_parts();
        let (signed, _) = instructions.into_parts();
        let origin =
            Origin::of(request.uri()).map_err(|error| ProviderError::transport(&self.provider, error))?;
        for header in signed {
            let name = header.name();
            let mut value = HeaderValue::from_str(header.value()).map_err(|error| failed(&error))?;
            if name.eq_ignore_ascii_case(AUTHORIZATION.as_str()) {
                Credential::<ModelProvider>::authorization(origin.clone(), value).attach(request);
                continue;
            }
            // The session's token; without the signature it proves nothing.
            value.set_sensitive(header.sensitive());
            let name = http::HeaderName::from_bytes(name.as_bytes()).map_err(|error| failed(&error))?;
            request.headers_mut().insert(name, value);
        }
        Ok(())
    }
}

#[async_trait]
impl Authorizer for AwsSigner {
    async fn authorize(&self, request: &mut Request) -> Result<(), ProviderError> {
        let now = SystemTime::now();
        let keys = self.keys(now).await?;
        self.sign(request, keys, now)
    }

    fn refused(&self) {
        if let Source::Found { latest, .. } = &self.source {
            latest.forget();
        }
    }
}

impl fmt::Debug for AwsSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AwsScope { service, region } = &self.scope;
        write!(f, "AwsSigner({service} in {region}, for {})", self.provider)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use toolgate_http_client::AttachedCredential;

    use super::*;

    /// What botocore 1.43 signs the same request with.
    const SIGNED: &str = "AWS4-HMAC-SHA256 \
        Credential=AKIDEXAMPLE/20150830/eu-west-1/bedrock/aws4_request, \
        SignedHeaders=accept;content-type;host;x-amz-date, \
        Signature=29ed86b8ab4ee1c8697a32c9f88d4d59e11b7356cc76259efcb0b57ccc7cc720";
    const SIGNED_IN_SESSION: &str = "AWS4-HMAC-SHA256 \
        Credential=AKIDEXAMPLE/20150830/eu-west-1/bedrock/aws4_request, \
        SignedHeaders=accept;content-type;host;x-amz-date;x-amz-security-token, \
        Signature=39a5bd12e9394ebb000a71807bbe24537aeb2abda988e2e6520932760600fbbe";

    fn signed(session: Option<&str>) -> Request {
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        let scope = AwsScope { service: "bedrock".into(), region: "eu-west-1".into() };
        let keys = AwsKeys {
            access_key_id: "AKIDEXAMPLE".into(),
            secret_access_key: secret.into(),
            session_token: session.map(str::to_owned),
        };
        let signer = AwsSigner::with_keys("bedrock", scope, keys);
        let mut request = http::Request::post(
            "https://bedrock-runtime.eu-west-1.amazonaws.com/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream",
        )
        .header("content-type", "application/json")
        .header("accept", "application/vnd.amazon.eventstream")
        .body(bytes::Bytes::from_static(b"{\"messages\":[]}"))
        .unwrap();
        // 2015-08-30T12:36:00Z, the time of AWS's own examples.
        let now = UNIX_EPOCH + Duration::from_secs(1_440_938_160);
        let Source::Fixed(keys) = &signer.source else { panic!() };
        signer.sign(&mut request, keys.clone(), now).unwrap();
        let origin = Origin::of(request.uri()).unwrap();
        assert!(!request.headers().contains_key(AUTHORIZATION), "it is bound to its origin until it leaves");
        AttachedCredential::apply(&mut request, &origin).unwrap();
        request
    }

    #[test]
    fn it_signs_as_botocore_does() {
        let request = signed(None);
        assert_eq!(request.headers()[AUTHORIZATION], SIGNED);
        assert_eq!(request.headers()["x-amz-date"], "20150830T123600Z");
        let request = signed(Some("session"));
        assert_eq!(request.headers()[AUTHORIZATION], SIGNED_IN_SESSION);
        assert!(request.headers()["x-amz-security-token"].is_sensitive());
    }
}
