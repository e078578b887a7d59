//! What is remembered of posts that were seen or sent: it saves requests and decides nothing that X would
//! decide otherwise.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use aspa_channel::{Event, EventKind};
use aspa_types::EffectKey;

/// How many are remembered.
const MOST: usize = 4096;

#[derive(Debug)]
pub(crate) struct Known {
    inner: Mutex<Inner>,
    /// Whether it matters who names us.
    summoned_only: bool,
}

#[derive(Debug, Default)]
struct Inner {
    posts: HashMap<String, Post>,
    order: VecDeque<String>,
}

#[derive(Debug, Default, Clone)]
struct Post {
    author: Option<String>,
    summons: Option<bool>,
    by: Option<EffectKey>,
}

impl Known {
    pub(crate) fn new(summoned_only: bool) -> Self {
        Self {
            inner: Mutex::default(),
            summoned_only,
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, id: &str, learn: impl FnOnce(&mut Post)) {
        let mut inner = self.inner();
        if !inner.posts.contains_key(id) {
            inner.order.push_back(id.to_owned());
            if inner.order.len() > MOST
                && let Some(oldest) = inner.order.pop_front()
            {
                inner.posts.remove(&oldest);
            }
        }
        learn(inner.posts.entry(id.to_owned()).or_default());
    }

    /// A message was read.
    pub(crate) fn seen(&self, event: &Event) {
        let EventKind::Message(message) = &event.kind else {
            return;
        };
        let summons = message.extra.get("summons");
        let summons = summons.and_then(serde_json::Value::as_bool);
        let author = message.author.as_ref().map(|author| author.id().to_owned());
        self.learn(&message.key.id, |post| {
            post.author = author.or(post.author.take());
            // An edit can bring our name in; who named us once may be answered.
            post.summons = summons.max(post.summons);
        });
    }

    /// A message was made by an effect.
    pub(crate) fn sent(&self, id: &str, by: &EffectKey) {
        self.learn(id, |post| post.by = Some(by.clone()));
    }

    /// The effect that made it.
    pub(crate) fn made_by(&self, id: &str) -> Option<EffectKey> {
        self.inner().posts.get(id)?.by.clone()
    }

    /// Who wrote it.
    pub(crate) fn author(&self, id: &str) -> Option<String> {
        self.inner().posts.get(id)?.author.clone()
    }

    /// Whether it names or quotes us; none where that is not known or does not matter.
    pub(crate) fn summons(&self, id: &str) -> Option<bool> {
        let summons = self.inner().posts.get(id)?.summons;
        summons.filter(|_| self.summoned_only)
    }
}
