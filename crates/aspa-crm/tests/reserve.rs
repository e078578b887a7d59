//! Reading changes all the time leaves room for look-ups and writes, on a system that refuses whatever is over
//! its limit.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::cell::Cell;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aspa_crm::ErrorKind;
use aspa_crm::rest::{Call, Meanings, Rest};
use aspa_http::layer::{Layered, Throttling};
use aspa_http::{HttpClient, HttpError, Throttle};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Request, Response};
use tokio::time::{Instant, sleep};

/// So many requests are taken in each window of this length.
const LIMIT: usize = 60;
const WINDOW: Duration = Duration::from_secs(60);

thread_local! {
    /// When the test began: its clock stands still but for what sleeps.
    static START: Cell<Option<Instant>> = const { Cell::new(None) };
}

fn now() -> DateTime<Utc> {
    let begun = START.with(|start| start.get().unwrap());
    DateTime::UNIX_EPOCH + begun.elapsed()
}

/// Counts by windows that begin anew, and tells what is left where it is wished.
#[derive(Debug, Clone)]
struct Strict {
    tells: bool,
    /// The number of the window, what was taken in it, and what was refused in all.
    seen: Arc<Mutex<(u64, usize, usize)>>,
}

#[async_trait]
impl HttpClient for Strict {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let elapsed = (now() - DateTime::UNIX_EPOCH).to_std().unwrap();
        let window = elapsed.as_secs() / WINDOW.as_secs();
        let mut seen = self.seen.lock().unwrap();
        if seen.0 != window {
            (seen.0, seen.1) = (window, 0);
        }
        let mut answer = Response::new(Bytes::from_static(b"{}"));
        if seen.1 == LIMIT {
            seen.2 += 1;
            *answer.status_mut() = http::StatusCode::TOO_MANY_REQUESTS;
        } else {
            seen.1 += 1;
        }
        if self.tells {
            let left = WINDOW - Duration::from_secs(elapsed.as_secs() % WINDOW.as_secs());
            let headers = answer.headers_mut();
            headers.insert("x-ratelimit-limit", LIMIT.into());
            headers.insert("x-ratelimit-remaining", (LIMIT - seen.1).into());
            headers.insert("x-ratelimit-reset", left.as_secs().into());
        }
        Ok(answer)
    }
}

/// Reads changes for ten windows as fast as it may; meanwhile somebody looks a customer up, or something is
/// written, every fifteen seconds. Gives how many pages were read, and what was refused.
async fn busy(
    tells: bool,
    throttle: Throttle,
    look_up: fn() -> (&'static str, Call),
) -> (usize, usize) {
    START.with(|start| start.set(Some(Instant::now())));
    let server = Strict {
        tells,
        seen: Arc::default(),
    };
    let client =
        Layered::new(server.clone()).with(Throttling::new(throttle, now).patient(WINDOW, sleep));
    let rest = Rest::new(
        Arc::new(client),
        "https://crm.example",
        Meanings::new(&[]),
        now,
    );
    let background = rest.clone();
    let pages = Arc::new(Mutex::new(0));
    let read = Arc::clone(&pages);
    let reading = async move {
        loop {
            match background.send("changes", Call::get("/changes")).await {
                Ok(_) => *read.lock().unwrap() += 1,
                Err(error) => match error.kind() {
                    ErrorKind::Throttled(wait) => sleep(*wait).await,
                    other => panic!("{other:?}"),
                },
            }
        }
    };
    let waiting = async {
        for _ in 0..40 {
            sleep(Duration::from_secs(15)).await;
            let asked = Instant::now();
            let (operation, call) = look_up();
            rest.send(operation, call).await.unwrap();
            assert_eq!(asked.elapsed(), Duration::ZERO, "at {}", now());
        }
    };
    tokio::select! {
        () = reading => {}
        () = waiting => {}
    }
    let (pages, refused) = (*pages.lock().unwrap(), server.seen.lock().unwrap().2);
    (pages, refused)
}

fn find() -> (&'static str, Call) {
    (
        "find",
        Call::get("/customers").query("email", "a@example.com"),
    )
}

fn search() -> (&'static str, Call) {
    ("find", Call::post("/search", "a@example.com").only_reads())
}

fn write() -> (&'static str, Call) {
    ("perform", Call::patch("/customers/1", "{}"))
}

#[tokio::test(start_paused = true)]
async fn of_a_quota_that_is_told_look_ups_and_writes_have_a_part() {
    for look_up in [find, search, write] {
        let (pages, refused) = busy(true, Throttle::default(), look_up).await;
        assert_eq!(refused, 0);
        // Nothing that it could have lies idle but the tenth.
        assert!(pages >= 10 * LIMIT * 3 / 4, "{pages} pages");
    }
}

#[tokio::test(start_paused = true)]
async fn of_a_limit_that_is_declared_look_ups_and_writes_have_a_part() {
    for look_up in [find, search, write] {
        let limit = u32::try_from(LIMIT).unwrap();
        let throttle = Throttle::default().limited("", limit, WINDOW);
        let (pages, refused) = busy(false, throttle, look_up).await;
        assert_eq!(refused, 0);
        assert!(pages >= 10 * LIMIT / 2, "{pages} pages");
    }
}
