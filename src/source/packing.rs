//! The compressions that rotation leaves behind: what names they give, and their bytes.
//!
//! Memory is bounded by the window that a file may ask for, not by what it says of itself: one that asks for more is
//! damaged, as far as reading goes. What comes out is read through buffers of fixed size, so that a file of a few
//! kilobytes that unpacks to terabytes costs time and no memory.

use std::io::{self, BufRead, Read};

use flate2::bufread::MultiGzDecoder;
use liblzma::bufread::XzDecoder;
use liblzma::stream::{CONCATENATED, Stream};

/// How the bytes of a log are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Zstd,
    Xz,
    Bzip2,
}

/// Zstandard's window, as a power of two: 128 MiB, what its command line program reads without being told to.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// Memory for xz, in bytes: `xz -9` needs 65 MiB.
const XZ_BYTES_MAX: u64 = 80 << 20;

impl Packing {
    pub(super) const ALL: [Self; 4] = [Self::Gzip, Self::Zstd, Self::Xz, Self::Bzip2];

    /// What follows the name of the plain file, without the dot.
    pub(super) const fn suffix(self) -> &'static str {
        match self {
            Self::Gzip => "gz",
            Self::Zstd => "zst",
            Self::Xz => "xz",
            Self::Bzip2 => "bz2",
        }
    }

    /// The name of the plain file, where a name is that of a packed one.
    pub(super) fn strip(name: &[u8]) -> Option<(&[u8], Self)> {
        Self::ALL.into_iter().find_map(|packing| {
            let rest = name.strip_suffix(packing.suffix().as_bytes())?;
            Some((rest.strip_suffix(b".")?, packing))
        })
    }

    /// The bytes as they were before, of all members that follow each other in the stream.
    pub(super) fn unpack(self, packed: impl BufRead + Send + 'static) -> Box<dyn Read + Send> {
        match self {
            Self::Gzip => Box::new(Unpacked(MultiGzDecoder::new(packed))),
            Self::Zstd => {
                let mut stream = zstd::Decoder::with_buffer(packed).expect("there is memory for a context");
                stream.window_log_max(ZSTD_WINDOW_LOG_MAX).expect("it is within the format's bounds");
                Box::new(Unpacked(stream))
            }
            Self::Xz => {
                let stream = Stream::new_stream_decoder(XZ_BYTES_MAX, CONCATENATED);
                let stream = stream.expect("there is memory for a context");
                Box::new(Unpacked(XzDecoder::new_stream(packed, stream)))
            }
            Self::Bzip2 => Box::new(Unpacked(bzip2::bufread::MultiBzDecoder::new(packed))),
        }
    }
}

/// A stream that says of whatever its library refuses that the bytes are wrong; what the kernel refuses it hands on.
struct Unpacked<R>(R);

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        use io::ErrorKind::{Interrupted, InvalidData, UnexpectedEof};
        self.0.read(buffer).map_err(|cause| match cause.kind() {
            Interrupted | UnexpectedEof => cause,
            _ if cause.raw_os_error().is_some() => cause,
            _ => io::Error::new(InvalidData, cause),
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::{Cursor, Write};

    use super::*;

    impl Packing {
        /// Packs bytes.
        pub(in crate::source) fn pack(self, bytes: &[u8]) -> Vec<u8> {
            fn written<W: Write>(mut to: W, bytes: &[u8]) -> W {
                to.write_all(bytes).unwrap();
                to
            }
            match self {
                Self::Gzip => {
                    let level = flate2::Compression::fast();
                    written(flate2::write::GzEncoder::new(Vec::new(), level), bytes).finish().unwrap()
                }
                Self::Zstd => {
                    // With the checksum that the command line program writes.
                    let mut stream = zstd::Encoder::new(Vec::new(), 1).unwrap();
                    stream.include_checksum(true).unwrap();
                    written(stream, bytes).finish().unwrap()
                }
                Self::Xz => written(liblzma::write::XzEncoder::new(Vec::new(), 0), bytes).finish().unwrap(),
                Self::Bzip2 => {
                    let level = bzip2::Compression::fast();
                    written(bzip2::write::BzEncoder::new(Vec::new(), level), bytes).finish().unwrap()
                }
            }
        }
    }

    fn read(packing: Packing, packed: Vec<u8>) -> (Vec<u8>, Option<io::Error>) {
        let mut bytes = Vec::new();
        let error = packing.unpack(Cursor::new(packed)).read_to_end(&mut bytes).err();
        (bytes, error)
    }

    #[test]
    fn members_that_follow_each_other_are_one_stream() {
        for packing in Packing::ALL {
            let packed = [packing.pack(b"one\ntw"), packing.pack(b"o\n")].concat();
            let (bytes, error) = read(packing, packed);
            assert!(bytes == b"one\ntwo\n" && error.is_none(), "{packing:?} {error:?}");
        }
    }

    #[test]
    fn what_is_cut_off_or_changed_is_damage_after_what_comes_before_it() {
        let lines: Vec<u8> =
            (0..60_000_u64).flat_map(|n| format!("{:x}\n", n * n * n).into_bytes()).collect();
        for packing in Packing::ALL {
            let packed = packing.pack(&lines);
            for damage in [None, Some(packed.len() / 2)] {
                let mut packed = packed.clone();
                match damage {
                    None => packed.truncate(packed.len() * 2 / 3),
                    Some(at) => packed[at..at + 64].fill(0x55),
                }
                let (bytes, error) = read(packing, packed);
                let error = error.unwrap_or_else(|| panic!("{packing:?} {damage:?}"));
                assert!(crate::source::body::is_damage(&error), "{packing:?} {error:?}");
                assert!(damage.is_some() || !bytes.is_empty() && lines.starts_with(&bytes), "{packing:?}");
            }
        }
    }

    #[test]
    fn a_window_larger_than_any_log_needs_is_damage_and_no_memory() {
        // The head of a frame with a window of 2 GiB (RFC 8878, 3.1.1.1.2), and one raw block.
        let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 0x01, 0x00, 0x00];
        let (_, error) = read(Packing::Zstd, frame.to_vec());
        assert!(error.is_some_and(|error| crate::source::body::is_damage(&error)));
        // Of xz the same bound, asked for with less.
        let small = Stream::new_stream_decoder(1 << 16, CONCATENATED).unwrap();
        let mut stream = Unpacked(XzDecoder::new_stream(Cursor::new(Packing::Xz.pack(b"x\n")), small));
        let error = stream.read(&mut [0; 8]).unwrap_err();
        assert!(crate::source::body::is_damage(&error), "{error:?}");
    }

    #[test]
    fn names_lead_to_packings() {
        assert_eq!(Packing::strip(b"a.log.1.zst"), Some((&b"a.log.1"[..], Packing::Zstd)));
        assert_eq!(Packing::strip(b"a.log.1"), None);
        assert_eq!(Packing::strip(b"agz"), None);
    }
}
