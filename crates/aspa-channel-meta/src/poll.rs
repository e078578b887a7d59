//! Reading by polls: for history, for networks of deliveries that were missed, and without a webhook.
//!
//! A round goes through the Page's posts, the comments below each, posts of others that name the Page,
//! reviews, and the conversations with their messages; a poll is one request of it. The first round reads
//! everything (or everything since a time), the next ones what was written since the round before began, by
//! Meta's clock. Edits and deletions are told by the webhook alone.

use aspa_channel::{Cursor, Error, ErrorKind, Event, EventKind, Page, Rejected, Via};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::Response;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use crate::channel::PageChannel;
use crate::delivery::Problem;
use crate::graph::{Ask, is_id};
use crate::json::{Id, Time, given, value};
use crate::node::{COMMENT, Kind, Line, List, Node, POST, People, REVIEW, other};
use crate::refusal::{Asked, content, date};

const POLL: &str = "poll";
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
        let Some(Cursor(text)) = cursor else {
            return Ok(Self::default());
        };
        let place: Self = serde_json::from_str(text)
            .map_err(|_| Error::new(ErrorKind::Invalid, POLL).with("field", "cursor"))?;
        match place.within.iter().all(|within| is_id(&within.id)) {
            true => Ok(place),
            false => Err(Error::new(ErrorKind::Invalid, POLL).with("field", "cursor")),
        }
    }

    fn write(&self) -> Cursor {
        Cursor(json!(self).to_string())
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
        };
        let answer = self.api.answer(POLL, self.ask(&place)).await?;
        let list: List = content(POLL, Asked::Reading, &answer)?;
        if place.began.is_none() {
            place.began = began(&answer);
        }
        match place.within.first().cloned() {
            Some(within) if place.stage == Stage::Threads => {
                self.lines_of(&mut place, &within, &list, &via, &mut read);
            }
            Some(within) => self.comments_of(&mut place, &within, &list, &via, &mut read),
            None => self.outer(&mut place, &list, &via, &mut read),
        }
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
            let ask = Ask::new(format!("{}/comments", within.id))
                .with("fields", COMMENT)
                .with("filter", "stream")
                .with("order", "chronological")
                .with("limit", size);
            let ask = match place.since {
                Some(since) => ask.with("since", since),
                None => ask,
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
        place.after = list.after();
        place.ended = place.after.is_none();
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
            if is_new {
                read.events.push(event);
            } else if place.stage != Stage::Posts || !place.again {
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
        read.events.reverse();
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
        for raw in &list.data {
            let node = Node::read(raw.get());
            let event = node.and_then(|node| {
                let event = node.event(&self.place, Kind::Comment, Some(&within.id), via)?;
                Ok((event, node.joined(&self.place, via)))
            });
            match event {
                Ok((event, joined)) => {
                    read.events.push(event);
                    read.events.extend(joined);
                }
                Err(problem) => read.keep(self, via, raw, problem),
            }
        }
        place.inner = list.after();
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

fn began(answer: &Response<Bytes>) -> Option<i64> {
    date(answer.headers()).map(|at| at.timestamp())
}
