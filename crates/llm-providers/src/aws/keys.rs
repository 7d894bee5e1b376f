//! What a signature is made with and what it is good for. Texts that are easily taken for one another have names here.

use std::fmt;

use aws_credential_types::Credentials;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Keys of AWS. `Debug` shows none of them; they are wiped from memory when dropped.
///
/// ```
/// # use toolgate_llm_providers::AwsKeys;
/// let keys = AwsKeys {
///     access_key_id: "AKIDEXAMPLE".into(),
///     secret_access_key: "secret".into(),
///     session_token: None, // temporary keys have one
/// };
/// assert_eq!(format!("{keys:?}"), "AwsKeys([redacted])");
/// ```
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct AwsKeys {
    /// Says whose they are: `AWS_ACCESS_KEY_ID`.
    pub access_key_id: String,
    /// Signs: `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: String,
    /// What temporary keys come with: `AWS_SESSION_TOKEN`.
    pub session_token: Option<String>,
}

/// What a signature is good for (its "credential scope", AWS Signature Version 4).
///
/// ```
/// # use toolgate_llm_providers::AwsScope;
/// let scope = AwsScope { service: "bedrock".into(), region: "eu-west-1".into() };
/// # assert_eq!(scope, scope.clone());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsScope {
    /// The name that the service signs under, such as `bedrock` or `sagemaker`.
    pub service: String,
    /// The region of the host that is asked, such as `eu-west-1`.
    pub region: String,
}

impl From<AwsKeys> for Credentials {
    fn from(mut keys: AwsKeys) -> Self {
        let take = |text: &mut String| std::mem::take(text);
        let (id, secret) = (take(&mut keys.access_key_id), take(&mut keys.secret_access_key));
        Self::new(id, secret, keys.session_token.take(), None, "toolgate")
    }
}

impl fmt::Debug for AwsKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AwsKeys([redacted])")
    }
}
