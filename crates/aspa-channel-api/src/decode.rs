use std::borrow::Cow;

use aspa_channel::{
    AttributeKind, Audience, Campaign, ConversationKey, Direction, Event, EventKind, Handle,
    HostAssertion, Message, MessageKey, MessageKind, Part, Times, Via, Visibility,
};
use aspa_types::{AccountId, BadId, HandleKey, Network};
use chrono::{DateTime, Utc};

use crate::fields::{Fields, Problem};
use crate::json::Json;

/// What the events of one delivery have in common.
pub(crate) struct Decoder<'a> {
    pub(crate) accounts: &'a [AccountId],
    pub(crate) network: &'a Network,
    pub(crate) now: DateTime<Utc>,
}

impl Decoder<'_> {
    /// Reads one event.
    pub(crate) fn event(&self, value: Json<'_>) -> Result<Event, Problem> {
        let mut fields = Fields::of(value, "")?;
        let account = match fields.text("account")? {
            None => self.accounts.first(),
            Some(name) => self
                .accounts
                .iter()
                .find(|account| account.as_str() == &*name),
        };
        let account = account.ok_or_else(|| fields.not("account", "one of this webhook"))?;
        let at = fields.time("at")?;
        match &*fields.required("type")? {
            "message" => self.message(fields, account, at, false),
            "edit" => self.message(fields, account, at, true),
            "delete" => {
                let message = key(account, &mut fields, "message")?;
                let by = self.person(&mut fields, "by", account, at)?;
                let (by, handle) = by.unzip();
                let visibility = Visibility::Deleted;
                let kind = EventKind::visibility(message, visibility, by);
                Ok(other(fields, account, at, kind, handle))
            }
            "reaction" => {
                let message = key(account, &mut fields, "message")?;
                let by = self.person(&mut fields, "by", account, at)?;
                let (by, handle) = by.ok_or("by is missing")?;
                let reaction = fields.required("reaction")?;
                let removed = fields.flag("removed")?;
                let kind = EventKind::reaction(message, by, &*reaction, removed);
                Ok(other(fields, account, at, kind, Some(handle)))
            }
            "status" => {
                let message = key(account, &mut fields, "message")?;
                let status = (&*fields.required("status")?).into();
                let watermark = fields.flag("watermark")?;
                let kind = EventKind::status(message, status, watermark);
                Ok(other(fields, account, at, kind, None))
            }
            _ => Err("type is not known".to_owned()),
        }
    }

    fn message(
        &self,
        mut fields: Fields<'_>,
        account: &AccountId,
        at: Option<DateTime<Utc>>,
        edit: bool,
    ) -> Result<Event, Problem> {
        let id = key(account, &mut fields, "id")?;
        let conversation = ConversationKey::new(account.clone(), &fields.required("conversation")?)
            .map_err(bad("conversation"))?;
        let direction = fields.parsed("direction", "inbound or outbound")?;
        let direction = direction.unwrap_or(Direction::Inbound);
        let mut message = Message::new(id, conversation, direction);
        message.kind = match fields.text("kind")? {
            None => MessageKind::Direct,
            Some(kind) => (&*kind).into(),
        };
        message.audience = match fields.text("audience")? {
            None => Audience::Direct,
            Some(audience) => (&*audience).into(),
        };

        let author = self.person(&mut fields, "author", account, at)?;
        let (author, handle) = author.unzip();
        if author.is_none() && direction == Direction::Inbound && !edit {
            return Err("author is missing".to_owned());
        }
        message.author = author;
        for id in fields.list("to")? {
            let Json::Text(id) = id else {
                return Err(fields.not("to", "a list of ids"));
            };
            message
                .to
                .push(self.handle(account, &id).map_err(bad("to"))?);
        }
        message.in_reply_to = reference(account, &mut fields, "in_reply_to")?;
        message.quotes = reference(account, &mut fields, "quotes")?;

        message.subject = fields.text("subject")?.map(Cow::into_owned);
        message.parts = parts(&mut fields)?;
        message.language = fields.text("language")?.map(Cow::into_owned);
        message.rating = fields.parsed("rating", "a value and the best one")?;
        message.url = fields.text("url")?.map(Cow::into_owned);
        message.campaign = campaign(&mut fields)?;
        message.automatic = fields.flag("automatic")?;
        message.agent = fields.parsed("agent", "an id")?;
        message.reply = fields.parsed("reply", "a word")?;
        message.effect = fields.parsed("effect", "an effect key")?;
        message.asserted = fields
            .parsed("customer", "a customer's system and id")?
            .map(HostAssertion::new);
        if message.asserted.is_some() && direction == Direction::Outbound {
            return Err("customer belongs to an inbound message".to_owned());
        }

        // The host's server is the network here, so its clock is vouched for.
        message.times = at.map(Times::vouched).unwrap_or_default();
        message.times.received = Some(self.now);
        if edit {
            let at = fields.time("edited_at")?.ok_or("edited_at is missing")?;
            message.edited_at = Some(at);
            let revision = u64::try_from(at.timestamp_millis())
                .ok()
                .filter(|&ms| ms > 0);
            message.revision = revision.ok_or("edited_at is before 1970")?;
        }

        message.extra = fields.rest();
        let mut event = Event::new(
            account.clone(),
            EventKind::Message(Box::new(message)),
            Via::Webhook,
        );
        event.handles.extend(handle);
        Ok(event)
    }

    fn handle(&self, account: &AccountId, id: &str) -> Result<HandleKey, BadId> {
        HandleKey::new(self.network.clone(), Some(account.as_str()), id)
    }

    fn person(
        &self,
        event: &mut Fields<'_>,
        name: &'static str,
        account: &AccountId,
        at: Option<DateTime<Utc>>,
    ) -> Result<Option<(HandleKey, Handle)>, Problem> {
        let Some(value) = event.value(name) else {
            return Ok(None);
        };
        let seen = at.unwrap_or(self.now).min(self.now);
        let place = if name == "by" { "by." } else { "author." };
        let mut fields = Fields::of(value, place)?;
        let key = self
            .handle(account, &fields.required("id")?)
            .map_err(bad(name))?;
        let mut handle = Handle::new(key.clone());
        let attributes = [
            ("user_name", AttributeKind::UserName, None),
            ("display_name", AttributeKind::DisplayName, None),
            ("email", AttributeKind::Email, Some("email_verified")),
            ("phone", AttributeKind::Phone, Some("phone_verified")),
            ("language", AttributeKind::Language, None),
        ];
        for (name, kind, verified) in attributes {
            let verified = verified.map(|name| fields.flag(name)).transpose()?;
            let Some(value) = fields.text(name)? else {
                continue;
            };
            handle = match verified {
                Some(true) => handle.verified(kind, value, seen),
                _ => handle.with(kind, value, seen),
            };
        }
        if let Some(count) = fields.parsed::<u64>("followers", "a whole number")? {
            handle = handle.followed_by(count, seen);
        }
        handle.extra = fields.rest();
        Ok(Some((key, handle)))
    }
}

fn other(
    fields: Fields<'_>,
    account: &AccountId,
    at: Option<DateTime<Utc>>,
    kind: EventKind,
    handle: Option<Handle>,
) -> Event {
    let mut event = Event::new(account.clone(), kind, Via::Webhook);
    event.at = at;
    event.handles.extend(handle);
    event.extra = fields.rest();
    event
}

/// By hand: where a campaign runs, many messages name it, and a flattened type is slow to read by serde.
fn campaign(fields: &mut Fields<'_>) -> Result<Option<Campaign>, Problem> {
    let Some(value) = fields.value("campaign") else {
        return Ok(None);
    };
    let read = || {
        let mut fields = Fields::of(value, "")?;
        let mut campaign = Campaign::new(fields.required("id")?);
        campaign.name = fields.text("name")?.map(Cow::into_owned);
        campaign.extra = fields.left().into();
        Ok(Some(campaign))
    };
    read().map_err(|_: Problem| fields.not("campaign", "an object with an id"))
}

fn parts(fields: &mut Fields<'_>) -> Result<Vec<Part>, Problem> {
    let mut parts = Vec::new();
    if let Some(text) = fields.text("text")?.filter(|text| !text.is_empty()) {
        parts.push(Part::text(text));
    }
    for field in fields.list("fields")? {
        let mut field = Fields::of(field, "fields.")?;
        let name = field.required("name")?;
        let value = match field.value("value") {
            None => String::new(),
            Some(Json::Text(text)) => text.into_owned(),
            Some(Json::Word(word)) => word.to_string(),
            Some(_) => return Err(field.not("value", "a string, a number, true or false")),
        };
        parts.push(Part::field(name, value));
    }
    parts.extend(fields.media("media")?.into_iter().map(Part::Media));
    if parts.is_empty() {
        return Err("text, fields and media are missing".to_owned());
    }
    Ok(parts)
}

fn key(
    account: &AccountId,
    fields: &mut Fields<'_>,
    name: &'static str,
) -> Result<MessageKey, Problem> {
    MessageKey::new(account.clone(), &fields.required(name)?).map_err(bad(name))
}

fn reference(
    account: &AccountId,
    fields: &mut Fields<'_>,
    name: &'static str,
) -> Result<Option<MessageKey>, Problem> {
    let id = fields.text(name)?;
    id.map(|id| MessageKey::new(account.clone(), &id).map_err(bad(name)))
        .transpose()
}

fn bad(name: &'static str) -> impl Fn(BadId) -> Problem {
    move |problem| format!("{name}: {problem}")
}
