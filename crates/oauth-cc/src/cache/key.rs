//! What makes two tokens interchangeable: everything that the token request says, nothing less (CVE-2026-35030 was a
//! cache keyed by a prefix).

use std::fmt;

use sha2::{Digest, Sha256};

use crate::{ClientAuthentication, ClientCredentials};

/// A hash over issuer, token endpoint, client, its authentication, resource, scopes, further parameters and the key or
/// certificate that tokens are bound to. Two clients that differ in any of them never share a token.
///
/// ```
/// # use toolgate_oauth_cc::{CacheKey, ClientAuthentication, ClientCredentials, Secret};
/// let secret = ClientAuthentication::SecretBasic(Secret::new("s3cret"));
/// let reads = ClientCredentials::new("https://as.example/token", "my-client", secret)?
///     .with_scopes(["customer:read"])?;
/// let writes = reads.clone().with_scopes(["customer:write"])?;
/// assert_eq!(CacheKey::of(&reads), CacheKey::of(&reads.clone()));
/// assert_ne!(CacheKey::of(&reads), CacheKey::of(&writes));
/// # Ok::<(), toolgate_oauth_cc::TokenError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CacheKey([u8; 32]);

impl CacheKey {
    /// The key of what `credentials` ask for.
    #[must_use]
    pub fn of(credentials: &ClientCredentials) -> Self {
        let mut parts = Parts(Sha256::new());
        parts.add(credentials.issuer.as_deref());
        parts.add(Some(credentials.token_endpoint.as_str()));
        parts.add(Some(&credentials.client_id));
        parts.add(Some(credentials.authentication.method()));
        parts.authentication(&credentials.authentication);
        parts.add(credentials.resource.as_deref());
        parts.list(credentials.scopes.iter());
        parts.list(credentials.required.iter());
        parts.list(credentials.extra.iter().flat_map(|(name, value)| [name, value]));
        #[cfg(feature = "dpop")]
        parts.add(credentials.dpop.as_ref().map(|key| key.thumbprint()));
        parts.add(credentials.takes_unbound().then_some("unbound"));
        parts.add(credentials.certificate.as_ref());
        Self(parts.0.finalize().into())
    }

    /// The key of nobody's token, to try a store with.
    pub(crate) fn for_trials() -> Self {
        Self(Sha256::digest("a trial of the token store").into())
    }

    /// The bytes of the hash.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Derived from a secret too, so not shown whole.
        f.write_str("CacheKey(..)")
    }
}

/// Feeds a hash so that different parts never give the same bytes: each says whether it is there and how long it is.
struct Parts(Sha256);

impl Parts {
    fn add(&mut self, part: Option<&(impl AsRef<[u8]> + ?Sized)>) {
        let Some(bytes) = part.map(AsRef::as_ref) else { return self.0.update([0]) };
        self.0.update([1]);
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    fn list<'a>(&mut self, items: impl Iterator<Item = &'a String>) {
        items.for_each(|item| self.add(Some(item)));
        self.add(None::<&str>);
    }

    /// Whoever does not know the secret must not get a token out of the cache.
    fn authentication(&mut self, authentication: &ClientAuthentication) {
        self.add(authentication.secret().map(crate::Secret::expose_secret));
        #[cfg(feature = "private-key-jwt")]
        if let ClientAuthentication::PrivateKeyJwt(key) = authentication {
            self.add(Some(&key.fingerprint()));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::{btree_map, btree_set};
    use proptest::option;
    use proptest::prelude::*;

    use super::*;
    use crate::Secret;

    /// Everything that may differ, in a form that can be compared.
    type Described = (
        Option<String>,
        String,
        bool,
        String,
        Option<String>,
        [std::collections::BTreeSet<String>; 2],
        Vec<(String, String)>,
    );

    fn described() -> impl Strategy<Value = Described> {
        let scopes = || btree_set("[ab]{1,2}", 0..3);
        (
            option::of("https://[ab]{1,2}"),
            "[ab]{1,3}",
            any::<bool>(),
            "[ab]{1,3}",
            option::of("https://[ab]{1,2}"),
            [scopes(), scopes()],
            btree_map("[ab]{1,2}", "[ab]{0,2}", 0..3).prop_map(|extra| extra.into_iter().collect()),
        )
    }

    fn key(described: &Described) -> CacheKey {
        let (issuer, id, post, secret, resource, [scopes, required], extra) = described;
        let secret = Secret::new(secret.clone());
        let authentication = if *post {
            ClientAuthentication::SecretPost(secret)
        } else {
            ClientAuthentication::SecretBasic(secret)
        };
        let mut credentials = ClientCredentials::new("https://as.example/token", id, authentication)
            .and_then(|c| c.with_scopes(scopes.iter().cloned()))
            .and_then(|c| c.with_required_scopes(required.iter().cloned()))
            .unwrap();
        credentials.issuer.clone_from(issuer);
        credentials.resource.clone_from(resource);
        credentials.extra = extra.iter().cloned().collect();
        CacheKey::of(&credentials)
    }

    proptest! {
        #[test]
        fn keys_are_equal_exactly_when_everything_is(a in described(), b in described()) {
            prop_assert_eq!(a == b, key(&a).as_bytes() == key(&b).as_bytes());
            prop_assert_eq!(key(&a), key(&a.clone()));
        }
    }

    #[test]
    fn each_part_counts_by_itself() {
        let base: Described = (None, "a".into(), true, "b".into(), None, Default::default(), Vec::new());
        let with = |change: fn(&mut Described)| {
            let mut changed = base.clone();
            change(&mut changed);
            key(&changed)
        };
        let keys = [
            key(&base),
            with(|(issuer, ..)| *issuer = Some("https://a".into())),
            with(|(_, id, ..)| *id = "aa".into()),
            with(|(_, _, post, ..)| *post = false),
            with(|(_, _, _, secret, ..)| *secret = "bb".into()),
            with(|(_, _, _, _, resource, ..)| *resource = Some("https://a".into())),
            with(|(.., [scopes, _], _)| scopes.extend(["a".to_owned()])),
            with(|(.., [_, required], _)| required.extend(["a".to_owned()])),
            with(|(.., extra)| extra.push(("a".into(), "b".into()))),
            with(|(.., extra)| extra.push(("a".into(), "bb".into()))),
        ];
        assert_eq!(keys.iter().collect::<std::collections::HashSet<_>>().len(), keys.len());
    }

    #[test]
    fn parts_of_other_borders_are_others() {
        let fed = |parts: &[Option<&str>]| {
            let mut hash = Parts(Sha256::new());
            parts.iter().for_each(|part| hash.add(*part));
            hash.0.finalize()
        };
        assert_ne!(fed(&[Some("a"), Some("b")]), fed(&[Some("a\u{1}b")]));
        assert_ne!(fed(&[Some("")]), fed(&[None; 8]));
    }

    #[cfg(feature = "dpop")]
    #[test]
    fn cc_39_the_endpoint_and_the_keys_count() {
        use crate::{DpopKey, PrivateKeyJwt, SigningAlgorithm, SigningKey};
        let jwk = |d: &str, x: &str| {
            let jwk = format!(r#"{{"kty":"OKP","crv":"Ed25519","d":"{d}","x":"{x}"}}"#);
            SigningKey::from_jwk(&Secret::new(jwk), SigningAlgorithm::EdDSA).unwrap()
        };
        // RFC 8037 appendix A.1, and RFC 8032 section 7.1, test 2.
        let one = || {
            jwk("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
        };
        let other = || {
            jwk("TM0Imyj_ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U-4pvs", "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw")
        };
        let at = |url, how| ClientCredentials::new(url, "id", how).unwrap();
        let plain = || at("https://as.example/token", ClientAuthentication::TlsClientAuth);
        let signed = |key| {
            at("https://as.example/token", ClientAuthentication::PrivateKeyJwt(PrivateKeyJwt::new(key)))
        };
        let all = [
            plain(),
            at("https://as.example/token2", ClientAuthentication::TlsClientAuth),
            plain().with_dpop(DpopKey::new(one())),
            plain().with_dpop(DpopKey::new(other())),
            plain().with_dpop(DpopKey::new(one())).with_unbound_tokens(true),
            signed(one()),
            signed(other()),
            plain().with_certificate(b"one"),
            plain().with_certificate(b"other"),
        ];
        let keys: std::collections::HashSet<_> = all.iter().map(CacheKey::of).collect();
        assert_eq!(keys.len(), all.len());
    }

    #[test]
    fn text_does_not_flow_from_one_part_into_the_next() {
        let base: Described = (None, "a".into(), true, "bb".into(), None, Default::default(), Vec::new());
        let shifted: Described = (None, "ab".into(), true, "b".into(), None, Default::default(), Vec::new());
        assert_ne!(key(&base), key(&shifted));
        let [mut scopes, mut required] = [base.clone(), base];
        scopes.5[0].insert("a".into());
        required.5[1].insert("a".into());
        assert_ne!(key(&scopes), key(&required));
    }
}
