//! What a server tells as it happens wakes the poll, and loses nothing when it breaks.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod fake;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aspa_channel::{Channel, ErrorKind, Event, EventKind, Via, Visibility};
use aspa_http::{BodyStream, HttpClient, HttpError, ReqwestClient, WebSocket};
use async_trait::async_trait;
use bytes::Bytes;
use fake::{ANA, Fake, Kind, TOKEN, connect, server};
use futures_util::{SinkExt, StreamExt};
use http::{Request, Response, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

const EVENTS: &str = "https://social.example/api/v1/streaming/user";
const MESSAGES: &str = "https://social.example/api/v1/streaming?stream=user";

/// The server in memory with a stream that tells these and then ends.
#[derive(Debug)]
struct Streaming {
    fake: Fake,
    tells: Mutex<Vec<(String, String)>>,
    opened: Mutex<Vec<String>>,
    /// Whether our client knows WebSockets.
    knows_sockets: bool,
}

#[async_trait]
impl HttpClient for Streaming {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        self.fake.send(request).await
    }

    async fn open(&self, request: Request<Bytes>) -> Result<Response<BodyStream>, HttpError> {
        self.opened.lock().unwrap().push(request.uri().to_string());
        let is_socket = request.extensions().get::<WebSocket>().is_some();
        let refused = || {
            let mut answer = Response::new(BodyStream::from(Bytes::from_static(b"no such page")));
            *answer.status_mut() = StatusCode::NOT_FOUND;
            Ok(answer)
        };
        match (self.fake.state().kind, is_socket) {
            (Kind::Mastodon, false) | (Kind::GoToSocial, true) => {}
            _ => return refused(),
        }
        let told = std::mem::take(&mut *self.tells.lock().unwrap());
        let mut pieces: Vec<Bytes> = Vec::new();
        for (event, data) in told {
            pieces.push(match is_socket {
                true => json!({ "stream": ["user"], "event": event, "payload": data })
                    .to_string()
                    .into(),
                false => format!(":thump\nevent: {event}\ndata: {data}\n\n").into(),
            });
            if is_socket {
                pieces.extend(["", "{}", "[1", r#"{"error":"?"}"#].map(Bytes::from));
            }
        }
        let mut answer = Response::new(pieces.into_iter().collect::<BodyStream>());
        if is_socket {
            *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
            if self.knows_sockets {
                answer.extensions_mut().insert(WebSocket);
            }
        } else {
            let events = "text/event-stream".parse().unwrap();
            answer.headers_mut().insert("content-type", events);
        }
        Ok(answer)
    }
}

fn streaming(kind: Kind, tells: &[(&str, &str)]) -> (Fake, Streaming) {
    let fake = server(kind);
    let tells = tells.iter();
    let tells = tells.map(|(event, data)| ((*event).to_owned(), (*data).to_owned()));
    let http = Streaming {
        fake: fake.clone(),
        tells: Mutex::new(tells.collect()),
        opened: Mutex::default(),
        knows_sockets: true,
    };
    (fake, http)
}

fn deleted(events: &[Event]) -> Vec<&str> {
    let deleted = events.iter().filter_map(|event| match &event.kind {
        EventKind::Visibility {
            message,
            visibility: Visibility::Deleted,
            ..
        } if event.provenance.via == Via::Stream => Some(&*message.id),
        _ => None,
    });
    deleted.collect()
}

#[tokio::test]
async fn a_deletion_is_told_until_a_poll_goes_on_after_it() {
    let tells = [
        ("filters_changed", "undefined"),
        ("delete", "77"),
        ("notification", "{}"),
    ];
    for (kind, first_tried, then) in [
        (Kind::Mastodon, &[EVENTS][..], EVENTS),
        (Kind::GoToSocial, &[EVENTS, MESSAGES], MESSAGES),
    ] {
        let (fake, http) = streaming(kind, &tells);
        let http = Arc::new(http);
        fake.write(ANA, "@shop hei", None, "public");
        let channel = connect(http.clone()).await;
        // It connects, then the deletion, then the notification; then it has ended.
        for _ in 0..3 {
            channel.changed().await.unwrap();
        }
        assert_eq!(
            *channel.changed().await.unwrap_err().kind(),
            ErrorKind::Unavailable
        );
        assert_eq!(*http.opened.lock().unwrap(), first_tried);
        let first = channel.poll(None).await.unwrap();
        assert_eq!(deleted(&first.events), ["77"]);
        // Nobody stored that page: it comes again.
        let again = channel.poll(None).await.unwrap();
        assert_eq!(deleted(&again.events), ["77"]);
        let next = channel.poll(again.next.as_ref()).await.unwrap();
        assert_eq!(deleted(&next.events), [""; 0]);
        // It connects anew, in the way that was found.
        channel.changed().await.unwrap();
        let opened = http.opened.lock().unwrap();
        assert_eq!(*opened, [first_tried, &[then]].concat(), "{kind:?}");
    }
}

#[tokio::test]
async fn what_has_no_stream_that_we_can_read_is_not_waited_for() {
    for (kind, knows_sockets) in [
        (Kind::Snac, true),
        (Kind::Snac, false),
        (Kind::GoToSocial, false),
    ] {
        let (_, mut http) = streaming(kind, &[("notification", "{}")]);
        http.knows_sockets = knows_sockets;
        let channel = connect(Arc::new(http)).await;
        let error = channel.changed().await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Unsupported, "{kind:?}");
    }
}

/// The server in memory, whose stream is that of a real socket.
#[derive(Debug)]
struct Wired {
    fake: Fake,
    client: ReqwestClient,
    port: u16,
}

#[async_trait]
impl HttpClient for Wired {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        self.fake.send(request).await
    }

    async fn open(&self, mut request: Request<Bytes>) -> Result<Response<BodyStream>, HttpError> {
        let rest = request.uri().path_and_query().unwrap();
        let here = format!("http://127.0.0.1:{}{rest}", self.port);
        *request.uri_mut() = here.parse().unwrap();
        self.client.open(request).await
    }
}

/// As GoToSocial answers: 404 to whoever asks for events, a WebSocket to whoever has the token.
async fn accept(listener: &TcpListener) -> WebSocketStream<TcpStream> {
    loop {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(connection.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        let (first, headers) = head.split_once("\r\n").unwrap();
        assert!(!first.contains(TOKEN), "{first}");
        if first.contains("/streaming/user") {
            let answer = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
            connection.write_all(answer).await.unwrap();
            continue;
        }
        assert_eq!(first, "GET /api/v1/streaming?stream=user HTTP/1.1");
        let header = |name: &str| {
            let mut lines = headers.lines().filter_map(|line| line.split_once(": "));
            let found = lines.find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.to_owned()).unwrap_or_default()
        };
        assert_eq!(header("authorization"), format!("Bearer {TOKEN}"));
        let accept = derive_accept_key(header("sec-websocket-key").as_bytes());
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
             sec-websocket-accept: {accept}\r\n\r\n"
        );
        connection.write_all(answer.as_bytes()).await.unwrap();
        return WebSocketStream::from_raw_socket(connection, Role::Server, None).await;
    }
}

#[tokio::test]
async fn over_a_real_socket_nothing_is_lost_between_two_connections() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let fake = server(Kind::GoToSocial);
    let client = ReqwestClient::new().unwrap();
    let http = Wired {
        fake: fake.clone(),
        client,
        port,
    };
    let channel = connect(Arc::new(http)).await;
    let texts = |events: &[Event]| -> Vec<String> {
        let texts = events.iter().filter_map(|event| match &event.kind {
            EventKind::Message(message) => Some(message.text()),
            _ => None,
        });
        texts.collect()
    };

    let (opened, socket) = tokio::join!(channel.changed(), accept(&listener));
    opened.unwrap();
    let mut socket = socket;
    let page = channel.poll(None).await.unwrap();
    // A wait that is given up takes nothing along.
    let short = tokio::time::timeout(Duration::from_millis(50), channel.changed());
    assert!(short.await.is_err());
    fake.write(ANA, "@shop one", None, "public");
    socket.send(Message::Ping("there?".into())).await.unwrap();
    let told = json!({ "stream": ["user"], "event": "notification", "payload": "{}" });
    socket.send(Message::text(told.to_string())).await.unwrap();
    channel.changed().await.unwrap();
    let page = channel.poll(page.next.as_ref()).await.unwrap();
    assert_eq!(texts(&page.events), ["one"]);

    // The connection goes, and what comes meanwhile nobody tells.
    let answered = socket.next().await.unwrap().unwrap();
    assert_eq!(answered, Message::Pong("there?".into()));
    drop(socket);
    let error = channel.changed().await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Unavailable);
    assert!(!format!("{error:?}").contains(TOKEN));
    fake.write(ANA, "@shop two", None, "public");
    // It connects in the way that it knows now, which is a change by itself: the poll fills the gap.
    let (opened, socket) = tokio::join!(channel.changed(), accept(&listener));
    opened.unwrap();
    let page = channel.poll(page.next.as_ref()).await.unwrap();
    assert_eq!(texts(&page.events), ["two"]);
    drop(socket);
}
