//! Who is told what: each thing that can be followed, alone and together, and whom a note names.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::collections::BTreeSet;

use aspa_channel::Campaign;
use aspa_ticket::assignment::Agent;
use aspa_ticket::{
    Actor, Event, EventKind, Follow, Followed, News, Occasion, Priority, is_as_urgent, mentions,
};
use aspa_types::{CustomerId, Tag};
use common::{agent, at, message, received, ticket};

fn customer(id: &str) -> CustomerId {
    CustomerId::new("crm".parse().unwrap(), id).unwrap()
}

fn tags(names: &[&str]) -> BTreeSet<Tag> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

fn query(owner: Option<&str>, name: &str) -> Followed {
    let (owner, name) = (owner.map(agent), name.to_owned());
    Followed::Query { owner, name }
}

#[test]
fn each_thing_that_can_be_followed_is_found_and_nothing_beside_it() {
    let (event, ticket) = (received(0, "1"), ticket(&[received(0, "1")]));
    let (matti, owner) = (customer("matti"), agent("omar"));
    let (organisations, tags) = (["Acme Oy".to_owned()], tags(&["delivery/late"]));
    let mut campaign = Campaign::new("c-7");
    campaign.name = Some("Autumn sale".to_owned());
    let queries = [(Some(agent("liisa")), "mine".to_owned())].into();
    let mut news = News::new(&ticket, &event);
    news.customer = Some(&matti);
    news.organisations = &organisations;
    news.owner = Some(&owner);
    news.tags = &tags;
    news.campaign = Some(&campaign);
    news.queries = &queries;
    let cases = [
        (Followed::Ticket(ticket.id.clone()), true),
        (Followed::Ticket("t-other".parse().unwrap()), false),
        (Followed::Customer(customer("matti")), true),
        (Followed::Customer(customer("anna")), false),
        (Followed::Organisation(" acme oy".to_owned()), true),
        (Followed::Organisation("acme".to_owned()), false),
        (Followed::Portfolio(agent("omar")), true),
        (Followed::Portfolio(agent("liisa")), false),
        (Followed::Tag("delivery".parse().unwrap()), true),
        (Followed::Tag("delivery/late/very".parse().unwrap()), false),
        (query(Some("liisa"), "mine"), true),
        (query(None, "mine"), false),
        (Followed::Campaign("c-7".to_owned()), true),
        (Followed::Campaign("autumn SALE".to_owned()), true),
        (Followed::Campaign("C-7".to_owned()), false),
    ];
    for (what, wanted) in cases {
        let follow = Follow::new(what);
        assert_eq!(follow.wants(&news), wanted, "{follow:?}");
        assert!(
            !follow.wants(&News::new(&common::ticket(&[received(0, "2")]), &event))
                || matches!(follow.what, Followed::Ticket(_)),
            "nothing is known: {follow:?}"
        );
    }
}

#[test]
fn several_reasons_are_one_notice_that_names_them_all() {
    let (event, ticket) = (received(0, "1"), ticket(&[received(0, "1")]));
    let (matti, late) = (customer("matti"), tags(&["late"]));
    let mut campaign = Campaign::new("c-7");
    campaign.name = Some("Autumn sale".to_owned());
    let mut news = News::new(&ticket, &event);
    (news.customer, news.tags, news.campaign) = (Some(&matti), &late, Some(&campaign));
    let follows = [
        Follow::new(Followed::Tag("late".parse().unwrap())),
        Follow::new(Followed::Customer(matti.clone())),
        Follow::new(Followed::Customer(matti.clone())).at_least(Priority::Low),
        Follow::new(Followed::Customer(customer("anna"))),
    ];
    let notice = news.notice(&agent("liisa"), &follows).unwrap();
    assert_eq!(notice.message, Some(message("1")));
    assert_eq!(notice.campaign.as_deref(), Some("Autumn sale"));
    let told = notice.to_string();
    assert!(
        told.ends_with("campaign Autumn sale; you follow customer crm:matti, tag late"),
        "{told}"
    );
}

#[test]
fn only_what_was_asked_for_is_told_and_never_what_one_did_oneself() {
    let ticket = ticket(&[received(0, "1")]);
    let liisa = Actor::Us(Some(agent("liisa")));
    let what = Followed::Ticket(ticket.id.clone());
    let all = [Follow::new(what.clone()).on([Occasion::Wrote, Occasion::Noted])];
    let note = Event::new(at(1), liisa.clone(), EventKind::Noted { note: "n".into() });
    let closed = Event::new(at(1), liisa, EventKind::Closed);
    let news = News::new(&ticket, &note);
    assert!(news.notice(&agent("kalle"), &all).is_some());
    assert!(news.notice(&agent("liisa"), &all).is_none(), "her own");
    let writes = [Follow::new(what)];
    assert!(news.notice(&agent("kalle"), &writes).is_none());
    let news = News::new(&ticket, &closed);
    assert!(news.notice(&agent("kalle"), &all).is_none());
}

#[test]
fn whoever_is_meant_is_told_without_following() {
    let ticket = ticket(&[received(0, "1")]);
    let by = Actor::Us(Some(agent("liisa")));
    let note = Event::new(at(1), by, EventKind::Noted { note: "n".into() });
    let called = [agent("kalle"), agent("liisa")].into();
    let mut news = News::new(&ticket, &note);
    news.called = &called;
    let notice = news.notice(&agent("kalle"), &[]).unwrap();
    assert_eq!(
        (notice.occasion, notice.called),
        (Occasion::Mentioned, true)
    );
    assert!(news.notice(&agent("liisa"), &[]).is_none());
    assert!(news.notice(&agent("omar"), &[]).is_none());
}

#[test]
fn urgency_is_ordered_and_none_is_normal() {
    let order = [
        Priority::Low,
        Priority::Normal,
        Priority::High,
        Priority::Urgent,
    ];
    for (i, one) in order.iter().enumerate() {
        for (j, least) in order.iter().enumerate() {
            assert_eq!(is_as_urgent(Some(one), least), i >= j, "{one} {least}");
        }
    }
    assert!(is_as_urgent(None, &Priority::Normal) && !is_as_urgent(None, &Priority::High));
    let mut ticket = ticket(&[received(0, "1")]);
    let follow = Follow::new(Followed::Ticket(ticket.id.clone())).at_least(Priority::High);
    let event = received(0, "1");
    assert!(!follow.wants(&News::new(&ticket, &event)));
    ticket.priority = Some(Priority::Urgent);
    assert!(follow.wants(&News::new(&ticket, &event)));
}

#[test]
fn what_is_stored_is_read_back() {
    for what in [
        Followed::Customer(customer("7")),
        query(None, "late"),
        query(Some("liisa"), "late"),
        Followed::Campaign("c".to_owned()),
    ] {
        let follow = Follow::new(what).at_least(Priority::High);
        let json = serde_json::to_string(&follow).unwrap();
        assert_eq!(serde_json::from_str::<Follow>(&json).unwrap(), follow);
    }
    let short = r#"{"what":{"tag":"late"}}"#;
    let follow: Follow = serde_json::from_str(short).unwrap();
    assert_eq!(follow.on, [Occasion::Wrote].into());
    let later = r#"{"what":{"tag":"late"},"mood":"bad"}"#;
    assert!(serde_json::from_str::<Follow>(later).is_err());
}

#[test]
fn a_note_names_people_and_teams_and_says_who_is_unknown() {
    let billing = "billing".parse().unwrap();
    let mut kalle = Agent::new(agent("kalle"), 1);
    kalle = kalle.member(billing);
    let staff = [
        kalle,
        Agent::new(agent("anna"), 1),
        Agent::new(agent("anna.virtanen"), 1),
        Agent::new(agent("Åsa Öberg"), 1),
    ];
    let cases: [(&str, &[&str], &[&str]); 9] = [
        ("see @anna.", &["anna"], &[]),
        ("@anna.virtanen's", &["anna.virtanen"], &[]),
        ("(@ANNA) and @anna", &["anna"], &[]),
        ("@åsa öberg knows", &["Åsa Öberg"], &[]),
        ("@Billing, please", &["kalle"], &[]),
        ("ask @annika or @åsa", &[], &["annika", "åsa"]),
        ("mail anna@anna.example", &[], &[]),
        ("at 5 @ 3 €, @", &[], &[]),
        ("@anna-liisa.", &[], &["anna-liisa"]),
    ];
    for (text, meant, unknown) in cases {
        let found = mentions(text, &staff);
        let names: Vec<&str> = found.everybody.iter().map(|id| id.as_str()).collect();
        assert_eq!(names, meant, "{text}");
        let names: Vec<&str> = found.unknown.iter().map(String::as_str).collect();
        assert_eq!(names, unknown, "{text}");
    }
}
