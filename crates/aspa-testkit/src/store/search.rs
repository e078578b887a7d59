use std::sync::Arc;

use aspa_channel::{Part, Visibility};
use aspa_store::{
    Changes, MessageRecord, Note, Search, Shown, TenantStore, TicketQuery, TicketRow, TicketSort,
    Versioned,
};
use aspa_ticket::{Actor, EventKind};

use super::rows::{about, at, conversation, message, name, record, ticket, ticket_event};
use super::stage::{Stage, done, ends, same};
use crate::case::Checked;

/// A message that says this.
fn written(id: &str, text: &str) -> MessageRecord {
    let mut record = record(id, "t-1");
    let mut message = message(id, "t-1");
    message.parts = vec![Part::text(text)];
    record.message = Some(message);
    record
}

/// A ticket with these messages.
fn with(id: &str, messages: &[&str]) -> TicketRow {
    let mut row = ticket(id);
    for (second, message) in messages.iter().enumerate() {
        let second = i64::try_from(second).unwrap_or_default();
        row.ticket.apply(&ticket_event(second, message));
    }
    row
}

fn put(
    tickets: impl IntoIterator<Item = TicketRow>,
    messages: impl IntoIterator<Item = MessageRecord>,
) -> Changes {
    let mut changes = Changes::default();
    changes
        .tickets
        .extend(tickets.into_iter().map(Versioned::new));
    changes
        .messages
        .extend(messages.into_iter().map(Versioned::new));
    changes
}

fn asking(words: &str) -> TicketQuery {
    let mut query = TicketQuery::default();
    query.text = words.parse::<Search>().ok();
    query
}

/// The conversations of the tickets that are found, in order.
async fn found(tenant: &Arc<dyn TenantStore>, query: &TicketQuery) -> Checked<Vec<String>> {
    let rows = done("tickets", tenant.tickets(query).await)?;
    let mut ids: Vec<String> = rows
        .iter()
        .map(|row| row.ticket.key.conversation.id.to_string())
        .collect();
    ids.sort();
    Ok(ids)
}

async fn finds(stage: &Stage, words: &str, expected: &[&str], cause: &'static str) -> Checked {
    let expected: Vec<String> = expected.iter().map(|id| (*id).to_owned()).collect();
    let came = found(&stage.tenant, &asking(words)).await?;
    same(&format!("tickets for {words:?}"), &expected, &came, cause)
}

/// S12: forms of a word, beginnings, phrases, and what has signs in it.
pub(super) async fn words(stage: Stage) -> Checked {
    const CAUSE: &str = "texts and searches are not taken apart by the same analyzer, or a sign means something to the index";
    let changes = put(
        [
            with("t-1", &["m-1", "m-2"]),
            with("t-2", &["m-3"]),
            with("t-3", &["m-4"]),
        ],
        [
            written("m-1", "Toimitukset ovat MYÖHÄSSÄ, tilaus T-512345."),
            written(
                "m-2",
                "Laskutusosoite on matti@mail.example; ei ole tullut.",
            ),
            written("m-3", "Var är mitt paket? Fakturor \" OR 1=1 -- NEAR(a b)"),
            written(
                "m-4",
                "Deliveries to O'Neill: AND NOT {words} : x* ^y tullut ole ei",
            ),
        ],
    );
    stage.commit(changes).await?;
    for (words, expected) in [
        ("toimitus", vec!["t-1"]),
        ("toimituksen myohassa", vec!["t-1"]),
        ("TILAUKSENI", vec!["t-1"]),
        ("faktura", vec!["t-2"]),
        ("paketet", vec!["t-2"]),
        ("delivery", vec!["t-3"]),
        ("lasku", vec![]),
        ("lasku*", vec!["t-1"]),
        ("512345", vec!["t-1"]),
        ("t-512345", vec!["t-1"]),
        ("51234", vec![]),
        ("matti@mail.example", vec!["t-1"]),
        ("mail.example@matti", vec![]),
        ("\"ei ole tullut\"", vec!["t-1"]),
        ("ei ole tullut", vec!["t-1", "t-3"]),
        ("\"ei ole\" faktura", vec![]),
        ("o'neill", vec!["t-3"]),
        ("AND NOT", vec!["t-3"]),
        ("NEAR(a b)", vec!["t-2"]),
        ("words : x", vec!["t-3"]),
        ("\" OR \"", vec!["t-2"]),
        ("words", vec!["t-3"]),
        ("nowhere", vec![]),
    ] {
        finds(&stage, words, &expected, CAUSE).await?;
    }
    Ok(())
}

/// S12: words may stand in different messages and notes of a ticket, a phrase stands in one.
pub(super) async fn whole_ticket(stage: Stage) -> Checked {
    const CAUSE: &str = "each message is searched by itself, or notes are left out";
    let mut noted = with("t-1", &["m-1", "m-2"]);
    let event = EventKind::Noted { note: "n-1".into() };
    noted
        .ticket
        .apply(&aspa_ticket::Event::new(at(9), Actor::Us(None), event));
    let mut changes = put(
        [noted, with("t-2", &["m-3"])],
        [
            written("m-1", "one two"),
            written("m-2", "three"),
            written("m-3", "one three"),
        ],
    );
    let note =
        |id: &str, text: &str| Note::new(id.into(), about("t-1"), None, at(9), text.to_owned());
    changes
        .notes
        .extend([note("n-1", "four"), note("n-2", "five")]);
    stage.commit(changes).await?;
    for (words, expected) in [
        ("one three", vec!["t-1", "t-2"]),
        ("one two three four", vec!["t-1"]),
        ("\"two three\"", vec![]),
        ("four", vec!["t-1"]),
        ("five", vec![]),
        ("one five", vec![]),
    ] {
        finds(&stage, words, &expected, CAUSE).await?;
    }
    Ok(())
}

/// S12: an edit, a deletion and what is hidden, also where no ticket is written with it.
pub(super) async fn changed(stage: Stage) -> Checked {
    const CAUSE: &str =
        "words of an earlier revision stay, or those of a later one are not taken in";
    let tickets = [with("t-1", &["m-1", "m-2"]), with("t-2", &["m-1"])];
    let mut silent = written("m-2", "");
    silent.message = None;
    stage
        .commit(put(tickets, [written("m-1", "before same"), silent]))
        .await?;
    finds(&stage, "before", &["t-1", "t-2"], CAUSE).await?;
    let write = async |record: MessageRecord, version| {
        let mut changes = Changes::default();
        changes.messages.push(Versioned {
            value: record,
            version,
        });
        stage.commit(changes).await
    };
    write(written("m-1", "after same"), 1).await?;
    write(written("m-2", "late"), 1).await?;
    for (words, expected) in [
        ("before", vec![]),
        ("after", vec!["t-1", "t-2"]),
        ("same", vec!["t-1", "t-2"]),
        ("late", vec!["t-1"]),
        ("late after", vec!["t-1"]),
    ] {
        finds(&stage, words, &expected, CAUSE).await?;
    }
    let mut shown = written("m-1", "after same");
    for (version, visibility, expected) in [
        (2_u64, Visibility::Hidden, vec!["t-1", "t-2"]),
        (3, Visibility::Deleted, vec![]),
        (4, Visibility::Visible, vec!["t-1", "t-2"]),
    ] {
        shown.show(Shown::new(
            at(i64::try_from(version).unwrap_or_default()),
            visibility,
            None,
        ));
        write(shown.clone(), version).await?;
        finds(
            &stage,
            "after",
            &expected,
            "what is hidden is found, what is deleted is not",
        )
        .await?;
    }
    shown.message = None;
    write(shown, 5).await?;
    finds(&stage, "same", &[], CAUSE).await
}

/// S12: messages are found by the tickets that they are on now.
pub(super) async fn moved(stage: Stage) -> Checked {
    const CAUSE: &str = "words stay with a ticket that its message has left, or that is gone";
    let messages = [written("m-1", "one"), written("m-2", "two")];
    stage
        .commit(put(
            [with("t-1", &["m-1", "m-2"]), with("t-2", &[])],
            messages,
        ))
        .await?;
    finds(&stage, "two", &["t-1"], CAUSE).await?;
    let again = |row: TicketRow, version| Versioned {
        value: row,
        version,
    };
    let mut changes = Changes::default();
    changes.tickets.push(again(with("t-1", &["m-1"]), 1));
    changes.tickets.push(again(with("t-2", &["m-2"]), 1));
    stage.commit(changes).await?;
    finds(&stage, "two", &["t-2"], CAUSE).await?;
    finds(&stage, "one two", &[], CAUSE).await?;
    let mut changes = Changes::default();
    let (value, version) = (ticket("t-2").ticket.id, 2);
    changes.removed.push(Versioned { value, version });
    stage.commit(changes).await?;
    finds(&stage, "two", &[], CAUSE).await?;
    stage.commit(put([with("t-2", &["m-1"])], [])).await?;
    finds(&stage, "two", &[], CAUSE).await?;
    finds(&stage, "one", &["t-1", "t-2"], CAUSE).await
}

/// S12: with other conditions, in every order, in pages, counted, and of one tenant.
pub(super) async fn narrowed(stage: Stage) -> Checked {
    const CAUSE: &str =
        "words are looked for beside the other conditions, or in another tenant's texts";
    let mut rows = Vec::new();
    let mut messages = Vec::new();
    for number in 0..40_i64 {
        let (id, text) = (
            format!("t-{number:02}"),
            ["alpha", "beta"][usize::from(number % 2 == 1)],
        );
        let key = format!("m-{number}");
        let mut row = with(&id, &[&key]);
        row.breach_at = (number % 3 != 0).then(|| at(100 - number));
        row.ticket.category = if number % 5 == 0 { "resolved" } else { "open" }.into();
        row.ticket.assignee = (number % 4 < 2).then(|| name("maija"));
        messages.push(written(&key, text));
        rows.push(row);
    }
    let changes = put(rows.clone(), messages.clone());
    stage.commit(changes.clone()).await?;
    let others: Vec<_> = messages
        .iter()
        .map(|row| written(&row.key.id, "gamma"))
        .collect();
    let theirs = put(rows.clone(), others);
    done("a commit", stage.other.commit(theirs).await)?;
    for sort in [TicketSort::Id, TicketSort::Breach, TicketSort::Activity] {
        let mut query = asking("alpha");
        (query.sort, query.limit, query.active) = (sort, 3, true);
        query.assignee = Some(name("maija"));
        let even = |row: &&TicketRow| {
            messages
                .iter()
                .position(|m| m.key == row.ticket.messages[0].message)
                .is_some_and(|place| place % 2 == 0)
        };
        let mut expected: Vec<_> = rows
            .iter()
            .filter(|row| query.fits(&row.ticket))
            .filter(even)
            .cloned()
            .collect();
        expected.sort_by_key(|row| (sort.place(row), row.ticket.id.clone()));
        let counted = done("a count", stage.tenant.count_tickets(&query, 100).await)?;
        same("how many", &expected.len(), &counted, CAUSE)?;
        let mut read = Vec::new();
        loop {
            let page = done("tickets", stage.tenant.tickets(&query).await)?;
            if !query.go_on(&page) {
                break;
            }
            read.extend(page);
            ends("a list", 40, read.len())?;
        }
        same(&format!("tickets by {sort:?}"), &expected, &read, CAUSE)?;
    }
    finds(&stage, "gamma", &[], CAUSE).await?;
    let theirs = found(&stage.other, &asking("gamma")).await?;
    same("another tenant's own", &40, &theirs.len(), CAUSE)
}

/// S12: texts are found again by whoever opens the store.
pub(super) async fn reopened(stage: Stage) -> Checked {
    stage
        .commit(put([with("t-1", &["m-1"])], [written("m-1", "kept")]))
        .await?;
    let stage = stage.reopen().await;
    finds(
        &stage,
        "kept",
        &["t-1"],
        "what is to be taken in is known to the process alone",
    )
    .await
}

/// S12: what awaits its turn in a conversation of many texts is found all the same.
pub(super) async fn many(stage: Stage) -> Checked {
    let keys: Vec<String> = (0..120).map(|number| format!("m-{number}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let texts = keys.iter().map(|key| {
        let mut record = written(key, &format!("word{}", &key[2..]));
        if let Some(message) = &mut record.message {
            message.conversation = conversation("t-1");
        }
        record
    });
    stage.commit(put([with("t-1", &keys)], texts)).await?;
    let mut grown = Changes::default();
    let all: Vec<&str> = keys.iter().copied().chain(["m-last"]).collect();
    grown.tickets.push(Versioned {
        value: with("t-1", &all),
        version: 1,
    });
    grown
        .messages
        .push(Versioned::new(written("m-last", "wordlast")));
    stage.commit(grown).await?;
    let cause = "texts past the first are left out";
    finds(&stage, "word0 word119 wordlast", &["t-1"], cause).await
}
