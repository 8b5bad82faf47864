//! A ZIP file as `OpenDocument` wants it (ODF 1.3 part 2, 3.3): the media type first, stored, without an extra field. All
//! parts are stored, and dated 1980-01-01, the first day of ZIP.

use flate2::Crc;

/// 1980-01-01 as MS-DOS writes a date: year since 1980, month, day.
const DAY_ONE: u16 = 1 << 5 | 1;
/// What a reader must know: stored entries, version 1.0; names in UTF-8 (bit 11) are ASCII here.
const VERSION: u16 = 10;

/// Writes the parts, in their order. A part is a name and at most 4 GiB.
pub(super) fn package(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut directory = Vec::new();
    for (name, bytes) in parts {
        let offset = file.len() as u32;
        let mut crc = Crc::new();
        crc.update(bytes);
        let head = head(name, crc.sum(), bytes.len() as u32);
        file.extend_from_slice(b"PK\x03\x04");
        file.extend_from_slice(&head);
        file.extend_from_slice(name.as_bytes());
        file.extend_from_slice(bytes);
        directory.extend_from_slice(b"PK\x01\x02");
        directory.extend_from_slice(&VERSION.to_le_bytes()); // made by
        directory.extend_from_slice(&head);
        directory.extend_from_slice(&[0; 10]); // no comment, first disk, no attributes
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let (at, count) = (file.len() as u32, parts.len() as u16);
    file.extend_from_slice(&directory);
    file.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    file.extend_from_slice(&count.to_le_bytes());
    file.extend_from_slice(&count.to_le_bytes());
    file.extend_from_slice(&(directory.len() as u32).to_le_bytes());
    file.extend_from_slice(&at.to_le_bytes());
    file.extend_from_slice(&[0; 2]); // no comment
    file
}

/// What an entry says of itself in both places.
fn head(name: &str, crc: u32, size: u32) -> Vec<u8> {
    let mut head = Vec::with_capacity(26);
    for word in [VERSION, 0, 0, 0, DAY_ONE] {
        head.extend_from_slice(&word.to_le_bytes());
    }
    for word in [crc, size, size] {
        head.extend_from_slice(&word.to_le_bytes());
    }
    head.extend_from_slice(&(name.len() as u16).to_le_bytes());
    head.extend_from_slice(&[0; 2]); // no extra field
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_media_type_stands_where_a_reader_of_magic_numbers_looks() {
        let file = package(&[("mimetype", b"application/x"), ("a.xml", b"<a/>")]);
        assert_eq!(&file[..4], b"PK\x03\x04");
        assert_eq!(&file[30..51], b"mimetypeapplication/x");
        assert_eq!(&file[file.len() - 22..][..4], b"PK\x05\x06");
    }
}
