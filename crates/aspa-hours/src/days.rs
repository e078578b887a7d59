use chrono_tz::Tz;

use crate::stretch::Stretch;
use crate::zone::day_at;

/// The local dates on which hours start, each with the instant at which the last of them end.
#[derive(Debug)]
pub(crate) struct BusinessDays {
    /// By date; a date once.
    days: Vec<(i32, i64)>,
}

impl BusinessDays {
    /// Of shifts: stretches from when hours start to when they end.
    pub(crate) fn new(zone: Tz, shifts: Vec<Stretch>) -> Self {
        let mut days: Vec<(i32, i64)> = shifts
            .into_iter()
            .map(|(start, close)| (day_at(zone, start), close))
            .collect();
        days.sort_unstable();
        days.dedup_by(|next, last| {
            let same = next.0 == last.0;
            if same {
                last.1 = next.1;
            }
            same
        });
        Self { days }
    }

    /// The close of the `n`th business day after `date`, for 0 that of the date itself.
    pub(crate) fn close(&self, date: i32, n: usize) -> Option<i64> {
        if n == 0 {
            let at = self.days.binary_search_by_key(&date, |day| day.0).ok()?;
            return Some(self.days[at].1);
        }
        let after = self.days.partition_point(|day| day.0 <= date);
        self.days.get(after.checked_add(n - 1)?).map(|day| day.1)
    }
}
