//! Customers who answer each other: seen, judged, thanked, credited; and what that saves.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use aspa_channel::{EffectName, MessageKey, Support};
use aspa_desk::{Error, Reply};
use aspa_store::{Position, Recorded, Store};
use aspa_testkit::FakeNetwork;
use aspa_ticket::assignment::{Agent, Policy, Span};
use aspa_ticket::{
    CallWhy, Category, Decided, Disposition, EventKind, Goal, Help, HelpVerdict, Outcome, Range,
    RuleBroken, Ticket,
};
use common::day::Day;
use common::{agent, minute, shop};

const THREAD: &str = "my-kettle";

/// Anna asks, Bertta says what to do, and Cecilia has the same trouble. Customers may answer each other
/// for an hour here.
struct Asked {
    day: Day,
    question: MessageKey,
    advice: MessageKey,
}

async fn asked() -> Asked {
    let day = Day::begins().await;
    let goal = Goal::customers_first(3_600).lead(60);
    day.desk.save_goal(&shop(), &goal, 0).await.unwrap();
    let question = day.comments("Anna", THREAD, "How do I turn the kettle on?");
    day.later(1).await;
    let bertta = day.who("Bertta");
    let advice = day
        .network
        .answers(
            &bertta,
            &question,
            "You need to press the button until it blinks",
        )
        .unwrap();
    let cecilia = day.who("Cecilia");
    day.network
        .answers(&cecilia, &question, "same here lol")
        .unwrap();
    day.later(1).await;
    Asked {
        day,
        question,
        advice,
    }
}

impl Asked {
    async fn of(&self, name: &str) -> Ticket {
        self.day.ticket(name, THREAD).await
    }

    async fn judge(&self, verdict: HelpVerdict, thanks: Option<Reply>) -> Result<Ticket, Error> {
        let ticket = self.of("Anna").await.id;
        let found = (&self.question, &self.advice);
        let (desk, aino) = (&self.day.desk, agent("aino"));
        desk.judge_help(&ticket, found, verdict, thanks, &aino)
            .await
    }

    /// The helpers, and what the customers answered.
    async fn credited(&self) -> (Vec<String>, u64) {
        let counting = self.day.desk.counting().await.unwrap();
        let figures = self.day.desk.team_figures(&counting).await.unwrap();
        let name = |who: &aspa_types::HandleKey| match *who == self.day.who("Bertta") {
            true => "Bertta".to_owned(),
            false => who.to_string(),
        };
        let helpers = figures.helpers.iter().map(|(who, _)| name(who)).collect();
        (helpers, figures.total.by_customers)
    }
}

#[tokio::test]
async fn what_may_answer_is_shown_beside_the_ticket_with_its_reasons() {
    let asked = asked().await;
    let ticket = asked.of("Anna").await;
    let found = asked.day.desk.help_found(&ticket.id).await.unwrap();
    let best: Vec<_> = found.iter().filter(|one| one.score >= 0.5).collect();
    assert_eq!(best.len(), 1, "{found:?}");
    assert_eq!(
        (&best[0].answered, &best[0].by),
        (&asked.question, &asked.advice)
    );
    assert!(best[0].reasons.len() >= 3);
    let list = asked.day.desk.help_to_judge(&shop(), 9).await.unwrap();
    assert_eq!(list.len(), 1);
    assert_eq!((&list[0].0, list[0].1.len()), (&ticket.id, 1));
    // What its author took back is no answer.
    asked.day.network.deletes(&asked.advice).unwrap();
    asked.day.later(1).await;
    let list = asked.day.desk.help_to_judge(&shop(), 9).await.unwrap();
    assert!(list.is_empty(), "{list:?}");
}

#[tokio::test]
async fn what_may_answer_is_in_the_log_once_it_has_come_and_nobody_is_credited_yet() {
    let asked = asked().await;
    let desk = &asked.day.desk;
    let (a, b) = tokio::join!(desk.find_help(), desk.find_help());
    assert_eq!(a.unwrap() + b.unwrap(), 1, "once");
    assert_eq!(desk.find_help().await.unwrap(), 0);
    let ticket = asked.of("Anna").await;
    let likely = Help {
        message: asked.question.clone(),
        by: asked.advice.clone(),
        verdict: HelpVerdict::Likely,
        decided: Decided::Rule("help".to_owned()),
    };
    assert_eq!(ticket.helped, std::slice::from_ref(&likely));
    assert_eq!(ticket.handled().unhandled, 1, "nobody has judged it");
    assert_eq!(asked.credited().await, (Vec::new(), 0));
    let log = asked.day.store.log(Position(0), 100).await.unwrap();
    let said = |entry: &Recorded| entry.event.kind == EventKind::HelpJudged(likely.clone());
    assert_eq!(log.iter().filter(|entry| said(entry)).count(), 1);
    assert_eq!(desk.help_to_judge(&shop(), 9).await.unwrap().len(), 1);
    // What a colleague says takes its place, and is not taken back by looking again.
    asked.judge(HelpVerdict::Corrected, None).await.unwrap();
    asked.day.comments("Dora", THREAD, "What a nice kettle");
    asked.day.later(1).await;
    assert_eq!(desk.find_help().await.unwrap(), 0);
    let helped = asked.of("Anna").await.helped;
    assert_eq!(helped.len(), 1);
    assert_eq!(helped[0].verdict, HelpVerdict::Corrected);
    assert!(desk.help_to_judge(&shop(), 9).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_may_answer_is_looked_for_after_a_restart_and_only_where_somebody_waits() {
    let mut asked = asked().await;
    let id = asked.of("Anna").await.id;
    asked.day.restarts();
    let desk = &asked.day.desk;
    desk.reply(&id, Reply::answer("Press it for long"))
        .await
        .unwrap();
    asked.day.catches_up().await;
    assert_eq!(desk.find_help().await.unwrap(), 0, "she has her answer");
    let bertta = asked.day.who("Bertta");
    let asks = asked
        .day
        .comments("Elli", THREAD, "How do I clean the kettle?");
    asked.day.later(1).await;
    let advice = "You need to use vinegar and rinse it";
    asked.day.network.answers(&bertta, &asks, advice).unwrap();
    asked.day.later(1).await;
    asked.day.restarts();
    assert_eq!(asked.day.desk.find_help().await.unwrap(), 1);
    assert_eq!(asked.of("Elli").await.helped.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_desk_that_runs_finds_it_by_itself() {
    let asked = asked().await;
    let (stop, told) = tokio::sync::oneshot::channel::<()>();
    let runs = asked.day.desk.clone();
    let often = std::time::Duration::from_millis(100);
    let running = tokio::spawn(async move { runs.run(often, async { drop(told.await) }).await });
    for _ in 0..100 {
        tokio::time::sleep(often).await;
    }
    stop.send(()).unwrap();
    running.await.unwrap();
    assert_eq!(asked.of("Anna").await.helped.len(), 1);
}

#[tokio::test]
async fn a_confirmed_answer_ends_it_and_credits_its_author() {
    let asked = asked().await;
    let done = asked.judge(HelpVerdict::Confirmed, None).await.unwrap();
    assert_eq!(
        done.category,
        Category::Resolved,
        "the goal lets others answer"
    );
    assert_eq!(done.outcome, Some(Outcome::Solved));
    let by = asked.advice.clone();
    assert_eq!(
        done.messages[0].disposition,
        Disposition::AnsweredByCustomer { by }
    );
    assert_eq!(asked.credited().await, (vec!["Bertta".to_owned()], 1));
    // What helped needs no answer itself, and nobody is left to judge.
    assert_eq!(asked.of("Bertta").await.handled().unhandled, 0);
    assert!(
        asked
            .day
            .desk
            .help_to_judge(&shop(), 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(asked.day.in_public().is_empty());
}

#[tokio::test]
async fn thanks_are_written_to_the_helper_where_everybody_reads() {
    let asked = asked().await;
    let thanks = Reply::answer("Thank you for helping!");
    asked
        .judge(HelpVerdict::Thanked, Some(thanks))
        .await
        .unwrap();
    asked.day.later(1).await;
    assert_eq!(asked.day.in_public(), ["Thank you for helping!"]);
    let sent = asked.day.network.published().remove(0);
    assert_eq!(sent.to, [asked.day.who("Bertta")]);
    assert_eq!(asked.of("Bertta").await.handled().unhandled, 0);
    assert_eq!(asked.credited().await.1, 1);
}

#[tokio::test]
async fn thanks_do_not_answer_what_the_helper_asks() {
    let asked = asked().await;
    asked
        .day
        .comments("Bertta", THREAD, "And where do I get a new cord?");
    asked.day.later(1).await;
    let thanks = Reply::answer("Thank you for helping!");
    asked
        .judge(HelpVerdict::Thanked, Some(thanks))
        .await
        .unwrap();
    asked.day.later(1).await;
    assert_eq!(asked.day.in_public(), ["Thank you for helping!"]);
    let bertta = asked.of("Bertta").await;
    let waits: Vec<_> = bertta
        .inbound()
        .filter(|one| one.disposition == Disposition::Unhandled)
        .collect();
    assert_eq!((waits.len(), bertta.waits()), (1, true));
    assert_ne!(waits[0].message, asked.advice);
}

#[tokio::test]
async fn a_corrected_answer_calls_agents_at_once_and_credits_nobody() {
    let asked = asked().await;
    let desk = &asked.day.desk;
    let span = Span {
        from: minute(0),
        until: minute(600),
    };
    let someone = Agent::new(agent("kalle"), 1).on(span);
    desk.save_agent(&someone, 0).await.unwrap();
    desk.save_assignment_policy(&Policy::default(), 0)
        .await
        .unwrap();
    // The promise of the test would call after ten minutes; the grace is longer.
    assert!(
        desk.assign_waiting().await.unwrap().is_empty(),
        "others may answer"
    );
    let still = asked.judge(HelpVerdict::Corrected, None).await.unwrap();
    assert_eq!(still.handled().unhandled, 1);
    let goal = desk.goal(&shop()).await.unwrap().unwrap().value;
    assert_eq!(goal.call(&still, None).why, CallWhy::Corrected);
    let given = desk.assign_waiting().await.unwrap();
    assert_eq!(given.len(), 1);
    assert_eq!(given[0].ticket, still.id);
    assert_eq!(asked.credited().await, (Vec::new(), 0));
}

#[tokio::test]
async fn a_confirmed_answer_that_turns_out_wrong_opens_it_again() {
    let asked = asked().await;
    asked.judge(HelpVerdict::Confirmed, None).await.unwrap();
    let again = asked.judge(HelpVerdict::Corrected, None).await.unwrap();
    assert_eq!((again.category, again.reopened), (Category::Open, 1));
    assert_eq!(asked.credited().await, (Vec::new(), 0));
}

#[tokio::test]
async fn where_we_solve_ourselves_a_ticket_is_not_resolved_by_others() {
    let asked = asked().await;
    let desk = &asked.day.desk;
    let goal = desk.goal(&shop()).await.unwrap().unwrap();
    let ours = Goal::new(aspa_ticket::Aim::SolveHere);
    desk.save_goal(&shop(), &ours, goal.version).await.unwrap();
    let done = asked.judge(HelpVerdict::Confirmed, None).await.unwrap();
    assert!(done.category.is_active());
    assert_eq!(done.handled().unhandled, 0);
}

#[tokio::test]
async fn only_another_customers_message_on_such_a_ticket_can_be_judged() {
    let asked = asked().await;
    let ticket = asked.of("Anna").await.id;
    let (question, advice) = (&asked.question, &asked.advice);
    for (found, expected) in [
        ((question, question), "another"),
        ((advice, question), "on ticket"),
    ] {
        let judged = asked
            .day
            .desk
            .judge_help(&ticket, found, HelpVerdict::Confirmed, None, &agent("aino"))
            .await;
        let why = match judged {
            Err(Error::Rule(RuleBroken::NotAnotherCustomers { .. })) => "another",
            Err(Error::Rule(RuleBroken::NotOnTicket { .. })) => "on ticket",
            other => panic!("{other:?}"),
        };
        assert_eq!(why, expected);
    }
}

#[tokio::test]
async fn calls_avoided_are_what_the_host_assumes_of_what_was_counted() {
    let asked = asked().await;
    let desk = &asked.day.desk;
    asked.judge(HelpVerdict::Confirmed, None).await.unwrap();
    let cecilia = asked.of("Cecilia").await;
    let call = Reply::answer("Please call us").redirecting("phone");
    desk.reply(&cecilia.id, call).await.unwrap();
    asked.day.later(1).await;
    let mut model = desk.call_model().await.unwrap().value;
    assert_eq!(
        model.by_customers.calls,
        Range::default(),
        "nothing is assumed"
    );
    model.by_customers.calls = Range::new(0.5, 1.0, 2.0).unwrap();
    model.by_customers.why = "a guess of the test".to_owned();
    model.sent_to_phone.calls = Range::new(0.5, 0.5, 1.0).unwrap();
    desk.save_call_model(&model, 0).await.unwrap();
    assert!(
        desk.save_call_model(&model, 0).await.is_err(),
        "somebody was first"
    );
    let mut counting = desk.counting().await.unwrap();
    counting.phones.insert("phone".to_owned());
    let figures = desk.team_figures(&counting).await.unwrap();
    let kept = desk.call_model().await.unwrap().value;
    let avoided = kept.apply(figures.total.contacts());
    assert_eq!(avoided.contacts.by_customers, 1);
    assert_eq!(avoided.contacts.sent_to_phone, 1);
    assert_eq!(avoided.calls, Range::new(-0.5, 0.5, 1.5).unwrap());
}

#[tokio::test]
async fn what_only_we_can_read_is_no_help() {
    let does = FakeNetwork::everything().with(EffectName::PrivateReply, Support::Rejected);
    let day = Day::on(does, |builder| builder).await;
    let question = day.writes_privately("Anna", "How do I turn it on?");
    let bertta = day.who("Bertta");
    day.network
        .answers(&bertta, &question, "You need to press the button")
        .unwrap();
    day.later(1).await;
    let thread = format!("with-{}", day.who("Anna").id());
    let ticket = day.ticket("Anna", &thread).await;
    assert!(day.desk.help_found(&ticket.id).await.unwrap().is_empty());
}
