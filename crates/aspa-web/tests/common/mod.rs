//! A program with a web chat and an agents' API on a real listener, and a client that reads its streams.
#![allow(dead_code, reason = "each test uses its part")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test, helpers included"
)]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aspa_channel_webchat::{ChatConfig, ChatWebhook, Visitors, WebChat};
use aspa_desk::Desk;
use aspa_hours::Hours;
use aspa_http::{HttpClient, ReqwestClient};
use aspa_sla::Promise;
use aspa_store::Store;
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
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) const HOST: &str = "idsec-0123456789abcdef";
pub(crate) const ORIGIN: &str = "https://shop.example";

pub(crate) struct ByHeader;

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

pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    pub(crate) client: ReqwestClient,
    pub(crate) closing: Closing,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) served: JoinHandle<()>,
}

/// A program over the file in this folder, as it is after any number of restarts.
pub(crate) async fn serve(folder: &Path) -> Served {
    let store = SqliteStore::open(folder.join("desk.sqlite")).unwrap();
    serve_over(store, folder).await
}

/// A program over this store, with files in this folder.
pub(crate) async fn serve_over(store: impl Store, folder: &Path) -> Served {
    let secret = Secret::new("chsec-0123456789abcdef");
    let system = SystemId::new("crm").unwrap();
    let config = ChatConfig::new(AccountId::new("chat").unwrap(), secret)
        .with_identities(Secret::new(HOST), Some(system));
    let visitors = Visitors::new(config).unwrap();
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
    rates.transfers_by_address = 2;
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
        tokio::select! {
            _ = desk.run(Duration::from_secs(60), ended) => {}
            () = chat.run(std::future::pending()) => {}
        }
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
    pub(crate) async fn send(
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

    pub(crate) async fn enter(&self, ask: &Value) -> Value {
        let answer = self
            .send("POST", "/chat/enter", &[], ask.to_string().as_bytes())
            .await;
        assert_eq!(answer.status(), StatusCode::OK);
        serde_json::from_slice(answer.body()).unwrap()
    }

    pub(crate) async fn token(&self) -> String {
        self.enter(&json!({})).await["token"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub(crate) async fn post(&self, token: &str, events: &Value) -> Response<Bytes> {
        let body = json!({ "events": events }).to_string();
        self.send(
            "POST",
            "/chat/events",
            &[("aspa-visitor", token)],
            body.as_bytes(),
        )
        .await
    }

    pub(crate) async fn write(&self, token: &str, id: &str, text: &str) {
        let answer = self
            .post(
                token,
                &json!([{ "type": "message", "id": id, "text": text }]),
            )
            .await;
        assert_eq!(answer.status(), StatusCode::OK, "{:?}", answer.body());
    }

    pub(crate) async fn api(
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
    pub(crate) async fn ticket(&self) -> String {
        for _ in 0..500 {
            let (_, list) = self.api("anna", "GET", "/tickets", &Value::Null).await;
            if let Some(id) = list["tickets"][0]["id"].as_str() {
                return id.to_owned();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no ticket");
    }

    pub(crate) async fn reply(&self, ticket: &str, text: &str) {
        let path = format!("/tickets/{ticket}/reply");
        let (status, answer) = self
            .api("anna", "POST", &path, &json!({ "text": text }))
            .await;
        assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
    }

    pub(crate) async fn follow(&self, token: &str, last: Option<&str>) -> Follows {
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

    /// Begins to send a file that never ends. The server has taken it up when this returns: it says
    /// "100 Continue" when it begins to read.
    pub(crate) async fn begin_upload(&self, token: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let head = format!(
            "POST /chat/files?name=a HTTP/1.1\r\nhost: x\r\naspa-visitor: {token}\r\n\
             expect: 100-continue\r\ncontent-length: 900\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
        stream.read_exact(&mut answer).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 100"));
        stream
    }

    pub(crate) async fn stop(self) {
        self.closing.close();
        drop(self.stop);
        self.served.await.unwrap();
    }
}

/// A stream that is read event by event.
pub(crate) struct Follows {
    pub(crate) lines: BufReader<TcpStream>,
    pub(crate) last: Option<String>,
}

impl Follows {
    pub(crate) async fn row(&mut self) -> String {
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
    pub(crate) async fn event(&mut self) -> (String, Value) {
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

    /// The next line.
    pub(crate) async fn line(&mut self) -> Value {
        loop {
            let (name, data) = self.event().await;
            assert_ne!(name, "reset");
            if name == "line" {
                return data;
            }
        }
    }

    /// The texts of the next lines.
    pub(crate) async fn texts(&mut self, count: usize) -> Vec<String> {
        let mut texts = Vec::new();
        while texts.len() < count {
            let line = self.line().await;
            texts.push(line["text"].as_str().unwrap().to_owned());
        }
        texts
    }
}
