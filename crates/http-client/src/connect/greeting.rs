//! The first thing that a server sends on a connection: over HTTP/2 how many requests it takes at once (RFC 9113 section
//! 3.4), and in place of anything else that it refuses the connection (`refusal.rs`).

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBuf, ReadBufCursor};

use super::refusal;
use crate::lanes::{Protocol, Standing};

/// The header of a frame (section 4.1).
const HEADER: usize = 9;
/// The type of a SETTINGS frame (section 6.5).
const SETTINGS: u8 = 4;
const MAX_CONCURRENT_STREAMS: u16 = 3;
/// The longest frame that a server may send before it was allowed more (section 4.2).
const LONGEST: usize = 16_384;
/// What is read at a time until the settings are known. They are of some 40 bytes.
const PIECE: usize = 512;

/// Listens to it, and tells the connection's [`Standing`]. hyper reads the same bytes and keeps them to itself. Later changes
/// of the settings are not looked for: h2 keeps to them, and its requests wait. It is kept as long as the connection, whose end
/// its `Standing` tells.
pub(super) struct Greeting {
    standing: Standing,
    awaited: Awaited,
    /// The beginning of what the server sent, up to a whole frame.
    heard: Vec<u8>,
}

/// What is yet to be heard.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Awaited {
    /// The settings of HTTP/2.
    Settings,
    /// Anything: over HTTP/1.1 there are no settings.
    Anything,
    Nothing,
}

impl Greeting {
    pub(super) fn of(standing: Standing, awaited: Awaited) -> Self {
        Self { standing, awaited, heard: Vec::new() }
    }

    /// Reads from `inner`, and listens until there is no more to hear.
    pub(super) fn poll_read(
        &mut self,
        inner: Pin<&mut impl Read>,
        cx: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if self.awaited == Awaited::Nothing {
            return inner.poll_read(cx, buffer);
        }
        let mut piece = [0; PIECE];
        let room = buffer.remaining().min(PIECE);
        let mut read = ReadBuf::new(piece.get_mut(..room).unwrap_or_default());
        ready!(inner.poll_read(cx, read.unfilled())).inspect_err(|error| self.not_heard(error))?;
        buffer.put_slice(read.filled());
        if self.awaited == Awaited::Anything || read.filled().is_empty() || self.hear(read.filled()) {
            self.awaited = Awaited::Nothing;
        }
        Poll::Ready(Ok(()))
    }

    /// Tells that the server refused the connection. What fails with it is not told why: hyper says that it is closed.
    fn not_heard(&self, error: &io::Error) {
        if let Some(refusal) = refusal::told_by(error) {
            self.standing.was_refused(refusal);
        }
    }

    /// Takes what was read; true when all is known.
    fn hear(&mut self, bytes: &[u8]) -> bool {
        self.heard.extend_from_slice(bytes);
        let Some(streams) = streams(&self.heard) else { return false };
        self.standing.says(Protocol::Http2 { streams });
        self.heard = Vec::new();
        true
    }
}

/// How many requests at once the frame at the beginning of `heard` allows; nothing while it is not whole. A server that
/// begins with anything else breaks the protocol (section 3.4), and hyper gives it up.
fn streams(heard: &[u8]) -> Option<usize> {
    let (header, rest) = heard.split_first_chunk::<HEADER>()?;
    let [long, middle, short, kind, ..] = *header;
    let length = usize::from(long) << 16 | usize::from(middle) << 8 | usize::from(short);
    if kind != SETTINGS || length > LONGEST {
        return Some(usize::MAX);
    }
    let settings = rest.get(..length)?;
    let limit = |setting: &[u8; 6]| {
        let [high, low, value @ ..] = *setting;
        (u16::from_be_bytes([high, low]) == MAX_CONCURRENT_STREAMS).then_some(u32::from_be_bytes(value))
    };
    // Of two the later counts (section 6.5.3); without one there is no limit (section 6.5.2).
    let last = settings.as_chunks::<6>().0.iter().rev().find_map(limit);
    Some(last.map_or(usize::MAX, |value| usize::try_from(value).unwrap_or(usize::MAX)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::Origin;
    use crate::lanes::{Lanes, Origins, Speaks};

    fn frame(kind: u8, settings: &[(u16, u32)]) -> Vec<u8> {
        let length = u8::try_from(6 * settings.len()).unwrap();
        let mut frame = vec![0, 0, length, kind, 0, 0, 0, 0, 0];
        for (id, value) in settings {
            frame.extend(id.to_be_bytes());
            frame.extend(value.to_be_bytes());
        }
        frame
    }

    /// Reads `bytes` from a connection: whether that was all to hear, and whether it told what the origin speaks.
    fn heard(awaited: Awaited, mut bytes: &[u8]) -> (bool, bool) {
        let (origins, origin) =
            (Arc::<Origins>::default(), Origin::of(&"https://a.test".parse().unwrap()).unwrap());
        let lanes = Lanes::new(Arc::clone(&origins), |_| ());
        let mut greeting = Greeting::of(origins.connected(&origin, Speaks::Either), awaited);
        let (mut buffer, mut cx) = ([0; 64], Context::from_waker(std::task::Waker::noop()));
        let mut buffer = ReadBuf::new(&mut buffer);
        let mut inner = hyper_util::rt::TokioIo::new(&mut bytes);
        assert!(greeting.poll_read(Pin::new(&mut inner), &mut cx, buffer.unfilled()).is_ready());
        assert!(!buffer.filled().is_empty(), "hyper reads it too");
        (greeting.awaited == Awaited::Nothing, lanes.known(&origin).is_some())
    }

    #[test]
    fn only_http2_is_asked_for_settings() {
        use Awaited::{Anything, Settings};
        assert_eq!(heard(Settings, &frame(SETTINGS, &[(3, 10)])), (true, true));
        assert_eq!(heard(Settings, &[0, 0]), (false, false), "there is more to hear");
        assert_eq!(heard(Anything, b"HTTP/1.1 200 OK"), (true, false));
        assert_eq!(heard(Anything, b"H"), (true, false));
    }

    #[test]
    fn the_last_limit_counts_and_none_is_none() {
        assert_eq!(streams(&frame(SETTINGS, &[(4, 65_535), (3, 10), (1, 0), (3, 250)])), Some(250));
        assert_eq!(streams(&frame(SETTINGS, &[(4, 65_535)])), Some(usize::MAX));
        assert_eq!(streams(&frame(SETTINGS, &[])), Some(usize::MAX));
    }

    #[test]
    fn half_a_frame_says_nothing() {
        let whole = frame(SETTINGS, &[(3, 128), (4, 1)]);
        for end in 0..whole.len() {
            assert_eq!(streams(&whole[..end]), None);
        }
        assert_eq!(streams(&[whole, vec![0; 100]].concat()), Some(128));
    }

    #[test]
    fn what_is_no_settings_frame_is_not_waited_for() {
        assert_eq!(streams(&frame(7, &[(3, 1)])), Some(usize::MAX));
        assert_eq!(streams(b"HTTP/1.1 400 Bad Request"), Some(usize::MAX));
        // The longest that may be sent is waited for (section 4.2).
        assert_eq!(streams(&[0, 0x40, 0, SETTINGS, 0, 0, 0, 0, 0]), None);
        assert_eq!(streams(&[0, 0x40, 1, SETTINGS, 0, 0, 0, 0, 0]), Some(usize::MAX));
    }
}
