//! Rules of a desk: what they do when a message comes in, and what they would have done.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use aspa_channel::Handle;
use aspa_crm::{Claim, Customer, CustomerKind, Field};
use aspa_desk::{Error, Reply};
use aspa_store::{Between, Changes, Position, Store};
use aspa_ticket::assignment::{Agent, Need, Policy, Route, Span};
use aspa_ticket::automation::{Action, Condition, Rule, RuleSet, Trigger};
use aspa_ticket::tags::{TagError, Tags};
use aspa_ticket::{Actor, Command, Disposition, EventKind, Goal, Occasion, Priority, Topic};
use aspa_types::{CustomerId, Tag, TicketId};
use chrono::TimeDelta;
use common::{Bench, agent, all, answers, asks, event, minute, only, person, shop};

fn tag(name: &str) -> Tag {
    Tag::new(name).unwrap()
}

/// "late" → tagged and urgent; "win" → spam; what is tagged late by the first → never seen by it.
fn rules() -> RuleSet {
    let late = Rule::new("late", Condition::words(["late"]))
        .does(Action::Tag {
            tag: tag("delivery/late"),
        })
        .does(Action::Prioritise {
            priority: Priority::Urgent,
        })
        .does(Action::Suggest {
            playbook: "where-is-it".to_owned(),
        });
    let spam = Rule::new("spam", Condition::words(["win a prize"])).does(Action::Dispose {
        disposition: Disposition::Spam,
    });
    let after = Rule::new(
        "after late",
        Condition::Tagged {
            tag: tag("delivery"),
        },
    )
    .does(Action::Tag { tag: tag("second") });
    RuleSet {
        rules: vec![late, spam, after],
    }
}

async fn says(bench: &Bench, id: &str, customer: &str, minute: i64, text: &str) {
    let mut message = asks(id, "c", customer, minute);
    message.parts = vec![aspa_channel::Part::text(text)];
    bench.tell([event(message)]).await;
}

#[tokio::test]
async fn rules_act_on_what_comes_in_and_only_once() {
    let bench = Bench::new();
    let desk = &bench.desk;
    bench.clock.advance(TimeDelta::minutes(30));
    desk.save_rules(&rules(), 0).await.unwrap();
    says(&bench, "1", "matti", 0, "My parcel is LATE").await;
    let ticket = only(desk).await;
    let tags: Vec<_> = ticket.tags.iter().map(Tag::as_str).collect();
    assert_eq!(
        tags,
        ["delivery/late"],
        "no rule sees what another has done"
    );
    assert_eq!(ticket.priority, Some(Priority::Urgent));
    let log = bench.store.log(Position::default(), 100).await.unwrap();
    let by: Vec<_> = log
        .iter()
        .filter(|e| !matches!(e.event.kind, EventKind::Received { .. }))
        .map(|e| e.event.by.clone())
        .collect();
    assert_eq!(by, vec![Actor::System("rule late".to_owned()); 2]);
    let run = desk.rules_on(&ticket.id).await.unwrap();
    assert_eq!(run.matched, ["late", "after late"]);
    let suggested = run
        .actions
        .iter()
        .any(|(_, a)| matches!(a, Action::Suggest { .. }));
    assert!(suggested);
    let why = desk.explain_rules(&ticket.id).await.unwrap();
    assert_eq!(why.iter().filter(|e| e.matched).count(), 2);

    says(&bench, "2", "anna", 1, "You can win a prize!").await;
    let spam = all(desk)
        .await
        .into_iter()
        .find(|t| t.key.customer.id() == "anna");
    let spam = spam.unwrap().messages[0].disposition.clone();
    assert_eq!(spam, Disposition::Spam);
}

#[tokio::test]
async fn a_rule_tells_whom_it_names_once() {
    let bench = Bench::new();
    let desk = &bench.desk;
    bench.clock.advance(TimeDelta::minutes(30));
    let liisa = Agent::new(agent("liisa"), 5);
    desk.save_agent(&liisa, 0).await.unwrap();
    let to = vec!["agent liisa".to_owned()];
    let rule = Rule::new("press", Condition::words(["newspaper"])).does(Action::Notify { to });
    let rules = RuleSet { rules: vec![rule] };
    desk.save_rules(&rules, 0).await.unwrap();
    says(&bench, "1", "matti", 0, "I write for a newspaper").await;
    says(&bench, "2", "anna", 1, "Where is my parcel?").await;
    for _ in 0..2 {
        desk.notify().await.unwrap();
    }
    let liisa = desk.notices(&agent("liisa"), 0, 10).await.unwrap();
    let told: Vec<_> = liisa.iter().map(|n| (&n.occasion, n.called)).collect();
    assert_eq!(told, [(&Occasion::Called, true)]);
    let line = liisa[0].to_string();
    assert!(line.starts_with("rule press: "), "{line}");
    let others = desk.notices(&agent("kalle"), 0, 10).await.unwrap();
    assert!(others.is_empty());
}

#[tokio::test]
async fn what_was_answered_before_it_came_is_left_alone() {
    let bench = Bench::new();
    bench.clock.advance(TimeDelta::minutes(30));
    bench.desk.save_rules(&rules(), 0).await.unwrap();
    bench.tell([event(answers("2", "c", "matti", 5))]).await;
    says(&bench, "1", "matti", 0, "so late").await;
    assert!(only(&bench.desk).await.tags.is_empty());
}

#[tokio::test]
async fn rules_are_tried_over_what_has_happened_before_they_are_saved() {
    let bench = Bench::new();
    let desk = &bench.desk;
    bench.clock.advance(TimeDelta::minutes(30));
    for (i, text) in ["late", "late again", "fine", "win a prize"]
        .iter()
        .enumerate()
    {
        let customer = ["matti", "matti", "anna", "leo"][i];
        says(
            &bench,
            &i.to_string(),
            customer,
            i64::try_from(i).unwrap(),
            text,
        )
        .await;
    }
    let tried = desk
        .try_rules(&rules(), Between::default(), 100)
        .await
        .unwrap();
    assert_eq!((tried.seen, tried.touched.len()), (4, 2));
    let did = ["late", "spam", "after late"].map(|rule| tried.did[rule].len());
    assert_eq!(did, [1, 1, 0]);
    assert!(
        all(desk).await.iter().all(|t| t.tags.is_empty()),
        "nothing was done"
    );
    let few = desk
        .try_rules(&rules(), Between::default(), 1)
        .await
        .unwrap();
    assert!(few.seen < 4);
    let twice = RuleSet {
        rules: vec![rules().rules.remove(0), rules().rules.remove(0)],
    };
    assert!(matches!(
        desk.save_rules(&twice, 0).await,
        Err(Error::BadRule(_))
    ));
}

#[tokio::test]
async fn tags_go_by_their_names_of_today_where_the_account_takes_them() {
    let (bench, ticket) = Bench::asked().await;
    let desk = &bench.desk;
    let us = || Actor::Us(Some(agent("liisa")));
    let put = |name: &str| Command::Tag { tag: tag(name) };
    desk.command(&ticket.id, put("delivery/late"), us())
        .await
        .unwrap();
    let mut tags = Tags::default();
    tags.declare(&tag("delivery"), None);
    tags.rename(&tag("delivery"), &tag("shipping")).unwrap();
    tags.allow(&shop(), Some([tag("shipping")].into()));
    desk.save_tags(&tags, 0).await.unwrap();
    let refused = desk.command(&ticket.id, put("billing"), us()).await;
    assert!(matches!(
        refused,
        Err(Error::Tag(TagError::NotAllowed { .. }))
    ));
    let lost = desk
        .command(&ticket.id, put("delivery/lost"), us())
        .await
        .unwrap();
    assert!(lost.tags.contains(&tag("shipping/lost")));
    assert_eq!(tags.of(&lost.tags).len(), 2);
    // What was tagged under the old name is untagged under the new one.
    let off = Command::Untag {
        tag: tag("shipping/late"),
    };
    let left = desk.command(&ticket.id, off, us()).await.unwrap();
    assert_eq!(
        left.tags.iter().map(Tag::as_str).collect::<Vec<_>>(),
        ["shipping/lost"]
    );
}

fn happened(what: Trigger) -> Condition {
    Condition::Happened { what }
}

fn both(one: Condition, other: Condition) -> Condition {
    Condition::All {
        of: vec![one, other],
    }
}

fn tagged(name: &str) -> Condition {
    Condition::Tagged { tag: tag(name) }
}

fn put(name: &str) -> Action {
    Action::Tag { tag: tag(name) }
}

/// What rules did, in order: which rule, and what.
async fn done_by_rules(bench: &Bench) -> Vec<String> {
    let log = bench.store.log(Position::default(), 100).await.unwrap();
    let told = log.into_iter().filter_map(|entry| match entry.event.by {
        Actor::System(by) if by.starts_with("rule ") => {
            let what = serde_json::to_value(&entry.event.kind).unwrap();
            Some(format!("{by}: {}", what["type"].as_str().unwrap()))
        }
        _ => None,
    });
    told.collect()
}

#[tokio::test]
async fn rules_act_on_clocks_agents_and_what_was_sent() {
    let bench = Bench::new();
    let desk = &bench.desk;
    let late = Condition::Clock {
        name: Some("first_response".to_owned()),
        point: Some("breach".to_owned()),
    };
    let set = RuleSet {
        rules: vec![
            Rule::new("broken", both(late, Condition::words(["parcel"]))).does(
                Action::Prioritise {
                    priority: Priority::Urgent,
                },
            ),
            Rule::new("vip", both(happened(Trigger::Changed), tagged("vip"))).does(put("second")),
            Rule::new("loop", both(happened(Trigger::Changed), tagged("second")))
                .does(put("third")),
            Rule::new("sent", happened(Trigger::Sent)).does(put("answered")),
            Rule::new("usual", Condition::words(["parcel"])).does(put("parcel")),
        ],
    };
    desk.save_rules(&set, 0).await.unwrap();
    says(&bench, "1", "matti", 0, "Where is my parcel?").await;
    let id = only(desk).await.id;
    assert_eq!(done_by_rules(&bench).await, ["rule usual: tagged"]);

    // A rule that asks for nothing else is about messages: it does not undo what people do.
    let us = || Actor::Us(Some(agent("liisa")));
    let untag = Command::Untag { tag: tag("parcel") };
    let ticket = desk.command(&id, untag, us()).await.unwrap();
    assert!(ticket.tags.is_empty());

    // What a rule does sets off none.
    let vip = Command::Tag { tag: tag("vip") };
    let ticket = desk.command(&id, vip, us()).await.unwrap();
    let tags: Vec<_> = ticket.tags.iter().map(Tag::as_str).collect();
    assert_eq!(tags, ["second", "vip"]);

    bench.clock.advance(TimeDelta::minutes(11));
    desk.tick().await.unwrap();
    assert_eq!(only(desk).await.priority, Some(Priority::Urgent));
    desk.tick().await.unwrap();
    desk.reply(&id, Reply::answer("It is on its way"))
        .await
        .unwrap();
    desk.deliver().await.unwrap();
    let did = [
        "rule usual: tagged",
        "rule vip: tagged",
        "rule broken: prioritised",
        "rule loop: tagged",
        "rule sent: tagged",
    ];
    assert_eq!(done_by_rules(&bench).await, did);

    // The same rules, asked what they would have done.
    let opened = Between::default();
    let tried = desk.try_rules(&set, opened, 10).await.unwrap();
    assert_eq!(tried.touched.len(), 1);
    let matched: Vec<_> = tried
        .matched
        .iter()
        .map(|(rule, tickets)| (&rule[..], tickets.len()))
        .collect();
    let each = [
        ("broken", 1),
        ("loop", 1),
        ("sent", 1),
        ("usual", 1),
        ("vip", 1),
    ];
    assert_eq!(matched, each);
}

#[tokio::test]
async fn trying_rules_counts_nothing_that_would_be_refused_and_nothing_twice() {
    let bench = Bench::new();
    let desk = &bench.desk;
    let mut tags = Tags::default();
    tags.declare(&tag("shipping"), None);
    tags.allow(&shop(), Some([tag("shipping")].into()));
    desk.save_tags(&tags, 0).await.unwrap();
    // Matti comes again after each of his tickets was closed; read one at a time, each is counted once.
    for minute in 0..3 {
        says(&bench, &minute.to_string(), "matti", minute * 3, "late").await;
        let open = all(desk).await.into_iter();
        let open = open.map(|ticket| (ticket.ordinal, ticket.id)).max();
        bench.clock.advance(TimeDelta::minutes(1));
        let us = Actor::Us(Some(agent("liisa")));
        let id = open.unwrap().1;
        desk.command(&id, Command::Close, us).await.unwrap();
        bench.clock.advance(TimeDelta::minutes(2));
    }
    let is_late = || Condition::words(["late"]);
    let set = RuleSet {
        rules: vec![
            Rule::new("taken", is_late()).does(put("shipping/late")),
            Rule::new("not taken", is_late()).does(put("billing")),
            Rule::new("on what is closed", happened(Trigger::Changed)).does(Action::Prioritise {
                priority: Priority::Urgent,
            }),
        ],
    };
    let tried = desk.try_rules(&set, Between::default(), 10).await.unwrap();
    let counts = |of: &BTreeMap<String, BTreeSet<TicketId>>| {
        let names = ["taken", "not taken", "on what is closed"];
        names.map(|rule| of[rule].len())
    };
    assert_eq!(counts(&tried.matched), [3, 3, 3]);
    assert_eq!(counts(&tried.did), [3, 0, 0]);
    assert_eq!((tried.seen, tried.touched.len()), (6, 3));
}

#[tokio::test]
async fn rules_act_on_what_was_split_off() {
    let bench = Bench::new();
    let desk = &bench.desk;
    for (id, text) in [("1", "Where is my parcel?"), ("2", "My bill is wrong")] {
        says(&bench, id, "matti", 0, text).await;
    }
    let bill = both(happened(Trigger::Changed), Condition::words(["bill"]));
    let set = RuleSet {
        rules: vec![Rule::new("bill", bill).does(put("billing"))],
    };
    desk.save_rules(&set, 0).await.unwrap();
    bench.clock.advance(TimeDelta::minutes(1));
    let one = only(desk).await;
    let off = one.newest_inbound().unwrap().message.clone();
    let us = Actor::Us(Some(agent("liisa")));
    let (act, new) = desk.split(&one.id, &[off], &us).await.unwrap();
    assert_eq!(new.tags, [tag("billing")].into());
    assert!(desk.ticket(&one.id).await.unwrap().tags.is_empty());
    // What the rule did to it goes with it.
    desk.undo(&one.id, &act, &us).await.unwrap();
    let again = only(desk).await;
    assert_eq!((again.tags.len(), again.messages.len()), (0, 2));
}

#[tokio::test]
async fn rules_ask_how_important_the_customer_is() {
    let bench = Bench::new();
    let desk = &bench.desk;
    let gold = Condition::Tier {
        name: "gold".to_owned(),
    };
    let set = RuleSet {
        rules: vec![Rule::new("gold", gold).does(Action::Prioritise {
            priority: Priority::High,
        })],
    };
    desk.save_rules(&set, 0).await.unwrap();
    says(&bench, "1", "matti", 0, "Hello?").await;
    assert_eq!(only(desk).await.priority, None);

    let id = CustomerId::new("crm".parse().unwrap(), "7").unwrap();
    let tier = Claim::new(Field::Tier, "gold", id.system.clone(), minute(0));
    let mut changes = Changes::default();
    let record = Customer::new(id.clone(), CustomerKind::Person).with(tier);
    changes.customers.push(record);
    desk.store().commit(changes).await.unwrap();
    let matti = only(desk).await.key.customer;
    desk.confirm_link(&matti, &id, agent("liisa"))
        .await
        .unwrap();
    says(&bench, "2", "matti", 1, "Hello again?").await;
    let ticket = only(desk).await;
    assert_eq!(ticket.priority, Some(Priority::High));
    let tried = desk.try_rules(&set, Between::default(), 10).await.unwrap();
    assert_eq!(tried.matched["gold"].len(), 1);
    assert_eq!(desk.rules_on(&ticket.id).await.unwrap().matched, ["gold"]);
}

#[tokio::test]
async fn rules_ask_how_many_follow_the_author() {
    let bench = Bench::new();
    let desk = &bench.desk;
    let many = Condition::Followers { least: 10_000 };
    let set = RuleSet {
        rules: vec![Rule::new("many", many).does(put("press"))],
    };
    desk.save_rules(&set, 0).await.unwrap();
    for (id, customer, followers) in [("1", "matti", 9_999), ("2", "anna", 10_000)] {
        let mut came = event(asks(id, "c", customer, 0));
        let profile = Handle::new(person(customer)).followed_by(followers, minute(0));
        came.handles.push(profile);
        bench.tell([came]).await;
    }
    let tagged = all(desk).await.into_iter();
    let tagged = tagged.filter(|ticket| !ticket.tags.is_empty());
    let tagged: Vec<_> = tagged.map(|ticket| ticket.key.customer).collect();
    assert_eq!(tagged, [person("anna")]);
    let tried = desk.try_rules(&set, Between::default(), 10).await.unwrap();
    assert_eq!(tried.matched["many"].len(), 1);
}

#[tokio::test]
async fn what_names_a_tag_means_it_by_every_name() {
    let (bench, ticket) = Bench::asked().await;
    let desk = &bench.desk;
    let us = || Actor::Us(Some(agent("liisa")));
    // All of this is written while the tag is called so, and the ticket has it under that name.
    let old = || tag("delivery/late");
    let mut route = Route::default();
    route.tags.insert(old());
    route.needs.push(Need::skill(tag("parcels")));
    let mut policy = Policy::default();
    policy.routes.push(route);
    desk.save_assignment_policy(&policy, 0).await.unwrap();
    let goal = Goal::customers_first(86_400).with_topic(old(), Topic::risky());
    desk.save_goal(&shop(), &goal, 0).await.unwrap();
    let set = RuleSet {
        rules: vec![
            Rule::new(
                "noted",
                both(happened(Trigger::Changed), tagged("delivery")),
            )
            .does(put("delivery/seen")),
        ],
    };
    desk.save_rules(&set, 0).await.unwrap();
    let change = Command::Tag { tag: old() };
    desk.command(&ticket.id, change, us()).await.unwrap();

    let mut tags = Tags::default();
    tags.declare(&old(), None);
    tags.declare(&tag("shipping"), None);
    tags.merge(&tag("delivery"), &tag("shipping")).unwrap();
    desk.save_tags(&tags, 0).await.unwrap();
    let change = Command::Prioritise {
        priority: Some(Priority::High),
    };
    let ticket = desk.command(&ticket.id, change, us()).await.unwrap();
    // The rule matches; what it would put on is there by another name.
    let matched = desk.rules_on(&ticket.id).await.unwrap();
    assert!(matched.actions.is_empty(), "{matched:?}");
    let told = desk.explain_rules(&ticket.id).await.unwrap();
    let held = told[0].conditions.iter().filter(|line| line.holds).count();
    assert_eq!(held, 1, "{told:?}");

    // Risky at once, and only for whoever knows about parcels.
    let agents = [("anna", None), ("ville", Some("parcels"))];
    for (name, skill) in agents {
        let mut one = Agent::new(agent(name), 5);
        let (from, until) = (minute(0), minute(600));
        one.shifts.push(Span { from, until });
        one.skills.extend(skill.map(tag));
        desk.save_agent(&one, 0).await.unwrap();
    }
    let given = desk.assign_waiting().await.unwrap();
    let to: Vec<_> = given.iter().map(|one| one.to.as_str()).collect();
    assert_eq!(to, ["ville"]);

    let counting = desk.counting().await.unwrap();
    let figures = desk.team_figures(&counting).await.unwrap();
    let counted: Vec<_> = figures
        .tags
        .iter()
        .map(|(tag, went)| (tag.as_str(), went.tickets))
        .collect();
    assert_eq!(
        counted,
        [("shipping", 1), ("shipping/late", 1), ("shipping/seen", 1)]
    );
}
