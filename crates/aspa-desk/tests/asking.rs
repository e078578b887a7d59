//! Who somebody is, asked over the channels: an offer in public, a question in private, and nothing
//! told where others read.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use aspa_channel::{EffectName, Support};
use aspa_desk::{Asking, Error, Question};
use aspa_identity::{
    ContactKind, DecidedBy, Language, LinkState, PublicText, RefusedWhy, RequestBroken,
    RequestPolicy, RequestStatus,
};
use aspa_store::TicketQuery;
use aspa_testkit::FakeNetwork;
use aspa_types::TicketId;
use chrono::TimeDelta;
use common::agent;
use common::day::{Day, record_id};

const THREAD: &str = "angry-post";

fn email() -> Question {
    Question::new([ContactKind::Email])
}

/// Matti has asked something in public, and Aino wants to know who he is.
async fn asked(day: &Day) -> TicketId {
    day.comments("Matti Virtanen", THREAD, "Where is my parcel?");
    day.later(1).await;
    let ticket = day.ticket("Matti Virtanen", THREAD).await.id;
    day.desk
        .ask_who(&ticket, &email(), &agent("aino"))
        .await
        .unwrap();
    day.later(1).await;
    ticket
}

async fn latest(day: &Day, ticket: &TicketId) -> Asking {
    day.desk.asked(ticket).await.unwrap().pop().unwrap()
}

async fn status(day: &Day, ticket: &TicketId) -> RequestStatus {
    latest(day, ticket).await.request().unwrap().status
}

async fn linked_to(day: &Day, name: &str) -> Option<String> {
    let link = day.desk.link(&day.who(name)).await.unwrap()?;
    let linked = link.state == LinkState::Linked;
    Some(link.customer.filter(|_| linked)?.id.to_string())
}

/// A network on which we cannot write in private first.
fn without_private_replies() -> aspa_channel::Capabilities {
    FakeNetwork::everything().with(EffectName::PrivateReply, Support::Rejected)
}

#[tokio::test]
async fn from_an_offer_in_public_to_a_link_and_nothing_told_to_others() {
    let day = Day::begins().await;
    let ticket = asked(&day).await;
    let offer = PublicText::offer(&Language::En).to_string();
    assert_eq!(day.in_public(), std::slice::from_ref(&offer));
    let question = day.in_private("Matti Virtanen");
    assert!(question.len() == 1 && question[0].contains("e-mail address"));
    assert_eq!(status(&day, &ticket).await, RequestStatus::Asked);

    day.writes_privately("Matti Virtanen", "It is matti@example.fi");
    day.later(5).await;
    assert_eq!(status(&day, &ticket).await, RequestStatus::Confirmed);
    assert_eq!(
        linked_to(&day, "Matti Virtanen").await.as_deref(),
        Some("1")
    );
    let public = day.in_public();
    assert_eq!(
        public,
        [offer, PublicText::received(&Language::En).to_string()]
    );
    for text in public.join(" ").to_lowercase().split_whitespace() {
        let telling = ["matti", "virtanen", "@", "example"];
        assert!(!telling.iter().any(|word| text.contains(word)), "{text}");
    }
    let done = latest(&day, &ticket).await;
    assert!(done.request().unwrap().consent.unwrap().contains("consent"));
    // Nothing is said twice, however long it goes on.
    day.later(60).await;
    assert_eq!(day.in_public().len(), 2);
    assert_eq!(day.in_private("Matti Virtanen").len(), 2);
}

#[tokio::test]
async fn whose_address_is_a_customers_is_told_to_nobody_who_guesses() {
    let mut said = Vec::new();
    let told = [
        ("Matti Virtanen", "matti@example.fi"),
        (
            "Matti Virtanen",
            "My neighbour Matti Virtanen has matti@example.fi",
        ),
        ("Angry Bird", "matti@example.fi"),
        ("Matti Virtanen", "nobody@example.com"),
    ];
    for (name, text) in told {
        let day = Day::begins().await;
        day.comments(name, THREAD, "Where is my parcel?");
        day.later(1).await;
        let ticket = day.ticket(name, THREAD).await.id;
        let aino = agent("aino");
        day.desk.ask_who(&ticket, &email(), &aino).await.unwrap();
        day.later(1).await;
        for _ in 0..3 {
            day.writes_privately(name, text);
            day.later(1).await;
        }
        let ended = status(&day, &ticket).await;
        said.push((ended, day.in_public(), day.in_private(name)));
    }
    let ends: Vec<_> = said.iter().map(|(ended, ..)| ended.clone()).collect();
    let (refused, proposed) = (RequestStatus::Refused, RequestStatus::Proposed);
    let expected = [RequestStatus::Confirmed, proposed, refused.clone(), refused];
    assert_eq!(ends, expected);
    let (_, public, private) = &said[0];
    assert_eq!((public.len(), private.len()), (2, 2));
    for (ended, in_public, in_private) in &said {
        assert_eq!((in_public, in_private), (public, private), "{ended}");
    }
}

#[tokio::test]
async fn who_knows_a_customers_name_and_address_is_told_nothing_of_the_record() {
    use aspa_identity::{Action, Disclosure, DisclosurePolicy};
    let day = Day::begins().await;
    let who = day.who("Matti Virtanen");
    let policy = DisclosurePolicy::default();
    let may = async |action: Action| day.desk.disclosure(&who, &action, &policy).await.unwrap();
    assert_eq!(may(Action::ShowName).await, Disclosure::NotLinked);
    let ticket = asked(&day).await;
    day.writes_privately("Matti Virtanen", "matti@example.fi");
    day.later(1).await;
    assert_eq!(status(&day, &ticket).await, RequestStatus::Confirmed);
    assert_eq!(may(Action::ShowName).await, Disclosure::Allowed);
    assert_eq!(may(Action::DiscloseData).await, Disclosure::NeedsProof);
    // Nor by an agent's word: whoever is logged in with us has shown who it is.
    let aino = agent("aino");
    let said = day.desk.confirm_link(&who, &record_id("1"), aino).await;
    said.unwrap();
    assert_eq!(may(Action::DiscloseData).await, Disclosure::NeedsProof);
}

#[tokio::test]
async fn who_wrote_in_private_first_and_then_in_public_is_asked_in_private_only() {
    let day = Day::begins().await;
    day.writes_privately("Matti Virtanen", "Hello?");
    day.later(1).await;
    let query = TicketQuery::default();
    let ticket = day.desk.tickets(&query).await.unwrap().remove(0).ticket;
    day.comments(
        "Matti Virtanen",
        &ticket.key.conversation.id,
        "Where is my parcel?",
    );
    day.later(1).await;
    let aino = agent("aino");
    day.desk.ask_who(&ticket.id, &email(), &aino).await.unwrap();
    day.later(1).await;
    let offer = PublicText::offer(&Language::En).to_string();
    assert_eq!(day.in_public(), [offer]);
    let question = day.in_private("Matti Virtanen");
    assert!(question.len() == 1 && question[0].contains("e-mail address"));
}

#[tokio::test]
async fn what_is_asked_in_private_stays_there_when_the_person_goes_on_in_public() {
    let day = Day::begins().await;
    day.writes_privately("Matti Virtanen", "Hello?");
    day.later(1).await;
    let query = TicketQuery::default();
    let ticket = day.desk.tickets(&query).await.unwrap().remove(0).ticket;
    let aino = agent("aino");
    day.desk.ask_who(&ticket.id, &email(), &aino).await.unwrap();
    day.later(1).await;
    let thread = ticket.key.conversation.id.clone();
    // A wrong answer, and a word in public: that the answer was wrong is said in private.
    day.writes_privately("Matti Virtanen", "nobody@example.com");
    day.comments("Matti Virtanen", &thread, "Where is my parcel?");
    day.later(1).await;
    assert_eq!(day.in_public(), [""; 0]);
    assert_eq!(day.in_private("Matti Virtanen").len(), 2);
}

#[tokio::test]
async fn who_answers_in_somebodys_place_is_not_believed() {
    let day = Day::begins().await;
    let ticket = asked(&day).await;
    // Somebody with the same name writes to us, and another into the conversation with Matti.
    day.network.renames(&day.who("Somebody"), "Matti Virtanen.");
    day.writes_privately("Somebody", "I am Matti, matti@example.fi");
    let question = day.network.published().pop().unwrap();
    let stranger = day.who("Stranger");
    day.network
        .answers(&stranger, &question.key, "matti@example.fi")
        .unwrap();
    // What he tells where everybody reads is no answer either.
    day.comments("Matti Virtanen", THREAD, "matti@example.fi");
    day.later(5).await;
    assert_eq!(status(&day, &ticket).await, RequestStatus::Asked);
    assert_eq!(linked_to(&day, "Matti Virtanen").await, None);
    assert_eq!(day.in_public().len(), 1);
}

#[tokio::test]
async fn who_has_another_handle_in_private_is_recognised_there() {
    let day = Day::begins().await;
    let in_private = day.who("M. V.");
    day.network
        .reads_as(&day.who("Matti Virtanen"), &in_private);
    let ticket = asked(&day).await;
    assert_eq!(day.in_private("M. V.").len(), 1);
    let asking = latest(&day, &ticket).await;
    assert_eq!(asking.writer.as_ref(), Some(&in_private));
    // Not by the one who writes as the network says that he does not.
    day.writes_privately("Matti Virtanen", "maija@example.fi");
    day.later(5).await;
    assert_eq!(status(&day, &ticket).await, RequestStatus::Asked);

    day.writes_privately("M. V.", "I am at matti@example.fi");
    day.later(5).await;
    assert_eq!(status(&day, &ticket).await, RequestStatus::Confirmed);
    assert_eq!(
        linked_to(&day, "Matti Virtanen").await.as_deref(),
        Some("1")
    );
}

#[tokio::test]
async fn by_the_handle_in_private_what_was_asked_is_exported_and_erased() {
    let key = aspa_types::Secret::new("a key of the test, long enough");
    let day = Day::on(FakeNetwork::everything(), |builder| {
        builder.identity_key(key)
    })
    .await;
    let in_private = day.who("M. V.");
    day.network
        .reads_as(&day.who("Matti Virtanen"), &in_private);
    let ticket = asked(&day).await;
    let subject = aspa_desk::Subject::Handle(in_private.clone());
    let mut told = Vec::new();
    let export = day.desk.export(&subject, None, "a wish", &mut told);
    export.await.unwrap();
    let told: serde_json::Value = serde_json::from_slice(&told).unwrap();
    let answered = told["asked"][0]["answered_as"].clone();
    assert_eq!(answered, serde_json::to_value(&in_private).unwrap());
    day.desk.erase(&subject, None, "a wish").await.unwrap();
    assert!(day.desk.asked(&ticket).await.unwrap().is_empty());
}

#[tokio::test]
async fn where_we_cannot_write_first_the_person_does() {
    let day = Day::on(without_private_replies(), |builder| builder).await;
    let ticket = asked(&day).await;
    assert_eq!(status(&day, &ticket).await, RequestStatus::Offered);
    assert_eq!(day.in_private("Matti Virtanen").len(), 0);
    day.writes_privately("Matti Virtanen", "Hello, you wanted me to write");
    day.later(1).await;
    assert_eq!(status(&day, &ticket).await, RequestStatus::Asked);
    assert_eq!(day.in_private("Matti Virtanen").len(), 1);
    day.writes_privately("Matti Virtanen", "matti@example.fi");
    day.later(1).await;
    assert_eq!(status(&day, &ticket).await, RequestStatus::Confirmed);
    assert_eq!(
        linked_to(&day, "Matti Virtanen").await.as_deref(),
        Some("1")
    );
}

#[tokio::test]
async fn in_a_private_conversation_it_is_asked_there() {
    let day = Day::on(without_private_replies(), |builder| builder).await;
    day.writes_privately("Maija Korhonen", "Where is my refund?");
    day.later(1).await;
    let thread = format!("with-{}", day.who("Maija Korhonen").id());
    let ticket = day.ticket("Maija Korhonen", &thread).await.id;
    let aino = agent("aino");
    day.desk.ask_who(&ticket, &email(), &aino).await.unwrap();
    day.later(1).await;
    assert_eq!(day.in_private("Maija Korhonen").len(), 1);
    day.writes_privately("Maija Korhonen", "maija@example.fi");
    day.later(1).await;
    assert_eq!(
        linked_to(&day, "Maija Korhonen").await.as_deref(),
        Some("2")
    );
    assert!(day.in_public().is_empty());
}

#[tokio::test]
async fn a_private_reply_that_comes_too_late_for_the_network_waits_for_the_person() {
    let day = Day::on(
        FakeNetwork::everything().with_private_reply_seconds(3_600),
        |builder| builder,
    )
    .await;
    day.comments("Matti Virtanen", THREAD, "Where is my parcel?");
    day.later(61).await;
    let ticket = day.ticket("Matti Virtanen", THREAD).await.id;
    let aino = agent("aino");
    day.desk.ask_who(&ticket, &email(), &aino).await.unwrap();
    day.later(1).await;
    assert_eq!(status(&day, &ticket).await, RequestStatus::Offered);
    assert_eq!(
        (
            day.in_public().len(),
            day.in_private("Matti Virtanen").len()
        ),
        (1, 0)
    );
}

#[tokio::test]
async fn it_survives_a_restart_at_every_step() {
    let mut day = Day::begins().await;
    day.comments("Matti Virtanen", THREAD, "Where is my parcel?");
    day.later(1).await;
    let ticket = day.ticket("Matti Virtanen", THREAD).await.id;
    let aino = agent("aino");
    day.desk.ask_who(&ticket, &email(), &aino).await.unwrap();
    day.restarts();
    day.later(1).await;
    day.restarts();
    day.passes(1);
    day.writes_privately("Matti Virtanen", "matti@example.fi");
    day.desk.poll(&common::shop()).await.unwrap();
    day.desk.work().await.unwrap();
    day.restarts();
    day.later(1).await;
    day.restarts();
    day.later(1).await;
    assert_eq!(status(&day, &ticket).await, RequestStatus::Confirmed);
    assert_eq!(
        (
            day.in_public().len(),
            day.in_private("Matti Virtanen").len()
        ),
        (2, 2)
    );
}

#[tokio::test]
async fn two_that_go_on_at_once_say_everything_once() {
    let day = Day::begins().await;
    day.comments("Matti Virtanen", THREAD, "Where is my parcel?");
    day.later(1).await;
    let ticket = day.ticket("Matti Virtanen", THREAD).await.id;
    let (aino, question) = (agent("aino"), email());
    let both = tokio::join!(
        day.desk.ask_who(&ticket, &question, &aino),
        day.desk.ask_who(&ticket, &question, &aino)
    );
    assert!(both.0.is_ok() != both.1.is_ok(), "{both:?}");
    day.writes_privately("Matti Virtanen", "matti@example.fi");
    for _ in 0..6 {
        day.desk.poll(&common::shop()).await.unwrap();
        day.desk.work().await.unwrap();
        let (one, other) = tokio::join!(day.desk.go_on_asking(), day.desk.go_on_asking());
        assert!(one.unwrap() + other.unwrap() <= 2);
        day.desk.deliver().await.unwrap();
    }
    assert_eq!(day.in_public().len(), 1, "he wrote before he was asked");
    assert_eq!(day.in_private("Matti Virtanen").len(), 1);
    assert_eq!(status(&day, &ticket).await, RequestStatus::Asked);
}

#[tokio::test]
async fn what_tells_nothing_is_left_to_a_colleague_and_wrong_details_end_it() {
    let day = Day::begins().await;
    let ticket = asked(&day).await;
    day.writes_privately("Matti Virtanen", "Why do you want to know?");
    day.later(1).await;
    assert_eq!(status(&day, &ticket).await, RequestStatus::Asked);
    for guess in ["one", "two", "three"] {
        let guess = format!("{guess}@nobody.example");
        day.writes_privately("Matti Virtanen", &guess);
        day.later(1).await;
        // That the first came. Of the others nothing is said, as nothing were had the first been right.
        assert_eq!(day.in_private("Matti Virtanen").len(), 2, "{guess}");
    }
    let request = latest(&day, &ticket).await.request().unwrap();
    assert_eq!((request.status, request.wrong), (RequestStatus::Refused, 2));
    assert_eq!(
        day.in_public().len(),
        2,
        "in public only that something came"
    );
    let aino = agent("aino");
    let again = day.desk.ask_who(&ticket, &email(), &aino).await;
    let soon = matches!(again, Err(Error::Asking(RequestBroken::TooSoon { .. })));
    assert!(soon, "{again:?}");
}

#[tokio::test]
async fn it_expires_and_nobody_can_answer_any_more() {
    let mut policy = RequestPolicy::default();
    policy.answer = TimeDelta::hours(2);
    let day = Day::on(FakeNetwork::everything(), |builder| builder.asking(policy)).await;
    let ticket = asked(&day).await;
    day.later(121).await;
    assert_eq!(status(&day, &ticket).await, RequestStatus::Expired);
    day.writes_privately("Matti Virtanen", "Sorry, I was away.");
    day.later(1).await;
    assert_eq!(status(&day, &ticket).await, RequestStatus::Expired);
    assert_eq!(day.in_public().len(), 1);
}

#[tokio::test]
async fn an_answer_in_time_counts_however_late_it_is_read() {
    let mut policy = RequestPolicy::default();
    policy.answer = TimeDelta::hours(2);
    let day = Day::on(FakeNetwork::everything(), |builder| builder.asking(policy)).await;
    let ticket = asked(&day).await;
    day.passes(1);
    day.writes_privately("Matti Virtanen", "matti@example.fi");
    day.desk.poll(&common::shop()).await.unwrap();
    day.desk.work().await.unwrap();
    // Nobody went on with it for a day.
    day.later(24 * 60).await;
    assert_eq!(status(&day, &ticket).await, RequestStatus::Confirmed);
}

#[tokio::test]
async fn consent_can_be_withdrawn_and_undoes_the_link() {
    let day = Day::begins().await;
    let ticket = asked(&day).await;
    let nothing = day.desk.withdraw_consent(&ticket, None).await;
    let nothing = matches!(
        nothing,
        Err(Error::Asking(RequestBroken::NothingToWithdraw))
    );
    assert!(nothing);
    day.writes_privately("Matti Virtanen", "matti@example.fi");
    day.later(1).await;
    assert_eq!(
        linked_to(&day, "Matti Virtanen").await.as_deref(),
        Some("1")
    );
    day.desk
        .withdraw_consent(&ticket, Some(&agent("aino")))
        .await
        .unwrap();
    assert_eq!(linked_to(&day, "Matti Virtanen").await, None);
    assert_eq!(status(&day, &ticket).await, RequestStatus::Withdrawn);
    let audit = day.desk.audit_log(Default::default(), None).await.unwrap();
    let last = audit.last().unwrap();
    let withdrawn = aspa_store::AuditAction::ConsentWithdrawn;
    assert_eq!(last.entry.action, withdrawn);
}

#[tokio::test]
async fn what_an_agent_confirms_is_withdrawn_with_the_rest() {
    let day = Day::begins().await;
    let ticket = asked(&day).await;
    // An answer for somebody else leads to a look, not to a link.
    let text = "My neighbour Matti Virtanen has matti@example.fi";
    day.writes_privately("Matti Virtanen", text);
    day.later(1).await;
    if status(&day, &ticket).await == RequestStatus::Proposed {
        let who = day.who("Matti Virtanen");
        day.desk
            .confirm_link(&who, &record_id("1"), agent("aino"))
            .await
            .unwrap();
        day.later(1).await;
        assert_eq!(status(&day, &ticket).await, RequestStatus::Confirmed);
    }
    let request = latest(&day, &ticket).await;
    let by_agent = request.events.iter().any(|event| {
        matches!(
            &event.step,
            aspa_identity::RequestStep::Confirmed {
                by: DecidedBy::Agent(_),
                ..
            }
        )
    });
    assert!(by_agent, "{:?}", request.events);
    day.desk.withdraw_consent(&ticket, None).await.unwrap();
    assert_eq!(linked_to(&day, "Matti Virtanen").await, None);
}

#[tokio::test]
async fn who_is_being_asked_is_not_asked_again_and_it_can_be_ended() {
    let day = Day::begins().await;
    let ticket = asked(&day).await;
    let aino = agent("aino");
    let again = day.desk.ask_who(&ticket, &email(), &aino).await;
    assert!(matches!(
        again,
        Err(Error::Asking(RequestBroken::StillOpen))
    ));
    let why = RefusedWhy::Declined;
    let ended = day.desk.end_asking(&ticket, why.clone()).await.unwrap();
    assert_eq!(ended.request().unwrap().status, RequestStatus::Refused);
    let over = day.desk.end_asking(&ticket, why).await;
    assert!(matches!(over, Err(Error::NotAsked(_))));
    let nothing = day.desk.ask_who(&ticket, &Question::new([]), &aino).await;
    let nothing = matches!(nothing, Err(Error::Asking(RequestBroken::NothingAsked)));
    assert!(nothing);
}

#[tokio::test]
async fn what_waits_to_be_sent_is_taken_back_when_asking_ends() {
    let day = Day::begins().await;
    day.comments("Matti Virtanen", THREAD, "Where is my parcel?");
    day.later(1).await;
    let ticket = day.ticket("Matti Virtanen", THREAD).await.id;
    let aino = agent("aino");
    day.desk.ask_who(&ticket, &email(), &aino).await.unwrap();
    let query = aspa_store::OutboxQuery::default();
    assert_eq!(day.desk.outbox(&query).await.unwrap().len(), 2);
    // He has told it on the phone just now.
    let ended = day.desk.end_asking(&ticket, RefusedWhy::NotNeeded).await;
    ended.unwrap();
    day.later(5).await;
    assert_eq!(day.in_public(), [""; 0]);
    assert_eq!(day.in_private("Matti Virtanen"), [""; 0]);
    assert!(day.desk.ticket(&ticket).await.unwrap().queued.is_empty());
}

#[tokio::test]
async fn a_question_that_could_not_be_sent_in_time_is_never_sent() {
    let mut policy = RequestPolicy::default();
    policy.answer = TimeDelta::hours(2);
    let day = Day::on(FakeNetwork::everything(), |builder| builder.asking(policy)).await;
    day.comments("Matti Virtanen", THREAD, "Where is my parcel?");
    day.later(1).await;
    let ticket = day.ticket("Matti Virtanen", THREAD).await.id;
    let paused = aspa_store::PauseScope::account(common::shop());
    let pause = day.desk.add_pause(paused.clone(), None, None).await;
    pause.unwrap();
    let aino = agent("aino");
    day.desk.ask_who(&ticket, &email(), &aino).await.unwrap();
    day.later(121).await;
    assert_eq!(status(&day, &ticket).await, RequestStatus::Expired);
    day.desk.end_pause(&paused).await.unwrap();
    day.later(5).await;
    assert_eq!(day.in_public(), [""; 0]);
    assert_eq!(day.in_private("Matti Virtanen"), [""; 0]);
}

#[tokio::test]
async fn own_words_that_would_tell_who_it_is_are_not_said() {
    let day = Day::begins().await;
    day.comments("Matti Virtanen", THREAD, "Where is my parcel?");
    day.later(1).await;
    let ticket = day.ticket("Matti Virtanen", THREAD).await.id;
    let text = |text: &str| PublicText::new(text, &[]).unwrap();
    let question = email().saying(text("Write to us, please!"), text("Thank you, Matti!"));
    let aino = agent("aino");
    day.desk.ask_who(&ticket, &question, &aino).await.unwrap();
    day.later(1).await;
    day.writes_privately("Matti Virtanen", "matti@example.fi");
    day.later(1).await;
    let usual = PublicText::received(&Language::En).to_string();
    assert_eq!(day.in_public(), ["Write to us, please!".to_owned(), usual]);
}

#[tokio::test]
async fn an_erased_person_was_never_asked() {
    let key = aspa_types::Secret::new("a key of the test, long enough");
    let day = Day::on(FakeNetwork::everything(), |builder| {
        builder.identity_key(key)
    })
    .await;
    asked(&day).await;
    day.writes_privately("Matti Virtanen", "matti@example.fi");
    day.later(1).await;
    let who = aspa_desk::Subject::Handle(day.who("Matti Virtanen"));
    let mut out = Vec::new();
    day.desk
        .export(&who, None, "a wish", &mut out)
        .await
        .unwrap();
    let told: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert!(
        told["asked"].as_array().unwrap().len() >= 4,
        "{}",
        told["asked"]
    );
    assert!(!told["asked"].to_string().contains("aino"));
    day.desk.erase(&who, None, "a wish").await.unwrap();
    for kind in ["asking", "asked"] {
        let store = day.desk.store();
        let left = store.privacy().documents(kind, None, 9).await.unwrap();
        assert!(left.is_empty(), "{kind}");
    }
}
