//! What one line of JSON Lines says.

use std::sync::Arc;

use aspa_channel::{
    Act, Audience, Campaign, ConversationKey, DeliveryStatus, Direction, Event, EventKind,
    HostAssertion, Media, Message, MessageKey, MessageKind, Part, Provenance, Times, Via,
    Visibility,
};
use aspa_types::{AccountId, AgentId, CustomerId, Extra, Network, SystemId, Tag};
use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::error::Fault;
use crate::fields::{Fields, handle};
use crate::lines::Line;

/// Names that a stored message uses itself.
const OF_MESSAGE: [&str; 4] = ["key", "times", "asserted", "sender"];

/// Names that a stored event uses itself.
const OF_EVENT: [&str; 5] = ["account", "at", "kind", "handles", "provenance"];

/// Reads a message; also says on which network it was.
pub(crate) fn message(line: Line) -> Result<(Network, Event), Fault> {
    let Line {
        account,
        mut fields,
        raw,
        ..
    } = line;
    let network: Network = fields.required("network")?;
    let key = message_key(&account, &fields.required_id("id")?, "id")?;
    let conversation = conversation(&account, &mut fields)?;
    let at: DateTime<Utc> = fields.required("at")?;
    let direction = match fields.required::<String>("direction")?.as_str() {
        "in" | "inbound" => Direction::Inbound,
        "out" | "outbound" => Direction::Outbound,
        _ => return Err(Fault::Bad("direction")),
    };
    let author = fields.handle("author", Some(&network), at)?;
    if author.is_none() && direction == Direction::Inbound {
        return Err(Fault::Missing("author"));
    }
    let mut message = Message::new(key, conversation, direction);
    let mut handles = Vec::from_iter(author);
    message.author = handles.first().map(|author| author.key.clone());
    for to in fields.optional::<Vec<Value>>("to")?.into_iter().flatten() {
        let to = handle(to, "to", Some(&network), at)?;
        message.to.push(to.key.clone());
        if !to.attributes.is_empty() || !to.extra.is_empty() {
            handles.push(to);
        }
    }
    let (kind, audience) = usual(&network);
    message.kind = fields.optional("kind")?.unwrap_or(kind);
    let private = matches!(
        message.kind,
        MessageKind::Direct | MessageKind::Mail | MessageKind::Chat
    );
    let audience = if private { Audience::Direct } else { audience };
    message.audience = fields.optional("audience")?.unwrap_or(audience);
    for (place, name) in [
        (&mut message.in_reply_to, "in_reply_to"),
        (&mut message.quotes, "quotes"),
    ] {
        if let Some(id) = fields.optional_id(name)? {
            *place = Some(message_key(&account, &id, name)?);
        }
    }
    message.subject = fields.optional("subject")?;
    message.parts = parts(&mut fields)?;
    message.language = fields.optional("language")?;
    message.rating = fields.optional("rating")?;
    if message.parts.is_empty() && message.rating.is_none() {
        return Err(Fault::Missing("text"));
    }
    message.url = fields.optional("url")?;
    message.times = Times::vouched(at);
    message.times.vouched = fields.optional("vouched")?.unwrap_or(true);
    message.times.received = fields.optional("received")?;
    message.revision = fields.optional("revision")?.unwrap_or(0);
    message.edited_at = fields.optional("edited_at")?;
    message.visibility = fields
        .optional("visibility")?
        .unwrap_or(Visibility::Visible);
    message.automatic = fields.optional("automatic")?.unwrap_or(false);
    message.agent = agent(&mut fields, "agent")?;
    message.reply = fields.optional("reply")?;
    message.effect = fields.optional("effect")?;
    message.campaign = campaign(&mut fields)?;
    message.asserted = asserted(&mut fields)?;
    for id in fields
        .optional::<Vec<String>>("same_as")?
        .into_iter()
        .flatten()
    {
        message.same_as.push(message_key(&account, &id, "same_as")?);
    }
    let provenance = provenance(&mut fields, raw)?;
    message.extra = fields.rest(&OF_MESSAGE);
    let mut event = Event::new(account, EventKind::Message(Box::new(message)), Via::Archive);
    event.handles = handles;
    event.provenance = provenance;
    Ok((network, event))
}

/// What is usual on a network, where a line does not say.
fn usual(network: &Network) -> (MessageKind, Audience) {
    match network.as_str() {
        "email" => (MessageKind::Mail, Audience::Direct),
        "messenger" | "whatsapp" => (MessageKind::Direct, Audience::Direct),
        "web_chat" => (MessageKind::Chat, Audience::Direct),
        "phone" => (MessageKind::CallBack, Audience::Direct),
        "api" => (MessageKind::Form, Audience::Direct),
        _ => (MessageKind::Comment, Audience::Public),
    }
}

fn parts(fields: &mut Fields) -> Result<Vec<Part>, Fault> {
    let mut parts = Vec::new();
    if let Some(text) = fields.optional::<String>("text")? {
        parts.push(Part::text(text));
    }
    if let Some(html) = fields.optional::<String>("html")? {
        parts.push(Part::html(html));
    }
    for mut media in fields
        .optional::<Vec<Media>>("media")?
        .into_iter()
        .flatten()
    {
        // A stored part says `type` itself.
        media.extra = Fields(media.extra.into()).rest(&["type"]);
        parts.push(Part::Media(media));
    }
    parts.extend(fields.optional::<Vec<Part>>("parts")?.into_iter().flatten());
    Ok(parts)
}

fn campaign(fields: &mut Fields) -> Result<Option<Campaign>, Fault> {
    if let Some(Value::String(id)) = fields.0.get("campaign") {
        let campaign = Campaign::new(id.as_str());
        fields.0.remove("campaign");
        return Ok(Some(campaign));
    }
    fields.optional("campaign")
}

fn asserted(fields: &mut Fields) -> Result<Option<HostAssertion>, Fault> {
    let bad = Fault::Bad("customer");
    let mut customer = match fields.value("customer") {
        None => return Ok(None),
        Some(Value::Object(map)) => Fields(map),
        Some(_) => return Err(bad),
    };
    let system: SystemId = customer.required("system").map_err(|_| bad.clone())?;
    let id = customer.required_id("id").map_err(|_| bad.clone())?;
    let customer = CustomerId::new(system, id).map_err(|_| bad)?;
    Ok(Some(HostAssertion::new(customer)))
}

fn message_key(account: &AccountId, id: &str, name: &'static str) -> Result<MessageKey, Fault> {
    MessageKey::new(account.clone(), id).map_err(|_| Fault::Bad(name))
}

fn conversation(account: &AccountId, fields: &mut Fields) -> Result<ConversationKey, Fault> {
    let id = fields.required_id("conversation")?;
    ConversationKey::new(account.clone(), &id).map_err(|_| Fault::Bad("conversation"))
}

fn agent(fields: &mut Fields, name: &'static str) -> Result<Option<AgentId>, Fault> {
    let id = fields.optional_id(name)?;
    id.map(AgentId::new)
        .transpose()
        .map_err(|_| Fault::Bad(name))
}

fn provenance(fields: &mut Fields, raw: Arc<str>) -> Result<Provenance, Fault> {
    let mut provenance = Provenance::new(fields.optional("via")?.unwrap_or(Via::Archive));
    provenance.raw = Some(raw);
    Ok(provenance)
}

/// A message's new text.
pub(crate) struct Edit {
    pub(crate) message: MessageKey,
    pub(crate) revision: u64,
    at: DateTime<Utc>,
    text: String,
    provenance: Provenance,
    extra: Extra,
}

/// Reads an edit. Without a revision it has the Unix milliseconds of its time.
pub(crate) fn edit(line: Line) -> Result<Edit, Fault> {
    let Line {
        account,
        mut fields,
        raw,
        ..
    } = line;
    let message = message_key(&account, &fields.required_id("id")?, "id")?;
    let at: DateTime<Utc> = fields.required("at")?;
    let revision = match fields.optional("revision")? {
        Some(revision) => revision,
        None => u64::try_from(at.timestamp_millis()).map_err(|_| Fault::OldRevision)?,
    };
    Ok(Edit {
        message,
        revision,
        at,
        text: fields.required("text")?,
        provenance: provenance(&mut fields, raw)?,
        extra: fields.rest(&OF_EVENT),
    })
}

impl Edit {
    /// The message as it reads after the edit: all else as in `base`.
    pub(crate) fn of(self, base: &Message) -> Event {
        let mut message = base.clone();
        message.revision = self.revision;
        message.edited_at = Some(self.at);
        message
            .parts
            .retain(|part| !matches!(part, Part::Text { .. } | Part::Html { .. }));
        message.parts.insert(0, Part::text(self.text));
        let account = message.key.account.clone();
        let mut event = Event::new(account, EventKind::Message(Box::new(message)), Via::Archive);
        event.provenance = self.provenance;
        event.extra = self.extra;
        event
    }
}

/// Reads a line that is neither message nor edit. Handles are on `network` unless they or the line
/// name another.
pub(crate) fn other(line: Line, network: Option<&Network>) -> Result<Event, Fault> {
    let Line {
        word,
        account,
        mut fields,
        raw,
    } = line;
    let own_words = matches!(
        word.as_str(),
        "delete"
            | "hide"
            | "show"
            | "reaction"
            | "status"
            | "assign"
            | "tag"
            | "untag"
            | "note"
            | "dismiss"
            | "priority"
            | "wait"
            | "reopen"
            | "resolve"
    );
    let channel_words = matches!(
        word.as_str(),
        "visibility" | "handle" | "thread_control" | "account" | "action"
    );
    if !own_words && !channel_words {
        return Ok(unknown(account, raw));
    }
    let provenance = provenance(&mut fields, raw)?;
    let mut event = if own_words {
        let named: Option<Network> = fields.optional("network")?;
        let at = fields.required("at")?;
        let kind = happened(&word, &account, &mut fields, named.as_ref().or(network), at)?;
        let mut event = Event::new(account, kind, Via::Archive);
        event.at = Some(at);
        event
    } else {
        let at = fields.optional("at")?;
        let handles = fields.optional("handles")?.unwrap_or_default();
        let mut event = Event::new(account, as_stored(word, &mut fields)?, Via::Archive);
        event.at = at;
        event.handles = handles;
        event
    };
    event.provenance = provenance;
    event.extra = fields.rest(&OF_EVENT);
    Ok(event)
}

/// What a line of this format's own types says.
fn happened(
    word: &str,
    account: &AccountId,
    fields: &mut Fields,
    network: Option<&Network>,
    at: DateTime<Utc>,
) -> Result<EventKind, Fault> {
    let visibility = match word {
        "delete" => Some(Visibility::Deleted),
        "hide" => Some(Visibility::Hidden),
        "show" => Some(Visibility::Visible),
        _ => None,
    };
    if let Some(visibility) = visibility {
        return Ok(EventKind::visibility(
            message_key(account, &fields.required_id("id")?, "id")?,
            visibility,
            fields.handle("by", network, at)?.map(|by| by.key),
        ));
    }
    if word == "reaction" {
        let by = fields.handle("by", network, at)?;
        return Ok(EventKind::reaction(
            message_key(account, &fields.required_id("id")?, "id")?,
            by.ok_or(Fault::Missing("by"))?.key,
            fields.required::<String>("reaction")?,
            fields.optional("removed")?.unwrap_or(false),
        ));
    }
    if word == "status" {
        return Ok(EventKind::status(
            message_key(account, &fields.required_id("id")?, "id")?,
            fields.required::<DeliveryStatus>("status")?,
            fields.optional("watermark")?.unwrap_or(false),
        ));
    }
    let customer = fields.handle("customer", network, at)?;
    let act = match word {
        "assign" => Act::assign(agent(fields, "to")?),
        "tag" => Act::tag(tag(fields)?),
        "untag" => Act::untag(tag(fields)?),
        "note" => Act::note(fields.required::<String>("text")?),
        "dismiss" => Act::dismiss(
            message_key(account, &fields.required_id("id")?, "id")?,
            fields.required::<String>("why")?,
        ),
        "priority" => Act::prioritise(fields.optional("priority")?),
        "wait" => match fields.required("for")? {
            Awaited::Customer => Act::await_customer(),
            Awaited::Colleague => Act::await_colleague(),
        },
        "reopen" => Act::reopen(),
        _ => Act::resolve(),
    };
    Ok(EventKind::action(
        conversation(account, fields)?,
        customer.ok_or(Fault::Missing("customer"))?.key,
        agent(fields, "by")?,
        act,
    ))
}

/// Whom a case waits for.
#[derive(serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Awaited {
    Customer,
    Colleague,
}

fn tag(fields: &mut Fields) -> Result<Tag, Fault> {
    fields.required("tag")
}

/// What a line says in the form in which events are stored.
fn as_stored(word: String, fields: &mut Fields) -> Result<EventKind, Fault> {
    let mut map = fields.0.clone();
    map.insert("type".to_owned(), Value::String(word));
    let bad = |_| Fault::Bad("type");
    let kind: EventKind = serde_json::from_value(Value::Object(map)).map_err(bad)?;
    if let Value::Object(known) = serde_json::to_value(&kind).map_err(bad)? {
        fields.0.retain(|name, _| !known.contains_key(name));
    }
    Ok(kind)
}

/// A line of a type that this version does not know, as it came.
fn unknown(account: AccountId, raw: Arc<str>) -> Event {
    let value: Value = serde_json::from_str(&raw).unwrap_or_default();
    let word = |name: &str| value.get(name).and_then(Value::as_str);
    let at = word("at").and_then(|at| at.parse().ok());
    let via = word("via").map_or(Via::Archive, Via::from);
    let mut event = Event::new(account, EventKind::Unknown(value), via);
    event.at = at;
    event.provenance.raw = Some(raw);
    event
}
