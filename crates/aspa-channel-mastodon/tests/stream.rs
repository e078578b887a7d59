//! What a server tells as it happens wakes the poll, and loses nothing when it breaks.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod fake;

use std::sync::{Arc, Mutex};

use aspa_channel::{Channel, ErrorKind, Event, EventKind, Via, Visibility};
use aspa_http::{BodyStream, HttpClient, HttpError};
use async_trait::async_trait;
use bytes::Bytes;
use fake::{ANA, Fake, Kind, connect, server};
use http::{Request, Response, StatusCode};

/// The server in memory with a stream that tells these and then ends.
#[derive(Debug)]
struct Streaming {
    fake: Fake,
    tells: Mutex<Vec<String>>,
    opened: Mutex<Vec<String>>,
}

#[async_trait]
impl HttpClient for Streaming {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        self.fake.send(request).await
    }

    async fn open(&self, request: Request<Bytes>) -> Result<Response<BodyStream>, HttpError> {
        self.opened.lock().unwrap().push(request.uri().to_string());
        let told = std::mem::take(&mut *self.tells.lock().unwrap());
        let mut answer = Response::new(BodyStream::from(Bytes::from(told.concat())));
        answer
            .headers_mut()
            .insert("content-type", "text/event-stream".parse().unwrap());
        if self.fake.state().kind != Kind::Mastodon {
            *answer.status_mut() = StatusCode::NOT_FOUND;
        }
        Ok(answer)
    }
}

fn streaming(kind: Kind, tells: &[(&str, &str)]) -> (Fake, Arc<Streaming>) {
    let fake = server(kind);
    let tells = tells
        .iter()
        .map(|(event, data)| format!("event: {event}\ndata: {data}\n\n"));
    let tells = std::iter::once(":connected\n\n".to_owned()).chain(tells);
    let http = Streaming {
        fake: fake.clone(),
        tells: Mutex::new(tells.collect()),
        opened: Mutex::default(),
    };
    (fake, Arc::new(http))
}

fn deleted(events: &[Event]) -> Vec<&str> {
    let deleted = events.iter().filter_map(|event| match &event.kind {
        EventKind::Visibility {
            message,
            visibility: Visibility::Deleted,
            ..
        } if event.provenance.via == Via::Stream => Some(&*message.id),
        _ => None,
    });
    deleted.collect()
}

#[tokio::test]
async fn a_deletion_is_told_until_a_poll_goes_on_after_it() {
    let tells = [
        ("filters_changed", "undefined"),
        ("delete", "77"),
        ("notification", "{}"),
    ];
    let (fake, http) = streaming(Kind::Mastodon, &tells);
    fake.write(ANA, "@shop hei", None, "public");
    let channel = connect(http.clone()).await;
    // It connects, then the deletion, then the notification; then it has ended.
    for _ in 0..3 {
        channel.changed().await.unwrap();
    }
    assert_eq!(
        *channel.changed().await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
    assert_eq!(
        *http.opened.lock().unwrap(),
        ["https://social.example/api/v1/streaming/user"]
    );
    let first = channel.poll(None).await.unwrap();
    assert_eq!(deleted(&first.events), ["77"]);
    // Nobody stored that page: it comes again.
    let again = channel.poll(None).await.unwrap();
    assert_eq!(deleted(&again.events), ["77"]);
    let next = channel.poll(again.next.as_ref()).await.unwrap();
    assert_eq!(deleted(&next.events), [""; 0]);
    // It connects anew.
    channel.changed().await.unwrap();
    assert_eq!(http.opened.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_server_without_a_stream_is_not_waited_for() {
    for kind in [Kind::GoToSocial, Kind::Snac] {
        let (_, http) = streaming(kind, &[]);
        let channel = connect(http).await;
        let error = channel.changed().await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Unsupported, "{kind:?}");
    }
}
