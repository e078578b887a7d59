use aspa_channel::{Cursor, Event, EventKind, Via};
use aspa_store::{Arrived, Changes, Wanted};
use aspa_types::AccountId;

use super::rows::{arrival, at, delivery, event, evidence, handle_key, message_key, name, note};
use super::stage::{Stage, done, same};
use crate::case::Checked;

const FORGOTTEN: &str = "what came once is not kept, or not for ever";

fn came(arrived: &[Arrived]) -> Vec<(usize, usize, bool)> {
    let one = |a: &Arrived| (a.new, a.repeated, a.known_delivery);
    arrived.iter().map(one).collect()
}

/// S4: of a known delivery nothing is written, not even what is new in it.
pub(super) async fn known_delivery(stage: Stage) -> Checked {
    let with = |webhook: &str, id: &str, events: &[usize], cursor: &str| {
        let mut arrival = arrival(events.iter().copied());
        arrival.delivery = Some(delivery(webhook, id));
        arrival.cursor = Some(("poll".into(), Cursor(cursor.to_owned())));
        arrival
    };
    let first = vec![
        with("hook", "d-1", &[1], "1"),
        with("hook", "d-1", &[2], "2"),
    ];
    let committed = stage.commit(Changes::arrive(first)).await?;
    same(
        "a delivery twice in one commit",
        &vec![(1, 0, false), (0, 1, true)],
        &came(&committed.arrivals),
        FORGOTTEN,
    )?;
    let stage = stage.reopen().await;
    let committed = stage
        .commit(Changes::arrive(vec![with("hook", "d-1", &[3, 4], "3")]))
        .await?;
    same(
        "a delivery that is known",
        &vec![(0, 2, true)],
        &came(&committed.arrivals),
        FORGOTTEN,
    )?;
    let cursor = done("cursor", stage.tenant.cursor("poll").await)?;
    let cause = "the cursor of a void arrival is written";
    same("the cursor", &Some(Cursor("1".to_owned())), &cursor, cause)?;
    same(
        "entries waiting",
        &1,
        &done("backlog", stage.tenant.backlog().await)?,
        FORGOTTEN,
    )?;
    let others = vec![
        with("hook", "d-2", &[3], "4"),
        with("other hook", "d-1", &[4], "5"),
    ];
    let committed = stage.commit(Changes::arrive(others)).await?;
    let cause = "a delivery is known by less than its webhook and its id";
    same(
        "deliveries of another id or webhook",
        &vec![(1, 0, false); 2],
        &came(&committed.arrivals),
        cause,
    )
}

/// S4: an event counts once, however it comes and whatever became of it.
pub(super) async fn known_event(stage: Stage) -> Checked {
    let arrive = |numbers: Vec<usize>| Changes::arrive(vec![arrival(numbers)]);
    let committed = stage.commit(arrive(vec![1, 1, 2])).await?;
    same(
        "an event twice in one arrival",
        &vec![(2, 1, false)],
        &came(&committed.arrivals),
        FORGOTTEN,
    )?;
    let committed = stage
        .commit(Changes::arrive(vec![arrival([2, 3]), arrival([3])]))
        .await?;
    let expected = vec![(1, 1, false), (0, 1, false)];
    same(
        "an event in several arrivals",
        &expected,
        &came(&committed.arrivals),
        FORGOTTEN,
    )?;
    let mut changes = Changes::default();
    for entry in stage.claim(0, 10).await? {
        let done = if entry.seq % 2 == 0 {
            &mut changes.kept
        } else {
            &mut changes.processed
        };
        done.push(entry.seq);
    }
    stage.commit(changes).await?;
    let stage = stage.reopen().await;
    let committed = stage.commit(arrive(vec![1, 2, 3])).await?;
    same(
        "events that were processed",
        &vec![(0, 3, false)],
        &came(&committed.arrivals),
        FORGOTTEN,
    )?;
    let mut elsewhere = event(1);
    elsewhere.account = name::<AccountId>("branch");
    let committed = stage
        .commit(Changes::arrive(vec![aspa_store::Arrival::new(
            at(0),
            vec![elsewhere],
        )]))
        .await?;
    let cause = "an event is known by its key alone, without its account";
    same(
        "the event of another account",
        &vec![(1, 0, false)],
        &came(&committed.arrivals),
        cause,
    )
}

/// S4: long ids that differ only at their end, part or time are different events.
pub(super) async fn alike(stage: Stage) -> Checked {
    let long = "x".repeat(900);
    let mut events = Vec::new();
    for (id, part, removed, seconds) in [
        ("1", 0, false, 0),
        ("2", 0, false, 0),
        ("1", 1, false, 0),
        ("1", 0, true, 0),
        ("1", 0, false, 1),
    ] {
        let kind = EventKind::reaction(
            message_key(&format!("{long}{id}")).part(part),
            handle_key("h-1"),
            "👍",
            removed,
        );
        let mut event = Event::new(name("shop"), kind, Via::Poll);
        event.at = Some(at(seconds));
        events.push(event);
    }
    for _ in 0..2 {
        events.extend(events.clone());
    }
    let committed = stage
        .commit(Changes::arrive(vec![aspa_store::Arrival::new(
            at(0),
            events,
        )]))
        .await?;
    let cause = "long event keys are cut, or compared without regard to case or accents";
    same(
        "events that differ a little",
        &vec![(5, 15, false)],
        &came(&committed.arrivals),
        cause,
    )
}

/// S4: a note or a piece of evidence that is there stays as it is, in its place.
pub(super) async fn kept_once(stage: Stage) -> Checked {
    let mut first = Changes::default();
    first.notes.push(note("note-1", "He called."));
    first
        .evidence
        .extend(["b", "a", "b"].map(|source| (handle_key("h-1"), evidence(source))));
    stage.commit(first).await?;
    let mut second = Changes::default();
    second.notes.push(note("note-1", "She called."));
    second
        .evidence
        .extend(["a", "c"].map(|source| (handle_key("h-1"), evidence(source))));
    second.evidence.push((handle_key("h-2"), evidence("a")));
    stage.commit(second).await?;
    let came = done("note", stage.tenant.note(&"note-1".into()).await)?;
    same(
        "the note",
        &Some(note("note-1", "He called.")),
        &came,
        "a note that exists is replaced",
    )?;
    let mut wanted = Wanted::default();
    wanted.people.extend(["h-1", "h-2"].map(handle_key));
    let loaded = done("loading", stage.tenant.load(&wanted).await)?;
    let sources = |id: &str| {
        let person = loaded.people.get(&handle_key(id));
        let evidence = person.map(|person| {
            person
                .evidence
                .iter()
                .map(|e| e.source.clone())
                .collect::<Vec<_>>()
        });
        evidence.unwrap_or_default()
    };
    let cause = "evidence is kept twice, replaced, or not in the order in which it was stored";
    same(
        "evidence of the first",
        &["b", "a", "c"].map(str::to_owned).to_vec(),
        &sources("h-1"),
        cause,
    )?;
    same(
        "evidence of the second",
        &vec!["a".to_owned()],
        &sources("h-2"),
        cause,
    )
}

/// S4: evidence that is forgotten goes, that of others and that of the same commit stays, and the
/// forgotten piece may come again.
pub(super) async fn forgotten(stage: Stage) -> Checked {
    let mut first = Changes::default();
    first.evidence.extend(
        [("h-1", "a"), ("h-1", "b"), ("h-2", "a")]
            .map(|(id, source)| (handle_key(id), evidence(source))),
    );
    stage.commit(first).await?;
    let mut second = Changes::default();
    second.forgotten.push(handle_key("h-1"));
    second.evidence.push((handle_key("h-1"), evidence("c")));
    stage.commit(second).await?;
    let mut third = Changes::default();
    third.evidence.push((handle_key("h-1"), evidence("a")));
    stage.commit(third).await?;
    let mut wanted = Wanted::default();
    wanted.people.extend(["h-1", "h-2"].map(handle_key));
    let loaded = done("loading", stage.tenant.load(&wanted).await)?;
    for (id, left) in [("h-1", vec!["c", "a"]), ("h-2", vec!["a"])] {
        let person = loaded.people.get(&handle_key(id));
        let sources: Vec<&str> = person
            .iter()
            .flat_map(|person| &person.evidence)
            .map(|piece| piece.source.as_str())
            .collect();
        let cause = "forgetting a handle does not remove what was known of it, or removes more";
        same("the evidence left", &left, &sources, cause)?;
    }
    Ok(())
}
