//! Whether a write-ahead log was damaged. `SQLite` reads one up to the first frame that does not check, and says nothing:
//! right for a commit that a power cut broke off, wrong for a byte that flipped in the middle, because commits behind it
//! are gone. (File format: <https://www.sqlite.org/fileformat2.html#walformat>.)

use std::fs;
use std::io;
use std::path::Path;

const HEADER: usize = 32;
const FRAME: usize = 24;

/// Whether commits stand behind a frame that does not check.
pub(super) fn is_damaged(path: &Path) -> io::Result<bool> {
    match fs::read(path) {
        Ok(bytes) => Ok(is_broken(&bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn is_broken(wal: &[u8]) -> bool {
    let Some(header) = wal.get(..HEADER) else { return false };
    let big = match number(header, 0) {
        0x377f_0682 => false,
        0x377f_0683 => true,
        _ => return wal.iter().any(|byte| *byte != 0),
    };
    let mut sum = checksum(big, (0, 0), &header[..24]);
    if sum != (number(header, 24), number(header, 28)) {
        return true;
    }
    let size = number(header, 8) as usize;
    let is_sane = size.is_power_of_two() && (512..=65_536).contains(&size);
    if !is_sane {
        return true;
    }
    let mut is_whole = true;
    // Frames of the log's earlier rounds, which begin with another salt, are what is left over.
    let ours = |frame: &&[u8]| frame[8..16] == header[16..24];
    for frame in wal[HEADER..].chunks_exact(FRAME + size).take_while(ours) {
        sum = checksum(big, checksum(big, sum, &frame[..8]), &frame[FRAME..]);
        is_whole &= sum == (number(frame, 16), number(frame, 20));
        if !is_whole && number(frame, 4) != 0 {
            return true;
        }
    }
    false
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(std::array::from_fn(|n| bytes[at + n]))
}

fn checksum(big: bool, (mut a, mut b): (u32, u32), bytes: &[u8]) -> (u32, u32) {
    for pair in bytes.chunks_exact(8) {
        let word = |at: usize| {
            let bytes = std::array::from_fn(|n| pair[at + n]);
            if big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
        };
        a = a.wrapping_add(word(0)).wrapping_add(b);
        b = b.wrapping_add(word(4)).wrapping_add(a);
    }
    (a, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A log of several commits, as the kernel has it while the database is open.
    fn wal() -> Vec<u8> {
        let dir = tempfile::tempdir().expect("a folder");
        let db = rusqlite::Connection::open(dir.path().join("a.db")).expect("a database");
        db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a)")
            .expect("a table");
        for _ in 0..5 {
            db.execute_batch("INSERT INTO t VALUES (randomblob(2000))").expect("a commit");
        }
        fs::read(dir.path().join("a.db-wal")).expect("a log")
    }

    #[test]
    fn a_log_that_was_written_or_broken_off_is_sound() {
        let wal = wal();
        assert!(!is_broken(&wal) && !is_broken(&[]) && !is_broken(&[0; 64]));
        for cut in (0..wal.len()).step_by(997) {
            assert!(!is_broken(&wal[..cut]), "cut at {cut} of {}", wal.len());
        }
        let mut torn = wal.clone();
        let last = torn.len() - 4200;
        torn[last..].fill(0);
        assert!(!is_broken(&torn), "a commit that never reached the disk");
    }

    #[test]
    fn a_byte_that_flipped_before_a_commit_is_seen() {
        let wal = wal();
        for at in (0..wal.len() - 2 * 4120).step_by(631) {
            let mut bytes = wal.clone();
            bytes[at] ^= 0x40;
            // A salt that changed looks like the end of the log, as SQLite takes it.
            let in_frame = at.checked_sub(HEADER).map(|at| at % (FRAME + 4096));
            if !in_frame.is_some_and(|at| (8..16).contains(&at)) && !(16..24).contains(&at) {
                assert!(is_broken(&bytes), "byte {at} of {}", bytes.len());
            }
        }
    }
}
