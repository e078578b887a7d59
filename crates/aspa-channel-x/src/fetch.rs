//! Looking things up.

use aspa_channel::{Error, EventKind, Fetch, Fetched, Message, Via};
use serde_json::Value;

use crate::api::{DIRECT_READ, LOOK_UP, SEARCH, encoded};
use crate::channel::XChannel;
use crate::direct::Place;
use crate::fields;
use crate::includes::{self, Includes};
use crate::json;

const OPERATION: &str = "fetch";
/// How many pages of a conversation are read.
const MOST_PAGES: usize = 10;

impl XChannel {
    pub(crate) async fn find(&self, what: &Fetch) -> Result<Fetched, Error> {
        match what {
            Fetch::Message(key) if key.account == self.own.account => {
                let message = self.one(&key.id).await?;
                Ok(message.map_or(Fetched::Nothing, |message| {
                    Fetched::Message(Box::new(message))
                }))
            }
            Fetch::Conversation(key) if key.account == self.own.account => {
                let messages = match Place::of(&key.id) {
                    Some(Place::Public(root)) => self.whole_thread(root).await?,
                    Some(Place::Two(a, b)) => {
                        let other = if a == self.own.user_id { b } else { a };
                        let path = format!("/2/dm_conversations/with/{other}/dm_events");
                        self.whole_direct(&path).await?
                    }
                    Some(Place::Group(group)) => {
                        let path = format!("/2/dm_conversations/{group}/dm_events");
                        self.whole_direct(&path).await?
                    }
                    Some(Place::Encrypted) | None => Vec::new(),
                };
                Ok(match messages.is_empty() {
                    true => Fetched::Nothing,
                    false => Fetched::Conversation(messages),
                })
            }
            Fetch::Handle(key) if json::is_id(key.id()) => {
                // `GET /2/users/:id` (OpenAPI 2.159).
                let path = format!("/2/users/{}?{}", key.id(), fields::OF_USERS);
                let price = self.api.prices().user_read;
                let user = self.api.get(&path, LOOK_UP, price, OPERATION).await?;
                let now = self.api.now();
                let handle = user.and_then(|user| includes::handle(&user["data"], now));
                Ok(handle.map_or(Fetched::Nothing, Fetched::Handle))
            }
            _ => Ok(Fetched::Nothing),
        }
    }

    /// `GET /2/tweets/:id`, else `GET /2/dm_events/:id` (OpenAPI 2.159): both have ids of one kind.
    async fn one(&self, id: &str) -> Result<Option<Message>, Error> {
        if !json::is_id(id) {
            return Ok(None);
        }
        let prices = self.api.prices();
        let path = format!("/2/tweets/{id}?{}", fields::of_posts(self.names));
        if let Some(found) = self.api.get(&path, LOOK_UP, prices.read, OPERATION).await? {
            let includes = Includes::of(found.get("includes").unwrap_or(&Value::Null));
            let via = Via::Poll;
            return Ok(self.decoder(&via).message(&found["data"], &includes));
        }
        if !self.direct_messages {
            return Ok(None);
        }
        let path = format!("/2/dm_events/{id}?{}", fields::of_directs(self.names));
        let price = prices.direct_read;
        let found = self.api.get(&path, DIRECT_READ, price, OPERATION).await?;
        Ok(found.and_then(|found| {
            let data = std::slice::from_ref(&found["data"]);
            self.direct_messages_of(data, &found).pop()
        }))
    }

    /// What a search finds of a conversation: seven days of it, and its first post.
    async fn whole_thread(&self, root: &str) -> Result<Vec<Message>, Error> {
        let path = format!(
            "/2/tweets/search/recent?query={}&max_results={}&{}",
            encoded(&format!("conversation_id:{root}")),
            self.page,
            fields::of_posts(self.names)
        );
        let price = self.api.prices().read;
        let pages = self.pages(&path, SEARCH, price).await?;
        let via = Via::Poll;
        let decoder = self.decoder(&via);
        let mut messages: Vec<Message> = Vec::new();
        for page in &pages {
            let includes = Includes::of(page.get("includes").unwrap_or(&Value::Null));
            let posts = json::list(page, "data").iter();
            messages.extend(posts.filter_map(|post| decoder.message(post, &includes)));
        }
        if !messages.iter().any(|message| &*message.key.id == root) {
            messages.extend(self.one(root).await?);
        }
        Ok(in_order(messages))
    }

    async fn whole_direct(&self, path: &str) -> Result<Vec<Message>, Error> {
        let path = format!("{path}?max_results=100&{}", fields::of_directs(self.names));
        let price = self.api.prices().direct_read;
        let pages = self.pages(&path, DIRECT_READ, price).await?;
        let messages = pages
            .iter()
            .flat_map(|page| self.direct_messages_of(json::list(page, "data"), page));
        Ok(in_order(messages.collect()))
    }

    fn direct_messages_of(&self, directs: &[Value], answer: &Value) -> Vec<Message> {
        let includes = Includes::of(answer.get("includes").unwrap_or(&Value::Null));
        let via = Via::Poll;
        let decoder = self.decoder(&via);
        let events = directs
            .iter()
            .filter_map(|dm| decoder.direct(dm, &includes));
        events
            .filter_map(|event| match event.kind {
                EventKind::Message(message) => Some(*message),
                _ => None,
            })
            .collect()
    }

    async fn pages(
        &self,
        path: &str,
        bucket: (&str, u32),
        price: u64,
    ) -> Result<Vec<Value>, Error> {
        let (mut pages, mut token) = (Vec::new(), None::<String>);
        for _ in 0..MOST_PAGES {
            let mut path = path.to_owned();
            if let Some(token) = &token {
                path = format!("{path}&pagination_token={}", encoded(token));
            }
            let Some(page) = self.api.get(&path, bucket, price, OPERATION).await? else {
                break;
            };
            let next = page
                .get("meta")
                .and_then(|meta| json::text(meta, "next_token"));
            let next = next.map(str::to_owned);
            pages.push(page);
            match next {
                Some(next) if Some(&next) != token.as_ref() => token = Some(next),
                _ => break,
            }
        }
        Ok(pages)
    }
}

/// Oldest first, each once, in its newest version.
fn in_order(mut messages: Vec<Message>) -> Vec<Message> {
    messages.sort_by(|a, b| {
        let newest = b.revision.cmp(&a.revision);
        json::order(&a.key.id, &b.key.id).then(newest)
    });
    messages.dedup_by(|later, earlier| later.key == earlier.key);
    messages
}
