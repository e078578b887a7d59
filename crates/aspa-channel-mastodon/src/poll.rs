//! Reading what is new.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aspa_channel::{Cursor, Error, ErrorKind, Event, EventKind, Page, Times, Via, Visibility};
use serde_json::Value;

use crate::api::encoded;
use crate::channel::MastodonChannel;
use crate::json;
use crate::notification::{About, arrived, moved};
use crate::place::{MOST_POSTS, Place, Thread, Walk, older};
use crate::status::{Decoder, People};

const OPERATION: &str = "poll";
/// How many notifications are asked for at once: 80 is the most (methods/notifications, read
/// 2026-11-22), 30 was before 4.1, and mastodon-mock gives 40.
const LIMIT: usize = 40;
/// No server gives fewer at once where it has more: 15 was what Mastodon gave unasked.
const FEWEST: usize = 15;
/// How many threads are looked up in one poll, so that it comes to an end in time.
const MOST_LOOK_UPS: usize = 10;
/// How many missing posts are looked for in one poll.
const MOST_MISSING: usize = 5;
/// How often the thread of one post is asked for before it is taken to begin where it is known to.
const HOPELESS: u32 = 5;
/// How many posts' conversations are remembered.
const MOST_ROOTS: usize = 4096;

/// Which conversation a post is of, as far as it was looked up: it saves requests and decides nothing.
#[derive(Debug, Default)]
pub(crate) struct Roots {
    known: Mutex<HashMap<String, String>>,
    /// The post whose thread could not be read, and how often.
    failed: Mutex<(String, u32)>,
}

impl Roots {
    fn get(&self, post: &str) -> Option<String> {
        lock(&self.known).get(post).cloned()
    }

    fn learn(&self, posts: impl Iterator<Item = String>, root: &str) {
        let mut known = lock(&self.known);
        if known.len() > MOST_ROOTS {
            known.clear();
        }
        known.extend(posts.map(|post| (post, root.to_owned())));
    }

    /// Whether a server fails at this thread time and again, so that everything after it would wait for
    /// ever. What says that all requests fail is no such failure.
    fn is_hopeless(&self, post: &str, error: &Error) -> bool {
        if !matches!(
            error.kind(),
            ErrorKind::Unavailable | ErrorKind::Protocol | ErrorKind::Invalid
        ) {
            return false;
        }
        let mut failed = lock(&self.failed);
        match failed.0 == post {
            true => failed.1 += 1,
            false => *failed = (post.to_owned(), 1),
        }
        failed.1 >= HOPELESS
    }
}

pub(crate) fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a poll has brought so far.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) events: Vec<Event>,
    look_ups: usize,
}

impl MastodonChannel {
    /// One page: what a stream told, the notifications after the cursor, and, where those are read, one
    /// thread again.
    pub(crate) async fn page(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let mut place: Place = Cursor::read(cursor)?;
        let mut batch = Batch::default();
        self.take_told(&mut place, &mut batch).await?;
        let more = self.notifications(&mut place, &mut batch).await?;
        if !more {
            let before = (place.clone(), batch.events.len());
            if let Err(error) = self.read_again(&mut place, &mut batch).await {
                if before.1 == 0 {
                    return Err(error);
                }
                // What was read is kept; the thread's turn comes again.
                place = before.0;
                batch.events.truncate(before.1);
            }
        }
        Ok(Page::new(batch.events, Some(Cursor::of(&place)), more))
    }

    /// `GET /api/v1/notifications` (methods/notifications, read 2026-11-22). Returns whether more is
    /// waiting.
    ///
    /// `min_id` pages forward without gaps on most servers. On snac it is a lower bound and the page is the
    /// newest: then the rest is read walking back. With `include_filtered`, those that the account's
    /// policy holds back as requests (since 4.3) are in the list, in their places.
    async fn notifications(&self, place: &mut Place, batch: &mut Batch) -> Result<bool, Error> {
        let below = place.walk.as_ref().and_then(|walk| walk.below.clone());
        let page = self.list(&place.after, below.as_deref(), LIMIT).await?;
        let mut entries = Vec::new();
        for notification in page.as_array().map(Vec::as_slice).unwrap_or_default() {
            match json::id(notification, "id") {
                Some(id) => entries.push((id.into_owned(), notification)),
                None => batch.events.push(self.decoder().unknown(notification)),
            }
        }
        let newer = |id: &str| older(&place.after, id) == Ordering::Less;
        let within = |id: &str| {
            below
                .as_deref()
                .is_none_or(|below| older(id, below) == Ordering::Less)
        };
        entries.retain(|(id, _)| newer(id) && within(id));
        entries.sort_by(|(a, _), (b, _)| older(a, b));
        entries.dedup_by(|(a, _), (b, _)| a == b);
        let (Some((oldest, _)), Some((newest, _))) = (entries.first(), entries.last()) else {
            // The end of a walk, or nothing new.
            let walked = place.walk.take();
            return Ok(walked.is_some_and(|walk| {
                place.after = walk.top;
                true
            }));
        };
        if place.walk.is_none()
            && entries.len() >= FEWEST
            && self.is_gap(&place.after, oldest).await?
        {
            place.walk = Some(Walk {
                below: None,
                top: newest.clone(),
            });
        }
        let many = entries.len() >= FEWEST;
        if place.walk.is_some() {
            entries.reverse();
        }
        let from = batch.events.len();
        let mut cut = false;
        for (id, notification) in entries {
            if batch.look_ups >= MOST_LOOK_UPS {
                cut = true;
                break;
            }
            self.notification(notification, place, batch).await?;
            match &mut place.walk {
                Some(walk) => walk.below = Some(id),
                None => place.after = id,
            }
        }
        if place.walk.is_some() {
            batch.events[from..].reverse();
        }
        Ok(cut || many || place.walk.is_some())
    }

    async fn list(&self, after: &str, below: Option<&str>, limit: usize) -> Result<Value, Error> {
        let after = if after.is_empty() { "0" } else { after };
        let mut path = format!(
            "/api/v1/notifications?limit={limit}&include_filtered=true&min_id={}",
            encoded(after)
        );
        if let Some(below) = below {
            path = format!("{path}&max_id={}", encoded(below));
        }
        let page = self.api.get(&path, OPERATION).await?;
        page.filter(Value::is_array).ok_or_else(|| {
            Error::new(ErrorKind::Protocol, OPERATION).with("path", "/api/v1/notifications")
        })
    }

    /// Whether there are notifications between the two, so that the page that began with the second was
    /// not the next one.
    async fn is_gap(&self, after: &str, oldest: &str) -> Result<bool, Error> {
        let page = self.list(after, Some(oldest), 1).await?;
        let between = |entry: &Value| {
            let id = json::id(entry, "id");
            id.is_some_and(|id| older(after, &id).is_lt() && older(&id, oldest).is_lt())
        };
        Ok(page.as_array().is_some_and(|page| page.iter().any(between)))
    }

    async fn notification(
        &self,
        notification: &Value,
        place: &mut Place,
        batch: &mut Batch,
    ) -> Result<(), Error> {
        let decoder = self.decoder();
        let event = match decoder.about(notification) {
            About::Post(status) => {
                let kind = json::text(notification, "type").unwrap_or_default();
                let came = arrived(notification).filter(|_| matches!(kind, "mention" | "quote"));
                let event = self.post(status, place, batch, Via::Poll).await?;
                event.map(|mut event| {
                    // Our server vouches for when it came; when it was written, another says.
                    if let (EventKind::Message(message), Some(came)) = (&mut event.kind, came)
                        && !message.times.vouched
                    {
                        message.times = Times::vouched(came);
                    }
                    event
                })
            }
            About::Reaction(status, reaction) => decoder.reaction(notification, status, reaction),
            About::Other => None,
        };
        batch
            .events
            .push(event.unwrap_or_else(|| decoder.unknown(notification)));
        let by = &notification["account"];
        batch.events.extend(moved(&self.account, by, &self.server));
        Ok(())
    }

    /// A post as an event, in its thread, which is read again from now on. None where it is no post.
    pub(crate) async fn post(
        &self,
        status: &Value,
        place: &mut Place,
        batch: &mut Batch,
        via: Via,
    ) -> Result<Option<Event>, Error> {
        let decoder = self.decoder();
        let Some(id) = decoder.id(status) else {
            return Ok(None);
        };
        let mut people = People::default();
        people.meet(status, decoder);
        let known = place.root_of(&id).map(str::to_owned);
        let root = match known {
            Some(root) => root,
            None => self.root_of(status, &id, place, batch, &mut people).await?,
        };
        let event = self.message(status, &root, &people, via);
        if event.is_some() {
            place.gave(&root, &id, Decoder::revision(status), true);
        }
        Ok(event)
    }

    fn message(&self, status: &Value, root: &str, people: &People, via: Via) -> Option<Event> {
        let decoder = self.decoder();
        let message = decoder.message(status, root, people)?;
        let at = message.edited_at.or(message.times.source);
        let mut event = decoder.event(EventKind::message(message), &status["account"], at);
        event.provenance.via = via;
        event.provenance.raw = Some(status.to_string().into());
        Some(event)
    }

    /// The id of the first post of a thread: that of the topmost post that can be seen, or the one that it
    /// answers.
    async fn root_of(
        &self,
        status: &Value,
        id: &str,
        place: &Place,
        batch: &mut Batch,
        people: &mut People,
    ) -> Result<String, Error> {
        let decoder = self.decoder();
        let Some(parent) = decoder.parent(status) else {
            return Ok(id.to_owned());
        };
        let known = place.root_of(&parent).map(str::to_owned);
        if let Some(root) = known.or_else(|| self.roots.get(&parent)) {
            return Ok(root);
        }
        batch.look_ups += 1;
        let context = match self.context(id, OPERATION).await {
            Err(error) if !self.roots.is_hopeless(id, &error) => return Err(error),
            context => context.unwrap_or_default(),
        };
        let ancestors = context
            .as_ref()
            .map(|context| json::list(context, "ancestors"));
        let ancestors = ancestors.unwrap_or_default();
        for ancestor in ancestors {
            people.meet(ancestor, decoder);
        }
        let top = ancestors.first();
        let root = top.and_then(|top| decoder.parent(top).or_else(|| decoder.id(top)));
        let root = root.unwrap_or_else(|| parent.clone());
        let above = ancestors.iter().filter_map(|ancestor| decoder.id(ancestor));
        self.roots
            .learn(above.chain([parent, id.to_owned()]), &root);
        Ok(root)
    }

    /// `GET /api/v1/statuses/:id/context` (methods/statuses, read 2026-11-22): siblings are not in it, so a
    /// thread is asked for by its first post.
    pub(crate) async fn context(
        &self,
        id: &str,
        operation: &'static str,
    ) -> Result<Option<Value>, Error> {
        let path = format!("/api/v1/statuses/{}/context", encoded(id));
        self.api.get(&path, operation).await
    }

    /// `GET /api/v1/statuses/:id` (methods/statuses, read 2026-11-22).
    pub(crate) async fn status(
        &self,
        id: &str,
        operation: &'static str,
    ) -> Result<Option<Value>, Error> {
        let path = format!("/api/v1/statuses/{}", encoded(id));
        let status = self.api.get(&path, operation).await?;
        Ok(status.filter(Value::is_object))
    }

    /// Reads a thread again, each poll another one: what was edited and what is gone, which no server tells
    /// to whoever was named, what we wrote elsewhere, and what answers us without our name.
    async fn read_again(&self, place: &mut Place, batch: &mut Batch) -> Result<(), Error> {
        let Some(thread) = place.take_turn() else {
            return Ok(());
        };
        let Thread { root, posts } = thread;
        let decoder = self.decoder();
        let (first, rest) = (
            self.status(&root, OPERATION).await?,
            self.context(&root, OPERATION).await?,
        );
        let below = rest.as_ref().map(|rest| json::list(rest, "descendants"));
        let all: Vec<&Value> = first.iter().chain(below.unwrap_or_default()).collect();
        let mut people = People::default();
        all.iter().for_each(|status| people.meet(status, decoder));
        // Of a long thread the oldest are not remembered: they would come anew each time.
        let is_known = |status: &&&Value| {
            let id = decoder.id(status).unwrap_or_default();
            posts.iter().any(|(known, _)| *known == id)
        };
        let written = |status: &Value| json::time(status, "created_at");
        let oldest = all
            .iter()
            .filter(is_known)
            .filter_map(|status| written(status))
            .min();
        let oldest = oldest.filter(|_| posts.len() >= MOST_POSTS);
        let (mut there, from): (Vec<String>, _) = (Vec::new(), batch.events.len());
        for status in all {
            let Some(id) = decoder.id(status) else {
                continue;
            };
            let is_room = batch.events.len() - from < LIMIT;
            if is_room && oldest.is_none_or(|oldest| written(status) >= Some(oldest)) {
                self.seen_again(status, &id, &root, &people, place, batch);
            }
            there.push(id);
        }
        there.sort_unstable();
        let missing = posts.iter().map(|(id, _)| id);
        let missing = missing.filter(|id| there.binary_search(id).is_err());
        for id in missing.take(MOST_MISSING) {
            match self.status(id, OPERATION).await? {
                Some(status) => self.seen_again(&status, id, &root, &people, place, batch),
                None => self.gone(id, place, batch, Via::Poll),
            }
        }
        Ok(())
    }

    fn seen_again(
        &self,
        status: &Value,
        id: &str,
        root: &str,
        people: &People,
        place: &mut Place,
        batch: &mut Batch,
    ) {
        let decoder = self.decoder();
        let known = place.revision(id);
        let revision = Decoder::revision(status);
        let ours =
            decoder.is_ours(status) || decoder.answers_us(status) || decoder.names_us(status);
        if known == Some(revision) || (known.is_none() && !ours) {
            return;
        }
        if let Some(event) = self.message(status, root, people, Via::Poll) {
            batch.events.push(event);
            place.gave(root, id, revision, false);
        }
    }

    /// A post is not there any more, or not for us. Who took it away is not told.
    pub(crate) fn gone(&self, id: &str, place: &mut Place, batch: &mut Batch, via: Via) {
        place.forget(id);
        if let Ok(message) = aspa_channel::MessageKey::new(self.account.clone(), id) {
            let kind = EventKind::visibility(message, Visibility::Deleted, None);
            batch
                .events
                .push(Event::new(self.account.clone(), kind, via));
        }
    }
}
