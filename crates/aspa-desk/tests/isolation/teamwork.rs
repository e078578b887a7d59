//! What a team does together, asked with another tenant's ids.

use aspa_desk::{Desk, Question};
use aspa_identity::{ContactKind, RefusedWhy};
use aspa_ticket::{Answer, Draft, HelpVerdict};

use super::{Ids, Outcomes, agent, shop};

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
    ask_playbooks(desk, ids, told).await;
    ask_helped(desk, ids, told).await;
}

async fn ask_playbooks(desk: &Desk, ids: &Ids, told: &mut Outcomes) {
    let (ticket, id) = (&ids.ticket, "late".into());
    let fields = desk.playbook_fields().await.unwrap();
    let saved = desk.save_playbook_fields(&fields.value, fields.version);
    told.say("save_playbook_fields", saved.await);
    told.say("playbook_fields", fields);
    told.say("house", desk.house().await.map(|house| house.fields));
    told.say("playbooks", desk.playbooks().await);
    let answer = Answer::new("Soon".parse().unwrap());
    let draft = Draft::new("Late").answer(answer);
    let saved = desk.save_playbook(&id, draft, 0).await.unwrap();
    told.say("playbook", desk.playbook(&saved.used()).await);
    told.say("save_playbook", saved);
    let found = desk.suggest_playbooks(ticket, 9).await;
    told.say("suggest_playbooks", found);
    let values = std::collections::BTreeMap::new();
    let reply = desk.reply_from_playbook(ticket, &id, &values).await;
    told.say("reply_from_playbook", reply.map(|reply| reply.text));
    told.say("retire_playbook", desk.retire_playbook(&id, None).await);
}

async fn ask_helped(desk: &Desk, ids: &Ids, told: &mut Outcomes) {
    let (ticket, eve) = (&ids.ticket, agent("eve"));
    told.say("help_found", desk.help_found(ticket).await);
    told.say("help_to_judge", desk.help_to_judge(&shop(), 9).await);
    let found = (&ids.message, &ids.message);
    let judged = desk.judge_help(ticket, found, HelpVerdict::Confirmed, None, &eve);
    told.say("judge_help", judged.await.map(|ticket| ticket.category));
    let counting = desk.counting().await.unwrap();
    let figures = desk.team_figures(&counting).await;
    told.say("team_figures", figures);
    told.say("counting", (counting.teams, counting.customers));
    let model = desk.call_model().await.unwrap();
    let saved = desk.save_call_model(&model.value, model.version);
    told.say("save_call_model", saved.await);
    told.say("call_model", model.value);
}
