use std::hash::Hasher;

/// Hashes short words fast and without a key: for tables whose words are ours, where a stranger can
/// choose what is looked up and not what stands in them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct WordHasher(u64);

/// 2^64 / golden ratio, made odd (Knuth, The Art of Computer Programming 3, section 6.4).
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

impl Hasher for WordHasher {
    fn write(&mut self, bytes: &[u8]) {
        let mut mix = |part: u64| {
            self.0 = (self.0.rotate_left(23) ^ part).wrapping_mul(FACTOR);
        };
        let long = |part: &[u8; 8]| u64::from_le_bytes(*part);
        let short = |part: &[u8; 4]| u64::from(u32::from_le_bytes(*part));
        // What is left is read with what stands before it, so that no byte goes alone.
        if let Some(last) = bytes.last_chunk() {
            let (whole, _) = bytes[..bytes.len() - 1].as_chunks();
            whole.iter().for_each(|part| mix(long(part)));
            mix(long(last));
        } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
            mix(short(first) | short(last) << 32);
        } else {
            mix(bytes
                .iter()
                .fold(0, |all, byte| all << 8 | u64::from(*byte)));
        }
        // The length tells what was read twice.
        mix(bytes.len() as u64);
    }

    fn write_u8(&mut self, _: u8) {
        // What ends a text; its length was hashed.
    }

    fn finish(&self) -> u64 {
        (self.0 ^ self.0 >> 32).wrapping_mul(FACTOR)
    }
}

/// Tells most words that were never added from those that were, in a few nanoseconds.
///
/// A Bloom filter (Bloom 1970) with three bits a word, all in one block of 64 (Putze, Sanders and Singler
/// 2007), so that a question looks at one place. The hash is not keyed: who finds words that fall
/// through makes a look-up as slow as one without a sieve, and nothing else.
#[derive(Debug)]
pub(crate) struct Sieve {
    bits: Vec<u64>,
    words: usize,
}

/// 16 KiB for the first 9,000 words, 1 MiB for half a million and more. Between them about one word
/// in a hundred falls through.
const SMALL: usize = 1 << 17;
const LARGE: usize = 1 << 23;

impl Sieve {
    /// For about so many words.
    pub(crate) fn of(words: usize) -> Self {
        let bits = (16 * words).next_power_of_two().clamp(SMALL, LARGE);
        Self {
            bits: vec![0; bits / 64],
            words: 0,
        }
    }

    pub(crate) fn add(&mut self, word: &str) {
        let (at, bits) = self.place(word);
        self.bits[at] |= bits;
        self.words += 1;
    }

    /// False: the word was never added.
    #[inline]
    pub(crate) fn may_hold(&self, word: &str) -> bool {
        let (at, bits) = self.place(word);
        self.bits[at] & bits == bits
    }

    /// Whether a larger one is due: make it for more words and add all of them again.
    pub(crate) fn is_full(&self) -> bool {
        self.bits.len() < LARGE / 64 && self.words > self.bits.len() * 64 / 10
    }

    fn place(&self, word: &str) -> (usize, u64) {
        let mut hasher = WordHasher::default();
        hasher.write(word.as_bytes());
        let hash = hasher.finish();
        // The upper bits are the best mixed.
        let at = (((hash >> 32) * self.bits.len() as u64) >> 32) as usize;
        let bit = |shift: u32| 1_u64 << (hash >> shift & 63);
        (at, bit(26) | bit(20) | bit(14))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_was_added_and_little_else() {
        let words = |kind: &str, count: usize| -> Vec<String> {
            (0..count).map(|i| format!("{kind}{}", i * 7919)).collect()
        };
        for count in [0, 9_000, 40_000, 300_000] {
            let mut sieve = Sieve::of(count);
            let held = words("name", count);
            held.iter().for_each(|word| sieve.add(word));
            assert!(held.iter().all(|word| sieve.may_hold(word)));
            let others = words("word", count);
            let through = others.iter().filter(|word| sieve.may_hold(word)).count();
            assert!(through <= count / 40, "{through} of {count} fall through");
        }
    }
}
