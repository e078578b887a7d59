//! The forum: strict, in memory, over HTTP.

use std::sync::{Arc, Mutex, MutexGuard};

use aspa_channel::{ConversationKey, MessageKey};
use aspa_testkit::{FarSide, Seen};
use aspa_types::AccountId;
use async_trait::async_trait;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(crate) const TOKEN: &str = "tori-token-0123456789";

/// How many changes one answer holds.
const PAGE: usize = 20;

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

#[derive(Debug)]
pub(crate) struct Forum {
    board: Mutex<Board>,
}

#[derive(Debug, Default)]
struct Board {
    posts: Vec<Post>,
    changes: Vec<Value>,
    writes: usize,
    renamed: Option<String>,
}

#[derive(Debug, Clone)]
struct Post {
    json: Value,
    reference: Option<String>,
    state: &'static str,
}

type Shared = State<Arc<Forum>>;
type Answer = Result<Json<Value>, StatusCode>;

impl Forum {
    /// A forum that listens until the runtime ends, and its address.
    pub(crate) async fn serve() -> (Arc<Self>, String) {
        let board = Mutex::default();
        let forum = Arc::new(Self { board });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/changes", get(changes))
            .route("/posts", post(write))
            .route("/posts/{id}", get(read).put(rewrite).delete(remove))
            .route("/references/{reference}", get(referred))
            .layer(from_fn_with_state(Arc::clone(&forum), admit))
            .with_state(Arc::clone(&forum));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (forum, url)
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap()
    }
}

impl Board {
    /// No two things happen at once.
    fn at(&self) -> String {
        let later = TimeDelta::milliseconds(self.changes.len().try_into().unwrap());
        (now() + later).to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    fn changed(&mut self, kind: &str, place: usize) {
        let post = self.posts[place].json.clone();
        let at = self.at();
        self.changes
            .push(json!({ "kind": kind, "at": at, "post": post }));
    }

    fn write(&mut self, author: &str, topic: &str, text: &str, reply_to: Option<&str>) -> usize {
        let id = format!("p{}", self.posts.len() + 1);
        let name = self.renamed.as_deref().filter(|_| author != "shop");
        let json = json!({
            "id": id, "topic": topic, "author": author, "author_name": name.unwrap_or(author),
            "text": text, "written": self.at(), "edits": 0, "edited": null, "reply_to": reply_to,
        });
        let (reference, state) = (None, "shown");
        self.posts.push(Post {
            json,
            reference,
            state,
        });
        self.changed("posted", self.posts.len() - 1);
        self.posts.len() - 1
    }

    fn rewrite(&mut self, place: usize, text: &str) {
        let at = self.at();
        let post = &mut self.posts[place].json;
        post["text"] = json!(text);
        post["edits"] = json!(post["edits"].as_u64().unwrap() + 1);
        post["edited"] = json!(at);
        self.changed("edited", place);
    }

    fn show(&mut self, place: usize, state: &'static str) {
        self.posts[place].state = state;
        self.changed(state, place);
    }

    fn find(&self, id: &str) -> Result<usize, StatusCode> {
        let is_there = |post: &Post| post.json["id"] == id && post.state != "removed";
        self.posts
            .iter()
            .position(is_there)
            .ok_or(StatusCode::NOT_FOUND)
    }

    fn own(&self, id: &str) -> Result<usize, StatusCode> {
        let place = self.find(id)?;
        let is_own = self.posts[place].json["author"] == "shop";
        is_own.then_some(place).ok_or(StatusCode::FORBIDDEN)
    }
}

async fn admit(State(forum): Shared, request: Request, next: Next) -> Response {
    forum.board().writes += usize::from(!request.method().is_safe());
    let token = request.headers().get("authorization");
    if token.and_then(|token| token.to_str().ok()) != Some(&format!("Token {TOKEN}")) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    next.run(request).await
}

#[derive(Deserialize)]
struct Since {
    since: usize,
}

async fn changes(State(forum): Shared, Query(Since { since }): Query<Since>) -> Answer {
    let board = forum.board();
    let next = board.changes.len().min(since + PAGE);
    let page = board
        .changes
        .get(since..next)
        .ok_or(StatusCode::BAD_REQUEST)?;
    Ok(Json(
        json!({ "changes": page, "next": next, "more": next < board.changes.len() }),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    topic: String,
    text: String,
    reply_to: Option<String>,
    reference: String,
}

fn fits(text: &str) -> Result<(), StatusCode> {
    match text.chars().count() {
        0 => Err(StatusCode::BAD_REQUEST),
        1..=280 => Ok(()),
        _ => Err(StatusCode::PAYLOAD_TOO_LARGE),
    }
}

async fn write(State(forum): Shared, Json(written): Json<Written>) -> Answer {
    fits(&written.text)?;
    let mut board = forum.board();
    let reply_to = written.reply_to.as_deref();
    if let Some(id) = reply_to {
        board.find(id)?;
    }
    let place = board.write("shop", &written.topic, &written.text, reply_to);
    board.posts[place].reference = Some(written.reference);
    Ok(Json(board.posts[place].json.clone()))
}

async fn read(State(forum): Shared, Path(id): Path<String>) -> Answer {
    let board = forum.board();
    let place = board.find(&id)?;
    Ok(Json(board.posts[place].json.clone()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rewritten {
    text: String,
}

async fn rewrite(
    State(forum): Shared,
    Path(id): Path<String>,
    Json(new): Json<Rewritten>,
) -> Answer {
    fits(&new.text)?;
    let mut board = forum.board();
    let place = board.own(&id)?;
    board.rewrite(place, &new.text);
    Ok(Json(board.posts[place].json.clone()))
}

async fn remove(State(forum): Shared, Path(id): Path<String>) -> Answer {
    let mut board = forum.board();
    let place = board.own(&id)?;
    board.show(place, "removed");
    Ok(Json(board.posts[place].json.clone()))
}

async fn referred(State(forum): Shared, Path(reference): Path<String>) -> Answer {
    let board = forum.board();
    let found = board
        .posts
        .iter()
        .find(|post| post.reference.as_ref() == Some(&reference));
    found
        .map(|post| Json(post.json.clone()))
        .ok_or(StatusCode::NOT_FOUND)
}

#[async_trait]
impl FarSide for Forum {
    async fn seen(&self) -> Vec<Seen> {
        let board = self.board();
        let shown = board.posts.iter().filter(|post| post.state == "shown");
        let seen = shown.map(|post| {
            let text = |name: &str| post.json[name].as_str().unwrap().to_owned();
            let mut seen = match post.json["author"] == "shop" {
                true => Seen::ours(text("id"), text("text")),
                false => Seen::theirs(text("id"), text("text")),
            };
            seen.in_reply_to = post.json["reply_to"].as_str().map(str::to_owned);
            seen
        });
        seen.collect()
    }

    async fn customer_writes(&self, topic: &ConversationKey, text: &str) -> Option<MessageKey> {
        let mut board = self.board();
        let place = board.write("matti", &topic.id, text, None);
        MessageKey::new(
            topic.account.clone(),
            board.posts[place].json["id"].as_str()?,
        )
        .ok()
    }

    async fn customer_answers(&self, message: &MessageKey, text: &str) -> Option<MessageKey> {
        let mut board = self.board();
        let answered = board.find(&message.id).ok()?;
        let topic = board.posts[answered].json["topic"].as_str()?.to_owned();
        let place = board.write("matti", &topic, text, Some(&message.id));
        MessageKey::new(
            message.account.clone(),
            board.posts[place].json["id"].as_str()?,
        )
        .ok()
    }

    async fn customer_edits(&self, message: &MessageKey, text: &str) -> bool {
        let mut board = self.board();
        let place = board.find(&message.id);
        place.map(|place| board.rewrite(place, text)).is_ok()
    }

    async fn customer_deletes(&self, message: &MessageKey) -> bool {
        let mut board = self.board();
        let place = board.find(&message.id);
        place.map(|place| board.show(place, "removed")).is_ok()
    }

    async fn moderator_hides(&self, message: &MessageKey, hidden: bool) -> bool {
        let mut board = self.board();
        let state = if hidden { "hidden" } else { "shown" };
        let place = board.find(&message.id);
        place.map(|place| board.show(place, state)).is_ok()
    }

    async fn customer_renames(&self, name: &str) -> bool {
        self.board().renamed = Some(name.to_owned());
        true
    }

    async fn other_conversation(&self) -> Option<ConversationKey> {
        ConversationKey::new(AccountId::new("tori-shop").ok()?, "returns").ok()
    }

    async fn unheard_of(&self, _topic: &ConversationKey) -> bool {
        self.board()
            .changes
            .push(json!({ "kind": "poke", "by": "matti" }));
        true
    }

    async fn requests(&self) -> Option<usize> {
        Some(self.board().writes)
    }

    fn shows_replies(&self) -> bool {
        true
    }

    fn page(&self) -> Option<usize> {
        Some(PAGE)
    }

    fn burst(&self) -> usize {
        PAGE * 2 + 1
    }
}
