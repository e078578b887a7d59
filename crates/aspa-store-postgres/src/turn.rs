//! Whose turn it is: a tenant with much to do does not hold up the others. A claim that was filled is
//! followed by one that takes of each tenant only a part, beginning after the one that was served
//! last; so no tenant is passed over, whatever waits.

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

/// The most that a claim takes of one tenant before it is the next one's turn.
const MOST_AT_A_TIME: usize = 128;

/// Where a kind of claim stands.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    /// Whether the last claim brought all it asked for, so that more may wait than it took.
    crowded: AtomicBool,
    /// The tenant that was served last.
    last: AtomicI32,
}

/// Who is served by a claim.
pub(crate) struct Served {
    pub(crate) crowded: bool,
    /// At most so much of one tenant.
    pub(crate) most: i64,
    /// After this one.
    pub(crate) last: i32,
}

/// In which part of a crowded claim a row was found: those of tenants whose turn it is, those of the
/// tenants before these, and whatever is oldest.
const TURN: i32 = 0;
const AGAIN: i32 = 1;

impl Turn {
    pub(crate) fn next(&self, limit: usize) -> Served {
        let most = (limit / 4).clamp(1, MOST_AT_A_TIME);
        Served {
            crowded: self.crowded.load(Ordering::Relaxed),
            most: i64::try_from(most).unwrap_or(1),
            last: self.last.load(Ordering::Relaxed),
        }
    }

    /// Notes the tenant and part of each row that was claimed.
    pub(crate) fn served(&self, limit: usize, rows: &[(i32, i32)]) {
        self.crowded.store(rows.len() >= limit, Ordering::Relaxed);
        let of_part = |part| {
            let found = rows.iter().filter(|(_, found)| *found == part);
            found.map(|(tenant, _)| *tenant).max()
        };
        if let Some(last) = of_part(AGAIN).or_else(|| of_part(TURN)) {
            self.last.store(last, Ordering::Relaxed);
        }
    }
}

/// The rows `chosen` by a claim that may be crowded: of at most `$2` that are due at `$1`, each with its
/// part; where it is crowded at most `$3` of each tenant after tenant `$4`. An index answers each part
/// in its order.
///
/// `$2` is at most `limit`, which stands as a number around each part, rounded so that statements stay
/// few: a limit that the planner cannot read it takes for a tenth of the table, and of a table with a
/// long backlog it would compile the whole plan first (`jit_above_cost`), a tenth of a second each time.
pub(crate) fn chosen(
    crowded: bool,
    limit: usize,
    table: &str,
    key: &str,
    columns: &str,
    due: &str,
    order: &str,
) -> String {
    let lock = "FOR NO KEY UPDATE SKIP LOCKED";
    let bound = limit.next_power_of_two();
    if !crowded {
        return format!(
            "chosen AS MATERIALIZED (SELECT * FROM (
                SELECT tenant, {columns}, 2 AS part FROM @.{table}
                WHERE {due} AND $3::bigint > 0 AND $4::int >= 0 ORDER BY {order} LIMIT $2 {lock}
            ) AS c LIMIT {bound})"
        );
    }
    let of_tenants = |which: &str| {
        format!(
            "SELECT taken.* FROM (SELECT id FROM @.tenants WHERE {which} ORDER BY id) AS turn
             CROSS JOIN LATERAL (
                 SELECT tenant, {columns} FROM @.{table} WHERE tenant = turn.id AND {due}
                 ORDER BY tenant, {order} LIMIT $3 {lock}) AS taken"
        )
    };
    let (turn, again) = (of_tenants("id > $4"), of_tenants("id <= $4"));
    format!(
        "turn AS MATERIALIZED (SELECT * FROM (
            SELECT *, {TURN} AS part FROM ({turn}) AS t LIMIT $2) AS c LIMIT {bound}),
        again AS MATERIALIZED (SELECT * FROM (
            SELECT *, {AGAIN} AS part FROM ({again}) AS t LIMIT $2 - (SELECT count(*) FROM turn)
        ) AS c LIMIT {bound}),
        given AS MATERIALIZED (SELECT * FROM turn UNION ALL SELECT * FROM again),
        rest AS MATERIALIZED (SELECT * FROM (
            SELECT tenant, {columns}, 2 AS part FROM @.{table}
            WHERE {due} AND ({key}) NOT IN (SELECT {key} FROM given)
            ORDER BY {order} LIMIT $2 - (SELECT count(*) FROM given) {lock}) AS c LIMIT {bound}),
        chosen AS (SELECT * FROM (SELECT * FROM given UNION ALL SELECT * FROM rest) AS c LIMIT {bound})"
    )
}
