//! What happens in Messenger: the lists `messaging`, and `standby` where another app holds the
//! conversation.
//!
//! <https://developers.facebook.com/docs/messenger-platform/reference/webhook-events> (checked 2026-11-21, not
//! verified against the live network). Times are milliseconds.

mod attachment;

use aspa_channel::{
    AccountHealth, Audience, Campaign, DeliveryStatus, Direction, Event, EventKind, Handle,
    Message, MessageKey, MessageKind, Part, Times, Via, Visibility,
};
use aspa_types::{BadId, DeliveryId, EffectKey, Extra, HandleKey};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::delivery::{Context, Problem};
use crate::json::{Count, Flag, Id, Time, given, value, written};
use attachment::{Attachment, parts};

/// In front of the effect's key in the `metadata` of what we send: Meta gives it back with the echo.
pub(crate) const OURS: &str = "aspa:";

#[derive(Deserialize)]
struct Party {
    id: Option<Id>,
}

#[derive(Deserialize)]
struct Item<'a> {
    sender: Option<Party>,
    recipient: Option<Party>,
    timestamp: Option<Time>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    message_edit: Option<Edit>,
    #[serde(borrow)]
    postback: Option<&'a RawValue>,
    reaction: Option<Reaction>,
    read: Option<Receipt>,
    delivery: Option<Receipt>,
    #[serde(borrow)]
    referral: Option<&'a RawValue>,
    #[serde(borrow)]
    optin: Option<&'a RawValue>,
    #[serde(borrow)]
    account_linking: Option<&'a RawValue>,
    #[serde(rename = "policy-enforcement", alias = "policy_enforcement")]
    policy: Option<Policy>,
    #[serde(borrow)]
    pass_thread_control: Option<&'a RawValue>,
    #[serde(borrow)]
    take_thread_control: Option<&'a RawValue>,
    #[serde(borrow)]
    request_thread_control: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Written<'a> {
    mid: Option<Id>,
    text: Option<String>,
    #[serde(borrow)]
    attachments: Option<Vec<Attachment<'a>>>,
    #[serde(borrow)]
    quick_reply: Option<&'a RawValue>,
    reply_to: Option<Answered>,
    is_echo: Option<Flag>,
    app_id: Option<Id>,
    metadata: Option<String>,
    is_unsupported: Option<Flag>,
    is_deleted: Option<Flag>,
    #[serde(borrow)]
    referral: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Answered {
    mid: Option<Id>,
}

#[derive(Deserialize)]
struct Edit {
    mid: Option<Id>,
    text: Option<String>,
    num_edit: Option<Count>,
}

#[derive(Deserialize)]
struct Postback<'a> {
    mid: Option<Id>,
    title: Option<String>,
    payload: Option<String>,
    #[serde(borrow)]
    referral: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Referral {
    ad_id: Option<Id>,
    ads_context_data: Option<Ad>,
}

#[derive(Deserialize)]
struct Ad {
    ad_title: Option<String>,
}

#[derive(Deserialize)]
struct Reaction {
    mid: Option<Id>,
    action: Option<String>,
    reaction: Option<String>,
    emoji: Option<String>,
}

#[derive(Deserialize)]
struct Receipt {
    mid: Option<Id>,
    mids: Option<Vec<Option<Id>>>,
    watermark: Option<Time>,
}

#[derive(Deserialize)]
struct Policy {
    action: Option<String>,
}

#[derive(Deserialize)]
struct Control {
    new_owner_app_id: Option<Id>,
    previous_owner_app_id: Option<Id>,
}

fn bad(_: BadId) -> Problem {
    "an id cannot be one"
}

/// The events of one item: one, or one for each message that a receipt names.
pub(crate) fn events(
    context: &Context<'_>,
    item: &RawValue,
    events: &mut Vec<Event>,
) -> Result<(), Problem> {
    let item: Item<'_> =
        serde_json::from_str(item.get()).map_err(|_| "a field is of another kind")?;
    let told = Told {
        context,
        at: item.timestamp.and_then(|time| time.0).or(context.at),
        sender: given(item.sender.as_ref().and_then(|party| party.id.as_ref())),
        recipient: given(item.recipient.as_ref().and_then(|party| party.id.as_ref())),
    };
    if let Some(raw) = item.message {
        told.message(raw, events)
    } else if let Some(edit) = item.message_edit {
        told.edit(edit, events)
    } else if let Some(raw) = item.postback {
        told.postback(raw, events)
    } else if let Some(reaction) = item.reaction {
        told.reaction(reaction, events)
    } else if let Some(receipt) = item.read {
        told.receipt(&receipt, &DeliveryStatus::Read, events)
    } else if let Some(receipt) = item.delivery {
        told.receipt(&receipt, &DeliveryStatus::Delivered, events)
    } else if let Some(raw) = item.referral {
        told.met("referral", raw, events)
    } else if let Some(raw) = item.optin {
        told.met("optin", raw, events)
    } else if let Some(raw) = item.account_linking {
        told.met("account_linking", raw, events)
    } else if let Some(policy) = item.policy {
        told.policy(&policy, events)
    } else if let Some(raw) = item.pass_thread_control {
        told.control("pass_thread_control", raw, events)
    } else if let Some(raw) = item.take_thread_control {
        told.control("take_thread_control", raw, events)
    } else if let Some(raw) = item.request_thread_control {
        told.control("request_thread_control", raw, events)
    } else {
        Err("a kind that is not known")
    }
}

/// What an item says of itself, whatever its kind.
struct Told<'a> {
    context: &'a Context<'a>,
    at: Option<DateTime<Utc>>,
    sender: Option<&'a str>,
    recipient: Option<&'a str>,
}

impl Told<'_> {
    /// The one of the two who is not the Page.
    fn other(&self) -> Result<&str, Problem> {
        let place = self.context.place;
        let not_us = |id: &&str| !place.is_us(id);
        let other = self.sender.filter(not_us).or(self.recipient.filter(not_us));
        other.ok_or("nobody but the page is named")
    }

    fn is_ours(&self) -> bool {
        self.sender.is_some_and(|id| self.context.place.is_us(id))
    }

    fn key(&self, id: Option<&Id>) -> Result<MessageKey, Problem> {
        let id = given(id).ok_or("mid is missing")?;
        self.context.place.message(id).map_err(bad)
    }

    fn person(&self) -> Result<HandleKey, Problem> {
        self.context.place.person(self.other()?).map_err(bad)
    }

    fn draft(&self, key: MessageKey, ours: bool) -> Result<Message, Problem> {
        let place = self.context.place;
        let conversation = place.thread(self.other()?).map_err(bad)?;
        let direction = match ours {
            true => Direction::Outbound,
            false => Direction::Inbound,
        };
        let mut message = Message::new(key, conversation, direction);
        (message.kind, message.audience) = (MessageKind::Direct, Audience::Direct);
        let person = self.person()?;
        match ours {
            true => {
                message.author = Some(place.person(&place.page).map_err(bad)?);
                message.to.push(person);
            }
            false => message.author = Some(person),
        }
        message.times = self.at.map(Times::vouched).unwrap_or_default();
        message.times.received = Some(self.context.now);
        if self.context.standby {
            message
                .extra
                .insert("standby".to_owned(), Value::Bool(true));
        }
        Ok(message)
    }

    fn event(&self, kind: EventKind) -> Event {
        let mut event = Event::new(self.context.place.account.clone(), kind, Via::Webhook);
        event.at = self.at;
        if self.context.standby && !matches!(event.kind, EventKind::Message(_)) {
            event.extra.insert("standby".to_owned(), Value::Bool(true));
        }
        if let Ok(person) = self.person() {
            event.handles.push(Handle::new(person));
        }
        event
    }

    fn message(&self, raw: &RawValue, events: &mut Vec<Event>) -> Result<(), Problem> {
        let said: Written<'_> =
            serde_json::from_str(raw.get()).map_err(|_| "a field of message is of another kind")?;
        let key = self.key(said.mid.as_ref())?;
        if said.is_deleted == Some(Flag(true)) {
            let by = self.person()?;
            let kind = EventKind::visibility(key, Visibility::Deleted, Some(by));
            events.push(self.event(kind));
            return Ok(());
        }
        let ours = said.is_echo == Some(Flag(true)) || self.is_ours();
        let mut message = self.draft(key, ours)?;
        if let Some(mid) = said.reply_to.as_ref().and_then(|to| given(to.mid.as_ref())) {
            message.in_reply_to = Some(self.context.place.message(mid).map_err(bad)?);
        }
        message.parts.extend(written(said.text).map(Part::text));
        message
            .parts
            .extend(parts(said.attachments.unwrap_or_default()));
        if said.is_unsupported == Some(Flag(true)) {
            message
                .parts
                .push(Part::unreadable("Messenger does not give it to apps"));
        }
        let metadata = said.metadata.as_deref().filter(|_| ours);
        let effect = metadata.and_then(|text| text.strip_prefix(OURS));
        message.effect = effect.and_then(|key| EffectKey::new(key).ok());
        let extra = &mut message.extra;
        if let Some(app) = given(said.app_id.as_ref()) {
            extra.insert("app_id".to_owned(), Value::String(app.to_owned()));
        }
        if let Some(raw) = said.quick_reply {
            extra.insert("quick_reply".to_owned(), value(raw.get()));
        }
        referred(&mut message, said.referral);
        events.push(self.event(EventKind::message(message)));
        Ok(())
    }

    fn edit(&self, edit: Edit, events: &mut Vec<Event>) -> Result<(), Problem> {
        let mut message = self.draft(self.key(edit.mid.as_ref())?, self.is_ours())?;
        // Without its text it must not look as if everything were taken out.
        let text = edit.text.map(|text| written(Some(text)).map(Part::text));
        let text =
            text.unwrap_or_else(|| Some(Part::unreadable("Meta does not tell the new text")));
        message.parts.extend(text);
        message.edited_at = self.at;
        let count = edit.num_edit.and_then(|count| u64::try_from(count.0).ok());
        let count = count.filter(|count| *count > 0);
        message.revision = count.unwrap_or_else(|| crate::page::revision(self.at, &message.text()));
        // What it bears is the time of the edit; when it was first written it does not say.
        message.times.source = None;
        message.times.vouched = false;
        events.push(self.event(EventKind::message(message)));
        Ok(())
    }

    /// A button was pressed: what stands on it is what the person says.
    fn postback(&self, raw: &RawValue, events: &mut Vec<Event>) -> Result<(), Problem> {
        let said: Postback<'_> = serde_json::from_str(raw.get())
            .map_err(|_| "a field of postback is of another kind")?;
        let key = match given(said.mid.as_ref()) {
            Some(mid) => self.context.place.message(mid).map_err(bad)?,
            None => {
                let at = self.at.map(|at| at.timestamp_millis().to_string());
                let about = [self.other()?, at.as_deref().unwrap_or_default(), raw.get()];
                let id = format!("postback-{}", DeliveryId::derive(&about));
                self.context.place.message(&id).map_err(bad)?
            }
        };
        let mut message = self.draft(key, self.is_ours())?;
        message.parts.extend(written(said.title).map(Part::text));
        if let Some(payload) = said.payload {
            message
                .extra
                .insert("postback".to_owned(), Value::String(payload));
        }
        referred(&mut message, said.referral);
        events.push(self.event(EventKind::message(message)));
        Ok(())
    }

    fn reaction(&self, said: Reaction, events: &mut Vec<Event>) -> Result<(), Problem> {
        let key = self.key(said.mid.as_ref())?;
        let removed = match said.action.as_deref() {
            Some("react") | None => false,
            Some("unreact") => true,
            Some(_) => return Err("an action that is not known"),
        };
        let place = self.context.place;
        let by = match self.is_ours() {
            true => place.person(&place.page).map_err(bad)?,
            false => self.person()?,
        };
        let word = written(said.emoji).or_else(|| written(said.reaction));
        let kind = EventKind::reaction(key, by, word.unwrap_or_default(), removed);
        events.push(self.event(kind));
        Ok(())
    }

    /// Messenger says up to when everything was delivered or read, and seldom which messages those are.
    fn receipt(
        &self,
        receipt: &Receipt,
        status: &DeliveryStatus,
        events: &mut Vec<Event>,
    ) -> Result<(), Problem> {
        let until = receipt.watermark.and_then(|time| time.0);
        let named = receipt.mids.iter().flatten().flatten().chain(&receipt.mid);
        let mut named: Vec<&Id> = named.filter(|id| !id.0.is_empty()).collect();
        named.dedup();
        for id in &named {
            let kind = EventKind::status(self.key(Some(id))?, status.clone(), false);
            let mut event = self.event(kind);
            event.at = self.at.or(until);
            events.push(event);
        }
        if !named.is_empty() {
            return Ok(());
        }
        let until = until.ok_or("neither messages nor a watermark")?;
        let conversation = self.context.place.thread(self.other()?).map_err(bad)?;
        let kind = EventKind::status_until(conversation, self.person()?, status.clone(), until);
        let mut event = self.event(kind);
        event.at = self.at.or(Some(until));
        events.push(event);
        Ok(())
    }

    /// Somebody came, and wrote nothing: by a link or an advertisement, by agreeing to be written to, by
    /// joining an account of the host's.
    fn met(&self, name: &str, raw: &RawValue, events: &mut Vec<Event>) -> Result<(), Problem> {
        let mut event = self.event(EventKind::handle(self.person()?, None));
        if let EventKind::Handle { extra, .. } = &mut event.kind {
            extra.insert(name.to_owned(), value(raw.get()));
        }
        events.push(event);
        Ok(())
    }

    fn policy(&self, policy: &Policy, events: &mut Vec<Event>) -> Result<(), Problem> {
        let (health, remedy) = match policy.action.as_deref() {
            Some("block") => (
                AccountHealth::Revoked,
                "Meta blocked the page's messages: see the page's support inbox and appeal there",
            ),
            Some("warning") => (
                AccountHealth::Degraded,
                "Meta warns that messages break its policy: see the page's support inbox",
            ),
            Some("unblock") => (AccountHealth::Live, ""),
            _ => return Err("an action that is not known"),
        };
        let mut event = self.event(EventKind::account(health));
        if let EventKind::Account { remedy: slot, .. } = &mut event.kind {
            *slot = (!remedy.is_empty()).then(|| remedy.to_owned());
        }
        events.push(event);
        Ok(())
    }

    fn control(&self, name: &str, raw: &RawValue, events: &mut Vec<Event>) -> Result<(), Problem> {
        let said: Control = serde_json::from_str(raw.get())
            .map_err(|_| "a field of the hand-over is of another kind")?;
        let is_us = |id: Option<&Id>| given(id).zip(self.context.app).map(|(id, app)| id == app);
        let ours = match name {
            "pass_thread_control" => is_us(said.new_owner_app_id.as_ref()).unwrap_or(true),
            // It was taken from us, or given up by somebody else.
            "take_thread_control" => is_us(said.new_owner_app_id.as_ref())
                .unwrap_or_else(|| !is_us(said.previous_owner_app_id.as_ref()).unwrap_or(true)),
            // Somebody asks whoever holds it, and that is who hears of it.
            _ => !self.context.standby,
        };
        let conversation = self.context.place.thread(self.other()?).map_err(bad)?;
        let extra = extra([(name.to_owned(), value(raw.get()))]);
        events.push(self.event(EventKind::ThreadControl {
            conversation,
            ours,
            extra,
        }));
        Ok(())
    }
}

/// What brought somebody here, and the advertisement if it was one.
fn referred(message: &mut Message, raw: Option<&RawValue>) {
    let Some(raw) = raw else { return };
    message
        .extra
        .insert("referral".to_owned(), value(raw.get()));
    let Ok(referral) = serde_json::from_str::<Referral>(raw.get()) else {
        return;
    };
    if let Some(ad) = given(referral.ad_id.as_ref()) {
        let mut campaign = Campaign::new(ad);
        campaign.name = referral
            .ads_context_data
            .and_then(|ad| written(ad.ad_title));
        message.campaign = Some(campaign);
    }
}

fn extra<const N: usize>(fields: [(String, Value); N]) -> Extra {
    Extra::from(fields.into_iter().collect::<serde_json::Map<_, _>>())
}
