//! A strict server of the API in memory, in three kinds: what each real one was measured to do
//! (2026-11), written by hand. Only what the adapter uses.

#![allow(dead_code, unreachable_pub, reason = "each test uses some of it")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use aspa_channel_mastodon::{MastodonChannel, MastodonConfig};
use aspa_http::{HttpClient, HttpError};
use aspa_types::{AccountId, Secret};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use http::{HeaderName, Method, Request, Response, StatusCode};
use serde_json::{Value, json};

pub const TOKEN: &str = "s3cret-of-the-shop";
pub const US: usize = 0;
pub const ANA: usize = 1;
pub const BO: usize = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Mastodon,
    GoToSocial,
    Snac,
}

#[derive(Debug, Clone)]
pub struct Account {
    pub user: String,
    /// None: of this server.
    pub domain: Option<&'static str>,
    pub display: String,
    pub moved: Option<usize>,
    pub fields: Value,
}

#[derive(Debug, Clone)]
pub struct Post {
    pub by: usize,
    pub text: String,
    pub visibility: String,
    pub parent: Option<usize>,
    pub created: DateTime<Utc>,
    pub edited: Option<DateTime<Utc>>,
    pub gone: bool,
    pub favourited: bool,
    pub warning: String,
    pub language: Option<String>,
    pub media: Vec<usize>,
}

/// A file that was uploaded, and how often it is not ready yet when it is asked for.
#[derive(Debug, Clone)]
pub struct File {
    pub media_type: String,
    pub name: String,
    pub description: Option<String>,
    pub content: Vec<u8>,
    pub busy: usize,
}

#[derive(Debug, Clone)]
struct Notice {
    kind: &'static str,
    by: usize,
    post: Option<usize>,
    at: DateTime<Utc>,
}

#[derive(Debug)]
pub struct State {
    pub kind: Kind,
    pub accounts: Vec<Account>,
    pub posts: Vec<Post>,
    notices: Vec<Notice>,
    keys: BTreeMap<String, usize>,
    pub files: Vec<File>,
    now: DateTime<Utc>,
    /// The last requests, without bodies.
    pub asked: Vec<String>,
    /// How many requests it takes in 5 minutes, of which none has passed.
    pub limit: usize,
}

/// The server; cheap to clone.
#[derive(Debug, Clone)]
pub struct Fake(Arc<Mutex<State>>);

pub fn server(kind: Kind) -> Fake {
    let account = |user: &str, domain| Account {
        user: user.to_owned(),
        domain,
        display: user.to_owned(),
        moved: None,
        fields: json!([]),
    };
    Fake(Arc::new(Mutex::new(State {
        kind,
        accounts: vec![
            account("shop", None),
            account("ana", None),
            account("bo", Some("far.example")),
        ],
        posts: Vec::new(),
        notices: Vec::new(),
        keys: BTreeMap::new(),
        files: Vec::new(),
        now: "2026-11-22T08:00:00Z".parse().unwrap(),
        asked: Vec::new(),
        limit: 3000,
    })))
}

pub fn config() -> MastodonConfig {
    let account = AccountId::new("shop").unwrap();
    MastodonConfig::new(account, "https://social.example", Secret::new(TOKEN))
}

pub fn now() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

pub async fn connect(http: Arc<dyn HttpClient>) -> MastodonChannel {
    MastodonChannel::connect(&config(), http, now)
        .await
        .unwrap()
}

impl Fake {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Somebody writes; whoever is named is told.
    pub fn write(&self, by: usize, text: &str, parent: Option<usize>, visibility: &str) -> usize {
        self.state().write(by, text, parent, visibility)
    }

    pub fn id(&self, post: usize) -> String {
        stable(&self.state().post_id(post))
    }
}

/// snac's ids without the time that an edit changes.
pub fn stable(id: &str) -> String {
    match id.len() {
        42 => format!("0000000000{}", &id[10..]),
        _ => id.to_owned(),
    }
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// What snac makes of a text: HTML and some Markdown, nothing of which is escaped (2.75, measured 2026-11-23).
fn snac(text: &str) -> String {
    let pairs = [("**", "b"), ("*", "i"), ("~~", "s"), ("`", "code")];
    let line = |line: &str| {
        if let Some(quoted) = line.strip_prefix('>') {
            return format!("<blockquote>{}<br></blockquote>", quoted.trim());
        }
        if let Some(head) = line.strip_prefix("# ") {
            return format!("<h2>{head}</h2>");
        }
        if line.starts_with("---") {
            return "<hr>".to_owned();
        }
        let mut line = line.to_owned();
        for (mark, tag) in pairs {
            let parts: Vec<&str> = line.splitn(3, mark).collect();
            if let [before, within, after] = parts[..] {
                line = format!("{before}<{tag}>{within}</{tag}>{after}");
            }
        }
        line + "<br>"
    };
    text.split('\n').map(line).collect()
}

/// What readers on a server see of a text that was typed there.
pub fn shown(kind: Kind, text: &str) -> String {
    if kind != Kind::Snac {
        return text.to_owned();
    }
    let html = snac(text).replace("<br>", "\n");
    let mut seen = String::new();
    let mut rest = html.trim_end();
    while let Some(c) = rest.chars().next() {
        let tag = rest.strip_prefix('<').and_then(|tag| {
            let begins = tag.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
            tag.find('>').filter(|_| begins)
        });
        let named = [
            ("&amp;", '&'),
            ("&lt;", '<'),
            ("&gt;", '>'),
            ("&quot;", '"'),
        ];
        let named = named.into_iter().find(|(name, _)| rest.starts_with(name));
        let number = rest
            .strip_prefix("&#")
            .and_then(|rest| rest.split_once(';'));
        let number = number.and_then(|(digits, after)| {
            let c = char::from_u32(digits.parse().ok()?)?;
            Some((c, after))
        });
        rest = match (tag, named, number) {
            (Some(end), _, _) => &rest[end + 2..],
            (_, Some((name, c)), _) => {
                seen.push(c);
                &rest[name.len()..]
            }
            (_, _, Some((c, after))) => {
                seen.push(c);
                after
            }
            _ => {
                seen.push(c);
                &rest[c.len_utf8()..]
            }
        };
    }
    seen
}

/// What somebody types on a server to have a text shown there.
pub fn typed(kind: Kind, text: &str) -> String {
    let plain = |c: char| !c.is_ascii_punctuation();
    let escape = |c: char| format!("&#{};", u32::from(c));
    match kind {
        Kind::Snac => text
            .chars()
            .map(|c| if plain(c) { c.to_string() } else { escape(c) })
            .collect(),
        _ => text.to_owned(),
    }
}

fn iso(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

impl State {
    pub fn tick(&mut self) -> DateTime<Utc> {
        self.now += TimeDelta::seconds(1);
        self.now
    }

    pub fn write(
        &mut self,
        by: usize,
        text: &str,
        parent: Option<usize>,
        visibility: &str,
    ) -> usize {
        let at = self.tick();
        self.posts.push(Post {
            by,
            text: text.to_owned(),
            visibility: visibility.to_owned(),
            parent,
            created: at,
            edited: None,
            gone: false,
            favourited: false,
            warning: String::new(),
            language: Some("fi".to_owned()),
            media: Vec::new(),
        });
        let post = self.posts.len() - 1;
        if by != US && self.names(text).contains(&US) {
            self.notify("mention", by, Some(post));
        }
        post
    }

    pub fn notify(&mut self, kind: &'static str, by: usize, post: Option<usize>) {
        let at = self.tick();
        let post_of = post;
        self.notices.push(Notice {
            kind,
            by,
            post: post_of,
            at,
        });
    }

    /// Who is named in a text.
    fn names(&self, text: &str) -> Vec<usize> {
        let words = text
            .split_whitespace()
            .filter_map(|word| word.strip_prefix('@'));
        let known = words.filter_map(|name| {
            (0..self.accounts.len()).find(|n| {
                let account = &self.accounts[*n];
                name == self.acct(*n) || (account.domain.is_none() && name == account.user)
            })
        });
        known.collect()
    }

    pub fn acct(&self, n: usize) -> String {
        let account = &self.accounts[n];
        match (account.domain, self.kind) {
            (Some(domain), _) => format!("{}@{domain}", account.user),
            (None, Kind::Snac) => format!("{}@social.example", account.user),
            (None, _) => account.user.clone(),
        }
    }

    pub fn account_id(&self, n: usize) -> String {
        match self.kind {
            Kind::Mastodon => format!("11200000000000000{n}"),
            Kind::GoToSocial => format!("01HZZZZZZZ000000000000000{n}"),
            Kind::Snac => format!("{:032x}", 0xabc0_u64 + n as u64),
        }
    }

    pub fn uri(&self, n: usize) -> String {
        let account = &self.accounts[n];
        format!(
            "https://{}/users/{n}",
            account.domain.unwrap_or("social.example")
        )
    }

    pub fn post_id(&self, n: usize) -> String {
        let post = &self.posts[n];
        match self.kind {
            Kind::Mastodon => (114_000_000_000_000_000_u64 + n as u64).to_string(),
            Kind::GoToSocial => format!("01J9ZK3V7Q{n:016}"),
            Kind::Snac => {
                let at = post.edited.unwrap_or(post.created).timestamp();
                format!("{at:010}{:032x}", (n as u128 + 7) * 0x9e37_79b9_7f4a_7c15)
            }
        }
    }

    fn find(&self, id: &str) -> Option<usize> {
        let found = (0..self.posts.len()).find(|n| stable(&self.post_id(*n)) == stable(id))?;
        (!self.posts[found].gone).then_some(found)
    }

    fn account(&self, n: usize) -> Value {
        let account = &self.accounts[n];
        let mut value = json!({
            "id": self.account_id(n),
            "username": account.user,
            "acct": self.acct(n),
            "display_name": account.display,
            "uri": self.uri(n),
            "url": format!("https://{}/@{}", account.domain.unwrap_or("social.example"), account.user),
            "note": "<p>likes kettles</p>",
            "created_at": "2026-01-01T00:00:00.000Z",
            "bot": false,
            "fields": account.fields,
        });
        if let Some(moved) = account.moved {
            value["moved"] = self.account(moved);
        }
        value
    }

    pub fn status(&self, n: usize) -> Value {
        let post = &self.posts[n];
        let mentions = self.names(&post.text).into_iter();
        // snac gives each the id 0, and leaves whoever reads it out.
        let mentions = mentions.filter(|named| self.kind != Kind::Snac || *named != US);
        let mentions: Vec<Value> = mentions
            .map(|named| {
                let account = self.account(named);
                json!({
                    "id": if self.kind == Kind::Snac { json!("0") } else { account["id"].clone() },
                    "username": account["username"],
                    "acct": account["acct"],
                    "url": account["url"],
                })
            })
            .collect();
        let lines: Vec<String> = post.text.split('\n').map(html).collect();
        let content = match self.kind {
            Kind::Snac => snac(&post.text),
            _ => format!("<p>{}</p>", lines.join("<br />")),
        };
        let visibility = match (self.kind, post.visibility.as_str()) {
            (Kind::Snac, "direct") => "private",
            (_, other) => other,
        };
        let parent = post.parent.filter(|parent| !self.posts[*parent].gone);
        json!({
            "id": self.post_id(n),
            "uri": format!("https://social.example/posts/{n}"),
            "url": format!("https://social.example/@x/{n}"),
            "account": self.account(post.by),
            "created_at": iso(post.created),
            "edited_at": post.edited.map(iso),
            "content": content,
            "visibility": visibility,
            "spoiler_text": post.warning,
            "sensitive": false,
            "language": post.language,
            "in_reply_to_id": parent.map(|parent| self.post_id(parent)),
            "in_reply_to_account_id": parent.map(|parent| self.account_id(self.posts[parent].by)),
            "mentions": mentions,
            "media_attachments": post.media.iter().map(|n| self.file(*n, true)).collect::<Vec<_>>(),
            "favourited": post.favourited,
            "poll": null,
            "quote": null,
        })
    }

    fn file(&self, n: usize, is_ready: bool) -> Value {
        let file = &self.files[n];
        json!({
            "id": n.to_string(),
            "type": file.media_type.split('/').next(),
            "url": is_ready.then(|| format!("https://social.example/media/{n}")),
            "description": file.description,
        })
    }

    /// Takes a form with a file; strict about it.
    fn take_file(&mut self, form: Option<&str>, body: &[u8]) -> Response<Bytes> {
        let boundary = form.and_then(|form| form.strip_prefix("multipart/form-data; boundary="));
        let Some(mut parts) = boundary.and_then(|boundary| parts_of(body, boundary)) else {
            return self.refuse(400, "no form");
        };
        let description = parts.remove("description");
        let Some((head, content)) = parts.remove("file").filter(|_| parts.is_empty()) else {
            return self.refuse(422, "file");
        };
        let field = |name: &str| {
            let (_, rest) = head.split_once(name)?;
            Some(rest.split(['"', '\r']).next()?.to_owned())
        };
        self.files.push(File {
            media_type: field("Content-Type: ").unwrap_or_default(),
            name: field("filename=\"").unwrap_or_default(),
            description: description.map(|(_, text)| String::from_utf8(text).unwrap()),
            content,
            busy: usize::from(self.kind == Kind::Mastodon),
        });
        let is_ready = self.kind != Kind::Mastodon;
        let made = self.file(self.files.len() - 1, is_ready).to_string();
        answer(if is_ready { 200 } else { 202 }, &made)
    }

    fn look_at_file(&mut self, id: &str) -> Response<Bytes> {
        let Some(n) = id.parse::<usize>().ok().filter(|n| *n < self.files.len()) else {
            return self.refuse(404, "Record not found");
        };
        let busy = self.files[n].busy;
        self.files[n].busy = busy.saturating_sub(1);
        let status = if busy > 0 { 206 } else { 200 };
        answer(status, &self.file(n, busy == 0).to_string())
    }

    fn notice_id(&self, n: usize) -> String {
        match self.kind {
            Kind::Mastodon => (34_975_000_u64 + n as u64).to_string(),
            Kind::GoToSocial => format!("01J9ZK3V7R{n:016}"),
            Kind::Snac => (1_795_356_000_000_000_u64 + n as u64).to_string(),
        }
    }

    fn notifications(&self, query: &BTreeMap<String, String>) -> Value {
        let limit = query
            .get("limit")
            .and_then(|limit| limit.parse().ok())
            .unwrap_or(20);
        let number = |name: &str| query.get(name).map(String::as_str);
        let mut found: Vec<usize> = (0..self.notices.len())
            .filter(|n| {
                let id = self.notice_id(*n);
                let below = number("max_id").is_none_or(|max| id.as_str() < max);
                let above = number("min_id").is_none_or(|min| match self.kind {
                    // Its lower bound is within, but where there is an upper one too.
                    Kind::Snac if number("max_id").is_none() => min == "0" || id.as_str() >= min,
                    _ => min == "0" || id.as_str() > min,
                });
                let there = self.notices[*n]
                    .post
                    .is_none_or(|post| !self.posts[post].gone);
                below && above && there
            })
            .collect();
        let forward = number("min_id").is_some() && self.kind != Kind::Snac;
        if !forward {
            found.reverse();
        }
        found.truncate(limit);
        if forward {
            found.reverse();
        }
        let entry = |n: usize| {
            let notice = &self.notices[n];
            json!({
                "id": self.notice_id(n),
                "type": notice.kind,
                "created_at": iso(notice.at),
                "account": self.account(notice.by),
                "status": notice.post.map(|post| self.status(post)),
            })
        };
        found.into_iter().map(entry).collect()
    }

    fn context(&self, n: usize) -> Value {
        let parent = |n: usize| {
            self.posts[n]
                .parent
                .filter(|parent| !self.posts[*parent].gone)
        };
        let mut above = Vec::new();
        let mut at = n;
        while let Some(next) = parent(at) {
            above.insert(0, self.status(next));
            at = next;
        }
        let mut below = Vec::new();
        for other in 0..self.posts.len() {
            let mut at = other;
            while let Some(next) = parent(at) {
                at = next;
                // snac gives the answers to a post alone.
                if at == n || self.kind == Kind::Snac {
                    break;
                }
            }
            if at == n && other != n && !self.posts[other].gone {
                below.push(self.status(other));
            }
        }
        json!({ "ancestors": above, "descendants": below })
    }

    fn too_long(&self, text: &str) -> bool {
        text.chars().count() > self.max()
    }

    fn max(&self) -> usize {
        match self.kind {
            Kind::Mastodon => 500,
            Kind::GoToSocial => 5000,
            Kind::Snac => 100_000,
        }
    }

    fn instance(&self, version: u8) -> Option<Value> {
        let configuration = json!({
            "statuses": { "max_characters": self.max(), "max_media_attachments": 4 },
            "media_attachments": {
                "supported_mime_types": ["image/png", "video/mp4"],
                "image_size_limit": 1000, "video_size_limit": 2000,
            },
            "urls": { "streaming": "wss://social.example" },
        });
        let name = match self.kind {
            Kind::Mastodon => "4.5.0",
            Kind::GoToSocial => "0.20.0",
            Kind::Snac => "4.0.0 (not true; really snac/2.75)",
        };
        match (version, self.kind) {
            (2, Kind::Snac) => None,
            (2, _) => Some(json!({
                "domain": "social.example", "version": name, "configuration": configuration,
            })),
            _ => Some(json!({
                "uri": "social.example", "version": name, "configuration": configuration,
            })),
        }
    }

    fn refuse(&self, status: u16, text: &str) -> Response<Bytes> {
        // A token comes back in the words of some servers.
        let text = format!("{text}; the token was {TOKEN}");
        match self.kind {
            Kind::Snac => answer(status, ""),
            _ => answer(status, &json!({ "error": text }).to_string()),
        }
    }

    fn handle(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        self.asked.push(format!("{method} {path}"));
        let header = |name: &str| {
            request
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        if header("user-agent").is_none_or(str::is_empty) {
            return self.refuse(418, "no user agent");
        }
        if header("authorization") != Some(&*format!("Bearer {TOKEN}")) {
            return self.refuse(401, "The access token is invalid");
        }
        let query = pairs(request.uri().query().unwrap_or_default());
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let parts: Vec<&str> = path.trim_start_matches("/api/").split('/').collect();
        let found = match (method.as_str(), parts.as_slice()) {
            ("GET", ["v1", "accounts", "verify_credentials"]) => Some(self.account(US)),
            ("GET", ["v1", "instance"]) => self.instance(1),
            ("GET", ["v2", "instance"]) => self.instance(2),
            ("GET", ["v1", "notifications"]) => Some(self.notifications(&query)),
            ("GET", ["v2", "search"]) => {
                let asked = query.get("q").cloned().unwrap_or_default();
                let all = 0..self.accounts.len();
                let accounts: Vec<_> = all
                    .filter(|n| self.uri(*n) == asked)
                    .map(|n| self.account(n))
                    .collect();
                Some(json!({ "accounts": accounts, "statuses": [] }))
            }
            ("GET", ["v1", "accounts", id]) => {
                let found = (0..self.accounts.len()).find(|n| self.account_id(*n) == **id);
                found.map(|n| self.account(n))
            }
            ("GET", ["v1", "accounts", _, "statuses"]) => {
                let ours = (0..self.posts.len()).rev();
                let ours = ours.filter(|n| self.posts[*n].by == US && !self.posts[*n].gone);
                Some(ours.map(|n| self.status(n)).take(40).collect())
            }
            ("POST", ["v2", "media"]) => {
                return self.take_file(header("content-type"), request.body());
            }
            ("GET", ["v1", "media", id]) if self.kind != Kind::Snac => {
                return self.look_at_file(id);
            }
            ("POST", ["v1", "statuses"]) => return self.publish(&body, header("idempotency-key")),
            (_, ["v1", "statuses", id, rest @ ..]) => {
                let Some(post) = self.find(id) else {
                    return self.refuse(404, "Record not found");
                };
                return self.touch(&method, post, rest, &body);
            }
            _ => None,
        };
        match found {
            Some(value) => answer(200, &value.to_string()),
            None => self.refuse(404, "Not found"),
        }
    }

    fn publish(&mut self, body: &Value, key: Option<&str>) -> Response<Bytes> {
        let text = body["status"].as_str().unwrap_or_default().to_owned();
        if let (Kind::Mastodon, Some(known)) = (self.kind, key.and_then(|key| self.keys.get(key))) {
            return answer(200, &self.status(*known).to_string());
        }
        let blank = text.trim().is_empty();
        match self.kind {
            Kind::Mastodon if blank => return self.refuse(422, "Text can't be blank"),
            Kind::Mastodon if self.too_long(&text) => {
                return self.refuse(422, "Text character limit of 500 exceeded");
            }
            Kind::GoToSocial if blank || self.too_long(&text) => {
                return self.refuse(400, "Bad Request: text");
            }
            _ => {}
        }
        let parent = body["in_reply_to_id"].as_str();
        let found = parent.and_then(|id| self.find(id));
        if parent.is_some() && found.is_none() && self.kind == Kind::GoToSocial {
            return self.refuse(404, "Not Found");
        }
        let ids = body["media_ids"].as_array().into_iter().flatten();
        let files: Option<Vec<usize>> = ids
            .map(|id| id.as_str()?.parse().ok().filter(|n| *n < self.files.len()))
            .collect();
        let Some(files) = files.filter(|files| files.iter().all(|n| self.files[*n].busy == 0))
        else {
            return self.refuse(422, "Cannot attach files that have not finished processing");
        };
        let visibility = body["visibility"].as_str().unwrap_or("public").to_owned();
        let post = self.write(US, &text, found, &visibility);
        self.posts[post].warning = body["spoiler_text"].as_str().unwrap_or_default().to_owned();
        self.posts[post].language = body["language"].as_str().map(str::to_owned);
        self.posts[post].media = files;
        if let Some(key) = key {
            self.keys.insert(key.to_owned(), post);
        }
        answer(200, &self.status(post).to_string())
    }

    fn touch(
        &mut self,
        method: &Method,
        post: usize,
        rest: &[&str],
        body: &Value,
    ) -> Response<Bytes> {
        let ours = self.posts[post].by == US;
        match (method.as_str(), rest) {
            ("GET", []) => {}
            ("GET", ["context"]) => return answer(200, &self.context(post).to_string()),
            ("GET", ["source"]) => {
                let text = self.posts[post].text.clone();
                return answer(
                    200,
                    &json!({ "text": text, "spoiler_text": "" }).to_string(),
                );
            }
            ("PUT", []) if ours => {
                let text = body["status"].as_str().unwrap_or_default().to_owned();
                if self.kind != Kind::Snac && self.too_long(&text) {
                    return self.refuse(422, "too long");
                }
                let at = self.tick();
                let warning = body["spoiler_text"].as_str().unwrap_or_default().to_owned();
                let post = &mut self.posts[post];
                (post.text, post.edited, post.warning) = (text, Some(at), warning);
            }
            ("DELETE", []) if self.kind == Kind::Snac => return answer(404, "<h1>404</h1>"),
            ("DELETE", []) if ours => {
                let shown = self.status(post).to_string();
                self.posts[post].gone = true;
                return answer(200, &shown);
            }
            ("POST", [verb @ ("favourite" | "unfavourite")]) => {
                self.posts[post].favourited = *verb == "favourite";
            }
            ("PUT" | "DELETE", []) => return self.refuse(403, "not yours"),
            _ => return self.refuse(404, "Not found"),
        }
        answer(200, &self.status(post).to_string())
    }
}

/// The parts of a form by their names: the heads and what they hold.
fn parts_of(body: &[u8], boundary: &str) -> Option<BTreeMap<String, (String, Vec<u8>)>> {
    let find = |from: &[u8], what: &[u8]| from.windows(what.len()).position(|at| at == what);
    let open = format!("--{boundary}\r\n");
    let mut rest = body.strip_prefix(open.as_bytes())?;
    let mut parts = BTreeMap::new();
    let end = format!("\r\n--{boundary}");
    loop {
        let head_end = find(rest, b"\r\n\r\n")?;
        let head = String::from_utf8(rest[..head_end].to_vec()).ok()?;
        let name = head.split_once(" name=\"")?.1.split('"').next()?.to_owned();
        rest = &rest[head_end + 4..];
        let content_end = find(rest, end.as_bytes())?;
        parts.insert(name, (head, rest[..content_end].to_vec()));
        rest = &rest[content_end + end.len()..];
        match rest {
            b"--\r\n" => return Some(parts),
            _ => rest = rest.strip_prefix(b"\r\n")?,
        }
    }
}

fn pairs(query: &str) -> BTreeMap<String, String> {
    let decoded = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            bytes.push(match byte {
                b'%' => {
                    let hex: Vec<u8> = rest.by_ref().take(2).collect();
                    u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap()
                }
                other => other,
            });
        }
        String::from_utf8(bytes).unwrap()
    };
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

pub fn answer(status: u16, body: &str) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::copy_from_slice(body.as_bytes()));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    answer
}

#[async_trait]
impl HttpClient for Fake {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let mut state = self.state();
        let mut answer = state.handle(&request);
        if state.kind != Kind::Snac {
            let left = state.limit.saturating_sub(state.asked.len()).to_string();
            let (limit, reset) = (state.limit.to_string(), "2026-11-22T12:05:00.000000Z");
            for (name, value) in [("limit", &*limit), ("remaining", &left), ("reset", reset)] {
                let name = format!("x-ratelimit-{name}");
                let name: HeaderName = name.parse().unwrap();
                answer.headers_mut().insert(name, value.parse().unwrap());
            }
        }
        Ok(answer)
    }
}
