//! What a configuration trusts, for people to read (`doctor`, logs).

use std::fmt;
use std::path::PathBuf;
use std::time::SystemTime;

/// Where a trust anchor came from.
///
/// See the example of [`TrustSummary`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrustSource {
    /// The operating system.
    System,
    /// Mozilla's list, compiled in.
    Mozilla,
    /// mkcert's local authority, from this file.
    Mkcert(PathBuf),
    /// This file.
    File(PathBuf),
    /// This file of a folder.
    Folder(PathBuf),
    /// PEM text that the program passed.
    Given,
}

impl fmt::Display for TrustSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("the system"),
            Self::Mozilla => f.write_str("Mozilla's list"),
            Self::Mkcert(path) => write!(f, "mkcert ({})", crate::file::name(path)),
            Self::File(path) | Self::Folder(path) => f.write_str(&crate::file::name(path)),
            Self::Given => f.write_str("the program"),
        }
    }
}

impl TrustSource {
    /// The file, or the folder that it is one of many in.
    fn place(&self) -> String {
        match self {
            Self::Folder(path) => path.parent().map_or_else(|| self.to_string(), crate::file::name),
            other => other.to_string(),
        }
    }
}

/// One trust anchor.
///
/// See the example of [`TrustSummary`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrustAnchor {
    /// Its subject as text, escaped.
    pub subject: String,
    /// When it expires; not known for Mozilla's list.
    pub not_after: Option<SystemTime>,
    /// Where it came from.
    pub source: TrustSource,
    /// Whether it has expired, and so is not trusted.
    pub expired: bool,
}

/// What a configuration trusts.
///
/// ```
/// # use toolgate_tls_config::{ClientTls, TrustSource};
/// let trust = ClientTls::new().with_only_extra_roots().with_mozilla_roots().summary()?;
/// assert_eq!(trust.to_string(), format!("{0} trust anchors: {0} from Mozilla's list", trust.count));
/// assert!(trust.anchors.iter().all(|anchor| anchor.source == TrustSource::Mozilla && !anchor.expired));
/// for warning in &trust.warnings {
///     eprintln!("look at this: {warning}");
/// }
/// # Ok::<(), toolgate_tls_config::TlsError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrustSummary {
    /// How many anchors are trusted: those below that have not expired.
    pub count: usize,
    /// Every anchor that was found.
    pub anchors: Vec<TrustAnchor>,
    /// What somebody should look at: expired anchors, files of a folder that were not read.
    pub warnings: Vec<String>,
}

impl TrustSummary {
    pub(super) fn push(&mut self, anchor: TrustAnchor) {
        self.count += usize::from(!anchor.expired);
        self.anchors.push(anchor);
    }

    pub(super) fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }
}

impl fmt::Display for TrustSummary {
    /// One line: how many, and from where.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} trust anchor{}", self.count, if self.count == 1 { "" } else { "s" })?;
        let mut sources: Vec<(String, usize)> = Vec::new();
        for anchor in self.anchors.iter().filter(|anchor| !anchor.expired) {
            let place = anchor.source.place();
            match sources.iter_mut().find(|(source, _)| *source == place) {
                Some((_, count)) => *count += 1,
                None => sources.push((place, 1)),
            }
        }
        for (index, (source, count)) in sources.iter().enumerate() {
            write!(f, "{}{count} from {source}", if index == 0 { ": " } else { ", " })?;
        }
        Ok(())
    }
}
