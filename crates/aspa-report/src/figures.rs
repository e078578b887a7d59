use aspa_sla::figures::{Method, Sample, Share};
use aspa_ticket::HandledShare;
use chrono::TimeDelta;
use serde::Serialize;

/// How soon something was answered first. Calendar time; equal counts as within.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FirstResponse {
    /// The median in seconds, interpolated linearly; none where nothing was answered.
    pub median_seconds: Option<f64>,
    /// How many within 3,600 s.
    pub within_1h: u64,
    /// How many within 86,400 s.
    pub within_24h: u64,
}

/// Conversations or tickets: how many, how many answered, how soon.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Group {
    /// How many.
    pub count: u64,
    /// How many of them we answered.
    pub answered: u64,
    /// How soon.
    pub first_response: FirstResponse,
}

impl Group {
    /// From the time to the first response of each, where there was one.
    pub(crate) fn of(times: impl IntoIterator<Item = Option<TimeDelta>>) -> Self {
        let mut group = Self::default();
        let answered: Vec<TimeDelta> = times
            .into_iter()
            .inspect(|_| group.count += 1)
            .flatten()
            .collect();
        group.answered = answered.len() as u64;
        let within = |limit| answered.iter().filter(|time| **time <= limit).count() as u64;
        group.first_response.within_1h = within(TimeDelta::hours(1));
        group.first_response.within_24h = within(TimeDelta::hours(24));
        let mut sample: Sample = answered.into_iter().collect();
        group.first_response.median_seconds = sample.median().map(seconds);
        group
    }
}

/// Median and ninetieth percentile of some times, in seconds; interpolated linearly (Hyndman and
/// Fan's type 7).
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Times {
    /// How many times there are.
    pub count: u64,
    /// What half of them do not exceed.
    pub median_seconds: Option<f64>,
    /// What 90 % of them do not exceed.
    pub p90_seconds: Option<f64>,
    /// How these were taken: `linear`.
    pub method: Method,
}

impl Times {
    pub(crate) fn of(times: impl IntoIterator<Item = TimeDelta>) -> Self {
        let mut sample: Sample = times.into_iter().collect();
        let count = sample.sorted().len() as u64;
        let mut percentile = |percent| sample.percentile(percent, Method::Linear).map(seconds);
        Self {
            count,
            median_seconds: percentile(50),
            p90_seconds: percentile(90),
            method: Method::Linear,
        }
    }
}

/// How a set of tickets was served.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Service {
    /// How many tickets.
    pub tickets: u64,
    /// What became of their messages.
    pub handled: HandledShare,
    /// (inbound − unhandled − spam) / (inbound − spam), 0 to 1.
    pub handled_share: Option<f64>,
    /// From the customer's first message to our first that no program wrote, in calendar time.
    pub first_response_calendar: Times,
    /// The same, counting opening hours only; nothing without a promise that has hours.
    pub first_response_business: Times,
    /// What became of the promises, over every cycle of every clock.
    pub promises: Share,
    /// met / (met + breached), 0 to 1; undecided ones are in neither.
    pub kept_share: Option<f64>,
}

/// What one ticket adds to a [`Service`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Served {
    pub(crate) handled: HandledShare,
    pub(crate) calendar: Option<TimeDelta>,
    pub(crate) business: Option<TimeDelta>,
    pub(crate) promises: Share,
}

impl Service {
    pub(crate) fn of<'a>(tickets: impl IntoIterator<Item = &'a Served>) -> Self {
        let tickets: Vec<&Served> = tickets.into_iter().collect();
        let mut service = Self {
            tickets: tickets.len() as u64,
            ..Self::default()
        };
        service
            .handled
            .extend(tickets.iter().map(|served| served.handled));
        service.handled_share = service.handled.share();
        for served in &tickets {
            service.promises.met += served.promises.met;
            service.promises.breached += served.promises.breached;
            service.promises.undecided += served.promises.undecided;
        }
        service.kept_share = service.promises.kept();
        service.first_response_calendar = Times::of(tickets.iter().filter_map(|s| s.calendar));
        service.first_response_business = Times::of(tickets.iter().filter_map(|s| s.business));
        service
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds of a human time span fit 2^53"
)]
fn seconds(time: TimeDelta) -> f64 {
    time.num_milliseconds() as f64 / 1000.0
}
