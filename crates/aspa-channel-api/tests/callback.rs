//! What goes out, over real connections to a host that keeps its side of the protocol.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aspa_channel::{
    Channel, ConversationKey, Effect, EffectKind, Error, ErrorKind, Landed, MessageKey, Probe,
    Receipt, ReplyKind, Status,
};
use aspa_channel_api::{ApiChannel, ChannelConfig, ConfigError, verify};
use aspa_http::ReqwestClient;
use aspa_types::{AccountId, EffectKey, Secret};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const SECRET: &str = "cbsec-0123456789abcdef";

fn now() -> DateTime<Utc> {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

/// A host's app: what it published by id, what it did by key, and what it has been asked.
#[derive(Default)]
struct App {
    messages: BTreeMap<String, String>,
    done: BTreeMap<String, Value>,
    posts: usize,
    /// Loses this many answers after having done what was asked.
    lose: usize,
}

type Shared = Arc<Mutex<App>>;

async fn take(State(app): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    if verify(&[Secret::new(SECRET)], &headers, &body, now()).is_err() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let body: Value = serde_json::from_slice(&body).unwrap();
    let key = body["effect"]["key"].as_str().unwrap().to_owned();
    assert_eq!(headers["idempotency-key"], key.as_str());
    assert_eq!(headers["content-type"], "application/json");
    let (answer, lose) = {
        let mut app = app.lock().unwrap();
        app.posts += 1;
        let answer = match app.done.get(&key) {
            Some(answer) => Ok(answer.clone()),
            None => act(&mut app, &key, &body["effect"]["kind"]),
        };
        let lose = app.lose > 0;
        app.lose = app.lose.saturating_sub(1);
        (answer, lose)
    };
    if lose {
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    match answer {
        Ok(answer) => axum::Json(answer).into_response(),
        Err(status) => status.into_response(),
    }
}

fn act(app: &mut App, key: &str, kind: &Value) -> Result<Value, StatusCode> {
    let text = kind["text"].as_str().unwrap_or_default().to_owned();
    let id = match kind["type"].as_str().unwrap() {
        "send" => format!("m-{}", app.messages.len() + 1),
        _ => kind["message"]["id"].as_str().unwrap().to_owned(),
    };
    let known = app.messages.contains_key(&id);
    match kind["type"].as_str().unwrap() {
        "send" => drop(app.messages.insert(id.clone(), text)),
        "edit" if known => drop(app.messages.insert(id.clone(), text)),
        "delete" if known => drop(app.messages.remove(&id)),
        _ => return Err(StatusCode::NOT_FOUND),
    }
    let answer = json!({"effect": key, "id": id, "at": "2026-11-22T08:00:01Z"});
    app.done.insert(key.to_owned(), answer.clone());
    Ok(answer)
}

async fn look(State(app): State<Shared>, headers: HeaderMap, uri: Uri) -> Response {
    let key = uri
        .query()
        .unwrap()
        .strip_prefix("tenant=1&effect=")
        .unwrap();
    let key = key.replace("%2F", "/");
    if verify(&[Secret::new(SECRET)], &headers, key.as_bytes(), now()).is_err() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match app.lock().unwrap().done.get(&key) {
        Some(answer) => axum::Json(answer.clone()).into_response(),
        None => (StatusCode::NOT_FOUND, axum::Json(json!({"effect": key}))).into_response(),
    }
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/callback?tenant=1")
}

async fn app() -> (Shared, ApiChannel) {
    let (shared, url) = host().await;
    (shared, channel(&url, SECRET))
}

async fn host() -> (Shared, String) {
    let shared = Shared::default();
    let router = Router::new().route("/callback", get(look).post(take));
    let url = serve(router.with_state(Arc::clone(&shared))).await;
    (shared, url)
}

fn channel(url: &str, secret: &str) -> ApiChannel {
    waiting(url, secret, Duration::from_secs(30))
}

/// A channel that waits this long for an answer.
fn waiting(url: &str, secret: &str, time: Duration) -> ApiChannel {
    let http = ReqwestClient::builder().timeout(time).build().unwrap();
    ApiChannel::new(config(url, secret), Arc::new(http), now).unwrap()
}

fn config(url: &str, secret: &str) -> ChannelConfig {
    ChannelConfig::new(AccountId::new("app").unwrap(), url, Secret::new(secret))
}

fn effect(key: &str, kind: EffectKind) -> Effect {
    let conversation = ConversationKey::new(AccountId::new("app").unwrap(), "c-1").unwrap();
    Effect::new(EffectKey::new(key).unwrap(), conversation, kind)
}

fn send(key: &str, text: &str) -> Effect {
    effect(key, EffectKind::send(text, ReplyKind::Answer))
}

fn message(id: &str) -> MessageKey {
    MessageKey::new(AccountId::new("app").unwrap(), id).unwrap()
}

/// A callback that answers every request so.
async fn answering(status: u16, headers: &[(&'static str, &str)], body: &str) -> ApiChannel {
    let status = StatusCode::from_u16(status).unwrap();
    let mut answer = HeaderMap::new();
    for (name, value) in headers {
        answer.insert(*name, value.parse().unwrap());
    }
    let body = body.to_owned();
    let router = Router::new().fallback(async move || (status, answer.clone(), body.clone()));
    channel(&serve(router).await, SECRET)
}

#[tokio::test]
async fn sending_editing_and_deleting_reach_the_host() {
    let (app, channel) = app().await;
    let receipt = channel.perform(&send("e-1", "On its way")).await.unwrap();
    assert_eq!(receipt.effect.as_str(), "e-1");
    assert_eq!(receipt.messages, [message("m-1")]);
    assert_eq!(
        receipt.at.unwrap().to_rfc3339(),
        "2026-11-22T08:00:01+00:00"
    );
    assert!(receipt.extra.is_empty());
    assert_eq!(app.lock().unwrap().messages["m-1"], "On its way");

    let edit = EffectKind::edit(message("m-1"), "It left");
    let receipt = channel.perform(&effect("e-2", edit)).await.unwrap();
    assert_eq!(receipt.messages, [message("m-1")]);
    assert_eq!(app.lock().unwrap().messages["m-1"], "It left");

    let delete = EffectKind::delete(message("m-1"));
    channel.perform(&effect("e-3", delete)).await.unwrap();
    assert!(app.lock().unwrap().messages.is_empty());

    let gone = EffectKind::delete(message("m-7"));
    let error = channel.perform(&effect("e-4", gone)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.landed()),
        (&ErrorKind::NotFound, Landed::No)
    );
}

#[tokio::test]
async fn the_same_key_twice_makes_one_message_and_the_same_receipt() {
    let (app, channel) = app().await;
    let first = channel.perform(&send("e-1", "Hello")).await.unwrap();
    let again = channel.perform(&send("e-1", "Hello")).await.unwrap();
    assert_eq!(first, again);
    let app = app.lock().unwrap();
    assert_eq!((app.posts, app.messages.len()), (2, 1));
}

#[tokio::test]
async fn a_lost_answer_is_found_by_a_probe_and_healed_by_a_repeat() {
    let (app, url) = host().await;
    let channel = channel(&url, SECRET);
    let reply = send("e/1", "Hello");
    assert_eq!(channel.probe(&reply).await.unwrap(), Probe::Absent);

    app.lock().unwrap().lose = 1;
    let hasty = waiting(&url, SECRET, Duration::from_millis(400));
    let error = hasty.perform(&reply).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.landed()),
        (&ErrorKind::Unavailable, Landed::Maybe)
    );
    assert!(
        !error.is_retryable(),
        "what may have landed must not be repeated blindly"
    );

    let Probe::Found(receipt) = channel.probe(&reply).await.unwrap() else {
        panic!()
    };
    assert_eq!(receipt.messages, [message("m-1")]);
    assert_eq!(channel.perform(&reply).await.unwrap(), receipt);
    assert_eq!(app.lock().unwrap().messages.len(), 1);
    assert_eq!(
        channel.probe(&send("e-2", "never sent")).await.unwrap(),
        Probe::Absent
    );
}

#[tokio::test]
async fn a_connection_that_ends_without_an_answer_may_have_landed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            connection.readable().await.unwrap();
        }
    });
    let channel = channel(&url, SECRET);
    let error = channel.perform(&send("e-1", "Hello")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.landed()),
        (&ErrorKind::Unavailable, Landed::Maybe)
    );
    let error = channel.probe(&send("e-1", "Hello")).await.unwrap_err();
    assert!(error.is_retryable(), "asking again is harmless: {error:?}");
}

#[tokio::test]
async fn where_nobody_listens_nothing_landed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let error = channel(&url, SECRET)
        .perform(&send("e-1", "Hello"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.landed()),
        (&ErrorKind::Unavailable, Landed::No)
    );
    assert!(error.is_retryable());
}

#[tokio::test]
async fn the_wrong_secret_is_refused_by_the_host() {
    let (app, good) = app().await;
    good.perform(&send("e-1", "Hello")).await.unwrap();
    let router = Router::new().route("/callback", get(look).post(take));
    let url = serve(router.with_state(Arc::clone(&app))).await;
    let bad = channel(&url, "not-the-right-secret");
    for error in [
        bad.perform(&send("e-2", "Hello")).await.unwrap_err(),
        bad.probe(&send("e-1", "Hello")).await.unwrap_err(),
    ] {
        assert_eq!(
            (error.kind(), error.landed()),
            (&ErrorKind::Unauthorized, Landed::No)
        );
        assert_eq!(error.status(), Status::Persistent);
        assert!(error.remedy().is_some());
    }
    assert_eq!(app.lock().unwrap().posts, 1);
}

#[tokio::test]
async fn refused_before_any_request() {
    let (app, channel) = app().await;
    let over = "ä".repeat(10_001);
    let limit = "ä".repeat(10_000);
    let elsewhere = ConversationKey::new(AccountId::new("other").unwrap(), "c-1").unwrap();
    let mut foreign = send("e-1", "Hello");
    foreign.conversation = elsewhere;
    let hide = EffectKind::hide(message("m-1"), true);
    let unknown = serde_json::from_value(json!({"type": "dance"})).unwrap();
    for (effect, kind) in [
        (send("e-1", &over), ErrorKind::TooLong),
        (send("e-2", " "), ErrorKind::Invalid),
        (foreign, ErrorKind::Invalid),
        (effect("e-3", hide), ErrorKind::Unsupported),
        (effect("e-4", unknown), ErrorKind::Unsupported),
    ] {
        let error = channel.perform(&effect).await.unwrap_err();
        assert_eq!((error.kind(), error.landed()), (&kind, Landed::No));
    }
    assert_eq!(app.lock().unwrap().posts, 0);
    channel.perform(&send("e-5", &limit)).await.unwrap();
    assert_eq!(app.lock().unwrap().messages["m-1"], limit);
}

#[tokio::test]
async fn every_status_says_whether_it_landed() {
    use ErrorKind::{
        Duplicate, Forbidden, Invalid, NotFound, Protocol, Throttled, TooLong, Unauthorized,
        Unavailable, Unsupported,
    };
    use Status::{Permanent, Persistent, Temporary};
    let table = [
        (301, Protocol, Persistent, Landed::No),
        (303, Protocol, Persistent, Landed::Maybe),
        (400, Invalid, Permanent, Landed::No),
        (401, Unauthorized, Persistent, Landed::No),
        (403, Forbidden, Persistent, Landed::No),
        (404, NotFound, Permanent, Landed::No),
        (405, Unsupported, Permanent, Landed::No),
        (408, Unavailable, Temporary, Landed::Maybe),
        (409, Duplicate, Permanent, Landed::Maybe),
        (410, NotFound, Permanent, Landed::No),
        (413, TooLong, Permanent, Landed::No),
        (422, Invalid, Permanent, Landed::No),
        (429, Throttled, Temporary, Landed::No),
        (500, Unavailable, Temporary, Landed::Maybe),
        (501, Unsupported, Permanent, Landed::No),
        (503, Unavailable, Temporary, Landed::Maybe),
    ];
    for (status, kind, tells, landed) in table {
        let body = r#"{"error": "closed_case", "text": "Hello"}"#;
        let channel = answering(status, &[], body).await;
        let error = channel.perform(&send("e-1", "Hello")).await.unwrap_err();
        assert_eq!(error.kind(), &kind, "{status}");
        assert_eq!(
            (error.status(), error.landed()),
            (tells, landed),
            "{status}"
        );
        assert_eq!(error.code(), Some("closed_case"));
    }
}

#[tokio::test]
async fn a_wait_is_passed_on_as_seconds_or_from_a_date() {
    for (text, seconds) in [("30", 30), ("Sun, 22 Nov 2026 08:02:00 GMT", 120)] {
        for status in [429, 503] {
            // A date is one of the callback's clock.
            let date = ("date", "Sun, 22 Nov 2026 08:00:00 GMT");
            let channel = answering(status, &[date, ("retry-after", text)], "").await;
            let error = channel.perform(&send("e-1", "Hello")).await.unwrap_err();
            assert_eq!(error.retry_after(), Some(Duration::from_secs(seconds)));
        }
    }
}

#[tokio::test]
async fn answers_fill_the_receipt_as_far_as_they_go() {
    async fn receipt(status: u16, body: &str) -> Result<Receipt, Error> {
        answering(status, &[], body)
            .await
            .perform(&send("e-1", "Hello"))
            .await
    }
    for body in [
        "",
        "OK",
        "[]",
        "{}",
        r#"{"id": ""}"#,
        r#"{"id": {"a": 1}, "at": "soon"}"#,
    ] {
        let receipt = receipt(200, body).await.unwrap();
        assert_eq!(receipt.messages, [message("e-1")], "{body}");
        assert_eq!(receipt.at, None);
    }
    assert_eq!(receipt(204, "").await.unwrap().messages, [message("e-1")]);
    let whole = receipt(
        202,
        r#"{"id": 18014398509481985, "held": true, "trace": 5}"#,
    )
    .await
    .unwrap();
    assert_eq!(whole.messages, [message("18014398509481985")]);
    assert!(whole.held);
    assert_eq!(whole.extra["host"], json!({"trace": 5}));
    for page in [
        "<p>Welcome to the guest network",
        r#"{"id": "m-"#,
        "\u{1}",
        &"OK".repeat(40),
    ] {
        let error = receipt(200, page).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Protocol, "{page}");
        assert_eq!(error.landed(), Landed::Maybe, "{page}");
    }
    let repeat = receipt(409, r#"{"id": "m-1"}"#).await.unwrap();
    assert_eq!(repeat.messages, [message("m-1")]);
}

#[tokio::test]
async fn a_probe_believes_only_an_answer_that_repeats_the_key() {
    let absent = r#"{"effect": "e-1"}"#;
    let other = r#"{"effect": "e-2", "id": "m-1"}"#;
    let found = answering(200, &[], absent)
        .await
        .probe(&send("e-1", "Hello"))
        .await
        .unwrap();
    assert!(matches!(found, Probe::Found(_)));
    let cases = [
        (404, absent, Probe::Absent),
        (404, "", Probe::CannotTell),
        (404, "<h1>Not found</h1>", Probe::CannotTell),
        (200, "<h1>Welcome</h1>", Probe::CannotTell),
        (200, other, Probe::CannotTell),
        (204, "", Probe::CannotTell),
        (302, "", Probe::CannotTell),
        (405, "", Probe::CannotTell),
        (501, "", Probe::CannotTell),
        (400, absent, Probe::CannotTell),
    ];
    for (status, body, expected) in cases {
        let channel = answering(status, &[], body).await;
        let probe = channel.probe(&send("e-1", "Hello")).await.unwrap();
        assert_eq!(probe, expected, "{status} {body}");
    }
    for status in [429, 500, 503] {
        let channel = answering(status, &[], absent).await;
        let error = channel.probe(&send("e-1", "Hello")).await.unwrap_err();
        assert!(error.is_retryable(), "{status}: {error:?}");
    }
}

#[tokio::test]
async fn errors_and_debug_show_neither_text_nor_secret_nor_address() {
    let body = r#"{"error": "Your text was: Matti Meikäläinen"}"#;
    let channel = answering(422, &[], body).await;
    let error = channel
        .perform(&send("e-1", "Hello Matti"))
        .await
        .unwrap_err();
    let url = "https://app.example/callback?token=t0ken";
    let shown = format!("{error} {error:?} {channel:?} {:?}", config(url, SECRET));
    for secret in ["Matti", "cbsec", "tenant", "t0ken"] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
}

#[test]
fn configurations_that_cannot_work_are_refused() {
    let http = || Arc::new(ReqwestClient::new().unwrap());
    let made = |config| ApiChannel::new(config, http(), now).map(drop);
    for (url, result) in [
        ("https://app.example/callback", Ok(())),
        ("http://localhost:8080/", Ok(())),
        ("http://127.0.0.1/", Ok(())),
        ("http://[::1]:8080/", Ok(())),
        ("http://app.example/", Err(ConfigError::PlainHttp)),
        ("http://localhost.example/", Err(ConfigError::PlainHttp)),
        (
            "https://user:hunter2@app.example/",
            Err(ConfigError::CallbackUrl),
        ),
        ("https://app.example/#here", Err(ConfigError::CallbackUrl)),
        ("ftp://app.example/", Err(ConfigError::CallbackUrl)),
        ("/callback", Err(ConfigError::CallbackUrl)),
        ("", Err(ConfigError::CallbackUrl)),
    ] {
        assert_eq!(made(config(url, SECRET)), result, "{url}");
    }
    let url = "https://app.example/callback";
    assert_eq!(made(config(url, "short")), Err(ConfigError::ShortSecret));
    let mut plain = config("http://app:8080/", SECRET);
    plain.allow_plain_http = true;
    assert_eq!(made(plain), Ok(()));
    let read = |extra: Value| {
        let mut text = json!({"account": "app", "callback_url": url, "secret": SECRET});
        text.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        serde_json::from_value::<ChannelConfig>(text)
    };
    assert_eq!(read(json!({})).unwrap().max_text, 10_000);
    let odd = read(json!({"effects": ["send", "dance"]})).unwrap();
    assert_eq!(made(odd), Err(ConfigError::UnknownEffect("dance".into())));
    assert!(read(json!({"callback": url})).is_err());
    let media = read(json!({"media": {"count": 2}})).unwrap();
    let channel = ApiChannel::new(media, http(), now).unwrap();
    assert_eq!(channel.capabilities(None).media.as_ref().unwrap().count, 2);
}

#[test]
fn the_effects_of_the_readme_are_all_known() {
    let readme = include_str!("../README.md");
    let mut examples = readme
        .split("```json\n")
        .skip(2)
        .map(|text| text.split("```").next().unwrap());
    let whole: Value = serde_json::from_str(examples.next().unwrap()).unwrap();
    let effect: Effect = serde_json::from_value(whole["effect"].clone()).unwrap();
    assert!(effect.extra.is_empty());
    assert_eq!(serde_json::to_value(&effect).unwrap(), whole["effect"]);
    let kinds = examples.next().unwrap().lines().map(|line| {
        let kind: EffectKind = serde_json::from_str(line).unwrap();
        kind.name().to_string()
    });
    let names = [
        "edit",
        "delete",
        "hide",
        "react",
        "mark_read",
        "private_reply",
    ];
    assert_eq!(kinds.collect::<Vec<_>>(), names);
}
