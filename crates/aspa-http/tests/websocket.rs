//! WebSockets by `ReqwestClient`, against a server that answers the handshake by RFC 6455 itself.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use aspa_http::{BodyStream, HttpClient, HttpError, HttpErrorKind, ReqwestClient, WebSocket};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::{Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

/// Listens; gives where, and the request that comes with its connection.
async fn listen() -> (String, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/live?stream=user", listener.local_addr().unwrap());
    (url, listener)
}

async fn accept(listener: &TcpListener) -> (String, TcpStream) {
    let (mut connection, _) = listener.accept().await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(connection.read_u8().await.unwrap());
    }
    (String::from_utf8(head).unwrap().to_lowercase(), connection)
}

/// The key of a handshake, which is not to be taken in lower case.
async fn handshake(listener: &TcpListener, right: bool) -> (String, WebSocketStream<TcpStream>) {
    let (mut connection, _) = listener.accept().await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(connection.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let name = "sec-websocket-key: ";
    let key = head.lines().find_map(|line| {
        let is_key = line.to_lowercase().starts_with(name);
        is_key.then(|| line[name.len()..].trim().to_owned())
    });
    let key = if right {
        key.unwrap()
    } else {
        "another".to_owned()
    };
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: WebSocket\r\n\
         sec-websocket-accept: {}\r\n\r\n",
        derive_accept_key(key.as_bytes())
    );
    connection.write_all(answer.as_bytes()).await.unwrap();
    let socket = WebSocketStream::from_raw_socket(connection, Role::Server, None).await;
    (head, socket)
}

async fn open(url: &str) -> Result<Response<BodyStream>, HttpError> {
    let client = ReqwestClient::builder()
        .timeout(Duration::from_secs(5))
        .idle_timeout(Duration::from_millis(700))
        .build()
        .unwrap();
    let request = Request::get(url)
        .header("authorization", "Bearer s3cret")
        .header("connection", "close")
        .extension(WebSocket)
        .body(Bytes::new());
    client.open(request.unwrap()).await
}

#[tokio::test]
async fn messages_come_one_by_one_and_pings_are_answered() {
    let (url, listener) = listen().await;
    let server = tokio::spawn(async move {
        let (head, mut socket) = handshake(&listener, true).await;
        // Half of the time that silence is borne, three times: what is no message is a sign of life too.
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_millis(350)).await;
            socket
                .send(Message::Ping("are you there".into()))
                .await
                .unwrap();
        }
        socket.send(Message::text("one")).await.unwrap();
        socket.send(Message::binary(vec![2; 70_000])).await.unwrap();
        socket.send(Message::text("three")).await.unwrap();
        socket.close(None).await.unwrap();
        let mut answers = Vec::new();
        while let Some(Ok(answer)) = socket.next().await {
            answers.push(answer);
        }
        (head, answers)
    });
    let answer = open(&url).await.unwrap();
    assert_eq!(answer.extensions().get(), Some(&WebSocket));
    assert_eq!(answer.status().as_u16(), 101);
    let mut body = answer.into_body();
    let mut came = Vec::new();
    while let Some(message) = body.chunk().await.unwrap() {
        came.push(message);
    }
    drop(body);
    assert_eq!(
        came,
        [Bytes::from("one"), vec![2; 70_000].into(), "three".into()]
    );
    let (head, answers) = server.await.unwrap();
    assert!(
        head.starts_with("GET /live?stream=user HTTP/1.1\r\n"),
        "{head}"
    );
    let pong = Message::Pong("are you there".into());
    assert!(answers.contains(&pong), "{answers:?}");
}

#[tokio::test]
async fn a_refusal_is_an_answer_and_no_websocket() {
    let (url, listener) = listen().await;
    tokio::spawn(async move {
        let (_, mut connection) = accept(&listener).await;
        let answer = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\nno";
        connection.write_all(answer).await.unwrap();
    });
    let answer = open(&url).await.unwrap();
    assert_eq!(answer.status().as_u16(), 401);
    assert_eq!(answer.extensions().get::<WebSocket>(), None);
    assert_eq!(answer.into_body().collect(9).await.unwrap(), "no");
}

#[tokio::test]
async fn who_does_not_answer_the_handshake_speaks_another_protocol() {
    let (url, listener) = listen().await;
    let server = tokio::spawn(async move { handshake(&listener, false).await });
    let error = open(&url).await.unwrap_err();
    assert_eq!(error.kind(), HttpErrorKind::Cut);
    drop(server);
}

#[tokio::test]
async fn silence_a_cut_and_too_much_end_it() {
    for (act, expected) in [
        ("silence", HttpErrorKind::Timeout),
        ("cut", HttpErrorKind::Cut),
        ("too much", HttpErrorKind::TooLarge),
        ("nonsense", HttpErrorKind::Cut),
    ] {
        let (url, listener) = listen().await;
        let server = tokio::spawn(async move {
            let (_, mut socket) = handshake(&listener, true).await;
            match act {
                "too much" => {
                    let _ = socket.send(Message::binary(vec![0; (1 << 20) + 1])).await;
                }
                // A frame of an opcode that there is none of (RFC 6455 section 5.2).
                "nonsense" => socket.get_mut().write_all(&[0x83, 0]).await.unwrap(),
                "cut" => return,
                _ => {}
            }
            tokio::time::sleep(Duration::from_secs(3)).await;
        });
        let mut body = open(&url).await.unwrap().into_body();
        let error = body.chunk().await.unwrap_err();
        assert_eq!(error.kind(), expected, "{act}");
        assert_eq!(body.chunk().await.unwrap(), None, "{act}");
        server.abort();
    }
}
