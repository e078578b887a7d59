//! What colleagues are told goes by mail.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may panic"
)]

mod common;

use std::sync::Arc;

use aspa_channel::{Notification, Notifier, Status};
use aspa_channel_email::{ConfigError, EmailNotifier, Login, Security, Server};
use aspa_types::DeliveryId;
use aspa_types::Secret;
use common::Net;
use common::fake::Fake;

fn told(to: &str) -> Notification {
    let id = DeliveryId::new("d-77").unwrap();
    let at = "2026-11-22T08:00:00Z".parse().unwrap();
    let subject = "kävi\nBcc: everybody@example.com";
    Notification::new(id, at, to, subject, "first line\nsecond päivä")
}

fn notifier(fake: &Fake) -> EmailNotifier {
    let net = Net::at(Arc::new(fake.clone()));
    let login = Login::password(&net.ours, Secret::new(net.place.password()));
    let smtp = Server::new("127.0.0.1", fake.smtp, Security::Plain);
    let notifier = EmailNotifier::new("desk@shop.test", smtp, login, None);
    notifier.unwrap().named("The desk")
}

#[tokio::test]
async fn it_is_a_mail_that_a_program_wrote() {
    let fake = Fake::start().await;
    notifier(&fake)
        .notify(&told("liisa@shop.test"))
        .await
        .unwrap();
    let mails = fake.mails("liisa@shop.test");
    assert_eq!(mails.len(), 1, "{:?}", fake.commands());
    let mail = mail_parser::MessageParser::default()
        .parse(&mails[0])
        .unwrap();
    assert_eq!(mail.message_id(), Some("d-77@shop.test"));
    assert_eq!(mail.subject(), Some("kävi Bcc: everybody@example.com"));
    assert!(mail.bcc().is_none());
    assert_eq!(
        mail.header("Auto-Submitted").unwrap().as_text(),
        Some("auto-generated")
    );
    let text = mail.body_text(0).unwrap();
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        ["first line", "second päivä"]
    );
}

#[tokio::test]
async fn what_is_refused_for_good_is_told_apart_from_what_is_not() {
    for (answer, again) in [("550 5.1.1 no such user", false), ("451 4.3.0 later", true)] {
        let fake = Fake::start().await;
        fake.refuse("RCPT", answer);
        let refused = notifier(&fake).notify(&told("liisa@shop.test")).await;
        let error = refused.unwrap_err();
        assert_eq!(error.status() != Status::Permanent, again, "{error:?}");
        assert!(!format!("{error:?}").contains("liisa"));
    }
    let fake = Fake::start().await;
    let nowhere = notifier(&fake).notify(&told("liisa")).await;
    assert_eq!(nowhere.unwrap_err().status(), Status::Permanent);
}

#[test]
fn mail_does_not_leave_this_machine_in_the_clear() {
    let login = || Login::password("desk", Secret::new("password"));
    let far = Server::new("mail.example.com", 25, Security::Plain);
    let refused = EmailNotifier::new("desk@shop.test", far, login(), None);
    assert_eq!(refused.unwrap_err(), ConfigError::NoTls { field: "smtp" });
    let smtp = Server::tls("mail.example.com", 465);
    let refused = EmailNotifier::new("desk", smtp, login(), None);
    let field = "address";
    assert_eq!(refused.unwrap_err(), ConfigError::NoAddress { field });
}
