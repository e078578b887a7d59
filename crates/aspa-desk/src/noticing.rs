//! Who is told of what has happened: the log is looked through for news, each entry once.

use std::collections::{BTreeMap, BTreeSet};

use aspa_channel::Message;
use aspa_crm::Field;
use aspa_identity::LinkState;
use aspa_store::{
    Changes, Document, Loaded, Position, Purge, Recorded, SavedName, SavedQuery, TicketQuery,
    Versioned, Wanted,
};
use aspa_ticket::assignment::{Agent, Case, escalate};
use aspa_ticket::tags::Tags;
use aspa_ticket::{
    Actor, EventKind, Followed, News, Notice, Occasion, Ticket, TicketKey, mentions,
};
use aspa_types::{AgentId, CustomerId, EffectKey, HandleKey, Tag};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use crate::browse::by_every_name;
use crate::desk::Desk;
use crate::error::Error;
use crate::following::{FOLLOWING, Following, LONGEST_KEY, NOTICE, PAGE, PLACE, notice_key};

/// What happened longer ago when it is looked at is no news: what an import brings, for instance.
const NEWS: TimeDelta = TimeDelta::days(7);
/// For how long what nobody reads is kept.
const KEPT: TimeDelta = TimeDelta::days(30);
/// How often looking is begun again when others keep being first.
const TRIES: usize = 16;

/// A saved query: whose, and its name.
type QueryName = (Option<AgentId>, String);

/// Who follows what, and what is needed to tell.
struct Followers {
    all: BTreeMap<AgentId, Following>,
    staff: Vec<Agent>,
    /// Each query by every name of its tags.
    queries: BTreeMap<QueryName, Vec<TicketQuery>>,
    tags: Tags,
}

/// What is known of a customer.
#[derive(Default)]
struct Whose {
    customer: Option<CustomerId>,
    owner: Option<AgentId>,
    organisations: Vec<String>,
}

impl Desk {
    /// Looks through what has been committed for news that somebody wants to hear, and tells them: it
    /// stands in their [notices](Self::notices), and goes where they are told besides, within the hours
    /// in which they may be disturbed. A desk that [runs](Self::run) does so by itself within seconds;
    /// else call it when something has happened. Returns how many notices there were.
    ///
    /// Each entry of the log is looked at once, also by several workers and after a crash: the place in
    /// the log moves in the commit that brings the notices. Where they are told besides, the same
    /// notification may come twice, under the same id. What happened more than seven days ago is no news.
    ///
    /// O(new entries of the log × followers).
    ///
    /// # Errors
    ///
    /// When the store fails; what was told by then is not told again.
    pub async fn notify(&self) -> Result<usize, Error> {
        let told = self.notice().await?;
        self.tell_waiting().await?;
        Ok(told)
    }

    async fn notice(&self) -> Result<usize, Error> {
        let mut told = 0;
        let mut tries = 0;
        loop {
            match self.look_for_news().await {
                Ok(None) => return Ok(told),
                Ok(Some((some, more))) => {
                    (tries, told) = (0, told + some);
                    if !more {
                        return Ok(told);
                    }
                }
                // Another worker has looked at these.
                Err(error) if error.is_conflict() && tries < TRIES => tries += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Notices what has happened; whether anybody is told of anything here.
    pub(crate) async fn notice_by_itself(&self) -> Result<bool, Error> {
        let begun = self.has_begun().await?;
        if begun {
            self.notice().await?;
        }
        Ok(begun)
    }

    /// Tells elsewhere what is due; whether anybody is told of anything here.
    pub(crate) async fn tell_by_itself(&self) -> Result<bool, Error> {
        let begun = !self.parts.notifiers.is_empty() && self.has_begun().await?;
        if begun {
            self.tell_waiting().await?;
        }
        Ok(begun)
    }

    async fn has_begun(&self) -> Result<bool, Error> {
        Ok(self.read::<Position>(PLACE).await?.is_some())
    }

    /// Looks at a page of the log; how many notices came of it, and whether there is more. None where
    /// nobody has asked to be told.
    async fn look_for_news(&self) -> Result<Option<(usize, bool)>, Error> {
        let Some(place) = self.read::<Position>(PLACE).await? else {
            return Ok(None);
        };
        let page = self.parts.store.log(place.value, PAGE).await?;
        let more = page.len() == PAGE;
        let Some(last) = page.last().map(|entry| entry.position) else {
            return Ok(Some((0, false)));
        };
        let own = page.into_iter().filter(|entry| entry.tenant == self.tenant);
        let own: Vec<Recorded> = own.collect();
        if own.is_empty() && !more {
            return Ok(Some((0, false)));
        }
        let mut changes = Changes::default();
        let (kind, key) = PLACE;
        changes.documents.push(Versioned {
            value: Document::new(kind, key, serde_json::json!(last)),
            version: place.version,
        });
        let now = self.now();
        let is_news = |entry: &&Recorded| {
            Occasion::of(&entry.event.kind).is_some() && now - entry.event.at <= NEWS
        };
        let news: Vec<&Recorded> = own.iter().filter(is_news).collect();
        let mut notices = Vec::new();
        if !news.is_empty() {
            let followers = self.followers().await?;
            notices = self.notices_of(&news, &followers, now).await?;
            self.hand_out(&notices, &followers.all, now, &mut changes)
                .await?;
        }
        self.store().commit(changes).await?;
        if !notices.is_empty() {
            self.parts.news.notify_waiters();
        }
        Ok(Some((notices.len(), more)))
    }

    /// Writes notices down, takes away what was not read for too long, and hands what is told elsewhere
    /// to those who tell it.
    async fn hand_out(
        &self,
        notices: &[Notice],
        followings: &BTreeMap<AgentId, Following>,
        now: DateTime<Utc>,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        let mut by_person: BTreeMap<&AgentId, Vec<&Notice>> = BTreeMap::new();
        for notice in notices {
            let key = notice_key(&notice.to, notice.number);
            if key.len() > LONGEST_KEY {
                // Somebody whose name is so long that nothing more can be kept under it.
                continue;
            }
            by_person.entry(&notice.to).or_default().push(notice);
            let value = Document::new(NOTICE, key, serde_json::json!(notice));
            changes.documents.push(Versioned::new(value));
        }
        for (agent, notices) in by_person {
            for row in self.notice_rows(agent, 0, 100).await? {
                let old = Notice::deserialize(&row.value.body);
                if old.is_ok_and(|old| now - old.at > KEPT) {
                    let (value, version) = ((row.value.kind, row.value.key), row.version);
                    changes
                        .purged
                        .push(Purge::Document(Versioned { value, version }));
                }
            }
            if let Some(following) = followings.get(agent) {
                self.hold(agent, following, &notices, now, changes).await?;
            }
        }
        Ok(())
    }

    async fn followers(&self) -> Result<Followers, Error> {
        let mut all = BTreeMap::new();
        for row in self.all_rows(FOLLOWING).await? {
            let read = Following::deserialize(row.value.body);
            if let (Ok(agent), Ok(following)) = (AgentId::new(row.value.key), read) {
                all.insert(agent, following);
            }
        }
        let staff = self.agents().await?.into_iter().map(|row| row.value);
        let mut followers = Followers {
            all,
            staff: staff.collect(),
            queries: BTreeMap::new(),
            tags: self.tags().await?.value,
        };
        let replica = self.replica().await?;
        let names: BTreeSet<QueryName> = followers
            .all
            .values_mut()
            .flat_map(|following| &mut following.follows)
            .filter_map(|follow| match &mut follow.what {
                Followed::Customer(id) => {
                    // Records that were made one are one customer.
                    *id = replica.root(id);
                    None
                }
                Followed::Tag(tag) => {
                    *tag = followers.tags.current(tag);
                    None
                }
                Followed::Query { owner, name } => Some((owner.clone(), name.clone())),
                _ => None,
            })
            .collect();
        for (owner, name) in names {
            let Ok(saved) = SavedName::new(owner.clone(), &name) else {
                continue;
            };
            let key = saved.key();
            let saved = self.read::<SavedQuery>((SavedName::KIND, &key)).await?;
            // What a later version saved finds nothing here.
            if let Some(Ok(query)) = saved.map(|row| row.value.query()) {
                let named = by_every_name(&query, &followers.tags);
                followers.queries.insert((owner, name), named);
            }
        }
        Ok(followers)
    }

    async fn notices_of(
        &self,
        news: &[&Recorded],
        followers: &Followers,
        now: DateTime<Utc>,
    ) -> Result<Vec<Notice>, Error> {
        let mut wanted = Wanted::default();
        for entry in news {
            wanted.tickets.insert(entry.about.clone());
            wanted.people.insert(entry.about.customer.clone());
            if let EventKind::Received { message, .. } = &entry.event.kind {
                wanted.messages.insert(message.clone());
            }
        }
        let loaded = self.store().load(&wanted).await?;
        let mut wanted = Wanted::default();
        for entry in news {
            let into = ticket_of(entry, &loaded).and_then(Ticket::bundled);
            wanted.tickets.extend(into.map(|(_, about)| about.clone()));
        }
        let bundles = self.store().load(&wanted).await?;
        let whose = self.whose(&loaded).await?;
        let nobody = Whose::default();
        let mut notices = Vec::new();
        for entry in news {
            let Some(ticket) = ticket_of(entry, &loaded) else {
                continue;
            };
            let whose = whose.get(&entry.about.customer).unwrap_or(&nobody);
            let into = ticket.bundled().and_then(|(id, about)| {
                let mut rows = bundles.tickets.get(about)?.iter();
                rows.find(|row| row.value.id == *id).map(|row| &row.value)
            });
            let mut tags: BTreeSet<Tag> = followers.tags.of(&ticket.tags);
            let mut queries = self.queries_that_find(ticket, whose, followers).await?;
            if let Some(into) = into {
                tags.extend(followers.tags.of(&into.tags));
                // Whose a query is about is told by the handle, and the other's is another.
                let found = self.queries_that_find(into, &nobody, followers).await?;
                queries.extend(found);
            }
            let worked = into.unwrap_or(ticket);
            let called = self.called(entry, worked, whose, followers, now).await?;
            let mut told = News::new(ticket, &entry.event);
            told.into = into;
            told.customer = whose.customer.as_ref();
            told.organisations = &whose.organisations;
            told.owner = whose.owner.as_ref();
            told.tags = &tags;
            told.queries = &queries;
            told.called = &called;
            told.campaign = message_of(entry, &loaded).and_then(|m| m.campaign.as_ref());
            let unknown = called.iter().filter(|id| !followers.all.contains_key(*id));
            let nothing = Following::default();
            let all = followers.all.iter();
            for (agent, following) in all.chain(unknown.map(|agent| (agent, &nothing))) {
                if let Some(mut notice) = told.notice(agent, &following.follows) {
                    notice.number = entry.position.0;
                    notices.push(notice);
                }
            }
        }
        Ok(notices)
    }

    /// Which customers the handles are, and whose those are.
    async fn whose(&self, loaded: &Loaded) -> Result<BTreeMap<HandleKey, Whose>, Error> {
        let mut wanted = Wanted::default();
        let mut whose: BTreeMap<HandleKey, Whose> = BTreeMap::new();
        for (handle, person) in &loaded.people {
            let link = person.link.as_ref().map(|row| &row.value);
            let customer = link.filter(|link| link.state == LinkState::Linked);
            let Some(customer) = customer.and_then(|link| link.customer.clone()) else {
                continue;
            };
            wanted.customers.insert(customer.clone());
            let one = Whose {
                owner: self.owner(&customer).await?,
                customer: Some(customer),
                organisations: Vec::new(),
            };
            whose.insert(handle.clone(), one);
        }
        if !wanted.is_empty() {
            let customers = self.store().load(&wanted).await?.customers;
            for one in whose.values_mut() {
                let record = one.customer.as_ref().and_then(|id| customers.get(id));
                let names = record.map(|record| record.values(&Field::Company));
                let names = names.unwrap_or_default().into_iter().map(str::to_owned);
                one.organisations = names.collect();
            }
        }
        Ok(whose)
    }

    /// The saved queries that somebody follows and that find the ticket as it is.
    async fn queries_that_find(
        &self,
        ticket: &Ticket,
        whose: &Whose,
        followers: &Followers,
    ) -> Result<BTreeSet<QueryName>, Error> {
        let mut finding = BTreeSet::new();
        for (name, named) in &followers.queries {
            let Some(query) = named.iter().find(|query| query.fits(ticket)) else {
                continue;
            };
            let customer = query.customer.as_ref();
            if customer.is_some_and(|id| whose.customer.as_ref() != Some(id)) {
                continue;
            }
            if query.text.is_some() {
                let mut here = TicketQuery::default();
                here.text.clone_from(&query.text);
                here.handle = Some(ticket.key.customer.clone());
                here.limit = PAGE;
                let found = self.tickets(&here).await?;
                if found.iter().all(|row| row.ticket.id != ticket.id) {
                    continue;
                }
            }
            finding.insert(name.clone());
        }
        Ok(finding)
    }

    /// Who is meant themselves: named in the note, called by the promise or a rule, given the ticket, at
    /// work on it where the customer writes, or the writer of an answer that reached nobody.
    async fn called(
        &self,
        entry: &Recorded,
        ticket: &Ticket,
        whose: &Whose,
        followers: &Followers,
        now: DateTime<Utc>,
    ) -> Result<BTreeSet<AgentId>, Error> {
        Ok(match &entry.event.kind {
            EventKind::Noted { note } if !followers.staff.is_empty() => {
                let note = self.store().note(note).await?;
                let text = note.map(|note| note.text).unwrap_or_default();
                mentions(&text, &followers.staff).everybody
            }
            EventKind::ClockPassed { to, .. } | EventKind::Called { to } => {
                let case = Case {
                    to: to.clone(),
                    assignee: ticket.assignee.clone(),
                    owner: whose.owner.clone(),
                    team: ticket.team.clone(),
                };
                let told = escalate(&case, &followers.staff, now);
                told.people.into_keys().collect()
            }
            EventKind::Assigned { to, .. } => to.iter().cloned().collect(),
            EventKind::Received { .. } => ticket.assignee.iter().cloned().collect(),
            EventKind::ReplyFailed { effect } => {
                let writer = self.writer(&entry.about, effect).await?;
                ticket.assignee.iter().cloned().chain(writer).collect()
            }
            _ => BTreeSet::new(),
        })
    }

    /// Who wrote the answer that this effect was to send.
    async fn writer(
        &self,
        about: &TicketKey,
        effect: &EffectKey,
    ) -> Result<Option<AgentId>, Error> {
        let mut wanted = Wanted::default();
        wanted.histories.insert(about.clone());
        let histories = self.store().load(&wanted).await?.histories;
        let mut events = histories.values().flatten();
        Ok(events.find_map(|event| match (&event.kind, &event.by) {
            (EventKind::ReplyQueued { effect: own, .. }, Actor::Us(Some(agent))) => {
                (own == effect).then(|| agent.clone())
            }
            _ => None,
        }))
    }
}

/// The ticket that something happened on.
fn ticket_of<'a>(entry: &Recorded, loaded: &'a Loaded) -> Option<&'a Ticket> {
    let tickets = loaded.tickets.get(&entry.about)?;
    let mut tickets = tickets.iter().map(|row| &row.value).rev();
    match (&entry.event.ticket, &entry.event.kind) {
        (Some(id), _) => tickets.find(|ticket| ticket.id == *id),
        (None, EventKind::Received { message, .. } | EventKind::Sent { message, .. }) => {
            tickets.find(|ticket| ticket.messages.iter().any(|m| m.message == *message))
        }
        _ => tickets.next(),
    }
}

fn message_of<'a>(entry: &Recorded, loaded: &'a Loaded) -> Option<&'a Message> {
    match &entry.event.kind {
        EventKind::Received { message, .. } => loaded.messages.get(message)?.value.message.as_ref(),
        _ => None,
    }
}
