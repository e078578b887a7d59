use serde::Serialize;

use crate::error::{QueueError, within};

/// The part of paid time in which people are not at the work: holidays, illness, training, breaks.
///
/// A ratio of whole numbers, so that no rounding adds or loses a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Shrinkage {
    away: u32,
    paid: u32,
}

impl Shrinkage {
    /// Nobody is ever away.
    pub const NONE: Self = Self { away: 0, paid: 1 };

    /// So much away of so much paid, in any unit: 12.5 % is `of(125, 1000)`.
    ///
    /// # Errors
    /// [`QueueError::OutOfRange`] unless `away` is less than `paid`.
    pub fn of(away: u32, paid: u32) -> Result<Self, QueueError> {
        let most = f64::from(paid) - 1.0;
        within(
            "away",
            f64::from(away),
            (0.0, most),
            "less than what is paid",
        )?;
        Ok(Self { away, paid })
    }

    /// So many per cent.
    ///
    /// # Errors
    /// [`QueueError::OutOfRange`] from 100 per cent.
    pub fn percent(percent: u32) -> Result<Self, QueueError> {
        Self::of(percent, 100)
    }

    /// How many people to employ so that so many are at work: `ceil(n / (1 - s))`, exactly.
    ///
    /// # Errors
    /// [`QueueError::OutOfRange`] where that is more than a `u32` holds.
    pub fn people(self, at_work: u32) -> Result<u32, QueueError> {
        let needed = u64::from(at_work) * u64::from(self.paid);
        let people = needed.div_ceil(u64::from(self.paid - self.away));
        u32::try_from(people).map_err(|_| QueueError::OutOfRange {
            field: "at_work",
            value: f64::from(at_work),
            range: "few enough for so much shrinkage",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_counted_exactly() {
        for (at_work, away, paid, people) in [
            (14, 30, 100, 20),
            (7, 30, 100, 10), // 7 / (1 - 0.3) in floats is 10.000000000000002 on some paths
            (63, 10, 100, 70),
            (49, 30, 100, 70),
            (1, 1, 3, 2),
            (2, 1, 3, 3),
            (7, 125, 1000, 8),
            (8, 125, 1000, 10),
            (0, 99, 100, 0),
            (1, 99, 100, 100),
            (5, 0, 1, 5),
        ] {
            let shrinkage = Shrinkage::of(away, paid).unwrap();
            assert_eq!(
                shrinkage.people(at_work),
                Ok(people),
                "{at_work} at {away}/{paid}"
            );
        }
    }

    #[test]
    fn nobody_at_work_is_no_shrinkage() {
        for (away, paid) in [(100, 100), (101, 100), (0, 0), (1, 0)] {
            let refused = Shrinkage::of(away, paid).unwrap_err();
            assert!(
                matches!(refused, QueueError::OutOfRange { field: "away", .. }),
                "{refused}"
            );
        }
        let refused = Shrinkage::percent(50)
            .unwrap()
            .people(u32::MAX)
            .unwrap_err();
        assert_eq!(
            refused.to_string(),
            "at_work: 4294967295 is not few enough for so much shrinkage"
        );
    }

    proptest::proptest! {
        /// One person fewer would leave too few at work, and this many do not.
        #[test]
        fn least_people(at_work in 0_u32..1_000_000, away in 0_u32..1000) {
            let people = u64::from(Shrinkage::of(away, 1000).unwrap().people(at_work).unwrap());
            let present = |people: u64| people * u64::from(1000 - away);
            proptest::prop_assert!(present(people) >= u64::from(at_work) * 1000);
            proptest::prop_assert!(people == 0 || present(people - 1) < u64::from(at_work) * 1000);
        }
    }
}
