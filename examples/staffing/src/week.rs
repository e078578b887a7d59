//! The week that is sized for, live and deferred work alike.

use std::ops::Range;

use aspa_staffing::Profile;
use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};

use crate::Failure;
use crate::arguments::Basis;
use crate::history::History;
use crate::service::Service;

/// Messages that stand for the week: all of the history, of which the mean is taken, or one week's.
pub(crate) struct Week<'a> {
    pub(crate) times: &'a [DateTime<Utc>],
    pub(crate) span: Range<DateTime<Utc>>,
    /// How often each hour of the week had a message.
    pub(crate) profile: Profile,
    /// The whole weeks of the history, and how many of them have messages.
    pub(crate) weeks: usize,
    pub(crate) with_messages: usize,
}

impl<'a> Week<'a> {
    pub(crate) fn choose(
        basis: Basis,
        history: &'a History,
        span: &Range<DateTime<Utc>>,
        service: &Service,
    ) -> Result<Self, Failure> {
        let weeks = weeks(span, service);
        let mut counted: Vec<_> = weeks
            .into_iter()
            .map(|week| (within(&history.times, &week), week))
            .collect();
        let with_messages = counted
            .iter()
            .filter(|(times, _)| !times.is_empty())
            .count();
        let all = counted.len();
        let (times, span) = match basis {
            Basis::Average => (history.times.as_slice(), span.clone()),
            Basis::Percentile(percent) => {
                counted.sort_by_key(|(times, _)| times.len());
                // The nearest rank.
                let rank = (all * usize::from(percent)).div_ceil(100).max(1);
                counted.swap_remove(rank - 1)
            }
        };
        Ok(Self {
            times,
            profile: Profile::observe(times.iter().copied(), span.clone(), &service.zone)?,
            span,
            weeks: all,
            with_messages,
        })
    }
}

fn within<'a>(times: &'a [DateTime<Utc>], week: &Range<DateTime<Utc>>) -> &'a [DateTime<Utc>] {
    let place = |at| times.partition_point(|time| *time < at);
    &times[place(week.start)..place(week.end)]
}

/// The weeks from Monday to Sunday that lie whole in a span; where none does, the parts of weeks.
fn weeks(span: &Range<DateTime<Utc>>, service: &Service) -> Vec<Range<DateTime<Utc>>> {
    let first = span.start.with_timezone(&service.zone).date_naive();
    let monday = first - Days::new(first.weekday().num_days_from_monday().into());
    let midnight = |date: NaiveDate| service.day(date).start;
    let weeks = monday.iter_weeks().map(|monday| {
        let next = monday.checked_add_days(Days::new(7)).unwrap_or(monday);
        midnight(monday)..midnight(next)
    });
    let parts: Vec<_> = weeks.take_while(|week| week.start < span.end).collect();
    let whole = |week: &&Range<_>| week.start >= span.start && week.end <= span.end;
    match parts.iter().filter(whole).cloned().collect::<Vec<_>>() {
        none if none.is_empty() => parts
            .into_iter()
            .map(|week| week.start.max(span.start)..week.end.min(span.end))
            .collect(),
        whole => whole,
    }
}
