//! Looking things up.

use aspa_channel::{AttributeKind, Error, ErrorKind, Fetch, Fetched, Handle, Message};
use aspa_types::{HandleKey, Network};
use chrono::DateTime;
use serde::Deserialize;

use crate::channel::PageChannel;
use crate::graph::{Ask, is_id};
use crate::json::{Id, given, written};
use crate::node::{COMMENT, Kind, Line, List, MESSAGE, Node, POST};
use crate::place::{is_direct, person_of};

const FETCH: &str = "fetch";
/// How many messages of one conversation a look-up brings at most, in pages of 100.
const MOST_PAGES: usize = 10;

#[derive(Deserialize)]
struct Profile {
    first_name: Option<String>,
    last_name: Option<String>,
    name: Option<String>,
    profile_pic: Option<String>,
}

#[derive(Deserialize)]
struct Thread {
    id: Option<Id>,
}

/// What is not there, or not for us to see, is nothing.
pub(crate) fn unless_missing<T>(asked: Result<T, Error>) -> Result<Option<T>, Error> {
    match asked {
        Ok(found) => Ok(Some(found)),
        Err(error) if *error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl PageChannel {
    pub(crate) async fn look_up(&self, what: &Fetch) -> Result<Fetched, Error> {
        match what {
            Fetch::Message(key) => {
                self.checked(FETCH, &key.account)?;
                let found = self.message(&key.id).await?;
                Ok(found.map_or(Fetched::Nothing, |found| Fetched::Message(Box::new(found))))
            }
            Fetch::Conversation(key) => {
                self.checked(FETCH, &key.account)?;
                let messages = match person_of(key) {
                    Some(person) => self.thread(person).await?,
                    None => self.below(&key.id).await?,
                };
                Ok(Fetched::Conversation(messages))
            }
            Fetch::Handle(key) => self.profile(key).await,
            _ => Err(Error::new(ErrorKind::Unsupported, FETCH)),
        }
    }

    /// A post or comment as it is now.
    pub(crate) async fn node(
        &self,
        operation: &'static str,
        id: &str,
    ) -> Result<Option<Node>, Error> {
        if !is_id(id) || is_direct(id) {
            return Ok(None);
        }
        let fields = match self.place.is_post(id) {
            true => POST,
            false => COMMENT,
        };
        unless_missing(
            self.api
                .get(operation, Ask::new(id).with("fields", fields))
                .await,
        )
    }

    async fn message(&self, id: &str) -> Result<Option<Message>, Error> {
        if is_direct(id) {
            if !is_id(id) || id.starts_with("postback-") {
                return Ok(None);
            }
            let ask = Ask::new(id).with("fields", MESSAGE);
            let line: Option<Line> = unless_missing(self.api.get(FETCH, ask).await)?;
            return Ok(line.and_then(|line| line.message(&self.place, None).ok()));
        }
        let node = self.node(FETCH, id).await?;
        let message = node.and_then(|node| match self.place.is_post(id) {
            true => node.message(&self.place, Kind::Post, None).ok(),
            false => {
                let post = self.place.post_of(id);
                node.message(&self.place, Kind::Comment, Some(&post)).ok()
            }
        });
        Ok(message)
    }

    /// A post and what is below it, oldest first.
    async fn below(&self, post: &str) -> Result<Vec<Message>, Error> {
        let Some(root) = self.node(FETCH, post).await? else {
            return Ok(Vec::new());
        };
        let mut messages: Vec<Message> = Vec::new();
        messages.extend(root.message(&self.place, Kind::Post, None));
        let mut after = None;
        for _ in 0..MOST_PAGES {
            let ask = Ask::new(format!("{post}/comments"))
                .with("fields", COMMENT)
                .with("filter", "stream")
                .with("order", "chronological")
                .with("limit", 100)
                .after(after.as_deref());
            let list: List = self.api.get(FETCH, ask).await?;
            let nodes = list
                .data
                .iter()
                .filter_map(|raw| Node::read(raw.get()).ok());
            messages.extend(
                nodes.filter_map(|node| node.message(&self.place, Kind::Comment, Some(post)).ok()),
            );
            after = list.after();
            if after.is_none() {
                break;
            }
        }
        Ok(messages)
    }

    /// The Graph's name of a conversation in Messenger.
    pub(crate) async fn thread_of(
        &self,
        operation: &'static str,
        person: &str,
    ) -> Result<Option<String>, Error> {
        let ask = Ask::new(format!("{}/conversations", self.place.page))
            .with("platform", "messenger")
            .with("user_id", person)
            .with("fields", "id")
            .bucket("conversations");
        let list: Option<List> = unless_missing(self.api.get(operation, ask).await)?;
        let first = list.and_then(|list| list.data.into_iter().next());
        let thread = first.and_then(|raw| serde_json::from_str::<Thread>(raw.get()).ok());
        let id = thread.and_then(|thread| given(thread.id.as_ref()).map(str::to_owned));
        Ok(id.filter(|id| is_id(id)))
    }

    /// One page of a conversation, newest first.
    pub(crate) fn lines(thread: &str, size: u16, after: Option<&str>) -> Ask {
        Ask::new(format!("{thread}/messages"))
            .with("fields", MESSAGE)
            .with("limit", size)
            .bucket("conversations")
            .after(after)
    }

    async fn thread(&self, person: &str) -> Result<Vec<Message>, Error> {
        let Some(thread) = self.thread_of(FETCH, person).await? else {
            return Ok(Vec::new());
        };
        let mut messages = Vec::new();
        let mut after = None;
        for _ in 0..MOST_PAGES {
            let ask = Self::lines(&thread, 100, after.as_deref());
            let list: List = self.api.get(FETCH, ask).await?;
            let lines = list
                .data
                .iter()
                .filter_map(|raw| Line::read(raw.get()).ok());
            messages.extend(lines.filter_map(|line| line.message(&self.place, Some(person)).ok()));
            after = list.after();
            if after.is_none() {
                break;
            }
        }
        messages.reverse();
        Ok(messages)
    }

    /// Needs a permission that is seldom given: without it Meta says that nobody is there.
    async fn profile(&self, key: &HandleKey) -> Result<Fetched, Error> {
        let fields = match key.network() {
            of if *of == Network::MESSENGER => "first_name,last_name,profile_pic",
            of if *of == Network::FACEBOOK_PAGE => "name",
            _ => return Ok(Fetched::Nothing),
        };
        if key.scope() != Some(&*self.place.page) || !is_id(key.id()) {
            return Ok(Fetched::Nothing);
        }
        let ask = Ask::new(key.id()).with("fields", fields);
        let profile: Profile = match self.api.get(FETCH, ask).await {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Forbidden) => {
                return Ok(Fetched::Nothing);
            }
            found => found?,
        };
        let names = [profile.first_name, profile.last_name, profile.name];
        let names: Vec<String> = names.into_iter().filter_map(written).collect();
        let mut handle = Handle::new(key.clone());
        for (kind, value) in [
            (AttributeKind::DisplayName, written(Some(names.join(" ")))),
            (AttributeKind::PictureUrl, written(profile.profile_pic)),
        ] {
            if let Some(value) = value {
                handle = handle.with(kind, value, DateTime::UNIX_EPOCH);
            }
        }
        Ok(Fetched::Handle(handle))
    }
}
