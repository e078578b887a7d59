//! Tickets that wait are given to those who can take them, and come back when nothing is done.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use aspa_desk::Reply;
use aspa_hours::Hours;
use aspa_sla::Promise;
use aspa_store::{Position, Store};
use aspa_ticket::assignment::{Agent, Cover, Need, Policy, Route, Span};
use aspa_ticket::{Actor, Category, Command, Disposition, EventKind, Goal, Outcome, Topic};
use chrono::TimeDelta;
use common::{Bench, about, agent, all, asks, event, minute};

/// On shift for two hours, for one ticket at a time.
fn someone(name: &str) -> Agent {
    let shift = Span {
        from: minute(0),
        until: minute(120),
    };
    Agent::new(agent(name), 1).on(shift)
}

async fn asked(bench: &Bench, customers: &[&str]) {
    let messages = customers
        .iter()
        .zip(0..)
        .map(|(customer, i)| event(asks(&format!("{customer}-1"), "c", customer, i)));
    bench.clock.advance(TimeDelta::minutes(9));
    bench.tell(messages).await;
}

/// Who has what: `matti liisa`, in the order of customers.
async fn who_has_what(bench: &Bench) -> Vec<String> {
    let mut all: Vec<String> = all(&bench.desk)
        .await
        .iter()
        .map(|t| {
            let who = t.assignee.as_ref().map_or("-", |who| who.as_str());
            format!("{} {who}", t.key.customer.id())
        })
        .collect();
    all.sort();
    all
}

#[tokio::test]
async fn what_waits_is_given_within_capacity_and_the_rest_when_it_frees() {
    let bench = Bench::new();
    let desk = &bench.desk;
    asked(&bench, &["anna", "bertta", "cecilia"]).await;
    assert!(
        desk.assign_waiting().await.unwrap().is_empty(),
        "nobody works"
    );
    for name in ["kalle", "liisa"] {
        desk.save_agent(&someone(name), 0).await.unwrap();
    }
    let given = desk.assign_waiting().await.unwrap();
    assert_eq!(given.len(), 2);
    let held = who_has_what(&bench).await;
    assert_eq!(held, ["anna kalle", "bertta liisa", "cecilia -"]);
    assert!(
        desk.assign_waiting().await.unwrap().is_empty(),
        "all at capacity"
    );

    let anna = given[0].ticket.clone();
    let resolve = Command::Resolve {
        outcome: aspa_ticket::Outcome::Solved,
        rest: Some(aspa_ticket::Disposition::Spam),
        newest_seen: None,
    };
    let kalle = Actor::Us(Some(agent("kalle")));
    desk.command(&anna, resolve, kalle).await.unwrap();
    desk.assign_waiting().await.unwrap();
    assert_eq!(who_has_what(&bench).await[2], "cecilia kalle");

    // The log says who decided and why.
    let log = bench.store.log(Position::default(), 100).await.unwrap();
    let given = log
        .iter()
        .find(|e| matches!(e.event.kind, EventKind::Assigned { .. }));
    let given = &given.unwrap().event;
    assert_eq!(given.by, Actor::System("assignment".to_owned()));
    let why = given.cause.as_ref().unwrap();
    assert!(why.contains("2 on shift, 2 with room"), "{why}");
}

#[tokio::test]
async fn an_assignment_that_nothing_comes_of_goes_back_into_line() {
    let bench = Bench::new();
    let desk = &bench.desk;
    asked(&bench, &["anna", "bertta"]).await;
    for name in ["kalle", "liisa"] {
        desk.save_agent(&someone(name), 0).await.unwrap();
    }
    let mut policy = Policy::default();
    policy.expires_seconds = Some(600);
    desk.save_assignment_policy(&policy, 0).await.unwrap();
    let given = desk.assign_waiting().await.unwrap();
    let reply = Reply::answer("we are at it").by(agent("liisa"));
    desk.reply(&given[1].ticket, reply).await.unwrap();
    bench.clock.advance(TimeDelta::seconds(599));
    desk.tick().await.unwrap();
    assert_eq!(who_has_what(&bench).await, ["anna kalle", "bertta liisa"]);
    bench.clock.advance(TimeDelta::seconds(1));
    desk.tick().await.unwrap();
    assert_eq!(who_has_what(&bench).await, ["anna -", "bertta liisa"]);
    let waits = desk.ticket(&given[0].ticket).await.unwrap();
    assert_eq!(
        (waits.category, waits.assigned_until),
        (Category::Open, None)
    );
    // Turns decide: nobody gets it time and again for having let it go by.
    let resolve = Command::Resolve {
        outcome: Outcome::Solved,
        rest: Some(Disposition::Spam),
        newest_seen: None,
    };
    let us = Actor::Us(Some(agent("liisa")));
    desk.command(&given[1].ticket, resolve, us).await.unwrap();
    let mut had = Vec::new();
    for _ in 0..4 {
        desk.assign_waiting().await.unwrap();
        had.push(who_has_what(&bench).await[0].clone());
        bench.clock.advance(TimeDelta::seconds(600));
        desk.tick().await.unwrap();
    }
    let (kalle, liisa) = ("anna kalle", "anna liisa");
    assert_eq!(had, [kalle, liisa, kalle, liisa]);
}

#[tokio::test]
async fn where_nobody_waits_nobody_is_called() {
    let bench = Bench::new();
    let desk = &bench.desk;
    asked(&bench, &["anna", "bertta"]).await;
    desk.save_agent(&someone("kalle"), 0).await.unwrap();
    let anna = &all(desk).await[0];
    let message = anna.inbound().next().unwrap().message.clone();
    let disposition = Disposition::Spam;
    let spam = Command::Dispose {
        message,
        disposition,
    };
    let rule = Actor::System("spam".to_owned());
    desk.command(&anna.id, spam, rule).await.unwrap();
    let given = desk.assign_waiting().await.unwrap();
    assert_eq!(given.len(), 1);
    assert_ne!(given[0].ticket, anna.id);
}

#[tokio::test]
async fn skills_and_shifts_hold_and_two_desks_never_give_one_ticket_twice() {
    let bench = Bench::new();
    let desk = &bench.desk;
    asked(&bench, &["anna", "bertta", "cecilia", "doris"]).await;
    for ticket in all(desk).await {
        if ticket.key.customer.id() != "anna" {
            let tag = "billing/refund".parse().unwrap();
            let us = Actor::Us(Some(agent("liisa")));
            desk.command(&ticket.id, Command::Tag { tag }, us)
                .await
                .unwrap();
        }
    }
    let mut route = Route::default();
    route.tags.insert("billing".parse().unwrap());
    route.needs = vec![Need::skill("money".parse().unwrap())];
    let mut policy = Policy::default();
    policy.routes.push(route);
    desk.save_assignment_policy(&policy, 0).await.unwrap();
    let mut money = someone("maija").skilled("money".parse().unwrap());
    money.capacity = 2;
    desk.save_agent(&money, 0).await.unwrap();
    let mut asleep = someone("unto").skilled("money".parse().unwrap());
    asleep.shifts[0].from = minute(60);
    desk.save_agent(&asleep, 0).await.unwrap();
    let other = desk.clone();
    let (here, there) = tokio::join!(desk.assign_waiting(), other.assign_waiting());
    assert_eq!(here.unwrap().len() + there.unwrap().len(), 2);
    // The least loaded is Maija alone, who takes the first two that she can do: all of them.
    let held = who_has_what(&bench).await;
    assert_eq!(held.iter().filter(|one| one.ends_with("maija")).count(), 2);
    assert_eq!(held.iter().filter(|one| one.ends_with("unto")).count(), 0);
    bench.clock.advance(TimeDelta::minutes(60));
    desk.assign_waiting().await.unwrap();
    let held = who_has_what(&bench).await;
    assert_eq!(held.iter().filter(|one| one.ends_with("unto")).count(), 1);
}

#[tokio::test]
async fn the_rota_says_when_nobody_who_is_needed_works() {
    let hours = Hours::new(chrono_tz::UTC)
        .open("Mo-Su 08:00-16:00")
        .unwrap();
    let promise = Promise::answer_within(TimeDelta::hours(1), hours);
    let bench = Bench::with(|builder| builder.promise(promise));
    let desk = &bench.desk;
    let clock = |hour: u32| format!("2026-11-02T{hour:02}:00:00Z").parse().unwrap();
    let from_to = |from, until| Span {
        from: clock(from),
        until: clock(until),
    };
    for (name, skill, from, until) in [("anna", None, 6, 15), ("sven", Some("swedish"), 10, 12)] {
        let mut one = Agent::new(agent(name), 1).on(from_to(from, until));
        one.skills.extend(skill.map(|skill| skill.parse().unwrap()));
        desk.save_agent(&one, 0).await.unwrap();
    }
    let mut swedish = Route::default();
    swedish.language = Some("sv".to_owned());
    swedish.needs = vec![Need::skill("swedish".parse().unwrap())];
    let mut policy = Policy::default();
    policy.routes.push(swedish.clone());
    desk.save_assignment_policy(&policy, 0).await.unwrap();
    let found = desk.rota_gaps(from_to(0, 23)).await.unwrap();
    let of = |need: &Need| -> Vec<Span> {
        let of_need = found.iter().filter(|gap| gap.need == *need);
        of_need.map(|gap| gap.span).collect()
    };
    assert_eq!(of(&Need::default()), [from_to(15, 16)]);
    let without_swedish = [from_to(8, 10), from_to(12, 16)];
    assert_eq!(of(&swedish.needs[0]), without_swedish);

    // Said outright: two at a time.
    let two = Cover {
        need: Need::default(),
        least: 2,
    };
    policy.covers.push(two);
    desk.save_assignment_policy(&policy, 1).await.unwrap();
    let found = desk.rota_gaps(from_to(8, 16)).await.unwrap();
    let spans: Vec<_> = found.iter().map(|gap| (gap.span, gap.there)).collect();
    let lacking = [(8, 10, 1), (12, 15, 1), (15, 16, 0)];
    assert_eq!(spans, lacking.map(|(a, b, there)| (from_to(a, b), there)));
}

#[tokio::test]
async fn however_many_nobody_can_take_who_can_be_helped_is_helped() {
    let bench = Bench::new();
    let desk = &bench.desk;
    let mut swedish = Route::default();
    swedish.language = Some("sv".to_owned());
    swedish.needs = vec![Need::skill("swedish".parse().unwrap())];
    let mut policy = Policy::default();
    policy.routes.push(swedish);
    desk.save_assignment_policy(&policy, 0).await.unwrap();
    desk.save_agent(&someone("liisa"), 0).await.unwrap();
    bench.clock.advance(TimeDelta::minutes(9));
    let first = (0..10_500).map(|i| {
        let mut message = asks(&format!("sv-{i}"), "c", &format!("sven-{i}"), 0);
        message.language = Some("sv".to_owned());
        event(message)
    });
    bench.tell(first).await;
    bench.tell([event(asks("fi-1", "c", "matti", 5))]).await;
    let given = desk.assign_waiting().await.unwrap();
    let matti = about("c", "matti").ticket_id(1);
    let to: Vec<_> = given.iter().map(|one| &one.ticket).collect();
    assert_eq!(to, [&matti]);
}

#[tokio::test]
async fn escalation_finds_the_owner_of_the_customer_and_the_lead() {
    let bench = Bench::new();
    let desk = &bench.desk;
    asked(&bench, &["anna"]).await;
    let billing: aspa_types::TeamId = "billing".parse().unwrap();
    let mut lead = someone("leena");
    lead.leads.insert(billing.clone());
    desk.save_agent(&lead, 0).await.unwrap();
    let id = all(desk).await[0].id.clone();
    let us = Actor::Us(Some(agent("liisa")));
    let route = Command::Route {
        team: Some(billing),
    };
    desk.command(&id, route, us).await.unwrap();
    let customer = aspa_types::CustomerId::new("crm".parse().unwrap(), "7").unwrap();
    desk.set_owner(&customer, Some(&agent("omar")))
        .await
        .unwrap();
    desk.confirm_link(&common::person("anna"), &customer, agent("liisa"))
        .await
        .unwrap();
    let words = ["lead".to_owned(), "owner".to_owned(), "assignee".to_owned()];
    let told = desk.escalation(&id, &words).await.unwrap();
    let linked = desk.link(&common::person("anna")).await.unwrap();
    let linked = linked.is_some_and(|link| link.customer.is_some());
    assert!(told.people.contains_key(&agent("leena")));
    assert_eq!(told.people.contains_key(&agent("omar")), linked);
    assert!(told.nobody.contains(&"assignee: there is none".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_desk_that_runs_assigns_by_itself_and_not_while_customers_may_answer_first() {
    let bench = Bench::new();
    let desk = &bench.desk;
    let mut goal = Goal::customers_first(300).lead(60);
    goal.topics
        .insert("safety".parse().unwrap(), Topic::risky());
    desk.save_goal(&common::shop(), &goal, 0).await.unwrap();
    let mut policy = Policy::default();
    policy.automatic = true;
    desk.save_assignment_policy(&policy, 0).await.unwrap();
    let mut kalle = someone("kalle");
    kalle.capacity = 2;
    desk.save_agent(&kalle, 0).await.unwrap();
    let (stop, told) = tokio::sync::oneshot::channel::<()>();
    let runs = desk.clone();
    let often = std::time::Duration::from_millis(100);
    let running = tokio::spawn(async move { runs.run(often, async { drop(told.await) }).await });
    let a_while = || tokio::time::sleep(std::time::Duration::from_secs(3));
    for customer in ["anna", "bertta"] {
        let mut message = asks(&format!("{customer}-1"), "c", customer, 0);
        message.audience = aspa_channel::Audience::Public;
        bench.channel.say(event(message));
    }
    a_while().await;
    assert_eq!(who_has_what(&bench).await, ["anna -", "bertta -"]);
    let anna = all(desk).await;
    let anna = anna.iter().find(|t| t.key.customer.id() == "anna").unwrap();
    let tag = "safety".parse().unwrap();
    let us = Actor::Us(Some(agent("liisa")));
    let tag = Command::Tag { tag };
    desk.command(&anna.id, tag, us).await.unwrap();
    a_while().await;
    assert_eq!(who_has_what(&bench).await, ["anna kalle", "bertta -"]);
    bench.clock.advance(TimeDelta::seconds(300));
    a_while().await;
    assert_eq!(who_has_what(&bench).await, ["anna kalle", "bertta kalle"]);
    stop.send(()).unwrap();
    running.await.unwrap();
}
