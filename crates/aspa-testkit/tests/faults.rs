//! Faults between an adapter and its network: each does what it says, once, and what never happened
//! is told.
#![expect(clippy::unwrap_used, reason = "a test, helpers included")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aspa_http::{BodyStream, HttpClient, HttpError, HttpErrorKind, retry_after};
use aspa_testkit::{Faults, Hint, HttpFault, On};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Method, Request, Response, StatusCode};

/// A network that counts what it did.
#[derive(Debug, Default)]
struct Counting(AtomicUsize);

#[async_trait]
impl HttpClient for Counting {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(Response::new(Bytes::from_static(b"[1,2]")))
    }

    async fn open(&self, _: Request<Bytes>) -> Result<Response<BodyStream>, HttpError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let pieces = ["one", "two", "three"].map(Bytes::from);
        Ok(Response::new(pieces.into_iter().collect()))
    }
}

fn now() -> DateTime<Utc> {
    "2026-11-22T14:00:00Z".parse().unwrap()
}

fn faults() -> (Arc<Counting>, Faults) {
    let network = Arc::new(Counting::default());
    let faults = Faults::between(network.clone(), now);
    (network, faults)
}

fn request(method: Method, path: &str) -> Request<Bytes> {
    let uri = format!("https://network.example{path}");
    let request = Request::builder().method(method).uri(uri);
    request.body(Bytes::new()).unwrap()
}

async fn post(faults: &Faults) -> Result<Response<Bytes>, HttpError> {
    faults.send(request(Method::POST, "/replies?token=x")).await
}

#[tokio::test(flavor = "current_thread")]
async fn each_fault_says_whether_the_network_did_its_work() {
    let bad = StatusCode::BAD_GATEWAY;
    let other = || Bytes::from_static(b"<p>");
    type Came = Result<(u16, &'static [u8]), (HttpErrorKind, bool)>;
    let cases: [(HttpFault, usize, Came); 12] = [
        (
            HttpFault::NoConnection,
            0,
            Err((HttpErrorKind::Connect, false)),
        ),
        (HttpFault::CutBefore, 0, Err((HttpErrorKind::Cut, true))),
        (HttpFault::CutAfter, 1, Err((HttpErrorKind::Cut, true))),
        (HttpFault::CutWithin, 1, Err((HttpErrorKind::Cut, true))),
        (
            HttpFault::TimeoutAfter,
            1,
            Err((HttpErrorKind::Timeout, true)),
        ),
        (HttpFault::TooLarge, 1, Err((HttpErrorKind::TooLarge, true))),
        (HttpFault::Status(bad), 0, Ok((502, b"Bad Gateway"))),
        (HttpFault::StatusAfter(bad), 1, Ok((502, b"Bad Gateway"))),
        (HttpFault::Expired, 0, Ok((401, b"Unauthorized"))),
        (HttpFault::Body(other()), 1, Ok((200, b"<p>"))),
        (HttpFault::HalfBody, 1, Ok((200, b"[1"))),
        (
            HttpFault::Slow(Duration::from_millis(1)),
            1,
            Ok((200, b"[1,2]")),
        ),
    ];
    for (fault, did, expected) in cases {
        let (network, faults) = faults();
        let told = format!("{fault:?}");
        faults.script(On::write(), fault);
        let came = match post(&faults).await {
            Ok(answer) => Ok((answer.status().as_u16(), answer.into_body())),
            Err(error) => Err((error.kind(), error.may_have_been_sent())),
        };
        let expected = expected.map(|(status, body)| (status, Bytes::from_static(body)));
        assert_eq!(came, expected, "{told}");
        assert_eq!(network.0.load(Ordering::Relaxed), did, "{told}");
        assert_eq!(faults.asked()[0].reached, did == 1, "{told}");
        assert!(faults.unused().is_empty());
        assert_eq!(
            post(&faults).await.unwrap().status(),
            200,
            "{told}, only once"
        );
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_script_waits_for_its_requests_and_is_told_where_they_never_come() {
    let (_, faults) = faults();
    faults.script(
        On::write().path("/replies").nth(2).times(2),
        HttpFault::CutAfter,
    );
    faults.script(On::read().method(Method::HEAD), HttpFault::NoConnection);
    let mut cut = Vec::new();
    for _ in 0..5 {
        faults.send(request(Method::GET, "/replies")).await.unwrap();
        faults.send(request(Method::POST, "/likes")).await.unwrap();
        cut.push(post(&faults).await.is_err());
    }
    assert_eq!(cut, [false, true, true, false, false]);
    assert_eq!(faults.unused().len(), 1);
    assert!(format!("{faults:?}").contains("asked: 15"));
    assert!(faults.unused()[0].contains("NoConnection"), "{faults:?}");
    assert_eq!((faults.asked().len(), faults.writes()), (15, 10));
    assert!(faults.asked().iter().all(|one| !one.path.contains('?')));
    assert_eq!(faults.clear(), 1);
}

#[tokio::test(flavor = "current_thread")]
async fn the_same_wait_in_every_form() {
    let header = async |hint| {
        let (_, faults) = faults();
        faults.script(On::any(), HttpFault::Throttled(hint));
        let answer = post(&faults).await.unwrap();
        assert_eq!(answer.status(), 429);
        let wait = retry_after(answer.headers(), now());
        let reset = answer.headers().get("x-ratelimit-reset");
        (wait, reset.map(|value| value.to_str().unwrap().to_owned()))
    };
    let wait = Some(Faults::WAIT);
    assert_eq!(header(Hint::Seconds).await, (wait, None));
    assert_eq!(header(Hint::Date).await, (wait, None));
    let epoch = (now().timestamp() + 90).to_string();
    assert_eq!(header(Hint::ResetEpoch).await, (None, Some(epoch)));
    let iso = "2026-11-22T14:01:30.000Z".to_owned();
    assert_eq!(header(Hint::ResetIso).await, (None, Some(iso)));
    assert_eq!(header(Hint::Nothing).await, (None, None));
}

#[tokio::test(flavor = "current_thread")]
async fn a_stream_is_cut_after_its_first_piece() {
    for (fault, ends_well) in [(HttpFault::CutWithin, false), (HttpFault::HalfBody, true)] {
        let (_, faults) = faults();
        faults.script(On::read(), fault);
        let answer = faults.open(request(Method::GET, "/stream")).await;
        let mut body = answer.unwrap().into_body();
        assert_eq!(body.chunk().await.unwrap().unwrap(), "one");
        assert_eq!(body.chunk().await.is_ok(), ends_well);
        assert_eq!(body.chunk().await.unwrap(), None);
    }
}

#[tokio::test(flavor = "current_thread")]
async fn what_writes_is_for_the_network_to_say() {
    let network = Arc::new(Counting::default());
    let faults = Faults::between(network, now)
        .writes_when(|request| request.uri().path() != "/search")
        .expired_as(|| {
            let mut answer = Response::new(Bytes::from_static(b"{\"error\":\"ExpiredToken\"}"));
            *answer.status_mut() = StatusCode::BAD_REQUEST;
            answer
        });
    faults.script(On::write(), HttpFault::Expired);
    let searched = faults.send(request(Method::POST, "/search")).await.unwrap();
    assert_eq!(searched.status(), 200);
    assert_eq!(post(&faults).await.unwrap().status(), 400);
}
