//! Links that teach, move with merged records, are forgotten, and wait for review.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::borrow::Cow;
use std::sync::Mutex;

use aspa_channel::{
    AttributeKind, Audience, Channel, Event, EventKind, Handle, HostAssertion, Part, Via,
};
use aspa_crm::{Capabilities, Change, Claim, Crm, Customer, CustomerKind, Field, Lookup, Page};
use aspa_desk::{Desk, Error};
use aspa_identity::{
    Action, Comparison, DecidedBy, Disclosure, DisclosurePolicy, EvidenceKind, Link, LinkState,
    ReviewWhy,
};
use aspa_store::Wanted;
use aspa_types::{CustomerId, HandleKey, Network, Secret, SystemId};
use async_trait::async_trait;
use chrono::TimeDelta;
use common::{Bench, agent, asks, event, minute, person};

fn system() -> SystemId {
    SystemId::new("crm").unwrap()
}

fn id(id: &str) -> CustomerId {
    CustomerId::new(system(), id).unwrap()
}

fn record(number: &str, first: &str, last: &str, email: &str) -> Customer {
    let claim = |field, value: &str| Claim::new(field, value, system(), minute(0));
    let mut customer = Customer::new(id(number), CustomerKind::Person)
        .with(claim(Field::FirstName, first))
        .with(claim(Field::LastName, last));
    if !email.is_empty() {
        customer = customer.with(claim(Field::Email, email));
    }
    customer
}

fn matti() -> Customer {
    record("1", "Matti", "Virtanen", "matti@example.fi")
}

fn merged(old: &str, into: &str) -> Change {
    Change::Merged {
        old: id(old),
        into: id(into),
    }
}

/// A CRM that says what it is told to.
#[derive(Debug, Default)]
struct Feed(Mutex<Vec<Change>>);

impl Feed {
    fn of(changes: impl IntoIterator<Item = Change>) -> Self {
        Self(Mutex::new(changes.into_iter().collect()))
    }
}

#[async_trait]
impl Crm for Feed {
    fn system(&self) -> &SystemId {
        static SYSTEM: std::sync::LazyLock<SystemId> = std::sync::LazyLock::new(system);
        &SYSTEM
    }

    fn capabilities(&self) -> Cow<'_, Capabilities> {
        Cow::Owned(Capabilities::new(aspa_crm::Deletes::InFeed, Vec::new()))
    }

    async fn changes(
        &self,
        cursor: Option<&aspa_crm::Cursor>,
        _: usize,
    ) -> Result<Page, aspa_crm::Error> {
        let read: usize = cursor.map_or(0, |cursor| cursor.as_str().parse().unwrap());
        let changes = std::mem::take(&mut *self.0.lock().unwrap());
        let next = aspa_crm::Cursor::new((read + changes.len()).to_string());
        Ok(Page::new(changes, next, true))
    }

    async fn find(&self, _: &Lookup) -> Result<Vec<Customer>, aspa_crm::Error> {
        Ok(Vec::new())
    }

    async fn get(&self, _: &CustomerId) -> Result<Option<Customer>, aspa_crm::Error> {
        Ok(None)
    }
}

async fn sync(desk: &Desk, changes: impl IntoIterator<Item = Change>) -> (usize, usize) {
    let synced = desk.sync(&Feed::of(changes)).await.unwrap();
    (synced.put, synced.gone)
}

async fn bench() -> Bench {
    let bench = Bench::new();
    let maija = record("2", "Maija", "Korhonen", "maija@example.fi");
    let all = [matti(), maija].map(Change::Put);
    assert_eq!(sync(&bench.desk, all).await, (2, 0));
    bench
}

/// Somebody writes in private, with a user name and a name.
fn tells(number: &str, handle: &HandleKey, names: (&str, &str), text: &str) -> Event {
    let mut message = asks(number, number, "x", number.parse().unwrap());
    message.author = Some(handle.clone());
    message.audience = Audience::Direct;
    message.parts = vec![Part::text(text)];
    let at = minute(number.parse().unwrap());
    let mut event = event(message);
    let seen = Handle::new(handle.clone())
        .with(AttributeKind::UserName, names.0, at)
        .with(AttributeKind::DisplayName, names.1, at);
    event.handles.push(seen);
    event
}

fn on_x(number: &str) -> HandleKey {
    HandleKey::new(Network::X, None, number).unwrap()
}

async fn link(desk: &Desk, handle: &HandleKey) -> Link {
    desk.link(handle).await.unwrap().unwrap()
}

/// How a link stands, without when it was decided.
fn standing(link: &Link) -> (LinkState, Option<&CustomerId>, Option<&CustomerId>) {
    let from = link.redirected_from.as_ref();
    (link.state.clone(), link.customer.as_ref(), from)
}

async fn evidence(desk: &Desk, handle: &HandleKey) -> Vec<EvidenceKind> {
    let mut wanted = Wanted::default();
    wanted.people.insert(handle.clone());
    let mut people = desk.store().load(&wanted).await.unwrap().people;
    let known = people.remove(handle).unwrap_or_default().evidence;
    known.into_iter().map(|evidence| evidence.kind).collect()
}

fn heir(bench: &Bench) -> Desk {
    common::builder(bench.store.clone(), &bench.clock)
        .shared_channel(bench.channel.clone())
        .build()
        .unwrap()
}

/// What the user name says for the first candidate.
fn of_handle(link: &Link) -> Option<String> {
    let candidate = link.decision.candidates.first()?;
    let is_handle = |reason: &&aspa_identity::Reason| reason.comparison == Comparison::Handle;
    let reason = candidate.reasons.iter().find(is_handle)?;
    Some(reason.level.to_string())
}

#[tokio::test]
async fn a_confirmed_user_name_is_known_until_it_is_refused() {
    let bench = bench().await;
    let desk = &bench.desk;
    let (own, copy) = (on_x("1"), on_x("2"));
    let mine = ("mattivee81", "Matti Virtanen");
    bench.tell([tells("1", &own, mine, "Hello")]).await;
    let copied = ("mattiveee81", "Matti Virtanen");
    bench.tell([tells("2", &copy, copied, "Hello")]).await;
    let before = link(desk, &copy).await;

    desk.confirm_link(&own, &id("1"), agent("liisa"))
        .await
        .unwrap();
    assert!(desk.relink().await.unwrap() >= 1);
    let suspect = link(desk, &copy).await;
    assert_ne!(suspect.state, LinkState::Linked);
    assert_ne!(of_handle(&suspect), of_handle(&before));
    // What it has taught is no evidence of the handle itself.
    assert_eq!(desk.relink().await.unwrap(), 0);
    let reasons = link(desk, &own).await;
    assert_eq!(of_handle(&reasons), None);
    // A desk that starts anew knows it too, and the CRM's change of the record takes nothing away.
    for fresh in [heir(&bench), heir(&bench)] {
        assert_eq!(fresh.relink().await.unwrap(), 0);
        sync(&fresh, [Change::Put(matti())]).await;
        assert_eq!(fresh.relink().await.unwrap(), 0);
    }
    bench.clock.advance(TimeDelta::minutes(1));
    desk.refuse_link(&own, &id("1"), agent("liisa"))
        .await
        .unwrap();
    desk.relink().await.unwrap();
    assert_eq!(of_handle(&link(desk, &copy).await), of_handle(&before));
    let stored = desk.store().customers(None, 9).await.unwrap();
    assert!(
        stored
            .iter()
            .all(|customer| customer.value(&Field::Handle).is_none())
    );
}

#[tokio::test]
async fn who_moved_to_another_account_is_known_by_the_old_one() {
    let on = |number: &str| HandleKey::new(Network::MASTODON, None, number).unwrap();
    let (old, new) = (
        on("https://old.example/users/7"),
        on("https://new.example/users/9"),
    );
    let (before, now) = (
        ("ma3ti@old.example", "Matti Virtanen"),
        ("kettle.fan@new.example", "Matti Virtanen"),
    );
    for moves in [false, true] {
        let bench = bench().await;
        let desk = &bench.desk;
        bench.tell([tells("1", &old, before, "Hello")]).await;
        desk.confirm_link(&old, &id("1"), agent("liisa"))
            .await
            .unwrap();
        if moves {
            let became = EventKind::handle(old.clone(), Some(new.clone()));
            let mut told = Event::new(bench.channel.account().clone(), became, Via::Poll);
            let seen = |key: &HandleKey, name| {
                Handle::new(key.clone()).with(AttributeKind::UserName, name, minute(2))
            };
            told.handles = vec![seen(&old, before.0), seen(&new, now.0)];
            // Each sighting tells it again.
            bench.tell([told.clone()]).await;
            bench.tell([told]).await;
        }
        bench.tell([tells("3", &new, now, "Hello")]).await;
        desk.relink().await.unwrap();
        let found = link(desk, &new).await;
        let is_rename = |kind: &&EvidenceKind| matches!(kind, EvidenceKind::HandleRenamed(_));
        let known = evidence(desk, &new).await;
        assert_eq!(known.iter().filter(is_rename).count(), usize::from(moves));
        let first = found.decision.candidates.first();
        let same = of_handle(&found).as_deref() == Some("known user name");
        assert_eq!(same, moves, "{first:?}");
    }
}

#[tokio::test]
async fn a_profile_that_is_what_it_once_was_counts_again() {
    let bench = bench().await;
    let handle = on_x("7");
    for (number, name) in [
        ("1", "Anna Eka"),
        ("2", "Anna Toka"),
        ("3", "Anna Eka"),
        ("4", "Anna Eka"),
    ] {
        bench
            .tell([tells(number, &handle, ("anna", name), "hei")])
            .await;
    }
    let names: Vec<Option<String>> = evidence(&bench.desk, &handle)
        .await
        .into_iter()
        .filter_map(|kind| match kind {
            EvidenceKind::ProfileSeen(profile) => Some(profile.display_name),
            _ => None,
        })
        .collect();
    let expected = ["Anna Eka", "Anna Toka", "Anna Eka"].map(|name| Some(name.to_owned()));
    assert_eq!(names, expected);
}

#[tokio::test]
async fn a_link_moves_with_a_merged_record_and_comes_back_with_it() {
    let bench = bench().await;
    let desk = &bench.desk;
    let handle = on_x("1");
    let text = "It is matti@example.fi";
    bench
        .tell([tells("1", &handle, ("mv", "Matti Virtanen"), text)])
        .await;
    let before = link(desk, &handle).await;
    assert_eq!(standing(&before), (LinkState::Linked, Some(&id("1")), None));

    // The record that is left has neither name nor e-mail of the other.
    assert_eq!(sync(desk, [merged("1", "2")]).await, (0, 1));
    let moved = link(desk, &handle).await;
    let expected = (LinkState::Linked, Some(&id("2")), Some(&id("1")));
    let two = id("2");
    let one = id("1");
    assert_eq!(standing(&moved), (expected.0, Some(&two), Some(&one)));
    let mark = &desk.store().customers(None, 9).await.unwrap()[0];
    assert!(mark.id == one && mark.claims.is_empty());
    for desk in [desk, &heir(&bench)] {
        assert_eq!(desk.relink().await.unwrap(), 0);
        assert_eq!(link(desk, &handle).await, moved);
    }
    // Chains too.
    sync(
        desk,
        [Change::Put(record("3", "M", "V", "")), merged("2", "3")],
    )
    .await;
    assert_eq!(link(desk, &handle).await.customer, Some(id("3")));

    sync(desk, [Change::Put(matti())]).await;
    assert_eq!(link(desk, &handle).await, before);
}

#[tokio::test]
async fn what_an_agent_ruled_out_stays_ruled_out_through_a_merge() {
    let bench = bench().await;
    let desk = &bench.desk;
    let handle = on_x("1");
    let text = "It is matti@example.fi";
    bench
        .tell([tells("1", &handle, ("mv", "Matti Virtanen"), text)])
        .await;
    desk.refuse_link(&handle, &id("2"), agent("liisa"))
        .await
        .unwrap();
    bench.clock.advance(TimeDelta::minutes(1));
    sync(desk, [merged("2", "1")]).await;
    let doubted = link(desk, &handle).await;
    assert_eq!(doubted.state, LinkState::Review);
    assert_eq!(doubted.conflict, Some(id("2")));
    let reviews = desk.reviews(9).await.unwrap();
    assert_eq!(reviews[0].why, ReviewWhy::Conflict);
    assert_eq!(reviews[0].link, doubted);

    // An agent who knows of the merge may say so; the old name will do.
    bench.clock.advance(TimeDelta::minutes(1));
    desk.confirm_link(&handle, &id("2"), agent("liisa"))
        .await
        .unwrap();
    let confirmed = link(desk, &handle).await;
    assert_eq!(confirmed.state, LinkState::Linked);
    assert_eq!(confirmed.customer, Some(id("1")));
    assert_eq!(confirmed.conflict, None);
    assert!(desk.reviews(9).await.unwrap().is_empty());
    bench.clock.advance(TimeDelta::minutes(1));
    desk.refuse_link(&handle, &id("2"), agent("liisa"))
        .await
        .unwrap();
    assert_ne!(link(desk, &handle).await.state, LinkState::Linked);
}

#[tokio::test]
async fn an_agents_word_for_a_merged_record_is_for_the_one_that_is_left() {
    let bench = bench().await;
    let desk = &bench.desk;
    let handle = on_x("1");
    bench
        .tell([tells("1", &handle, ("mv", "M"), "Hello")])
        .await;
    desk.confirm_link(&handle, &id("2"), agent("liisa"))
        .await
        .unwrap();
    sync(desk, [merged("2", "1")]).await;
    let moved = link(desk, &handle).await;
    let (one, two) = (id("1"), id("2"));
    assert_eq!(
        standing(&moved),
        (LinkState::Linked, Some(&one), Some(&two))
    );
    assert_eq!(moved.decided_by, DecidedBy::Agent(agent("liisa")));
    // Records that were merged in a circle lead somewhere, and the desk goes on.
    sync(desk, [merged("1", "2")]).await;
    assert!(link(desk, &handle).await.customer.is_some());
}

#[tokio::test]
async fn of_several_changes_of_a_record_the_last_counts() {
    let bench = bench().await;
    let gone = || Change::Gone { id: id("1") };
    let there = || Change::Put(matti());
    let ids = async |desk: &Desk| {
        let all = desk.store().customers(None, 9).await.unwrap();
        all.iter().map(|c| c.id.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(
        sync(&bench.desk, [gone(), there()]).await,
        (0, 0),
        "as it was"
    );
    assert_eq!(ids(&bench.desk).await, ["1", "2"]);
    assert_eq!(sync(&bench.desk, [there(), gone()]).await, (0, 1));
    assert_eq!(ids(&bench.desk).await, ["2"]);
}

#[tokio::test]
async fn a_forgotten_handle_leaves_a_mark_and_is_not_linked_in_silence() {
    let bench = bench().await;
    let desk = &bench.desk;
    let handle = on_x("1");
    let names = ("mattivee81", "Matti Virtanen");
    let text = "It is matti@example.fi";
    bench.tell([tells("1", &handle, names, text)]).await;
    desk.confirm_link(&handle, &id("1"), agent("liisa"))
        .await
        .unwrap();
    bench.clock.advance(TimeDelta::minutes(1));

    let left = desk.forget_link(&handle).await.unwrap().unwrap();
    assert_eq!(standing(&left), (LinkState::None, None, None));
    assert!(left.decision.candidates.is_empty());
    assert_eq!(evidence(desk, &handle).await, [EvidenceKind::Erased]);
    for (i, desk) in [desk, &heir(&bench)].into_iter().enumerate() {
        let again = tells(&(i + 2).to_string(), &handle, names, text);
        bench.tell([again]).await;
        assert_eq!(desk.relink().await.unwrap(), 0);
        assert_eq!(link(desk, &handle).await.state, LinkState::None);
        assert_eq!(evidence(desk, &handle).await, [EvidenceKind::Erased]);
    }
    // The host's later word is the person's own wish.
    bench.clock.advance(TimeDelta::minutes(9));
    let mut message = asks("9", "9", "x", 9);
    message.author = Some(handle.clone());
    message.asserted = Some(HostAssertion::new(id("1")));
    bench.tell([event(message)]).await;
    assert_eq!(link(desk, &handle).await.decided_by, DecidedBy::Host);
    // And whoever is logged in has shown who it is.
    let (action, policy) = (Action::DiscloseData, DisclosurePolicy::default());
    let may = desk.disclosure(&handle, &action, &policy).await.unwrap();
    assert_eq!(may, Disclosure::Allowed);
}

#[tokio::test]
async fn reviews_come_by_what_they_are_worth_and_audits_among_them() {
    let matching =
        |number: &str, email: &str| tells(number, &on_x(number), ("a", "Matti Virtanen"), email);
    let all = async |bench: &Bench| {
        let mails = [
            "It is matti@example.fi",
            "Hello",
            "It is maija@example.fi",
            "Hi",
        ];
        for (i, text) in mails.iter().enumerate() {
            bench.tell([matching(&(i + 1).to_string(), text)]).await;
        }
    };
    let first = bench().await;
    all(&first).await;
    let reviews = first.desk.reviews(9).await.unwrap();
    assert!(!reviews.is_empty());
    assert!(reviews.iter().all(|r| r.link.state == LinkState::Review));
    assert!(reviews.windows(2).all(|two| two[0].value >= two[1].value));
    let one = first.desk.reviews(1).await.unwrap();
    assert_eq!(one, reviews[..1]);
    assert!(first.desk.reviews(0).await.unwrap().is_empty());
    assert!(!reviews[0].link.decision.explain().is_empty());

    let key = || Secret::new("a key of the tenant's own");
    let audited = Bench::with(|builder| builder.identity_key(key()).audits(1.0));
    sync(&audited.desk, [Change::Put(matti())]).await;
    all(&audited).await;
    let reviews = audited.desk.reviews(9).await.unwrap();
    let picked = reviews.iter().filter(|r| r.why == ReviewWhy::Audit);
    let picked: Vec<&Link> = picked.map(|review| &review.link).collect();
    assert!(picked.iter().all(|link| link.state == LinkState::Linked));
    assert!(!picked.is_empty());
    let handle = picked[0].handle.clone();
    let customer = picked[0].customer.clone().unwrap();
    audited
        .desk
        .confirm_link(&handle, &customer, agent("liisa"))
        .await
        .unwrap();
    let reviews = audited.desk.reviews(9).await.unwrap();
    assert!(reviews.iter().all(|review| review.link.handle != handle));
}

#[tokio::test]
async fn whom_the_crm_knows_by_id_is_linked_though_nothing_else_is_seen() {
    let bench = Bench::new();
    let claim = Claim::new(
        Field::Handle,
        person("visitor").to_string(),
        system(),
        minute(0),
    );
    sync(&bench.desk, [Change::Put(matti().with(claim))]).await;
    bench.tell([event(asks("1", "c", "visitor", 0))]).await;
    let link = link(&bench.desk, &person("visitor")).await;
    assert_eq!(link.customer, Some(id("1")));
}

#[test]
fn keys_that_keep_nothing_secret_are_refused() {
    let build = |settle: fn(aspa_desk::DeskBuilder) -> aspa_desk::DeskBuilder| {
        settle(Desk::builder(aspa_store::MemoryStore::new())).build()
    };
    let short = build(|b| b.identity_key(Secret::new("short")));
    assert!(matches!(short.unwrap_err(), Error::IdentityKey(_)));
    assert!(matches!(
        build(|b| b.audits(0.1)).unwrap_err(),
        Error::AuditsWithoutKey
    ));
    let whole = build(|b| {
        b.identity_key(Secret::new("a whole secret of ours"))
            .audits(0.1)
    });
    assert!(!format!("{:?}", whole.unwrap()).contains("whole secret"));
}
