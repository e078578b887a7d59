//! Streams of bytes in frames that prove themselves.
//!
//! A frame is a length of at most 64 KiB in four bytes (little-endian, as all numbers), so many
//! bytes, and a keyed hash of both and of the number of the frame. Nothing is believed before its
//! frame has proved itself, so bytes that were flipped, cut off, moved or made up by somebody
//! without the secret are noticed, and no memory is asked for on their word. The last frame is
//! empty.

use std::io::{self, Read, Write};

use super::{Keyed, LoadError};

const FRAME: usize = 1 << 16;
/// Kind of the hashes of frames; see [`Keyed::of`].
const PROOF: u8 = 255;

fn proof(keyed: &Keyed, number: u64, bytes: &[u8]) -> [u8; 8] {
    keyed.of_bytes(PROOF, number, bytes).to_le_bytes()
}

/// Writes frames; [`finish`](Self::finish) or the stream counts as cut off.
pub(crate) struct Writer<'a, W> {
    inner: W,
    keyed: &'a Keyed,
    frame: Vec<u8>,
    number: u64,
}

impl<'a, W: Write> Writer<'a, W> {
    pub(crate) fn new(inner: W, keyed: &'a Keyed) -> Self {
        Self {
            inner,
            keyed,
            frame: Vec::with_capacity(FRAME),
            number: 0,
        }
    }

    pub(crate) fn bytes(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            if self.frame.len() == FRAME {
                self.flush()?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(FRAME - self.frame.len()));
            self.frame.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    pub(crate) fn u32(&mut self, value: u32) -> io::Result<()> {
        self.bytes(&value.to_le_bytes())
    }

    pub(crate) fn words(&mut self, words: &[u32]) -> io::Result<()> {
        words.iter().try_for_each(|word| self.u32(*word))
    }

    pub(crate) fn finish(mut self) -> io::Result<()> {
        if !self.frame.is_empty() {
            self.flush()?;
        }
        self.flush()?;
        self.inner.flush()
    }

    /// Ends a frame here.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        #[expect(clippy::cast_possible_truncation, reason = "a frame is at most 64 KiB")]
        let length = self.frame.len() as u32;
        self.inner.write_all(&length.to_le_bytes())?;
        self.inner.write_all(&self.frame)?;
        let proof = proof(self.keyed, self.number, &self.frame);
        self.inner.write_all(&proof)?;
        self.number += 1;
        self.frame.clear();
        Ok(())
    }
}

/// Reads what a [`Writer`] wrote.
pub(crate) struct Reader<'a, R> {
    inner: R,
    keyed: &'a Keyed,
    frame: Vec<u8>,
    at: usize,
    number: u64,
}

impl<'a, R: Read> Reader<'a, R> {
    pub(crate) fn new(inner: R, keyed: &'a Keyed) -> Self {
        Self {
            inner,
            keyed,
            frame: Vec::new(),
            at: 0,
            number: 0,
        }
    }

    /// Fills `out`.
    pub(crate) fn fill(&mut self, mut out: &mut [u8]) -> Result<(), LoadError> {
        while !out.is_empty() {
            if self.at == self.frame.len() {
                self.next()?;
                if self.frame.is_empty() {
                    return Err(LoadError::Damaged);
                }
            }
            let rest = &self.frame[self.at..];
            let length = rest.len().min(out.len());
            let (now, later) = out.split_at_mut(length);
            now.copy_from_slice(&rest[..length]);
            self.at += length;
            out = later;
        }
        Ok(())
    }

    pub(crate) fn u32(&mut self) -> Result<u32, LoadError> {
        let mut bytes = [0; 4];
        self.fill(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// Appends so many words; memory grows with what was really read.
    pub(crate) fn words(&mut self, count: usize, out: &mut Vec<u32>) -> Result<(), LoadError> {
        for _ in 0..count {
            out.push(self.u32()?);
        }
        Ok(())
    }

    /// Appends so many bytes; memory grows with what was really read.
    pub(crate) fn bytes(&mut self, count: usize, out: &mut Vec<u8>) -> Result<(), LoadError> {
        let mut left = count;
        while left > 0 {
            let length = left.min(FRAME);
            let from = out.len();
            out.resize(from + length, 0);
            self.fill(&mut out[from..])?;
            left -= length;
        }
        Ok(())
    }

    /// Checks that nothing follows.
    pub(crate) fn finish(mut self) -> Result<(), LoadError> {
        if self.at == self.frame.len() {
            self.next()?;
            if self.frame.is_empty() {
                return Ok(());
            }
        }
        Err(LoadError::Damaged)
    }

    fn next(&mut self) -> Result<(), LoadError> {
        let mut length = [0; 4];
        self.read(&mut length)?;
        let length = u32::from_le_bytes(length) as usize;
        if length > FRAME {
            return Err(LoadError::Damaged);
        }
        let mut frame = std::mem::take(&mut self.frame);
        frame.resize(length, 0);
        self.read(&mut frame)?;
        let mut found = [0; 8];
        self.read(&mut found)?;
        if found != proof(self.keyed, self.number, &frame) {
            // With another secret not even the first frame is right.
            return Err(match self.number {
                0 => LoadError::Key,
                _ => LoadError::Damaged,
            });
        }
        self.frame = frame;
        self.at = 0;
        self.number += 1;
        Ok(())
    }

    fn read(&mut self, out: &mut [u8]) -> Result<(), LoadError> {
        self.inner
            .read_exact(out)
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => LoadError::Damaged,
                _ => LoadError::Io(error),
            })
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn keyed() -> Keyed {
        Keyed::new([4; 16])
    }

    fn written(parts: &[Vec<u8>]) -> Vec<u8> {
        let (keyed, mut out) = (keyed(), Vec::new());
        let mut writer = Writer::new(&mut out, &keyed);
        for part in parts {
            writer.bytes(part).unwrap();
        }
        writer.finish().unwrap();
        out
    }

    fn read(stream: &[u8], lengths: &[usize], keyed: &Keyed) -> Result<Vec<Vec<u8>>, LoadError> {
        let mut reader = Reader::new(stream, keyed);
        let mut parts = Vec::new();
        for length in lengths {
            let mut part = Vec::new();
            reader.bytes(*length, &mut part)?;
            parts.push(part);
        }
        reader.finish()?;
        Ok(parts)
    }

    fn parts() -> impl Strategy<Value = Vec<Vec<u8>>> {
        vec(
            prop_oneof![
                vec(any::<u8>(), 0..50),
                (0usize..200_000).prop_map(|n| vec![7; n])
            ],
            0..5,
        )
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(parts in parts()) {
            let lengths: Vec<usize> = parts.iter().map(Vec::len).collect();
            let back = read(&written(&parts), &lengths, &keyed());
            prop_assert_eq!(back.unwrap(), parts);
        }

        #[test]
        fn no_flipped_bit_and_no_cut_passes(parts in parts(), at in any::<prop::sample::Index>(), bit in 0u8..8) {
            let lengths: Vec<usize> = parts.iter().map(Vec::len).collect();
            let mut stream = written(&parts);
            let at = at.index(stream.len());
            prop_assert!(read(&stream[..at], &lengths, &keyed()).is_err(), "cut at {}", at);
            stream[at] ^= 1 << bit;
            prop_assert!(read(&stream, &lengths, &keyed()).is_err(), "flipped at {}", at);
        }
    }

    #[test]
    fn another_secret_is_told_from_damage() {
        let stream = written(&[vec![1; 10]]);
        let other = Keyed::new([5; 16]);
        assert!(matches!(read(&stream, &[10], &other), Err(LoadError::Key)));
    }

    #[test]
    fn frames_in_another_order_are_refused() {
        let stream = written(&[vec![1; FRAME], vec![2; FRAME]]);
        let one = 4 + FRAME + 8;
        let swapped = [&stream[one..2 * one], &stream[..one], &stream[2 * one..]].concat();
        assert!(read(&swapped, &[2 * FRAME], &keyed()).is_err());
    }

    #[test]
    fn a_length_that_no_frame_has_asks_for_no_memory() {
        let stream = [0xff; 64];
        assert!(matches!(
            read(&stream, &[10], &keyed()),
            Err(LoadError::Damaged)
        ));
    }
}
