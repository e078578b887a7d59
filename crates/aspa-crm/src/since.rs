use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{Change, Cursor, Error, ErrorKind, Page};

/// A cursor into rows that bear the time of their last change: for connectors whose system has nothing
/// better. It loses nothing, whatever ties, late commits and edits during a reading do.
///
/// Rows are asked for by (time, id), so that a page border between rows of one instant loses none. A
/// reading ends where a page is not full. The next one begins where the *server's* clock was when this
/// one began, less an overlap that is longer than any transaction takes: a row that was stamped before
/// and committed after is within it. (Airbyte's look-back for Salesforce is 600 s, November 2026; a
/// stamp from the future moves nothing, since the largest stamp is never taken for the time.)
///
/// ```
/// use aspa_crm::Since;
/// use chrono::{DateTime, TimeDelta};
///
/// let server_now: DateTime<_> = "2026-11-22T12:00:00Z".parse()?;
/// let since = Since::read(None)?;
/// assert_eq!(since.window(TimeDelta::seconds(600)).at_or_after, None);
/// // … rows came, the last of them changed at `stamp`, and the page was not full:
/// let stamp = "2026-11-22T11:00:00Z".parse()?;
/// let (next, done) = since.took(Some((stamp, "17".into())), false, server_now);
/// assert!(done);
/// let window = Since::read(Some(&next))?.window(TimeDelta::seconds(600));
/// assert_eq!(window.at_or_after, Some("2026-11-22T11:50:00Z".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Since {
    /// What was there before this was read; none: nothing yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<DateTime<Utc>>,
    /// The reading under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    walk: Option<Walk>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Walk {
    /// The server's time when it began.
    began: DateTime<Utc>,
    /// The last row read.
    after: (DateTime<Utc>, String),
}

/// Which rows to ask for, in the order of (time of change, id).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Window {
    /// Those changed then or later; none: all.
    pub at_or_after: Option<DateTime<Utc>>,
    /// Those later than this time, or of this time with a greater id. Holds instead of `at_or_after`.
    pub after: Option<(DateTime<Utc>, String)>,
}

impl Window {
    /// The time and id after which rows are wanted, for systems that ask so in both cases: no id is less than
    /// an empty one. None: all rows.
    #[must_use]
    pub fn begin(self) -> Option<(DateTime<Utc>, String)> {
        let from = self.at_or_after.map(|at| (at, String::new()));
        self.after.or(from)
    }
}

impl Since {
    /// Reads what [`took`](Self::took) wrote; none: from the start.
    ///
    /// # Errors
    ///
    /// `CursorExpired` where it is something else.
    pub fn read(cursor: Option<&Cursor>) -> Result<Self, Error> {
        let Some(cursor) = cursor else {
            return Ok(Self::default());
        };
        serde_json::from_str(cursor.as_str())
            .map_err(|_| Error::new(ErrorKind::CursorExpired, "changes"))
    }

    /// Which rows come next.
    #[must_use]
    pub fn window(&self, overlap: TimeDelta) -> Window {
        let from = self.from.map(|from| {
            let early = from.checked_sub_signed(overlap);
            early.unwrap_or(DateTime::<Utc>::MIN_UTC)
        });
        Window {
            at_or_after: from,
            after: self.walk.as_ref().map(|walk| walk.after.clone()),
        }
    }

    /// The page of these rows, which are in the order of the window: what they mean, and where to go on.
    /// `stamp` gives the time and id of a row; the rest is as in [`took`](Self::took).
    ///
    /// # Errors
    ///
    /// `Protocol` where the last row has no time or id: going on without them would lose rows.
    pub fn page<T>(
        self,
        rows: &[T],
        stamp: impl FnOnce(&T) -> Option<(DateTime<Utc>, String)>,
        changes: Vec<Change>,
        full: bool,
        server_now: DateTime<Utc>,
    ) -> Result<Page, Error> {
        let last = rows.last().map(stamp);
        if let Some(None) = last {
            return Err(Error::new(ErrorKind::Protocol, "changes"));
        }
        let (next, done) = self.took(last.flatten(), full, server_now);
        Ok(Page::new(changes, next, done))
    }

    /// Where to go on after these rows, and whether there is nothing more for now: `last` is the time
    /// and id of the last of them, `full` whether there were as many as asked for, `server_now` the time
    /// of the server when it answered.
    #[must_use]
    pub fn took(
        self,
        last: Option<(DateTime<Utc>, String)>,
        full: bool,
        server_now: DateTime<Utc>,
    ) -> (Cursor, bool) {
        let began = self.walk.as_ref().map_or(server_now, |walk| walk.began);
        let next = match last.filter(|_| full) {
            Some(after) => Self {
                from: self.from,
                walk: Some(Walk { began, after }),
            },
            None => Self {
                // A server whose clock was set back is read from there again.
                from: Some(began),
                walk: None,
            },
        };
        let done = next.walk.is_none();
        let text = serde_json::to_string(&next).unwrap_or_default();
        (Cursor::new(text), done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_a_time_ends_no_reading() {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let page = |rows: &[Option<DateTime<Utc>>]| {
            let stamp = |row: &Option<_>| row.map(|at| (at, "7".to_owned()));
            Since::default().page(rows, stamp, Vec::new(), true, now)
        };
        assert!(page(&[None, Some(now)]).is_ok_and(|page| !page.done));
        assert!(page(&[]).is_ok_and(|page| page.done));
        assert!(page(&[Some(now), None]).is_err());
    }
}
