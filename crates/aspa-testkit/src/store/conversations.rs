//! Conversations, read from their end.

use aspa_channel::{Provenance, Via};
use aspa_store::{Changes, MessagePlace, MessageRecord, Purge, TenantStore, Versioned};
use chrono::TimeDelta;

use super::lists::write;
use super::rows::{at, conversation, message, name, record};
use super::stage::{Stage, done, ends, same};
use crate::case::Checked;

const ORDER: &str = "a conversation is read from its beginning, or messages of one time are told apart by less than their keys";
const PLACES: &str = "a page goes on after so many messages, and not before the place of one";
const APART: &str = "a conversation is compared by its id alone";

/// Written then by our clock, and then by the source's.
fn written(id: &str, received: i64, source: Option<i64>) -> MessageRecord {
    let mut record = record(id, "talk");
    if let Some(message) = &mut record.message {
        message.times.vouched = false;
        message.times.received = Some(at(received) + TimeDelta::nanoseconds(1));
        message.times.source = source.map(at);
    }
    record
}

/// In the order in which they stand, which no column they are written in shows: of one time, by the
/// source's clock and then by key, parts as numbers.
fn talk() -> Vec<MessageRecord> {
    let mut unknown = written("z", 0, None);
    if let Some(message) = &mut unknown.message {
        message.times.received = None;
    }
    let mut rows = vec![unknown, written("y", -90, None), written("m", 1, None)];
    rows.push(written("n", 1, Some(-8)));
    rows.extend(["10", "9", "Z", "a", "ä"].map(|id| written(id, 1, Some(-7))));
    for part in [2, 10] {
        let mut row = written("x", 2, None);
        row.key = row.key.part(part);
        rows.push(row);
    }
    rows.push(written("b", 3, Some(-9)));
    rows
}

async fn page(
    of: &dyn TenantStore,
    before: Option<&MessagePlace>,
    limit: usize,
) -> Checked<Vec<MessageRecord>> {
    let page = of.conversation(&conversation("talk"), before, limit).await;
    done("a page of a conversation", page)
}

/// What pages of this size come to, oldest first.
async fn backwards(of: &dyn TenantStore, size: usize) -> Checked<Vec<MessageRecord>> {
    let (mut read, mut before) = (Vec::new(), None);
    loop {
        let mut page = page(of, before.as_ref(), size).await?;
        same(
            "no more than asked for",
            &true,
            &(page.len() <= size),
            ORDER,
        )?;
        let Some(first) = page.first() else {
            return Ok(read);
        };
        before = first.place();
        page.append(&mut read);
        read = page;
        ends("a conversation", 40, read.len())?;
    }
}

/// S8: a conversation is read from its end, in pages of any size, whatever it was written in.
pub(super) async fn from_the_end(stage: Stage) -> Checked {
    let rows = talk();
    let mut shuffled = rows.clone();
    shuffled.rotate_left(5);
    shuffled.swap(0, 3);
    let mut bare = record("c", "talk");
    bare.message = None;
    shuffled.extend([bare, record("d", "another")]);
    stage.commit(write(shuffled, |c| &mut c.messages)).await?;
    let of = &*stage.tenant;
    for size in [1, 2, 3, 5, 100] {
        let read = backwards(of, size).await?;
        same(&format!("pages of {size}"), &rows, &read, ORDER)?;
    }
    let newest = rows.get(rows.len() - 4..).unwrap_or_default().to_vec();
    same("the newest 4", &newest, &page(of, None, 4).await?, ORDER)?;
    same("a page of 0", &Vec::new(), &page(of, None, 0).await?, ORDER)?;
    let mut elsewhere = conversation("talk");
    elsewhere.account = name("branch");
    let none = done("elsewhere", of.conversation(&elsewhere, None, 9).await)?;
    same("the same of another account", &Vec::new(), &none, APART)?;
    // Another account of ours sees the same conversation.
    let mut theirs = written("b", 2, None);
    theirs.key.account = name("branch");
    if let Some(message) = &mut theirs.message {
        message.conversation = elsewhere.clone();
    }
    let changes = write([theirs.clone()], |c| &mut c.messages);
    stage.commit(changes).await?;
    let found = done("elsewhere", of.conversation(&elsewhere, None, 9).await)?;
    same("what the other account sees", &vec![theirs], &found, APART)?;
    same(
        "what this one sees",
        &rows,
        &page(of, None, 99).await?,
        APART,
    )?;
    let others = page(&*stage.other, None, 9).await?;
    same("of another tenant", &Vec::new(), &others, APART)
}

/// S8: whoever reads back in a conversation misses nothing and sees nothing twice while it goes on.
pub(super) async fn goes_on(stage: Stage) -> Checked {
    let rows = talk();
    stage
        .commit(write(rows.clone(), |c| &mut c.messages))
        .await?;
    let of = &*stage.tenant;
    let newest = page(of, None, 3).await?;
    let place = newest.first().and_then(MessageRecord::place);
    // Two come at the end, one among those that were read, and one of these goes.
    let mut changes = write(
        [
            written("e", 9, None),
            written("f", 9, None),
            written("b2", 3, Some(-10)),
        ],
        |c| &mut c.messages,
    );
    let gone = newest.first().map(|record| record.key.clone());
    changes.purged.extend(gone.map(|key| {
        Purge::Message(Versioned {
            value: key,
            version: 1,
        })
    }));
    stage.commit(changes).await?;
    let earlier = rows.get(rows.len() - 7..rows.len() - 3);
    let read = page(of, place.as_ref(), 4).await?;
    same(
        "the page before",
        &earlier.unwrap_or_default().to_vec(),
        &read,
        PLACES,
    )?;
    let all = page(of, None, 99).await?;
    same("how many there are", &(rows.len() + 2), &all.len(), PLACES)
}

/// S8: an edit leaves a message where it is; one that moves to another conversation is in that alone.
pub(super) async fn stays(stage: Stage) -> Checked {
    const CAUSE: &str = "what stands beside a row is not written with it";
    let mut rows = talk();
    stage
        .commit(write(rows.clone(), |c| &mut c.messages))
        .await?;
    let mut changes = Changes::default();
    if let Some(row) = rows.get_mut(2) {
        let mut edit = message("m", "talk");
        edit.revision = 1;
        edit.times.received = Some(at(60));
        edit.times.vouched = false;
        row.write(edit, &Provenance::new(Via::Poll));
        changes.messages.push(Versioned {
            value: row.clone(),
            version: 1,
        });
    }
    let mut moved = rows.pop();
    if let Some(row) = &mut moved {
        if let Some(message) = &mut row.message {
            message.conversation = conversation("another");
        }
        changes.messages.push(Versioned {
            value: row.clone(),
            version: 1,
        });
    }
    stage.commit(changes).await?;
    let read = backwards(&*stage.tenant, 3).await?;
    same("with a message edited and one moved", &rows, &read, CAUSE)?;
    let another = conversation("another");
    let other = stage.tenant.conversation(&another, None, 9).await;
    let other = done("another conversation", other)?;
    same("where it moved to", &Vec::from_iter(moved), &other, CAUSE)
}
