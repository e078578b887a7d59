//! The rules that refuse a command, and commands that ask for what already is.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use aspa_channel::ReplyKind;
use aspa_ticket::{
    Actor, Category, Change, Command, Decided, Disposition, EventKind, Outcome, Priority,
    RuleBroken, Snooze, Ticket,
};
use aspa_types::{EffectKey, Tag};
use common::{
    agent, answered, at, became, did, effect, liisa, message, received, resolved, ticket,
};

fn reply(effect: EffectKey, newest_seen: Option<&str>) -> Command {
    Command::Reply {
        effect,
        reply: ReplyKind::Answer,
        newest_seen: newest_seen.map(message),
        covers: vec![],
        playbook: None,
        redirects_to: None,
    }
}

fn kinds(ticket: &Ticket, command: Command) -> Vec<EventKind> {
    let events = ticket.decide(command, &liisa(), at(60)).unwrap();
    events.into_iter().map(|event| event.kind).collect()
}

#[test]
fn a_reply_written_before_the_newest_message_is_refused() {
    let ticket = ticket(&[received(0, "1"), received(1, "2")]);
    let refused = ticket.decide(reply(effect("e"), Some("1")), &liisa(), at(60));
    let newest = message("2");
    let by = Actor::Customer;
    assert_eq!(refused, Err(RuleBroken::NewerMessage { newest, by }));
    assert!(
        ticket
            .decide(reply(effect("e"), Some("2")), &liisa(), at(60))
            .is_ok()
    );
    assert!(
        ticket
            .decide(reply(effect("e"), None), &liisa(), at(60))
            .is_ok()
    );
}

#[test]
fn a_queued_reply_waits_until_it_is_sent_or_has_failed() {
    let queued = did(
        1,
        EventKind::ReplyQueued {
            effect: effect("e"),
            reply: ReplyKind::Answer,
            covers: vec![],
            playbook: None,
            redirects_to: None,
        },
    );
    let waits = ticket(&[received(0, "1"), queued.clone()]);
    assert_eq!(waits.queued, [effect("e")].into());
    assert_eq!(kinds(&waits, reply(effect("e"), None)), []);

    let sent = |seconds| {
        let effect = Some(effect("e"));
        let kind = EventKind::Sent {
            message: message("2"),
            reply: ReplyKind::Answer,
            effect,
        };
        did(seconds, kind)
    };
    for seconds in [1, 2, 0] {
        // The network's clock may be behind ours, so that it was sent before it was queued.
        let done = ticket(&[received(0, "1"), queued.clone(), sent(seconds)]);
        assert!(done.queued.is_empty(), "sent at {seconds}");
        assert_eq!(became(&done, "1"), common::answered_by("2"));
    }
    let failed = did(
        1,
        EventKind::ReplyFailed {
            effect: effect("e"),
        },
    );
    let failed = ticket(&[received(0, "1"), queued, failed]);
    assert!(failed.queued.is_empty());
    assert_eq!(failed.failed, [effect("e")].into());
    assert_eq!(became(&failed, "1"), Disposition::Unhandled);
}

#[test]
fn nobody_can_decide_that_nothing_became_of_a_message() {
    let ticket = ticket(&[received(0, "1")]);
    for disposition in [
        Disposition::Unhandled,
        Disposition::Unknown(serde_json::Value::Null),
    ] {
        let dispose = Command::Dispose {
            message: message("1"),
            disposition,
        };
        let refused = ticket.decide(dispose, &liisa(), at(60));
        assert_eq!(refused, Err(RuleBroken::NoDisposition));
    }
}

#[test]
fn only_the_customers_messages_on_this_ticket_can_be_disposed() {
    let ticket = ticket(&[received(0, "1"), answered(1, "ours")]);
    for id in ["ours", "elsewhere"] {
        let dispose = Command::Dispose {
            message: message(id),
            disposition: Disposition::Spam,
        };
        let not_there = RuleBroken::NotOnTicket {
            message: message(id),
            ticket: ticket.id.clone(),
        };
        assert_eq!(ticket.decide(dispose, &liisa(), at(60)), Err(not_there));
    }
}

#[test]
fn who_disposed_is_kept() {
    let ticket = ticket(&[received(0, "1")]);
    let cases = [
        (liisa(), Decided::Agent(agent("liisa"))),
        (
            Actor::System("spam filter".to_owned()),
            Decided::Rule("spam filter".to_owned()),
        ),
        (Actor::Us(None), Decided::Rule("us".to_owned())),
    ];
    for (by, who) in cases {
        let dispose = Command::Dispose {
            message: message("1"),
            disposition: Disposition::Spam,
        };
        let events = ticket.decide(dispose, &by, at(60)).unwrap();
        assert!(
            matches!(&events[0].kind, EventKind::Disposed { decided, .. } if *decided == who),
            "{events:?}"
        );
        assert_eq!(events[0].by, by);
    }
}

#[test]
fn it_can_only_be_put_aside_until_later_and_put_off_again() {
    let mut ticket = ticket(&[received(0, "1")]);
    let snooze = |until| Command::Snooze {
        until,
        wake_on_message: false,
    };
    for until in [at(59), at(60)] {
        let refused = ticket.decide(snooze(until), &liisa(), at(60));
        assert_eq!(refused, Err(RuleBroken::SnoozePast { until }));
    }
    for until in [at(61), at(3600)] {
        for event in ticket.decide(snooze(until), &liisa(), at(60)).unwrap() {
            ticket.apply(&event);
        }
        let wake_on_message = false;
        assert_eq!(
            ticket.snooze,
            Some(Snooze {
                until,
                wake_on_message
            })
        );
    }
}

#[test]
fn what_already_is_comes_to_no_events() {
    let tag = Tag::new("late").unwrap();
    let ticket = ticket(&[
        received(0, "1"),
        did(
            1,
            EventKind::Assigned {
                to: Some(agent("liisa")),
                until: None,
            },
        ),
        did(1, EventKind::Tagged { tag: tag.clone() }),
        did(1, EventKind::Noted { note: "n".into() }),
        did(
            1,
            EventKind::ClockPassed {
                clock: "resolution".into(),
                cycle: 1,
                point: "breach".into(),
                to: vec![],
            },
        ),
    ]);
    let already = [
        Command::Assign {
            to: Some(agent("liisa")),
            until: None,
        },
        Command::Tag { tag },
        Command::Untag {
            tag: Tag::new("lost").unwrap(),
        },
        Command::Note { note: "n".into() },
        Command::Reopen,
        Command::PassClock {
            clock: "resolution".into(),
            cycle: 1,
            point: "breach".into(),
            to: vec![],
        },
    ];
    for command in already {
        assert_eq!(kinds(&ticket, command.clone()), [], "{command:?}");
    }
}

#[test]
fn a_resolved_ticket_is_not_resolved_twice_and_keeps_its_outcome() {
    let done = ticket(&[received(0, "1"), resolved(10)]);
    let other = Command::Resolve {
        outcome: Outcome::NotSolved,
        rest: None,
        newest_seen: None,
    };
    assert_eq!(kinds(&done, other), []);
    assert_eq!(done.outcome, Some(Outcome::Solved));
}

#[test]
fn what_the_customer_wrote_meanwhile_is_not_resolved_away() {
    let resolve = |seen: &str| Command::Resolve {
        outcome: Outcome::Solved,
        rest: Some(Disposition::Spam),
        newest_seen: Some(message(seen)),
    };
    let newer = |id| {
        Err(RuleBroken::NewerMessage {
            newest: message(id),
            by: Actor::Customer,
        })
    };
    let asked = ticket(&[received(0, "1"), received(5, "2"), received(5, "3")]);
    for (seen, found) in [("1", "3"), ("2", "3"), ("elsewhere", "3")] {
        let decided = asked.decide(resolve(seen), &liisa(), at(60));
        assert_eq!(decided, newer(found), "seen {seen}");
    }
    assert!(asked.decide(resolve("3"), &liisa(), at(60)).is_ok());
    // What one of us wrote since is read by whoever wrote it.
    let answered = ticket(&[received(0, "1"), answered(5, "2")]);
    assert!(answered.decide(resolve("1"), &liisa(), at(60)).is_ok());
}

#[test]
fn a_ticket_that_was_resolved_on_an_answer_that_never_left_is_open_again() {
    let queued = |seconds, name: &str| {
        let kind = EventKind::ReplyQueued {
            effect: effect(name),
            reply: ReplyKind::Answer,
            playbook: None,
            covers: Vec::new(),
            redirects_to: None,
        };
        did(seconds, kind)
    };
    let failed = |seconds, name: &str| {
        let effect = effect(name);
        did(seconds, EventKind::ReplyFailed { effect })
    };
    let needs_none = Disposition::NeedsNoAnswer {
        why: "resolved".to_owned(),
    };
    let ended = |outcome| did(20, EventKind::Resolved { outcome });
    let settled = did(
        20,
        EventKind::Disposed {
            message: message("1"),
            disposition: needs_none,
            decided: Decided::Agent(agent("liisa")),
        },
    );
    let asked = || vec![received(0, "1"), queued(10, "a"), settled.clone()];
    let solved = || ended(Outcome::Solved);
    let table = [
        (vec![solved(), failed(30, "a")], Category::Open),
        // Another one is under way, or has been sent.
        (
            vec![queued(15, "b"), solved(), failed(30, "a")],
            Category::Resolved,
        ),
        (
            vec![answered(15, "2"), solved(), failed(30, "a")],
            Category::Resolved,
        ),
        // The customer had gone away.
        (
            vec![ended(Outcome::Abandoned), failed(30, "a")],
            Category::Resolved,
        ),
    ];
    for (then, stands) in table {
        let history = [asked(), then].concat();
        assert_eq!(ticket(&history).category, stands, "{history:?}");
    }
}

#[test]
fn every_event_of_a_command_names_its_ticket_time_and_actor() {
    let ticket = ticket(&[received(0, "1")]);
    let resolve = Command::Resolve {
        outcome: Outcome::Solved,
        rest: Some(Disposition::Spam),
        newest_seen: None,
    };
    let events = ticket.decide(resolve, &liisa(), at(60)).unwrap();
    assert_eq!(events.len(), 2);
    for event in events {
        assert_eq!(event.ticket.as_ref(), Some(&ticket.id));
        assert_eq!((event.at, event.by, event.version), (at(60), liisa(), 1));
    }
}

#[test]
fn rules_are_named_in_one_line_without_content() {
    let ticket = ticket(&[received(0, "1")]);
    let broken = [
        RuleBroken::TicketClosed(ticket.id.clone()),
        RuleBroken::NewerMessage {
            newest: message("2"),
            by: liisa(),
        },
        RuleBroken::Undecided {
            messages: vec![message("1"), message("2")],
        },
        RuleBroken::SnoozePast { until: at(0) },
        RuleBroken::NoDisposition,
    ];
    for rule in broken {
        let text = rule.to_string();
        assert!(!text.contains('\n') && !text.ends_with('.'), "{text}");
    }
}

#[test]
fn what_clocks_need_of_tags_and_priority_is_kept_with_its_time() {
    let tag = |name: &str| Tag::new(name).unwrap();
    let urgent = Some(Priority::Urgent);
    let prioritised = |seconds, priority: &Option<Priority>| {
        let priority = priority.clone();
        did(seconds, EventKind::Prioritised { priority })
    };
    let tagged = |seconds, name| did(seconds, EventKind::Tagged { tag: tag(name) });
    let untagged = |seconds, name| did(seconds, EventKind::Untagged { tag: tag(name) });
    let ticket = ticket(&[
        received(0, "1"),
        tagged(1, "delivery"),
        tagged(2, "delivery"),
        prioritised(3, &urgent),
        prioritised(4, &urgent),
        untagged(5, "delivery"),
        untagged(6, "delivery"),
        prioritised(7, &None),
    ]);
    assert_eq!(
        ticket.changes,
        [
            Change::Tagged(at(1), tag("delivery")),
            Change::Priority(at(3), urgent.clone()),
            Change::Untagged(at(5), tag("delivery")),
            Change::Priority(at(7), None),
        ]
    );
    assert_eq!(ticket.priority, None);
    assert_eq!(kinds(&ticket, Command::Prioritise { priority: None }), []);
    let kind = EventKind::Prioritised {
        priority: urgent.clone(),
    };
    assert_eq!(
        kinds(&ticket, Command::Prioritise { priority: urgent }),
        [kind]
    );
}

#[test]
fn a_commitment_is_dated_can_be_moved_and_ends_once() {
    let commit = |due| Command::Commit {
        commitment: "call".into(),
        due,
    };
    let committed = |seconds, due| {
        let commitment = "call".into();
        did(seconds, EventKind::Committed { commitment, due })
    };
    let ended = |seconds, kept| {
        let commitment = "call".into();
        did(seconds, EventKind::CommitmentEnded { commitment, kept })
    };
    let promised = ticket(&[received(0, "1"), committed(1, at(900))]);
    assert_eq!(promised.commitments, [("call".into(), at(900))].into());
    assert_eq!(kinds(&promised, commit(at(900))), []);
    assert_eq!(kinds(&promised, commit(at(901))).len(), 1);
    let late = promised.decide(commit(at(60)), &liisa(), at(60));
    assert_eq!(late, Err(RuleBroken::CommitmentPast { due: at(60) }));

    let kept = ticket(&[
        received(0, "1"),
        committed(1, at(900)),
        committed(2, at(800)),
        ended(3, true),
        ended(4, false),
    ]);
    assert!(kept.commitments.is_empty());
    assert_eq!(
        kept.changes,
        [
            Change::Committed(at(1), "call".into(), at(900)),
            Change::Committed(at(2), "call".into(), at(800)),
            Change::CommitmentEnded(at(3), "call".into(), true),
        ]
    );
    let end = Command::EndCommitment {
        commitment: "call".into(),
        kept: true,
    };
    assert_eq!(kinds(&kept, end.clone()), []);
    assert_eq!(kinds(&promised, end).len(), 1);
}

#[test]
fn the_message_it_began_with_says_the_audience_and_the_first_known_language_counts() {
    let wrote = |seconds, id: &str, audience, language: Option<&str>| {
        let kind = EventKind::Received {
            message: message(id),
            audience: Some(audience),
            language: language.map(str::to_owned),
        };
        aspa_ticket::Event::new(at(seconds), Actor::Customer, kind)
    };
    let public = aspa_channel::Audience::Public;
    let direct = aspa_channel::Audience::Direct;
    // Whatever the order in which they came.
    let ticket = ticket(&[
        wrote(2, "3", direct.clone(), Some("sv")),
        wrote(1, "2", direct, Some("fi")),
        wrote(0, "1", public.clone(), None),
    ]);
    assert_eq!(ticket.audience, Some(public));
    assert_eq!(ticket.language.as_deref(), Some("fi"));
}
