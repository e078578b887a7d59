//! What colleagues are told goes to the host's webhook, signed, and its answer decides what follows.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::{Arc, Mutex};

use aspa_channel::{Notification, Notifier, Status};
use aspa_channel_api::{ApiNotifier, ConfigError, verify};
use aspa_http::ReqwestClient;
use aspa_types::{DeliveryId, Secret};
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const SECRET: &str = "nosec-0123456789abcdef";

fn now() -> DateTime<Utc> {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

fn told() -> Notification {
    let id = DeliveryId::derive(&["notices", "liisa"]);
    let mut told = Notification::new(id, now(), "liisa@desk", "3 notices", "one\ntwo\nthree");
    told.data = json!({ "type": "notices" });
    told
}

/// A host that answers so, and what it took.
async fn host(status: u16) -> (ApiNotifier, Arc<Mutex<Vec<(DeliveryId, Value)>>>) {
    let took: Arc<Mutex<Vec<(DeliveryId, Value)>>> = Arc::default();
    let shelf = took.clone();
    let take = move |headers: HeaderMap, body: Bytes| async move {
        let Ok(id) = verify(&[Secret::new(SECRET)], &headers, &body, now()) else {
            return StatusCode::IM_A_TEAPOT;
        };
        let body = serde_json::from_slice(&body).unwrap();
        shelf.lock().unwrap().push((id, body));
        StatusCode::from_u16(status).unwrap()
    };
    let app = Router::new().route("/notices", post(take));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/notices", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let http = Arc::new(ReqwestClient::new().unwrap());
    let notifier = ApiNotifier::new(&url, Secret::new(SECRET), http, now);
    (notifier.unwrap(), took)
}

#[tokio::test]
async fn it_is_signed_and_bears_its_own_name_each_time() {
    let (notifier, took) = host(204).await;
    notifier.notify(&told()).await.unwrap();
    notifier.notify(&told()).await.unwrap();
    let took = took.lock().unwrap();
    assert_eq!(took[0], took[1]);
    assert_eq!((took.len(), &took[0].0), (2, &told().id));
    let body = &took[0].1["notification"];
    assert_eq!(body["id"], told().id.as_str());
    assert_eq!(body["to"], "liisa@desk");
    assert_eq!(body["subject"], "3 notices");
    assert_eq!(body["text"], "one\ntwo\nthree");
    assert_eq!(body["data"]["type"], "notices");
}

#[tokio::test]
async fn the_answer_decides_whether_it_is_tried_again() {
    for (status, again) in [
        (400, false),
        (401, true),
        (404, true),
        (410, false),
        (429, true),
        (500, true),
        (503, true),
    ] {
        let (notifier, _) = host(status).await;
        let error = notifier.notify(&told()).await.unwrap_err();
        let permanent = error.status() == Status::Permanent;
        assert_eq!(!permanent, again, "{status}: {error:?}");
        assert!(!format!("{error:?} {notifier:?}").contains("nosec"));
    }
}

#[tokio::test]
async fn nobody_there_is_tried_again_and_other_machines_want_https() {
    let http = || Arc::new(ReqwestClient::new().unwrap());
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", gone.local_addr().unwrap());
    drop(gone);
    let notifier = ApiNotifier::new(&url, Secret::new(SECRET), http(), now).unwrap();
    let error = notifier.notify(&told()).await.unwrap_err();
    assert_ne!(error.status(), Status::Permanent);
    let plain = "http://desk.example/notices";
    let refused = ApiNotifier::new(plain, Secret::new(SECRET), http(), now);
    assert_eq!(refused.unwrap_err(), ConfigError::PlainHttp);
    let url = "https://desk.example/notices";
    let refused = ApiNotifier::new(url, Secret::new("short"), http(), now);
    assert_eq!(refused.unwrap_err(), ConfigError::ShortSecret);
}
