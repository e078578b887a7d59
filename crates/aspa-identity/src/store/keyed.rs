use std::fmt;
use std::hash::Hasher;

use siphasher::sip::SipHasher13;

/// Hashes keys so that who does not know the secret cannot make two of them meet.
///
/// SipHash-1-3 (Aumasson and Bernstein 2012, with the rounds that hash tables use). One secret a
/// tenant, so that hashes of two tenants cannot be compared either.
#[derive(Clone)]
pub(crate) struct Keyed {
    key: [u8; 16],
    hasher: SipHasher13,
}

impl Keyed {
    pub(crate) fn new(key: [u8; 16]) -> Self {
        Self {
            key,
            hasher: SipHasher13::new_with_key(&key),
        }
    }

    /// The secret.
    pub(crate) fn key(&self) -> [u8; 16] {
        self.key
    }

    /// The hash of a key of a kind. Parts are told apart: `["ab", "c"]` is not `["a", "bc"]`.
    pub(crate) fn of<P: AsRef<[u8]> + ?Sized>(&self, kind: u8, parts: &[&P]) -> u64 {
        const SHORT: usize = 128;
        let parts = parts.iter().map(|part| part.as_ref());
        let length = 1 + parts.clone().map(|part| part.len() + 1).sum::<usize>();
        let mut short = [0; SHORT];
        let mut long = Vec::new();
        let buffer = match short.get_mut(..length) {
            Some(buffer) => buffer,
            None => {
                long.resize(length, 0);
                long.as_mut_slice()
            }
        };
        buffer[0] = kind;
        let mut at = 1;
        for part in parts {
            buffer[at..at + part.len()].copy_from_slice(part);
            at += part.len();
            // No UTF-8 text has this byte.
            buffer[at] = 0xff;
            at += 1;
        }
        self.hasher.hash(buffer)
    }

    /// The hash of numbered bytes.
    pub(super) fn of_bytes(&self, kind: u8, number: u64, bytes: &[u8]) -> u64 {
        let mut hasher = self.hasher;
        hasher.write(bytes);
        hasher.write(&number.to_le_bytes());
        hasher.write(&[kind]);
        hasher.finish()
    }
}

impl fmt::Debug for Keyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyed(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_differ_by_kind_parts_and_secret() {
        let ours = Keyed::new([1; 16]);
        let theirs = Keyed::new([2; 16]);
        let long = "x".repeat(1000);
        let hashes = [
            ours.of(0, &["ab", "c"]),
            ours.of(1, &["ab", "c"]),
            ours.of(0, &["a", "bc"]),
            ours.of(0, &["abc"]),
            ours.of(0, &["ab", "c", ""]),
            ours.of::<str>(0, &[]),
            ours.of(0, &[&long]),
            ours.of(0, &[long.as_str(), ""]),
            theirs.of(0, &["ab", "c"]),
        ];
        let distinct: std::collections::HashSet<_> = hashes.iter().collect();
        assert_eq!(distinct.len(), hashes.len());
        assert_eq!(ours.of(0, &["ab", "c"]), ours.clone().of(0, &["ab", "c"]));
    }

    #[test]
    fn the_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Keyed::new([7; 16])), "Keyed(..)");
    }
}
