use std::collections::HashSet;

use aspa_store::{Arrival, Arrived, Error, ErrorKind};

use crate::json::{digest, encode, event_key, time_text};
use crate::write::{Value, values};

/// Everything that arrives, in one statement: deliveries that are not known, events of those that
/// are not known, an inbox entry for each, and where polls go on. It gives the places of the arrivals
/// whose delivery is new, and the arrivals of the events that are.
pub(crate) const ARRIVE: &str = "
    WITH delivered AS (
        SELECT * FROM unnest($2::int[], $3::bytea[], $4::text[], $5::text[], $6::text[], $7::bytea[])
            AS d (arrival, digest, webhook, id, received_at, body)
    ), fresh AS (
        INSERT INTO @.deliveries (tenant, digest, webhook, id, received_at, body)
        SELECT $1, digest, webhook, id, received_at, body FROM delivered ORDER BY digest
        ON CONFLICT DO NOTHING RETURNING digest
    ), void AS (
        SELECT arrival FROM delivered WHERE digest NOT IN (SELECT digest FROM fresh)
    ), came AS (
        SELECT DISTINCT ON (account, key) *
        FROM unnest($8::int[], $9::text[], $10::bytea[], $11::text[], $12::text[])
            WITH ORDINALITY AS e (arrival, account, key, received_at, event, place)
        WHERE arrival NOT IN (SELECT arrival FROM void)
        ORDER BY account, key, place
    ), news AS (
        INSERT INTO @.seen (tenant, account, event)
        SELECT $1, account, key FROM came ON CONFLICT DO NOTHING RETURNING account, event
    ), entries AS (
        INSERT INTO @.inbox (tenant, received_at, event)
        SELECT $1, received_at, came.event
        FROM came JOIN news ON news.account = came.account AND news.event = came.key ORDER BY place
    ), cursors AS (
        INSERT INTO @.cursors (tenant, source_digest, cursor)
        SELECT DISTINCT ON (source) $1, source, cursor
        FROM unnest($13::int[], $14::bytea[], $15::text[]) WITH ORDINALITY AS c (arrival, source, cursor, place)
        WHERE arrival NOT IN (SELECT arrival FROM void)
        ORDER BY source, place DESC
        ON CONFLICT (tenant, source_digest) DO UPDATE SET cursor = excluded.cursor
    )
    SELECT arrival, true AS is_void, 0::bigint AS new FROM void
    UNION ALL
    SELECT arrival, false, count(*) FROM came
    JOIN news ON news.account = came.account AND news.event = came.key GROUP BY arrival";

/// The columns of [`ARRIVE`], and what is needed to count.
pub(crate) struct Arrivals {
    /// For each arrival, how many events it has and whether its delivery came earlier in the batch.
    counts: Vec<(usize, bool)>,
    values: Vec<Value>,
}

impl Arrivals {
    pub(crate) fn new(arrivals: Vec<Arrival>) -> Result<Option<Self>, Error> {
        if arrivals.is_empty() {
            return Ok(None);
        }
        let (mut counts, mut known) = (Vec::with_capacity(arrivals.len()), HashSet::new());
        let (mut of_delivery, mut digests, mut webhooks) = (Vec::new(), Vec::new(), Vec::new());
        let (mut ids, mut times, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
        let (mut of_event, mut accounts, mut keys) = (Vec::new(), Vec::new(), Vec::new());
        let (mut received, mut events) = (Vec::new(), Vec::new());
        let (mut of_cursor, mut sources, mut cursors) = (Vec::new(), Vec::new(), Vec::new());
        for (place, arrival) in arrivals.into_iter().enumerate() {
            let place = i32::try_from(place)
                .map_err(|error| Error::new(ErrorKind::Invalid, "commit").with_source(error))?;
            let at = time_text(arrival.received_at);
            if let Some(delivery) = arrival.delivery {
                let digest = digest(&[&delivery.webhook, delivery.id.as_str()]);
                if !known.insert(digest.clone()) {
                    counts.push((arrival.events.len(), true));
                    continue;
                }
                of_delivery.push(place);
                digests.push(digest);
                webhooks.push(encode(&delivery.webhook.to_string())?);
                ids.push(delivery.id.to_string());
                times.push(time_text(delivery.received_at));
                bodies.push(delivery.body);
            }
            counts.push((arrival.events.len(), false));
            for event in arrival.events {
                of_event.push(place);
                accounts.push(event.account.to_string());
                keys.push(event_key(event.key()));
                received.push(at.clone());
                events.push(encode(&event)?);
            }
            if let Some((source, cursor)) = arrival.cursor {
                of_cursor.push(place);
                sources.push(self::digest(&[&source]));
                cursors.push(encode(&cursor.0)?);
            }
        }
        let values = values![
            of_delivery,
            digests,
            webhooks,
            ids,
            times,
            bodies,
            of_event,
            accounts,
            keys,
            received,
            events,
            of_cursor,
            sources,
            cursors
        ];
        Ok(Some(Self { counts, values }))
    }

    pub(crate) fn values(&self) -> &[Value] {
        &self.values
    }

    /// How much of each was new, from what [`ARRIVE`] gave.
    pub(crate) fn arrived(&self, told: &[(i32, bool, i64)]) -> Vec<Arrived> {
        let mut found = vec![(false, 0_usize); self.counts.len()];
        for &(place, is_void, new) in told {
            if let Some(found) = usize::try_from(place)
                .ok()
                .and_then(|place| found.get_mut(place))
            {
                *found = (is_void, usize::try_from(new).unwrap_or_default());
            }
        }
        let of = |(&(events, repeated), (is_void, new)): (&(usize, bool), (bool, usize))| {
            Arrived::new(new, events - new.min(events), repeated || is_void)
        };
        self.counts.iter().zip(found).map(of).collect()
    }
}
