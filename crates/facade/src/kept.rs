//! What was secret at any time since a client was opened: replaced, it may be as good as before, and whoever was shown it still
//! knows it.

use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::time::Instant;
use toolgate_oauth_cc::{AccessToken, Secret};

/// The shortest text that is taken for a secret, in bytes: a shorter one may be a word that a tool says.
pub(crate) const SHORTEST: usize = 8;

/// How many secrets of settings are kept at least, those of earlier configurations among them, the newest.
const MOST_SETTLED: usize = 1024;
/// The same for tokens: a client has a few for each server, and replaces them seldom.
const MOST_TOKENS: usize = 1024;
/// For how long a token counts as good that does not say how long it is.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The secrets of settings, and the tokens that servers and providers were shown.
#[derive(Default)]
pub(crate) struct Kept {
    settled: ArcSwap<Vec<Secret>>,
    tokens: ArcSwap<Vec<(Secret, Instant)>>,
}

impl Kept {
    /// Those of settings.
    pub(crate) fn settle(&self, secrets: &[Secret]) {
        let is_new = |known: &&Secret| secrets.iter().all(|secret| !is_same(secret, known.expose_secret()));
        self.settled.rcu(|settled| {
            let before: Vec<_> = settled.iter().filter(is_new).collect();
            let room = MOST_SETTLED.saturating_sub(secrets.len());
            let skipped = before.len().saturating_sub(room);
            before.into_iter().skip(skipped).chain(secrets).cloned().collect::<Vec<_>>()
        });
    }

    /// A token that a server is shown; whether it is a new one.
    pub(crate) fn token(&self, token: &AccessToken) -> bool {
        self.shown(token.expose_secret(), token.expires_in())
    }

    /// A token that a model's provider is shown.
    pub(crate) fn proof(&self, token: &str) {
        if token.len() >= SHORTEST {
            self.shown(token, DAY);
        }
    }

    fn shown(&self, token: &str, good_for: Duration) -> bool {
        if self.has_token(token) {
            return false;
        }
        self.tokens.rcu(|tokens| {
            let now = Instant::now();
            let good: Vec<_> = tokens.iter().filter(|(_, until)| *until > now).collect();
            let skipped = (good.len() + 1).saturating_sub(MOST_TOKENS);
            let kept = good.into_iter().skip(skipped).cloned();
            kept.chain([(Secret::new(token), now + good_for)]).collect::<Vec<_>>()
        });
        true
    }

    /// Calls `redact` with each.
    pub(crate) fn each(&self, redact: &mut dyn FnMut(&str)) {
        self.settled.load().iter().for_each(|secret| redact(secret.expose_secret()));
        let now = Instant::now();
        let tokens = self.tokens.load();
        let good = tokens.iter().filter(|(_, until)| *until > now);
        good.for_each(|(token, _)| redact(token.expose_secret()));
    }

    pub(crate) fn has_token(&self, token: &str) -> bool {
        // The newest first: every call asks for it.
        self.tokens.load().iter().rev().any(|(known, _)| is_same(known, token))
    }
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kept")
    }
}

fn is_same(secret: &Secret, text: &str) -> bool {
    secret.expose_secret() == text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kept: &Kept) -> Vec<String> {
        let mut told = Vec::new();
        kept.each(&mut |secret| told.push(secret.to_owned()));
        told
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_secret_is_kept_once_and_not_for_ever() {
        let kept = Kept::default();
        kept.settle(&[Secret::new("first"), Secret::new("both")]);
        kept.settle(&[Secret::new("both"), Secret::new("second")]);
        assert_eq!(told(&kept), ["first", "both", "second"]);
        for number in 0..2 * MOST_SETTLED {
            kept.settle(&[Secret::new(format!("settled {number}"))]);
        }
        assert_eq!(told(&kept).len(), MOST_SETTLED);
        let many: Vec<_> = (0..2 * MOST_SETTLED).map(|number| Secret::new(number.to_string())).collect();
        kept.settle(&many);
        assert_eq!(told(&kept).len(), many.len(), "those in force are all kept");

        let kept = Kept::default();
        for number in 0..2 * MOST_TOKENS {
            kept.proof(&format!("token {number:06}"));
            kept.proof(&format!("token {number:06}"));
        }
        assert_eq!((told(&kept).len(), &*told(&kept)[0]), (MOST_TOKENS, "token 001024"));
        tokio::time::advance(DAY).await;
        assert_eq!(told(&kept).len(), 0, "no longer good");
        kept.proof("token of today");
        assert_eq!(kept.tokens.load().len(), 1);
        kept.proof("a word");
        assert_eq!(told(&kept), ["token of today"]);
    }
}
