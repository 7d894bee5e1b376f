//! A client configuration that follows its files, as certificates are rotated under a running process.
//!
//! The files are looked at when a configuration is asked for, at most once per interval: there is no thread and no timer
//! to stop. Connections that stand are not touched; new ones use the new configuration.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use arc_swap::{ArcSwap, ArcSwapOption};
use rustls::ClientConfig;

use crate::{ClientTls, TlsError};

/// Hands out the configuration that belongs to the files as they are now. A change that cannot be used keeps the last
/// good configuration and is reported.
pub struct ReloadingClientTls {
    settings: ClientTls,
    current: ArcSwap<ClientConfig>,
    stamps: ArcSwap<Vec<Stamp>>,
    failure: ArcSwapOption<TlsError>,
    interval: Duration,
    started: Instant,
    /// When the files are to be looked at next, in milliseconds since `started`.
    next_look: AtomicU64,
}

/// What tells that a file was replaced or written.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    path: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
    identity: u64,
}

impl ReloadingClientTls {
    /// Makes the first configuration.
    ///
    /// ```
    /// use toolgate_tls_config::{ClientTls, ReloadingClientTls};
    /// let tls = ReloadingClientTls::new(ClientTls::new().with_only_extra_roots().with_mozilla_roots())?;
    /// let config = tls.current();
    /// # Ok::<(), toolgate_tls_config::TlsError>(())
    /// ```
    ///
    /// # Errors
    /// As [`ClientTls::build`].
    pub fn new(settings: ClientTls) -> Result<Self, TlsError> {
        // Stamped before they are read: a change in between is then seen at the next look.
        let stamps = stamps(&settings);
        let current = settings.build()?;
        let tls = Self {
            settings,
            current: ArcSwap::new(current),
            stamps: ArcSwap::from_pointee(stamps),
            failure: ArcSwapOption::empty(),
            interval: Duration::from_secs(10),
            started: Instant::now(),
            next_look: AtomicU64::new(0),
        };
        Ok(tls)
    }

    /// Sets how long the files are not looked at again. Default 10 s: far shorter than any rotation, and a few `stat`
    /// calls per interval at most.
    #[must_use]
    pub fn with_interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// The configuration for a new connection. Looks at the files when it is time to.
    #[must_use]
    pub fn current(&self) -> Arc<ClientConfig> {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let due = self.next_look.load(Ordering::Relaxed);
        if now >= due {
            let next = now.saturating_add(u64::try_from(self.interval.as_millis()).unwrap_or(u64::MAX));
            // One caller looks; the others go on with what there is.
            if self.next_look.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok()
                && let Err(error) = self.reload()
            {
                tracing::warn!(%error, "the changed TLS files are not usable; the last good ones stay in force");
            }
        }
        self.current.load_full()
    }

    /// Looks at the files now. `true` when they had changed and are in force.
    ///
    /// # Errors
    /// [`TlsError`] when they changed and cannot be used; the last good configuration stays in force.
    pub fn reload(&self) -> Result<bool, Arc<TlsError>> {
        let stamps = stamps(&self.settings);
        if stamps == **self.stamps.load() {
            return Ok(false);
        }
        let config = self.settings.build().map_err(|error| {
            let error = Arc::new(error);
            self.failure.store(Some(Arc::clone(&error)));
            error
        })?;
        self.current.store(config);
        self.stamps.store(Arc::new(stamps));
        self.failure.store(None);
        Ok(true)
    }

    /// Why the files as they are now are not in force, if they are not.
    #[must_use]
    pub fn failure(&self) -> Option<Arc<TlsError>> {
        self.failure.load_full()
    }
}

impl fmt::Debug for ReloadingClientTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReloadingClientTls").field("settings", &self.settings).finish_non_exhaustive()
    }
}

fn stamps(settings: &ClientTls) -> Vec<Stamp> {
    let mut stamps = Vec::new();
    for path in settings.paths() {
        if let Ok(entries) = fs::read_dir(&path) {
            let mut inside: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
            inside.sort();
            stamps.extend(inside.into_iter().map(stamp));
        }
        stamps.push(stamp(path));
    }
    stamps
}

fn stamp(path: PathBuf) -> Stamp {
    let metadata = fs::metadata(&path).ok();
    #[cfg(unix)]
    let identity = metadata.as_ref().map_or(0, std::os::unix::fs::MetadataExt::ino);
    #[cfg(not(unix))]
    let identity = 0;
    Stamp {
        path,
        length: metadata.as_ref().map_or(0, fs::Metadata::len),
        modified: metadata.and_then(|metadata| metadata.modified().ok()),
        identity,
    }
}
