//! Whether something landed.

use aspa_channel::{Effect, EffectKind, Error, MessageKey, Probe, Via};
use chrono::TimeDelta;
use serde_json::Value;

use crate::api::{DIRECT_READ, TIMELINE, encoded};
use crate::channel::XChannel;
use crate::direct::Place;
use crate::fields;
use crate::includes::Includes;
use crate::json;
use crate::post::{author_id, newest_version};
use crate::send::done;

const OPERATION: &str = "probe";
/// How many of our newest posts one request brings. Each costs.
const NEWEST: usize = 20;
/// How many such requests are made.
const MOST_PAGES: usize = 5;
/// How far back they have to reach, so that one that is not among them was not published.
const FAR_BACK: TimeDelta = TimeDelta::hours(24);

/// Whether it is the one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Yes,
    /// It answers what may be a later version of the same post.
    Maybe,
    No,
}

/// What is looked for.
struct Wanted<'a> {
    text: &'a str,
    /// The post that it answers; none: a direct message.
    answers: Option<&'a str>,
}

impl XChannel {
    pub(crate) async fn look_whether(&self, effect: &Effect) -> Result<Probe, Error> {
        match &effect.kind {
            // Only by its words one of ours is told from another.
            EffectKind::Send { text, .. } if text.trim().is_empty() => Ok(Probe::CannotTell),
            EffectKind::Send {
                text, in_reply_to, ..
            } => match Place::of(&effect.conversation.id) {
                Some(Place::Public(root)) => {
                    let answers = in_reply_to.as_ref().map_or(root, |answered| &answered.id);
                    let wanted = Wanted {
                        text,
                        answers: Some(answers),
                    };
                    self.among_posts(effect, &wanted).await
                }
                Some(Place::Two(a, b)) => {
                    let other = if a == self.own.user_id { b } else { a };
                    let path = format!("/2/dm_conversations/with/{other}/dm_events");
                    self.among_directs(effect, &path, text).await
                }
                Some(Place::Group(group)) => {
                    let path = format!("/2/dm_conversations/{group}/dm_events");
                    self.among_directs(effect, &path, text).await
                }
                Some(Place::Encrypted) | None => Ok(Probe::CannotTell),
            },
            EffectKind::PrivateReply { message, text, .. } => {
                let Some(author) = self.wrote(message).await? else {
                    return Ok(Probe::CannotTell);
                };
                let path = format!("/2/dm_conversations/with/{author}/dm_events");
                self.among_directs(effect, &path, text).await
            }
            EffectKind::Edit { message, text, .. } => {
                if !json::is_id(&message.id) {
                    return Ok(Probe::CannotTell);
                }
                let post = self.look_up(&message.id, OPERATION).await?;
                let Some(post) = post.as_ref().map(|post| &post["data"]) else {
                    return Ok(Probe::Absent);
                };
                if newest_version(post) != json::id(post, "id") {
                    // What the newest version says is not told.
                    return Ok(Probe::CannotTell);
                }
                match same_words(&self.says(post), text) {
                    true => Ok(Probe::Found(done(effect, message))),
                    false => Ok(Probe::Absent),
                }
            }
            EffectKind::Delete { message, .. } => {
                if !json::is_id(&message.id) {
                    return Ok(Probe::CannotTell);
                }
                match self.look_up(&message.id, OPERATION).await? {
                    Some(_) => Ok(Probe::Absent),
                    None => Ok(Probe::Found(done(effect, message))),
                }
            }
            // Whether a reply is hidden is not told.
            _ => Ok(Probe::CannotTell),
        }
    }

    async fn wrote(&self, message: &MessageKey) -> Result<Option<String>, Error> {
        if let Some(author) = self.known.author(&message.id) {
            return Ok(Some(author));
        }
        if !json::is_id(&message.id) {
            return Ok(None);
        }
        let post = self.look_up(&message.id, OPERATION).await?;
        let author = post.as_ref().and_then(|post| author_id(&post["data"]));
        Ok(author.map(std::borrow::Cow::into_owned))
    }

    /// The text of a post of ours as it was given.
    fn says(&self, post: &Value) -> String {
        let via = Via::Own;
        let message = self.decoder(&via).message(post, &Includes::default());
        message.map(|message| message.text()).unwrap_or_default()
    }

    /// `GET /2/users/:id/tweets` (OpenAPI 2.159), newest first: an answer of ours to the same post with the
    /// same words.
    async fn among_posts(&self, effect: &Effect, wanted: &Wanted<'_>) -> Result<Probe, Error> {
        let path = format!(
            "/2/users/{}/tweets?max_results={NEWEST}&{}",
            self.own.user_id,
            fields::of_own_posts(self.names)
        );
        let price = self.api.prices().owned_read;
        let fits = |post: &Value| {
            let answers = crate::post::answered(post);
            let answers = answers.as_deref();
            match () {
                () if !same_words(&self.says(post), wanted.text) => Fit::No,
                () if answers == wanted.answers => Fit::Yes,
                () if is_later_version(answers, wanted.answers) => Fit::Maybe,
                () => Fit::No,
            }
        };
        let id = |post: &Value| json::id(post, "id").map(std::borrow::Cow::into_owned);
        self.among(effect, &path, TIMELINE, price, &fits, &id).await
    }

    /// `GET /2/dm_conversations/…/dm_events` (OpenAPI 2.159), newest first.
    async fn among_directs(&self, effect: &Effect, path: &str, text: &str) -> Result<Probe, Error> {
        let path = format!(
            "{path}?max_results={NEWEST}&event_types=MessageCreate&{}",
            fields::of_directs(self.names)
        );
        let price = self.api.prices().direct_read;
        let via = Via::Own;
        let decoder = self.decoder(&via);
        let fits = |dm: &Value| {
            let ours = json::id(dm, "sender_id").is_some_and(|id| *id == *self.own.user_id);
            let event = decoder.direct(dm, &Includes::default());
            let says = event.and_then(|event| match event.kind {
                aspa_channel::EventKind::Message(message) => Some(message.text()),
                _ => None,
            });
            match ours && says.is_some_and(|says| same_words(&says, text)) {
                true => Fit::Yes,
                false => Fit::No,
            }
        };
        let id = |dm: &Value| json::id(dm, "id").map(std::borrow::Cow::into_owned);
        self.among(effect, &path, DIRECT_READ, price, &fits, &id)
            .await
    }

    /// Looks through a list, newest first, for the one that it is.
    async fn among(
        &self,
        effect: &Effect,
        path: &str,
        bucket: (&str, u32),
        price: u64,
        fits: &(dyn Fn(&Value) -> Fit + Sync),
        id: &(dyn Fn(&Value) -> Option<String> + Sync),
    ) -> Result<Probe, Error> {
        let far_back = self.api.now() - FAR_BACK;
        let (mut found, mut token, mut complete) = (Vec::new(), None::<String>, false);
        let mut doubtful = false;
        for _ in 0..MOST_PAGES {
            let mut path = path.to_owned();
            if let Some(token) = &token {
                path = format!("{path}&pagination_token={}", encoded(token));
            }
            let Some(page) = self.api.get(&path, bucket, price, OPERATION).await? else {
                complete = true;
                break;
            };
            let list = json::list(&page, "data");
            for one in list {
                let fit = fits(one);
                doubtful |= fit == Fit::Maybe;
                let Some(id) = id(one).filter(|_| fit == Fit::Yes) else {
                    continue;
                };
                match self.known.made_by(&id) {
                    Some(by) if by == effect.key => return Ok(self.found(effect, &id)),
                    Some(_) => {}
                    None => found.push(id),
                }
            }
            let next = page
                .get("meta")
                .and_then(|meta| json::text(meta, "next_token"));
            let oldest = list.iter().filter_map(|one| json::made_at(&id(one)?)).min();
            if next.is_none() || oldest.is_some_and(|oldest| oldest < far_back) {
                complete = true;
                break;
            }
            token = next.map(str::to_owned);
        }
        Ok(match found.as_slice() {
            [only] => self.found(effect, only),
            [] if complete && !doubtful => Probe::Absent,
            // One of them may be of another effect with the same words.
            _ => Probe::CannotTell,
        })
    }

    fn found(&self, effect: &Effect, id: &str) -> Probe {
        let Ok(key) = MessageKey::new(self.own.account.clone(), id) else {
            return Probe::CannotTell;
        };
        let mut receipt = done(effect, &key);
        receipt.at = json::made_at(id);
        Probe::Found(receipt)
    }
}

/// Whether an id can be that of a later version of a post: made within the hour in which X edits.
fn is_later_version(id: Option<&str>, first: Option<&str>) -> bool {
    let made = |id: Option<&str>| id.and_then(json::made_at);
    match (made(id), made(first)) {
        (Some(id), Some(first)) => id > first && id - first <= TimeDelta::minutes(61),
        _ => false,
    }
}

fn same_words(a: &str, b: &str) -> bool {
    a.split_whitespace().eq(b.split_whitespace())
}
