//! Requests and answers.

use std::collections::BTreeMap;

use aspa_channel::TextUnit;
use aspa_http::BodyStream;
use bytes::Bytes;
use chrono::TimeDelta;
use http::header::AUTHORIZATION;
use http::{Method, Request, Response, StatusCode};
use serde_json::{Map, Value, json};

use super::images::{describe, images, upload, use_up};
use super::oauth;
use super::rules::{self, Rule};
use super::state::{APP_TOKEN, Direct, State, two};
use crate::form::pairs;
use crate::frame::json_answer;

/// A refusal: a status, the last word of the problem's type, and what is wrong.
pub(super) type No = (u16, &'static str, String);

pub(super) fn no<T>(status: u16, kind: &'static str, detail: impl Into<String>) -> Result<T, No> {
    Err((status, kind, detail.into()))
}

fn not_found<T>(what: &str) -> Result<T, No> {
    // X gives 200 with `errors` where a single thing is not there.
    no(200, "resource-not-found", format!("Could not find {what}."))
}

/// A problem (RFC 9457) as X writes them.
pub(super) fn problem(status: u16, kind: &str, detail: &str) -> Response<Bytes> {
    let kind = match kind.contains(':') {
        true => kind.to_owned(),
        false => format!("https://api.x.com/2/problems/{kind}"),
    };
    let title = StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason());
    let problem = json!({
        "type": kind, "title": title, "detail": detail, "status": status, "resource_type": "tweet",
    });
    match status {
        200 => with(200, &json!({ "errors": [problem] })),
        _ => with(status, &problem),
    }
}

fn with(status: u16, body: &Value) -> Response<Bytes> {
    json_answer(status, "application/json", body)
}

fn has_token(request: &Request<Bytes>, token: &str) -> bool {
    let given = request.headers().get(AUTHORIZATION);
    given.is_some_and(|given| given.as_bytes() == format!("Bearer {token}").as_bytes())
}

pub(super) fn answer(state: &mut State, request: &Request<Bytes>) -> Response<Bytes> {
    let uri = request.uri();
    let address = uri.path_and_query().map_or("", |address| address.as_str());
    let body = String::from_utf8_lossy(request.body()).into_owned();
    let line = format!("{} {address}", request.method());
    if uri.path() == "/2/oauth2/token" {
        // Not into the log: it holds a secret.
        return token(state, &body);
    }
    state.log.push((line, body));
    state.writes += usize::from(!request.method().is_safe());
    if !has_token(request, &state.token) && !oauth::is_signed(state, request) {
        return problem(401, "about:blank", "Unauthorized");
    }
    match routed(state, request) {
        Ok(answer) => answer,
        Err((status, kind, detail)) => problem(status, kind, &detail),
    }
}

fn token(state: &mut State, form: &str) -> Response<Bytes> {
    let form = pairs(form);
    let is = |name: &str, value: &str| form.get(name).is_some_and(|given| given == value);
    let fits = is("grant_type", "refresh_token") && is("refresh_token", &state.refresh);
    if !fits || form.get("client_id").is_none_or(String::is_empty) {
        return with(
            400,
            &json!({
                "error": "invalid_request",
                "error_description": "Value passed for the token was invalid.",
            }),
        );
    }
    state.renew();
    with(
        200,
        &json!({
            "token_type": "bearer", "expires_in": 7200, "access_token": state.token,
            "refresh_token": state.refresh, "scope": "tweet.read tweet.write offline.access",
        }),
    )
}

type Act = fn(&mut State, &[&str], &BTreeMap<String, String>, &Value) -> Result<(u16, Value), No>;

fn routed(state: &mut State, request: &Request<Bytes>) -> Result<Response<Bytes>, No> {
    let path: Vec<&str> = request.uri().path().split('/').skip(1).collect();
    let (rule, act): (Rule, Act) = match (request.method(), path.as_slice()) {
        (&Method::GET, ["2", "users", _, "mentions"]) => (rules::MENTIONS, mentions),
        (&Method::GET, ["2", "users", _, "tweets"]) => (rules::TIMELINE, timeline),
        (&Method::GET, ["2", "users", _]) => (rules::USER, user),
        (&Method::GET, ["2", "tweets", "search", "recent"]) => (rules::SEARCH, search),
        (&Method::GET, ["2", "tweets", _]) => (rules::POST, post),
        (&Method::GET, ["2", "dm_events"]) => (rules::DIRECT_LIST, directs),
        (&Method::GET, ["2", "dm_events", _]) => (rules::DIRECT, direct),
        (&Method::GET, ["2", "dm_conversations", "with", _, "dm_events"]) => {
            (rules::DIRECT_LIST, directs_with)
        }
        (&Method::POST, ["2", "tweets"]) => (rules::WRITE, write),
        (&Method::DELETE, ["2", "tweets", _]) => (rules::DELETE, delete),
        (&Method::PUT, ["2", "tweets", _, "hidden"]) => (rules::HIDE, hide),
        (&Method::POST, ["2", "users", _, "likes"]) => (rules::LIKE, like),
        (&Method::DELETE, ["2", "users", _, "likes", _]) => (rules::LIKE, unlike),
        (&Method::POST, ["2", "media", "upload"]) => (rules::MEDIA, upload),
        (&Method::POST, ["2", "media", "metadata"]) => (rules::MEDIA, describe),
        (&Method::POST, ["2", "dm_conversations", "with", _, "messages"]) => {
            (rules::DIRECT_WRITE, write_direct)
        }
        _ => return no(404, "resource-not-found", "no such endpoint"),
    };
    if rule.page.1 > 0 {
        state.now += state.list_time;
    }
    let limits = limits(state, rule);
    let query = pairs(request.uri().query().unwrap_or_default());
    for name in query.keys() {
        if !rule.parameters.contains(&name.as_str()) {
            return no(
                400,
                "invalid-request",
                format!("The query parameter [{name}] is not one of [...]"),
            );
        }
    }
    if let Some(many) = query.get("max_results") {
        let many: usize = many.parse().unwrap_or_default();
        if !(rule.page.0..=rule.page.1).contains(&many) {
            return no(400, "invalid-request", "max_results is out of range");
        }
    }
    for name in ["since_id", "until_id"] {
        if query.get(name).is_some_and(|id| !is_id(id)) {
            return no(400, "invalid-request", format!("{name} is no id"));
        }
    }
    let body = match request.body().is_empty() {
        true => Value::Null,
        false => serde_json::from_slice(request.body())
            .map_err(|_| (400, "invalid-request", "the body is no JSON".to_owned()))?,
    };
    let mut answer = match limits.1 {
        true => {
            let refused = act(state, &path, &query, &body);
            match refused {
                Ok((status, value)) => with(status, &value),
                Err((status, kind, detail)) => problem(status, kind, &detail),
            }
        }
        false => problem(429, "about:blank", "Too Many Requests"),
    };
    for (name, value) in [
        ("limit", limits.0[0]),
        ("remaining", limits.0[1]),
        ("reset", limits.0[2]),
    ] {
        let name = http::HeaderName::try_from(format!("x-rate-limit-{name}"));
        if let Ok(name) = name {
            answer.headers_mut().insert(name, value.into());
        }
    }
    Ok(answer)
}

/// Counts a request: the limit, what is left and when it is counted anew; and whether it may go on.
fn limits(state: &mut State, rule: Rule) -> ([i64; 3], bool) {
    let now = state.now;
    let asked = state.asked.entry(rule.bucket).or_default();
    let quarter = TimeDelta::minutes(15);
    while asked.front().is_some_and(|at| now - *at >= quarter) {
        asked.pop_front();
    }
    let limit = usize::try_from(rule.limit).unwrap_or(usize::MAX);
    let is_free = asked.len() < limit;
    if is_free {
        asked.push_back(now);
    }
    let reset = asked.front().map_or(now, |at| *at) + quarter;
    let left = i64::try_from(limit - asked.len()).unwrap_or_default();
    ([rule.limit.into(), left, reset.timestamp()], is_free)
}

fn is_id(text: &str) -> bool {
    (1..=19).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn number(id: &str) -> u64 {
    id.parse().unwrap_or_default()
}

/// A part of a list, newest first, and where it goes on.
fn page(
    mut all: Vec<(u64, Value)>,
    query: &BTreeMap<String, String>,
    usual: usize,
) -> Result<(Vec<Value>, Option<String>), No> {
    let since = query.get("since_id").map_or(0, |id| number(id));
    all.retain(|(id, _)| *id > since || *id == 0);
    all.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
    let many = query.get("max_results").and_then(|many| many.parse().ok());
    let many = many.unwrap_or(usual);
    // A token names the id that the next page is below.
    if let Some(token) = query.get("pagination_token") {
        let below = token.strip_prefix("fakepagetoken00").map(number);
        let Some(below) = below.filter(|below| *below > 0) else {
            return no(400, "invalid-request", "The pagination_token is invalid");
        };
        all.retain(|(id, _)| *id < below);
    }
    let rest = all.len() > many;
    all.truncate(many);
    let next = all
        .last()
        .filter(|_| rest)
        .map(|(id, _)| format!("fakepagetoken00{id}"));
    Ok((all.into_iter().map(|(_, value)| value).collect(), next))
}

/// A list as X gives it: an empty one has no `data`.
fn listed(data: Vec<Value>, next: Option<String>, includes: Value) -> Value {
    let mut meta = json!({ "result_count": data.len() });
    let ids = || data.iter().filter_map(|one| one["id"].as_str());
    if let Some(newest) = ids().max_by_key(|id| number(id)) {
        meta["newest_id"] = newest.into();
    }
    if let Some(oldest) = ids().min_by_key(|id| number(id)) {
        meta["oldest_id"] = oldest.into();
    }
    if let Some(next) = next {
        meta["next_token"] = next.into();
    }
    let mut value = json!({ "meta": meta });
    if !data.is_empty() {
        value["data"] = data.into();
    }
    if includes
        .as_object()
        .is_some_and(|includes| !includes.is_empty())
    {
        value["includes"] = includes;
    }
    value
}

/// Whether a parameter that is a list names something.
fn asks(query: &BTreeMap<String, String>, parameter: &str, name: &str) -> bool {
    let list = query.get(parameter).map(String::as_str).unwrap_or_default();
    list.split(',').any(|one| one == name)
}

/// A post with the fields that were asked for, under the names of the version that was asked in.
fn fielded(post: &Value, query: &BTreeMap<String, String>) -> Value {
    const RENAMED: [(&str, &str); 3] = [
        ("edit_history_tweet_ids", "edit_history_post_ids"),
        ("referenced_tweets", "referenced_posts"),
        ("note_tweet", "note_post"),
    ];
    let newer = query.contains_key("post.fields");
    let mut kept = Map::new();
    for (name, value) in post.as_object().into_iter().flatten() {
        let renamed = RENAMED.iter().find(|(old, _)| old == name);
        let called = match renamed {
            Some((_, new)) if newer => new,
            _ => name.as_str(),
        };
        let field = if newer { "post.fields" } else { "tweet.fields" };
        let expanded = newer && asks(query, "expansions", called);
        let always = matches!(name.as_str(), "id" | "text" | "edit_history_tweet_ids");
        if always || expanded || asks(query, field, called) {
            kept.insert(called.to_owned(), value.clone());
        }
    }
    Value::Object(kept)
}

/// What comes along with posts.
fn includes(state: &State, posts: &[Value], query: &BTreeMap<String, String>) -> Value {
    let mut includes = Map::new();
    if asks(query, "expansions", "author_id") {
        let mut ids: Vec<&str> = posts
            .iter()
            .filter_map(|post| post["author_id"].as_str())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let users: Vec<Value> = ids.iter().filter_map(|id| state.user_json(id)).collect();
        if !users.is_empty() {
            includes.insert("users".to_owned(), users.into());
        }
    }
    let newer = query.contains_key("post.fields");
    let expansion = if newer {
        "referenced_posts"
    } else {
        "referenced_tweets.id"
    };
    if asks(query, "expansions", expansion) {
        let references = posts
            .iter()
            .flat_map(|post| post["referenced_tweets"].as_array());
        let ids = references.flatten().filter_map(|one| one["id"].as_str());
        let found = ids.filter_map(|id| state.find(id));
        let mut found: Vec<usize> = found
            .filter(|at| state.is_ours_to_read(&state.posts[*at]))
            .collect();
        found.sort_unstable();
        found.dedup();
        let found = found
            .iter()
            .map(|at| fielded(&state.post_json(&state.posts[*at]), query));
        let found: Vec<Value> = found.collect();
        if !found.is_empty() {
            let name = if newer { "posts" } else { "tweets" };
            includes.insert(name.to_owned(), found.into());
        }
    }
    Value::Object(includes)
}

fn posts_where(
    state: &State,
    query: &BTreeMap<String, String>,
    strange: bool,
    is_in: impl Fn(&super::state::Post) -> bool,
) -> Result<(u16, Value), No> {
    let posts = state
        .posts
        .iter()
        .filter(|post| state.is_ours_to_read(post) && is_in(post));
    let mut all: Vec<(u64, Value)> = posts
        .map(|post| (number(&post.newest().0), state.post_json(post)))
        .collect();
    if strange && !query.contains_key("pagination_token") {
        let top = all.iter().map(|(id, _)| *id).max().unwrap_or(1);
        all.extend(state.strange.iter().map(|thing| (top + 1, thing.clone())));
    }
    let (found, next) = page(all, query, 10)?;
    let includes = includes(state, &found, query);
    let found = found
        .iter()
        .map(|post| match post.get("author_id") {
            Some(_) => fielded(post, query),
            None => post.clone(),
        })
        .collect();
    Ok((200, listed(found, next, includes)))
}

fn mentions(
    state: &mut State,
    path: &[&str],
    query: &BTreeMap<String, String>,
    _: &Value,
) -> Result<(u16, Value), No> {
    let us = state.us.clone();
    if path[2] != us {
        return no(403, "client-forbidden", "not your mentions");
    }
    posts_where(state, query, true, |post| {
        post.by != us && post.named.contains(&us)
    })
}

fn timeline(
    state: &mut State,
    path: &[&str],
    query: &BTreeMap<String, String>,
    _: &Value,
) -> Result<(u16, Value), No> {
    posts_where(state, query, false, |post| post.by == path[2])
}

fn search(
    state: &mut State,
    _: &[&str],
    query: &BTreeMap<String, String>,
    _: &Value,
) -> Result<(u16, Value), No> {
    let wanted = query.get("query").map(String::as_str).unwrap_or_default();
    let Some(root) = wanted
        .strip_prefix("conversation_id:")
        .filter(|id| is_id(id))
    else {
        return no(
            400,
            "invalid-request",
            "this network searches by conversation_id alone",
        );
    };
    let week = state.now - TimeDelta::days(7);
    if let Some(since) = query.get("since_id") {
        let least = (week.timestamp_millis() - 1_288_834_974_657) << 22;
        if i64::try_from(number(since)).unwrap_or_default() < least {
            return no(
                400,
                "invalid-request",
                "since_id must be a tweet id created after a week ago",
            );
        }
    }
    posts_where(state, query, false, |post| {
        state.posts[post.root].first() == root && post.newest().2 >= week
    })
}

fn post(
    state: &mut State,
    path: &[&str],
    query: &BTreeMap<String, String>,
    _: &Value,
) -> Result<(u16, Value), No> {
    if !is_id(path[2]) {
        return no(400, "invalid-request", "the id is no id");
    }
    let Some(found) = state.find(path[2]) else {
        return not_found("tweet");
    };
    let found = &state.posts[found];
    if !state.is_ours_to_read(found) {
        return no(
            200,
            "not-authorized-for-resource",
            "Sorry, you are not authorized to see the Tweet",
        );
    }
    let whole = state.post_json(found);
    let along = includes(state, std::slice::from_ref(&whole), query);
    let mut answer = json!({ "data": fielded(&whole, query) });
    if along.as_object().is_some_and(|along| !along.is_empty()) {
        answer["includes"] = along;
    }
    Ok((200, answer))
}

fn user(
    state: &mut State,
    path: &[&str],
    _: &BTreeMap<String, String>,
    _: &Value,
) -> Result<(u16, Value), No> {
    match state.user_json(path[2]) {
        Some(user) => Ok((200, json!({ "data": user }))),
        None => not_found("user"),
    }
}

fn direct_page(
    state: &State,
    query: &BTreeMap<String, String>,
    is_in: impl Fn(&Direct) -> bool,
) -> Result<(u16, Value), No> {
    let month = state.now - TimeDelta::days(30);
    let ours = |direct: &&Direct| {
        (direct.by == state.us || direct.to == state.us) && direct.at >= month && is_in(direct)
    };
    let all = state.directs.iter().filter(ours);
    let all = all.map(|direct| (number(&direct.id), state.direct_json(direct)));
    let (found, next) = page(all.collect(), query, 100)?;
    let mut along = Map::new();
    if asks(query, "expansions", "sender_id") {
        let mut ids: Vec<&str> = found
            .iter()
            .filter_map(|one| one["sender_id"].as_str())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let users: Vec<Value> = ids.iter().filter_map(|id| state.user_json(id)).collect();
        if !users.is_empty() {
            along.insert("users".to_owned(), users.into());
        }
    }
    let kept = |direct: &Value| {
        let fields = direct.as_object().into_iter().flatten();
        let kept = fields.filter(|(name, _)| {
            matches!(name.as_str(), "id" | "event_type" | "text")
                || asks(query, "dm_event.fields", name)
                || asks(query, "expansions", name)
        });
        let kept: Map<String, Value> = kept
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        Value::Object(kept)
    };
    let found = found.iter().map(kept).collect();
    Ok((200, listed(found, next, Value::Object(along))))
}

fn directs(
    state: &mut State,
    _: &[&str],
    query: &BTreeMap<String, String>,
    _: &Value,
) -> Result<(u16, Value), No> {
    direct_page(state, query, |_| true)
}

fn directs_with(
    state: &mut State,
    path: &[&str],
    query: &BTreeMap<String, String>,
    _: &Value,
) -> Result<(u16, Value), No> {
    let wanted = two(path[3], &state.us);
    direct_page(state, query, |direct| two(&direct.by, &direct.to) == wanted)
}

fn direct(
    state: &mut State,
    path: &[&str],
    query: &BTreeMap<String, String>,
    _: &Value,
) -> Result<(u16, Value), No> {
    let (_, list) = direct_page(state, query, |direct| direct.id == path[2])?;
    match list["data"].get(0) {
        Some(found) => Ok((200, json!({ "data": found, "includes": list["includes"] }))),
        None => not_found("dm event"),
    }
}

/// The fields of a body, each of which has to be known.
pub(super) fn only<'a>(body: &'a Value, names: &[&str]) -> Result<&'a Map<String, Value>, No> {
    let Some(fields) = body.as_object() else {
        return no(400, "invalid-request", "the body is no object");
    };
    match fields.keys().find(|name| !names.contains(&name.as_str())) {
        Some(unknown) => no(
            400,
            "invalid-request",
            format!("${unknown}: is not defined in the schema"),
        ),
        None => Ok(fields),
    }
}

fn write(
    state: &mut State,
    _: &[&str],
    _: &BTreeMap<String, String>,
    body: &Value,
) -> Result<(u16, Value), No> {
    only(body, &["text", "reply", "edit_options", "media"])?;
    let text = body["text"].as_str().unwrap_or_default();
    let media = match body.get("media") {
        Some(media) => {
            only(media, &["media_ids"])?;
            let ids: Vec<&Value> = media["media_ids"]
                .as_array()
                .into_iter()
                .flatten()
                .collect();
            images(state, &ids, 4, false)?
        }
        None => Vec::new(),
    };
    let most = if state.premium { 25_000 } else { 280 };
    if text.trim().is_empty() && media.is_empty() {
        return no(400, "invalid-request", "text: is empty");
    }
    if TextUnit::Weighted.measure(text) > Some(most) {
        return no(403, "client-forbidden", "Your Tweet text is too long.");
    }
    let us = state.us.clone();
    let day = state.now - TimeDelta::hours(24);
    let same = |post: &super::state::Post| {
        let (_, words, at) = post.newest();
        post.by == us && !post.deleted && words == text && !text.is_empty() && *at > day
    };
    if state.posts.iter().any(same) {
        return no(
            403,
            "about:blank",
            "You are not allowed to create a Tweet with duplicate content.",
        );
    }
    if let Some(options) = body.get("edit_options") {
        only(options, &["previous_post_id"])?;
        let previous = options["previous_post_id"].as_str().unwrap_or_default();
        let Some(found) = state.find(previous).filter(|at| state.posts[*at].by == us) else {
            return no(404, "resource-not-found", "no such post of yours");
        };
        let post = &state.posts[found];
        let late = state.now - post.versions[0].2 > TimeDelta::minutes(60);
        if !state.premium || late || post.versions.len() > 5 || post.newest().0 != previous {
            return no(
                403,
                "client-forbidden",
                "This post is not eligible to be edited.",
            );
        }
        let id = state.rewrite(found, text);
        return Ok((201, json!({ "data": { "id": id, "text": text } })));
    }
    let mut answers = None;
    if let Some(reply) = body.get("reply") {
        only(reply, &["in_reply_to_tweet_id", "exclude_reply_user_ids"])?;
        let to = reply["in_reply_to_tweet_id"].as_str().unwrap_or_default();
        let found = state
            .find(to)
            .filter(|at| state.is_ours_to_read(&state.posts[*at]));
        let Some(found) = found else {
            return no(
                403,
                "about:blank",
                "You attempted to reply to a Tweet that is deleted or not visible to you.",
            );
        };
        let post = &state.posts[found];
        let quotes_us = post
            .quotes
            .is_some_and(|quoted| state.posts[quoted].by == us);
        let summoned = post.by == us || post.named.contains(&us) || quotes_us;
        if state.summoned_only && !summoned {
            return no(
                403,
                "client-forbidden",
                "Reply to this conversation is not allowed because you have not been mentioned or otherwise \
                 engaged by the author of the post you are replying to.",
            );
        }
        answers = Some(found);
    }
    let id = state.write(&us, text, answers, None);
    use_up(state, &media);
    if let Some(post) = state.posts.last_mut() {
        post.media = media;
    }
    Ok((201, json!({ "data": { "id": id, "text": text } })))
}

fn delete(
    state: &mut State,
    path: &[&str],
    _: &BTreeMap<String, String>,
    _: &Value,
) -> Result<(u16, Value), No> {
    let Some(found) = state.find(path[2]) else {
        return no(404, "resource-not-found", "no such post");
    };
    if state.posts[found].by != state.us {
        return no(
            403,
            "client-forbidden",
            "You are not authorized to delete this Tweet.",
        );
    }
    state.posts[found].deleted = true;
    Ok((200, json!({ "data": { "deleted": true } })))
}

fn hide(
    state: &mut State,
    path: &[&str],
    _: &BTreeMap<String, String>,
    body: &Value,
) -> Result<(u16, Value), No> {
    only(body, &["hidden"])?;
    let Some(hidden) = body["hidden"].as_bool() else {
        return no(400, "invalid-request", "hidden: is missing");
    };
    let Some(found) = state.find(path[2]) else {
        return no(404, "resource-not-found", "no such post");
    };
    let post = &state.posts[found];
    if state.posts[post.root].by != state.us || post.answers.is_none() {
        return no(
            403,
            "client-forbidden",
            "Only replies in your own conversations can be hidden.",
        );
    }
    state.posts[found].hidden = hidden;
    Ok((200, json!({ "data": { "hidden": hidden } })))
}

fn like(
    state: &mut State,
    path: &[&str],
    _: &BTreeMap<String, String>,
    body: &Value,
) -> Result<(u16, Value), No> {
    only(body, &["tweet_id"])?;
    let id = body["tweet_id"].as_str().unwrap_or_default();
    liked(state, path[2], id, true)
}

fn unlike(
    state: &mut State,
    path: &[&str],
    _: &BTreeMap<String, String>,
    _: &Value,
) -> Result<(u16, Value), No> {
    liked(state, path[2], path[4], false)
}

fn liked(state: &mut State, user: &str, id: &str, likes: bool) -> Result<(u16, Value), No> {
    if user != state.us {
        let detail = "The `id` path parameter value is not the authenticating user's";
        return no(400, "invalid-request", detail);
    }
    let found = state.find(id);
    let found = found.filter(|at| state.is_ours_to_read(&state.posts[*at]));
    let Some(found) = found else {
        return no(404, "resource-not-found", "no such post");
    };
    match likes {
        true => state.likes.insert(found),
        false => state.likes.remove(&found),
    };
    Ok((200, json!({ "data": { "liked": likes } })))
}

fn write_direct(
    state: &mut State,
    path: &[&str],
    _: &BTreeMap<String, String>,
    body: &Value,
) -> Result<(u16, Value), No> {
    only(body, &["text", "attachments"])?;
    let text = body["text"].as_str().unwrap_or_default();
    let attached: Vec<&Value> = body["attachments"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    for one in &attached {
        only(one, &["media_id"])?;
    }
    let ids: Vec<&Value> = attached.iter().map(|one| &one["media_id"]).collect();
    let media = match ids.is_empty() {
        true => Vec::new(),
        false => images(state, &ids, 1, true)?,
    };
    let is_empty = text.trim().is_empty() && media.is_empty();
    if is_empty || text.chars().count() > 10_000 {
        return no(400, "invalid-request", "text: is empty or too long");
    }
    let to = path[3].to_owned();
    match state.users.get(&to) {
        None => return no(400, "invalid-request", "no such participant"),
        Some(user) if !user.takes_directs => {
            return no(403, "about:blank", "You cannot send messages to this user.");
        }
        Some(_) => {}
    }
    let us = state.us.clone();
    let id = state.direct(&us, &to, text);
    use_up(state, &media);
    if let Some(direct) = state.directs.last_mut() {
        direct.media = media;
    }
    Ok((
        201,
        json!({ "data": { "dm_conversation_id": two(&us, &to), "dm_event_id": id } }),
    ))
}

/// A stream: a sign of life and every line that waits, and then its end.
pub(super) fn stream(state: &mut State, request: &Request<Bytes>) -> Response<BodyStream> {
    let known = ["/2/activity/stream", "/2/tweets/search/stream"];
    let refused = match () {
        () if !has_token(request, APP_TOKEN) => Some(problem(401, "about:blank", "Unauthorized")),
        () if !known.contains(&request.uri().path()) => {
            Some(problem(404, "resource-not-found", "no such stream"))
        }
        () => None,
    };
    if let Some(refused) = refused {
        return refused.map(BodyStream::from);
    }
    let mut pieces = vec![Bytes::from_static(b"\r\n")];
    for line in state.lines.drain(..) {
        pieces.push(Bytes::from(format!("{line}\r\n")));
    }
    Response::new(pieces.into_iter().collect())
}
