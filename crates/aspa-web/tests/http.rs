//! The whole way over real HTTP, on a real listener: coming in, writing, reading on, and who is let in.

mod common;

use std::collections::BTreeSet;
use std::time::Duration;

use aspa_channel::{ConversationKey, MessageKey, Part, Visibility};
use aspa_channel_webchat::Identity;
use aspa_desk::{Clock, Desk, Subject, SystemClock};
use aspa_store::{Changes, Shown, Store, Versioned, Wanted};
use aspa_store_sqlite::SqliteStore;
use aspa_types::{AccountId, HandleKey, Network, Secret, TenantId};
use chrono::TimeDelta;
use http::StatusCode;
use serde_json::{Value, json};

use crate::common::{HOST, ORIGIN, serve};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_goes_on_after_a_cut_and_a_restart_without_loss_or_repeat() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(folder.path()).await;
    let token = served.token().await;
    let mut stream = served.follow(&token, None).await;
    served.write(&token, "m-1", "One").await;
    served.write(&token, "m-1", "One").await;
    assert_eq!(stream.texts(1).await, ["One"]);
    let ticket = served.ticket().await;
    served.reply(&ticket, "Two").await;
    assert_eq!(stream.texts(1).await, ["Two"]);
    let last = stream.last.clone();
    drop(stream);
    served.write(&token, "m-2", "Three").await;
    let mut stream = served.follow(&token, last.as_deref()).await;
    assert_eq!(stream.texts(1).await, ["Three"]);
    let last = stream.last.clone();
    served.reply(&ticket, "Four").await;
    served.stop().await;

    let served = serve(folder.path()).await;
    let mut stream = served.follow(&token, last.as_deref()).await;
    assert_eq!(stream.texts(1).await, ["Four"]);
    let mut anew = served.follow(&token, None).await;
    assert_eq!(anew.texts(4).await, ["One", "Two", "Three", "Four"]);
    let mut lost = served.follow(&served.token().await, Some("4.abc")).await;
    assert_eq!(lost.event().await.0, "reset");
    drop((stream, anew, lost));
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_from_another_process_reaches_the_stream() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (serve(folder.path()).await, serve(folder.path()).await);
    let token = one.token().await;
    let mut stream = one.follow(&token, None).await;
    one.write(&token, "m-1", "Hello").await;
    assert_eq!(stream.texts(1).await, ["Hello"]);
    other
        .reply(&other.ticket().await, "Hello from the other")
        .await;
    assert_eq!(stream.texts(1).await, ["Hello from the other"]);
    drop(stream);
    one.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_answered_without_authentication() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(folder.path()).await;
    let token = served.token().await;
    served.write(&token, "m-1", "Hello").await;
    let ticket = served.ticket().await;
    for path in [
        "/tickets",
        "/changes",
        "/nowhere",
        &format!("/tickets/{ticket}"),
    ] {
        let (status, body) = served.api("stranger", "GET", path, &Value::Null).await;
        assert_eq!(
            (status, &body["tickets"]),
            (StatusCode::UNAUTHORIZED, &Value::Null),
            "{path}"
        );
    }
    let reply = format!("/tickets/{ticket}/reply");
    for (agent, status) in [
        ("stranger", StatusCode::UNAUTHORIZED),
        ("trainee", StatusCode::FORBIDDEN),
    ] {
        assert_eq!(
            served
                .api(agent, "POST", &reply, &json!({ "text": "x" }))
                .await
                .0,
            status
        );
    }
    assert_eq!(
        served
            .api("trainee", "GET", "/tickets", &Value::Null)
            .await
            .0,
        StatusCode::OK
    );
    // What nobody has read is not resolved away.
    let resolve = format!("/tickets/{ticket}/resolve");
    let shown = format!("/tickets/{ticket}");
    let (_, seen) = served.api("anna", "GET", &shown, &Value::Null).await;
    let seen = json!({ "newest_seen": seen["messages"][0]["id"] });
    served.write(&token, "m-2", "And one more thing").await;
    let (status, why) = served.api("anna", "POST", &resolve, &seen).await;
    assert_eq!(status, StatusCode::CONFLICT, "{why}");
    let (status, done) = served.api("anna", "POST", &resolve, &json!({})).await;
    assert_eq!(
        (status, &done["category"]),
        (StatusCode::OK, &json!("resolved"))
    );
    // A visitor's endpoints want a token, and the chat has no second door.
    for path in ["/chat/events", "/chat/files", "/webhooks/webchat"] {
        let status = served.send("POST", path, &[], b"{}").await.status();
        assert!(
            [StatusCode::UNAUTHORIZED, StatusCode::NOT_FOUND].contains(&status),
            "{path}: {status}"
        );
    }
    assert_eq!(
        served.send("GET", "/chat/stream", &[], b"").await.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        served.send("GET", "/health/ready", &[], b"").await.status(),
        StatusCode::OK
    );
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_too_much_waits_and_others_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(folder.path()).await;
    let (busy, calm) = (served.token().await, served.token().await);
    let mut held = None;
    for n in 0..12 {
        let event = json!([{ "type": "message", "id": format!("m-{n}"), "text": "x" }]);
        let answer = served.post(&busy, &event).await;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            held = Some(answer);
        }
    }
    let held = held.expect("twelve at once are too many");
    let wait: u64 = held.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=4).contains(&wait), "{wait}");
    served.write(&calm, "m-1", "Hello").await;
    let long = vec![b' '; 70 << 10];
    let answer = served
        .send("POST", "/chat/events", &[("aspa-visitor", &calm)], &long)
        .await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let mut follows = Vec::new();
    for _ in 0..2 {
        let mut stream = served.follow(&calm, None).await;
        stream.texts(1).await;
        follows.push(stream);
    }
    let third = served
        .send("GET", "/chat/stream", &[("aspa-visitor", &calm)], b"")
        .await;
    assert_eq!(third.status(), StatusCode::TOO_MANY_REQUESTS);
    follows.pop();
    served.write(&calm, "m-2", "Still there").await;
    let mut again = served.follow(&calm, None).await;
    // The place is free again once the server has seen that the other one is gone.
    for _ in 0..50 {
        if again.row().await.starts_with("HTTP/1.1 200") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        again = served.follow(&calm, None).await;
    }
    drop((again, follows));
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_saved_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(folder.path()).await;
    let token = served.token().await;
    let headers = [("aspa-visitor", token.as_str())];
    let html = b"<script>alert(1)</script>";
    let answer = served
        .send("POST", "/chat/files?name=..%2Fa.html", &headers, html)
        .await;
    assert_eq!(answer.status(), StatusCode::OK);
    let file: Value = serde_json::from_slice(answer.body()).unwrap();
    let event = json!([{ "type": "message", "id": "m-1", "files": [file["file"]] }]);
    let mut stream = served.follow(&token, None).await;
    assert_eq!(served.post(&token, &event).await.status(), StatusCode::OK);
    let line = stream.line().await;
    let id = line["files"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/chat/files/{id}?of={}", line["id"].as_str().unwrap());
    let saved = served.send("GET", &path, &headers, b"").await;
    assert_eq!(
        (saved.status(), &saved.body()[..]),
        (StatusCode::OK, &html[..])
    );
    assert_eq!(saved.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(
        saved.headers()["content-disposition"],
        "attachment; filename*=UTF-8''a.html"
    );
    assert_eq!(saved.headers()["x-content-type-options"], "nosniff");
    let ticket = served.ticket().await;
    let of_agents = format!("/api/tickets/{ticket}/files/{id}");
    let agent = served
        .send("GET", &of_agents, &[("x-agent", "trainee")], b"")
        .await;
    assert_eq!(agent.status(), StatusCode::OK);
    let stranger = served.token().await;
    let other = served
        .send("GET", &path, &[("aspa-visitor", &stranger)], b"")
        .await;
    assert_eq!(other.status(), StatusCode::NOT_FOUND);
    for (content, status) in [
        (vec![b'x'; 1_001], StatusCode::PAYLOAD_TOO_LARGE),
        (b"MZ\0\x01".to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ] {
        let answer = served
            .send("POST", "/chat/files?name=x", &headers, &content)
            .await;
        assert_eq!(answer.status(), status);
    }
    drop(stream);
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_host_says_who_it_is_and_the_agent_sees_it() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(folder.path()).await;
    let until = SystemClock.now() + TimeDelta::hours(1);
    let identity = Identity::sign(&Secret::new(HOST), "1042", until).unwrap();
    let come = served
        .enter(&json!({ "identity": identity, "language": "fi" }))
        .await;
    assert_eq!(
        (&come["verified"], &come["refused"]),
        (&json!(true), &Value::Null)
    );
    assert!(
        come["service"]["text"]
            .as_str()
            .unwrap()
            .contains("2 tunnin"),
        "{come}"
    );
    let token = come["token"].as_str().unwrap();
    served.write(token, "m-1", "Hei").await;
    let ticket = served.ticket().await;
    let (_, shown) = served
        .api("anna", "GET", &format!("/tickets/{ticket}"), &Value::Null)
        .await;
    let message = &shown["messages"][0];
    assert_eq!(
        (&message["customer"], &message["verified"]),
        (&json!("crm:1042"), &json!(true))
    );
    let forged = served
        .enter(&json!({ "identity": identity.replace("1042", "1043") }))
        .await;
    assert_eq!(
        (&forged["verified"], &forged["refused"]),
        (&json!(false), &json!("wrong signature"))
    );
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_pages_that_were_named_are_let_in_from_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(folder.path()).await;
    for (origin, let_in) in [
        (ORIGIN, true),
        ("https://evil.example", false),
        ("null", false),
    ] {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            (
                "access-control-request-headers",
                "aspa-visitor,content-type",
            ),
        ];
        let answer = served.send("OPTIONS", "/chat/events", &headers, b"").await;
        let allowed = answer.headers().get("access-control-allow-origin");
        assert_eq!(
            allowed.map(|v| v.to_str().unwrap()),
            let_in.then_some(origin)
        );
        assert!(
            !answer
                .headers()
                .contains_key("access-control-allow-credentials")
        );
        let api = served.send("OPTIONS", "/api/tickets", &headers, b"").await;
        assert!(!api.headers().contains_key("access-control-allow-origin"));
    }
    let widget = served.send("GET", "/chat/widget.js", &[], b"").await;
    assert!(widget.body().len() < 35_000);
    let kept = format!("/chat/widget-{}.js", aspa_channel_webchat::widget_version());
    let kept = served.send("GET", &kept, &[], b"").await;
    assert!(
        kept.headers()["cache-control"]
            .to_str()
            .unwrap()
            .contains("immutable")
    );
    served.stop().await;
}

/// An edit or a deletion leaves no entry in the desk's log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_taken_back_goes_from_the_page_and_its_file_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(folder.path()).await;
    let token = served.token().await;
    let headers = [("aspa-visitor", token.as_str())];
    let answer = served
        .send("POST", "/chat/files?name=a", &headers, b"x")
        .await;
    let file: Value = serde_json::from_slice(answer.body()).unwrap();
    let event = json!([{ "type": "message", "id": "m-1", "files": [file["file"]] }]);
    assert_eq!(served.post(&token, &event).await.status(), StatusCode::OK);
    let mut stream = served.follow(&token, None).await;
    let line = stream.line().await;
    let file = line["files"][0]["id"].as_str().unwrap();
    let path = format!("/chat/files/{file}?of={}", line["id"].as_str().unwrap());
    let saved = served.send("GET", &path, &headers, b"").await;
    assert_eq!(saved.status(), StatusCode::OK);

    let store = SqliteStore::open(folder.path().join("desk.sqlite")).unwrap();
    let tenant = store.tenant(&TenantId::default());
    let (thread, _) = line["id"].as_str().unwrap().split_once('/').unwrap();
    let thread = ConversationKey::new(AccountId::new("chat").unwrap(), thread).unwrap();
    let key = tenant.conversation(&thread, None, 9).await.unwrap()[0]
        .key
        .clone();
    let mut wanted = Wanted::default();
    wanted.messages.insert(key.clone());
    let mut loaded = tenant.load(&wanted).await.unwrap();
    let Versioned { mut value, version } = loaded.messages.remove(&key).unwrap();
    value.show(Shown::new(SystemClock.now(), Visibility::Deleted, None));
    let mut changes = Changes::default();
    changes.messages.push(Versioned { value, version });
    tenant.commit(changes).await.unwrap();

    let gone = tokio::time::timeout(Duration::from_secs(5), stream.line()).await;
    assert_eq!(gone.unwrap()["deleted"], true);
    let saved = served.send("GET", &path, &headers, b"").await;
    assert_eq!(saved.status(), StatusCode::NOT_FOUND);
    drop(stream);
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_on_their_way_are_few() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(folder.path()).await;
    let token = served.token().await;
    let headers = [("aspa-visitor", token.as_str())];
    // As many as the test's program lets one address send at a time; none of them ends.
    let slow = [
        served.begin_upload(&token).await,
        served.begin_upload(&token).await,
    ];
    let answer = served.send("GET", "/chat/files/x", &headers, b"").await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    drop(slow);
    served.stop().await;
}

/// Whoever comes anew is shown the newest messages, and is given those before them when asking.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn earlier_messages_are_given_page_by_page() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(folder.path()).await;
    let token = served.token().await;
    served.write(&token, "m-0", "0").await;
    let mut stream = served.follow(&token, None).await;
    let first = stream.line().await;
    drop(stream);
    let store = SqliteStore::open(folder.path().join("desk.sqlite")).unwrap();
    let tenant = store.tenant(&TenantId::default());
    let id = first["id"].as_str().unwrap();
    let (name, _) = id.split_once('/').unwrap();
    let account = AccountId::new("chat").unwrap();
    let thread = ConversationKey::new(account.clone(), name).unwrap();
    let written = tenant.conversation(&thread, None, 1).await.unwrap();
    let mut changes = Changes::default();
    for n in 1..500 {
        let mut record = written[0].clone();
        record.key = MessageKey::new(account.clone(), &format!("{name}/v/m-{n}")).unwrap();
        let message = record.message.as_mut().unwrap();
        message.key = record.key.clone();
        message.parts = vec![Part::text(n.to_string())];
        let later = TimeDelta::milliseconds(n);
        message.times.received = message.times.received.map(|at| at + later);
        changes.messages.push(Versioned::new(record));
    }
    tenant.commit(changes).await.unwrap();

    let mut stream = served.follow(&token, None).await;
    let (event, told) = stream.event().await;
    assert_eq!(event, "earlier");
    let mut before = told["before"].as_str().unwrap().to_owned();
    assert_eq!(stream.texts(200).await[0], "300");
    let headers = [("aspa-visitor", token.as_str())];
    let mut read = Vec::new();
    loop {
        let path = format!("/chat/messages?before={before}");
        let answer = served.send("GET", &path, &headers, b"").await;
        assert_eq!(answer.status(), StatusCode::OK);
        let answer: Value = serde_json::from_slice(answer.body()).unwrap();
        let lines = answer["lines"].as_array().unwrap();
        assert!(lines.len() <= 50);
        let texts = lines.iter().map(|line| line["text"].as_str().unwrap());
        read.splice(0..0, texts.map(str::to_owned));
        match answer["before"].as_str() {
            Some(more) => more.clone_into(&mut before),
            None => break,
        }
    }
    let all: Vec<String> = (0..300).map(|n| n.to_string()).collect();
    assert_eq!(read, all);
    // What is another's, or nobody's, is not there.
    let stranger = served.token().await;
    for (who, before) in [
        (&stranger, id),
        (&token, "x"),
        (&token, ""),
        (&token, "%00"),
    ] {
        let path = format!("/chat/messages?before={before}");
        let headers = [("aspa-visitor", who.as_str())];
        let answer = served.send("GET", &path, &headers, b"").await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{before}");
    }
    drop(stream);
    served.stop().await;
}

/// An erasure reaches the folder, also where the process that serves the chat is away meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_an_erased_visitor_leave_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(folder.path()).await;
    let tokens = [served.token().await, served.token().await];
    let mut visitors = Vec::new();
    for token in &tokens {
        let headers = [("aspa-visitor", token.as_str())];
        let answer = served.send("POST", "/chat/files?name=a", &headers, b"x");
        let file: Value = serde_json::from_slice(answer.await.body()).unwrap();
        let event = json!([{ "type": "message", "id": "m-1", "files": [file["file"]] }]);
        assert_eq!(served.post(token, &event).await.status(), StatusCode::OK);
        let line = served.follow(token, None).await.line().await;
        let id = line["files"][0]["id"].as_str().unwrap().to_owned();
        let (conversation, _) = line["id"].as_str().unwrap().split_once('/').unwrap();
        let handle = HandleKey::new(Network::WEB_CHAT, Some("chat"), conversation).unwrap();
        visitors.push((handle, id));
    }
    served.stop().await;
    let [(erased, gone), (_, stays)] = visitors.try_into().unwrap();
    let kept = || {
        let files = std::fs::read_dir(folder.path().join("files")).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        names.collect::<BTreeSet<_>>()
    };
    let store = SqliteStore::open(folder.path().join("desk.sqlite")).unwrap();
    let key = Secret::new("a secret of the host's, long enough");
    let desk = Desk::builder(store).identity_key(key).build().unwrap();
    let receipt = desk.erase(&Subject::Handle(erased), None, "wish").await;
    assert_eq!(receipt.unwrap().rows.get("files"), Some(&1));
    assert_eq!(
        desk.erased_files().await.unwrap(),
        std::slice::from_ref(&gone)
    );
    assert_eq!(kept(), [gone, stays.clone()].into());

    let served = serve(folder.path()).await;
    for _ in 0..100 {
        if kept().len() == 1 && desk.erased_files().await.unwrap().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(kept(), [stays].into());
    assert!(desk.erased_files().await.unwrap().is_empty());
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_a_ticket_is_told_and_who_is_at_it_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(folder.path()).await;
    let token = served.token().await;
    served.write(&token, "m-1", "Hello").await;
    let ticket = served.ticket().await;
    let ask = async |agent: &str, method: &str, path: &str, body: Value| {
        served.api(agent, method, path, &body).await
    };

    let (_, kept) = ask("anna", "GET", "/following", Value::Null).await;
    assert_eq!(kept["version"], 0);
    let mine = json!({ "follows": [{ "what": { "ticket": ticket } }] });
    let keep = json!({ "version": 0, "following": mine });
    let (status, why) = ask("anna", "PUT", "/following", keep.clone()).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{why}");
    assert_eq!(
        ask("anna", "PUT", "/following", keep).await.0,
        StatusCode::CONFLICT,
        "somebody else has written it"
    );
    served.write(&token, "m-2", "Are you there?").await;
    let mut notices = Value::Null;
    for _ in 0..100 {
        notices = ask("anna", "GET", "/notices", Value::Null).await.1["notices"].take();
        if notices != json!([]) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(notices[0]["ticket"], ticket.as_str());
    assert!(notices[0]["text"].as_str().unwrap().contains(&ticket));
    let number = notices[0]["number"].as_u64().unwrap();
    let after = format!("/notices?after={number}&limit=5");
    assert_eq!(
        ask("anna", "GET", &after, Value::Null).await.1["notices"],
        json!([])
    );
    let read = json!({ "up_to": number });
    assert_eq!(
        ask("anna", "POST", "/notices/read", read).await.0,
        StatusCode::NO_CONTENT
    );
    let (_, none) = ask("anna", "GET", "/notices", Value::Null).await;
    assert_eq!(none["notices"], json!([]));

    let there = format!("/tickets/{ticket}/presence");
    let (status, alone) = ask("anna", "PUT", &there, json!({ "doing": "writes" })).await;
    assert_eq!((status, &alone["others"]), (StatusCode::OK, &json!({})));
    let (_, seen) = ask("trainee", "GET", &there, Value::Null).await;
    assert_eq!(seen["present"]["anna"]["doing"], "writes");
    let put = ask("trainee", "PUT", &there, json!({})).await.0;
    assert_eq!(put, StatusCode::FORBIDDEN);
    assert_eq!(
        ask("anna", "DELETE", &there, Value::Null).await.0,
        StatusCode::NO_CONTENT
    );
    let (_, gone) = ask("trainee", "GET", &there, Value::Null).await;
    assert_eq!(gone["present"], json!({}));
    let nowhere = ask("anna", "PUT", "/tickets/t-none/presence", json!({})).await;
    assert_eq!(nowhere.0, StatusCode::NOT_FOUND);
    served.stop().await;
}
