//! From an offer to a link, a step at a time. Each is written down before the next.

use aspa_channel::{Effect, EffectKind, Message, Receipt, ReplyKind, Visibility};
use aspa_identity::{
    ContactRequest, Evidence, LinkState, PrivateSlot, PublicText, RefusedWhy, RequestBroken,
    RequestCommand, RequestStatus, told_text,
};
use aspa_store::{OutboxState, TicketQuery, Wanted};
use aspa_types::{CustomerId, EffectKey, HandleKey, TicketId};
use chrono::{DateTime, TimeDelta, Utc};

use super::Asking;
use super::question::offer_name;
use crate::act::Reply;
use crate::desk::Desk;
use crate::error::Error;
use crate::people;

/// Tickets that are read together.
const PAGE: usize = 100;
/// Fewest characters of a word of a record that may not stand in a public text.
const TELLING: usize = 3;

/// What a step comes to.
pub(super) enum Next {
    /// It waits for somebody, or for time to pass.
    Waits,
    /// It goes on so, and this was learnt.
    Goes(Vec<Evidence>),
    /// It is over.
    Ends,
}

impl Desk {
    /// One step, if anything is to be done now.
    pub(super) async fn step_on(
        &self,
        asking: &mut Asking,
        request: &ContactRequest,
    ) -> Result<Next, Error> {
        if let Some(said) = asking.public.as_ref().filter(|said| !said.offered) {
            let name = offer_name(request);
            let mut offer = Reply::answer(&said.offer).by(asking.by.clone()).named(name);
            offer.kind = ReplyKind::Holding;
            match self.reply(&asking.ticket, offer).await {
                Err(error) if self.now() < request.until => return Err(error),
                _ => {}
            }
            if let Some(said) = &mut asking.public {
                said.offered = true;
            }
            return Ok(Next::Goes(Vec::new()));
        }
        let went = match request.status {
            RequestStatus::Offered => self.wait_for_a_way(asking, request).await?,
            RequestStatus::Opened => self.put_question(asking, request).await?,
            RequestStatus::Asked => self.look_for_answer(asking, request).await?,
            RequestStatus::Answered => {
                if request.answers.len() == 1 {
                    self.say_that_it_came(asking, request).await?;
                }
                self.see_who_it_is(asking, request).await?
            }
            RequestStatus::Proposed => self.see_whether_it_is(asking, request).await?,
            _ => return Ok(Next::Ends),
        };
        if went.is_none() && self.now() >= request.until {
            let expired =
                request.decide(&RequestCommand::Expire, &self.parts.asking, self.now())?;
            asking.events.extend(expired);
            return Ok(Next::Goes(Vec::new()));
        }
        Ok(went.map_or(Next::Waits, Next::Goes))
    }

    /// There is no way yet: the person has to write first.
    async fn wait_for_a_way(
        &self,
        asking: &mut Asking,
        request: &ContactRequest,
    ) -> Result<Option<Vec<Evidence>>, Error> {
        let Some((place, message)) = self.next_in_private(asking, request).await? else {
            return Ok(None);
        };
        let slot = PrivateSlot::Direct;
        let at = written(&message).map_or(request.since, |at| at.max(request.since));
        let opened = request.decide(&RequestCommand::Open { slot }, &self.parts.asking, at)?;
        asking.events.extend(opened);
        asking.place = Some(place);
        Ok(Some(Vec::new()))
    }

    /// The question goes out, and is asked once it has landed.
    async fn put_question(
        &self,
        asking: &mut Asking,
        request: &ContactRequest,
    ) -> Result<Option<Vec<Evidence>>, Error> {
        let (now, policy) = (self.now(), &self.parts.asking);
        let Some(effect) = asking.effect.clone() else {
            return match self.send_question(asking, request).await {
                Ok(key) => {
                    asking.effect = Some(key);
                    Ok(Some(Vec::new()))
                }
                Err(error @ Error::Store(_)) => Err(error),
                Err(error) => {
                    tracing::warn!(%error, "there is no way to ask in private");
                    self.close_way(asking, request).map(Some)
                }
            };
        };
        let (row, tries) = self.effect(&effect).await?;
        if row.state.has_landed() {
            let finished = tries.last().and_then(|one| one.finished_at);
            let at = row.receipt.as_ref().and_then(|receipt| receipt.at);
            let at = at.or(finished).unwrap_or(now);
            // A network's clock may be ahead, and what was asked in time was asked.
            let at = at.min(now).max(request.since);
            let ask = RequestCommand::Ask {
                kinds: asking.kinds.clone(),
                consent: asking.question.clone(),
            };
            return match request.decide(&ask, policy, at) {
                Ok(events) => {
                    asking.events.extend(events);
                    asking.effect = None;
                    asking.writer = self.reached(row.receipt.as_ref(), request).await?;
                    Ok(Some(Vec::new()))
                }
                // It came too late.
                Err(RequestBroken::Expired | RequestBroken::NoSlot) => Ok(None),
                Err(broken) => Err(broken.into()),
            };
        }
        match row.state {
            OutboxState::Cancelled | OutboxState::FailedFinal | OutboxState::DryRun => {
                self.close_way(asking, request).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// By which other handle the person reads what we write in private: as the network said when it took
    /// the question, or, where that answer was lost, as the question itself says in our own mailbox.
    async fn reached(
        &self,
        receipt: Option<&Receipt>,
        request: &ContactRequest,
    ) -> Result<Option<HandleKey>, Error> {
        let Some(receipt) = receipt else {
            return Ok(None);
        };
        let mut recipient = receipt.recipient.clone();
        if recipient.is_none() {
            let mut wanted = Wanted::default();
            wanted.messages.extend(receipt.messages.iter().cloned());
            let sent = self.store().load(&wanted).await?.messages.into_values();
            let mut to = sent.filter_map(|record| record.value.message?.to.into_iter().next());
            recipient = to.next();
        }
        Ok(recipient.filter(|recipient| *recipient != request.handle))
    }

    async fn send_question(
        &self,
        asking: &Asking,
        request: &ContactRequest,
    ) -> Result<EffectKey, Error> {
        let name = asking.name(request, "question");
        if let Some(place) = &asking.place {
            let mut question = Reply::answer(&asking.question)
                .by(asking.by.clone())
                .named(name)
                .in_private();
            question.kind = ReplyKind::Holding;
            return self.reply(place, question).await;
        }
        let ticket = self.ticket(&asking.ticket).await?;
        let kind = EffectKind::private_reply(asking.message.clone(), &asking.question);
        let key = EffectKey::derive(&[&name]);
        let mut effect = Effect::new(key, ticket.key.conversation, kind);
        effect.by = Some(asking.by.clone());
        self.queue(effect).await
    }

    /// The way that was there is not: it can only be waited for.
    fn close_way(
        &self,
        asking: &mut Asking,
        request: &ContactRequest,
    ) -> Result<Vec<Evidence>, Error> {
        let slot = PrivateSlot::None;
        let at = self.now().min(request.until - TimeDelta::microseconds(1));
        let closed = request.decide(&RequestCommand::Open { slot }, &self.parts.asking, at)?;
        asking.events.extend(closed);
        (asking.effect, asking.place) = (None, None);
        Ok(Vec::new())
    }

    /// Reads what the person has written in private since the question landed.
    async fn look_for_answer(
        &self,
        asking: &mut Asking,
        request: &ContactRequest,
    ) -> Result<Option<Vec<Evidence>>, Error> {
        let Some((place, message)) = self.next_in_private(asking, request).await? else {
            return Ok(None);
        };
        let policy = &self.parts.asking;
        let source = message.key.to_string();
        let replica = self.replica().await?;
        let said = replica
            .linker()
            .settings()
            .extractor()
            .read(&message.text());
        let told = said.evidence(&aspa_identity::Audience::Private);
        let at = written(&message).map_or(request.since, |at| at.max(request.since));
        let answer = RequestCommand::Answer {
            source: source.clone(),
            told: told.clone(),
            // The question says that answering is agreeing, and it was read: it landed before.
            consented: true,
        };
        asking.looked.insert(message.key);
        asking.place = Some(place);
        match request.decide(&answer, policy, at) {
            Ok(events) => {
                asking.events.extend(events);
                Ok(Some(request.evidence(&source, told, policy, at)))
            }
            // A word that tells nothing is for a colleague to read.
            Err(RequestBroken::NothingTold) => Ok(Some(Vec::new())),
            Err(broken) => Err(broken.into()),
        }
    }

    /// What the evidence comes to with the answer.
    async fn see_who_it_is(
        &self,
        asking: &mut Asking,
        request: &ContactRequest,
    ) -> Result<Option<Vec<Evidence>>, Error> {
        let Some(link) = self.link(&request.handle).await? else {
            return Ok(None);
        };
        let propose = RequestCommand::Propose {
            decision: link.decision,
        };
        let at = request.since;
        let events = request.decide(&propose, &self.parts.asking, at)?;
        asking.events.extend(events);
        Ok(Some(Vec::new()))
    }

    /// Whether the one proposed is linked, or was refused.
    async fn see_whether_it_is(
        &self,
        asking: &mut Asking,
        request: &ContactRequest,
    ) -> Result<Option<Vec<Evidence>>, Error> {
        let Some(link) = self.link(&request.handle).await? else {
            return Ok(None);
        };
        let same = link.customer.is_some() && link.customer == request.customer;
        let command = match link.state {
            LinkState::Linked if same => RequestCommand::Confirm {
                by: link.decided_by,
            },
            LinkState::Linked | LinkState::Refused => RequestCommand::Refuse {
                why: RefusedWhy::NotSame,
            },
            _ => return Ok(None),
        };
        let at = self.now();
        match request.decide(&command, &self.parts.asking, at) {
            Ok(events) => {
                asking.events.extend(events);
                Ok(Some(Vec::new()))
            }
            Err(RequestBroken::NeedsAgent | RequestBroken::Expired) => Ok(None),
            Err(broken) => Err(broken.into()),
        }
    }

    /// Says in private and in public that something was told. The same is said whatever that leads to:
    /// whoever guesses learns nothing from it. Where it cannot be said, nothing is.
    async fn say_that_it_came(
        &self,
        asking: &Asking,
        request: &ContactRequest,
    ) -> Result<(), Error> {
        if let Some(place) = &asking.place {
            let mut told = Reply::answer(told_text(&request.language)).in_private();
            told.kind = ReplyKind::Automatic;
            let told = told.named(format!("ask {} told", request.id));
            match self.reply(place, told).await {
                Err(error @ Error::Store(_)) => return Err(error),
                Err(error) => tracing::warn!(%error, "an answer stays without a word"),
                Ok(_) => {}
            }
        }
        let Some(said) = &asking.public else {
            return Ok(());
        };
        let link = self.link(&request.handle).await?;
        let customer = link.and_then(|link| link.customer);
        let words = self.words_of_record(customer.as_ref()).await?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let text = PublicText::new(&said.received, &words).unwrap_or_else(|leak| {
            tracing::warn!(%leak, "the built-in text is said in public instead");
            PublicText::received(&request.language)
        });
        let ticket = self.ticket(&asking.ticket).await?;
        let mut kind = EffectKind::send(text.as_str(), ReplyKind::Automatic);
        if let EffectKind::Send {
            in_reply_to, to, ..
        } = &mut kind
        {
            // What was written in public, not the newest, which may be private.
            *in_reply_to = Some(asking.message.clone());
            to.push(request.handle.clone());
        }
        let key = EffectKey::derive(&["ask", &request.id, "received"]);
        let effect = Effect::new(key, ticket.key.conversation, kind);
        match self.queue(effect).await {
            Err(error @ Error::Store(_)) => Err(error),
            Err(error) => {
                tracing::warn!(%error, "nothing is said in public");
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }

    /// Words that would tell in public who somebody is.
    async fn words_of_record(&self, customer: Option<&CustomerId>) -> Result<Vec<String>, Error> {
        let Some(customer) = customer else {
            return Ok(Vec::new());
        };
        let mut wanted = Wanted::default();
        wanted.customers.insert(customer.clone());
        let records = self.store().load(&wanted).await?.customers;
        let claims = records.values().flat_map(|record| &record.claims);
        let words = claims.flat_map(|claim| claim.value.split_whitespace());
        let telling = words.filter(|word| word.chars().count() >= TELLING);
        Ok(telling.map(str::to_owned).collect())
    }

    /// The first message that the person wrote to us in private since the request stands as it does, in
    /// time and not looked at yet; and on which ticket.
    async fn next_in_private(
        &self,
        asking: &Asking,
        request: &ContactRequest,
    ) -> Result<Option<(TicketId, Message)>, Error> {
        let writer = asking.writer.as_ref().unwrap_or(&request.handle);
        let mut query = TicketQuery::default();
        query.handle = Some(writer.clone());
        query.account = Some(asking.message.account.clone());
        query.limit = PAGE;
        // What was written before the question was there cannot answer it.
        let first = request.status == RequestStatus::Asked && request.answers.is_empty();
        let since = |at: DateTime<Utc>| at > request.since || (at == request.since && !first);
        let in_time = |at: DateTime<Utc>| since(at) && at < request.until;
        let mut found: Vec<(DateTime<Utc>, TicketId, Message)> = Vec::new();
        loop {
            let page = self.tickets(&query).await?;
            let more = query.go_on(&page) && page.len() == PAGE;
            for row in page {
                let new = row.ticket.inbound().filter(|one| {
                    in_time(one.at) && !one.withdrawn && !asking.looked.contains(&one.message)
                });
                let mut wanted = Wanted::default();
                wanted.messages.extend(new.map(|one| one.message.clone()));
                if wanted.is_empty() {
                    continue;
                }
                for record in self.store().load(&wanted).await?.messages.into_values() {
                    let seen = *record.value.visible() == Visibility::Visible;
                    let Some(message) = record.value.message.filter(|_| seen) else {
                        continue;
                    };
                    let theirs = message.author.as_ref() == Some(writer);
                    let at = written(&message).filter(|at| in_time(*at));
                    if let (true, true, Some(at)) = (theirs, people::is_private(&message), at) {
                        found.push((at, row.ticket.id.clone(), message));
                    }
                }
            }
            if !more {
                break;
            }
        }
        found.sort_by(|a, b| (a.0, &a.2.key).cmp(&(b.0, &b.2.key)));
        Ok(found
            .into_iter()
            .next()
            .map(|(_, place, message)| (place, message)))
    }
}

fn written(message: &Message) -> Option<DateTime<Utc>> {
    message.times.effective()
}
