//! HTTP/2 (RFC 9113), sound or faulty, written frame by frame. One stream is answered at a time; others wait.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::Fault;
use super::script::{Script, Then};
use super::server::{State, reset};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;

const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;

const PREFACE: usize = 24;
const INTERNAL_ERROR: u32 = 2;
const REFUSED_STREAM: u32 = 7;
const ENHANCE_YOUR_CALM: u32 = 11;
/// Sections 6.5.2 and 6.9.2: the windows before anybody changes them.
const FIRST_WINDOW: i64 = 65_535;

struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Bytes,
}

struct Connection {
    stream: TlsStream<TcpStream>,
    read: BytesMut,
    /// Requests that are complete and not answered yet.
    waiting: VecDeque<u32>,
    /// The stream that is being answered, until the client resets it.
    current: u32,
    /// How much may be sent on the connection, on the current stream, and on a new stream at first.
    window: i64,
    stream_window: i64,
    first_window: i64,
}

/// Answers requests until one end closes the connection.
pub(super) async fn serve(mut stream: TlsStream<TcpStream>, state: &State) -> io::Result<()> {
    stream.read_exact(&mut [0; PREFACE]).await?;
    let mut connection = Connection {
        stream,
        read: BytesMut::new(),
        waiting: VecDeque::new(),
        current: 0,
        window: FIRST_WINDOW,
        stream_window: FIRST_WINDOW,
        first_window: FIRST_WINDOW,
    };
    // Room for any body of a request: SETTINGS_INITIAL_WINDOW_SIZE, and the connection's window.
    let room = 0x3fff_ffff_u32.to_be_bytes();
    connection.send(SETTINGS, 0, 0, &[&[0, 4], &room[..]].concat()).await?;
    connection.send(WINDOW_UPDATE, 0, 0, &room).await?;
    loop {
        connection.obey().await?;
        let Some(id) = connection.waiting.pop_front() else {
            connection.fill().await?;
            continue;
        };
        connection.current = id;
        connection.stream_window = connection.first_window;
        connection.answer(id, state.request()).await?;
    }
}

impl Connection {
    async fn answer(&mut self, id: u32, fault: Option<Fault>) -> io::Result<()> {
        match fault {
            Some(Fault::ResetInHead) => {
                let whole = frame(HEADERS, END_HEADERS, id, &[0x88; 100]);
                self.write(&whole[..20]).await?;
                reset(&self.stream)
            }
            Some(Fault::StallBeforeHead) => Ok(()),
            Some(Fault::GoAway) => {
                let none_processed = [0_u32.to_be_bytes(), ENHANCE_YOUR_CALM.to_be_bytes()].concat();
                self.send(GOAWAY, 0, 0, &none_processed).await
            }
            Some(Fault::ResetStream) => self.send(RST_STREAM, 0, id, &INTERNAL_ERROR.to_be_bytes()).await,
            Some(Fault::RefuseStream) => self.send(RST_STREAM, 0, id, &REFUSED_STREAM.to_be_bytes()).await,
            _ => self.play(id, Script::of(fault).await).await,
        }
    }

    async fn play(&mut self, id: u32, script: Script) -> io::Result<()> {
        // RFC 7541: 0x88 is `:status: 200` of the static table; 0 opens a literal field that is not indexed.
        let mut fields = vec![0x88];
        for (name, value) in script.headers() {
            for text in [&[0_u8] as &[u8], &length(name), name.as_bytes(), &length(&value), value.as_bytes()]
            {
                fields.extend_from_slice(text);
            }
        }
        self.send(HEADERS, END_HEADERS, id, &fields).await?;
        match script.then {
            Then::End | Then::Close => self.send(DATA, END_STREAM, id, &script.body).await,
            Then::Stall => self.send(DATA, 0, id, &script.body).await,
            Then::Reset => {
                self.send(DATA, 0, id, &script.body).await?;
                reset(&self.stream)
            }
            Then::Repeat(pause) => self.repeat(id, &script.body, pause).await,
        }
    }

    /// Sends the same piece until the client has had enough, within its windows (section 5.2).
    async fn repeat(&mut self, id: u32, piece: &[u8], pause: Duration) -> io::Result<()> {
        let length = i64::try_from(piece.len()).expect("a small piece");
        loop {
            self.obey().await?;
            if self.current != id {
                return Ok(());
            }
            if self.window.min(self.stream_window) < length {
                self.fill().await?;
                continue;
            }
            tokio::select! {
                biased;
                filled = self.fill() => filled?,
                () = tokio::time::sleep(pause) => {
                    self.window -= length;
                    self.stream_window -= length;
                    self.send(DATA, 0, id, piece).await?;
                }
            }
        }
    }

    /// Waits for bytes of the client.
    async fn fill(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.read).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Does what the frames that are there ask for.
    async fn obey(&mut self) -> io::Result<()> {
        while let Some(frame) = next_frame(&mut self.read) {
            self.obey_one(frame).await?;
        }
        Ok(())
    }

    async fn obey_one(&mut self, frame: Frame) -> io::Result<()> {
        let Frame { kind, flags, stream, payload } = frame;
        match kind {
            DATA | HEADERS if flags & END_STREAM != 0 => self.waiting.push_back(stream),
            SETTINGS if flags & ACK == 0 => {
                self.first_window = initial_window(&payload).unwrap_or(self.first_window);
                self.send(SETTINGS, ACK, 0, &[]).await?;
            }
            PING if flags & ACK == 0 => self.send(PING, ACK, 0, &payload).await?,
            WINDOW_UPDATE => {
                let more = i64::from(payload.clone().try_get_u32().unwrap_or(0));
                if stream == 0 {
                    self.window += more;
                } else if stream == self.current {
                    self.stream_window += more;
                }
            }
            RST_STREAM if stream == self.current => self.current = 0,
            _ => {}
        }
        Ok(())
    }

    async fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> io::Result<()> {
        self.write(&frame(kind, flags, stream, payload)).await
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }
}

/// The length of a short text, as RFC 7541 section 5.2 has it.
fn length(text: &str) -> [u8; 1] {
    [u8::try_from(text.len()).ok().filter(|length| *length < 127).expect("a short field")]
}

/// SETTINGS_INITIAL_WINDOW_SIZE (section 6.5.2), if it is there.
fn initial_window(settings: &[u8]) -> Option<i64> {
    let setting = settings.chunks_exact(6).find(|setting| setting[..2] == [0, 4])?;
    Some(i64::from((&setting[2..]).get_u32()))
}

/// Section 4.1.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a small frame").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Takes a whole frame out of what was read, if there is one.
fn next_frame(read: &mut BytesMut) -> Option<Frame> {
    let head = read.get(..9)?;
    let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
    let (kind, flags) = (head[3], head[4]);
    let stream = (&head[5..]).get_u32();
    if read.len() < 9 + length {
        return None;
    }
    let payload = read.split_to(9 + length).freeze().slice(9..);
    Some(Frame { kind, flags, stream, payload })
}
