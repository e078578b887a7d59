//! Customers who answer each other: seen, judged, thanked, credited; and what that saves.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use aspa_channel::{EffectName, MessageKey, Support};
use aspa_desk::{Error, Reply};
use aspa_testkit::FakeNetwork;
use aspa_ticket::assignment::{Agent, Policy, Span};
use aspa_ticket::{
    CallWhy, Category, Disposition, Goal, HelpVerdict, Outcome, Range, RuleBroken, Ticket,
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
    let goal = Goal::customers_first(3_600);
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
