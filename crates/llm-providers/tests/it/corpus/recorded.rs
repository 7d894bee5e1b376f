//! A recorded stream: its bytes, and its payloads as JSON texts, cut apart without the crate's help.

/// A stream and what is in it.
pub(super) struct Recorded {
    pub(super) body: Vec<u8>,
    pub(super) payloads: Vec<String>,
    framing: Framing,
}

enum Framing {
    Events,
    Lines,
    /// Where each message ends.
    Aws(Vec<usize>),
}

impl Recorded {
    /// Server-sent events, cut by blank lines alone.
    pub(super) fn events(text: &str) -> Self {
        let plain = text.replace("\r\n", "\n");
        let data = |block: &str| {
            let lines: Vec<&str> = block.split('\n').filter_map(|line| line.strip_prefix("data:")).collect();
            lines.join("\n").trim().to_owned()
        };
        let payloads = plain.split("\n\n").map(data).filter(|data| !data.is_empty()).collect();
        Self { body: text.as_bytes().to_vec(), payloads, framing: Framing::Events }
    }

    /// A JSON text per line.
    pub(super) fn lines(text: &str) -> Self {
        let payloads = text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
        Self { body: text.as_bytes().to_vec(), payloads, framing: Framing::Lines }
    }

    /// AWS event stream messages, cut by their lengths alone; the payload is `{"type": data}`.
    pub(super) fn aws(base64: &str) -> Self {
        let body = decoded(base64);
        let (mut payloads, mut ends, mut start) = (Vec::new(), Vec::new(), 0);
        while start < body.len() {
            let number = |at: usize| {
                let bytes = body[start + at..start + at + 4].try_into().unwrap();
                usize::try_from(u32::from_be_bytes(bytes)).unwrap()
            };
            let (length, headers) = (number(0), number(4));
            let head = &body[start + 12..start + 12 + headers];
            let data = std::str::from_utf8(&body[start + 12 + headers..start + length - 4]).unwrap();
            let name = header(head, ":event-type").or_else(|| header(head, ":exception-type")).unwrap();
            payloads.push(format!("{{\"{name}\":{data}}}"));
            start += length;
            ends.push(start);
        }
        Self { body, payloads, framing: Framing::Aws(ends) }
    }

    /// The bytes up to the middle of a payload.
    pub(super) fn cut_within(&self, place: usize) -> Vec<u8> {
        match &self.framing {
            Framing::Events | Framing::Lines => {
                let (before, after) = match self.framing {
                    Framing::Lines => ("", "\n"),
                    _ => ("data: ", "\n\n"),
                };
                let whole = self.payloads[..place].iter().map(|data| format!("{before}{data}{after}"));
                let mut cut = whole.collect::<String>() + before;
                let last = self.payloads[place].as_bytes();
                let half = String::from_utf8_lossy(&last[..last.len() / 2]).into_owned();
                cut += &half;
                cut.into_bytes()
            }
            Framing::Aws(ends) => {
                let start = if place == 0 { 0 } else { ends[place - 1] };
                self.body[..start.midpoint(ends[place])].to_vec()
            }
        }
    }
}

/// The text of a header: a name with its length before it, the type 7, and the value with its length before it.
fn header(head: &[u8], name: &str) -> Option<String> {
    let place = head.windows(name.len()).position(|window| window == name.as_bytes())?;
    let value = &head[place + name.len()..];
    assert_eq!(value[0], 7, "a text");
    let length = usize::from(u16::from_be_bytes([value[1], value[2]]));
    Some(String::from_utf8(value[3..3 + length].to_vec()).unwrap())
}

pub(super) fn decoded(base64: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => u32::from(byte - b'A'),
        b'a'..=b'z' => u32::from(byte - b'a') + 26,
        b'0'..=b'9' => u32::from(byte - b'0') + 52,
        b'+' => 62,
        b'/' => 63,
        other => panic!("no base64: {other}"),
    };
    let mut bytes = Vec::new();
    for four in base64.trim_end_matches('=').as_bytes().chunks(4) {
        let number = four.iter().fold(0, |number, byte| number << 6 | digit(*byte)) << (6 * (4 - four.len()));
        bytes.extend(number.to_be_bytes()[1..].iter().take(four.len() - 1));
    }
    bytes
}
