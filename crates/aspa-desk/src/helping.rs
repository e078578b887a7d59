//! Customers who may have answered others, written down as soon as they have written.

use std::collections::{BTreeMap, BTreeSet};

use aspa_channel::{Audience, ConversationKey};
use aspa_store::{Changes, Document, Position, Versioned, Wanted};
use aspa_ticket::{
    Actor, Command, Disposition, EventKind, HelpVerdict, TicketKey, answers_by_customers,
};
use chrono::TimeDelta;

use crate::desk::Desk;
use crate::error::Error;
use crate::team::WORTH;

/// How far the log has been looked through for messages that may answer others.
const PLACE: (&str, &str) = ("helped", "log");
/// Entries of the log that are read together.
const PAGE: usize = 500;
/// What was written longer ago when it is looked at is history: what an import brings, for instance.
const NEW: TimeDelta = TimeDelta::days(7);

impl Desk {
    /// Looks through what customers have written in public since it last looked, for messages that may
    /// answer another customer who still waits (a score of 0.5, [`answers_by_customers`]). Each is written
    /// into the log of the one who asked, once, as [`HelpVerdict::Likely`], and stands in
    /// [`Ticket::helped`](aspa_ticket::Ticket::helped) until somebody [judges](Self::judge_help) it. Nothing
    /// else becomes of the question. Returns how many were found.
    ///
    /// It begins with the first [goal](Self::save_goal). A desk that [runs](Self::run) does so by itself
    /// within seconds; else call it when something has come in. Twice does no harm, also from two processes
    /// and after a crash: what is known is not written again. What was written more than seven days ago
    /// counts no longer.
    ///
    /// O(new entries of the log), and for each thread with something new in it its newest 1,000 messages,
    /// once for up to 500 entries.
    ///
    /// # Errors
    ///
    /// When the store fails; what was written down by then stays.
    pub async fn find_help(&self) -> Result<usize, Error> {
        let mut found = 0;
        while let Some(place) = self.read::<Position>(PLACE).await? {
            let page = self.parts.store.log(place.value, PAGE).await?;
            let (more, now) = (page.len() == PAGE, self.now());
            let own = page.iter().filter(|entry| entry.tenant == self.tenant);
            let (mut some, mut threads) = (false, BTreeSet::new());
            for entry in own {
                some = true;
                let new = now - entry.event.at <= NEW;
                if let EventKind::Received { audience, .. } = &entry.event.kind
                    && new
                    && *audience != Some(Audience::Direct)
                {
                    threads.insert(&entry.about.conversation);
                }
            }
            for thread in threads {
                found += self.find_help_in(thread).await?;
            }
            let Some(last) = page.last().filter(|_| some || more) else {
                break;
            };
            let mut changes = Changes::default();
            let value = Document::new(PLACE.0, PLACE.1, serde_json::json!(last.position));
            let version = place.version;
            changes.documents.push(Versioned { value, version });
            match self.store().commit(changes).await.map_err(Error::from) {
                // Another worker has looked at these, and goes on.
                Err(error) if error.is_conflict() => break,
                done => done?,
            };
            if !more {
                break;
            }
        }
        Ok(found)
    }

    /// Writes down what may answer somebody in a thread; how much of it is new.
    async fn find_help_in(&self, thread: &ConversationKey) -> Result<usize, Error> {
        let messages = self.thread(thread).await?;
        let mut likely = answers_by_customers(&messages);
        likely.retain(|found| found.score >= WORTH);
        let authors = messages
            .iter()
            .filter_map(|message| Some((&message.key, message.author.as_ref()?)));
        let authors: BTreeMap<_, _> = authors.collect();
        let line = |found: &aspa_ticket::Found| {
            let customer = (*authors.get(&found.answered)?).clone();
            let conversation = thread.clone();
            Some(TicketKey {
                conversation,
                customer,
            })
        };
        let mut wanted = Wanted::default();
        wanted.tickets.extend(likely.iter().filter_map(line));
        if wanted.is_empty() {
            return Ok(0);
        }
        let tickets = self.store().load(&wanted).await?.tickets;
        let mut new = 0;
        for found in likely {
            let own = line(&found).and_then(|line| tickets.get(&line));
            let asked = own.into_iter().flatten().map(|row| &row.value);
            let waits = |ticket: &&aspa_ticket::Ticket| {
                let mut inbound = ticket.inbound();
                inbound.any(|one| {
                    one.message == found.answered && one.disposition == Disposition::Unhandled
                })
            };
            let Some(ticket) = { asked }.find(waits) else {
                continue;
            };
            let id = ticket.id.clone();
            let likely = Command::JudgeHelp {
                message: found.answered,
                by: found.by,
                verdict: HelpVerdict::Likely,
            };
            let by = Actor::System("help".to_owned());
            let plan = |_: &aspa_ticket::Ticket| Ok(Some((likely.clone(), Changes::default())));
            match self.act(&id, &by, plan).await {
                Ok(written) => new += usize::from(written),
                // Closed or moved meanwhile: it asks no longer.
                Err(Error::Rule(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(new)
    }

    /// Finds what is to be found; whether anything is looked for here.
    pub(crate) async fn find_help_by_itself(&self) -> Result<bool, Error> {
        let begun = self.read::<Position>(PLACE).await?.is_some();
        if begun {
            self.find_help().await?;
        }
        Ok(begun)
    }

    /// From now on answers by customers are looked for.
    pub(crate) async fn begin_finding_help(&self) -> Result<(), Error> {
        self.begin_at_newest(PLACE).await
    }
}
