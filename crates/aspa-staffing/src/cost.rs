//! What shifts cost, month by month.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{
    DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, TimeZone, Timelike, Utc, Weekday,
};
use serde::{Deserialize, Serialize};

use crate::local::{self, DAY, Piece, WEEK};
use crate::shift::Shift;

/// The longest shift, in seconds: a longer one has a wrong date.
const LONGEST: i64 = 366 * DAY;

/// What an hour costs, and when it costs more. Money is in cents, or whatever is the currency's
/// smallest unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rates {
    /// An ordinary hour, in cents, with whatever the employer pays on top of the wage.
    pub hour: u32,
    /// When an hour costs more or less than that.
    #[serde(default)]
    pub factors: Vec<Factor>,
    /// What holds where several factors meet.
    #[serde(default)]
    pub overlap: Overlap,
    /// Whether breaks are paid.
    #[serde(default)]
    pub breaks_paid: bool,
}

/// Hours that are paid at another rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Factor {
    /// What it is called: "evening".
    pub name: String,
    /// Percent of the ordinary rate: 150 is half as much again, 100 changes nothing.
    pub percent: u16,
    /// Which hours.
    pub when: When,
}

/// Which hours a factor is for, by the local clock and calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum When {
    /// Each day from one time to another; past midnight where the second is not after the first.
    /// Seconds count, parts of them do not.
    Daily {
        /// When it begins.
        from: NaiveTime,
        /// When it is over.
        to: NaiveTime,
    },
    /// Certain days of the week, from midnight to midnight.
    Weekdays(Vec<Weekday>),
    /// Holidays, from midnight to midnight.
    Holidays,
}

/// What holds where several factors meet, as on a holiday's evening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the two rules in use")]
pub enum Overlap {
    /// The highest of them: 150 and 200 make 200.
    #[default]
    Highest,
    /// All together: what each adds to 100 is added, so that 150 and 200 make 250. Never below 0.
    Sum,
}

impl Rates {
    /// A rate for every hour, breaks not paid.
    #[must_use]
    pub const fn new(hour: u32) -> Self {
        Self {
            hour,
            factors: Vec::new(),
            overlap: Overlap::Highest,
            breaks_paid: false,
        }
    }

    /// Pays a part of each day at `percent` of the rate; past midnight where `to` is not after `from`.
    #[must_use]
    pub fn daily(self, name: &str, from: NaiveTime, to: NaiveTime, percent: u16) -> Self {
        self.with(name, percent, When::Daily { from, to })
    }

    /// Pays days of the week at `percent` of the rate.
    #[must_use]
    pub fn weekdays(
        self,
        name: &str,
        days: impl IntoIterator<Item = Weekday>,
        percent: u16,
    ) -> Self {
        self.with(name, percent, When::Weekdays(days.into_iter().collect()))
    }

    /// Pays holidays at `percent` of the rate.
    #[must_use]
    pub fn holidays(self, percent: u16) -> Self {
        self.with("holiday", percent, When::Holidays)
    }

    /// Says what holds where factors meet.
    #[must_use]
    pub const fn overlap(mut self, overlap: Overlap) -> Self {
        self.overlap = overlap;
        self
    }

    /// Pays breaks as work.
    #[must_use]
    pub const fn with_paid_breaks(mut self) -> Self {
        self.breaks_paid = true;
        self
    }

    fn with(mut self, name: &str, percent: u16, when: When) -> Self {
        self.factors.push(Factor {
            name: name.to_owned(),
            percent,
            when,
        });
        self
    }
}

/// What a month costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MonthCost {
    /// The local year.
    pub year: i32,
    /// The local month, 1 to 12.
    pub month: u32,
    /// Paid time, in seconds.
    pub seconds: i64,
    /// For each percentage of the rate how many seconds were paid at it, ascending.
    pub at: Vec<(u32, i64)>,
    /// What it costs in cents. Exact, then rounded half up, once.
    pub cents: i64,
}

impl MonthCost {
    /// Paid time.
    #[must_use]
    pub fn paid(&self) -> TimeDelta {
        TimeDelta::seconds(self.seconds)
    }
}

/// Why a cost cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CostError {
    /// A shift does not end after it begins, or lasts longer than a year.
    #[error("the shift of {person} from {from} to {to} is empty, or longer than a year")]
    Shift {
        /// Whose.
        person: String,
        /// Its beginning.
        from: DateTime<Utc>,
        /// Its end.
        to: DateTime<Utc>,
    },
    /// More money than can be counted.
    #[error("the cost of {year}-{month:02} is too large to count")]
    TooMuch {
        /// The year.
        year: i32,
        /// The month.
        month: u32,
    },
}

/// What shifts cost in each local month in which somebody is paid, in order.
///
/// Every second is paid by what the local clock and calendar say of it, so a shift over midnight, the
/// end of a month or a change of the clocks is paid by its parts, and by how long it really lasts.
/// Each shift is paid, also where a person has two at once.
///
/// A rule of thumb to compare with: chat in real time needs three people (two take turns, one is in
/// reserve), which costs about 10,000 EUR a month.
///
/// # Errors
///
/// Where a shift is empty or longer than a year, or a month costs more than an `i64` of cents holds.
pub fn cost<Z: TimeZone>(
    shifts: &[Shift],
    rates: &Rates,
    holidays: &BTreeSet<NaiveDate>,
    zone: &Z,
) -> Result<Vec<MonthCost>, CostError> {
    let holidays: BTreeSet<i64> = holidays
        .iter()
        .map(|date| local::day_number(*date))
        .collect();
    let edges = edges(rates);
    let mut months: BTreeMap<(i32, u32), BTreeMap<u32, i64>> = BTreeMap::new();
    for shift in shifts {
        let length = (shift.to - shift.from).num_seconds();
        if shift.from >= shift.to || length > LONGEST {
            return Err(CostError::Shift {
                person: shift.person.clone(),
                from: shift.from,
                to: shift.to,
            });
        }
        let paid = match rates.breaks_paid {
            true => vec![shift.from..shift.to],
            false => shift.presence(),
        };
        for stretch in paid {
            let (from, to) = (stretch.start.timestamp(), stretch.end.timestamp());
            for piece in local::pieces(zone, &edges, from, to) {
                let date = local::date(piece.day);
                let month = months.entry((date.year(), date.month())).or_default();
                *month.entry(rates.percent(&piece, &holidays)).or_default() += piece.seconds();
            }
        }
    }
    let priced = |((year, month), at): ((i32, u32), BTreeMap<u32, i64>)| {
        let cents = rates.price(&at).ok_or(CostError::TooMuch { year, month })?;
        Ok(MonthCost {
            year,
            month,
            seconds: at.values().sum(),
            at: at.into_iter().collect(),
            cents,
        })
    };
    months.into_iter().map(priced).collect()
}

/// The times of day at which a rate may change.
fn edges(rates: &Rates) -> Vec<i64> {
    let mut edges = vec![DAY];
    for factor in &rates.factors {
        if let When::Daily { from, to } = factor.when {
            edges.extend(
                [second(from), second(to)]
                    .into_iter()
                    .filter(|edge| *edge > 0),
            );
        }
    }
    edges.sort_unstable();
    edges.dedup();
    edges
}

fn second(time: NaiveTime) -> i64 {
    i64::from(time.num_seconds_from_midnight())
}

impl Rates {
    /// The percentage at which a piece is paid.
    fn percent(&self, piece: &Piece, holidays: &BTreeSet<i64>) -> u32 {
        let factors = self
            .factors
            .iter()
            .filter(|f| f.when.holds(piece, holidays));
        let percents = factors.map(|factor| i64::from(factor.percent));
        let percent = match self.overlap {
            Overlap::Highest => percents.max().unwrap_or(100),
            Overlap::Sum => 100 + percents.map(|percent| percent - 100).sum::<i64>(),
        };
        u32::try_from(percent.max(0)).unwrap_or(u32::MAX)
    }

    /// Cents, rounded half up.
    fn price(&self, at: &BTreeMap<u32, i64>) -> Option<i64> {
        const UNITS: i128 = 100 * 3600;
        let weighed = at
            .iter()
            .map(|(percent, seconds)| i128::from(*percent) * i128::from(*seconds));
        let units = weighed.sum::<i128>() * i128::from(self.hour);
        i64::try_from((units + UNITS / 2).div_euclid(UNITS)).ok()
    }
}

impl When {
    fn holds(&self, piece: &Piece, holidays: &BTreeSet<i64>) -> bool {
        match self {
            Self::Daily { from, to } => {
                let (from, to, wall) = (second(*from), second(*to), piece.wall);
                match from < to {
                    true => (from..to).contains(&wall),
                    false => wall >= from || wall < to,
                }
            }
            Self::Weekdays(days) => days.contains(&WEEK[local::weekday_number(piece.day)]),
            Self::Holidays => holidays.contains(&piece.day),
        }
    }
}
