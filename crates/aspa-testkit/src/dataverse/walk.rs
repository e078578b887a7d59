//! Change tracking: every row by its version, then what is gone, and a link for what comes later.

use bytes::Bytes;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use http::Response;
use serde_json::json;

use super::schema::Table;
use super::state::{No, Row, State, no};
use super::wire::{Asked, BASE, query_error};
use crate::frame::json_answer;

/// How long a link holds: `ExpireChangeTrackingInDays`, unless somebody set it.
const HOLDS: TimeDelta = TimeDelta::days(7);
const TIME: &str = "%m/%d/%Y %H:%M:%S";

/// A place among changes. In links it stands as its fields with `!` between them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// What is newer than this version is told; nothing gone where it is 0.
    base: u64,
    /// The version from which the next reading goes on.
    start: u64,
    /// Whether all rows are told, and after which version to go on.
    after: (bool, u64),
    /// When the reading began, and in which epoch.
    at: DateTime<Utc>,
    epoch: u64,
}

impl Place {
    fn begin(state: &State, base: u64) -> Self {
        Self {
            base,
            start: state.settled(),
            after: (false, base),
            at: state.now,
            epoch: state.epoch,
        }
    }

    fn delta(&self) -> String {
        format!("{}!{}!{}", self.start, self.at.format(TIME), self.epoch)
    }

    fn skip(&self) -> String {
        let (gone, after) = self.after;
        format!("{}!{gone}!{after}!{}", self.base, self.delta())
    }

    fn of_delta(text: &str) -> Option<(u64, DateTime<Utc>, u64)> {
        let [version, at, epoch] = text.split('!').collect::<Vec<_>>()[..] else {
            return None;
        };
        let at = NaiveDateTime::parse_from_str(at, TIME).ok()?.and_utc();
        Some((version.parse().ok()?, at, epoch.parse().ok()?))
    }

    fn of_skip(text: &str) -> Option<Self> {
        let [base, gone, after, delta] = text.splitn(4, '!').collect::<Vec<_>>()[..] else {
            return None;
        };
        let (start, at, epoch) = Self::of_delta(delta)?;
        Some(Self {
            base: base.parse().ok()?,
            start,
            after: (gone.parse().ok()?, after.parse().ok()?),
            at,
            epoch,
        })
    }
}

fn holds(state: &State, at: DateTime<Utc>, epoch: u64) -> Result<(), No> {
    if epoch == state.epoch && state.now - at <= HOLDS {
        return Ok(());
    }
    no(
        400,
        "0x80044352",
        "Version stamp associated with the client has expired. Please perform a full sync.",
    )
}

/// Where among changes a request goes on; none where it does not ask for changes.
pub(super) fn tracked(
    state: &State,
    table: &Table,
    asked: &Asked<'_>,
) -> Result<Option<Place>, No> {
    let malformed = || query_error("Malformed token.");
    let token = |name: &str| asked.query.get(name).filter(|token| token.contains('!'));
    let place = if let Some(token) = token("$skiptoken") {
        let place = Place::of_skip(token).ok_or_else(malformed)?;
        holds(state, place.at, place.epoch)?;
        place
    } else if let Some(token) = asked.query.get("$deltatoken") {
        let (version, at, epoch) = Place::of_delta(token).ok_or_else(malformed)?;
        holds(state, at, epoch)?;
        Place::begin(state, version)
    } else if asked.prefers("odata.track-changes") {
        Place::begin(state, 0)
    } else {
        return Ok(None);
    };
    if !table.tracked {
        let detail = format!("Change tracking is not enabled for {}.", table.name);
        return Err(query_error(detail));
    }
    for option in ["$filter", "$orderby", "$expand", "$top"] {
        if asked.query.contains_key(option) {
            let detail = format!(
                "The \"{option}\" query parameter isn't supported when Change Tracking is enabled."
            );
            return Err(query_error(detail));
        }
    }
    Ok(Some(place))
}

/// A page of changes from a place on.
pub(super) fn changes(
    state: &State,
    table: &'static Table,
    asked: &Asked<'_>,
    mut place: Place,
) -> Result<Response<Bytes>, No> {
    let telling = asked.telling(table)?;
    let is_new = |version: u64, at: (bool, u64)| version > place.base && at > place.after;
    let rows = state.rows.iter().filter(|(_, row)| {
        row.table.set == table.set
            && row.committed <= state.now
            && is_new(row.version, (false, row.version))
    });
    let rows = rows.map(|(id, row)| ((false, row.version), id, Some(row)));
    let gone = state.tombs.iter().filter(|tomb| {
        tomb.table.set == table.set && place.base > 0 && is_new(tomb.version, (true, tomb.version))
    });
    let gone = gone.map(|tomb| ((true, tomb.version), &tomb.id, None));
    let mut all: Vec<((bool, u64), &String, Option<&Row>)> = rows.chain(gone).collect();
    all.sort_by_key(|(at, ..)| *at);
    let size = asked.page(state.page)?;
    let delta = if place.base > 0 { "/$delta" } else { "" };
    let mut body = json!({ "@odata.context": format!("{BASE}/$metadata#{}{delta}", table.set) });
    if all.len() > size {
        all.truncate(size);
        place.after = all[size - 1].0;
        body["@odata.nextLink"] = asked.link(table, "$skiptoken", &place.skip()).into();
    } else {
        body["@odata.deltaLink"] = asked.link(table, "$deltatoken", &place.delta()).into();
    }
    let context = format!("{BASE}/$metadata#{}/$deletedEntity", table.set);
    let told = all.into_iter().map(|(_, id, row)| match row {
        Some(row) => telling.row(state, id, row),
        None => json!({ "@odata.context": context, "id": id, "reason": "deleted" }),
    });
    body["value"] = told.collect();
    let mut answer = json_answer(200, "application/json; odata.metadata=minimal", &body);
    if asked.prefers("odata.track-changes") {
        let applied = http::HeaderValue::from_static("odata.track-changes");
        answer.headers_mut().insert("preference-applied", applied);
    }
    Ok(answer)
}
