//! The part of a conversation that is in clear, before STARTTLS.
//!
//! lettre keeps what it has read beyond a reply, and takes it for the next reply, also from within TLS: whoever is on the
//! way could answer for the relay (CVE-2011-0411, "NO STARTTLS" of 2021). Here a read gives one line at most, and a
//! relay that has said more than it was asked for is not spoken to again: not the next command, and no TLS.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Bytes of one read in clear: lettre gives a reply line no more.
const READ_MAX: usize = 1 << 10;
/// The first byte of a TLS connection (RFC 8446 5.1: a record with a handshake).
const HANDSHAKE: u8 = 22;

/// A connection that is in clear, until TLS begins on it.
#[derive(Debug)]
pub(super) struct Clear {
    stream: TcpStream,
    is_tls: bool,
    /// What the relay has said, as far as nobody has read it.
    said: Vec<u8>,
}

impl Clear {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, is_tls: false, said: Vec::new() }
    }
}

impl AsyncRead for Clear {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_tls {
            return Pin::new(&mut self.stream).poll_read(cx, out);
        }
        if self.said.is_empty() {
            let mut bytes = [0; READ_MAX];
            let mut read = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut read))?;
            self.said.extend_from_slice(read.filled());
        }
        let line = memchr::memchr(b'\n', &self.said).map_or(self.said.len(), |end| end + 1);
        let given = line.min(out.remaining());
        out.put_slice(&self.said[..given]);
        self.said.drain(..given);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Clear {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if !self.is_tls {
            if !self.said.is_empty() {
                let what = "before TLS the relay, or somebody on the way, has said more than one reply; nothing is sent";
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, what)));
            }
            self.is_tls = bytes.first() == Some(&HANDSHAKE);
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl AsyncTokioStream for Clear {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}
