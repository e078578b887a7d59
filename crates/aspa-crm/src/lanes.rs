use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Cursor, Error, ErrorKind, Page};

/// Where several tables of one system are.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lanes {
    /// Which is being read; those before it are at their ends.
    at: usize,
    cursors: BTreeMap<String, Cursor>,
}

/// Reads several tables as one feed, one after the other, each with its own cursor: for systems that
/// keep people, companies and handles apart. `page` reads a page of the table with that name.
///
/// Tables without anything new are passed over, so that a page is empty only where nothing is new in any
/// of them.
///
/// # Errors
///
/// Those of `page`; `CursorExpired` where the cursor is of something else.
pub async fn lanes<F: Future<Output = Result<Page, Error>>>(
    cursor: Option<&Cursor>,
    names: &[&str],
    mut page: impl FnMut(usize, Option<Cursor>) -> F,
) -> Result<Page, Error> {
    let expired = || Error::new(ErrorKind::CursorExpired, "changes");
    let mut lanes = match cursor {
        Some(cursor) => serde_json::from_str(cursor.as_str()).map_err(|_| expired())?,
        None => Lanes::default(),
    };
    if lanes.at >= names.len() {
        return Err(expired());
    }
    loop {
        let name = names[lanes.at];
        let mut read = page(lanes.at, lanes.cursors.get(name).cloned()).await?;
        lanes.cursors.insert(name.to_owned(), read.next);
        let last = lanes.at + 1 == names.len();
        if read.done {
            lanes.at = if last { 0 } else { lanes.at + 1 };
        }
        let over = read.done && last;
        if over || !read.changes.is_empty() || !read.done {
            let text = serde_json::to_string(&lanes).unwrap_or_default();
            (read.next, read.done) = (Cursor::new(text), over);
            // A count of one table says nothing of all.
            read.total = read.total.filter(|_| names.len() == 1);
            return Ok(read);
        }
    }
}
