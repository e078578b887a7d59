use std::collections::BTreeMap;

use aspa_sla::figures::{
    self as sla, Backlog, Handling, Level, Method, Part, Rate, Sample, Share, Times,
};
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

/// What work costs: how long a reply takes and what an hour of it is worth.
///
/// A desk does not measure how long people work. So minutes and euros are an estimate by the host:
/// each message of ours on a ticket that no program wrote took so long, whatever it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Work {
    /// How long a reply takes, reading and looking up included; in JSON `reply_seconds`.
    #[serde(rename = "reply_seconds", serialize_with = "whole_seconds")]
    pub reply: TimeDelta,
    /// What it costs, in cents of a euro.
    pub rate: Rate,
}

impl Work {
    /// A reply takes so long and costs so many cents of a euro.
    #[must_use]
    pub const fn new(reply: TimeDelta, rate: Rate) -> Self {
        Self { reply, rate }
    }
}

/// How a set of tickets was served. Percentiles interpolate linearly (Hyndman and Fan's type 7).
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Service {
    /// How many tickets.
    pub tickets: u64,
    /// What became of their messages.
    pub handled: HandledShare,
    /// (inbound − unhandled − spam) / (inbound − spam), 0 to 1.
    pub handled_share: Option<f64>,
    /// Contacts by how far they were served, and conversations that we began. That a message was found by
    /// listening is not known here, so nothing is told of the active level, and what was written about
    /// us counts as asked.
    pub levels: BTreeMap<Level, Part>,
    /// From the customer's first message to our first that no program wrote, in calendar time.
    pub first_response_calendar: Times,
    /// The same, counting opening hours only; nothing without a promise that has hours.
    pub first_response_business: Times,
    /// From the customer's first message to the resolution, of tickets that are resolved, in calendar
    /// time.
    pub resolution_calendar: Times,
    /// The same, counting opening hours only; nothing without a promise that has hours.
    pub resolution_business: Times,
    /// Tickets that are neither resolved nor closed, and how long ago they were opened.
    pub backlog: Backlog,
    /// What became of the promises, over every cycle of every clock.
    pub promises: Share,
    /// met / (met + breached), 0 to 1; undecided ones are in neither.
    pub kept_share: Option<f64>,
    /// Minutes and euro cents, where the host says what a reply takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work: Option<Handling>,
}

impl Service {
    pub(crate) fn of(group: &sla::Group, priced: bool) -> Self {
        let mut handled = HandledShare::default();
        handled.inbound = group.messages.inbound;
        handled.unhandled = group.messages.unhandled;
        handled.spam = group.messages.spam;
        let tickets = &group.tickets;
        let known = |(level, _): &(Level, Part)| *level != Level::Active;
        Self {
            tickets: tickets.count,
            handled,
            handled_share: group.handled_share,
            levels: group.levels.iter().filter(known).collect(),
            first_response_calendar: tickets.first_response.calendar,
            first_response_business: tickets.first_response.business,
            resolution_calendar: tickets.resolution.calendar,
            resolution_business: tickets.resolution.business,
            backlog: group.backlog,
            promises: group.promises,
            kept_share: group.kept_share,
            work: priced.then_some(tickets.handling),
        }
    }
}

/// How the percentiles of a report are taken.
pub(crate) const METHOD: Method = Method::Linear;

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds of a human time span fit 2^53"
)]
fn seconds(time: TimeDelta) -> f64 {
    time.num_milliseconds() as f64 / 1000.0
}

fn whole_seconds<S: serde::Serializer>(time: &TimeDelta, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_i64(time.num_seconds())
}
