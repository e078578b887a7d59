//! The kit finds what is wrong with an adapter: each spoilt variant of this one fails the case of its rule,
//! and the whole one passes it. What is spoilt is what it asks or how it reads the answer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on says so"
)]

mod common;

use std::sync::Arc;

use aspa_channel_x::Names;
use aspa_http::{HttpClient, HttpError, HttpErrorKind};
use aspa_testkit::{Verdict, channel_cases};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    None,
    ReadsOnePage,
    SkipsTheNewest,
    ForgetsTheEnd,
    TakesUsForOthers,
    LosesHistory,
    TearsThreads,
    LosesParents,
    AnswersNobody,
    Cuts,
    HidesNothing,
    DeletesNothing,
    RepliesInPublic,
    FindsNothing,
    MakesUpIds,
    CallsThrottlingDown,
    CallsExpiryDown,
    SurelyNotSent,
    SurelyRefused,
}

/// What is spoilt, and the case that has to say so.
const FAULTS: &[(Fault, &str)] = &[
    (Fault::ReadsOnePage, "C6 polling loses nothing"),
    (Fault::SkipsTheNewest, "C6 polling loses nothing"),
    (Fault::ForgetsTheEnd, "C6 polling loses nothing"),
    (Fault::TakesUsForOthers, "C7 own messages are ours"),
    (Fault::LosesHistory, "C10 an edit is told"),
    (Fault::TearsThreads, "C11 a thread keeps its shape"),
    (Fault::LosesParents, "C11 a thread keeps its shape"),
    (Fault::AnswersNobody, "C1 send is as claimed"),
    (Fault::Cuts, "C3 a text at the limit arrives whole"),
    (Fault::HidesNothing, "C1 hide is as claimed"),
    (Fault::DeletesNothing, "C1 delete is as claimed"),
    (Fault::RepliesInPublic, "C1 private_reply is as claimed"),
    (Fault::FindsNothing, "C5 what landed is never absent"),
    (Fault::MakesUpIds, "C9 what a receipt names can be fetched"),
    (Fault::CallsThrottlingDown, "C12 throttled without a hint"),
    (Fault::CallsExpiryDown, "C14 expired credentials are told"),
    (Fault::SurelyNotSent, "C13 done and cut is open"),
    (Fault::SurelyRefused, "C13 done and a 5xx is open"),
];

#[derive(Debug)]
struct Spoilt {
    whole: Arc<dyn HttpClient>,
    fault: Fault,
}

impl Spoilt {
    fn request(&self, request: &mut Request<Bytes>) {
        let path = request.uri().path().to_owned();
        let mut body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        match (self.fault, request.method()) {
            (Fault::AnswersNobody, &Method::POST) if path == "/2/tweets" => {
                body.as_object_mut().unwrap().remove("reply");
            }
            (Fault::Cuts, &Method::POST) => {
                let text: String = body["text"].as_str().unwrap().chars().take(20).collect();
                body["text"] = text.into();
            }
            (Fault::HidesNothing, &Method::PUT) => body["hidden"] = false.into(),
            (Fault::RepliesInPublic, &Method::POST) if path.contains("dm_conversations") => {
                *request.uri_mut() = "https://api.x.com/2/tweets".parse().unwrap();
            }
            _ => return,
        }
        *request.body_mut() = body.to_string().into();
    }

    fn answer(&self, path: &str, method: &Method, answer: &mut Response<Bytes>) {
        let status = answer.status().as_u16();
        let down = StatusCode::SERVICE_UNAVAILABLE;
        match (self.fault, status) {
            (Fault::CallsThrottlingDown, 429) | (Fault::CallsExpiryDown, 401) => {
                *answer.status_mut() = down;
            }
            (Fault::SurelyRefused, 500..) => *answer.status_mut() = StatusCode::BAD_REQUEST,
            _ => {}
        }
        let mut body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        if self.fault == Fault::ReadsOnePage {
            body["meta"]
                .as_object_mut()
                .map(|meta| meta.remove("next_token"));
        }
        if self.fault == Fault::FindsNothing && path.ends_with("/tweets") && *method == Method::GET
        {
            body = json!({ "meta": { "result_count": 0 } });
        }
        if self.fault == Fault::MakesUpIds && status == 201 {
            body["data"]["id"] = "7".into();
        }
        if self.fault == Fault::RepliesInPublic && status == 201 {
            body["data"]["dm_event_id"] = body["data"]["id"].clone();
        }
        if self.fault == Fault::HidesNothing && *method == Method::PUT {
            body["data"]["hidden"] = true.into();
        }
        if self.fault == Fault::SkipsTheNewest
            && let Some(list) = body["data"].as_array_mut()
            && list.len() > 1
        {
            list.remove(1);
        }
        for post in body["data"].as_array_mut().into_iter().flatten() {
            match self.fault {
                Fault::TakesUsForOthers => post["author_id"] = "5".into(),
                Fault::LosesHistory => post["edit_history_tweet_ids"] = json!([]),
                Fault::TearsThreads => post["conversation_id"] = post["id"].clone(),
                Fault::LosesParents => post["referenced_tweets"] = json!([]),
                _ => {}
            }
        }
        if !body.is_null() {
            *answer.body_mut() = body.to_string().into();
        }
    }
}

#[async_trait]
impl HttpClient for Spoilt {
    async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (path, method) = (request.uri().path().to_owned(), request.method().clone());
        self.request(&mut request);
        if self.fault == Fault::ForgetsTheEnd
            && request
                .uri()
                .query()
                .is_some_and(|query| query.contains("since_id"))
        {
            return Ok(Response::new(Bytes::from_static(
                b"{\"meta\":{\"result_count\":0}}",
            )));
        }
        if self.fault == Fault::DeletesNothing && method == Method::DELETE {
            return Ok(Response::new(Bytes::from_static(
                b"{\"data\":{\"deleted\":true}}",
            )));
        }
        let answer = self.whole.send(request).await;
        let mut answer = answer.map_err(|error| match self.fault {
            Fault::SurelyNotSent => HttpError::new(HttpErrorKind::Connect),
            _ => error,
        })?;
        self.answer(&path, &method, &mut answer);
        Ok(answer)
    }
}

fn verdict(fault: Fault, name: &str) -> Verdict {
    let cases = channel_cases(async move || {
        common::spoilt(false, Names::Tweets, |whole| {
            Arc::new(Spoilt { whole, fault })
        })
    });
    let mut cases = cases.into_iter().filter(|case| case.name() == name);
    cases.next().expect("a case of this name").run().verdict
}

#[test]
fn each_spoilt_variant_fails_the_case_of_its_rule() {
    for (fault, name) in FAULTS {
        let whole = verdict(Fault::None, name);
        assert_eq!(whole, Verdict::Passed, "{name} of the whole adapter");
        let spoilt = verdict(*fault, name);
        assert!(
            matches!(spoilt, Verdict::Failed(_)),
            "{fault:?}: {name}: {spoilt:?}"
        );
    }
}
