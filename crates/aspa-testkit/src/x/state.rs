//! Who is there and what was written.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::Shown;

pub(super) const APP_TOKEN: &str = "fake-app-token-77aa";

#[derive(Debug)]
pub(super) struct State {
    pub(super) now: DateTime<Utc>,
    pub(super) us: String,
    pub(super) token: String,
    pub(super) refresh: String,
    pub(super) premium: bool,
    pub(super) summoned_only: bool,
    pub(super) list_time: TimeDelta,
    pub(super) users: BTreeMap<String, User>,
    pub(super) posts: Vec<Post>,
    pub(super) directs: Vec<Direct>,
    pub(super) strange: Vec<Value>,
    pub(super) lines: VecDeque<String>,
    pub(super) writes: usize,
    pub(super) log: Vec<(String, String)>,
    /// What was signed with, by OAuth 1.0a.
    pub(super) nonces: BTreeSet<String>,
    /// The posts that we like.
    pub(super) likes: BTreeSet<usize>,
    /// Images that we uploaded, by id.
    pub(super) images: BTreeMap<String, Image>,
    /// When requests of each kind came.
    pub(super) asked: BTreeMap<&'static str, VecDeque<DateTime<Utc>>>,
    made: u64,
    renewed: u64,
}

#[derive(Debug, Clone)]
pub(super) struct Image {
    /// Whether it is for a direct message.
    pub(super) direct: bool,
    pub(super) description: Option<String>,
    /// Whether something has it.
    pub(super) used: bool,
}

#[derive(Debug, Clone)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) protected: bool,
    pub(super) takes_directs: bool,
}

/// A post with all its versions.
#[derive(Debug, Clone)]
pub(super) struct Post {
    /// Ids, texts and times, oldest first.
    pub(super) versions: Vec<(String, String, DateTime<Utc>)>,
    pub(super) by: String,
    /// The ids of those named, also in front.
    pub(super) named: Vec<String>,
    /// The names in front.
    pub(super) front: String,
    pub(super) answers: Option<usize>,
    pub(super) quotes: Option<usize>,
    pub(super) root: usize,
    pub(super) deleted: bool,
    pub(super) hidden: bool,
    pub(super) media: Vec<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Direct {
    pub(super) id: String,
    pub(super) by: String,
    pub(super) to: String,
    pub(super) text: String,
    pub(super) at: DateTime<Utc>,
    pub(super) media: Vec<String>,
}

impl Post {
    pub(super) fn first(&self) -> &str {
        self.versions.first().map_or("", |version| &version.0)
    }

    pub(super) fn newest(&self) -> &(String, String, DateTime<Utc>) {
        // There is always one.
        &self.versions[self.versions.len() - 1]
    }
}

impl State {
    pub(super) fn new(user_id: &str, now: DateTime<Utc>) -> Self {
        let mut state = Self {
            now,
            us: user_id.to_owned(),
            token: "fake-access-1".to_owned(),
            refresh: "fake-refresh-1".to_owned(),
            premium: false,
            summoned_only: true,
            list_time: TimeDelta::zero(),
            users: BTreeMap::new(),
            posts: Vec::new(),
            directs: Vec::new(),
            strange: Vec::new(),
            lines: VecDeque::new(),
            writes: 0,
            log: Vec::new(),
            nonces: BTreeSet::new(),
            likes: BTreeSet::new(),
            images: BTreeMap::new(),
            asked: BTreeMap::new(),
            made: 0,
            renewed: 1,
        };
        state.user(user_id, "shop");
        state
    }

    /// An id as X makes them: of the time, and larger than those before.
    pub(super) fn id(&mut self) -> String {
        self.made += 1;
        let since = self.now.timestamp_millis() - 1_288_834_974_657;
        let since = u64::try_from(since).unwrap_or_default();
        ((since << 22) + self.made).to_string()
    }

    fn user(&mut self, id: &str, name: &str) {
        let user = User {
            id: id.to_owned(),
            name: name.to_owned(),
            protected: false,
            takes_directs: true,
        };
        self.users.insert(id.to_owned(), user);
    }

    pub(super) fn customer(&mut self, name: &str) -> String {
        let id = self.id();
        self.user(&id, name);
        id
    }

    pub(super) fn rename(&mut self, user: &str, name: &str) {
        if let Some(user) = self.users.get_mut(user) {
            name.clone_into(&mut user.name);
        }
    }

    pub(super) fn protect(&mut self, user: &str, protected: bool) {
        if let Some(user) = self.users.get_mut(user) {
            user.protected = protected;
        }
    }

    pub(super) fn take_directs(&mut self, user: &str, takes: bool) {
        if let Some(user) = self.users.get_mut(user) {
            user.takes_directs = takes;
        }
    }

    /// A new pair of tokens; the old one is dead.
    pub(super) fn renew(&mut self) {
        self.renewed += 1;
        self.token = format!("fake-access-{}", self.renewed);
        self.refresh = format!("fake-refresh-{}", self.renewed);
    }

    fn name_of(&self, user: &str) -> String {
        self.users
            .get(user)
            .map(|user| user.name.clone())
            .unwrap_or_default()
    }

    /// Who is named in a text.
    fn named(&self, text: &str) -> Vec<String> {
        let words = text
            .split_whitespace()
            .filter_map(|word| word.strip_prefix('@'));
        let names =
            words.map(|word| word.trim_end_matches(|c: char| c.is_ascii_punctuation() && c != '_'));
        let of = |name: &str| {
            self.users
                .values()
                .find(|user| user.name.eq_ignore_ascii_case(name))
        };
        names
            .filter_map(|name| Some(of(name)?.id.clone()))
            .collect()
    }

    /// Writes a post as people do, without the rules for apps.
    pub(super) fn write(
        &mut self,
        by: &str,
        text: &str,
        answers: Option<usize>,
        quotes: Option<usize>,
    ) -> String {
        let id = self.id();
        let mut named = self.named(text);
        let mut front = String::new();
        if let Some(answered) = answers.map(|answered| self.posts[answered].clone()) {
            let others = std::iter::once(&answered.by).chain(&answered.named);
            let mut in_front: Vec<&String> = Vec::new();
            for user in others.filter(|user| *user != by) {
                if !in_front.contains(&user) && !named.contains(user) {
                    in_front.push(user);
                }
            }
            for user in &in_front {
                front.extend(["@", &self.name_of(user), " "]);
            }
            let in_front: Vec<String> = in_front.into_iter().cloned().collect();
            named.extend(in_front);
        }
        let root = answers.map_or(self.posts.len(), |answered| self.posts[answered].root);
        self.posts.push(Post {
            versions: vec![(id.clone(), text.to_owned(), self.now)],
            by: by.to_owned(),
            named,
            front,
            answers,
            quotes,
            root,
            deleted: false,
            hidden: false,
            media: Vec::new(),
        });
        id
    }

    pub(super) fn rewrite(&mut self, post: usize, text: &str) -> String {
        let id = self.id();
        let now = self.now;
        let named = self.named(text);
        let post = &mut self.posts[post];
        post.named.extend(named);
        post.versions.push((id.clone(), text.to_owned(), now));
        id
    }

    pub(super) fn direct(&mut self, by: &str, to: &str, text: &str) -> String {
        let id = self.id();
        self.directs.push(Direct {
            id: id.clone(),
            by: by.to_owned(),
            to: to.to_owned(),
            text: text.to_owned(),
            at: self.now,
            media: Vec::new(),
        });
        id
    }

    /// A post that is there, by the id of any version.
    pub(super) fn find(&self, id: &str) -> Option<usize> {
        self.posts
            .iter()
            .position(|post| !post.deleted && post.versions.iter().any(|version| version.0 == id))
    }

    /// Whether we may read a post.
    pub(super) fn is_ours_to_read(&self, post: &Post) -> bool {
        let protected = self.users.get(&post.by).is_some_and(|user| user.protected);
        !post.deleted && (!protected || post.by == self.us)
    }

    pub(super) fn visible(&self) -> Vec<Shown> {
        let posts = self
            .posts
            .iter()
            .filter(|post| !post.deleted && !post.hidden);
        let posts = posts.map(|post| Shown {
            id: post.first().to_owned(),
            version: post.newest().0.clone(),
            by: post.by.clone(),
            text: post.newest().1.clone(),
            answers: post
                .answers
                .map(|answered| self.posts[answered].first().to_owned()),
            direct: false,
            media: post.media.clone(),
        });
        let directs = self.directs.iter().map(|direct| Shown {
            id: direct.id.clone(),
            version: direct.id.clone(),
            by: direct.by.clone(),
            text: direct.text.clone(),
            answers: None,
            direct: true,
            media: direct.media.clone(),
        });
        let mut all: Vec<Shown> = posts.chain(directs).collect();
        all.sort_by(|a, b| a.id.len().cmp(&b.id.len()).then_with(|| a.id.cmp(&b.id)));
        all
    }

    /// A post with everything that X knows of it; `json` leaves out what was not asked for.
    pub(super) fn post_json(&self, post: &Post) -> Value {
        let (id, text, at) = post.newest();
        let whole = escaped(&format!("{}{text}", post.front));
        let mentions = post.named.iter().map(
            |user| json!({ "id": user, "username": self.name_of(user), "start": 0, "end": 0 }),
        );
        let mut references = Vec::new();
        if let Some(answered) = post.answers {
            references.push(json!({ "type": "replied_to", "id": self.posts[answered].newest().0 }));
        }
        if let Some(quoted) = post.quotes {
            references.push(json!({ "type": "quoted", "id": self.posts[quoted].newest().0 }));
        }
        let written = post.versions[0].2;
        let history: Vec<&String> = post.versions.iter().map(|version| &version.0).collect();
        let start = escaped(&post.front).chars().count();
        let mut value = json!({
            "id": id,
            "text": whole,
            "author_id": post.by,
            "conversation_id": self.posts[post.root].first(),
            "created_at": iso(*at),
            "edit_history_tweet_ids": history,
            "edit_controls": {
                "is_edit_eligible": self.premium,
                "edits_remaining": 6 - history.len().min(6),
                "editable_until": iso(written + TimeDelta::minutes(60)),
            },
            "display_text_range": [start, whole.chars().count()],
            "entities": { "mentions": mentions.collect::<Vec<_>>() },
            "lang": "fi",
        });
        if !references.is_empty() {
            value["referenced_tweets"] = references.into();
        }
        if let Some(answered) = post.answers {
            value["in_reply_to_user_id"] = self.posts[answered].by.clone().into();
        }
        if !post.media.is_empty() {
            let keys = post.media.iter().map(|id| format!("3_{id}"));
            value["attachments"] = json!({ "media_keys": keys.collect::<Vec<_>>() });
        }
        if whole.chars().count() > 280 {
            value["note_tweet"] = json!({ "text": whole });
            value["text"] = whole
                .chars()
                .take(279)
                .chain(['…'])
                .collect::<String>()
                .into();
        }
        value
    }

    pub(super) fn user_json(&self, id: &str) -> Option<Value> {
        let user = self.users.get(id)?;
        Some(json!({
            "id": user.id, "username": user.name, "name": user.name, "protected": user.protected,
            "description": "", "location": "", "url": "",
            "profile_image_url": format!("https://pbs.example/{}.jpg", user.id),
        }))
    }

    pub(super) fn direct_json(&self, direct: &Direct) -> Value {
        json!({
            "id": direct.id, "event_type": "MessageCreate", "text": escaped(&direct.text),
            "sender_id": direct.by, "created_at": iso(direct.at),
            "dm_conversation_id": two(&direct.by, &direct.to),
            "participant_ids": [direct.by, direct.to],
        })
    }
}

/// The conversation of two.
pub(super) fn two(a: &str, b: &str) -> String {
    let longer = a.len().cmp(&b.len()).then_with(|| a.cmp(b));
    match longer.is_gt() {
        true => format!("{b}-{a}"),
        false => format!("{a}-{b}"),
    }
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

fn iso(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
