//! Reading by polls: for history, for networks of deliveries that were missed, and without a webhook.
//!
//! A round goes through the Page's posts, the comments below each, posts of others that name the Page,
//! reviews, and the conversations with their messages; a poll is one request of it. The first round reads
//! everything (or everything since a time), the next ones what was written since the round before began, by
//! Meta's clock, and what became of the newest posts and comments since they were last read.

use aspa_channel::{Cursor, Error, ErrorKind, Event, EventKind, Page, Rejected, Via, Visibility};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use crate::channel::PageChannel;
use crate::delivery::Problem;
use crate::graph::{Ask, is_id};
use crate::json::{Id, Time, given, value};
use crate::node::{COMMENT, Kind, Line, List, Node, POST, People, REVIEW, other};
use crate::page::revision;
use crate::refusal::{Asked, content, date};
use crate::watched::Watched;

const POLL: &str = "poll";
/// How many that are missing one poll asks for.
const MOST_ASKED: usize = 5;
/// How much of the round before is read again.
const OVERLAP: TimeDelta = TimeDelta::seconds(60);

/// Which list is read next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    #[default]
    Posts,
    Tagged,
    Ratings,
    Threads,
}

/// A list within a list: the comments of a post, the messages of a thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Within {
    /// The post, or the thread.
    id: String,
    /// With whom, in a thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person: Option<String>,
}

/// Where a round is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    stage: Stage,
    /// Where the stage's own list goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    /// Whether the stage's own list is at its end.
    #[serde(default, skip_serializing_if = "is_false")]
    ended: bool,
    /// What is still to be looked into, of one page of the stage's list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    within: Vec<Within>,
    /// Where the first of those goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    inner: Option<String>,
    /// How many posts this round has looked at.
    #[serde(default)]
    posts: usize,
    /// Seconds since 1970: what was written before is not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<i64>,
    /// When this round began, by Meta's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    began: Option<i64>,
    /// Whether a whole round is behind us.
    #[serde(default, skip_serializing_if = "is_false")]
    again: bool,
    /// What the newest posts and comments said.
    #[serde(default, skip_serializing_if = "Watched::is_empty")]
    watched: Watched,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_false(flag: &bool) -> bool {
    !*flag
}

#[derive(Deserialize)]
struct Thread {
    id: Option<Id>,
    updated_time: Option<Time>,
    participants: Option<People>,
}

impl Place {
    fn read(cursor: Option<&Cursor>) -> Result<Self, Error> {
        let place: Self = Cursor::read(cursor)?;
        match place.within.iter().all(|within| is_id(&within.id)) {
            true => Ok(place),
            false => Err(Error::new(ErrorKind::Invalid, POLL).with("field", "cursor")),
        }
    }

    fn write(&self) -> Cursor {
        Cursor::of(self)
    }

    /// Whether this round compares what it reads with what was read before: newest first then, and a page
    /// at least of each list.
    fn looks_back(&self, watched: usize) -> bool {
        self.again && watched > 0
    }

    fn is_new(&self, at: Option<DateTime<Utc>>) -> bool {
        match (self.since, at) {
            (Some(since), Some(at)) => at.timestamp() >= since,
            _ => true,
        }
    }
}

/// What is read out of one list.
struct Read {
    events: Vec<Event>,
    rejected: Vec<Rejected>,
    /// When the list was read, by Meta's clock.
    at: Option<DateTime<Utc>>,
    /// What stood in the list before, and does not now.
    missing: Vec<String>,
}

impl Read {
    fn keep(&mut self, channel: &PageChannel, via: &Via, raw: &RawValue, problem: Problem) {
        let kept = json!({ "problem": problem, "list": "poll", "event": value(raw.get()) });
        let account = channel.place.account.clone();
        self.events
            .push(Event::new(account, EventKind::Unknown(kept), via.clone()));
        self.rejected.push(Rejected {
            place: "a list of the Graph API".to_owned(),
            reason: problem.to_owned(),
        });
    }
}

impl PageChannel {
    pub(crate) async fn next_page(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let mut place = Place::read(cursor)?;
        if cursor.is_none() {
            place.since = self.config.since.map(|since| since.timestamp());
        }
        let via = match (place.again, self.config.beside_webhook) {
            (false, _) => Via::Backfill,
            (true, true) => Via::Reconcile,
            (true, false) => Via::Poll,
        };
        let mut read = Read {
            events: Vec::new(),
            rejected: Vec::new(),
            at: None,
            missing: Vec::new(),
        };
        let answer = self.api.answer(POLL, self.ask(&place)).await?;
        let list: List = content(POLL, Asked::Reading, &answer)?;
        read.at = date(answer.headers());
        if place.began.is_none() {
            place.began = read.at.map(|at| at.timestamp());
        }
        match place.within.first().cloned() {
            Some(within) if place.stage == Stage::Threads => {
                self.lines_of(&mut place, &within, &list, &via, &mut read);
            }
            Some(within) => self.comments_of(&mut place, &within, &list, &via, &mut read),
            None => self.outer(&mut place, &list, &via, &mut read),
        }
        for id in std::mem::take(&mut read.missing).iter().take(MOST_ASKED) {
            place.watched.forget(id);
            if self.node(POLL, id).await?.is_none() {
                read.events
                    .extend(self.shown(id, Visibility::Deleted, &via, read.at));
            }
        }
        place.watched.keep(self.config.watched);
        let more = self.go_on(&mut place);
        let mut page = Page::new(read.events, Some(place.write()), more);
        page.rejected = read.rejected;
        Ok(page)
    }

    /// The one request of this poll.
    fn ask(&self, place: &Place) -> Ask {
        let page = &self.place.page;
        let size = self.config.size;
        if let Some(within) = place.within.first() {
            if place.stage == Stage::Threads {
                return Self::lines(&within.id, size, place.inner.as_deref());
            }
            let order = match place.looks_back(self.config.watched) {
                true => "reverse_chronological",
                false => "chronological",
            };
            let ask = Ask::new(format!("{}/comments", within.id))
                .with("fields", COMMENT)
                .with("filter", "stream")
                .with("order", order)
                .with("limit", size);
            let ask = match place.since {
                Some(since) if order == "chronological" => ask.with("since", since),
                _ => ask,
            };
            return ask.after(place.inner.as_deref());
        }
        let (edge, fields) = match place.stage {
            Stage::Posts => ("feed", POST),
            Stage::Tagged => ("tagged", POST),
            Stage::Ratings => ("ratings", REVIEW),
            Stage::Threads => ("conversations", "id,updated_time,participants"),
        };
        let ask = Ask::new(format!("{page}/{edge}"))
            .with("fields", fields)
            .with("limit", size)
            .after(place.after.as_deref());
        match place.stage {
            Stage::Threads => ask.with("platform", "messenger").bucket("conversations"),
            _ => ask,
        }
    }

    /// Posts, reviews or conversations, newest first.
    fn outer(&self, place: &mut Place, list: &List, via: &Via, read: &mut Read) {
        let is_first = place.after.is_none();
        place.after = list.after();
        place.ended = place.after.is_none();
        let mut seen = Vec::new();
        for raw in &list.data {
            if place.stage == Stage::Threads {
                match serde_json::from_str::<Thread>(raw.get()) {
                    Ok(thread) => self.thread_in(place, &thread),
                    Err(_) => read.keep(self, via, raw, "a field is of another kind"),
                }
                continue;
            }
            let kind = match place.stage {
                Stage::Tagged => Kind::Mention,
                Stage::Ratings => Kind::Review,
                _ => Kind::Post,
            };
            let node = Node::read(raw.get());
            let event = node.and_then(|node| Ok((node.event(&self.place, kind, None, via)?, node)));
            let (event, node) = match event {
                Ok(found) => found,
                Err(problem) => {
                    read.keep(self, via, raw, problem);
                    continue;
                }
            };
            let is_new = place.is_new(node.written_at());
            let mut says_else = false;
            if place.stage == Stage::Posts {
                says_else = self.compare(place, &node, &event, via, read);
                seen.extend(stands(&node));
            }
            if is_new && !says_else {
                read.events.push(event);
            } else if !is_new && (place.stage != Stage::Posts || !place.again) {
                // Newest first: what follows is older still.
                place.ended = true;
            }
            if place.stage == Stage::Posts {
                place.posts += 1;
                let looked_at = match place.again {
                    true => place.posts <= self.config.posts,
                    false => is_new,
                };
                match node.key() {
                    Ok(id) if looked_at && is_id(id) => place.within.push(Within {
                        id: id.to_owned(),
                        person: None,
                    }),
                    _ => place.ended |= place.again,
                }
            }
        }
        if place.stage == Stage::Posts && is_first {
            let place_of = &self.place;
            let goes_on = place.after.is_some();
            self.miss(place, |id| place_of.is_post(id), &seen, goes_on, read);
        }
        read.events.reverse();
    }

    /// What became of something since it was last read. Says whether its text is another: then it is no news
    /// under its first revision.
    fn compare(
        &self,
        place: &mut Place,
        node: &Node,
        event: &Event,
        via: &Via,
        read: &mut Read,
    ) -> bool {
        let (Some((id, at)), EventKind::Message(message)) = (stands(node), &event.kind) else {
            return false;
        };
        if self.config.watched == 0 {
            return false;
        }
        let hidden = message.visibility == Visibility::Hidden;
        let became = place.watched.note(&id, at, &message.text(), hidden);
        if became.edited && !self.config.beside_webhook {
            let mut event = event.clone();
            if let EventKind::Message(message) = &mut event.kind {
                message.edited_at = read.at;
                message.revision = revision(read.at, &message.text());
            }
            read.events.push(event);
        }
        if let Some(hidden) = became.hidden {
            let now = match hidden {
                true => Visibility::Hidden,
                false => Visibility::Visible,
            };
            read.events.extend(self.shown(&id, now, via, read.at));
        }
        became.edited
    }

    /// Which of those known stood in this list, newest first and from its start, and do not now.
    fn miss(
        &self,
        place: &Place,
        is_in_list: impl Fn(&str) -> bool,
        seen: &[(String, i64)],
        goes_on: bool,
        read: &mut Read,
    ) {
        if !place.looks_back(self.config.watched) {
            return;
        }
        let oldest = seen.iter().map(|(_, at)| *at).min();
        let from = oldest.filter(|_| goes_on);
        if goes_on && from.is_none() {
            return;
        }
        let seen: Vec<String> = seen.iter().map(|(id, _)| id.clone()).collect();
        read.missing = place.watched.missing(is_in_list, from, &seen);
    }

    fn shown(
        &self,
        id: &str,
        now: Visibility,
        via: &Via,
        at: Option<DateTime<Utc>>,
    ) -> Option<Event> {
        let kind = EventKind::visibility(self.place.message(id).ok()?, now, None);
        let mut event = Event::new(self.place.account.clone(), kind, via.clone());
        event.at = at;
        Some(event)
    }

    fn thread_in(&self, place: &mut Place, thread: &Thread) {
        if !place.is_new(thread.updated_time.and_then(|time| time.0)) {
            place.ended = true;
            return;
        }
        let person = thread.participants.as_ref();
        let person = person.and_then(|people| other(&self.place, people));
        let person = person
            .and_then(|one| given(one.id.as_ref()))
            .map(str::to_owned);
        if let Some(id) = given(thread.id.as_ref()).filter(|id| is_id(id)) {
            let id = id.to_owned();
            place.within.push(Within { id, person });
        }
    }

    fn comments_of(
        &self,
        place: &mut Place,
        within: &Within,
        list: &List,
        via: &Via,
        read: &mut Read,
    ) {
        let looks_back = place.looks_back(self.config.watched);
        let is_first = place.inner.is_none();
        place.inner = list.after();
        let (mut seen, mut all_new) = (Vec::new(), true);
        for raw in &list.data {
            let node = Node::read(raw.get());
            let event = node.and_then(|node| {
                let event = node.event(&self.place, Kind::Comment, Some(&within.id), via)?;
                Ok((event, node))
            });
            match event {
                Ok((event, node)) => {
                    // Read newest first and turned round below: what became of it comes after it.
                    let says_else = self.compare(place, &node, &event, via, read);
                    seen.extend(stands(&node));
                    read.events.extend(node.joined(&self.place, via));
                    let is_new = place.is_new(event.at);
                    all_new &= is_new;
                    if is_new && !says_else {
                        read.events.push(event);
                    }
                }
                Err(problem) => read.keep(self, via, raw, problem),
            }
        }
        if looks_back {
            if is_first {
                let below =
                    |id: &str| !self.place.is_post(id) && self.place.post_of(id) == within.id;
                self.miss(place, below, &seen, place.inner.is_some(), read);
            }
            read.events.reverse();
            if !all_new {
                // What follows is older still.
                place.inner = None;
            }
        }
        if place.inner.is_none() {
            place.within.remove(0);
        }
    }

    fn lines_of(
        &self,
        place: &mut Place,
        within: &Within,
        list: &List,
        via: &Via,
        read: &mut Read,
    ) {
        place.inner = list.after();
        for raw in &list.data {
            let event = Line::read(raw.get())
                .and_then(|line| line.event(&self.place, within.person.as_deref(), via));
            match event {
                Ok(event) if place.is_new(event.at) => read.events.push(event),
                // Newest first: what follows is older still.
                Ok(_) => place.inner = None,
                Err(problem) => read.keep(self, via, raw, problem),
            }
        }
        read.events.reverse();
        if place.inner.is_none() {
            place.within.remove(0);
        }
    }

    /// Moves on to the next list; says whether this round has more.
    fn go_on(&self, place: &mut Place) -> bool {
        if !place.within.is_empty() {
            return true;
        }
        while place.ended {
            place.after = None;
            place.stage = match place.stage {
                Stage::Posts => Stage::Tagged,
                Stage::Tagged => Stage::Ratings,
                Stage::Ratings => Stage::Threads,
                Stage::Threads => {
                    *place = Place {
                        since: place
                            .began
                            .map(|began| began - OVERLAP.num_seconds())
                            .or(place.since),
                        again: true,
                        watched: std::mem::take(&mut place.watched),
                        ..Place::default()
                    };
                    return false;
                }
            };
            place.ended = match place.stage {
                Stage::Posts => false,
                Stage::Tagged => !self.config.tagged,
                Stage::Ratings => !self.config.ratings,
                Stage::Threads => !self.config.messenger,
            };
        }
        true
    }
}

/// The id of something that can be asked for again, and when it was written.
fn stands(node: &Node) -> Option<(String, i64)> {
    let id = node.key().ok().filter(|id| is_id(id))?;
    Some((id.to_owned(), node.written_at()?.timestamp()))
}
