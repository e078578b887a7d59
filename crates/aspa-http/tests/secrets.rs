//! Whatever goes wrong, nothing that is shown holds a query, a user and password, a header or a body.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[expect(dead_code, reason = "the other tests use the rest of it")]
mod support;

use std::error::Error;
use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use aspa_http::layer::{
    Auth, BodyLimit, Credentials, Layered, Throttling, Timeout, Trace, UserAgent,
};
use aspa_http::{EventStream, HttpClient, HttpError, ReqwestClient, Signals, Throttle};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderValue, Request};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use support::{Act, Server};
use tracing_subscriber::fmt::format::FmtSpan;

/// Everything that anything writes: `tracing` at its finest, and `log`, which the HTTP library uses.
static WRITTEN: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Pen;

impl Write for Pen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        WRITTEN.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl log::Log for Pen {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }
    fn log(&self, record: &log::Record<'_>) {
        writeln!(Self, "{} {}", record.target(), record.args()).unwrap();
    }
    fn flush(&self) {}
}

fn listen() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        log::set_logger(&Pen).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
        let tracing = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
        let tracing = tracing.with_span_events(FmtSpan::FULL).with_ansi(false);
        tracing.with_writer(|| Pen).init();
    });
}

#[derive(Debug)]
struct Token(String);

#[async_trait]
impl Credentials for Token {
    async fn current(&self) -> Result<HeaderValue, HttpError> {
        Ok(HeaderValue::from_str(&format!("Bearer {}", self.0)).unwrap())
    }
    async fn renew(&self, _: &HeaderValue) -> Result<HeaderValue, HttpError> {
        Ok(HeaderValue::from_str(&format!("Bearer new-{}", self.0)).unwrap())
    }
}

fn now() -> DateTime<Utc> {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

fn client() -> ReqwestClient {
    ReqwestClient::builder()
        .connect_timeout(Duration::from_millis(100))
        .timeout(Duration::from_millis(100))
        .idle_timeout(Duration::from_millis(100))
        .max_body(1000)
        .build()
        .unwrap()
}

fn layered(token: &str) -> Layered {
    Layered::new(client())
        .with(Trace::new("test"))
        .with(UserAgent::new("shop/1").unwrap())
        .with(Auth::new(Token(token.to_owned())).refused_when(|answer| answer.status() == 401))
        .with(Throttling::new(Throttle::default(), now))
        .with(Timeout::new(Duration::from_secs(1), tokio::time::sleep))
        .with(BodyLimit::new(1000))
}

/// An error with all that caused it, in both ways of showing.
fn shown(error: &HttpError) -> String {
    let mut shown = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(cause) = source {
        shown += &format!(" {cause} {cause:?}");
        source = cause.source();
    }
    shown
}

/// What servers do, each of which holds a secret of the answer too.
fn acts(secret: &str) -> Vec<Act> {
    let write = |head: &str, body: &str| {
        let text = format!(
            "HTTP/1.1 {head}\r\nset-cookie: {secret}\r\nlocation: http://a/?{secret}\r\n\r\n{body}"
        );
        Act::Write(text.into_bytes())
    };
    vec![
        Act::CutAtOnce,
        Act::Write(secret.as_bytes().to_vec()),
        Act::Write(format!("HTTP/1.1 200 OK\r\n{secret}\r\n\r\n").into_bytes()),
        Act::Write(format!("HTTP/1.1 200 OK\r\nx: {secret}").into_bytes()),
        write("401 No\r\ncontent-length: 0", ""),
        write("302 Away\r\ncontent-length: 0", ""),
        write(
            &format!("200 OK\r\ncontent-length: {}", secret.len() + 5),
            secret,
        ),
        write("200 OK\r\ntransfer-encoding: chunked", secret),
        write("200 OK", &secret.repeat(200)),
        Act::Hang,
    ]
}

#[test]
fn nothing_that_is_shown_or_logged_holds_a_secret() {
    listen();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut runner = TestRunner::new(Config {
        cases: 2,
        failure_persistence: None,
        max_shrink_iters: 0,
        ..Config::default()
    });
    let secret = "[a-z]{3}S3cret[a-z0-9]{8}";
    runner
        .run(&secret, |secret| {
            let servers: Vec<Server> = acts(&secret).into_iter().map(Server::that).collect();
            let mut places: Vec<String> = servers.iter().map(|server| server.url.clone()).collect();
            places.extend(
                [
                    "http://127.0.0.1:1",
                    "https://127.0.0.1:1",
                    "ftp://a",
                    "http://[::1",
                ]
                .map(str::to_owned),
            );
            let (layered, plain) = (layered(&secret), client());
            let mut all = format!("{layered:?} {plain:?}");
            for place in &places {
                let (scheme, rest) = place.split_once("://").unwrap();
                for url in [
                    format!("{place}/p?token={secret}"),
                    format!("{scheme}://user:{secret}@{rest}/"),
                    format!("{place}/bot{secret}/send"),
                ] {
                    let request = Request::post(&url)
                        .header("x-api-key", &secret)
                        .header("cookie", format!("a={secret}"))
                        .body(Bytes::from(secret.clone()));
                    let Ok(request) = request else { continue };
                    runtime.block_on(async {
                        for client in [&layered as &dyn HttpClient, &plain] {
                            match client.send(request.clone()).await {
                                Err(error) => all += &shown(&error),
                                Ok(answer) => {
                                    all += &format!(
                                        "{:?}",
                                        Signals::read(answer.status(), answer.headers(), now())
                                    );
                                }
                            }
                        }
                        match layered.open(request.clone()).await {
                            Err(error) => all += &shown(&error),
                            Ok(answer) => {
                                all += &format!("{:?}", answer.body());
                                let mut events = EventStream::new(answer.into_body());
                                all += &format!("{events:?}");
                                match events.next().await {
                                    Err(error) => all += &shown(&error),
                                    Ok(event) => all += &format!("{event:?} {events:?}"),
                                }
                            }
                        }
                    });
                }
            }
            let written = String::from_utf8_lossy(&WRITTEN.lock().unwrap()).into_owned();
            prop_assert!(written.contains("aspa_http"), "the log is listened to");
            prop_assert!(
                all.contains("nothing was done") && all.contains("may have been received")
            );
            for (name, text) in [("shown", &all), ("logged", &written)] {
                if let Some(at) = text.find(&secret) {
                    let from = text[..at]
                        .char_indices()
                        .rev()
                        .nth(200)
                        .map_or(0, |(at, _)| at);
                    prop_assert!(false, "{name}: {}", &text[from..at + secret.len()]);
                }
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn settings_and_credentials_are_not_shown() {
    let builder = ReqwestClient::builder().proxy("http://user:S3cret@proxy.example:3128");
    assert!(!format!("{builder:?}").contains("S3cret"));
    let client = builder.build().unwrap();
    assert!(!format!("{client:?}").contains("S3cret"), "{client:?}");
    let auth = Auth::new(Token("S3cret".to_owned()));
    assert!(!format!("{auth:?}").contains("S3cret"));
    let throttle = Throttle::default();
    assert!(!format!("{:?}", Arc::new(throttle)).contains("S3cret"));
}
