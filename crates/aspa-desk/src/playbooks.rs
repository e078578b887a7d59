//! What colleagues have agreed to answer: kept, suggested, and answered from.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use aspa_channel::{Audience, EffectName, MessageKey};
use aspa_store::{Analyzer, Document, TicketQuery, TicketSort, Versioned, Wanted};
use aspa_ticket::automation::Action;
use aspa_ticket::{
    Disposition, Draft, Field, House, Playbook, PlaybookError, PlaybookId, PlaybookUse, Suggestion,
    Suggestions, Ticket,
};
use aspa_types::{AgentId, Tag, TenantId, TicketId};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::act::Reply;
use crate::desk::Desk;
use crate::error::Error;

const PLAYBOOK: &str = "playbook";
const FIELDS: (&str, &str) = ("playbook_fields", "all");
/// Documents and tickets that are read together.
const PAGE: usize = 500;
/// Suggestions are learnt from the tickets that something happened to last, so many.
const LEARNT_FROM: usize = 5_000;
/// How long what was learnt is used before it is learnt anew.
const LEARN_AGAIN: TimeDelta = TimeDelta::seconds(60);

/// A playbook with all its versions.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Kept {
    versions: Vec<Playbook>,
    /// Since when it is not used any more, and who said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retired: Option<(DateTime<Utc>, Option<AgentId>)>,
}

/// What was learnt of each tenant's answers, and when.
#[derive(Debug, Default)]
pub(crate) struct Learnt {
    known: Mutex<HashMap<TenantId, Lesson>>,
}

/// When it was learnt, and what.
type Lesson = (DateTime<Utc>, Arc<Suggestions>);

impl Desk {
    /// What can be filled into answers, by name; nothing in version 0, until somebody has said.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn playbook_fields(&self) -> Result<Versioned<BTreeMap<String, Field>>, Error> {
        let known = self.read(FIELDS).await?;
        Ok(known.unwrap_or_else(|| Versioned::new(BTreeMap::new())))
    }

    /// Says what can be filled into answers. `version` is the one that was read.
    ///
    /// # Errors
    ///
    /// A conflict when somebody else has written it meanwhile; else when the store fails.
    pub async fn save_playbook_fields(
        &self,
        fields: &BTreeMap<String, Field>,
        version: u64,
    ) -> Result<(), Error> {
        let (kind, key) = FIELDS;
        let value = Document::new(kind, key, serde_json::json!(fields));
        self.save(Versioned { value, version }).await
    }

    /// What playbooks are checked against: the fields, and the longest texts of this tenant's accounts, of
    /// several on one network the shortest.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn house(&self) -> Result<House, Error> {
        let mut house = House::default();
        house.fields = self.playbook_fields().await?.value;
        for (account, channel) in &self.parts.channels {
            if self.tenant_of(account) != self.tenant {
                continue;
            }
            let capabilities = channel.capabilities(None);
            let Some(limit) = capabilities.text_of(&EffectName::Send) else {
                continue;
            };
            let network = channel.network().clone();
            let known = house.limits.entry(network).or_insert_with(|| limit.clone());
            if known.unit == limit.unit {
                known.max = known.max.min(limit.max);
            }
        }
        Ok(house)
    }

    /// The newest version of each playbook that is used, in the order of their names.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn playbooks(&self) -> Result<Vec<Playbook>, Error> {
        let (store, mut all) = (self.store(), Vec::new());
        let mut after: Option<Arc<str>> = None;
        loop {
            let page = store.privacy().documents(PLAYBOOK, after.as_deref(), PAGE);
            let page = page.await?;
            let Some(last) = page.last() else {
                return Ok(all);
            };
            after = Some(last.value.key.clone());
            for row in page {
                let kept = Kept::deserialize(row.value.body).ok();
                let kept = kept.filter(|kept| kept.retired.is_none());
                all.extend(kept.and_then(|mut kept| kept.versions.pop()));
            }
        }
    }

    /// A playbook as it was when it was used, also one that was retired since.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn playbook(&self, used: &PlaybookUse) -> Result<Option<Playbook>, Error> {
        let kept = self.kept_playbook(&used.id).await?.value;
        let mut versions = kept.versions.into_iter();
        Ok(versions.find(|one| one.version() == used.version))
    }

    /// Keeps what was agreed on as the next version of a playbook, checked against the
    /// [house](Self::house). `follows` is the version that it was revised from, 0 for a new one. One that
    /// was retired is used again.
    ///
    /// # Errors
    ///
    /// [`PlaybookError`]: what is wrong with the draft, or that somebody else has revised it meanwhile;
    /// else when the store fails.
    pub async fn save_playbook(
        &self,
        id: &PlaybookId,
        draft: Draft,
        follows: u32,
    ) -> Result<Playbook, Error> {
        let house = self.house().await?;
        let kept = self.kept_playbook(id).await?;
        let (mut versions, version) = (kept.value.versions, kept.version);
        let newest = versions.last().map_or(0, Playbook::version);
        let conflict = |newest: u32| PlaybookError::NotNext {
            used: PlaybookUse {
                id: id.clone(),
                version: follows.saturating_add(1),
            },
            newest,
        };
        if newest != follows {
            return Err(conflict(newest).into());
        }
        let next = match versions.last() {
            Some(newest) => newest.revise(draft, &house)?,
            None => Playbook::new(id.clone(), draft, &house)?,
        };
        versions.push(next.clone());
        let retired = None;
        match self
            .keep_playbook(id, &Kept { versions, retired }, version)
            .await
        {
            Err(error) if error.is_conflict() => Err(conflict(newest.saturating_add(1)).into()),
            done => done.map(|()| next),
        }
    }

    /// A playbook is not suggested and answered from any more. What was answered from it stays known.
    ///
    /// # Errors
    ///
    /// When there is none, somebody else writes it at the same time, or the store fails.
    pub async fn retire_playbook(
        &self,
        id: &PlaybookId,
        by: Option<&AgentId>,
    ) -> Result<(), Error> {
        let kept = self.kept_playbook(id).await?;
        let (mut value, version) = (kept.value, kept.version);
        if value.versions.is_empty() {
            return Err(Error::UnknownPlaybook(id.clone()));
        }
        value
            .retired
            .get_or_insert_with(|| (self.now(), by.cloned()));
        self.keep_playbook(id, &value, version).await
    }

    /// Playbooks that may answer what waits on a ticket, with what speaks for each: first those that
    /// [rules](Self::rules) suggest, then the best by words
    /// and tags shared with questions that were answered from them, and with what they say themselves.
    /// Only those that have an answer for the ticket's language, network and audience.
    ///
    /// Learnt from the 5,000 tickets that something happened to last, anew after a minute. How good
    /// suggestions are on a public data set stands in `docs/src/teamwork.md`.
    ///
    /// # Errors
    ///
    /// When there is no such ticket, or the store fails.
    pub async fn suggest_playbooks(
        &self,
        ticket: &TicketId,
        limit: usize,
    ) -> Result<Vec<Suggestion>, Error> {
        let ticket = self.ticket(ticket).await?;
        let playbooks = self.playbooks().await?;
        let usable: BTreeSet<&PlaybookId> = playbooks
            .iter()
            .filter(|playbook| answer_for(playbook, &ticket).is_some())
            .map(Playbook::id)
            .collect();
        let learnt = self.suggestions(&playbooks).await?;
        let waits = ticket
            .inbound()
            .filter(|one| one.disposition == Disposition::Unhandled && !one.withdrawn);
        let mut asked: BTreeSet<MessageKey> = waits.map(|one| one.message.clone()).collect();
        if asked.is_empty() {
            asked.extend(ticket.newest_inbound().map(|one| one.message.clone()));
        }
        let texts = self.texts(asked).await?;
        let terms = terms(texts.values().map(String::as_str));
        let tags = self.tags().await?.value.of(&ticket.tags);
        let mut found = learnt.find(terms.iter().map(String::as_str), &tags, usize::MAX);
        found.retain(|one| usable.contains(&one.playbook));
        // Each was learnt once from what it says itself.
        found
            .iter_mut()
            .for_each(|one| one.used = one.used.saturating_sub(1));
        let run = self.rules_on(&ticket.id).await?;
        for one in &mut found {
            let suggests = |action: &Action| matches!(action, Action::Suggest { playbook } if *playbook == *one.playbook);
            let rules = run.actions.iter().filter(|(_, action)| suggests(action));
            one.rules = rules.map(|(rule, _)| rule.clone()).collect();
        }
        found.sort_by_key(|one| one.rules.is_empty());
        found.truncate(limit);
        Ok(found)
    }

    /// A reply made from a playbook: its answer for the ticket's language and network and for who could
    /// read the newest message, filled in and short enough. An answer for private conversations only is
    /// sent [in private](Reply::in_private). To be sent by [`reply`](Self::reply), changed or not; which playbook it was made
    /// from is recorded, and counts in [figures](Self::team_figures).
    ///
    /// # Errors
    ///
    /// When there is no such ticket or playbook, it has no answer that fits, [`PlaybookError`] names what
    /// cannot be filled in or is too long, or the store fails.
    pub async fn reply_from_playbook(
        &self,
        ticket: &TicketId,
        id: &PlaybookId,
        values: &BTreeMap<String, String>,
    ) -> Result<Reply, Error> {
        let ticket = self.ticket(ticket).await?;
        let kept = self.kept_playbook(id).await?.value;
        let newest = kept.versions.last().filter(|_| kept.retired.is_none());
        let playbook = newest.ok_or_else(|| Error::UnknownPlaybook(id.clone()))?;
        let answer = answer_for(playbook, &ticket);
        let answer = answer.ok_or_else(|| Error::NoAnswerFits(id.clone()))?;
        let conversation = &ticket.key.conversation;
        let channel = self.channel(&conversation.account)?;
        let capabilities = channel.capabilities(Some(conversation));
        let text = answer.fill(values, capabilities.text_of(&EffectName::Send))?;
        let mut reply = Reply::answer(text).from_playbook(playbook.used());
        // What is written in public before it is sent does not make it public.
        reply.in_private = !answer.public;
        reply
            .redirects_to
            .clone_from(&playbook.draft().redirects_to);
        Ok(reply)
    }

    /// Nothing that was learnt is used any more.
    pub(crate) fn forget_suggestions(&self) {
        let known = self.parts.learnt.known.lock();
        let mut known = known.unwrap_or_else(PoisonError::into_inner);
        known.remove(&self.tenant);
    }

    async fn kept_playbook(&self, id: &PlaybookId) -> Result<Versioned<Kept>, Error> {
        let known = self.read((PLAYBOOK, id)).await?;
        Ok(known.unwrap_or_else(|| Versioned::new(Kept::default())))
    }

    async fn keep_playbook(&self, id: &PlaybookId, kept: &Kept, version: u64) -> Result<(), Error> {
        let value = Document::new(PLAYBOOK, id.clone(), serde_json::json!(kept));
        self.save(Versioned { value, version }).await?;
        self.forget_suggestions();
        Ok(())
    }

    /// What was learnt, of a minute ago at most.
    async fn suggestions(&self, playbooks: &[Playbook]) -> Result<Arc<Suggestions>, Error> {
        let now = self.now();
        {
            let known = self.parts.learnt.known.lock();
            let known = known.unwrap_or_else(PoisonError::into_inner);
            if let Some((at, learnt)) = known.get(&self.tenant)
                && (now - *at).abs() < LEARN_AGAIN
            {
                return Ok(learnt.clone());
            }
        }
        let learnt = Arc::new(self.learn(playbooks).await?);
        let known = self.parts.learnt.known.lock();
        let mut known = known.unwrap_or_else(PoisonError::into_inner);
        known.insert(self.tenant.clone(), (now, learnt.clone()));
        Ok(learnt)
    }

    async fn learn(&self, playbooks: &[Playbook]) -> Result<Suggestions, Error> {
        let (tags, mut learnt) = (self.tags().await?.value, Suggestions::default());
        for playbook in playbooks {
            let draft = playbook.draft();
            let answers = draft.answers.iter().map(|answer| answer.text.to_string());
            let says: Vec<String> = answers.chain([draft.situation.clone()]).collect();
            let terms = terms(says.iter().map(String::as_str));
            let name = format!("playbook {}", playbook.id());
            let terms = terms.iter().map(String::as_str);
            let about = tags.of(&draft.tags);
            learnt.learn(name, playbook.id().clone(), terms, &about);
        }
        let mut query = TicketQuery::default();
        (query.sort, query.limit) = (TicketSort::Activity, PAGE);
        let mut seen = 0;
        loop {
            let page = self.tickets(&query).await?;
            seen += page.len();
            let more = query.go_on(&page) && page.len() == PAGE && seen < LEARNT_FROM;
            let mut answered: BTreeMap<MessageKey, (PlaybookId, BTreeSet<Tag>)> = BTreeMap::new();
            for row in &page {
                let ticket = &row.ticket;
                for (question, playbook) in questions(ticket) {
                    answered.insert(question, (playbook, tags.of(&ticket.tags)));
                }
            }
            let texts = self.texts(answered.keys().cloned()).await?;
            for (question, text) in &texts {
                if let Some((playbook, tags)) = answered.get(question) {
                    let terms = terms([text.as_str()]);
                    let terms = terms.iter().map(String::as_str);
                    learnt.learn(question.to_string(), playbook.clone(), terms, tags);
                }
            }
            if !more {
                return Ok(learnt);
            }
        }
    }

    /// What messages say; those that cannot be seen say nothing.
    async fn texts(
        &self,
        keys: impl IntoIterator<Item = MessageKey>,
    ) -> Result<BTreeMap<MessageKey, String>, Error> {
        let mut wanted = Wanted::default();
        wanted.messages.extend(keys);
        if wanted.is_empty() {
            return Ok(BTreeMap::new());
        }
        let loaded = self.store().load(&wanted).await?.messages;
        let texts = loaded.into_iter().filter_map(|(key, row)| {
            let text = row.value.message?.text();
            (!text.is_empty()).then_some((key, text))
        });
        Ok(texts.collect())
    }
}

/// The answer that a playbook has for a ticket, to be read by whoever could read the newest message. Where
/// it is not known who that is, everybody may.
fn answer_for<'p>(playbook: &'p Playbook, ticket: &Ticket) -> Option<&'p aspa_ticket::Answer> {
    let public = ticket
        .answerable()
        .last()
        .is_none_or(|newest| ticket.audience_of(newest) != Some(&Audience::Direct));
    let network = ticket.key.customer.network();
    playbook.answer(ticket.language.as_deref(), network, public)
}

/// Messages that were answered from playbooks, and from which.
fn questions(ticket: &Ticket) -> impl Iterator<Item = (MessageKey, PlaybookId)> {
    ticket.outbound().filter_map(|sent| {
        let used = ticket.playbooks.get(sent.effect.as_ref()?)?;
        let before = ticket.inbound().filter(|one| one.at <= sent.at);
        Some((before.last()?.message.clone(), used.id.clone()))
    })
}

fn terms<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<String> {
    let words = Analyzer::new().read(texts);
    words.words.into_iter().chain(words.stems).collect()
}
