//! Counts of right and wrong, and how sure they are.

use std::fmt;

/// What was found against what is so.
#[derive(Default, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) right: u32,
    pub(crate) wrong: u32,
    pub(crate) missed: u32,
}

impl Found {
    pub(crate) fn count(&mut self, found: bool, is_so: bool) {
        match (found, is_so) {
            (true, true) => self.right += 1,
            (true, false) => self.wrong += 1,
            (false, true) => self.missed += 1,
            (false, false) => {}
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let precision = Share(self.right, self.right + self.wrong);
        let recall = Share(self.right, self.right + self.missed);
        write!(f, "precision {precision}, recall {recall}")
    }
}

/// So many of so many, with the 95 % interval of Wilson (1927).
pub(crate) struct Share(pub(crate) u32, pub(crate) u32);

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hits, all) = (f64::from(self.0), f64::from(self.1));
        if self.1 == 0 {
            return write!(f, "none of none");
        }
        const Z: f64 = 1.96;
        let share = hits / all;
        let middle = share + Z * Z / (2.0 * all);
        let spread = Z * (share * (1.0 - share) / all + Z * Z / (4.0 * all * all)).sqrt();
        let scale = 1.0 + Z * Z / all;
        let (low, high) = ((middle - spread) / scale, (middle + spread) / scale);
        write!(f, "{share:.3} ({}/{}; {low:.2}-{high:.2})", self.0, self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The interval of 4 of 18 by the formula of Wilson.
    #[test]
    fn shares_come_with_their_interval() {
        assert_eq!(Share(4, 18).to_string(), "0.222 (4/18; 0.09-0.45)");
        assert_eq!(Share(0, 0).to_string(), "none of none");
        let mut found = Found::default();
        for (said, is_so) in [(true, true), (true, false), (false, true), (false, false)] {
            found.count(said, is_so);
        }
        assert_eq!((found.right, found.wrong, found.missed), (1, 1, 1));
    }
}
