//! `ReqwestClient` against a real server on this machine.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use aspa_http::{BodyStream, EventStream, HttpClient, HttpError, HttpErrorKind, ReqwestClient};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use support::{Act, Server};

fn client() -> ReqwestClient {
    ReqwestClient::builder()
        .connect_timeout(Duration::from_millis(300))
        .timeout(Duration::from_millis(600))
        .max_body(1000)
        .build()
        .unwrap()
}

async fn post(url: &str) -> Result<Response<Bytes>, HttpError> {
    let request = Request::post(url)
        .body(Bytes::from_static(b"hello-body"))
        .unwrap();
    client().send(request).await
}

fn answer(head: &str, body: &str) -> Act {
    Act::Write(format!("HTTP/1.1 {head}\r\n\r\n{body}").into_bytes())
}

#[tokio::test]
async fn a_request_goes_out_whole_and_any_status_is_an_answer() {
    let server = Server::that(answer(
        "503 Busy\r\nretry-after: 7\r\ncontent-length: 4",
        "busy",
    ));
    let reply = post(&format!("{}/in?a=1", server.url)).await.unwrap();
    assert_eq!(reply.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.headers()["retry-after"], "7");
    assert_eq!(&reply.body()[..], b"busy");
    let seen = server.request().unwrap();
    assert!(seen.starts_with("POST /in?a=1 HTTP/1.1\r\n"), "{seen}");
    assert!(seen.ends_with("\r\n\r\nhello-body"), "{seen}");
    let agent = format!("user-agent: aspa/{}\r\n", env!("CARGO_PKG_VERSION"));
    assert!(seen.to_lowercase().contains(&agent), "{seen}");
    assert!(server.request().is_err(), "it was sent twice");
}

#[tokio::test]
async fn the_user_agent_of_a_request_goes_before_ours() {
    let server = Server::that(answer("200 OK\r\ncontent-length: 0", ""));
    let request = Request::get(&server.url).header("user-agent", "shop/1.4");
    client()
        .send(request.body(Bytes::new()).unwrap())
        .await
        .unwrap();
    let seen = server.request().unwrap();
    assert!(
        seen.contains("shop/1.4") && !seen.contains("aspa/"),
        "{seen}"
    );
}

#[tokio::test]
async fn where_there_is_no_connection_nothing_was_sent() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let cases = [
        ("closed port", format!("http://{closed}/")),
        ("no such name", "http://nowhere.invalid/".to_owned()),
        (
            "no TLS handshake",
            format!("https://{}/", silent.local_addr().unwrap()),
        ),
    ];
    for (name, url) in cases {
        let error = post(&url).await.unwrap_err();
        assert_eq!(error.kind(), HttpErrorKind::Connect, "{name}: {error:?}");
        assert!(!error.may_have_been_sent(), "{name}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_no_connection() {
    let server = Server::that(answer("200 OK\r\ncontent-length: 0", ""));
    let error = post(&server.url.replace("http:", "https:"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), HttpErrorKind::Connect, "{error:?}");
}

#[tokio::test]
async fn a_request_that_cannot_be_built_was_not_sent() {
    for url in ["ftp://127.0.0.1/", "/relative"] {
        let error = post(url).await.unwrap_err();
        assert!(!error.may_have_been_sent(), "{url}: {error:?}");
        assert_eq!(error.kind(), HttpErrorKind::Invalid, "{url}");
    }
}

#[tokio::test]
async fn a_connection_cut_after_connecting_may_have_brought_the_request() {
    let cases = [
        ("before it was read", Act::CutAtOnce),
        ("after it was read", Act::Write(Vec::new())),
        ("within the head", Act::Write(b"HTTP/1.1 200 O".to_vec())),
        (
            "within the body",
            answer("200 OK\r\ncontent-length: 9", "half"),
        ),
        (
            "not HTTP",
            Act::Write(b"SSH-2.0-OpenSSH_9.9\r\n\r\n".to_vec()),
        ),
    ];
    for (name, act) in cases {
        let server = Server::that(act);
        let error = post(&server.url).await.unwrap_err();
        assert_eq!(error.kind(), HttpErrorKind::Cut, "{name}: {error:?}");
        assert!(error.may_have_been_sent(), "{name}");
    }
}

#[tokio::test]
async fn a_silent_server_is_given_up_in_time() {
    let server = Server::that(Act::Hang);
    let start = Instant::now();
    let error = post(&server.url).await.unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(error.kind(), HttpErrorKind::Timeout, "{error:?}");
    assert!(error.may_have_been_sent());
    assert!(server.request().unwrap().ends_with("hello-body"));
}

#[tokio::test]
async fn an_answer_over_the_limit_is_refused_with_or_without_its_length() {
    let at = |size: usize| "x".repeat(size);
    for head in [
        "200 OK\r\nconnection: close",
        "200 OK\r\ncontent-length: 1001",
    ] {
        let server = Server::that(answer(head, &at(1001)));
        let error = post(&server.url).await.unwrap_err();
        assert_eq!(error.kind(), HttpErrorKind::TooLarge, "{head}: {error:?}");
        assert_eq!(error.status(), Some(StatusCode::OK));
        assert!(error.may_have_been_sent());
    }
    let server = Server::that(answer("200 OK\r\nconnection: close", &at(1000)));
    assert_eq!(post(&server.url).await.unwrap().body().len(), 1000);
}

#[tokio::test]
async fn redirects_are_answers() {
    let elsewhere = Server::that(answer("200 OK\r\ncontent-length: 0", ""));
    for (status, method) in [(307, Method::POST), (302, Method::POST), (301, Method::GET)] {
        let head = format!(
            "{status} Moved\r\nlocation: {}\r\ncontent-length: 0",
            elsewhere.url
        );
        let server = Server::that(answer(&head, ""));
        let request = Request::builder().method(method).uri(&server.url);
        let reply = client()
            .send(request.body(Bytes::new()).unwrap())
            .await
            .unwrap();
        assert_eq!(reply.status().as_u16(), status);
    }
    assert!(elsewhere.request().is_err(), "a redirect was followed");
}

#[tokio::test]
async fn errors_show_no_address_and_no_body() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let hanging = Server::that(Act::Hang);
    let hanging = hanging.url.strip_prefix("http://").unwrap();
    for place in [closed.to_string(), hanging.to_owned(), "[broken".to_owned()] {
        let url = format!("http://user:hunter2@{place}/path?token=s3cret");
        let Ok(request) = Request::post(url).body(Bytes::from_static(b"hello-body")) else {
            continue;
        };
        let error = client().send(request).await.unwrap_err();
        let mut shown = format!("{error} {error:?}");
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            shown += &cause.to_string();
            source = cause.source();
        }
        for secret in ["hunter2", "s3cret", "token", "hello-body"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[test]
fn settings_that_cannot_be_used_are_refused_without_being_shown() {
    let wrong = [
        ReqwestClient::builder().user_agent("line\nbreak"),
        ReqwestClient::builder().proxy("http://user:hunter2@"),
    ];
    for builder in wrong {
        assert!(!format!("{builder:?}").contains("hunter2"));
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), HttpErrorKind::Invalid);
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}

async fn open(url: &str) -> Result<Response<BodyStream>, HttpError> {
    let client = ReqwestClient::builder()
        .connect_timeout(Duration::from_millis(300))
        .timeout(Duration::from_millis(600))
        .idle_timeout(Duration::from_millis(900))
        .max_body(10);
    let request = Request::get(url).header("accept", "text/event-stream");
    let client = client.build().unwrap();
    client.open(request.body(Bytes::new()).unwrap()).await
}

#[tokio::test]
async fn what_is_opened_is_read_as_it_comes_beyond_the_time_and_size_of_whole_answers() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n".to_vec();
    let wait = Duration::from_millis(500);
    let server = Server::that(Act::Slowly(
        vec![
            head,
            b"id: 1\nevent: update\nda".to_vec(),
            b"ta: one\n\n:thump\n".to_vec(),
            b"data: two\n\n".to_vec(),
        ],
        wait,
    ));
    let start = Instant::now();
    let answer = open(&server.url).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let mut events = EventStream::new(answer.into_body());
    let first = events.next().await.unwrap().unwrap();
    assert_eq!(
        (&*first.event, &*first.data, &*first.id),
        ("update", "one", "1")
    );
    assert!(start.elapsed() < 3 * wait, "it waited for the end");
    assert_eq!(events.next().await.unwrap().unwrap().data, "two");
    assert!(start.elapsed() > Duration::from_millis(1200));
    assert_eq!(events.next().await.unwrap(), None);
    assert_eq!(events.last_event_id(), "1");
}

#[tokio::test]
async fn a_stream_that_falls_silent_or_is_cut_says_so() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n";
    let silent = Server::that(Act::Slowly(
        vec![
            format!("{head}\r\ndata: one\n\n").into_bytes(),
            b"data: late\n\n".to_vec(),
        ],
        Duration::from_secs(4),
    ));
    let cut = Server::that(answer(
        "200 OK\r\ntransfer-encoding: chunked",
        "b\r\ndata: one\n\n\r\n",
    ));
    for (server, kind) in [(silent, HttpErrorKind::Timeout), (cut, HttpErrorKind::Cut)] {
        let mut events = EventStream::new(open(&server.url).await.unwrap().into_body());
        assert_eq!(events.next().await.unwrap().unwrap().data, "one");
        let error = events.next().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.status()),
            (kind, Some(StatusCode::OK)),
            "{error:?}"
        );
        assert!(error.may_have_been_sent());
        assert!(
            events.next().await.unwrap().is_none(),
            "an error is the end"
        );
    }
}

#[tokio::test]
async fn a_head_that_does_not_come_is_given_up_in_time() {
    let server = Server::that(Act::Hang);
    let error = open(&server.url).await.unwrap_err();
    assert_eq!(error.kind(), HttpErrorKind::Timeout, "{error:?}");
    assert!(error.may_have_been_sent());
    let error = open("http://nowhere.invalid/").await.unwrap_err();
    assert_eq!(error.kind(), HttpErrorKind::Connect, "{error:?}");
}

#[tokio::test]
async fn a_client_for_public_addresses_connects_to_no_other_however_they_are_written() {
    let server = Server::that(answer("200 OK\r\ncontent-length: 0", ""));
    let port = server.url.rsplit(':').next().unwrap();
    let guarded = ReqwestClient::builder().public_only().build().unwrap();
    let hosts = [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "017700000001",
        "127.0.0.1.",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::]",
        "localhost",
        "LOCALHOST.",
        "public.example@127.0.0.1",
        "169.254.169.254",
        "[fd00:ec2::254]",
    ];
    for host in hosts {
        for opened in [false, true] {
            let request = Request::get(format!("http://{host}:{port}/")).body(Bytes::new());
            // What is no URI at all cannot be asked for either.
            let Ok(request) = request else { continue };
            let error = match opened {
                true => guarded.open(request).await.map(drop),
                false => guarded.send(request).await.map(drop),
            };
            let error = error.unwrap_err();
            assert!(!error.may_have_been_sent(), "{host}: {error:?}");
            let kind = error.kind();
            let kinds = [HttpErrorKind::Invalid, HttpErrorKind::Connect];
            assert!(kinds.contains(&kind), "{host}: {error:?}");
        }
    }
    assert!(server.request().is_err(), "it was asked");
    let reached = client()
        .send(Request::get(&server.url).body(Bytes::new()).unwrap())
        .await;
    assert!(reached.is_ok(), "others can");
    let proxied = ReqwestClient::builder()
        .public_only()
        .proxy("http://proxy.example:3128");
    assert_eq!(proxied.build().unwrap_err().kind(), HttpErrorKind::Invalid);
}

#[tokio::test]
async fn a_user_and_password_in_an_address_are_sent_as_a_header() {
    let server = Server::that(answer("200 OK\r\ncontent-length: 0", ""));
    let url = server.url.replace("http://", "http://anna:pa%20ss@");
    let request = || Request::get(&url);
    client()
        .send(request().body(Bytes::new()).unwrap())
        .await
        .unwrap();
    let seen = server.request().unwrap().to_lowercase();
    assert!(
        seen.contains("authorization: basic yw5uytpwysbzcw==\r\n"),
        "{seen}"
    );
    assert!(!seen.contains("anna"), "{seen}");
    let own = request().header("authorization", "Bearer own");
    client()
        .send(own.body(Bytes::new()).unwrap())
        .await
        .unwrap();
    assert!(server.request().unwrap().contains("Bearer own"));
}
