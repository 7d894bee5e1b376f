//! Keys as AWS's default chain finds them: environment, profile, web identity, container, instance.

use std::sync::Arc;

use aws_config::Region;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use toolgate_http_client::HttpClient;

use super::connector::Connector;
use crate::renewed::Proof;
use crate::{ErrorKind, ProviderError};

pub(super) async fn fetch(
    provider: Arc<str>,
    region: String,
    http: Arc<dyn HttpClient>,
) -> Result<Proof<Credentials>, ProviderError> {
    let configuration = ProviderConfig::without_region()
        .with_region(Some(Region::new(region)))
        .with_http_client(Connector::new(http));
    let chain = DefaultCredentialsChain::builder().configure(configuration).build().await;
    let keys = chain.provide_credentials().await.map_err(|error| {
        // Its sources may quote the files that they read.
        let message = format!(
            "no AWS keys ({error}); set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or give the machine a role"
        );
        ProviderError::new(ErrorKind::Authentication, provider, message)
    })?;
    Ok(Proof { until: keys.expiry(), value: keys })
}
