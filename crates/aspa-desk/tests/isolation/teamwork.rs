//! What a team does together, asked with another tenant's ids.

use aspa_desk::{Desk, Question};
use aspa_identity::{ContactKind, RefusedWhy};

use super::{Ids, Outcomes, agent};

pub(super) async fn ask(desk: &Desk, ids: &Ids, told: &mut Outcomes) {
    let (ticket, eve) = (&ids.ticket, agent("eve"));
    let question = Question::new([ContactKind::Email]);
    let asked = desk.ask_who(ticket, &question, &eve).await;
    told.say("ask_who", asked.map(|asking| asking.ticket));
    let asked = desk.asked(ticket).await;
    told.say("asked", asked.map(|all| all.len()));
    told.say("go_on_asking", desk.go_on_asking().await);
    let withdrawn = desk.withdraw_consent(ticket, Some(&eve)).await;
    told.say("withdraw_consent", withdrawn);
    let ended = desk.end_asking(ticket, RefusedWhy::NotNeeded).await;
    told.say("end_asking", ended.map(|asking| asking.ticket));
}
