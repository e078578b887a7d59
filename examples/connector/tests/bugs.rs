//! What a connector may do wrong, and which check of the kit is red then: the table of the book's chapter.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod server;

use std::sync::Arc;

use aspa_crm::rest::Fixed;
use aspa_http::layer::{Auth, Layered};
use aspa_http::{HttpClient, HttpError, ReqwestClient};
use aspa_testkit::{CrmFixture, Faults, Verdict, crm_cases, run};
use aspa_types::Secret;
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use connector::{Cards, Kortti, layout};
use http::{Request, Response, StatusCode, Uri};
use serde_json::Value;
use server::{Server, TOKEN, now, system};

/// A connector that does one thing wrong, seen from outside: what it asks, and what it takes for an answer.
type Asks = fn(&mut Request<Bytes>);
type Takes = fn(&mut Response<Bytes>);

#[derive(Debug, Clone, Copy)]
struct Bug {
    asks: Asks,
    takes: Takes,
    repeats: bool,
}

const NONE: Bug = Bug {
    asks: |_| {},
    takes: |_| {},
    repeats: false,
};

/// The words of the chapter, the bug, and the check.
const BUGS: &[(&str, Bug, &str)] = &[
    (
        "the id beside the time",
        Bug {
            asks: |request| readdress(request, |query| query.replace("after_id=0", "after_id=9")),
            ..NONE
        },
        "K3 ties at the border of a page",
    ),
    (
        "the overlap",
        Bug {
            asks: |request| {
                readdress(request, |address| {
                    let begin = address.strip_suffix("&after_id=");
                    let begin = begin.and_then(|begin| begin.rsplit_once("after="));
                    let Some((before, at)) = begin else {
                        return address;
                    };
                    let at: DateTime<Utc> = at.replace("%3A", ":").parse().unwrap();
                    let at =
                        (at + TimeDelta::minutes(10)).to_rfc3339_opts(SecondsFormat::Micros, true);
                    format!("{before}after={}&after_id=", at.replace(':', "%3A"))
                });
            },
            ..NONE
        },
        "K3 a late commit is not lost",
    ),
    (
        "the column with the deleted",
        Bug {
            takes: |answer| rewrite(answer, "\"deleted\":true", "\"deleted\":false"),
            ..NONE
        },
        "K7 a delete is told",
    ),
    (
        "the next page of the search",
        Bug {
            takes: |answer| {
                let body = serde_json::from_slice(answer.body()).unwrap_or_default();
                if let Value::Object(mut body) = body
                    && body.insert("next".to_owned(), Value::Null).is_some()
                {
                    *answer.body_mut() = Value::Object(body).to_string().into();
                }
            },
            ..NONE
        },
        "K8 every holder is found, in order",
    ),
    (
        "the natural key",
        Bug {
            asks: |request| {
                let body = serde_json::from_slice(request.body()).unwrap_or_default();
                if let Value::Object(mut body) = body
                    && body.remove("outside_key").is_some()
                {
                    *request.body_mut() = Value::Object(body).to_string().into();
                }
            },
            ..NONE
        },
        "K11 twice makes one",
    ),
    (
        "that a key is taken",
        Bug {
            takes: |answer| {
                if answer.status() == StatusCode::CONFLICT {
                    *answer.status_mut() = StatusCode::BAD_REQUEST;
                }
            },
            ..NONE
        },
        "K11 twice makes one",
    ),
    (
        "`if-match`",
        Bug {
            asks: |request| drop(request.headers_mut().remove("if-match")),
            ..NONE
        },
        "K12 a change by somebody else is a conflict",
    ),
    (
        "not to try again by itself",
        Bug {
            repeats: true,
            ..NONE
        },
        "K14 done and lost is open",
    ),
    (
        "the code of the day's quota",
        Bug {
            takes: |answer| rewrite(answer, "day_quota", "too_fast"),
            ..NONE
        },
        "K14 the day's quota, with its end",
    ),
];

fn readdress(request: &mut Request<Bytes>, change: impl FnOnce(String) -> String) {
    let changed = change(request.uri().to_string());
    *request.uri_mut() = changed.parse::<Uri>().unwrap();
}

fn rewrite(answer: &mut Response<Bytes>, from: &str, to: &str) {
    let body = String::from_utf8_lossy(answer.body()).replace(from, to);
    *answer.body_mut() = body.into();
}

#[derive(Debug)]
struct Broken {
    faults: Arc<Faults>,
    bug: Bug,
}

#[async_trait]
impl HttpClient for Broken {
    async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        (self.bug.asks)(&mut request);
        let again = request.clone();
        let answer = match self.faults.send(request).await {
            Err(_) if self.bug.repeats => self.faults.send(again).await,
            answer => answer,
        };
        answer.map(|mut answer| {
            (self.bug.takes)(&mut answer);
            answer
        })
    }
}

async fn fixture(bug: Bug) -> CrmFixture {
    let (server, url) = Server::serve().await;
    let faults = Faults::between(Arc::new(ReqwestClient::new().unwrap()), now);
    let faults = Arc::new(faults);
    server.goes_wrong_at(&faults);
    let token = Fixed::bearer(&Secret::new(TOKEN)).unwrap();
    let http = Layered::new(Arc::new(Broken { faults, bug })).with(Auth::new(token));
    let crm = Kortti::new(system(), layout(), Cards::new(&url, Arc::new(http), now));
    CrmFixture::new(Arc::new(crm), server)
}

fn verdict(bug: Bug, check: &str) -> Verdict {
    let cases = crm_cases(async move || fixture(bug).await).into_iter();
    let cases: Vec<_> = cases.filter(|case| case.name() == check).collect();
    assert_eq!(cases.len(), 1, "{check}");
    run(cases).remove(0).verdict
}

#[test]
fn each_bug_is_seen_by_the_check_that_the_chapter_names() {
    let chapter = include_str!("../../../docs/src/write-a-connector.md");
    for &(words, bug, check) in BUGS {
        let row = format!("| {words} | {check} |");
        assert!(chapter.contains(&row), "not in the chapter: {row}");
        assert!(matches!(verdict(NONE, check), Verdict::Passed), "{check}");
        let seen = verdict(bug, check);
        assert!(matches!(seen, Verdict::Failed(_)), "{words}: {seen:?}");
    }
    let rows = chapter.lines().filter(|line| line.contains("| K"));
    assert_eq!(rows.count(), BUGS.len());
}
