//! Whose turn it is: a tenant with much to do does not hold up the others.

use aspa_store::Error;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::claim::limit;
use crate::fault::During;

/// How many entries of the inbox a tenant has in one turn.
const ENTRIES: i64 = 32;
/// The most effects or tickets that a claim takes of one tenant before it is the next one's turn.
const MOST_AT_A_TIME: usize = 128;
/// Below the turn stands a number of so many bits.
const BITS: u32 = 24;

/// The turn of an entry.
pub(crate) fn of(number: i64) -> i64 {
    number >> BITS
}

/// Gives numbers to what a tenant's inbox gets. What it gets while nothing of it waits comes right
/// after the turn that was claimed last; each [`ENTRIES`] later ones come a turn later. So of each other
/// tenant at most what is left of that turn and all of the next stands before it: 2 x 32 entries.
#[derive(Debug)]
pub(crate) struct Numbers {
    /// The last number that was drawn for any tenant.
    drawn: i64,
    /// The last one that this tenant was given.
    last: i64,
    /// How many it has of its turn.
    filled: i64,
}

impl Numbers {
    pub(crate) fn load(connection: &Connection, tenant: i64) -> Result<Self, rusqlite::Error> {
        let (drawn, claimed): (i64, i64) = connection
            .prepare_cached("SELECT last, filled FROM tenants WHERE id = 0")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (last, filled) = connection
            .prepare_cached("SELECT last, filled FROM tenants WHERE id = ?1")?
            .query_row([tenant], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let is_over = of(last) <= claimed;
        Ok(Self {
            drawn,
            last: if is_over { claimed << BITS } else { last },
            filled: if is_over { ENTRIES } else { filled },
        })
    }

    /// The next number; larger than those before it.
    pub(crate) fn next(&mut self) -> i64 {
        self.drawn += 1;
        let below = self.drawn & ((1 << BITS) - 1);
        let mut number = of(self.last) << BITS | below;
        if self.filled >= ENTRIES || number <= self.last {
            number = (of(self.last) + 1) << BITS | below;
            self.filled = 0;
        }
        self.filled += 1;
        self.last = number;
        number
    }

    /// Writes down what was given, and by how many more entries wait.
    pub(crate) fn store(
        &self,
        connection: &Connection,
        tenant: i64,
        more: i64,
    ) -> Result<(), rusqlite::Error> {
        connection
            .prepare_cached("UPDATE tenants SET last = ?1 WHERE id = 0")?
            .execute([self.drawn])?;
        connection
            .prepare_cached(
                "UPDATE tenants SET backlog = backlog + ?2, last = ?3, filled = ?4 WHERE id = ?1",
            )?
            .execute([tenant, more, self.last, self.filled])
            .map(drop)
    }
}

/// Notes that this number was claimed.
pub(crate) fn claimed(tx: &Transaction<'_>, number: i64) -> Result<(), rusqlite::Error> {
    tx.prepare_cached("UPDATE tenants SET filled = ?1 WHERE id = 0 AND filled < ?1")?
        .execute([of(number)])
        .map(drop)
}

/// Rows that are due at some time: three questions, each of which an index answers.
pub(crate) struct Due {
    /// The first ?2 at ?1, of all tenants.
    pub(crate) soonest: &'static str,
    /// The first tenant after ?2, and not after ?3, that has some at ?1.
    pub(crate) tenant: &'static str,
    /// The first ?3 at ?1 of tenant ?2.
    pub(crate) of_tenant: &'static str,
}

impl Due {
    /// The rows to be taken: all that are due where these are not more than is asked for; else of
    /// tenants in turn, beginning after the `last` one that was served.
    pub(crate) fn take(
        &self,
        tx: &Transaction<'_>,
        operation: &'static str,
        now: i64,
        count: usize,
        last: &mut i64,
    ) -> Result<Vec<i64>, Error> {
        self.choose(tx, now, count, last).during(operation)
    }

    fn choose(
        &self,
        tx: &Transaction<'_>,
        now: i64,
        count: usize,
        last: &mut i64,
    ) -> Result<Vec<i64>, rusqlite::Error> {
        let soonest: Vec<i64> = tx
            .prepare_cached(self.soonest)?
            .query_map([now, limit(count)], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        if soonest.len() < count || count == 0 {
            return Ok(soonest);
        }
        let mut tenants = tx.prepare_cached(self.tenant)?;
        let mut of_tenant = tx.prepare_cached(self.of_tenant)?;
        let most = (count / 4).clamp(1, MOST_AT_A_TIME);
        let (mut chosen, began) = (Vec::with_capacity(count), *last);
        for (mut after, end) in [(began, i64::MAX), (0, began)] {
            while chosen.len() < count {
                let next = tenants.query_row([now, after, end], |row| row.get(0));
                let Some(tenant) = next.optional()? else {
                    break;
                };
                let some = limit(most.min(count - chosen.len()));
                for row in of_tenant.query_map(params![now, tenant, some], |row| row.get(0))? {
                    chosen.push(row?);
                }
                (after, *last) = (tenant, tenant);
            }
        }
        let rest: Vec<i64> = soonest
            .into_iter()
            .filter(|row| !chosen.contains(row))
            .take(count - chosen.len())
            .collect();
        chosen.extend(rest);
        Ok(chosen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_grow_and_turns_are_filled() {
        let mut numbers = Numbers {
            drawn: (1 << BITS) - 40,
            last: 5 << BITS,
            filled: ENTRIES,
        };
        let given: Vec<i64> = (0..100).map(|_| numbers.next()).collect();
        assert!(given.is_sorted_by(|a, b| a < b), "{given:?}");
        let turns: Vec<i64> = given.iter().map(|number| of(*number)).collect();
        assert_eq!((turns[0], turns[31], turns[32]), (6, 6, 7));
        assert!(turns.is_sorted_by(|a, b| b - a <= 1), "{turns:?}");
        // One turn more where the lower number began again.
        assert_eq!((turns[38], turns[39], turns[70], turns[71]), (7, 8, 8, 9));
    }
}
