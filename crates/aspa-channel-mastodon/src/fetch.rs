//! Looking things up.

use std::collections::{HashSet, VecDeque};

use aspa_channel::{Error, ErrorKind, Fetch, Fetched, Message, MessageKey};
use aspa_types::HandleKey;
use serde_json::Value;

use crate::account;
use crate::api::encoded;
use crate::channel::MastodonChannel;
use crate::json;
use crate::status::{Decoder, People};

const OPERATION: &str = "fetch";
/// How many posts of a thread are asked for what is below them, where the server does not say at once.
const MOST_ASKED: usize = 64;
/// How many posts of a thread are given: as many as Mastodon gives below a post.
const MOST_POSTS: usize = 4096;

impl MastodonChannel {
    pub(crate) async fn look_up(&self, what: &Fetch) -> Result<Fetched, Error> {
        match what {
            Fetch::Message(key) => self.one(key).await,
            Fetch::Conversation(key) => self.thread(&key.id).await,
            Fetch::Handle(key) => self.profile(key).await,
            _ => Err(Error::new(ErrorKind::Unsupported, OPERATION)),
        }
    }

    async fn one(&self, key: &MessageKey) -> Result<Fetched, Error> {
        let Some(status) = self.status(&key.id, OPERATION).await? else {
            return Ok(Fetched::Nothing);
        };
        let decoder = self.decoder();
        let mut people = People::default();
        people.meet(&status, decoder);
        let context = match decoder.parent(&status) {
            None => None,
            Some(_) => self.context(&key.id, OPERATION).await?,
        };
        let ancestors = context
            .as_ref()
            .map(|context| json::list(context, "ancestors"));
        let ancestors = ancestors.unwrap_or_default();
        ancestors
            .iter()
            .for_each(|ancestor| people.meet(ancestor, decoder));
        let top = ancestors.first().unwrap_or(&status);
        let root = decoder.parent(top).or_else(|| decoder.id(top));
        let message = root.and_then(|root| decoder.message(&status, &root, &people));
        Ok(message.map_or(Fetched::Nothing, |message| {
            Fetched::Message(Box::new(message))
        }))
    }

    async fn thread(&self, root: &str) -> Result<Fetched, Error> {
        let Some(first) = self.status(root, OPERATION).await? else {
            return Ok(Fetched::Nothing);
        };
        let below = self.below(root).await?;
        Ok(Fetched::Conversation(messages(
            self.decoder(),
            root,
            &first,
            &below,
        )))
    }

    /// What is below a post. snac gives the answers to a post and not those to them (2.75, measured
    /// 2026-11-22), so it is asked again for each, those nearest to the top first.
    async fn below(&self, post: &str) -> Result<Vec<Value>, Error> {
        let decoder = self.decoder();
        let mut below: Vec<Value> = Vec::new();
        let mut known = HashSet::from([post.to_owned()]);
        let mut waiting = VecDeque::from([post.to_owned()]);
        let most = if self.server.is_snac() { MOST_ASKED } else { 1 };
        for _ in 0..most {
            let Some(next) = waiting.pop_front() else {
                break;
            };
            let context = self.context(&next, OPERATION).await?.unwrap_or_default();
            for answer in json::list(&context, "descendants") {
                let Some(id) = decoder.id(answer) else {
                    continue;
                };
                if below.len() < MOST_POSTS && known.insert(id.clone()) {
                    waiting.push_back(id);
                    below.push(answer.clone());
                }
            }
        }
        Ok(below)
    }

    /// `GET /api/v2/search` with the actor's address, or `GET /api/v1/accounts/:id` where the key is an id
    /// of the server (methods/search and methods/accounts, read 2026-11-22).
    async fn profile(&self, key: &HandleKey) -> Result<Fetched, Error> {
        let account = self.account_of(key, OPERATION).await?;
        let handle =
            account.and_then(|account| account::handle(&account, &self.server, self.api.now()));
        Ok(handle.map_or(Fetched::Nothing, Fetched::Handle))
    }

    /// An account by its key; none where it is not known here or of another network or server.
    pub(crate) async fn account_of(
        &self,
        key: &HandleKey,
        operation: &'static str,
    ) -> Result<Option<Value>, Error> {
        if key.network() != &aspa_types::Network::MASTODON {
            return Ok(None);
        }
        let found = match key.scope() {
            Some(domain) if domain != self.server.domain => None,
            Some(_) => {
                let path = format!("/api/v1/accounts/{}", encoded(key.id()));
                self.api.get(&path, operation).await?
            }
            None => {
                let path = format!(
                    "/api/v2/search?type=accounts&resolve=true&limit=5&q={}",
                    encoded(key.id())
                );
                let found = self.api.get(&path, operation).await?.unwrap_or_default();
                let mut accounts = json::list(&found, "accounts").iter();
                accounts
                    .find(|account| json::text(account, "uri") == Some(key.id()))
                    .cloned()
            }
        };
        Ok(found.filter(Value::is_object))
    }
}

fn messages(decoder: Decoder<'_>, root: &str, first: &Value, below: &[Value]) -> Vec<Message> {
    let all = || [first].into_iter().chain(below);
    let mut people = People::default();
    all().for_each(|status| people.meet(status, decoder));
    let messages = all().filter_map(|status| decoder.message(status, root, &people));
    let mut messages: Vec<_> = messages.collect();
    messages.sort_by_key(|message| message.times.source);
    messages
}
