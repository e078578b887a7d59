//! People are told what they follow: once, by every way they asked for, and not while they sleep.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aspa_channel::{Campaign, Error, ErrorKind, Notification, Notifier};
use aspa_crm::{Claim, Customer, CustomerKind, Field};
use aspa_desk::{Following, Reply};
use aspa_hours::Hours;
use aspa_store::{Changes, MemoryStore, SavedName, Store, TicketQuery};
use aspa_store_postgres::PostgresStore;
use aspa_store_postgres::tokio_postgres::{Config, NoTls};
use aspa_store_sqlite::SqliteStore;
use aspa_ticket::assignment::Agent;
use aspa_ticket::{Actor, Command, Follow, Followed, Notice, Occasion, Priority};
use aspa_types::{CustomerId, TicketId};
use async_trait::async_trait;
use chrono::TimeDelta;
use common::{Bench, Hand, agent, all, asks, builder, event, minute, only, person, shop};

/// Takes what it is told, or fails as often as it was said.
#[derive(Debug, Clone, Default)]
struct Pager {
    told: Arc<Mutex<Vec<Notification>>>,
    fails: Arc<AtomicUsize>,
    permanent: bool,
    hangs: bool,
}

#[async_trait]
impl Notifier for Pager {
    async fn notify(&self, notification: &Notification) -> Result<(), Error> {
        if self.hangs {
            std::future::pending::<()>().await;
        }
        self.told.lock().unwrap().push(notification.clone());
        let more = |left: usize| left.checked_sub(1);
        let fails = self
            .fails
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, more);
        match fails {
            Ok(_) if self.permanent => Err(Error::new(ErrorKind::Invalid, "notify")),
            Ok(_) => Err(Error::new(ErrorKind::Unavailable, "notify")),
            Err(_) => Ok(()),
        }
    }
}

impl Pager {
    fn told(&self) -> Vec<Notification> {
        self.told.lock().unwrap().clone()
    }

    fn texts(&self) -> Vec<String> {
        self.told().into_iter().map(|one| one.text).collect()
    }
}

fn paged() -> (Bench, Pager) {
    let pager = Pager::default();
    let bench = Bench::with(|builder| builder.notifier("pager", pager.clone()));
    (bench, pager)
}

async fn follow(bench: &Bench, name: &str, following: Following) {
    let desk = &bench.desk;
    let version = desk.following(&agent(name)).await.unwrap().version;
    desk.save_following(&agent(name), &following, version)
        .await
        .unwrap();
}

async fn notices(bench: &Bench, name: &str) -> Vec<Notice> {
    bench.desk.notices(&agent(name), 0, 100).await.unwrap()
}

async fn write(bench: &Bench, id: &str, customer: &str, minutes: i64) {
    bench.tell([event(asks(id, "c", customer, minutes))]).await;
}

async fn ticket_of(bench: &Bench, customer: &str) -> TicketId {
    let all = all(&bench.desk).await;
    let own = all.iter().find(|t| t.key.customer.id() == customer);
    own.unwrap().id.clone()
}

fn crm(id: &str) -> CustomerId {
    CustomerId::new("crm".parse().unwrap(), id).unwrap()
}

#[tokio::test]
async fn a_colleague_is_told_that_her_customer_writes_and_by_whom_else_it_is_hers() {
    let (bench, pager) = paged();
    let desk = &bench.desk;
    let mut changes = Changes::default();
    let at = minute(0);
    let company = Claim::new(Field::Company, "Acme Oy", "crm".parse().unwrap(), at);
    let record = Customer::new(crm("7"), CustomerKind::Person).with(company);
    changes.customers.push(record);
    desk.store().commit(changes).await.unwrap();
    write(&bench, "1", "matti", 0).await;
    desk.set_owner(&crm("7"), Some(&agent("omar")))
        .await
        .unwrap();
    desk.confirm_link(&person("matti"), &crm("7"), agent("omar"))
        .await
        .unwrap();
    let mine = Follow::new(Followed::Portfolio(agent("omar")));
    follow(
        &bench,
        "omar",
        Following::new([mine]).told_by("pager", "omar@desk"),
    )
    .await;
    let both = [
        Follow::new(Followed::Customer(crm("7"))),
        Follow::new(Followed::Organisation("acme oy".to_owned())),
    ];
    follow(&bench, "liisa", Following::new(both)).await;
    assert_eq!(
        desk.notify().await.unwrap(),
        0,
        "what was before is no news"
    );
    write(&bench, "2", "matti", 1).await;
    write(&bench, "3", "anna", 1).await;
    assert_eq!(desk.notify().await.unwrap(), 2);
    let omar = notices(&bench, "omar").await;
    assert_eq!(omar.len(), 1);
    assert_eq!(omar[0].message, Some(common::message("2")));
    assert_eq!(omar[0].why, [Followed::Portfolio(agent("omar"))]);
    assert_eq!(notices(&bench, "liisa").await[0].why.len(), 2);
    let told = pager.told();
    assert_eq!((told.len(), told[0].to.as_str()), (1, "omar@desk"));
    assert!(
        told[0].text.contains("the customers of omar"),
        "{}",
        told[0].text
    );
    assert_eq!(
        told[0].data["notices"][0]["ticket"],
        omar[0].ticket.as_str()
    );
    assert_eq!(desk.notify().await.unwrap(), 0, "once");
    assert_eq!(pager.told().len(), 1);
}

#[tokio::test]
async fn tags_queries_tickets_and_urgency() {
    let (bench, _) = paged();
    let desk = &bench.desk;
    write(&bench, "1", "matti", 0).await;
    let ticket = ticket_of(&bench, "matti").await;
    let us = || Actor::Us(Some(agent("kalle")));
    let tag = "delivery/late".parse().unwrap();
    desk.command(&ticket, Command::Tag { tag }, us())
        .await
        .unwrap();
    let mut query = TicketQuery::default();
    query.text = Some("parcel".parse().unwrap());
    let name = SavedName::new(None, "parcels").unwrap();
    desk.save_query(&name, &query, None, 0).await.unwrap();
    let tagged = Follow::new(Followed::Tag("delivery".parse().unwrap()));
    follow(&bench, "liisa", Following::new([tagged.clone()])).await;
    let found = Followed::Query {
        owner: None,
        name: "parcels".to_owned(),
    };
    follow(&bench, "omar", Following::new([Follow::new(found)])).await;
    let urgent = tagged.at_least(Priority::High);
    follow(&bench, "vera", Following::new([urgent])).await;
    let closely = Follow::new(Followed::Ticket(ticket.clone()));
    let closely = closely.on([Occasion::Answered, Occasion::Resolved, Occasion::Wrote]);
    follow(&bench, "kalle", Following::new([closely])).await;

    write(&bench, "2", "matti", 1).await;
    desk.notify().await.unwrap();
    let count = async |name: &str| notices(&bench, name).await.len();
    assert_eq!((count("liisa").await, count("omar").await), (1, 0));
    assert_eq!((count("vera").await, count("kalle").await), (0, 1));

    let mut message = asks("3", "c", "matti", 2);
    message.parts = vec![aspa_channel::Part::text("my parcel")];
    let priority = Some(Priority::Urgent);
    let command = Command::Prioritise { priority };
    desk.command(&ticket, command, us()).await.unwrap();
    bench.tell([event(message)]).await;
    desk.notify().await.unwrap();
    assert_eq!((count("omar").await, count("vera").await), (1, 1));

    // Kalle answers: his own doing is no news to him.
    let before = count("kalle").await;
    let reply = Reply::answer("it comes").by(agent("kalle"));
    desk.reply(&ticket, reply).await.unwrap();
    desk.deliver().await.unwrap();
    desk.notify().await.unwrap();
    assert_eq!(count("kalle").await, before);
    let reply = Reply::answer("it came").by(agent("liisa"));
    desk.reply(&ticket, reply).await.unwrap();
    desk.deliver().await.unwrap();
    desk.notify().await.unwrap();
    let last = notices(&bench, "kalle").await.pop().unwrap();
    assert_eq!(last.occasion, Occasion::Answered);
}

#[tokio::test(start_paused = true)]
async fn an_expert_is_told_within_seconds_that_a_campaign_brought_somebody() {
    let (bench, pager) = paged();
    let expert = Follow::new(Followed::Campaign("c-7".to_owned()));
    follow(
        &bench,
        "vera",
        Following::new([expert]).told_by("pager", "vera"),
    )
    .await;
    let (stop, told) = tokio::sync::oneshot::channel::<()>();
    let runs = bench.desk.clone();
    let often = Duration::from_millis(100);
    let running = tokio::spawn(async move { runs.run(often, async { drop(told.await) }).await });
    let mut stream = bench.desk.watch_notices(&agent("vera"), 0);
    let mut message = asks("1", "c", "matti", 0);
    let mut campaign = Campaign::new("c-7");
    campaign.name = Some("Autumn\nsale".to_owned());
    message.campaign = Some(campaign);
    let began = tokio::time::Instant::now();
    bench.channel.say(event(message));
    let notice = stream.next().await.unwrap();
    assert_eq!(notice.campaign.as_deref(), Some("Autumn\nsale"));
    while pager.told().is_empty() {
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(began.elapsed() < Duration::from_secs(5), "within seconds");
    }
    assert!(
        pager.told()[0]
            .subject
            .contains("brought by campaign Autumn sale;")
    );
    stop.send(()).unwrap();
    running.await.unwrap();
}

#[tokio::test]
async fn quiet_hours_hold_back_one_summary_and_let_through_what_is_urgent() {
    let (bench, pager) = paged();
    let desk = &bench.desk;
    write(&bench, "1", "matti", 0).await;
    // It is 08:00; they may be disturbed from 10 to 16.
    let hours = Hours::new(chrono_tz::UTC)
        .open("Mo-Su 10:00-16:00")
        .unwrap();
    let mine = Follow::new(Followed::Ticket(ticket_of(&bench, "matti").await));
    let following = Following::new([mine]).told_by("pager", "vera");
    let following = following.within(hours).through(Priority::Urgent);
    follow(&bench, "vera", following).await;
    for (id, minutes) in [("2", 1), ("3", 2)] {
        write(&bench, id, "matti", minutes).await;
        desk.notify().await.unwrap();
    }
    assert_eq!(
        notices(&bench, "vera").await.len(),
        2,
        "in the desk at once"
    );
    assert_eq!(pager.told(), []);
    let ticket = ticket_of(&bench, "matti").await;
    let urgent = Command::Prioritise {
        priority: Some(Priority::Urgent),
    };
    desk.command(&ticket, urgent, Actor::Us(None))
        .await
        .unwrap();
    write(&bench, "4", "matti", 3).await;
    desk.notify().await.unwrap();
    assert_eq!(pager.told().len(), 1);
    assert_eq!(pager.told()[0].data["notices"].as_array().unwrap().len(), 1);
    bench.clock.advance(TimeDelta::seconds(2 * 3600 - 1));
    desk.notify().await.unwrap();
    assert_eq!(pager.told().len(), 1, "a second too early");
    bench.clock.advance(TimeDelta::seconds(1));
    desk.notify().await.unwrap();
    let told = pager.told();
    assert_eq!((told.len(), told[1].subject.as_str()), (2, "2 notices"));
    assert_eq!(told[1].text.lines().count(), 2);
    desk.notify().await.unwrap();
    assert_eq!(pager.told().len(), 2);
}

#[tokio::test]
async fn what_is_urgent_gets_through_however_much_is_held_back() {
    let (bench, pager) = paged();
    let desk = &bench.desk;
    write(&bench, "1", "matti", 0).await;
    let hours = Hours::new(chrono_tz::UTC)
        .open("Mo-Su 10:00-16:00")
        .unwrap();
    let ticket = ticket_of(&bench, "matti").await;
    let following = Following::new([Follow::new(Followed::Ticket(ticket.clone()))]);
    let following = following.told_by("pager", "vera").within(hours);
    follow(&bench, "vera", following.through(Priority::Urgent)).await;
    for number in 2..510 {
        write(&bench, &number.to_string(), "matti", 1).await;
    }
    desk.notify().await.unwrap();
    assert_eq!(pager.told(), []);
    let urgent = Command::Prioritise {
        priority: Some(Priority::Urgent),
    };
    desk.command(&ticket, urgent, Actor::Us(None))
        .await
        .unwrap();
    write(&bench, "510", "matti", 3).await;
    desk.notify().await.unwrap();
    assert_eq!(pager.told().len(), 1);
    assert_eq!(pager.told()[0].data["notices"].as_array().unwrap().len(), 1);
    assert_eq!(pager.told()[0].data["left_out"], 9);
    bench.clock.advance(TimeDelta::hours(2));
    desk.notify().await.unwrap();
    let summary = pager.told()[1].data["notices"].clone();
    assert_eq!(summary.as_array().unwrap().len(), 499);
}

#[tokio::test]
async fn what_fails_is_tried_again_later_under_the_same_name_and_given_up_in_the_end() {
    let (bench, pager) = paged();
    let desk = &bench.desk;
    write(&bench, "1", "matti", 0).await;
    let mine = Follow::new(Followed::Ticket(ticket_of(&bench, "matti").await));
    follow(
        &bench,
        "vera",
        Following::new([mine]).told_by("pager", "vera"),
    )
    .await;
    pager.fails.store(2, Ordering::SeqCst);
    write(&bench, "2", "matti", 1).await;
    desk.notify().await.unwrap();
    write(&bench, "3", "matti", 2).await;
    desk.notify().await.unwrap();
    assert_eq!(
        pager.told().len(),
        1,
        "not before its time, and nothing overtakes it"
    );
    bench.clock.advance(TimeDelta::seconds(5));
    desk.notify().await.unwrap();
    bench.clock.advance(TimeDelta::seconds(9));
    desk.notify().await.unwrap();
    assert_eq!(pager.told().len(), 2, "twice as long after the second");
    bench.clock.advance(TimeDelta::seconds(1));
    desk.notify().await.unwrap();
    desk.notify().await.unwrap();
    let told = pager.told();
    assert_eq!(told.len(), 4);
    assert!(told[..3].iter().all(|one| one.id == told[0].id));
    assert_eq!(told[0].text, told[2].text);
    assert_ne!(told[3].id, told[0].id);
    // One that never gets through is given up, and still stands in the desk.
    pager.fails.store(usize::MAX, Ordering::SeqCst);
    write(&bench, "4", "matti", 3).await;
    for _ in 0..24 {
        desk.notify().await.unwrap();
        bench.clock.advance(TimeDelta::hours(1));
    }
    assert_eq!(pager.told().len(), 4 + 18);
    assert_eq!(notices(&bench, "vera").await.len(), 3);
}

#[tokio::test]
async fn what_can_never_get_through_is_not_tried_again() {
    let pager = Pager {
        permanent: true,
        ..Pager::default()
    };
    pager.fails.store(1, Ordering::SeqCst);
    let bench = Bench::with(|builder| builder.notifier("pager", pager.clone()));
    write(&bench, "1", "matti", 0).await;
    let mine = Follow::new(Followed::Ticket(ticket_of(&bench, "matti").await));
    follow(
        &bench,
        "vera",
        Following::new([mine]).told_by("pager", "vera"),
    )
    .await;
    for (id, minutes) in [("2", 1), ("3", 2)] {
        write(&bench, id, "matti", minutes).await;
        bench.desk.notify().await.unwrap();
        bench.clock.advance(TimeDelta::hours(2));
    }
    let texts = pager.texts();
    assert_eq!(texts.len(), 2, "the next one goes out by itself: {texts:?}");
}

#[tokio::test]
async fn what_came_while_a_way_failed_is_told_with_the_next_try() {
    let (bench, pager) = paged();
    write(&bench, "1", "matti", 0).await;
    let mine = Follow::new(Followed::Ticket(ticket_of(&bench, "matti").await));
    follow(
        &bench,
        "vera",
        Following::new([mine]).told_by("pager", "vera"),
    )
    .await;
    pager.fails.store(1, Ordering::SeqCst);
    for (id, minutes) in [("2", 1), ("3", 2)] {
        write(&bench, id, "matti", minutes).await;
        bench.desk.notify().await.unwrap();
    }
    assert_eq!(pager.told().len(), 1, "the second waits behind the first");
    bench.clock.advance(TimeDelta::minutes(1));
    bench.desk.notify().await.unwrap();
    let told: Vec<_> = pager.told().into_iter().map(|one| one.id).collect();
    assert_eq!(told.len(), 3);
    assert!(told[0] == told[1] && told[1] != told[2], "{told:?}");
    bench.desk.notify().await.unwrap();
    assert_eq!(pager.told().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_way_that_hangs_holds_up_neither_notices_nor_other_ways() {
    let (slow, quick) = (
        Pager {
            hangs: true,
            ..Pager::default()
        },
        Pager::default(),
    );
    let bench = Bench::with(|b| b.notifier("slow", slow).notifier("quick", quick.clone()));
    write(&bench, "1", "matti", 0).await;
    let mine = Follow::new(Followed::Ticket(ticket_of(&bench, "matti").await));
    let both = Following::new([mine])
        .told_by("slow", "a")
        .told_by("quick", "b");
    follow(&bench, "vera", both).await;
    write(&bench, "2", "matti", 1).await;
    bench.desk.notify().await.unwrap();
    assert_eq!(quick.told().len(), 1);
    assert_eq!(notices(&bench, "vera").await.len(), 1);
}

#[tokio::test]
async fn several_workers_and_a_crash_tell_each_thing_once_in_memory() {
    tell_once(MemoryStore::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_workers_and_a_crash_tell_each_thing_once_in_a_file() {
    tell_once(SqliteStore::open_in_memory().unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a PostgreSQL server: set ASPA_POSTGRES_URL"]
async fn several_workers_and_a_crash_tell_each_thing_once_on_a_server() {
    let schema = format!("notices_{}", std::process::id());
    let options = aspa_store_postgres::Options::default().schema(schema);
    let url = std::env::var("ASPA_POSTGRES_URL").unwrap();
    let config: Config = url.parse().unwrap();
    let store = PostgresStore::connect_with(config, NoTls, &options);
    tell_once(store.await.unwrap()).await;
}

async fn tell_once(store: impl Store + Clone) {
    let (clock, pager) = (Hand::at(0), Pager::default());
    let channel = Arc::new(aspa_channel::MemoryChannel::new(shop()));
    let desk = || {
        let builder = builder(store.clone(), &clock).shared_channel(channel.clone());
        builder.notifier("pager", pager.clone()).build().unwrap()
    };
    let (one, two) = (desk(), desk());
    channel.say(event(asks("1", "c", "matti", 0)));
    one.poll(&shop()).await.unwrap();
    one.work().await.unwrap();
    let ticket = only(&one).await.id;
    let vera = Following::new([Follow::new(Followed::Ticket(ticket))]).told_by("pager", "vera");
    one.save_following(&agent("vera"), &vera, 0).await.unwrap();
    for i in 2..40 {
        channel.say(event(asks(&i.to_string(), "c", "matti", i)));
        one.poll(&shop()).await.unwrap();
        one.work().await.unwrap();
        // Each is asked by both, and now and then dropped where it stands.
        let (a, b) = (one.notify(), two.notify());
        if i % 3 == 0 {
            let (mut a, b) = (Box::pin(a), b);
            for _ in 0..i {
                let step = std::future::poll_fn(|context| {
                    std::task::Poll::Ready(a.as_mut().poll(context).is_ready())
                });
                if step.await {
                    break;
                }
            }
            drop(a);
            b.await.unwrap();
        } else {
            let (a, b) = tokio::join!(a, b);
            a.and(b).unwrap();
        }
    }
    clock.advance(TimeDelta::minutes(5));
    one.notify().await.unwrap();
    let notices = one.notices(&agent("vera"), 0, 100).await.unwrap();
    let messages: Vec<_> = notices.iter().map(|n| n.message.clone().unwrap()).collect();
    let wrote: Vec<_> = (2..40).map(|i| common::message(&i.to_string())).collect();
    assert_eq!(messages, wrote, "each once, in order");
    let mut told = pager.told();
    told.sort_by(|a, b| a.id.cmp(&b.id));
    told.dedup_by(|a, b| a.id == b.id);
    let lines: usize = told.iter().map(|one| one.text.lines().count()).sum();
    assert_eq!(lines, wrote.len());
}

#[tokio::test]
async fn who_is_named_in_a_note_is_told_and_who_is_unknown_is_said() {
    let (bench, pager) = paged();
    let desk = &bench.desk;
    write(&bench, "1", "matti", 0).await;
    let ticket = ticket_of(&bench, "matti").await;
    for name in ["liisa", "omar", "vera"] {
        let member = Agent::new(agent(name), 1);
        let member = match name {
            "vera" => member,
            _ => member.member("billing".parse().unwrap()),
        };
        desk.save_agent(&member, 0).await.unwrap();
    }
    follow(&bench, "vera", Following::new([]).told_by("pager", "vera")).await;
    let text = "@vera and @billing, who is @pekka?";
    let found = desk.mentions(text).await.unwrap();
    assert_eq!(found.unknown, ["pekka".to_owned()].into());
    assert_eq!(found.everybody.len(), 3);
    desk.note(&ticket, text, Some(agent("liisa")))
        .await
        .unwrap();
    assert_eq!(desk.notify().await.unwrap(), 2, "all but the writer");
    let vera = &notices(&bench, "vera").await[0];
    assert_eq!((&vera.occasion, vera.called), (&Occasion::Mentioned, true));
    assert_eq!(notices(&bench, "liisa").await, []);
    let texts = pager.texts();
    assert!(texts[0].starts_with("liisa mentioned you"), "{texts:?}");
    assert!(
        !texts[0].contains("pekka"),
        "what it says stays in the desk"
    );
}

#[tokio::test]
async fn whom_the_promise_calls_is_told() {
    use aspa_sla::{ClockKind, Promise, Target, Time};
    let target = Target::new(
        ClockKind::FirstResponse,
        TimeDelta::minutes(10),
        Time::Calendar,
    );
    let promise =
        Promise::new("test", None).target(target.escalate(TimeDelta::zero(), ["agent omar"]));
    let bench = Bench::with(|builder| builder.promise(promise));
    let omar = Agent::new(agent("omar"), 1);
    bench.desk.save_agent(&omar, 0).await.unwrap();
    write(&bench, "1", "matti", 0).await;
    bench.clock.advance(TimeDelta::minutes(11));
    bench.desk.tick().await.unwrap();
    bench.desk.notify().await.unwrap();
    let told = notices(&bench, "omar").await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(
        (&told[0].occasion, told[0].called),
        (&Occasion::Promise, true)
    );
}

#[tokio::test]
async fn what_was_held_back_goes_where_its_person_is_told_now_or_nowhere() {
    let (bench, pager) = paged();
    let desk = &bench.desk;
    write(&bench, "1", "matti", 0).await;
    let ticket = Followed::Ticket(ticket_of(&bench, "matti").await);
    // It is 08:00; they may be disturbed from 10 to 16.
    let hours = Hours::new(chrono_tz::UTC)
        .open("Mo-Su 10:00-16:00")
        .unwrap();
    let following = Following::new([Follow::new(ticket)]).within(hours);
    for name in ["vera", "leo", "omar"] {
        follow(&bench, name, following.clone().told_by("pager", "old")).await;
    }
    write(&bench, "2", "matti", 1).await;
    desk.notify().await.unwrap();
    assert_eq!(pager.told(), []);
    follow(&bench, "vera", following.clone().told_by("pager", "new")).await;
    follow(&bench, "leo", following).await;
    desk.remove_agent(&agent("omar"), 0).await.unwrap();
    bench.clock.advance(TimeDelta::hours(3));
    for _ in 0..2 {
        desk.notify().await.unwrap();
    }
    let told = pager.told();
    let to: Vec<_> = told.iter().map(|one| one.to.as_str()).collect();
    assert_eq!(to, ["new"]);
}

#[tokio::test]
async fn whoever_has_a_ticket_is_told_without_following_it() {
    let (bench, _) = paged();
    let desk = &bench.desk;
    let liisa = Agent::new(agent("liisa"), 5);
    desk.save_agent(&liisa, 0).await.unwrap();
    write(&bench, "1", "matti", 0).await;
    desk.notify().await.unwrap();
    let ticket = ticket_of(&bench, "matti").await;
    for name in ["liisa", "omar"] {
        let give = Command::Assign {
            to: Some(agent(name)),
            until: None,
        };
        let by = Actor::Us(Some(agent("omar")));
        desk.command(&ticket, give, by).await.unwrap();
    }
    write(&bench, "2", "matti", 1).await;
    desk.notify().await.unwrap();
    let lines = |told: Vec<Notice>| -> Vec<String> {
        assert!(told.iter().all(|one| one.called && one.why.is_empty()));
        told.iter().map(Notice::to_string).collect()
    };
    let liisa = lines(notices(&bench, "liisa").await);
    assert_eq!(liisa, [format!("omar gave you {ticket}")]);
    // What omar gave himself is no news to him.
    let omar = lines(notices(&bench, "omar").await);
    assert_eq!(omar, [format!("a customer wrote on {ticket}")]);
}

#[tokio::test]
async fn who_follows_a_bundle_hears_of_whatever_is_in_it() {
    let (bench, _) = paged();
    let desk = &bench.desk;
    write(&bench, "1", "matti", 0).await;
    write(&bench, "2", "anna", 0).await;
    let target = ticket_of(&bench, "matti").await;
    let bundled = ticket_of(&bench, "anna").await;
    desk.bundle(&bundled, &target, &Actor::Us(None))
        .await
        .unwrap();
    for command in [
        Command::Prioritise {
            priority: Some(Priority::Urgent),
        },
        Command::Assign {
            to: Some(agent("omar")),
            until: None,
        },
    ] {
        desk.command(&target, command, Actor::Us(None))
            .await
            .unwrap();
    }
    let urgent = Follow::new(Followed::Ticket(target)).at_least(Priority::Urgent);
    follow(&bench, "vera", Following::new([urgent])).await;
    write(&bench, "3", "anna", 1).await;
    desk.notify().await.unwrap();
    for name in ["vera", "omar"] {
        let told = notices(&bench, name).await;
        let of: Vec<_> = told.iter().map(|one| &one.ticket).collect();
        assert_eq!(of, [&bundled], "{name}");
        assert_eq!(told[0].priority, Some(Priority::Urgent));
    }
}

#[tokio::test]
async fn what_was_read_goes_and_what_nobody_reads_goes_after_a_month() {
    let (bench, _) = paged();
    let desk = &bench.desk;
    write(&bench, "1", "matti", 0).await;
    let mine = Follow::new(Followed::Ticket(ticket_of(&bench, "matti").await));
    follow(&bench, "vera", Following::new([mine.clone()])).await;
    follow(&bench, "veranda", Following::new([mine])).await;
    for (id, minutes) in [("2", 1), ("3", 2), ("4", 3)] {
        write(&bench, id, "matti", minutes).await;
    }
    desk.notify().await.unwrap();
    let all = notices(&bench, "vera").await;
    desk.read_notices(&agent("vera"), all[1].number)
        .await
        .unwrap();
    assert_eq!(notices(&bench, "vera").await, all[2..]);
    assert_eq!(notices(&bench, "veranda").await.len(), 3, "hers are hers");
    let later = desk.notices(&agent("veranda"), all[0].number, 1).await;
    assert_eq!(later.unwrap()[0].number, all[1].number);
    bench.clock.advance(TimeDelta::days(31));
    write(&bench, "5", "matti", 31 * 24 * 60).await;
    desk.notify().await.unwrap();
    assert_eq!(notices(&bench, "vera").await.len(), 1);
}

#[tokio::test]
async fn what_an_import_brings_is_no_news() {
    let (bench, _) = paged();
    write(&bench, "1", "matti", 0).await;
    let mine = Follow::new(Followed::Ticket(ticket_of(&bench, "matti").await));
    follow(&bench, "vera", Following::new([mine])).await;
    bench.clock.advance(TimeDelta::days(8));
    write(&bench, "2", "matti", 30).await;
    assert_eq!(bench.desk.notify().await.unwrap(), 0);
}

#[tokio::test]
async fn nothing_that_anybody_follows_or_was_told_of_is_left_of_who_is_erased() {
    let pager = Pager::default();
    let bench = Bench::with(|builder| {
        let key = aspa_types::Secret::new("a key of the test, long enough");
        builder.identity_key(key).notifier("pager", pager.clone())
    });
    let desk = &bench.desk;
    let record = Customer::new(crm("7"), CustomerKind::Person);
    let mut changes = Changes::default();
    changes.customers.push(record);
    desk.store().commit(changes).await.unwrap();
    for customer in ["matti", "anna"] {
        write(&bench, &format!("{customer}-1"), customer, 0).await;
    }
    desk.confirm_link(&person("matti"), &crm("7"), agent("omar"))
        .await
        .unwrap();
    let (matti, anna) = (
        ticket_of(&bench, "matti").await,
        ticket_of(&bench, "anna").await,
    );
    let all = [
        Follow::new(Followed::Customer(crm("7"))),
        Follow::new(Followed::Ticket(matti.clone())),
        Follow::new(Followed::Ticket(anna.clone())),
    ];
    let following = Following::new(all).told_by("pager", "vera");
    follow(&bench, "vera", following).await;
    pager.fails.store(1, Ordering::SeqCst);
    for customer in ["matti", "anna"] {
        write(&bench, &format!("{customer}-2"), customer, 1).await;
    }
    desk.notify().await.unwrap();
    assert_eq!(notices(&bench, "vera").await.len(), 2);
    let subject = aspa_desk::Subject::Handle(person("matti"));
    desk.erase(&subject, None, "a wish").await.unwrap();
    let subject = aspa_desk::Subject::Customer(crm("7"));
    desk.erase(&subject, None, "a wish").await.unwrap();
    let left = notices(&bench, "vera").await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].ticket, anna);
    let follows = desk.following(&agent("vera")).await.unwrap().value.follows;
    assert_eq!(follows, [Follow::new(Followed::Ticket(anna))]);
    // What is tried again is without them too.
    bench.clock.advance(TimeDelta::seconds(5));
    desk.notify().await.unwrap();
    let told = pager.texts();
    assert_eq!(told.len(), 2);
    assert!(told[0].contains(matti.as_str()) && !told[1].contains(matti.as_str()));
    assert_eq!(told[1].lines().count(), 1);
}
