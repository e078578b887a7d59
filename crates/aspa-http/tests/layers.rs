//! Layers in front of a client that talks to a real server, which counts what it gets.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aspa_http::layer::{
    Auth, BodyLimit, Credentials, Layer, Layered, Next, Throttling, Timeout, Trace, UserAgent,
};
use aspa_http::{
    BodyStream, Bucket, HttpClient, HttpError, HttpErrorKind, Purpose, ReqwestClient, Throttle,
};
use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use tokio::net::TcpListener;

/// What the server has got, by path, and the token that it takes.
#[derive(Default)]
struct Seen {
    requests: Mutex<BTreeMap<String, usize>>,
    agents: Mutex<Vec<String>>,
    token: Mutex<String>,
}

impl Seen {
    fn count(&self, path: &str) -> usize {
        self.requests
            .lock()
            .unwrap()
            .get(path)
            .copied()
            .unwrap_or(0)
    }
}

async fn serve(State(seen): State<Arc<Seen>>, request: axum::extract::Request) -> Response<Body> {
    let (head, _) = request.into_parts();
    let path = head.uri.path().to_owned();
    *seen
        .requests
        .lock()
        .unwrap()
        .entry(path.clone())
        .or_default() += 1;
    let header = |name: &str| {
        let value = head.headers.get(name);
        value
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default()
    };
    seen.agents.lock().unwrap().push(header("user-agent"));
    let answer = Response::builder();
    let status = path.trim_start_matches('/').parse::<u16>();
    match (path.as_str(), status) {
        ("/token", _) if header("authorization") != *seen.token.lock().unwrap() => {
            answer.status(401).body(Body::empty()).unwrap()
        }
        ("/never", _) => answer.status(401).body(Body::empty()).unwrap(),
        ("/slow", _) => {
            tokio::time::sleep(Duration::from_secs(5)).await;
            answer.body(Body::empty()).unwrap()
        }
        ("/busy", _) => answer
            .status(429)
            .header("retry-after", "900")
            .body(Body::empty())
            .unwrap(),
        ("/large", _) => answer.body(Body::from(vec![b'x'; 1001])).unwrap(),
        (_, Ok(status)) => answer.status(status).body(Body::empty()).unwrap(),
        _ => answer.body(Body::from("well")).unwrap(),
    }
}

async fn server() -> (String, Arc<Seen>) {
    let seen = Arc::new(Seen::default());
    "Bearer 2".clone_into(&mut seen.token.lock().unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(serve).with_state(seen.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (format!("http://{address}"), seen)
}

/// Tokens `Bearer 1`, `Bearer 2` and so on; `renewals` says how many there were.
#[derive(Debug)]
struct Tokens {
    renewals: Arc<AtomicUsize>,
    /// How many there are in all.
    last: usize,
}

impl Tokens {
    fn value(n: usize) -> HeaderValue {
        HeaderValue::from_str(&format!("Bearer {}", n + 1)).unwrap()
    }
}

#[async_trait]
impl Credentials for Tokens {
    async fn current(&self) -> Result<HeaderValue, HttpError> {
        Ok(Self::value(self.renewals.load(Ordering::SeqCst)))
    }

    async fn renew(&self, _: &HeaderValue) -> Result<HeaderValue, HttpError> {
        let before = self.renewals.load(Ordering::SeqCst);
        if before + 1 >= self.last {
            return Err(HttpError::new(HttpErrorKind::Invalid));
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        self.renewals.store(before + 1, Ordering::SeqCst);
        Ok(Self::value(before + 1))
    }
}

fn tokens(last: usize) -> (Tokens, Arc<AtomicUsize>) {
    let renewals = Arc::new(AtomicUsize::new(0));
    (
        Tokens {
            renewals: renewals.clone(),
            last,
        },
        renewals,
    )
}

fn clock() -> DateTime<Utc> {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

fn client() -> ReqwestClient {
    ReqwestClient::new().unwrap()
}

/// Every layer that there is.
fn all(throttle: Throttle, tokens: Tokens) -> Layered {
    Layered::new(client())
        .with(Trace::new("test"))
        .with(UserAgent::new("shop/1.4").unwrap())
        .with(Auth::new(tokens))
        .with(Throttling::new(throttle, clock))
        .with(Timeout::new(Duration::from_millis(400), tokio::time::sleep))
        .with(BodyLimit::new(1000))
}

fn request(method: Method, url: String) -> Request<Bytes> {
    let request = Request::builder().method(method).uri(url);
    request.body(Bytes::from_static(b"text")).unwrap()
}

#[tokio::test]
async fn no_layer_ever_sends_an_effect_twice() {
    let (url, seen) = server().await;
    let paths = [
        "/200", "/401", "/token", "/never", "/403", "/408", "/busy", "/500", "/502", "/503",
        "/307", "/slow", "/large",
    ];
    for path in paths {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            let before = seen.count(path);
            let client = all(Throttle::default(), tokens(5).0);
            let _ = client
                .send(request(method.clone(), format!("{url}{path}")))
                .await;
            assert_eq!(seen.count(path), before + 1, "{method} {path}");
            let _ = client
                .open(request(method.clone(), format!("{url}/opened")))
                .await;
        }
    }
    let _ = seen;
    let mut marked = request(Method::GET, format!("{url}/token"));
    marked.extensions_mut().insert(Purpose::Effect);
    let before = seen.count("/token");
    let error = all(Throttle::default(), tokens(5).0)
        .send(marked)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), seen.count("/token")),
        (HttpErrorKind::Renewed, before + 1)
    );
}

#[tokio::test]
async fn a_read_whose_credentials_were_refused_goes_out_once_more_with_new_ones() {
    let (url, seen) = server().await;
    let (tokens, renewals) = tokens(5);
    let client = all(Throttle::default(), tokens);
    let answer = client
        .send(request(Method::GET, format!("{url}/token")))
        .await
        .unwrap();
    assert_eq!(
        (answer.status(), &answer.body()[..]),
        (StatusCode::OK, &b"well"[..])
    );
    assert_eq!(
        (seen.count("/token"), renewals.load(Ordering::SeqCst)),
        (2, 1)
    );
    // Refused again: once more and no further.
    let answer = client
        .send(request(Method::GET, format!("{url}/never")))
        .await
        .unwrap();
    assert_eq!(
        (answer.status(), seen.count("/never")),
        (StatusCode::UNAUTHORIZED, 2)
    );
    // A read by another method says so.
    let mut search = request(Method::POST, format!("{url}/never"));
    search.extensions_mut().insert(Purpose::Read);
    let _ = client.send(search).await.unwrap();
    assert_eq!(seen.count("/never"), 4);
}

#[tokio::test]
async fn an_effect_whose_credentials_were_refused_did_nothing_and_can_be_sent_again() {
    let (url, seen) = server().await;
    let client = all(Throttle::default(), tokens(5).0);
    let error = client
        .send(request(Method::POST, format!("{url}/token")))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), HttpErrorKind::Renewed);
    assert_eq!(
        (error.may_have_been_sent(), error.status()),
        (false, Some(StatusCode::UNAUTHORIZED))
    );
    assert_eq!(seen.count("/token"), 1);
    let again = client
        .send(request(Method::POST, format!("{url}/token")))
        .await
        .unwrap();
    assert_eq!((again.status(), seen.count("/token")), (StatusCode::OK, 2));
}

#[tokio::test]
async fn without_new_credentials_the_refusal_is_the_answer() {
    let (url, seen) = server().await;
    for method in [Method::GET, Method::POST] {
        let client = all(Throttle::default(), tokens(1).0);
        let answer = client
            .send(request(method, format!("{url}/token")))
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(seen.count("/token"), 2);
}

#[tokio::test]
async fn credentials_are_renewed_once_for_all_that_were_refused_together() {
    let (url, seen) = server().await;
    let (tokens, renewals) = tokens(99);
    let client = all(Throttle::default(), tokens);
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            let (client, url) = (client.clone(), url.clone());
            tokio::spawn(async move {
                // Some are refused only when the renewal is over.
                tokio::time::sleep(Duration::from_millis(n * 3)).await;
                client
                    .send(request(Method::GET, format!("{url}/token")))
                    .await
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap().status(), StatusCode::OK);
    }
    assert_eq!(renewals.load(Ordering::SeqCst), 1);
    assert!(seen.count("/token") <= 40);
}

#[tokio::test]
async fn a_renewal_goes_on_when_who_asked_for_it_has_given_up() {
    let (url, _seen) = server().await;
    let (tokens, renewals) = tokens(99);
    let client = all(Throttle::default(), tokens);
    let first = client.send(request(Method::GET, format!("{url}/token")));
    assert!(
        tokio::time::timeout(Duration::from_millis(100), first)
            .await
            .is_err()
    );
    let second = client
        .send(request(Method::GET, format!("{url}/token")))
        .await
        .unwrap();
    assert_eq!(
        (second.status(), renewals.load(Ordering::SeqCst)),
        (StatusCode::OK, 1)
    );
}

#[tokio::test]
async fn after_a_refusal_nothing_is_sent_before_the_network_takes_more_also_after_a_restart() {
    let (url, seen) = server().await;
    let throttle = Throttle::default();
    let answer = all(throttle.clone(), tokens(1).0)
        .send(request(Method::POST, format!("{url}/busy")))
        .await;
    assert_eq!(answer.unwrap().status(), StatusCode::TOO_MANY_REQUESTS);
    let restarted = Throttle::default();
    restarted.restore(throttle.snapshot(), clock());
    for throttle in [throttle, restarted] {
        let client = all(throttle, tokens(1).0);
        for method in [Method::GET, Method::POST] {
            let error = client
                .send(request(method, format!("{url}/busy")))
                .await
                .unwrap_err();
            assert_eq!(error.kind(), HttpErrorKind::Throttled);
            assert!(!error.may_have_been_sent());
            assert_eq!(error.retry_after(), Some(Duration::from_secs(900)));
        }
    }
    assert_eq!(seen.count("/busy"), 1);
}

#[tokio::test]
async fn what_takes_too_long_or_is_too_large_is_given_up_and_may_have_been_done() {
    let (url, seen) = server().await;
    let client = all(Throttle::default(), tokens(1).0);
    for (path, kind) in [
        ("/slow", HttpErrorKind::Timeout),
        ("/large", HttpErrorKind::TooLarge),
    ] {
        let error = client
            .send(request(Method::POST, format!("{url}{path}")))
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.may_have_been_sent()),
            (kind, true),
            "{path}"
        );
        assert_eq!(seen.count(path), 1);
    }
    let opened = client
        .open(request(Method::GET, format!("{url}/large")))
        .await
        .unwrap();
    let error = opened.into_body().collect(9999).await.unwrap_err();
    assert_eq!(error.kind(), HttpErrorKind::TooLarge);
    let opened = client
        .open(request(Method::GET, format!("{url}/small")))
        .await
        .unwrap();
    assert_eq!(opened.into_body().collect(4).await.unwrap(), "well");
}

#[tokio::test]
async fn every_request_says_who_we_are() {
    let (url, seen) = server().await;
    let client = all(Throttle::default(), tokens(1).0);
    client
        .send(request(Method::GET, format!("{url}/a")))
        .await
        .unwrap();
    let mut own = request(Method::GET, format!("{url}/a"));
    own.headers_mut()
        .insert("user-agent", HeaderValue::from_static("own/1"));
    client.send(own).await.unwrap();
    assert_eq!(*seen.agents.lock().unwrap(), ["shop/1.4", "own/1"]);
    for wrong in ["", "  ", "a\nb", "shop\n", "ä"] {
        assert_eq!(
            UserAgent::new(wrong).unwrap_err().kind(),
            HttpErrorKind::Invalid
        );
    }
}

/// Notes its name on the way in and out.
#[derive(Debug)]
struct Noted(&'static str, Arc<Mutex<Vec<String>>>);

#[async_trait]
impl Layer for Noted {
    async fn call(
        &self,
        request: Request<Bytes>,
        next: Next<'_>,
    ) -> Result<Response<BodyStream>, HttpError> {
        self.1.lock().unwrap().push(format!("{} in", self.0));
        let answer = next.run(request).await;
        self.1.lock().unwrap().push(format!("{} out", self.0));
        answer
    }
}

/// Answers at once.
#[derive(Debug)]
struct Answers;

#[async_trait]
impl HttpClient for Answers {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        Ok(Response::new(Bytes::new()))
    }
}

#[tokio::test]
async fn the_first_layer_sees_a_request_first_and_its_answer_last() {
    let notes = Arc::default();
    let note = |name| Noted(name, Arc::clone(&notes));
    let client = Layered::new(Answers).with(note("a")).with(note("b"));
    client
        .send(request(Method::GET, "http://a.example/".to_owned()))
        .await
        .unwrap();
    assert_eq!(*notes.lock().unwrap(), ["a in", "b in", "b out", "a out"]);
    let unable = client
        .open(request(Method::GET, "http://a.example/".to_owned()))
        .await;
    assert_eq!(unable.unwrap_err().kind(), HttpErrorKind::Invalid);
}

#[tokio::test(start_paused = true)]
async fn short_waits_are_slept_in_the_order_of_coming_where_that_is_wished() {
    let began = tokio::time::Instant::now();
    let clock = move || clock() + TimeDelta::from_std(began.elapsed()).unwrap();
    let throttle = Throttle::default().limited("media", 4, Duration::from_secs(30));
    let throttling = Throttling::new(throttle.clone(), clock)
        .patient(Duration::from_secs(25), tokio::time::sleep);
    let client = Arc::new(Layered::new(Answers).with(throttling));
    let order = Arc::new(Mutex::new(Vec::new()));
    let tasks: Vec<_> = (0..4)
        .map(|n| {
            let (client, order) = (client.clone(), order.clone());
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(n)).await;
                let mut upload = request(Method::POST, "http://a.example/".to_owned());
                upload.extensions_mut().insert(Bucket("media".to_owned()));
                let sent = client.send(upload).await.map_err(|error| error.kind());
                order
                    .lock()
                    .unwrap()
                    .push((n, began.elapsed().as_secs(), sent.is_ok()));
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(
        *order.lock().unwrap(),
        [(0, 0, true), (3, 0, false), (1, 10, true), (2, 20, true)]
    );
    // What others heard while it slept holds for it too.
    let sleeping = tokio::spawn({
        let client = client.clone();
        async move {
            let mut upload = request(Method::POST, "http://a.example/".to_owned());
            upload.extensions_mut().insert(Bucket("media".to_owned()));
            client.send(upload).await
        }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut refused = aspa_http::Signals::default();
    refused.refused = true;
    refused.wait_until = Some(clock() + TimeDelta::minutes(15));
    throttle.heard(None, &refused, clock());
    assert_eq!(
        sleeping.await.unwrap().unwrap_err().kind(),
        HttpErrorKind::Throttled
    );
}

#[tokio::test]
async fn networks_that_say_it_in_the_body_are_understood() {
    #[derive(Debug)]
    struct Says(&'static str, AtomicI64);
    #[async_trait]
    impl HttpClient for Says {
        async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
            self.1.fetch_add(1, Ordering::SeqCst);
            Ok(Response::new(Bytes::from_static(self.0.as_bytes())))
        }
    }
    let says = |text| Arc::new(Says(text, AtomicI64::new(0)));
    let expired = says(r#"{"ok":false,"error":"token_expired"}"#);
    let auth = Auth::new(tokens(9).0).refused_when(|answer| {
        let body = answer.body().whole();
        body.is_some_and(|body| body.windows(13).any(|window| window == b"token_expired"))
    });
    let client = Layered::new(expired.clone()).with(auth);
    client
        .send(request(Method::GET, "http://a.example/".to_owned()))
        .await
        .unwrap();
    assert_eq!(expired.1.load(Ordering::SeqCst), 2);

    let full = says(r#"{"error_code":429,"parameters":{"retry_after":7}}"#);
    let throttling = Throttling::new(Throttle::default(), clock).reading(|answer, now| {
        let mut signals = aspa_http::Signals::read(answer.status(), answer.headers(), now);
        signals.refused |= answer
            .body()
            .whole()
            .is_some_and(|body| body.ends_with(b":7}}"));
        signals.wait_until = signals.wait_until.or(Some(now + TimeDelta::seconds(7)));
        signals
    });
    let client = Layered::new(full.clone()).with(throttling);
    client
        .send(request(Method::GET, "http://a.example/".to_owned()))
        .await
        .unwrap();
    let held = client
        .send(request(Method::GET, "http://a.example/".to_owned()))
        .await
        .unwrap_err();
    assert_eq!(held.retry_after(), Some(Duration::from_secs(7)));
    assert_eq!(full.1.load(Ordering::SeqCst), 1);
}
