use std::sync::Mutex;
use std::time::Duration;

use aspa_http::layer::{Auth, Layered};
use aspa_http::{HttpError, HttpErrorKind};
use aspa_types::Secret;
use async_trait::async_trait;
use futures_executor::block_on;
use http::Response;
use serde_json::json;

use super::*;

/// Answers by turns, and keeps what was asked.
#[derive(Debug, Default)]
struct Server {
    answers: Mutex<Vec<Result<Response<Bytes>, HttpError>>>,
    asked: Mutex<Vec<Request<Bytes>>>,
}

#[async_trait]
impl HttpClient for Server {
    async fn send(&self, request: Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        self.asked.lock().unwrap().push(request);
        self.answers.lock().unwrap().remove(0)
    }
}

fn answer(status: u16, body: &str, headers: &[(&'static str, &str)]) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from(body.to_owned()));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        answer.headers_mut().insert(*name, value.parse().unwrap());
    }
    answer
}

fn now() -> DateTime<Utc> {
    "2026-11-22T20:00:00Z".parse().unwrap()
}

const CODES: Meanings = Meanings::new(&["/0/errorCode", "/error/code"]).with(&[
    ("REQUEST_LIMIT_EXCEEDED", Meaning::DayQuota),
    ("UNABLE_TO_LOCK_ROW", Meaning::Refused),
    ("-2147204270", Meaning::CursorExpired),
    ("423", Meaning::Conflict),
]);

fn rest(answers: Vec<Result<Response<Bytes>, HttpError>>) -> (Arc<Server>, Rest) {
    let server = Arc::new(Server {
        answers: Mutex::new(answers),
        ..Server::default()
    });
    let rest = Rest::new(server.clone(), "https://crm.example/api/", CODES, now);
    (server, rest)
}

#[test]
fn what_answers_mean_and_whether_it_landed() {
    use ErrorKind as K;
    use Landed::{Maybe, No};
    let midnight = "2026-11-23T00:00:00Z".parse().unwrap();
    let invalid = || K::Invalid {
        field: "request".to_owned(),
    };
    let conflict = || K::Conflict { current: None };
    let quota = r#"[{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"Matti"}]"#;
    let locked = r#"[{"errorCode":"UNABLE_TO_LOCK_ROW"}]"#;
    let stale = r#"{"error":{"code":-2147204270}}"#;
    let wait = |seconds| K::Throttled(Duration::from_secs(seconds));
    let cases = [
        (401, "", K::Auth, No),
        (403, "", K::Forbidden, No),
        (403, quota, K::QuotaUntil(midnight), No),
        (404, "", K::NotFound, No),
        (409, "", conflict(), No),
        (412, "", conflict(), No),
        (400, "Matti", invalid(), No),
        (400, locked, K::Unavailable, No),
        (500, locked, K::Unavailable, No),
        (410, stale, K::CursorExpired, No),
        (423, "", conflict(), No),
        (423, locked, K::Unavailable, No),
        (429, "", wait(77), No),
        (500, "", K::Unavailable, Maybe),
        (503, "Matti", K::Unavailable, Maybe),
        (302, "", K::Protocol, Maybe),
        (200, "<html>Matti", K::Protocol, Maybe),
    ];
    for (status, body, kind, landed) in cases {
        let came = || Ok(answer(status, body, &[("retry-after", "77")]));
        let kind = match (&kind, body == quota) {
            (K::QuotaUntil(_), true) => {
                let wait = chrono::TimeDelta::seconds(77);
                K::QuotaUntil(now() + wait)
            }
            _ => kind,
        };
        let (_, rest) = rest(vec![came(), came()]);
        let error = block_on(rest.send("perform", Call::post("x", json!({})))).unwrap_err();
        assert_eq!(
            (error.kind(), error.landed()),
            (&kind, landed),
            "{status} {body}"
        );
        assert!(!format!("{error} {error:?}").contains("Matti"), "{status}");
        let read = block_on(rest.send("changes", Call::get("x"))).unwrap_err();
        assert_eq!(read.landed(), No);
    }
    let (_, rest) = rest(vec![Ok(answer(403, quota, &[]))]);
    let error = block_on(rest.send("changes", Call::get("x"))).unwrap_err();
    assert_eq!(*error.kind(), K::QuotaUntil(midnight));
}

#[test]
fn without_an_answer_it_landed_where_it_may_have_been_sent() {
    let cases = [
        (HttpErrorKind::Connect, Landed::No),
        (HttpErrorKind::Timeout, Landed::Maybe),
        (HttpErrorKind::Cut, Landed::Maybe),
        (HttpErrorKind::Renewed, Landed::No),
    ];
    for (kind, landed) in cases {
        let (_, rest) = rest(vec![Err(HttpError::new(kind)), Err(HttpError::new(kind))]);
        let error = block_on(rest.send("perform", Call::delete("x"))).unwrap_err();
        assert_eq!(error.landed(), landed, "{kind:?}");
        let search = Call::post("x", json!({})).only_reads();
        let error = block_on(rest.send("find", search)).unwrap_err();
        assert_eq!(error.landed(), Landed::No);
    }
}

#[test]
fn requests_are_escaped_and_go_to_the_system_alone() {
    let ok = || {
        Ok(answer(
            200,
            "{}",
            &[("date", "Sun, 22 Nov 2026 19:59:00 GMT")],
        ))
    };
    let (server, rest) = rest(vec![ok(), ok()]);
    let call = Call::get("/rows")
        .query("q", "a='ä' & b")
        .if_version(Some("W/\"1\""));
    let came = block_on(rest.send("find", call)).unwrap();
    assert_eq!(came.at.to_rfc3339(), "2026-11-22T19:59:00+00:00");
    let next = Call::get("https://crm.example/api/rows?page=2");
    block_on(rest.send("changes", next)).unwrap();
    for elsewhere in [
        "https://evil.example/api/rows",
        "https://crm.example/apix",
        "https://crm.example.evil.example/api/",
    ] {
        let refused = block_on(rest.send("changes", Call::get(elsewhere))).unwrap_err();
        assert_eq!(*refused.kind(), ErrorKind::Protocol, "{elsewhere}");
    }
    let asked = server.asked.lock().unwrap();
    let addresses: Vec<String> = asked.iter().map(|one| one.uri().to_string()).collect();
    let first = "https://crm.example/api/rows?q=a%3D%27%C3%A4%27%20%26%20b";
    assert_eq!(addresses, [first, "https://crm.example/api/rows?page=2"]);
    assert_eq!(asked[0].headers()["if-match"], "W/\"1\"");
}

#[test]
fn a_row_without_a_key_of_its_own_is_looked_for_first() {
    let list = |body| Ok(answer(200, body, &[]));
    let (server, rest) = rest(vec![
        list("[{\"id\":\"7\"}]"),
        list("{}"),
        list("[]"),
        list("{}"),
    ]);
    let upsert = || {
        rest.upsert(
            "perform",
            Call::get("rows").query("key", "k"),
            |found| crate::text(found.get(0)?, "id"),
            |id| match id {
                Some(id) => Call::patch(format!("rows/{id}"), json!({})),
                None => Call::post("rows", json!({})),
            },
        )
    };
    assert_eq!(block_on(upsert()).unwrap().0, Did::Changed);
    assert_eq!(block_on(upsert()).unwrap().0, Did::Created);
    let asked = server.asked.lock().unwrap();
    let methods: Vec<&str> = asked.iter().map(|one| one.method().as_str()).collect();
    assert_eq!(methods, ["GET", "PATCH", "GET", "POST"]);
}

#[derive(Debug)]
struct Key;

impl Sign for Key {
    fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        Some(message.iter().rev().copied().take(4).collect())
    }
}

#[test]
fn tokens_are_fetched_once_and_again_when_they_are_refused() {
    let token = |text: &str| {
        let body = json!({ "access_token": text }).to_string();
        Ok(answer(200, &body, &[]))
    };
    let ok = || Ok(answer(200, "{}", &[]));
    let refused = || Ok(answer(401, "", &[]));
    for jwt in [false, true] {
        let answers = vec![token("one"), ok(), refused(), token("two"), ok()];
        let (server, _) = rest(answers);
        let address = "https://login.example/token";
        let auth = match jwt {
            true => Auth::new(JwtBearer::new(
                server.clone(),
                address,
                ("i", "s", "a"),
                Key,
                now,
            )),
            false => {
                let secret = Secret::new("hush");
                let credentials = ClientCredentials::new(server.clone(), address, "id", secret);
                assert!(!format!("{credentials:?}").contains("hush"));
                Auth::new(credentials.with_scope("all").in_form())
            }
        };
        let client = Arc::new(Layered::new(server.clone()).with(auth));
        let rest = Rest::new(client, "https://crm.example", CODES, now);
        for _ in 0..2 {
            block_on(rest.send("get", Call::get("x"))).unwrap();
        }
        let asked = server.asked.lock().unwrap();
        let signed = |place: usize| asked[place].headers()["authorization"].to_str().unwrap();
        assert_eq!(
            (signed(1), signed(2), signed(4)),
            ("Bearer one", "Bearer one", "Bearer two")
        );
        let form = String::from_utf8_lossy(asked[0].body());
        match jwt {
            true => assert!(form.contains("jwt-bearer&assertion=eyJ"), "{form}"),
            false => assert!(
                form.ends_with("scope=all&client_id=id&client_secret=hush"),
                "{form}"
            ),
        }
    }
}

#[test]
fn who_asks_for_tokens_too_often_waits_and_is_not_locked_out() {
    let waits = [
        (vec![("retry-after", "90")], 90),
        (
            vec![
                ("date", "Sun, 22 Nov 2026 20:00:00 GMT"),
                ("retry-after", "Sun, 22 Nov 2026 20:00:07 GMT"),
            ],
            7,
        ),
        (vec![("retry-after", "Sun, 22 Nov 2026 20:00:07 GMT")], 3600),
        (vec![], 30),
    ];
    for (headers, seconds) in waits {
        let (server, _) = rest(vec![Ok(answer(429, "", &headers))]);
        let login = json!({ "user": "aspa" });
        let session = Session::new(server.clone(), "https://crm.example/login", login, |_| None);
        let client = Arc::new(Layered::new(server).with(Auth::new(session)));
        let rest = Rest::new(client, "https://crm.example", CODES, now);
        let error = block_on(rest.send("perform", Call::post("x", json!({})))).unwrap_err();
        let wait = Duration::from_secs(seconds);
        assert_eq!(*error.kind(), ErrorKind::Throttled(wait));
        assert_eq!(error.landed(), Landed::No);
    }
}

#[test]
fn a_precondition_that_no_header_can_hold_is_never_left_out() {
    let (server, rest) = rest(vec![]);
    let patch = Call::patch("a", json!({ "b": 1 })).if_version(Some("v1\n"));
    let error = block_on(rest.send("perform", patch)).unwrap_err();
    let field = "if-match".to_owned();
    assert_eq!(*error.kind(), ErrorKind::Invalid { field });
    assert_eq!(error.landed(), Landed::No);
    assert!(server.asked.lock().unwrap().is_empty());
}

#[test]
fn a_session_is_opened_in_the_systems_own_words() {
    let opened = |id: u32| Ok(answer(200, &format!("[{id}, \"key\"]"), &[]));
    let refused = || Ok(answer(401, "", &[]));
    let done = || Ok(answer(200, "{}", &[]));
    let answers = vec![opened(1), done(), refused(), opened(2), done()];
    let (server, _) = rest(answers);
    let login = json!({ "user": "aspa", "password": "hush" });
    let header = |answer: &Value| Some(format!("Session {}:{}", answer[0], answer[1].as_str()?));
    let session = Session::new(server.clone(), "https://crm.example/login", login, header);
    assert!(!format!("{session:?}").contains("hush"));
    let client = Arc::new(Layered::new(server.clone()).with(Auth::new(session)));
    let rest = Rest::new(client, "https://crm.example", CODES, now);
    for _ in 0..2 {
        block_on(rest.send("get", Call::get("x"))).unwrap();
    }
    let asked = server.asked.lock().unwrap();
    let signed = |place: usize| asked[place].headers()["authorization"].to_str().unwrap();
    assert_eq!((signed(1), signed(4)), ("Session 1:key", "Session 2:key"));
    assert!(asked[0].body().ends_with(b"\"hush\",\"user\":\"aspa\"}"));
}

#[test]
fn a_list_is_read_to_its_end() {
    let page = |rows: &str, next: &str| {
        let body = format!(r#"{{"rows":{rows},"next":{next}}}"#);
        Ok(answer(200, &body, &[]))
    };
    let next = |answer: &Answer| answer.text("/next").map(Call::get);
    let all = |answers| {
        let (server, rest) = rest(answers);
        let all = block_on(rest.all("find", Call::get("a"), "/rows", next));
        (server.asked.lock().unwrap().len(), all)
    };
    let (asked, found) = all(vec![page("[1,2]", r#""b""#), page("[3]", "null")]);
    assert_eq!(
        (asked, found.unwrap().rows),
        (2, vec![json!(1), json!(2), json!(3)])
    );
    let (_, broken) = all(vec![page("[1]", r#""b""#), Ok(answer(503, "", &[]))]);
    assert_eq!(*broken.unwrap_err().kind(), ErrorKind::Unavailable);
    let (_, none) = all(vec![page("7", "null")]);
    assert_eq!(*none.unwrap_err().kind(), ErrorKind::Protocol);
    let endless = (0..MOST_PAGES + 1).map(|_| page("[]", r#""b""#));
    let (asked, endless) = all(endless.collect());
    assert_eq!(*endless.unwrap_err().kind(), ErrorKind::Protocol);
    assert_eq!(asked, MOST_PAGES);
}
