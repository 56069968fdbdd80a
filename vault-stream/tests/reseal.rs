//! The sealed data key is replaced in place, and an interruption is survived.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

use common::*;
use vault_stream::{Header, ResealError, reseal};

const NEW: &[u8] = b"the same data key, sealed anew";

fn header(file: &[u8]) -> Header {
    Header::read(&mut &file[..]).unwrap()
}

#[test]
fn the_chunks_stay_as_they_are() {
    let (plain, before) = (plaintext(200_000), encrypted(1, &plaintext(200_000)));
    let mut file = Cursor::new(before.clone());
    let mut syncs = 0;
    reseal(&header(&before), NEW, &mut file, |_| {
        syncs += 1;
        Ok(())
    })
    .unwrap();
    let after = file.into_inner();
    assert_eq!((header(&after).sealed(), syncs), (NEW, 2));
    assert!(after[..512] == before[..512] && after[HEADER..] == before[HEADER..]);
    assert!(!after.windows(SEALED.len()).any(|bytes| bytes == SEALED), "the old one is gone");
    assert_eq!(decrypted(&after), (plain, Ok(200_000)));
}

#[test]
fn what_does_not_fit_is_refused_before_anything_is_written() {
    let before = encrypted(1, b"text");
    for len in [0, 477, 7_000] {
        let mut file = Cursor::new(before.clone());
        let refused = reseal(&header(&before), &vec![1; len], &mut file, |_| Ok(()));
        assert!(matches!(refused, Err(ResealError::Sealed { max: 476, .. })), "{len}");
        assert_eq!(file.into_inner(), before);
    }
}

#[test]
fn another_file_meanwhile() {
    let (known, other) = (header(&encrypted(1, b"text")), encrypted(2, b"text"));
    let mut file = Cursor::new(other.clone());
    assert!(matches!(reseal(&known, NEW, &mut file, |_| Ok(())), Err(ResealError::Changed)));
    assert_eq!(file.into_inner(), other);
}

/// A file whose power goes after so many written bytes.
struct Power {
    file: Cursor<Vec<u8>>,
    left: usize,
}

impl Read for Power {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

impl Seek for Power {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl Write for Power {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = bytes.len().min(self.left);
        self.left -= len;
        if len == 0 { Err(io::ErrorKind::StorageFull.into()) } else { self.file.write(&bytes[..len]) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Torn anywhere, and again anywhere while that is mended: it always opens.
#[test]
fn torn_at_every_byte() {
    let before = encrypted(1, b"text");
    for torn in 0..1_024 {
        let mut power = Power { file: Cursor::new(before.clone()), left: torn };
        assert!(matches!(reseal(&header(&before), NEW, &mut power, |_| Ok(())), Err(ResealError::Write(_))));
        let after = power.file.into_inner();
        let sealed = header(&after).sealed().to_vec();
        assert!(sealed == SEALED || sealed == NEW, "{torn}");
        assert_eq!(decrypted(&after), (b"text".to_vec(), Ok(4)), "{torn}");
        for again in (0..1_024).step_by(255) {
            let mut power = Power { file: Cursor::new(after.clone()), left: again };
            assert!(reseal(&header(&after), b"a third", &mut power, |_| Ok(())).is_err());
            assert_eq!(decrypted(power.file.get_ref()), (b"text".to_vec(), Ok(4)), "{torn}, {again}");
        }
        let mut file = Cursor::new(after);
        let known = header(file.get_ref());
        reseal(&known, NEW, &mut file, |_| Ok(())).unwrap();
        assert_eq!(header(file.get_ref()).sealed(), NEW);
    }
}
