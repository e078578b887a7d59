//! What Meta documents, one test each: windows, the one private reply, codes, lists, echoes.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod common;

use std::time::Duration;

use aspa_channel::{
    AttributeKind, Channel, Cursor, Effect, EffectKind, ErrorKind, Event, EventKind, Fetch,
    Fetched, Landed, Probe, Received, ReplyKind, Status, Webhook,
};
use aspa_channel_meta::{Graph, MetaWebhook, PageHook, WebhookConfig, appsecret_proof, signals};
use aspa_http::BodyStream;
use aspa_testkit::{HttpFault, On};
use aspa_types::Secret;
use bytes::Bytes;
use chrono::TimeDelta;
use common::{PAGE, Shop, account, effect, key, place, send};
use http::Response;

fn answer(status: u16, body: &str) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from(body.to_owned()));
    *answer.status_mut() = http::StatusCode::from_u16(status).unwrap();
    answer
}

fn webhook(shop: &Shop) -> MetaWebhook {
    let pages = vec![PageHook::new(account(), PAGE)];
    let secret = Secret::new(shop.graph.app_secret());
    MetaWebhook::new(WebhookConfig::new(
        secret,
        Secret::new("typed-at-set-up-2026"),
        pages,
    ))
    .unwrap()
}

/// What the webhook gives of everything that happened.
fn delivered(shop: &Shop) -> Vec<Event> {
    let webhook = webhook(shop);
    let deliveries = shop.graph.deliveries();
    let events =
        deliveries.iter().flat_map(
            |delivery| match webhook.receive(delivery, shop.graph.now()) {
                Received::Accepted { events, .. } => events,
                other => panic!("{other:?}"),
            },
        );
    events.collect()
}

async fn polled(
    channel: &impl Channel,
    mut cursor: Option<Cursor>,
) -> (Vec<Event>, Option<Cursor>) {
    let mut events = Vec::new();
    loop {
        let page = channel.poll(cursor.as_ref()).await.unwrap();
        events.extend(page.events);
        cursor = page.next;
        if !page.more {
            return (events, cursor);
        }
    }
}

fn private_reply(name: &str, comment: &str) -> Effect {
    let kind = EffectKind::private_reply(key(comment), "Which order is it?");
    effect(name, place("1001_1"), kind)
}

#[tokio::test]
async fn every_code_says_what_it_is_and_whether_it_landed() {
    use ErrorKind as K;
    use Landed::{Maybe, No};
    for (status, code, kind, landed, lasts) in [
        (
            400,
            "1,\"error_subcode\":99",
            K::Unavailable,
            Maybe,
            Status::Temporary,
        ),
        (500, "2", K::Unavailable, Maybe, Status::Temporary),
        (200, "2", K::Unavailable, Maybe, Status::Temporary),
        (400, "-1", K::Unavailable, Maybe, Status::Temporary),
        (400, "1200", K::Unavailable, Maybe, Status::Temporary),
        (
            400,
            "9999,\"is_transient\":true",
            K::Unavailable,
            Maybe,
            Status::Temporary,
        ),
        (400, "\"4\"", K::Throttled, No, Status::Temporary),
        (
            400,
            "\"10\",\"error_subcode\":\"2018278\"",
            K::WindowClosed,
            No,
            Status::Permanent,
        ),
        (
            400,
            "9999,\"is_transient\":1",
            K::Unavailable,
            Maybe,
            Status::Temporary,
        ),
        (400, "4", K::Throttled, No, Status::Temporary),
        (403, "17", K::Throttled, No, Status::Temporary),
        (200, "32", K::Throttled, No, Status::Temporary),
        (
            400,
            "613,\"is_transient\":true",
            K::Throttled,
            No,
            Status::Temporary,
        ),
        (400, "80007", K::Throttled, No, Status::Temporary),
        (
            400,
            "10,\"error_subcode\":2018278",
            K::WindowClosed,
            No,
            Status::Permanent,
        ),
        (
            400,
            "200,\"error_subcode\":1545041",
            K::WindowClosed,
            No,
            Status::Permanent,
        ),
        (
            400,
            "10,\"error_subcode\":1893063",
            K::Forbidden,
            No,
            Status::Persistent,
        ),
        (400, "368", K::Forbidden, No, Status::Persistent),
        (400, "10", K::Forbidden, No, Status::Persistent),
        (403, "230", K::Forbidden, No, Status::Persistent),
        (
            400,
            "551,\"error_subcode\":1545041",
            K::Forbidden,
            No,
            Status::Permanent,
        ),
        (
            400,
            "100,\"error_subcode\":2018001",
            K::NotFound,
            No,
            Status::Permanent,
        ),
        (
            400,
            "100,\"error_subcode\":33",
            K::NotFound,
            No,
            Status::Permanent,
        ),
        (
            400,
            "100,\"error_subcode\":2018109",
            K::Invalid,
            No,
            Status::Permanent,
        ),
        (400, "100", K::Invalid, No, Status::Permanent),
        (
            401,
            "190,\"error_subcode\":463",
            K::Unauthorized,
            No,
            Status::Persistent,
        ),
        (
            200,
            "190,\"error_subcode\":460",
            K::Unauthorized,
            No,
            Status::Persistent,
        ),
        (400, "10900", K::Duplicate, Maybe, Status::Permanent),
        (400, "4242", K::Invalid, No, Status::Permanent),
    ] {
        let shop = Shop::new();
        let body =
            format!(r#"{{"error":{{"message":"matti@example.com EAAsecret","code":{code}}}}}"#);
        shop.graph
            .faults()
            .script(On::write(), HttpFault::Answer(answer(status, &body)));
        let channel = shop.channel(shop.config());
        let reply = effect("e-1", place(&shop.post), send("Hei", None));
        let error = channel.perform(&reply).await.unwrap_err();
        let told = (error.kind().clone(), error.landed(), error.status());
        assert_eq!(told, (kind, landed, lasts), "{code}");
        let whole = format!("{error} {error:?}");
        assert!(
            !whole.contains("matti") && !whole.contains("EAA"),
            "{whole}"
        );
        assert!(error.code().is_some(), "{code}");
    }
}

#[tokio::test]
async fn the_wait_stands_in_the_usage_headers() {
    let shop = Shop::new();
    let mut refused = answer(400, r#"{"error":{"code":80006}}"#);
    let usage = r#"{"1001":[{"type":"messenger","call_count":100,"total_cputime":5,"total_time":5,"estimated_time_to_regain_access":7}]}"#;
    refused
        .headers_mut()
        .insert("x-business-use-case-usage", usage.parse().unwrap());
    let heard = refused.clone().map(BodyStream::from);
    assert!(signals(&heard, shop.graph.now()).refused);
    shop.graph
        .faults()
        .script(On::write(), HttpFault::Answer(refused));
    let reply = effect("e-1", place(&shop.post), send("Hei", None));
    let error = shop
        .channel(shop.config())
        .perform(&reply)
        .await
        .unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(420)));
}

#[tokio::test]
async fn a_comment_is_answered_in_private_once_and_joins_two_ids() {
    let shop = Shop::new();
    let channel = shop.channel(shop.config());
    let comment = shop
        .graph
        .comments(&shop.matti, &shop.post, "Where is it?")
        .unwrap();
    let receipt = channel
        .perform(&private_reply("e-1", &comment))
        .await
        .unwrap();
    let person = format!("messenger:{PAGE}:{}", shop.matti.person);
    assert_eq!(receipt.recipient.unwrap().to_string(), person);

    let again = channel
        .perform(&private_reply("e-2", &comment))
        .await
        .unwrap_err();
    assert_eq!(
        (again.kind(), again.landed()),
        (&ErrorKind::Duplicate, Landed::Maybe)
    );
    let probed = channel
        .probe(&private_reply("e-2", &comment))
        .await
        .unwrap();
    assert_eq!(probed, Probe::Absent, "another effect made it");
    // A private reply does not open the 24 hours.
    let more = effect("e-3", shop.thread(), send("Hei?", None));
    assert_eq!(
        *channel.perform(&more).await.unwrap_err().kind(),
        ErrorKind::WindowClosed
    );
    let _ = shop.graph.writes(&shop.matti, "Order 55512", None);
    channel.perform(&more).await.unwrap();

    let (events, _) = polled(&channel, None).await;
    let joined = events
        .iter()
        .find(|event| matches!(event.kind, EventKind::Handle { .. }));
    let handles = &joined.unwrap().handles;
    let second = handles[0].latest(&AttributeKind::SecondId).unwrap();
    assert_eq!(
        (second, handles[0].key.id()),
        (person.as_str(), shop.matti.author.as_str())
    );
    assert!(handles[0].attributes[0].verified);
    assert_eq!(handles[1].key.to_string(), person);
}

#[tokio::test]
async fn after_a_lost_answer_a_private_reply_is_found() {
    let shop = Shop::new();
    let comment = shop
        .graph
        .comments(&shop.matti, &shop.post, "Where is it?")
        .unwrap();
    let reply = private_reply("e-1", &comment);
    let channel = shop.channel(shop.config());
    assert_eq!(channel.probe(&reply).await.unwrap(), Probe::Absent);
    shop.graph.faults().script(On::write(), HttpFault::CutAfter);
    assert_eq!(
        channel.perform(&reply).await.unwrap_err().landed(),
        Landed::Maybe
    );
    let Probe::Found(receipt) = channel.probe(&reply).await.unwrap() else {
        panic!()
    };
    let mid = shop
        .graph
        .seen()
        .into_iter()
        .find(|one| one.private)
        .unwrap()
        .id;
    assert_eq!(receipt.messages, [key(&mid)]);
    let person = format!("messenger:{PAGE}:{}", shop.matti.person);
    assert_eq!(receipt.recipient.unwrap().to_string(), person);
}

#[tokio::test]
async fn of_two_answers_with_the_same_words_each_is_its_own() {
    let shop = Shop::new();
    let channel = shop.channel(shop.config());
    let comment = shop
        .graph
        .comments(&shop.matti, &shop.post, "Where is it?")
        .unwrap();
    let first = effect("e-1", place(&shop.post), send("Coming!", Some(&comment)));
    let second = effect("e-2", place(&shop.post), send("Coming!", Some(&comment)));
    let one = channel.perform(&first).await.unwrap();
    assert_eq!(channel.probe(&second).await.unwrap(), Probe::Absent);
    channel.perform(&second).await.unwrap();
    let Probe::Found(found) = channel.probe(&first).await.unwrap() else {
        panic!()
    };
    assert_eq!(found.messages, one.messages);
    // Another process knows of neither.
    let other = shop.channel(shop.config());
    assert_eq!(other.probe(&first).await.unwrap(), Probe::CannotTell);
}

#[tokio::test]
async fn only_a_person_may_answer_for_seven_days() {
    let shop = Shop::new();
    shop.graph.permit_human_agent();
    let _ = shop.graph.writes(&shop.matti, "Hei", None);
    shop.graph.pass(TimeDelta::days(3));
    let mut config = shop.config();
    config.human_agent = true;
    let channel = shop.channel(config);
    let automatic = effect(
        "e-1",
        shop.thread(),
        EffectKind::send("Hei!", ReplyKind::Automatic),
    );
    let late = channel.perform(&automatic).await.unwrap_err();
    assert_eq!(
        (late.kind(), late.landed()),
        (&ErrorKind::WindowClosed, Landed::No)
    );
    assert!(late.remedy().is_some());
    channel
        .perform(&effect("e-2", shop.thread(), send("Hei!", None)))
        .await
        .unwrap();
}

#[tokio::test]
async fn an_echo_bears_the_key_of_its_effect_and_all_that_happens_is_delivered() {
    let shop = Shop::new();
    let channel = shop.channel(shop.config());
    let _ = delivered(&shop);
    let said = shop.graph.writes(&shop.matti, "Missä? 🙏", None);
    let sent = channel
        .perform(&effect(
            "e-1",
            shop.thread(),
            send("Tulossa/matkalla", Some(&said)),
        ))
        .await;
    let comment = shop
        .graph
        .comments(&shop.matti, &shop.post, "Hieno")
        .unwrap();
    assert!(shop.graph.edits(&comment, "Hieno!") && shop.graph.hides(&comment, true));
    assert!(shop.graph.removes(&comment));
    let review = shop.graph.reviews(&shop.matti, true, "Hyvä");

    let events = delivered(&shop);
    let message = |id: &str, revised: bool| {
        let mut messages = events.iter().filter_map(|event| match &event.kind {
            EventKind::Message(message) => Some(message),
            _ => None,
        });
        messages
            .find(|m| *m.key.id == *id && (m.revision > 0) == revised)
            .unwrap()
            .clone()
    };
    let sent = sent.unwrap().messages.remove(0);
    let echo = message(&sent.id, false);
    assert_eq!(echo.effect.unwrap().as_str(), "e-1");
    assert_eq!(message(&said, false).text(), "Missä? 🙏");
    assert_eq!(message(&comment, true).text(), "Hieno!");
    assert_eq!(message(&review, false).rating.unwrap().value, 1);
    let shown = events
        .iter()
        .filter(|event| matches!(event.kind, EventKind::Visibility { .. }));
    assert_eq!(shown.count(), 2);

    // The same by polls, under the same keys.
    let (polled, _) = polled(&channel, None).await;
    let polled: Vec<String> = polled.iter().map(Event::key).collect();
    for event in events.iter().filter(|event| matches!(&event.kind, EventKind::Message(m) if m.revision == 0 && *m.key.id != *comment)) {
        assert!(polled.contains(&event.key()), "{event:?}");
    }
}

#[tokio::test]
async fn later_rounds_read_what_is_new() {
    let shop = Shop::new();
    for number in 0..60 {
        let _ = shop.graph.posts(None, &format!("post {number}"));
    }
    let mut config = shop.config();
    config.posts = 3;
    let channel = shop.channel(config);
    shop.graph.pass(TimeDelta::hours(1));
    let (events, cursor) = polled(&channel, None).await;
    assert_eq!(events.len(), 62);
    shop.graph.pass(TimeDelta::hours(1));
    let post = shop.graph.posts(Some(&shop.matti), "A post of mine");
    let comment = shop
        .graph
        .comments(&shop.matti, &post, "and a comment")
        .unwrap();
    let line = shop.graph.writes(&shop.matti, "and a message", None);
    let before = shop.graph.faults().asked().len();
    let (events, _) = polled(&channel, cursor).await;
    let keys: Vec<String> = events.iter().map(Event::key).collect();
    let expected = [post, comment, line].map(|id| format!("message {id}#0 0"));
    assert_eq!(keys, expected);
    let asked = shop.graph.faults().asked().len() - before;
    assert!(asked <= 10, "{asked} requests");
}

#[tokio::test]
async fn rounds_see_what_became_of_what_was_read() {
    let told = |events: &[Event]| -> Vec<String> {
        let told = events.iter().filter_map(|event| match &event.kind {
            EventKind::Message(m) if m.revision > 0 => Some(format!("{} {}", m.key.id, m.text())),
            EventKind::Visibility {
                message,
                visibility,
                ..
            } => Some(format!("{} {visibility}", message.id)),
            _ => None,
        });
        told.collect()
    };
    for (watched, beside_webhook, sees, edits) in [
        (300, false, true, true),
        (300, true, true, false),
        (0, false, false, false),
    ] {
        let shop = Shop::new();
        let mine = shop.graph.posts(Some(&shop.matti), "A post of mine");
        let on_post = |text: &str| shop.graph.comments(&shop.matti, &shop.post, text).unwrap();
        let [kept, edited, hidden, gone] = ["a", "b", "c", "d"].map(on_post);
        let mut config = shop.config();
        (config.watched, config.beside_webhook) = (watched, beside_webhook);
        let channel = shop.channel(config);
        let (_, cursor) = polled(&channel, None).await;
        shop.graph.pass(TimeDelta::hours(1));
        let (events, cursor) = polled(&channel, cursor).await;
        assert_eq!(told(&events), [""; 0], "nothing became of anything");
        shop.graph.pass(TimeDelta::hours(1));
        assert!(shop.graph.edits(&edited, "b!") && shop.graph.hides(&hidden, true));
        assert!(shop.graph.removes(&gone) && shop.graph.removes(&mine));
        let (events, cursor) = polled(&channel, cursor).await;
        let mut wanted = Vec::new();
        if sees {
            wanted = vec![
                format!("{gone} deleted"),
                format!("{mine} deleted"),
                format!("{hidden} hidden"),
            ];
        }
        wanted.extend(edits.then(|| format!("{edited} b!")));
        wanted.sort();
        let mut came = told(&events);
        came.sort();
        assert_eq!(came, wanted, "{watched} {beside_webhook}");
        let times = events.iter().map(|event| event.effective_at());
        assert!(times.clone().all(|at| at.is_some()), "{events:?}");
        let (events, _) = polled(&channel, cursor).await;
        assert_eq!(told(&events), [""; 0], "once");
        assert!(shop.graph.edits(&kept, "a"));
    }
}

#[tokio::test]
async fn a_conversation_and_a_profile_can_be_looked_up() {
    let shop = Shop::new();
    let channel = shop.channel(shop.config());
    let comment = shop.graph.comments(&shop.matti, &shop.post, "one").unwrap();
    let _ = shop.graph.comments(&shop.matti, &comment, "two");
    let found = channel
        .fetch(&Fetch::Conversation(place(&shop.post)))
        .await
        .unwrap();
    let Fetched::Conversation(messages) = found else {
        panic!()
    };
    assert_eq!(messages.len(), 3);
    let _ = shop.graph.writes(&shop.matti, "three", None);
    let found = channel
        .fetch(&Fetch::Conversation(shop.thread()))
        .await
        .unwrap();
    let Fetched::Conversation(messages) = found else {
        panic!()
    };
    let author = messages[0].author.clone().unwrap();
    let Fetched::Handle(handle) = channel.fetch(&Fetch::Handle(author)).await.unwrap() else {
        panic!()
    };
    assert_eq!(handle.name(), "Matti");
    for id in [
        "1001_404",
        "7_404",
        "m_404",
        "../../me",
        "m_1/../x",
        "postback-1",
    ] {
        let nothing = channel.fetch(&Fetch::Message(key(id))).await.unwrap();
        assert_eq!(nothing, Fetched::Nothing, "{id}");
    }
}

#[test]
fn a_proof_is_the_documented_hmac() {
    // printf %s TOKEN | openssl dgst -sha256 -hmac SECRET
    let proof = appsecret_proof(&Secret::new("SECRET"), &Secret::new("TOKEN"));
    let wanted = "9bcde7f1d5e226d86e4692a62e5ec88f99306fb302d74b2dc3bff8a03770b63d";
    assert_eq!(proof, wanted);
    let shop = Shop::new();
    let graph = Graph::new(shop.graph.client());
    for host in [
        "http://graph.example",
        "ftp://x",
        "https://a@b.example",
        "http://localhost.example",
    ] {
        assert!(
            graph.clone().host(host).page(shop.config()).is_err(),
            "{host}"
        );
    }
    for host in ["http://127.0.0.1:8080", "https://graph.example/"] {
        assert!(
            graph.clone().host(host).page(shop.config()).is_ok(),
            "{host}"
        );
    }
}
