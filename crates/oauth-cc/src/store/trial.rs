//! Whether a store can be used, for people who set one up: where it cannot, processes ask for tokens themselves, and only
//! their logs tell.

use std::time::Duration;

use super::{StoreError, StoredToken, TokenStore, in_time};
use crate::cache::CacheKey;
use crate::{Secret, TokenType};

/// What is left behind by a trial that is cut short is gone after this time.
const TRIAL: Duration = Duration::from_secs(5);

/// Does with `store` what sharing a token takes: takes a lock, stores something that is no token, reads it back, lets go.
///
/// ```
/// # use toolgate_oauth_cc::store::{StoreError, TokenStore, try_out};
/// # async fn example(store: &dyn TokenStore) -> Result<(), StoreError> {
/// try_out(store).await?;
/// println!("tokens can be shared");
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`StoreError`] of the first step that fails or takes longer than a second.
///
/// # Cancel safety
/// What was stored is gone after five seconds.
pub async fn try_out(store: &dyn TokenStore) -> Result<(), StoreError> {
    let key = CacheKey::for_trials();
    let told = "a trial, and no token";
    let kept = StoredToken {
        secret: Secret::new(told),
        token_type: TokenType::Bearer,
        scopes: None,
        expires_in: TRIAL,
        lifetime: TRIAL,
    };
    // Another process may be trying too; its lock is as good a sign.
    let lease = in_time(store.lock(&key, TRIAL)).await?;
    in_time(store.write(&key, &kept)).await?;
    let read = in_time(store.read(&key)).await?;
    if let Some(lease) = lease {
        in_time(store.unlock(&key, &lease)).await?;
    }
    match read {
        Some(read) if read.secret.expose_secret() == told => Ok(()),
        _ => Err(StoreError("what was stored could not be read back".to_owned())),
    }
}
