//! Random numbers that are the same everywhere and for ever.

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
#[derive(Debug, Clone)]
pub(crate) struct Rng(u64);

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Spreads every bit of `x` over the whole word; the finaliser of SplitMix64.
pub(crate) fn mixed(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A hash of text that never changes (FNV-1a, finished).
pub(crate) fn hashed(text: &str) -> u64 {
    let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    mixed(text.bytes().fold(0xcbf2_9ce4_8422_2325, fnv))
}

impl Rng {
    /// The numbers of the `index`th thing of a kind in the world of a seed.
    pub(crate) fn of(seed: u64, kind: u64, index: u64) -> Self {
        let world = mixed(seed.wrapping_add(STEP));
        Self(mixed(mixed(world ^ kind.wrapping_mul(STEP)) ^ index))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mixed(self.0)
    }

    /// 0 to `n` - 1, even; 0 where `n` is 0.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    /// `from` to `to`, both in.
    pub(crate) fn within(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to - from + 1)
    }

    /// True so many times in a thousand.
    pub(crate) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// One of them, all alike.
    pub(crate) fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize].clone()
    }

    /// One of them, the first most often: half evenly, half by a density that falls as the inverse
    /// root of the rank.
    pub(crate) fn common<T: Clone>(&mut self, of: &[T]) -> T {
        let n = of.len() as u64;
        let place = self.below(n);
        if self.chance(500) {
            return of[place as usize].clone();
        }
        // The larger of two would favour the last; the product of two shares favours the first.
        let share = self.below(1 << 31);
        of[((u128::from(place) * u128::from(share)) >> 31) as usize].clone()
    }

    /// One of them by weight.
    pub(crate) fn weighted<T: Copy>(&mut self, of: &[(u32, T)]) -> T {
        let all = of.iter().map(|(weight, _)| u64::from(*weight)).sum();
        let mut at = self.below(all);
        for (weight, what) in of {
            match at.checked_sub(u64::from(*weight)) {
                Some(rest) => at = rest,
                None => return *what,
            }
        }
        of[of.len() - 1].1
    }

    /// `n` digits, the first not 0.
    pub(crate) fn digits(&mut self, n: u32) -> u64 {
        let from = 10_u64.pow(n.saturating_sub(1));
        self.within(from, from * 10 - 1)
    }
}
