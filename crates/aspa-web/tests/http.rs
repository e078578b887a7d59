//! The whole way over real HTTP, on a real listener: coming in, writing, reading on, and who is let in.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test, helpers included"
)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use aspa_channel_webchat::{ChatConfig, ChatWebhook, Identity, Visitors, WebChat};
use aspa_desk::{Clock, Desk, SystemClock};
use aspa_hours::Hours;
use aspa_http::{HttpClient, ReqwestClient};
use aspa_sla::Promise;
use aspa_store_sqlite::SqliteStore;
use aspa_types::{AccountId, AgentId, Secret, SystemId};
use aspa_web::{
    Agent, Authenticate, Chat, ChatOptions, Closing, FileStore, Folder, Rates, Role,
    StoreTranscript, agents, health, webhooks,
};
use async_trait::async_trait;
use axum::Router;
use bytes::Bytes;
use chrono::TimeDelta;
use http::request::Parts;
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const HOST: &str = "idsec-0123456789abcdef";
const ORIGIN: &str = "https://shop.example";

struct ByHeader;

#[async_trait]
impl Authenticate for ByHeader {
    async fn agent(&self, head: &Parts) -> Option<Agent> {
        let name = head.headers.get("x-agent")?.to_str().ok()?;
        let roles: &[Role] = match name {
            "anna" => &[Role::Read, Role::Work],
            "trainee" => &[Role::Read],
            _ => return None,
        };
        Some(Agent::new(AgentId::new(name).ok()?, roles.iter().copied()))
    }
}

struct Served {
    address: SocketAddr,
    client: ReqwestClient,
    closing: Closing,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

/// A program over the file in this folder, as it is after any number of restarts.
async fn serve(folder: &std::path::Path) -> Served {
    let secret = Secret::new("chsec-0123456789abcdef");
    let system = SystemId::new("crm").unwrap();
    let config = ChatConfig::new(AccountId::new("chat").unwrap(), secret)
        .with_identities(Secret::new(HOST), Some(system));
    let visitors = Visitors::new(config).unwrap();
    let store = SqliteStore::open(folder.join("desk.sqlite")).unwrap();
    let transcript = Arc::new(StoreTranscript::new(&store));
    let hours = Hours::new(chrono_tz::Europe::Helsinki);
    let hours = hours.open("Mo-Su 00:00-24:00").unwrap();
    let desk = Desk::builder(store)
        .channel(WebChat::new(&visitors, transcript.clone()))
        .webhook("webchat", ChatWebhook::new(visitors.clone()))
        .promise(Promise::answer_within(TimeDelta::hours(2), hours))
        .build()
        .unwrap();
    let closing = Closing::new();
    let files = Folder::open(folder.join("files")).unwrap();
    let mut rates = Rates::default();
    rates.streams_by_visitor = 2;
    let options = ChatOptions::new()
        .origin(ORIGIN)
        .rates(rates)
        .files(files.clone(), 1_000)
        .closing(closing.clone());
    let chat = Chat::new(desk.clone(), visitors, transcript, options);
    let files: Arc<dyn FileStore> = Arc::new(files);
    let api = agents(desk.clone(), ByHeader, Some(files), closing.clone());
    let routes = Router::new()
        .nest("/chat", chat.routes())
        .nest("/api", api)
        .nest("/webhooks", webhooks(desk.clone(), ["app"]))
        .nest("/health", health(desk.clone()))
        .into_make_service_with_connect_info::<SocketAddr>();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let (end, ended) = oneshot::channel::<()>();
    let worker = tokio::spawn(async move {
        let ended = async { ended.await.unwrap_or_default() };
        desk.run(Duration::from_secs(60), ended).await;
    });
    let served = tokio::spawn(async move {
        let stopped = async { stopped.await.unwrap_or_default() };
        let served = axum::serve(listener, routes).with_graceful_shutdown(stopped);
        served.await.unwrap();
        drop(end);
        worker.await.unwrap();
    });
    Served {
        address,
        client: ReqwestClient::new().unwrap(),
        closing,
        stop,
        served,
    }
}

impl Served {
    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response<Bytes> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Bytes::copy_from_slice(body)).unwrap();
        self.client.send(request).await.unwrap()
    }

    async fn enter(&self, ask: &Value) -> Value {
        let answer = self
            .send("POST", "/chat/enter", &[], ask.to_string().as_bytes())
            .await;
        assert_eq!(answer.status(), StatusCode::OK);
        serde_json::from_slice(answer.body()).unwrap()
    }

    async fn token(&self) -> String {
        self.enter(&json!({})).await["token"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    async fn post(&self, token: &str, events: &Value) -> Response<Bytes> {
        let body = json!({ "events": events }).to_string();
        self.send(
            "POST",
            "/chat/events",
            &[("aspa-visitor", token)],
            body.as_bytes(),
        )
        .await
    }

    async fn write(&self, token: &str, id: &str, text: &str) {
        let answer = self
            .post(
                token,
                &json!([{ "type": "message", "id": id, "text": text }]),
            )
            .await;
        assert_eq!(answer.status(), StatusCode::OK, "{:?}", answer.body());
    }

    async fn api(
        &self,
        agent: &str,
        method: &str,
        path: &str,
        body: &Value,
    ) -> (StatusCode, Value) {
        let headers = [("x-agent", agent), ("content-type", "application/json")];
        let body = body.to_string();
        let body = if method == "GET" {
            &[][..]
        } else {
            body.as_bytes()
        };
        let answer = self
            .send(method, &format!("/api{path}"), &headers, body)
            .await;
        (
            answer.status(),
            serde_json::from_slice(answer.body()).unwrap_or_default(),
        )
    }

    /// The first ticket, once there is one.
    async fn ticket(&self) -> String {
        for _ in 0..500 {
            let (_, list) = self.api("anna", "GET", "/tickets", &Value::Null).await;
            if let Some(id) = list["tickets"][0]["id"].as_str() {
                return id.to_owned();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no ticket");
    }

    async fn reply(&self, ticket: &str, text: &str) {
        let path = format!("/tickets/{ticket}/reply");
        let (status, answer) = self
            .api("anna", "POST", &path, &json!({ "text": text }))
            .await;
        assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
    }

    async fn follow(&self, token: &str, last: Option<&str>) -> Follows {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let last = last
            .map(|last| format!("last-event-id: {last}\r\n"))
            .unwrap_or_default();
        let head =
            format!("GET /chat/stream HTTP/1.1\r\nhost: x\r\naspa-visitor: {token}\r\n{last}\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        Follows {
            lines: BufReader::new(stream),
            last: None,
        }
    }

    async fn stop(self) {
        self.closing.close();
        drop(self.stop);
        self.served.await.unwrap();
    }
}

/// A stream that is read event by event.
struct Follows {
    lines: BufReader<TcpStream>,
    last: Option<String>,
}

impl Follows {
    async fn row(&mut self) -> String {
        let mut row = String::new();
        let read = self.lines.read_line(&mut row);
        let read = tokio::time::timeout(Duration::from_secs(20), read).await;
        assert_ne!(
            read.expect("nothing came for 20 seconds").unwrap(),
            0,
            "the stream ended"
        );
        row.trim_end().to_owned()
    }

    /// The next event: its name and data.
    async fn event(&mut self) -> (String, Value) {
        let (mut name, mut data) = (String::new(), Value::Null);
        loop {
            let row = self.row().await;
            if let Some(text) = row.strip_prefix("event: ") {
                text.clone_into(&mut name);
            } else if let Some(text) = row.strip_prefix("data: ") {
                data = serde_json::from_str(text).unwrap();
            } else if let Some(text) = row.strip_prefix("id: ") {
                self.last = Some(text.to_owned());
            } else if row.is_empty() && !name.is_empty() {
                return (name, data);
            }
        }
    }

    /// The texts of the next lines.
    async fn texts(&mut self, count: usize) -> Vec<String> {
        let mut texts = Vec::new();
        while texts.len() < count {
            let (name, data) = self.event().await;
            assert_ne!(name, "reset");
            if name == "line" {
                texts.push(data["text"].as_str().unwrap().to_owned());
            }
        }
        texts
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_goes_on_after_a_cut_and_a_restart_without_loss_or_repeat() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(folder.path()).await;
    let token = served.token().await;
    let mut stream = served.follow(&token, None).await;
    served.write(&token, "m-1", "One").await;
    served.write(&token, "m-1", "One").await;
    assert_eq!(stream.texts(1).await, ["One"]);
    let ticket = served.ticket().await;
    served.reply(&ticket, "Two").await;
    assert_eq!(stream.texts(1).await, ["Two"]);
    let last = stream.last.clone();
    drop(stream);
    served.write(&token, "m-2", "Three").await;
    let mut stream = served.follow(&token, last.as_deref()).await;
    assert_eq!(stream.texts(1).await, ["Three"]);
    let last = stream.last.clone();
    served.reply(&ticket, "Four").await;
    served.stop().await;

    let served = serve(folder.path()).await;
    let mut stream = served.follow(&token, last.as_deref()).await;
    assert_eq!(stream.texts(1).await, ["Four"]);
    let mut anew = served.follow(&token, None).await;
    assert_eq!(anew.texts(4).await, ["One", "Two", "Three", "Four"]);
    let mut lost = served.follow(&served.token().await, Some("4.abc")).await;
    assert_eq!(lost.event().await.0, "reset");
    drop((stream, anew, lost));
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_from_another_process_reaches_the_stream() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (serve(folder.path()).await, serve(folder.path()).await);
    let token = one.token().await;
    let mut stream = one.follow(&token, None).await;
    one.write(&token, "m-1", "Hello").await;
    assert_eq!(stream.texts(1).await, ["Hello"]);
    other
        .reply(&other.ticket().await, "Hello from the other")
        .await;
    assert_eq!(stream.texts(1).await, ["Hello from the other"]);
    drop(stream);
    one.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_answered_without_authentication() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(folder.path()).await;
    let token = served.token().await;
    served.write(&token, "m-1", "Hello").await;
    let ticket = served.ticket().await;
    for path in [
        "/tickets",
        "/changes",
        "/nowhere",
        &format!("/tickets/{ticket}"),
    ] {
        let (status, body) = served.api("stranger", "GET", path, &Value::Null).await;
        assert_eq!(
            (status, &body["tickets"]),
            (StatusCode::UNAUTHORIZED, &Value::Null),
            "{path}"
        );
    }
    let reply = format!("/tickets/{ticket}/reply");
    for (agent, status) in [
        ("stranger", StatusCode::UNAUTHORIZED),
        ("trainee", StatusCode::FORBIDDEN),
    ] {
        assert_eq!(
            served
                .api(agent, "POST", &reply, &json!({ "text": "x" }))
                .await
                .0,
            status
        );
    }
    assert_eq!(
        served
            .api("trainee", "GET", "/tickets", &Value::Null)
            .await
            .0,
        StatusCode::OK
    );
    let resolve = format!("/tickets/{ticket}/resolve");
    let (status, done) = served.api("anna", "POST", &resolve, &json!({})).await;
    assert_eq!(
        (status, &done["category"]),
        (StatusCode::OK, &json!("resolved"))
    );
    // A visitor's endpoints want a token, and the chat has no second door.
    for path in ["/chat/events", "/chat/files", "/webhooks/webchat"] {
        let status = served.send("POST", path, &[], b"{}").await.status();
        assert!(
            [StatusCode::UNAUTHORIZED, StatusCode::NOT_FOUND].contains(&status),
            "{path}: {status}"
        );
    }
    assert_eq!(
        served.send("GET", "/chat/stream", &[], b"").await.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        served.send("GET", "/health/ready", &[], b"").await.status(),
        StatusCode::OK
    );
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_too_much_waits_and_others_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(folder.path()).await;
    let (busy, calm) = (served.token().await, served.token().await);
    let mut held = None;
    for n in 0..12 {
        let event = json!([{ "type": "message", "id": format!("m-{n}"), "text": "x" }]);
        let answer = served.post(&busy, &event).await;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            held = Some(answer);
        }
    }
    let held = held.expect("twelve at once are too many");
    let wait: u64 = held.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=4).contains(&wait), "{wait}");
    served.write(&calm, "m-1", "Hello").await;
    let long = vec![b' '; 70 << 10];
    let answer = served
        .send("POST", "/chat/events", &[("aspa-visitor", &calm)], &long)
        .await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let mut follows = Vec::new();
    for _ in 0..2 {
        let mut stream = served.follow(&calm, None).await;
        stream.texts(1).await;
        follows.push(stream);
    }
    let third = served
        .send("GET", "/chat/stream", &[("aspa-visitor", &calm)], b"")
        .await;
    assert_eq!(third.status(), StatusCode::TOO_MANY_REQUESTS);
    follows.pop();
    served.write(&calm, "m-2", "Still there").await;
    let mut again = served.follow(&calm, None).await;
    // The place is free again once the server has seen that the other one is gone.
    for _ in 0..50 {
        if again.row().await.starts_with("HTTP/1.1 200") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        again = served.follow(&calm, None).await;
    }
    drop((again, follows));
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_saved_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(folder.path()).await;
    let token = served.token().await;
    let headers = [("aspa-visitor", token.as_str())];
    let html = b"<script>alert(1)</script>";
    let answer = served
        .send("POST", "/chat/files?name=..%2Fa.html", &headers, html)
        .await;
    assert_eq!(answer.status(), StatusCode::OK);
    let file: Value = serde_json::from_slice(answer.body()).unwrap();
    let event = json!([{ "type": "message", "id": "m-1", "files": [file["file"]] }]);
    let mut stream = served.follow(&token, None).await;
    assert_eq!(served.post(&token, &event).await.status(), StatusCode::OK);
    let line = loop {
        let (name, data) = stream.event().await;
        if name == "line" {
            break data;
        }
    };
    let id = line["files"][0]["id"].as_str().unwrap().to_owned();
    let saved = served
        .send("GET", &format!("/chat/files/{id}"), &headers, b"")
        .await;
    assert_eq!(
        (saved.status(), &saved.body()[..]),
        (StatusCode::OK, &html[..])
    );
    assert_eq!(saved.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(
        saved.headers()["content-disposition"],
        "attachment; filename*=UTF-8''a.html"
    );
    assert_eq!(saved.headers()["x-content-type-options"], "nosniff");
    let ticket = served.ticket().await;
    let path = format!("/api/tickets/{ticket}/files/{id}");
    let agent = served
        .send("GET", &path, &[("x-agent", "trainee")], b"")
        .await;
    assert_eq!(agent.status(), StatusCode::OK);
    let stranger = served.token().await;
    let path = format!("/chat/files/{id}");
    let other = served
        .send("GET", &path, &[("aspa-visitor", &stranger)], b"")
        .await;
    assert_eq!(other.status(), StatusCode::NOT_FOUND);
    for (content, status) in [
        (vec![b'x'; 1_001], StatusCode::PAYLOAD_TOO_LARGE),
        (b"MZ\0\x01".to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ] {
        let answer = served
            .send("POST", "/chat/files?name=x", &headers, &content)
            .await;
        assert_eq!(answer.status(), status);
    }
    drop(stream);
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_host_says_who_it_is_and_the_agent_sees_it() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(folder.path()).await;
    let until = SystemClock.now() + TimeDelta::hours(1);
    let identity = Identity::sign(&Secret::new(HOST), "1042", until).unwrap();
    let come = served
        .enter(&json!({ "identity": identity, "language": "fi" }))
        .await;
    assert_eq!(
        (&come["verified"], &come["refused"]),
        (&json!(true), &Value::Null)
    );
    assert!(
        come["service"]["text"]
            .as_str()
            .unwrap()
            .contains("2 tunnin"),
        "{come}"
    );
    let token = come["token"].as_str().unwrap();
    served.write(token, "m-1", "Hei").await;
    let ticket = served.ticket().await;
    let (_, shown) = served
        .api("anna", "GET", &format!("/tickets/{ticket}"), &Value::Null)
        .await;
    let message = &shown["messages"][0];
    assert_eq!(
        (&message["customer"], &message["verified"]),
        (&json!("crm:1042"), &json!(true))
    );
    let forged = served
        .enter(&json!({ "identity": identity.replace("1042", "1043") }))
        .await;
    assert_eq!(
        (&forged["verified"], &forged["refused"]),
        (&json!(false), &json!("wrong signature"))
    );
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_pages_that_were_named_are_let_in_from_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(folder.path()).await;
    for (origin, let_in) in [
        (ORIGIN, true),
        ("https://evil.example", false),
        ("null", false),
    ] {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            (
                "access-control-request-headers",
                "aspa-visitor,content-type",
            ),
        ];
        let answer = served.send("OPTIONS", "/chat/events", &headers, b"").await;
        let allowed = answer.headers().get("access-control-allow-origin");
        assert_eq!(
            allowed.map(|v| v.to_str().unwrap()),
            let_in.then_some(origin)
        );
        assert!(
            !answer
                .headers()
                .contains_key("access-control-allow-credentials")
        );
        let api = served.send("OPTIONS", "/api/tickets", &headers, b"").await;
        assert!(!api.headers().contains_key("access-control-allow-origin"));
    }
    let widget = served.send("GET", "/chat/widget.js", &[], b"").await;
    assert!(widget.body().len() < 35_000);
    let kept = format!("/chat/widget-{}.js", aspa_channel_webchat::widget_version());
    let kept = served.send("GET", &kept, &[], b"").await;
    assert!(
        kept.headers()["cache-control"]
            .to_str()
            .unwrap()
            .contains("immutable")
    );
    served.stop().await;
}
