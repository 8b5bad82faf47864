//! A stream that a thread of its own reads ahead: an archive is decompressed while what came before is scanned.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// How much is handed over at once.
const PIECE_BYTES: usize = 128 << 10;

/// Pieces that may wait. The thread that decompresses is the slower one, so that more of them would never be filled.
const PIECES_WAITING_MAX: usize = 4;

/// What the thread has read. When this is dropped the thread ends at its next piece.
pub(super) struct Beside {
    pieces: Receiver<io::Result<Vec<u8>>>,
    /// Pieces that were read to their end, to be filled again.
    empty: SyncSender<Vec<u8>>,
    piece: Vec<u8>,
    at: usize,
}

impl Beside {
    pub(super) fn new(stream: Box<dyn Read + Send>) -> Self {
        let (filled, pieces) = sync_channel(PIECES_WAITING_MAX);
        // Never full: there are fewer pieces than it holds.
        let (empty, returned) = sync_channel(2 * PIECES_WAITING_MAX);
        let work = move || fill(stream, &filled, &returned);
        thread::Builder::new().name("stream".into()).spawn(work).expect("a process may have one thread more");
        Self { pieces, empty, piece: Vec::new(), at: 0 }
    }
}

impl Read for Beside {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.piece.len() {
            // A stream that has ended is asked for no further piece.
            let Ok(piece) = self.pieces.recv() else { return Ok(0) };
            let read = std::mem::replace(&mut self.piece, piece?);
            self.at = 0;
            let _ = self.empty.try_send(read); // a thread that has ended fills no more
        }
        let len = buffer.len().min(self.piece.len() - self.at);
        buffer[..len].copy_from_slice(&self.piece[self.at..self.at + len]);
        self.at += len;
        Ok(len)
    }
}

/// Reads to the end, to an error, or until nobody listens.
fn fill(
    mut stream: Box<dyn Read + Send>,
    filled: &SyncSender<io::Result<Vec<u8>>>,
    returned: &Receiver<Vec<u8>>,
) {
    loop {
        let mut piece = returned.try_recv().unwrap_or_default();
        piece.resize(PIECE_BYTES, 0);
        match stream.read(&mut piece) {
            Ok(0) => return,
            Ok(read) => piece.truncate(read),
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
            Err(cause) => {
                let _ = filled.send(Err(cause)); // nobody listens: nobody is to be told
                return;
            }
        }
        if filled.send(Ok(piece)).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte more each time, and fails in the end.
    struct Growing(usize);

    impl Read for Growing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            if self.0 == 300 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            buffer[..self.0].fill(self.0 as u8);
            Ok(self.0)
        }
    }

    #[test]
    fn what_is_read_beside_is_what_the_stream_gives_with_its_error() {
        let mut beside = Vec::new();
        let error = Beside::new(Box::new(Growing(0))).read_to_end(&mut beside).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(beside, (1..300).flat_map(|n| vec![n as u8; n]).collect::<Vec<_>>());
    }

    #[test]
    fn a_stream_of_which_no_more_is_wanted_is_left() {
        let mut beside = Beside::new(Box::new(io::repeat(7)));
        let mut some = [0; 100];
        beside.read_exact(&mut some).unwrap();
        assert_eq!(some, [7; 100]);
        drop(beside);
    }
}
