//! Bytes of an unnamed or wrongly named character set.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;

/// UTF-8 where it is, else Windows-1252, which is Latin-1 and more (WHATWG Encoding, section 4.2): what
/// mail programs of this part of the world meant when they named nothing.
pub(crate) fn guess(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// The mail with every header line of its first section as UTF-8, so that a parser that expects it does
/// not lose raw Latin-1. Borrowed where nothing had to change.
pub(crate) fn with_readable_headers(raw: &[u8]) -> Cow<'_, [u8]> {
    let end = headers_end(raw);
    let (headers, body) = raw.split_at(end);
    if std::str::from_utf8(headers).is_ok() {
        return Cow::Borrowed(raw);
    }
    let mut mended = Vec::with_capacity(raw.len() + 64);
    for line in headers.split_inclusive(|b| *b == b'\n') {
        mended.extend_from_slice(guess(line).as_bytes());
    }
    mended.extend_from_slice(body);
    Cow::Owned(mended)
}

/// Where the headers of a mail end: behind the last one.
pub(crate) fn headers_end(raw: &[u8]) -> usize {
    let mut start = 0;
    for line in raw.split_inclusive(|b| *b == b'\n') {
        if matches!(line, b"\n" | b"\r\n") {
            break;
        }
        start += line.len();
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_latin_1_in_headers_becomes_utf_8_and_the_body_stays() {
        let raw = b"Subject: S\xE4\xE4\r\nX: h\xC3\xA4\r\n\r\nbody \xE4";
        let mended = with_readable_headers(raw);
        assert_eq!(
            &*mended,
            b"Subject: S\xC3\xA4\xC3\xA4\r\nX: h\xC3\xA4\r\n\r\nbody \xE4"
        );
        assert!(matches!(
            with_readable_headers(b"A: b\n\n\xE4"),
            Cow::Borrowed(_)
        ));
    }

    #[test]
    fn bytes_without_a_name_are_utf_8_or_windows_1252() {
        assert_eq!(guess("hyvää".as_bytes()), "hyvää");
        assert_eq!(guess(b"hyv\xE4\xE4 \x80"), "hyvää €");
    }
}
