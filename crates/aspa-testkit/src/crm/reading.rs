//! K1 to K7: capabilities and changes.

use aspa_crm::{Change, Cursor, ErrorKind, Field};
use aspa_types::CustomerId;
use chrono::TimeDelta;

use super::stage::{Rows, Stage, apply, ok};
use crate::case::{Checked, fault, skip};

/// Longer than any overlap.
const LONG: TimeDelta = TimeDelta::hours(2);

pub(super) async fn steady(s: &Stage) -> Checked {
    let first = s.crm().capabilities().into_owned();
    s.make(1).await;
    ok(s.crm().changes(None, 10).await, "a page")?;
    match *s.crm().capabilities() == first {
        true => Ok(()),
        false => fault(
            "the same",
            "others",
            "capabilities that depend on what was read",
        ),
    }
}

pub(super) async fn plain_data(s: &Stage) -> Checked {
    let first = s.crm().capabilities().into_owned();
    let json = serde_json::to_string(&first).unwrap_or_default();
    let same =
        serde_json::from_str(&json).is_ok_and(|again: aspa_crm::Capabilities| again == first);
    match same {
        true => Ok(()),
        false => fault(
            "the same out of JSON",
            "others",
            "an entry of `extra` with a known name",
        ),
    }
}

fn numbered(ids: &[CustomerId]) -> Vec<(CustomerId, String)> {
    let each = ids.iter().enumerate();
    each.map(|(number, id)| (id.clone(), format!("V{number}")))
        .collect()
}

pub(super) async fn everything(s: &Stage) -> Checked {
    let ids = s.make(23).await;
    for limit in [1, 5, 1000] {
        let (rows, _) = s.everything(limit).await?;
        s.hold(&rows, &numbered(&ids))?;
    }
    Ok(())
}

pub(super) async fn of_nothing(s: &Stage) -> Checked {
    let page = ok(s.crm().changes(None, 10).await, "a page")?;
    match page.done && page.changes.is_empty() {
        true => Ok(()),
        false => fault(
            "an empty page, done",
            format!("{} changes", page.changes.len()),
            "no end",
        ),
    }
}

/// A name of 255 characters.
fn long() -> String {
    "Ä".repeat(255)
}

pub(super) async fn as_written(s: &Stage) -> Checked {
    let long = long();
    let values = [
        "Äijä O'Neill \"quoted\"",
        "محمد علي",
        "שלום, עולם",
        "🦜 emoji 👩‍👩‍👧‍👦",
        "line\\with\\slashes; and, signs: {}[]%$#",
        "<b>no markup</b> &amp;",
        long.as_str(),
    ];
    for value in values {
        let id = s.one().await;
        s.edit(&id, value).await?;
        let (rows, _) = s.everything(100).await?;
        let row = rows.get(&id).and_then(Option::as_ref);
        let came = row.map(|row| row.values(&s.fixture.field));
        let whole = came.as_ref().is_some_and(|values| values.contains(&value));
        // Some systems keep less; then nothing of it is there, never a part.
        let part = came.is_some_and(|values| values.iter().any(|part| value.starts_with(part)));
        if !whole && part {
            return fault(
                "the value whole",
                "a part of it",
                "a limit that cuts in silence",
            );
        }
        if !whole && value.len() < 100 {
            return fault(
                "the value as it was written",
                "another",
                "an encoding, or an escape",
            );
        }
    }
    Ok(())
}

pub(super) async fn every_cursor(s: &Stage) -> Checked {
    let ids = s.make(9).await;
    let mut before = Rows::new();
    let mut cursor = None;
    for _ in 0..50 {
        let page = ok(s.crm().changes(cursor.as_ref(), 2).await, "a page")?;
        apply(&mut before, page.changes);
        let mut rest = before.clone();
        s.walk(Some(page.next.clone()), 4, &mut rest).await?;
        s.hold(&rest, &numbered(&ids))?;
        cursor = Some(page.next);
        if page.done {
            return Ok(());
        }
    }
    fault(
        "an end of 9 records by 2",
        "none in 50 pages",
        "a cursor that goes round in circles",
    )
}

pub(super) async fn ties(s: &Stage) -> Checked {
    // Where the clock is the test's, all are of one instant.
    let ids = s.make(13).await;
    for limit in 1..6 {
        let (rows, _) = s.everything(limit).await?;
        s.hold(&rows, &numbered(&ids))?;
    }
    let (_, cursor) = s.everything(100).await?;
    s.fixture.far.pass(LONG).await;
    for (number, id) in ids.iter().enumerate() {
        s.edit(id, &format!("W{number}")).await?;
    }
    for limit in 1..6 {
        let mut rows = Rows::new();
        s.walk(Some(cursor.clone()), limit, &mut rows).await?;
        let each = ids.iter().enumerate();
        let wanted: Vec<_> = each.map(|(n, id)| (id.clone(), format!("W{n}"))).collect();
        s.hold(&rows, &wanted)?;
    }
    Ok(())
}

pub(super) async fn edited_during_a_walk(s: &Stage) -> Checked {
    let ids = s.make(10).await;
    let (mut rows, mut cursor) = (Rows::new(), None::<Cursor>);
    let mut wanted = numbered(&ids);
    for round in 0..40 {
        let page = ok(s.crm().changes(cursor.as_ref(), 2).await, "a page")?;
        apply(&mut rows, page.changes);
        cursor = Some(page.next);
        if round < 5 {
            s.fixture.far.pass(TimeDelta::milliseconds(5)).await;
            for place in [0, 5, 9 - round] {
                wanted[place].1 = format!("E{round}");
                s.edit(&ids[place], &wanted[place].1).await?;
            }
        } else if page.done {
            break;
        }
    }
    s.walk(cursor, 3, &mut rows).await?;
    s.hold(&rows, &wanted)
}

pub(super) async fn made_during_a_walk(s: &Stage) -> Checked {
    let mut ids = s.make(6).await;
    let page = ok(s.crm().changes(None, 2).await, "a page")?;
    let mut rows = Rows::new();
    apply(&mut rows, page.changes);
    s.fixture.far.pass(TimeDelta::milliseconds(5)).await;
    let more = s.make(3).await;
    let mut wanted = numbered(&ids);
    wanted.extend(numbered(&more));
    ids.extend(more);
    let end = s.walk(Some(page.next), 2, &mut rows).await?;
    s.walk(Some(end), 2, &mut rows).await?;
    s.hold(&rows, &wanted)
}

pub(super) async fn outlives(s: &Stage) -> Checked {
    let ids = s.make(7).await;
    let page = ok(s.crm().changes(None, 3).await, "a page")?;
    let mut rows = Rows::new();
    apply(&mut rows, page.changes);
    let other = s.again()?;
    let mut cursor = page.next;
    for _ in 0..50 {
        let page = ok(
            other.changes(Some(&cursor), 3).await,
            "a page of another process",
        )?;
        apply(&mut rows, page.changes);
        cursor = page.next;
        if page.done {
            break;
        }
    }
    s.hold(&rows, &numbered(&ids))
}

async fn is_expired(s: &Stage, cursor: &Cursor, what: &str) -> Checked {
    match s.crm().changes(Some(cursor), 10).await {
        Err(error) if *error.kind() == ErrorKind::CursorExpired => Ok(()),
        Err(error) => fault(
            format!("CursorExpired of {what}"),
            error.to_string(),
            "the system's own code for it is not in the table",
        ),
        Ok(page) => fault(
            format!("CursorExpired of {what}"),
            format!("a page of {}", page.changes.len()),
            "it begins again from the start without a word, so that deletes are missed",
        ),
    }
}

pub(super) async fn expired(s: &Stage) -> Checked {
    s.make(3).await;
    let (_, cursor) = s.everything(2).await?;
    match s.fixture.far.expire_cursors().await {
        true => is_expired(s, &cursor, "an old cursor").await,
        false => skip("cursors never expire there"),
    }
}

pub(super) async fn no_cursor(s: &Stage) -> Checked {
    s.make(1).await;
    for text in ["", "nonsense", "{\"from\":1}", "0 {", "💥", "[[[[[["] {
        is_expired(s, &Cursor::new(text), "what is none").await?;
    }
    Ok(())
}

pub(super) async fn late(s: &Stage) -> Checked {
    let first = s.one().await;
    let (mut rows, cursor) = s.everything(10).await?;
    let values = [(Field::LastName, "Late"), (s.fixture.field.clone(), "V1")];
    let late = TimeDelta::seconds(240);
    let Some(second) = s.fixture.far.make_late(&values, late).await else {
        return skip("nobody commits late there");
    };
    // Others commit meanwhile and are read.
    s.fixture.far.pass(TimeDelta::seconds(120)).await;
    s.edit(&first, "now").await?;
    let cursor = s.walk(Some(cursor), 10, &mut rows).await?;
    s.fixture.far.pass(TimeDelta::seconds(130)).await;
    s.walk(Some(cursor), 10, &mut rows).await?;
    s.hold(
        &rows,
        &[(first, "now".to_owned()), (second, "V1".to_owned())],
    )
}

pub(super) async fn late_in_a_walk(s: &Stage) -> Checked {
    let ids = s.make(6).await;
    let mut rows = Rows::new();
    let page = ok(s.crm().changes(None, 1).await, "a page")?;
    apply(&mut rows, page.changes);
    let values = [(Field::LastName, "Late"), (s.fixture.field.clone(), "V6")];
    let late = TimeDelta::seconds(200);
    let Some(second) = s.fixture.far.make_late(&values, late).await else {
        return skip("nobody commits late there");
    };
    // The walk takes an hour, and passes the place of what is not committed yet.
    let mut cursor = page.next;
    for round in 0..40 {
        s.fixture.far.pass(TimeDelta::seconds(90)).await;
        if round < 8 {
            s.edit(&ids[round % 6], &format!("V{}", round % 6)).await?;
        }
        let page = ok(s.crm().changes(Some(&cursor), 1).await, "a page")?;
        apply(&mut rows, page.changes);
        cursor = page.next;
        if page.done && round > 8 {
            break;
        }
    }
    s.walk(Some(cursor), 5, &mut rows).await?;
    let mut wanted = numbered(&ids);
    wanted.push((second, "V6".to_owned()));
    s.hold(&rows, &wanted)
}

pub(super) async fn same_cursor(s: &Stage) -> Checked {
    s.make(5).await;
    let page = ok(s.crm().changes(None, 2).await, "a page")?;
    let mut counts = Vec::new();
    for _ in 0..3 {
        let mut rows = Rows::new();
        s.walk(Some(page.next.clone()), 2, &mut rows).await?;
        counts.push(rows.len());
    }
    match counts.windows(2).all(|pair| pair[0] <= pair[1]) {
        true => Ok(()),
        false => fault(
            "no less each time",
            format!("{counts:?}"),
            "a cursor that is used up",
        ),
    }
}

pub(super) async fn last_counts(s: &Stage) -> Checked {
    let id = s.one().await;
    let (_, cursor) = s.everything(10).await?;
    for value in ["a", "b", "c"] {
        s.edit(&id, value).await?;
        s.fixture.far.pass(TimeDelta::milliseconds(5)).await;
    }
    let mut rows = Rows::new();
    s.walk(Some(cursor), 10, &mut rows).await?;
    s.hold(&rows, &[(id, "c".to_owned())])
}

pub(super) async fn nothing_new(s: &Stage) -> Checked {
    s.make(3).await;
    let (_, mut cursor) = s.everything(10).await?;
    // What an overlap brings again is over.
    s.fixture.far.pass(LONG).await;
    cursor = s.walk(Some(cursor), 10, &mut Rows::new()).await?;
    s.fixture.far.pass(LONG).await;
    for _ in 0..3 {
        let page = ok(s.crm().changes(Some(&cursor), 10).await, "a page")?;
        if !page.done {
            return fault(
                "a page that is done",
                "one that is not",
                "a loop without an end",
            );
        }
        cursor = page.next;
    }
    Ok(())
}

pub(super) async fn after_nothing(s: &Stage) -> Checked {
    let id = s.one().await;
    let (mut rows, mut cursor) = s.everything(10).await?;
    for _ in 0..3 {
        s.fixture.far.pass(LONG).await;
        cursor = s.walk(Some(cursor), 10, &mut rows).await?;
    }
    s.edit(&id, "after").await?;
    s.walk(Some(cursor), 10, &mut rows).await?;
    s.hold(&rows, &[(id, "after".to_owned())])
}

pub(super) async fn bounded(s: &Stage) -> Checked {
    s.make(8).await;
    let most = s.crm().capabilities().max_page.unwrap_or(usize::MAX);
    for limit in [0, 1, 3, usize::MAX] {
        let page = ok(s.crm().changes(None, limit).await, "a page")?;
        let allowed = limit.max(1).min(most);
        if page.changes.len() > allowed {
            let came = page.changes.len();
            return fault(
                format!("{allowed} at most"),
                format!("{came}"),
                "a limit not sent on",
            );
        }
        if page.changes.is_empty() {
            return fault("changes", "none", "a limit of 0 that is sent on as it is");
        }
    }
    Ok(())
}

pub(super) async fn deleted(s: &Stage) -> Checked {
    let ids = s.make(4).await;
    let (mut rows, cursor) = s.everything(10).await?;
    if !s.fixture.far.delete(&ids[1]).await {
        return skip("nobody deletes there");
    }
    s.fixture.far.pass(TimeDelta::milliseconds(5)).await;
    if s.crm().capabilities().deletes == aspa_crm::Deletes::ScanOnly {
        rows = s.everything(2).await?.0;
    } else {
        s.walk(Some(cursor), 2, &mut rows).await?;
    }
    let mut wanted = numbered(&ids);
    wanted.remove(1);
    s.hold(&rows, &wanted)
}

pub(super) async fn merged(s: &Stage) -> Checked {
    let ids = s.make(3).await;
    let (_, cursor) = s.everything(10).await?;
    if !s.crm().capabilities().merges {
        return skip("mergers are not told");
    }
    if !s.fixture.far.merge(&ids[0], &ids[1]).await {
        return skip("nobody merges there");
    }
    let mut cursor = cursor;
    for _ in 0..20 {
        let page = ok(s.crm().changes(Some(&cursor), 5).await, "a page")?;
        let told = |change: &Change| matches!(change, Change::Merged { old, into } if *old == ids[0] && *into == ids[1]);
        if page.changes.iter().any(told) {
            return Ok(());
        }
        if page.done {
            break;
        }
        cursor = page.next;
    }
    fault(
        "`Merged` with both",
        "none",
        "the pointer to the winner is not read",
    )
}

pub(super) async fn made_again(s: &Stage) -> Checked {
    let id = s.one().await;
    let (mut rows, cursor) = s.everything(10).await?;
    if !s.fixture.far.delete(&id).await {
        return skip("nobody deletes there");
    }
    let values = [(Field::LastName, "Again"), (s.fixture.field.clone(), "V0")];
    if !s.fixture.far.make_again(&id, &values).await {
        return skip("an id is never used again there");
    }
    s.walk(Some(cursor), 10, &mut rows).await?;
    s.hold(&rows, &[(id, "V0".to_owned())])
}
