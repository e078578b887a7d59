//! The whole way over real HTTP: signed in, a ticket, a reply, the callback.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::process::Command;
use std::time::Duration;

use aspa::http::{HttpClient, ReqwestClient};
use aspa::store_sqlite::SqliteStore;
use aspa::types::Secret;
use axum::body::Bytes;
use axum::http::{Request, StatusCode, header};
use embed::{App, AppConfig, Config, HOURS, Keys, embed as wire, serve};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const WEBHOOK: &str = "whsec-0123456789abcdef";
const CALLBACK: &str = "cbsec-0123456789abcdef";

/// The app and the program, both listening, the program over a file.
struct Setting {
    app: App,
    url: String,
    agent: String,
    client: ReqwestClient,
    stop: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
    _folder: tempfile::TempDir,
}

async fn setting() -> Setting {
    let app = App::new(Secret::new(WEBHOOK), Secret::new(CALLBACK));
    let far_side = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let callback_url = format!("http://{}/callback", far_side.local_addr().unwrap());
    let routes = app.routes();
    tokio::spawn(async move { axum::serve(far_side, routes).await });
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("support.sqlite")).unwrap();
    let keys = Keys::random().unwrap();
    let agent = format!("Bearer {}", keys.agent.expose());
    let config = Config {
        keys,
        hours: HOURS.to_owned(),
        files: folder.path().join("files"),
        app: Some(AppConfig {
            callback_url,
            webhook_secret: Secret::new(WEBHOOK),
            callback_secret: Secret::new(CALLBACK),
        }),
    };
    let embedded = wire(store, config).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = oneshot::channel();
    let served = tokio::spawn(serve(listener, embedded, async {
        stopped.await.unwrap_or_default();
    }));
    Setting {
        app,
        url,
        agent,
        client: ReqwestClient::new().unwrap(),
        stop,
        served,
        _folder: folder,
    }
}

impl Setting {
    async fn send(&self, request: Request<Bytes>) -> (StatusCode, Value) {
        let answer = self.client.send(request).await.unwrap();
        let body = serde_json::from_slice(answer.body()).unwrap_or_default();
        (answer.status(), body)
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        let request = Request::get(format!("{}/api{path}", self.url))
            .header(header::AUTHORIZATION, &self.agent);
        self.send(request.body(Bytes::new()).unwrap()).await
    }

    async fn reply(&self, ticket: &str, body: Value) -> (StatusCode, Value) {
        let request = Request::post(format!("{}/api/tickets/{ticket}/reply", self.url))
            .header(header::AUTHORIZATION, &self.agent)
            .header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(body.to_string().into()).unwrap())
            .await
    }

    fn delivery(&self, app: &App, id: &str, text: &str) -> Request<Bytes> {
        let url = format!("{}/webhooks/app", self.url);
        app.deliver(&url, id, text).unwrap()
    }

    async fn tickets(&self) -> Vec<Value> {
        let (status, mut body) = self.get("/tickets").await;
        assert_eq!(status, StatusCode::OK);
        serde_json::from_value(body["tickets"].take()).unwrap()
    }

    /// The tickets, once there are any.
    async fn first_tickets(&self) -> Vec<Value> {
        until(async || Some(self.tickets().await).filter(|tickets| !tickets.is_empty())).await
    }

    async fn shown(&self, ticket: &str) -> Value {
        let (status, body) = self.get(&format!("/tickets/{ticket}")).await;
        assert_eq!(status, StatusCode::OK);
        body
    }

    async fn close(self) {
        drop(self.stop);
        self.served.await.unwrap().unwrap();
    }
}

async fn until<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..1000 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nothing happened for 20 seconds");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_message_becomes_a_ticket_and_its_reply_reaches_the_callback_once() {
    let setting = setting().await;
    let delivery = setting.delivery(&setting.app, "d-1", "Where is my parcel?");
    assert_eq!(setting.send(delivery).await.0, StatusCode::OK);
    let tickets = setting.first_tickets().await;
    assert_eq!(tickets.len(), 1);
    assert_eq!(tickets[0]["customer"], "api:app:u-42");
    assert_eq!(tickets[0]["unhandled"], 1);
    assert!(tickets[0]["breach_at"].is_string());
    let id = tickets[0]["id"].as_str().unwrap();
    assert_eq!(
        setting.shown(id).await["messages"][0]["text"],
        "Where is my parcel?"
    );

    let (status, queued) = setting
        .reply(
            id,
            json!({"text": "It arrives tomorrow.", "newest_seen": "m-d-1"}),
        )
        .await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let ticket = until(async || {
        let ticket = setting.shown(id).await;
        (ticket["category"] == "waiting_customer").then_some(ticket)
    })
    .await;
    assert_eq!(ticket["messages"][0]["disposition"]["type"], "answered");
    assert_eq!(ticket["messages"][1]["text"], "It arrives tomorrow.");
    assert_eq!(ticket["messages"][1]["by"], "anna");
    assert_eq!(ticket["clocks"][0]["verdict"], "met");
    let (posted, posts) = setting.app.posted();
    assert_eq!((posted.len(), posts), (1, 1));
    assert_eq!(posted[0].idempotency_key, queued["effect"]);
    assert_eq!(posted[0].conversation, "case-7");
    assert_eq!(posted[0].text, "It arrives tomorrow.");
    let app = setting.app.clone();
    setting.close().await;
    assert_eq!(app.posted().1, 1, "stopping sends nothing again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_delivery_is_refused_and_leaves_nothing() {
    let setting = setting().await;
    let forger = App::new(Secret::new(CALLBACK), Secret::new(CALLBACK));
    let forged = setting.delivery(&forger, "d-1", "Give me a refund");
    assert_eq!(setting.send(forged).await.0, StatusCode::UNAUTHORIZED);
    let genuine = setting.delivery(&setting.app, "d-2", "Where is my parcel?");
    let (mut head, _) = genuine.into_parts();
    head.uri = format!("{}/webhooks/app", setting.url).parse().unwrap();
    let changed = Request::from_parts(head, Bytes::from("{\"events\":[]}"));
    assert_eq!(setting.send(changed).await.0, StatusCode::UNAUTHORIZED);
    // One that comes later is worked, so the forged ones would have been too.
    let genuine = setting.delivery(&setting.app, "d-3", "Hello?");
    assert_eq!(setting.send(genuine).await.0, StatusCode::OK);
    let tickets = setting.first_tickets().await;
    assert_eq!((tickets.len(), &tickets[0]["messages"]), (1, &json!(1)));
    setting.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_delivery_twice_makes_one_ticket_with_one_message() {
    let setting = setting().await;
    for (delivery, text) in [
        ("d-1", "Where is my parcel?"),
        ("d-1", "Where is my parcel?"),
        ("d-2", "Hello?"),
    ] {
        let delivery = setting.delivery(&setting.app, delivery, text);
        assert_eq!(setting.send(delivery).await.0, StatusCode::OK);
    }
    // What comes later is decided later: once the last is there, so is everything before it.
    let ticket = until(async || {
        let tickets = setting.tickets().await;
        assert!(tickets.len() <= 1, "{tickets:?}");
        let ticket = setting.shown(tickets.first()?["id"].as_str()?).await;
        ticket.to_string().contains("Hello?").then_some(ticket)
    })
    .await;
    assert_eq!(ticket["messages"].as_array().map(Vec::len), Some(2));
    setting.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_done_is_said() {
    let setting = setting().await;
    let unknown = setting.get("/tickets/t-0").await;
    assert_eq!(unknown.0, StatusCode::NOT_FOUND);
    assert!(unknown.1["error"].as_str().unwrap().contains("t-0"));
    for (delivery, text) in [("d-1", "Where is my parcel?"), ("d-2", "Hello?")] {
        let delivery = setting.delivery(&setting.app, delivery, text);
        assert_eq!(setting.send(delivery).await.0, StatusCode::OK);
    }
    let id = until(async || {
        let tickets = setting.tickets().await;
        let ticket = tickets.first().filter(|ticket| ticket["messages"] == 2)?;
        Some(ticket["id"].as_str().unwrap().to_owned())
    })
    .await;
    let late = setting
        .reply(&id, json!({"text": "Tomorrow.", "newest_seen": "m-d-1"}))
        .await;
    assert_eq!(late.0, StatusCode::CONFLICT, "{}", late.1);
    let long = setting
        .reply(&id, json!({"text": "a".repeat(10_001)}))
        .await;
    assert_eq!(long.0, StatusCode::UNPROCESSABLE_ENTITY, "{}", long.1);
    assert_eq!(setting.app.posted().1, 0);
    setting.close().await;
}

fn embed(args: &[&str]) -> (bool, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_embed"))
        .args(args)
        .env_remove("EMBED_CALLBACK_URL")
        .env_remove("EMBED_WEBHOOK_SECRET")
        .env_remove("EMBED_CALLBACK_SECRET")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.success(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn the_demonstration_plays_a_case_and_ends() {
    let (success, said, complained) = embed(&["--demo"]);
    assert!(success, "{complained}");
    for word in [
        "401",
        "It arrives tomorrow.",
        "idempotency-key: ",
        "waiting_customer",
    ] {
        assert!(said.contains(word), "{word} is missing in:\n{said}");
    }
}

#[test]
fn the_command_line_explains_itself() {
    let (success, help, _) = embed(&["--help"]);
    assert!(success);
    for word in ["--db", "--port", "--demo", "EMBED_WEBHOOK_SECRET"] {
        assert!(help.contains(word), "{word} is missing in:\n{help}");
    }
    let (success, _, complained) = embed(&["--callback-url=http://127.0.0.1:9/callback"]);
    assert!(
        !success && complained.contains("--webhook-secret"),
        "{complained}"
    );
}

#[test]
fn a_short_secret_is_refused_and_never_shown() {
    let (success, said, complained) = embed(&[
        "--db=no/such/folder/a.sqlite",
        "--callback-url=http://127.0.0.1:9/callback",
        "--webhook-secret=hunter2",
        "--callback-secret=hunter3",
    ]);
    assert!(
        !success && complained.contains("no/such/folder"),
        "{complained}"
    );
    let folder = tempfile::tempdir().unwrap();
    let db = format!("--db={}", folder.path().join("a.sqlite").display());
    let (success, _, refused) = embed(&[
        &db,
        "--port=0",
        "--callback-url=http://127.0.0.1:9/callback",
        "--webhook-secret=hunter2",
        "--callback-secret=hunter3",
    ]);
    assert!(
        !success && refused.contains("shorter than 16 bytes"),
        "{refused}"
    );
    assert!(!format!("{said}{complained}{refused}").contains("hunter"));
}
