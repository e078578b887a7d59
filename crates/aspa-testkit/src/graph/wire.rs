//! The Graph API over HTTP without a socket, by the field tables of Meta's documentation.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aspa_http::{HttpClient, HttpError};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{AUTHORIZATION, DATE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use super::hook::mac;
use super::state::{GONE, Line, No, Node, State};
use super::{Answer, TOKEN, error, expired, lock};

const POST: &[&str] = &[
    "id",
    "message",
    "from",
    "created_time",
    "permalink_url",
    "full_picture",
    "is_hidden",
];
const COMMENT: &[&str] = &[
    "id",
    "message",
    "from",
    "created_time",
    "parent",
    "attachment",
    "is_hidden",
    "is_private",
    "can_hide",
    "can_remove",
    "can_reply_privately",
    "private_reply_conversation",
    "permalink_url",
    "comment_count",
];
const REVIEW: &[&str] = &[
    "created_time",
    "reviewer",
    "rating",
    "recommendation_type",
    "review_text",
    "open_graph_story",
];
const THREAD: &[&str] = &["id", "updated_time", "participants"];
const LINE: &[&str] = &["id", "created_time", "from", "to", "message", "attachments"];
const PROFILE: &[&str] = &["id", "first_name", "last_name", "name", "profile_pic"];

const UNKNOWN: No = (100, None, "Unsupported parameter or field");
const BAD: No = (100, None, "Invalid parameter");

#[derive(Debug)]
pub(super) struct Wire {
    state: Arc<Mutex<State>>,
}

type Query = BTreeMap<String, String>;

impl Wire {
    pub(super) fn to(state: &Arc<Mutex<State>>) -> Self {
        let state = Arc::clone(state);
        Self { state }
    }
}

#[async_trait]
impl HttpClient for Wire {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let mut state = lock(&self.state);
        state.written += usize::from(request.method() != Method::GET);
        let now = state.now;
        let token = request.headers().get(AUTHORIZATION);
        let known =
            token.is_some_and(|token| token.as_bytes() == format!("Bearer {TOKEN}").as_bytes());
        if !known || state.expired {
            return Ok(answer(400, &expired(), now));
        }
        Ok(match answered(&mut state, &request) {
            Ok(value) => answer(200, &value, now),
            Err((code, sub, words)) => answer(400, &error(code, sub, words), now),
        })
    }
}

pub(super) fn answer(status: u16, body: &Value, now: DateTime<Utc>) -> Answer {
    let mut answer = Response::new(Bytes::from(body.to_string()));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    let date = now.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = HeaderValue::from_str(&date) {
        answer.headers_mut().insert(DATE, date);
    }
    answer
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                let digits = std::str::from_utf8(&digits).unwrap_or_default();
                bytes.push(u8::from_str_radix(digits, 16).unwrap_or(b'?'));
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn answered(state: &mut State, request: &Request<Bytes>) -> Result<Value, No> {
    let uri = request.uri();
    let mut query: Query = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect();
    match query.remove("appsecret_proof") {
        Some(proof) if proof == mac(TOKEN.as_bytes()) => {}
        None if !state.needs_proof => {}
        _ => {
            return Err((
                100,
                None,
                "Invalid appsecret_proof provided in the API argument",
            ));
        }
    }
    let path = uri.path().trim_start_matches('/');
    let (version, path) = path.split_once('/').ok_or(UNKNOWN)?;
    if !version.starts_with('v') {
        return Err((2_500, None, "Unknown path components"));
    }
    let (id, edge) = path.split_once('/').unwrap_or((path, ""));
    match *request.method() {
        Method::GET => read(state, id, edge, query),
        Method::POST => {
            let body: Value = match request.body().is_empty() {
                true => json!({}),
                false => serde_json::from_slice(request.body()).map_err(|_| BAD)?,
            };
            write(state, id, edge, &body)
        }
        Method::DELETE if edge == "likes" => {
            state.node(id).ok_or(GONE)?;
            state.likes.remove(id);
            Ok(json!({ "success": true }))
        }
        Method::DELETE if edge.is_empty() => match state.remove(id) {
            true => Ok(json!({ "success": true })),
            false => Err(GONE),
        },
        _ => Err(UNKNOWN),
    }
}

/// The names of the fields that are asked for, all of which have to be there.
fn fields(query: &mut Query, known: &[&str]) -> Result<Vec<String>, No> {
    let asked = query.remove("fields").ok_or(BAD)?;
    let (mut names, mut depth, mut name) = (Vec::new(), 0, String::new());
    for c in asked.chars().chain([',']) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(std::mem::take(&mut name)),
            c if depth == 0 => name.push(c),
            _ => {}
        }
    }
    match names.iter().all(|name| known.contains(&name.as_str())) {
        true => Ok(names),
        false => Err((100, None, "Tried accessing nonexisting field")),
    }
}

fn only(value: &Value, fields: &[String]) -> Value {
    let all = value.as_object().into_iter().flatten();
    let asked = all.filter(|(name, value)| {
        !value.is_null() && (*name == "id" || fields.iter().any(|field| field == *name))
    });
    Value::Object(
        asked
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    )
}

/// One page of a list whose things have growing numbers.
fn page(query: &mut Query, things: Vec<(u64, Value)>) -> Result<Value, No> {
    let limit = query
        .remove("limit")
        .map_or(Ok(25), |limit| limit.parse::<usize>());
    let limit = limit
        .ok()
        .filter(|limit| (1..=100).contains(limit))
        .ok_or(BAD)?;
    let after = query.remove("after");
    if let Some(name) = query.keys().next() {
        debug_assert!(!name.is_empty());
        return Err(UNKNOWN);
    }
    let from = match after {
        None => 0,
        Some(after) => {
            let last = after
                .strip_prefix("QVF")
                .and_then(|n| n.parse::<u64>().ok())
                .ok_or(BAD)?;
            let descending = things
                .first()
                .zip(things.last())
                .is_some_and(|(a, b)| a.0 > b.0);
            let passed = |number: u64| match descending {
                true => number >= last,
                false => number <= last,
            };
            things
                .iter()
                .take_while(|(number, _)| passed(*number))
                .count()
        }
    };
    let total = things.len();
    let data: Vec<(u64, Value)> = things.into_iter().skip(from).take(limit).collect();
    let mut paging = json!({});
    if let (Some((first, _)), Some((last, _))) = (data.first(), data.last()) {
        paging["cursors"] =
            json!({ "before": format!("QVF{first}"), "after": format!("QVF{last}") });
        if from + data.len() < total {
            let next =
                format!("https://graph.facebook.com/next?access_token={TOKEN}&after=QVF{last}");
            paging["next"] = json!(next);
        }
    }
    let data: Vec<Value> = data.into_iter().map(|(_, value)| value).collect();
    Ok(json!({ "data": data, "paging": paging }))
}

fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S+0000").to_string()
}

fn node(state: &State, node: &Node) -> Value {
    let url = format!("https://www.facebook.com/{}", node.id);
    let mut value = json!({ "id": node.id, "message": node.text, "from": state.by(node.author.as_deref()),
        "created_time": time(node.at), "is_hidden": node.hidden, "permalink_url": url });
    if let Some(parent) = &node.parent {
        value["parent"] = json!({ "id": parent });
    }
    if let Some(person) = &node.private {
        value["private_reply_conversation"] = json!({ "id": format!("t_{person}"), "participants": { "data": [
            { "id": person }, { "id": state.page },
        ]}});
    }
    if let Some(positive) = node.positive {
        value = json!({ "created_time": time(node.at), "reviewer": state.by(node.author.as_deref()),
            "recommendation_type": if positive { "positive" } else { "negative" }, "review_text": node.text,
            "open_graph_story": { "id": node.id } });
    }
    value
}

fn line(state: &State, line: &Line) -> Value {
    let (page, person) = (json!({ "id": state.page }), json!({ "id": line.person }));
    let (from, to) = match line.ours {
        true => (page, person),
        false => (person, page),
    };
    json!({ "id": line.id, "created_time": time(line.at), "from": from, "to": { "data": [to] },
        "message": line.text })
}

fn number(id: &str) -> u64 {
    let last = id.rsplit('_').next().unwrap_or_default();
    last.parse().unwrap_or_default()
}

/// Something of tomorrow, at the end of the list.
fn strange(state: &State, place: &str, things: &mut Vec<(u64, Value)>, newest_first: bool) {
    if state.strange.iter().any(|at| at == place) {
        let odd = json!({ "id": { "hologram": true } });
        match newest_first {
            true => things.insert(0, (u64::MAX, odd)),
            false => things.push((u64::MAX, odd)),
        }
    }
}

fn read(state: &State, id: &str, edge: &str, mut query: Query) -> Result<Value, No> {
    let is_page = id == state.page;
    let newest = |nodes: Vec<&Node>, fields: &[String]| -> Vec<(u64, Value)> {
        let nodes = nodes.into_iter().rev();
        nodes
            .map(|one| (number(&one.id), only(&node(state, one), fields)))
            .collect()
    };
    match (edge, is_page) {
        ("feed", true) => {
            let fields = fields(&mut query, POST)?;
            let posts = state.nodes.iter();
            let posts = posts.filter(|node| node.post.is_none() && node.positive.is_none());
            page(&mut query, newest(posts.collect(), &fields))
        }
        ("tagged", true) => {
            fields(&mut query, POST)?;
            page(&mut query, Vec::new())
        }
        ("ratings", true) => {
            let fields = fields(&mut query, REVIEW)?;
            let reviews = state.nodes.iter().filter(|node| node.positive.is_some());
            page(&mut query, newest(reviews.collect(), &fields))
        }
        ("conversations", true) => {
            if query.remove("platform").as_deref() != Some("messenger") {
                return Err(BAD);
            }
            let fields = fields(&mut query, THREAD)?;
            let only_with = query.remove("user_id");
            let mut last: BTreeMap<&str, &Line> = BTreeMap::new();
            for line in &state.lines {
                last.insert(&line.person, line);
            }
            let mut last: Vec<&Line> = last.into_values().collect();
            last.sort_by_key(|line| std::cmp::Reverse(number(&line.id)));
            last.retain(|line| only_with.as_ref().is_none_or(|only| *only == line.person));
            let threads = last.into_iter().map(|line| {
                let thread = json!({ "id": format!("t_{}", line.person), "updated_time": time(line.at),
                    "participants": { "data": [{ "id": line.person }, { "id": state.page }] } });
                (number(&line.id), only(&thread, &fields))
            });
            page(&mut query, threads.collect())
        }
        ("messages", false) => {
            let person = id.strip_prefix("t_").ok_or(GONE)?;
            let fields = fields(&mut query, LINE)?;
            let lines = state
                .lines
                .iter()
                .rev()
                .filter(|line| line.person == person);
            let lines = lines.map(|one| (number(&one.id), only(&line(state, one), &fields)));
            let mut lines: Vec<(u64, Value)> = lines.collect();
            strange(state, person, &mut lines, true);
            page(&mut query, lines)
        }
        ("comments", false) => {
            state.node(id).ok_or(GONE)?;
            let fields = fields(&mut query, COMMENT)?;
            let all = match query.remove("filter").as_deref() {
                Some("stream") => true,
                None | Some("toplevel") => false,
                Some(_) => return Err(BAD),
            };
            let newest_first = match query.remove("order").as_deref() {
                Some("reverse_chronological") => true,
                None | Some("chronological") => false,
                Some(_) => return Err(BAD),
            };
            let since = query.remove("since").map(|since| since.parse::<i64>());
            let since = since.transpose().map_err(|_| BAD)?;
            let below = |one: &&Node| {
                let right_below = match &one.parent {
                    Some(parent) => parent == id,
                    None => one.post.as_deref() == Some(id),
                };
                let below = right_below || (all && one.post.as_deref() == Some(id));
                below && since.is_none_or(|since| one.at.timestamp() >= since)
            };
            let comments = state.nodes.iter().filter(below);
            let comments = comments.map(|one| (number(&one.id), only(&node(state, one), &fields)));
            let mut comments: Vec<(u64, Value)> = comments.collect();
            if newest_first {
                comments.reverse();
            }
            strange(state, id, &mut comments, newest_first);
            page(&mut query, comments)
        }
        ("", false) => {
            let value = if let Some(found) = state.node(id) {
                let known = if found.post.is_some() { COMMENT } else { POST };
                only(&node(state, found), &fields(&mut query, known)?)
            } else if let Some(found) = state.lines.iter().find(|line| line.id == id) {
                only(&line(state, found), &fields(&mut query, LINE)?)
            } else {
                let found = state
                    .people
                    .iter()
                    .find(|one| one.person == id)
                    .ok_or(GONE)?;
                let profile = json!({ "id": id, "first_name": found.name });
                only(&profile, &fields(&mut query, PROFILE)?)
            };
            match query.is_empty() {
                true => Ok(value),
                false => Err(UNKNOWN),
            }
        }
        _ => Err(UNKNOWN),
    }
}

/// Whether an object has these keys and no others.
fn keys(value: &Value, needed: &[&str], possible: &[&str]) -> Result<(), No> {
    let object = value.as_object().ok_or(BAD)?;
    let known =
        |name: &String| needed.contains(&name.as_str()) || possible.contains(&name.as_str());
    match object.keys().all(known) && needed.iter().all(|name| object.contains_key(*name)) {
        true => Ok(()),
        false => Err(UNKNOWN),
    }
}

fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str, No> {
    value.get(name).and_then(Value::as_str).ok_or(BAD)
}

fn write(state: &mut State, id: &str, edge: &str, body: &Value) -> Result<Value, No> {
    match edge {
        "comments" => {
            keys(
                body,
                &[],
                &[
                    "message",
                    "attachment_url",
                    "attachment_id",
                    "attachment_share_url",
                ],
            )?;
            let text = body
                .get("message")
                .and_then(Value::as_str)
                .unwrap_or_default();
            if text.chars().count() > 8_000
                || (text.is_empty() && body.get("attachment_url").is_none())
            {
                return Err(BAD);
            }
            let made = state.comment(None, id, text).ok_or(GONE)?;
            Ok(json!({ "id": made }))
        }
        "likes" => {
            keys(body, &[], &[])?;
            state.node(id).ok_or(GONE)?;
            state.likes.insert(id.to_owned());
            Ok(json!({ "success": true }))
        }
        "messages" if id == state.page => messages(state, body),
        "" => {
            let done = if body.get("is_hidden").is_some() {
                keys(body, &["is_hidden"], &[])?;
                let hidden = body["is_hidden"].as_bool().ok_or(BAD)?;
                state.hide(id, hidden)
            } else {
                keys(body, &["message"], &[])?;
                if state.node(id).ok_or(GONE)?.author.is_some() {
                    return Err((200, None, "Permissions error: not written by the page"));
                }
                state.edit(id, text(body, "message")?)
            };
            match done {
                true => Ok(json!({ "success": true })),
                false => Err(GONE),
            }
        }
        _ => Err(UNKNOWN),
    }
}

fn messages(state: &mut State, body: &Value) -> Result<Value, No> {
    let to = body.get("recipient").ok_or(BAD)?;
    if body.get("sender_action").is_some() {
        keys(body, &["recipient", "sender_action"], &[])?;
        keys(to, &["id"], &[])?;
        if text(body, "sender_action")? != "MARK_SEEN" {
            return Err(BAD);
        }
        let person = text(to, "id")?.to_owned();
        state.read.insert(person.clone());
        return Ok(json!({ "recipient_id": person }));
    }
    keys(
        body,
        &["recipient", "messaging_type", "message"],
        &["tag", "reply_to", "persona_id"],
    )?;
    let message = &body["message"];
    keys(
        message,
        &[],
        &[
            "text",
            "attachment",
            "sticker_id",
            "quick_replies",
            "metadata",
        ],
    )?;
    let words = match (message.get("text"), message.get("attachment")) {
        (Some(_), None) => text(message, "text")?.to_owned(),
        (None, Some(attachment)) => {
            keys(attachment, &["type", "payload"], &[])?;
            keys(
                &attachment["payload"],
                &[],
                &["url", "attachment_id", "is_reusable"],
            )?;
            String::new()
        }
        _ => return Err(BAD),
    };
    let metadata = message.get("metadata");
    if words.chars().count() > 2_000 {
        return Err((
            100,
            None,
            "Length of param message[text] must be less than or equal to 2000",
        ));
    }
    let tagged = match (
        text(body, "messaging_type")?,
        body.get("tag").and_then(Value::as_str),
    ) {
        ("RESPONSE" | "UPDATE", None) => false,
        ("MESSAGE_TAG", Some("HUMAN_AGENT")) => true,
        _ => return Err(BAD),
    };
    for slot in ["comment_id", "post_id"] {
        if to.get(slot).is_some() {
            keys(to, &[slot], &[])?;
            let id = text(to, slot)?.to_owned();
            let (person, mid) = state.private_reply(&id, &words, metadata)?;
            return Ok(json!({ "recipient_id": person, "message_id": mid }));
        }
    }
    keys(to, &["id"], &[])?;
    let person = text(to, "id")?.to_owned();
    state.is_open(&person, tagged)?;
    let answers = match body.get("reply_to") {
        Some(answered) => {
            keys(answered, &["mid"], &[])?;
            let mid = text(answered, "mid")?;
            if !state
                .lines
                .iter()
                .any(|line| line.id == mid && line.person == person)
            {
                return Err(BAD);
            }
            Some(mid.to_owned())
        }
        None => None,
    };
    let mid = state.echo(&person, &words, answers.as_deref(), metadata);
    Ok(json!({ "recipient_id": person, "message_id": mid }))
}
