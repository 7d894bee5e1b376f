//! HTTP/1.1 (RFC 9112), sound or faulty, one request after the other.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::Fault;
use super::script::{Script, Then};
use super::server::{State, reset, until_closed};

type Stream = BufReader<TlsStream<TcpStream>>;

/// Answers requests until one end closes the connection.
pub(super) async fn serve(stream: TlsStream<TcpStream>, state: &State) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        read_request(&mut stream).await?;
        let fault = state.request();
        match fault {
            Some(Fault::ResetInHead) => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-le").await?;
                stream.flush().await?;
                return reset(stream.get_ref());
            }
            Some(Fault::StallBeforeHead) => return until_closed(&mut stream).await,
            Some(Fault::BadChunking) => {
                let chunks = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nZZ\r\n";
                stream.write_all(chunks).await?;
                stream.flush().await?;
            }
            _ => answer(&mut stream, Script::of(fault).await).await?,
        }
    }
}

async fn answer(stream: &mut Stream, script: Script) -> io::Result<()> {
    let mut head = String::from("HTTP/1.1 200 OK\r\n");
    for (name, value) in script.headers() {
        head += &format!("{name}: {value}\r\n");
    }
    let chunked = script.length.is_none();
    head += if chunked { "transfer-encoding: chunked\r\n\r\n" } else { "\r\n" };
    let mut piece = script.body;
    if chunked {
        piece = [format!("{:x}\r\n", piece.len()).as_bytes(), &piece, b"\r\n"].concat();
    }
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&piece).await?;
    stream.flush().await?;
    match script.then {
        Then::End => Ok(()),
        Then::Close => stream.shutdown().await,
        Then::Reset => reset(stream.get_ref()),
        Then::Stall => until_closed(stream).await,
        Then::Repeat(pause) => loop {
            tokio::time::sleep(pause).await;
            stream.write_all(&piece).await?;
            stream.flush().await?;
        },
    }
}

/// Reads one request, of which only the length of the body matters.
async fn read_request(stream: &mut Stream) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    stream.read_exact(&mut vec![0; length.unwrap_or(0)]).await?;
    Ok(())
}
