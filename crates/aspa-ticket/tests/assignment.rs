//! Who gets what, why, and when a rota does not suffice.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use aspa_ticket::Priority;
use aspa_ticket::assignment::{
    Agent, Case, Cover, Need, Policy, Preference, Queue, Route, Seat, Snapshot, Span, Waiting,
    assign, escalate, gaps,
};
use aspa_types::{AgentId, Tag, TeamId, TicketId};
use common::{agent, at, did, matti, received, ticket};
use proptest::prelude::*;

fn day() -> Span {
    Span {
        from: at(0),
        until: at(8 * 3600),
    }
}

fn someone(name: &str, skills: &[&str]) -> Agent {
    let mut agent = Agent::new(agent(name), 2).on(day());
    agent.skills = skills.iter().map(|s| s.parse().unwrap()).collect();
    agent
}

fn id(name: &str) -> TicketId {
    TicketId::new(name).unwrap()
}

fn team(name: &str) -> TeamId {
    TeamId::new(name).unwrap()
}

fn waits(name: &str, since: i64, skills: &[&str]) -> Waiting {
    let mut waiting = Waiting::new(id(name), at(since));
    let need = skills.iter().map(|s| s.parse().unwrap());
    waiting.needs = [need.fold(Need::default(), Need::and)].into();
    waiting
}

/// `t-1 to liisa`, in the order in which they were given.
fn given(seats: Vec<Seat>, waiting: Vec<Waiting>, preferences: &[Preference]) -> Vec<String> {
    let mut policy = Policy::default();
    policy.preferences = preferences.to_vec();
    let plan = assign(&Snapshot::new(seats, waiting), &policy, at(60));
    let short = |a: &aspa_ticket::assignment::Assignment| format!("{} to {}", a.ticket, a.to);
    plan.assigned.iter().map(short).collect()
}

#[test]
fn each_strategy_chooses_as_its_name_says() {
    let liisa = || someone("liisa", &["language/fi"]).free();
    let kalle = || someone("kalle", &["language/fi", "language/sv"]).free();
    let mut known = waits("t-1", 0, &["language/fi"]);
    (known.last_agent, known.owner) = (Some(agent("kalle")), Some(agent("liisa")));
    let by = |preference: Preference, seats: Vec<Seat>| {
        given(seats, vec![known.clone()], &[preference]).remove(0)
    };
    let both = || vec![liisa(), kalle()];
    assert_eq!(by(Preference::LastAgent, both()), "t-1 to kalle");
    assert_eq!(by(Preference::Owner, both()), "t-1 to liisa");
    assert_eq!(by(Preference::FewestSkills, both()), "t-1 to liisa");
    let busy = vec![liisa().with_load(1), kalle()];
    assert_eq!(by(Preference::LeastLoaded, busy), "t-1 to kalle");
    let mut kalle_was_last = kalle();
    kalle_was_last.turn = 7;
    let turns = vec![liisa(), kalle_was_last];
    assert_eq!(by(Preference::RoundRobin, turns), "t-1 to liisa");
    // One that this version does not know prefers nobody: turn and id decide.
    assert_eq!(by(Preference::from("by_mood"), both()), "t-1 to kalle");
}

#[test]
fn least_loaded_is_counted_by_capacity() {
    let mut half_time = someone("anna", &[]);
    half_time.capacity = 1;
    let mut full_time = someone("bertta", &[]);
    full_time.capacity = 10;
    // 0 of 1 is less than 1 of 10; 1 of 10 is less than 1 of 2.
    let seats = vec![
        half_time.clone().free(),
        full_time.clone().free().with_load(1),
    ];
    let waiting = || vec![waits("t-1", 0, &[])];
    let least = [Preference::LeastLoaded];
    assert_eq!(given(seats, waiting(), &least), ["t-1 to anna"]);
    half_time.capacity = 2;
    let seats = vec![half_time.free().with_load(1), full_time.free().with_load(1)];
    assert_eq!(given(seats, waiting(), &least), ["t-1 to bertta"]);
}

#[test]
fn the_sticky_agent_is_passed_over_where_they_cannot_take_it() {
    let mut known = waits("t-1", 0, &[]);
    known.last_agent = Some(agent("kalle"));
    let off = |mut agent: Agent| {
        agent.shifts.clear();
        agent.free()
    };
    let sticky = [Preference::LastAgent, Preference::LeastLoaded];
    for kalle in [
        someone("kalle", &[]).free().with_load(2),
        off(someone("kalle", &[])),
    ] {
        let seats = vec![
            someone("liisa", &[]).free(),
            someone("maija", &[]).free(),
            kalle,
        ];
        let plan = {
            let mut policy = Policy::default();
            policy.preferences = sticky.to_vec();
            assign(&Snapshot::new(seats, [known.clone()]), &policy, at(60))
        };
        let why = plan.assigned[0].to_string();
        assert!(why.starts_with("t-1 to liisa"), "{why}");
        assert!(why.contains("last_agent not among them"), "{why}");
        assert!(why.contains("least_loaded left 2"), "{why}");
    }
}

#[test]
fn what_is_wanted_most_is_tried_first_and_the_rest_in_order() {
    let mut ticket = waits("t-1", 0, &[]);
    ticket.needs = [
        Need::skill("product/phones".parse().unwrap()),
        Need::team(team("phones")),
        Need::default(),
    ]
    .into();
    let expert = someone("aino", &["product"]).free();
    let colleague = someone("kalle", &[]).member(team("phones")).free();
    let anybody = someone("liisa", &[]).free();
    let wish = |seats: Vec<Seat>| {
        let snapshot = Snapshot::new(seats, [ticket.clone()]);
        let one = assign(&snapshot, &Policy::default(), at(60))
            .assigned
            .remove(0);
        (one.to.to_string(), one.wish)
    };
    let all = vec![expert.clone(), colleague.clone(), anybody.clone()];
    assert_eq!(
        wish(all),
        ("aino".into(), 0),
        "who can do product can phones"
    );
    let busy = vec![expert.with_load(2), colleague.clone(), anybody.clone()];
    assert_eq!(wish(busy), ("kalle".into(), 1));
    let gone = vec![colleague.with_load(2), anybody];
    assert_eq!(wish(gone), ("liisa".into(), 2));
}

#[test]
fn what_nobody_can_take_says_why() {
    let mut absent = someone("aino", &["language/sv"]);
    absent.shifts.clear();
    let seats = vec![
        absent.free(),
        someone("kalle", &["language/fi"]).free().with_load(2),
    ];
    let waiting = [
        waits("t-1", 0, &["language/sv"]),
        waits("t-2", 1, &["language/fi"]),
        waits("t-3", 2, &["language/de"]),
    ];
    let plan = assign(&Snapshot::new(seats, waiting), &Policy::default(), at(60));
    assert!(plan.assigned.is_empty());
    let why: Vec<String> = plan
        .left
        .iter()
        .map(|left| format!("{}: {}: {}", left.ticket, left.why[0].0, left.why[0].1))
        .collect();
    assert_eq!(
        why,
        [
            "t-1: language/sv: 1 can do it, nobody on shift",
            "t-2: language/fi: 1 can do it, 1 on shift, all at capacity",
            "t-3: language/de: nobody has the skills",
        ]
    );
}

#[test]
fn the_line_is_ordered_by_due_time_and_head_start() {
    let urgent = |mut waiting: Waiting| {
        waiting.priority = Some(Priority::Urgent);
        waiting
    };
    let mut due = waits("t-due", 50, &[]);
    due.due = Some(at(3600));
    let one = Agent::new(agent("liisa"), 9).on(day()).free();
    let waiting = vec![
        waits("t-later", 40, &[]),
        waits("t-first", 30, &[]),
        urgent(waits("t-urgent", 50, &[])),
        due,
    ];
    let order = given(vec![one], waiting, &[]);
    let names: Vec<&str> = order.iter().map(|s| s.split(' ').next().unwrap()).collect();
    assert_eq!(names, ["t-due", "t-urgent", "t-first", "t-later"]);
}

#[test]
fn urgent_tickets_that_keep_coming_do_not_hold_up_an_old_one_for_ever() {
    let policy = Policy::default();
    let mut queue = Queue::new(policy);
    queue.staff(someone("liisa", &[]).free().with_load(2));
    queue.wait(waits("t-old", 0, &[]));
    let mut before = 0;
    for minute in 0.. {
        let mut urgent = waits(&format!("t-{minute}"), minute * 60, &[]);
        urgent.priority = Some(Priority::Urgent);
        queue.wait(urgent);
        queue.load(&agent("liisa"), 1);
        let given = queue.assign(at(60)).remove(0);
        if given.ticket == id("t-old") {
            break;
        }
        before += 1;
    }
    // Those that came in the four hours that an urgent one is ahead, the last of them just so.
    assert_eq!(before, 4 * 60 + 1);
}

#[test]
fn assignments_say_until_when_they_hold() {
    let mut policy = Policy::default();
    policy.expires_seconds = Some(600);
    let snapshot = Snapshot::new([someone("liisa", &[]).free()], [waits("t-1", 0, &[])]);
    let plan = assign(&snapshot, &policy, at(60));
    assert_eq!(plan.assigned[0].until, Some(at(660)));
}

#[test]
fn routes_tell_what_a_ticket_needs() {
    let mut swedish = Route::default();
    swedish.language = Some("sv".to_owned());
    swedish.needs = vec![Need::skill("language/sv".parse().unwrap())];
    let mut billing = Route::default();
    billing.tags.insert("billing".parse().unwrap());
    billing.needs = vec![Need::team(team("billing")), Need::default()];
    let mut policy = Policy::default();
    policy.routes = vec![swedish, billing];
    let tagged = |tag: &str| {
        let tag: Tag = tag.parse().unwrap();
        ticket(&[
            received(0, "1"),
            did(1, aspa_ticket::EventKind::Tagged { tag }),
        ])
    };
    let needs = |ticket: &aspa_ticket::Ticket| {
        let needs = policy.needs_of(ticket);
        let needs: Vec<String> = needs.iter().map(ToString::to_string).collect();
        needs.join(" | ")
    };
    assert_eq!(needs(&tagged("billing/refund")), "team billing | anybody");
    assert_eq!(needs(&tagged("billings")), "anybody");
    for (written, fits) in [
        ("sv", true),
        ("sv-FI", true),
        ("SV-fi", true),
        ("svx", false),
    ] {
        let mut ticket = tagged("billings");
        ticket.language = Some(written.to_owned());
        let expected = if fits { "language/sv" } else { "anybody" };
        assert_eq!(needs(&ticket), expected, "{written}");
    }
    let mut routed = tagged("delivery");
    routed.team = Some(team("evenings"));
    assert_eq!(needs(&routed), "team evenings");
    assert_eq!(routed.key, matti());
}

#[test]
fn gaps_are_where_too_few_with_a_skill_are_on_shift() {
    let hours = |from: i64, until: i64| Span {
        from: at(from * 3600),
        until: at(until * 3600),
    };
    let on = |name: &str, skill: &str, shifts: &[Span]| {
        let mut one = Agent::new(agent(name), 1).skilled(skill.parse().unwrap());
        one.shifts = shifts.to_vec();
        one
    };
    // Aino's shifts overlap, which makes her one person still.
    let agents = [
        on("aino", "language/sv", &[hours(0, 3), hours(2, 5)]),
        on("kalle", "language/sv", &[hours(4, 6)]),
        on("liisa", "language/fi", &[hours(0, 8)]),
    ];
    let swedish = Need::skill("language/sv".parse().unwrap());
    let cover = |least| Cover {
        need: swedish.clone(),
        least,
    };
    let found = |least: usize, during: &[Span]| -> Vec<(i64, i64, usize)> {
        let hour = |t: chrono::DateTime<chrono::Utc>| (t - at(0)).num_hours();
        gaps(&agents, &[cover(least)], during)
            .iter()
            .map(|gap| (hour(gap.span.from), hour(gap.span.until), gap.there))
            .collect()
    };
    assert_eq!(found(1, &[hours(0, 8)]), [(6, 8, 0)]);
    assert_eq!(found(2, &[hours(0, 8)]), [(0, 4, 1), (5, 6, 1), (6, 8, 0)]);
    assert_eq!(found(1, &[hours(1, 2), hours(7, 9)]), [(7, 9, 0)]);
    assert_eq!(found(0, &[hours(0, 8)]), []);
    assert_eq!(
        found(1, &[hours(8, 6)]),
        [],
        "a span that ends before it begins"
    );
}

#[test]
fn escalation_names_people_and_says_why() {
    let billing = || team("billing");
    let aino = someone("aino", &[]).member(billing());
    let mut kalle = someone("kalle", &[]).member(billing());
    kalle.shifts.clear();
    let mut lead = someone("leena", &[]);
    lead.leads.insert(billing());
    let agents = [aino, kalle, lead];
    let told = |to: &[&str], seconds: i64| {
        let case = Case {
            to: to.iter().map(|&word| word.to_owned()).collect(),
            assignee: Some(agent("kalle")),
            owner: None,
            team: Some(billing()),
        };
        let told = escalate(&case, &agents, at(seconds));
        let people = told.people.iter();
        let mut all: Vec<String> = people
            .map(|(who, why)| format!("{who} ({})", why.join("; ")))
            .collect();
        all.extend(told.nobody);
        all.join(", ")
    };
    let table: &[(&[&str], i64, &str)] = &[
        (&["assignee"], 0, "kalle (assignee: works on it)"),
        (&["team billing"], 0, "aino (team billing: on shift)"),
        (&["billing"], 0, "aino (billing: on shift)"),
        // At night nobody is on shift: the lead.
        (
            &["billing"],
            9 * 3600,
            "leena (billing: nobody on shift: leads billing)",
        ),
        (&["lead"], 0, "leena (lead: leads billing)"),
        (
            &["agent:kalle"],
            0,
            "kalle (agent:kalle: named by the promise)",
        ),
        (
            &["kalle", "assignee"],
            0,
            "kalle (kalle: named by the promise; assignee: works on it)",
        ),
        (&["owner"], 0, "owner: there is none"),
        (
            &["team nobodys"],
            0,
            "team nobodys: nobody on shift: nobody leads nobodys",
        ),
        (&["matti"], 0, "matti: no agent or team has this name"),
    ];
    for (to, seconds, expected) in table {
        assert_eq!(told(to, *seconds), *expected, "{to:?}");
    }
}

fn skill(i: u8) -> Tag {
    ["language/fi", "language/sv", "product", "product/phones"][usize::from(i) % 4]
        .parse()
        .unwrap()
}

fn seat() -> impl Strategy<Value = Seat> {
    let skills = prop::collection::btree_set(0..4_u8, 0..3);
    (0..8_u8, skills, 0..4_u32, 0..4_u32, 0..5_u64, 0..3_u8).prop_map(
        |(who, skills, capacity, load, turn, shift)| {
            let mut one = Agent::new(agent(&format!("a{who}")), capacity);
            one.skills = skills.into_iter().map(skill).collect();
            if shift > 0 {
                one.shifts.push(day());
            }
            let mut seat = one.free().with_load(load);
            seat.turn = turn;
            seat
        },
    )
}

fn waiting() -> impl Strategy<Value = Waiting> {
    let need = prop::collection::btree_set(0..4_u8, 0..3);
    let agents = (prop::option::of(0..8_u8), prop::option::of(0..8_u8));
    let needs = prop::collection::vec(need, 0..3);
    let due = prop::option::of(0..5_i64);
    (0..40_u8, needs, 0..5_i64, due, 0..3_u8, agents).prop_map(
        |(ticket, needs, since, due, priority, (last, owner))| {
            let mut waiting = Waiting::new(id(&format!("t{ticket}")), at(since));
            let need = |skills: BTreeSet<u8>| {
                skills
                    .into_iter()
                    .map(skill)
                    .fold(Need::default(), Need::and)
            };
            waiting.needs = needs.into_iter().map(need).collect();
            waiting.due = due.map(|due| at(due * 3600));
            let priorities = [None, Some(Priority::Urgent), Some(Priority::Low)];
            waiting.priority = priorities[usize::from(priority)].clone();
            let name = |who: u8| agent(&format!("a{who}"));
            (waiting.last_agent, waiting.owner) = (last.map(name), owner.map(name));
            waiting
        },
    )
}

fn policy() -> impl Strategy<Value = Policy> {
    let every = vec![
        Preference::LastAgent,
        Preference::Owner,
        Preference::FewestSkills,
        Preference::LeastLoaded,
        Preference::RoundRobin,
    ];
    let some = prop::sample::subsequence(every, 0..=5).prop_shuffle();
    some.prop_map(|preferences| {
        let mut policy = Policy::default();
        policy.preferences = preferences;
        policy
    })
}

fn snapshot() -> impl Strategy<Value = Snapshot> {
    let seats = prop::collection::vec(seat(), 0..8);
    let all = prop::collection::vec(waiting(), 0..40);
    (seats, all).prop_map(|(seats, waiting)| Snapshot::new(seats, waiting))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn nobody_gets_more_than_they_can_take_or_what_they_cannot_do(
        snapshot in snapshot(), policy in policy()
    ) {
        let plan = assign(&snapshot, &policy, at(60));
        let mut more: BTreeMap<&AgentId, u32> = BTreeMap::new();
        for given in &plan.assigned {
            *more.entry(&given.to).or_default() += 1;
            let seat = &snapshot.seats[&given.to];
            prop_assert!(seat.agent.is_on_shift(at(60)) && seat.agent.meets(&given.need));
            let needs = &snapshot.waiting[&given.ticket].needs;
            prop_assert!(needs.is_empty() || needs[given.wish] == given.need);
        }
        for (agent, more) in more {
            prop_assert!(more <= snapshot.seats[agent].room());
        }
        prop_assert_eq!(plan.assigned.len() + plan.left.len(), snapshot.waiting.len());
    }

    #[test]
    fn what_somebody_can_take_is_not_passed_over_for_a_later_equal_one(
        snapshot in snapshot(), policy in policy()
    ) {
        let plan = assign(&snapshot, &policy, at(60));
        for left in &plan.left {
            let left = &snapshot.waiting[&left.ticket];
            for given in &plan.assigned {
                let given = &snapshot.waiting[&given.ticket];
                let earlier = (policy.place(left), &left.ticket) < (policy.place(given), &given.ticket);
                prop_assert!(!earlier || left.needs != given.needs);
            }
            // Nor is anybody idle who could take it.
            let mut loads: BTreeMap<&AgentId, u32> = BTreeMap::new();
            plan.assigned.iter().for_each(|g| *loads.entry(&g.to).or_default() += 1);
            let idle = snapshot.seats.values().find(|seat| {
                let given = loads.get(&seat.agent.id).copied().unwrap_or(0);
                seat.room() > given && seat.agent.is_on_shift(at(60))
                    && (left.needs.is_empty() || left.needs.iter().any(|n| seat.agent.meets(n)))
            });
            prop_assert_eq!(idle, None);
        }
    }

    #[test]
    fn the_same_snapshot_gives_the_same_plan_and_the_queue_the_same_as_the_scan(
        snapshot in snapshot(), policy in policy()
    ) {
        let plan = assign(&snapshot, &policy, at(60));
        prop_assert_eq!(&assign(&snapshot, &policy, at(60)), &plan);
        let mut queue = Queue::of(policy, snapshot);
        prop_assert_eq!(queue.assign(at(60)), plan.assigned);
        prop_assert_eq!(queue.len(), plan.left.len());
        prop_assert_eq!(queue.assign(at(60)), vec![]);
    }

    /// Whatever comes, goes and changes, the queue gives what a scan over the same would.
    #[test]
    fn a_queue_that_was_told_of_changes_is_one_that_was_made_anew(
        changes in prop::collection::vec(
            prop_oneof![
                waiting().prop_map(Change::Waits), seat().prop_map(Change::Staffed),
                (0..40_u8).prop_map(Change::Leaves), (0..8_u8).prop_map(Change::Goes),
                (0..8_u8, 0..4_u32).prop_map(|(who, load)| Change::Load(who, load)),
                Just(Change::Assign),
            ],
            0..60,
        ),
        policy in policy(),
    ) {
        let mut queue = Queue::new(policy.clone());
        let mut now = Snapshot::default();
        for change in changes {
            match change {
                Change::Waits(waiting) => {
                    now.waiting.insert(waiting.ticket.clone(), waiting.clone());
                    queue.wait(waiting);
                }
                Change::Staffed(seat) => {
                    now.seats.insert(seat.agent.id.clone(), seat.clone());
                    queue.staff(seat);
                }
                Change::Leaves(ticket) => {
                    let ticket = id(&format!("t{ticket}"));
                    prop_assert_eq!(queue.leave(&ticket), now.waiting.remove(&ticket).is_some());
                }
                Change::Goes(who) => {
                    let who = agent(&format!("a{who}"));
                    prop_assert_eq!(queue.dismiss(&who), now.seats.remove(&who).is_some());
                }
                Change::Load(who, load) => {
                    let who = agent(&format!("a{who}"));
                    queue.load(&who, load);
                    now.seats.entry(who).and_modify(|seat| seat.load = load);
                }
                Change::Assign => {
                    let plan = assign(&now, &policy, at(60));
                    let given = queue.assign(at(60));
                    prop_assert_eq!(&given, &plan.assigned);
                    for one in given {
                        now.waiting.remove(&one.ticket);
                        let seat = queue.seat(&one.to).unwrap().clone();
                        now.seats.insert(one.to, seat);
                    }
                }
            }
        }
        prop_assert_eq!(queue.assign(at(60)), assign(&now, &policy, at(60)).assigned);
    }

    #[test]
    fn gaps_are_exactly_the_times_with_too_few(
        shifts in prop::collection::vec((0..6_u8, 0..24_i64, 0..24_i64), 0..12), least in 0..4_usize
    ) {
        let mut agents: BTreeMap<u8, Agent> = BTreeMap::new();
        for (who, from, until) in shifts {
            let name = agent(&format!("a{who}"));
            let one = agents.entry(who).or_insert_with(|| Agent::new(name, 1));
            one.shifts.push(Span { from: at(from), until: at(until) });
        }
        let agents: Vec<Agent> = agents.into_values().collect();
        let cover = Cover { need: Need::default(), least };
        let during = [Span { from: at(2), until: at(20) }];
        let found = gaps(&agents, &[cover], &during);
        for second in 0..24 {
            let there = agents.iter().filter(|a| a.is_on_shift(at(second))).count();
            let lacks = during[0].holds(at(second)) && there < least;
            let gap = found.iter().filter(|gap| gap.span.holds(at(second)));
            let expected: Vec<usize> = lacks.then_some(there).into_iter().collect();
            prop_assert_eq!(gap.map(|gap| gap.there).collect::<Vec<_>>(), expected);
        }
    }
}

#[derive(Debug, Clone)]
enum Change {
    Waits(Waiting),
    Staffed(Seat),
    Leaves(u8),
    Goes(u8),
    Load(u8, u32),
    Assign,
}

#[test]
fn an_assignment_expires_unless_its_agent_does_something() {
    use aspa_ticket::{Actor, Command, Event, EventKind, RuleBroken};
    let assigned = |until: i64| EventKind::Assigned {
        to: Some(agent("liisa")),
        until: Some(at(until)),
    };
    let by = |name: &str, kind: EventKind| Event::new(at(20), Actor::Us(Some(agent(name))), kind);
    let note = || EventKind::Noted { note: "n".into() };
    let base = || vec![received(0, "1"), did(10, assigned(600))];
    let until = |events: Vec<Event>| ticket(&events).assigned_until;
    assert_eq!(until(base()), Some(at(600)));
    let table = [
        ("a note of hers", by("liisa", note()), None),
        ("a colleague's note", by("kalle", note()), Some(at(600))),
        (
            "given to a colleague",
            by("kalle", EventKind::assigned(Some(agent("kalle")))),
            None,
        ),
        ("the customer writes", received(20, "2"), Some(at(600))),
        ("her answer", common::answered(20, "2"), None),
    ];
    for (what, event, expected) in table {
        assert_eq!(until([base(), vec![event]].concat()), expected, "{what}");
    }
    let stands = ticket(&base());
    let ask = |until: Option<i64>| {
        let (to, until) = (Some(agent("liisa")), until.map(at));
        stands.decide(Command::Assign { to, until }, &common::liisa(), at(60))
    };
    assert_eq!(
        ask(Some(60)),
        Err(RuleBroken::AssignmentPast { until: at(60) })
    );
    assert_eq!(ask(Some(600)).unwrap(), [], "as it is");
    assert_eq!(
        ask(None).unwrap()[0].kind,
        EventKind::assigned(Some(agent("liisa")))
    );
}
