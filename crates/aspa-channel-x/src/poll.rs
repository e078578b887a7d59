//! Reading what is new: mentions, direct messages, and what completes conversations.

use aspa_channel::{Cursor, Error, ErrorKind, Event, EventKind, Page, Rejected, Via};
use chrono::TimeDelta;
use serde_json::Value;

use crate::api::{DIRECT_READ, MENTIONS, SEARCH, encoded};
use crate::channel::XChannel;
use crate::fields;
use crate::includes::Includes;
use crate::json;
use crate::place::{Line, Place, id_at};

const OPERATION: &str = "poll";
/// How long it takes until ids of a moment are all told: ids are made on many machines, and lists follow.
const SETTLES: TimeDelta = TimeDelta::seconds(10);
/// How far back the search goes (docs.x.com, "Search posts", read 2026-11-22: seven days), with a margin.
const SEARCHED: TimeDelta = TimeDelta::minutes(7 * 24 * 60 - 30);
/// How many direct messages are read at once when there are new ones.
const DIRECTS: u8 = 20;
/// How many partial errors are told.
const MOST_REJECTED: usize = 100;

/// What a poll has brought so far.
#[derive(Debug, Default)]
struct Batch {
    events: Vec<Event>,
    rejected: Vec<Rejected>,
}

impl XChannel {
    /// One page: of the mentions after the cursor, and, where those are read, of the direct messages and of
    /// one conversation.
    pub(crate) async fn page(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let mut place: Place = Cursor::read(cursor)?;
        let mut batch = Batch::default();
        (batch.events, place.told) = self.told.take(place.told);
        let mut more = self.mentions(&mut place, &mut batch).await?;
        if !more {
            for what in [Rest::Directs, Rest::Thread] {
                let before = (place.clone(), batch.events.len());
                let read = match what {
                    Rest::Directs => self.directs(&mut place, &mut batch).await,
                    Rest::Thread => self.thread(&mut place, &mut batch).await,
                };
                match read {
                    Ok(some) => more |= some,
                    Err(error) => {
                        // What was read is kept; the rest has its turn again.
                        let held_back = *error.kind() == ErrorKind::Throttled
                            && std::error::Error::source(&error).is_some();
                        if before.1 == 0 && !held_back {
                            return Err(error);
                        }
                        place = before.0;
                        batch.events.truncate(before.1);
                    }
                }
            }
        }
        let mut page = Page::new(batch.events, Some(Cursor::of(&place)), more);
        page.rejected = batch.rejected;
        Ok(page)
    }

    /// `GET /2/users/:id/mentions` (OpenAPI 2.159), newest first.
    async fn mentions(&self, place: &mut Place, batch: &mut Batch) -> Result<bool, Error> {
        let path = format!(
            "/2/users/{}/mentions?max_results={}&{}",
            self.own.user_id,
            self.page,
            fields::of_posts(self.names)
        );
        let price = self.api.prices().owned_read;
        let from = batch.events.len();
        let request = (path.as_str(), MENTIONS, price);
        let mut line = std::mem::take(&mut place.mentions);
        let more = self.posts(request, None, &mut line, batch).await;
        place.mentions = line;
        let more = more?;
        for event in &batch.events[from..] {
            if let EventKind::Message(message) = &event.kind {
                place.heard(&message.conversation.id, self.threads);
            }
        }
        Ok(more)
    }

    /// `GET /2/tweets/search/recent` (OpenAPI 2.159) for `conversation_id:`, each time of another
    /// conversation: mentions and deliveries leave out what answers an answer.
    async fn thread(&self, place: &mut Place, batch: &mut Batch) -> Result<bool, Error> {
        let Some(turn) = place.take_turn() else {
            return Ok(false);
        };
        let path = format!(
            "/2/tweets/search/recent?query={}&max_results={}&{}",
            encoded(&format!("conversation_id:{}", place.threads[turn].root)),
            self.page,
            fields::of_posts(self.names)
        );
        let price = self.api.prices().read;
        let oldest = id_at(self.api.now() - SEARCHED);
        let mut line = std::mem::take(&mut place.threads[turn].line);
        let request = (path.as_str(), SEARCH, price);
        let more = self.posts(request, Some(&oldest), &mut line, batch).await;
        place.threads[turn].line = line;
        let more = more?;
        if more {
            // It goes on with the rest of the same.
            place.turn = turn;
        }
        Ok(more)
    }

    /// One page of a list of posts, oldest first. Returns whether there are more. An id before `oldest` is
    /// one that the network does not take any more.
    async fn posts(
        &self,
        (path, bucket, price): (&str, (&str, u32), u64),
        oldest: Option<&str>,
        line: &mut Line,
        batch: &mut Batch,
    ) -> Result<bool, Error> {
        let read = async |line: &Line| {
            let mut path = path.to_owned();
            let is_known = oldest.is_none_or(|oldest| json::order(&line.after, oldest).is_ge());
            if !line.after.is_empty() && is_known {
                path.extend(["&since_id=", &line.after]);
            }
            if let Some(walk) = &line.walk {
                path = format!("{path}&pagination_token={}", encoded(&walk.token));
            }
            self.api.get(&path, bucket, price, OPERATION).await
        };
        let page = match read(line).await {
            // The token of a walk may not hold any more: it begins anew.
            Err(error) if *error.kind() == ErrorKind::Invalid && line.walk.is_some() => {
                line.walk = None;
                read(line).await?
            }
            page => page?,
        };
        let page = page.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, OPERATION)
                .with_remedy("look whether user_id is that of the account")
        })?;
        let includes = Includes::of(page.get("includes").unwrap_or(&Value::Null));
        let via = Via::Poll;
        let decoder = self.decoder(&via);
        let posts = json::list(&page, "data");
        for post in posts.iter().rev() {
            let event = decoder.post(post, &includes);
            let mut event = event.unwrap_or_else(|| decoder.unknown(post));
            event.provenance.raw = Some(post.to_string().into());
            batch.events.push(event);
        }
        tell_rejected(&page, batch);
        let ids = posts.iter().filter_map(|post| json::text(post, "id"));
        let newest = ids.max_by(|a, b| json::order(a, b));
        let next = page
            .get("meta")
            .and_then(|meta| json::text(meta, "next_token"));
        // A page that leads to itself would never end.
        let walked = line.walk.as_ref().map(|walk| walk.token.as_str());
        let next = next.filter(|next| Some(*next) != walked).map(str::to_owned);
        let settled = id_at(self.api.now() - SETTLES);
        line.read(newest, next.as_deref(), &settled);
        Ok(line.walk.is_some())
    }

    /// `GET /2/dm_events` (OpenAPI 2.159), newest first, without a place to go on from: one is looked at, and
    /// more only where it is new.
    async fn directs(&self, place: &mut Place, batch: &mut Batch) -> Result<bool, Error> {
        if !self.direct_messages {
            return Ok(false);
        }
        let now = self.api.now();
        let is_early = |at| now - at < self.direct_every;
        if place.directs.walk.is_none() && place.directs_at.is_some_and(is_early) {
            return Ok(false);
        }
        if place.directs.walk.is_none() && !place.directs.after.is_empty() {
            let newest = self.direct_page(1, None).await?;
            let newest = json::list(&newest, "data").first();
            let newest = newest.and_then(|newest| json::text(newest, "id"));
            if newest.is_none_or(|newest| json::order(newest, &place.directs.after).is_le()) {
                place.directs_at = Some(now);
                return Ok(false);
            }
        }
        let walk = place.directs.walk.as_ref();
        let page = self
            .direct_page(DIRECTS, walk.map(|walk| &*walk.token))
            .await;
        let page = match page {
            Err(error) if *error.kind() == ErrorKind::Invalid && walk.is_some() => {
                place.directs.walk = None;
                self.direct_page(DIRECTS, None).await?
            }
            page => page?,
        };
        let includes = Includes::of(page.get("includes").unwrap_or(&Value::Null));
        let via = Via::Poll;
        let decoder = self.decoder(&via);
        let all = json::list(&page, "data");
        let is_new = |dm: &&Value| {
            let id = json::text(dm, "id");
            id.is_none_or(|id| json::order(id, &place.directs.after).is_gt())
        };
        let new: Vec<&Value> = all.iter().filter(is_new).collect();
        for dm in new.iter().rev() {
            let event = decoder.direct(dm, &includes);
            let mut event = event.unwrap_or_else(|| decoder.unknown(dm));
            event.provenance.raw = Some(dm.to_string().into());
            batch.events.push(event);
        }
        tell_rejected(&page, batch);
        let newest = all.iter().filter_map(|dm| json::text(dm, "id"));
        let newest = newest.max_by(|a, b| json::order(a, b)).map(str::to_owned);
        let next = page
            .get("meta")
            .and_then(|meta| json::text(meta, "next_token"));
        let walked = place.directs.walk.as_ref().map(|walk| walk.token.as_str());
        let next = next.filter(|next| new.len() == all.len() && Some(*next) != walked);
        let next = next.map(str::to_owned);
        let settled = id_at(now - SETTLES);
        place
            .directs
            .read(newest.as_deref(), next.as_deref(), &settled);
        place.directs_at = Some(now);
        // What is left waits for its turn: X takes few of these requests.
        Ok(false)
    }

    async fn direct_page(&self, many: u8, token: Option<&str>) -> Result<Value, Error> {
        let mut path = format!(
            "/2/dm_events?max_results={many}&{}",
            fields::of_directs(self.names)
        );
        if let Some(token) = token {
            path = format!("{path}&pagination_token={}", encoded(token));
        }
        let price = self.api.prices().direct_read;
        let page = self.api.get(&path, DIRECT_READ, price, OPERATION).await?;
        page.ok_or_else(|| Error::new(ErrorKind::NotFound, OPERATION))
    }
}

#[derive(Debug, Clone, Copy)]
enum Rest {
    Directs,
    Thread,
}

/// What X could not give along with a page, by kind.
fn tell_rejected(page: &Value, batch: &mut Batch) {
    for (number, problem) in json::list(page, "errors")
        .iter()
        .take(MOST_REJECTED)
        .enumerate()
    {
        let kind = json::text(problem, "type").and_then(|kind| kind.rsplit('/').next());
        let is_word = |word: &&str| {
            word.len() <= 40 && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
        };
        batch.rejected.push(Rejected {
            place: format!("errors {number}"),
            reason: kind.filter(is_word).unwrap_or("unknown").to_owned(),
        });
    }
}
