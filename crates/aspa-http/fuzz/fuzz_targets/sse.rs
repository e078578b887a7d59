//! Any bytes are read as server-sent events, the same however they are cut: the first byte says where.
#![no_main]

use aspa_http::{SseEvent, SseParser};
use libfuzzer_sys::fuzz_target;

const MAX: usize = 64;

fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<SseEvent>, bool) {
    let mut parser = SseParser::new(MAX);
    let (mut events, mut failed) = (Vec::new(), false);
    for piece in pieces {
        failed |= parser.push(piece).is_err();
        events.extend(std::iter::from_fn(|| parser.pop()));
    }
    (events, failed)
}

fuzz_target!(|bytes: &[u8]| {
    let Some((size, bytes)) = bytes.split_first() else {
        return;
    };
    let whole = read(std::iter::once(bytes));
    assert!(whole.0.iter().all(|event| event.data.len() <= MAX));
    assert_eq!(read(bytes.chunks(usize::from(*size).max(1))), whole);
    assert_eq!(read(bytes.chunks(1)), whole);
});
