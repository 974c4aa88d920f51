//! Reading secrets from files and streams into buffers that are wiped, and leave no copies behind.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

/// Reads everything, up to `limit` bytes.
///
/// # Errors
/// Reading fails, or there is more ([`io::ErrorKind::FileTooLarge`]).
pub(crate) fn read_all(mut from: impl Read, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    let mut len = 0;
    loop {
        if len == bytes.len() {
            if len > limit {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            // Not by growing in place, which would leave the old buffer unwiped.
            let mut larger = Zeroizing::new(vec![0; (2 * len).max(4096).min(limit.max(len) + 1)]);
            larger[..len].copy_from_slice(&bytes);
            bytes = larger;
        }
        match from.read(&mut bytes[len..]) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if len > limit {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    bytes.truncate(len);
    Ok(bytes)
}

/// Reads a file, or standard input where the path is `-`.
pub(crate) fn read_path(path: &Path, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    if path == Path::new("-") {
        read_all(io::stdin().lock(), limit)
    } else {
        read_all(File::open(path)?, limit)
    }
}

/// Reads the first line, without its line break and without reading beyond it. At most `limit`
/// bytes.
pub(crate) fn read_line(mut from: impl Read, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut line = Zeroizing::new(Vec::with_capacity(limit + 1));
    let mut byte = Zeroizing::new([0]);
    loop {
        match from.read(&mut *byte) {
            Ok(0) => break,
            Ok(_) if byte[0] == b'\n' => break,
            Ok(_) if line.len() == line.capacity() => {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            Ok(_) => line.push(byte[0]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_read_up_to_the_limit() {
        let source: Vec<u8> =
            (0..20_000_u32).map(|n| u8::try_from(n % 251).expect("small")).collect();
        for limit in [20_000, 20_001, 1 << 20] {
            assert_eq!(*read_all(&source[..], limit).expect("fits"), source);
        }
        for limit in [0, 1, 4095, 4096, 19_999] {
            assert!(read_all(&source[..], limit).is_err(), "{limit}");
        }
        assert!(read_all(&b""[..], 0).expect("nothing").is_empty());
    }

    #[test]
    fn a_line_is_read_and_nothing_beyond_it() {
        let mut source = &b"1234\r\nrest"[..];
        assert_eq!(*read_line(&mut source, 10).expect("a line"), b"1234");
        assert_eq!(source, b"rest");
        assert_eq!(*read_line(&b"no end"[..], 10).expect("a line"), b"no end");
        assert!(read_line(&b"12345"[..], 3).is_err());
    }
}
