use crate::interval::DAY;
use crate::stretch::Stretch;

/// One open stretch `[start, end)` in UTC seconds, and the open seconds of the table before it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Open {
    pub(crate) start: i64,
    pub(crate) end: i64,
    before: i64,
}

/// Seconds of the running sum that share an entry of the index; about a working day.
const BUCKET: i64 = 1 << 15;

/// The open stretches of some years: sorted, apart, with running sums and an index by UTC day, so
/// that every question is a look-up.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) from: i64,
    pub(crate) to: i64,
    open: Vec<Open>,
    total: i64,
    /// For each UTC day from `from` on, how many stretches start before it begins.
    days: Vec<u32>,
    /// For each [`BUCKET`] of running sum, how many stretches have less than that before them.
    sums: Vec<u32>,
}

impl Table {
    /// The table of open stretches within `[from, to)`; both are UTC midnights.
    pub(crate) fn new((from, to): Stretch, stretches: Vec<Stretch>) -> Self {
        let mut total = 0;
        let open: Vec<Open> = stretches
            .into_iter()
            .map(|(start, end)| {
                let before = total;
                total += end - start;
                Open { start, end, before }
            })
            .collect();
        let mut days = Vec::with_capacity(usize::try_from((to - from) / DAY + 1).unwrap_or(0));
        let mut started: u32 = 0;
        for day in (from..=to).step_by(DAY.unsigned_abs() as usize) {
            while open
                .get(started as usize)
                .is_some_and(|stretch| stretch.start < day)
            {
                started += 1;
            }
            days.push(started);
        }
        let sums = (0..=total / BUCKET + 1)
            .scan(0_u32, |count, bucket| {
                while open
                    .get(*count as usize)
                    .is_some_and(|s| s.before < bucket * BUCKET)
                {
                    *count += 1;
                }
                Some(*count)
            })
            .collect();
        Self {
            from,
            to,
            open,
            total,
            days,
            sums,
        }
    }

    /// The open stretches.
    pub(crate) fn stretches(&self) -> impl Iterator<Item = Stretch> {
        self.open.iter().map(|open| (open.start, open.end))
    }

    /// Whether nothing is open.
    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// How many stretches have less than `sum` open seconds before them; 0 <= `sum` <= `total`.
    fn with_less_before(&self, sum: i64) -> usize {
        let bucket = usize::try_from(sum / BUCKET).unwrap_or(0);
        let (first, last) = (self.sums[bucket] as usize, self.sums[bucket + 1] as usize);
        first + self.open[first..last].partition_point(|stretch| stretch.before < sum)
    }

    /// How many stretches start at or before `at`.
    fn started(&self, at: i64) -> usize {
        if at < self.from {
            return 0;
        }
        if at >= self.to {
            return self.open.len();
        }
        let day = usize::try_from((at - self.from) / DAY).unwrap_or(usize::MAX);
        let Some(&count) = self.days.get(day) else {
            return self.open.len();
        };
        let mut count = count as usize;
        while self
            .open
            .get(count)
            .is_some_and(|stretch| stretch.start <= at)
        {
            count += 1;
        }
        count
    }

    /// The stretch that holds `at`.
    pub(crate) fn holding(&self, at: i64) -> Option<Open> {
        let last = self.started(at).checked_sub(1)?;
        Some(self.open[last]).filter(|stretch| at < stretch.end)
    }

    /// The first stretch that starts after `at`.
    pub(crate) fn after(&self, at: i64) -> Option<Open> {
        self.open.get(self.started(at)).copied()
    }

    /// The largest instant up to `at` with open time just before it.
    pub(crate) fn open_until(&self, at: i64) -> Option<i64> {
        let last = self.started(at.saturating_sub(1)).checked_sub(1)?;
        Some(self.open[last].end.min(at))
    }

    /// Open seconds of the table before `at`.
    pub(crate) fn open_before(&self, at: i64) -> i64 {
        match self.started(at).checked_sub(1) {
            None => 0,
            Some(last) => {
                let stretch = &self.open[last];
                stretch.before + at.min(stretch.end) - stretch.start
            }
        }
    }

    /// The smallest instant before which `sum` seconds are open; `sum` is at least 1.
    pub(crate) fn earliest(&self, sum: i64) -> Option<i64> {
        if sum > self.total {
            return None;
        }
        let last = self.with_less_before(sum).checked_sub(1)?;
        let stretch = &self.open[last];
        Some(stretch.start + sum - stretch.before)
    }

    /// The largest instant before which `sum` seconds are open; `sum` is not negative.
    pub(crate) fn latest(&self, sum: i64) -> Option<i64> {
        if sum < 0 || sum >= self.total {
            return None;
        }
        let last = self.with_less_before(sum + 1).checked_sub(1)?;
        let stretch = &self.open[last];
        Some(stretch.start + sum - stretch.before)
    }
}
