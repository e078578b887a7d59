//! Files that go along with a reply.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod fake;

use std::sync::Arc;

use aspa_channel::{
    Channel, Effect, EffectKind, ErrorKind, Fetch, Fetched, Landed, Media, MediaKind, Message,
    MessageKey, Part, ReplyKind, Status,
};
use aspa_channel_mastodon::{MastodonChannel, Upload};
use aspa_types::EffectKey;
use bytes::Bytes;
use fake::{ANA, Fake, Kind, connect, server};
use proptest::prelude::*;

const KINDS: [Kind; 3] = [Kind::Mastodon, Kind::GoToSocial, Kind::Snac];

async fn asked(kind: Kind) -> (Fake, MastodonChannel, MessageKey) {
    let fake = server(kind);
    let channel = connect(Arc::new(fake.clone())).await;
    let post = fake.write(ANA, "@shop where is my kettle?", None, "public");
    let account = channel.account().clone();
    let key = MessageKey::new(account, &fake.id(post)).unwrap();
    (fake, channel, key)
}

fn reply(to: &MessageKey, media: Vec<Media>) -> Effect {
    let conversation = aspa_channel::ConversationKey::new(to.account.clone(), &to.id).unwrap();
    let mut kind = EffectKind::send("this one?", ReplyKind::Answer);
    if let EffectKind::Send {
        in_reply_to,
        media: files,
        ..
    } = &mut kind
    {
        (*in_reply_to, *files) = (Some(to.clone()), media);
    }
    Effect::new(EffectKey::derive(&["media", &to.id]), conversation, kind)
}

fn picture() -> Upload {
    Upload::new("image/png", Bytes::from_static(b"\x89PNG\r\n\x1a\n")).described("A blue kettle")
}

async fn files_of(channel: &MastodonChannel, key: &MessageKey) -> Vec<Media> {
    let fetched = channel.fetch(&Fetch::Message(key.clone())).await.unwrap();
    let Fetched::Message(message) = fetched else {
        panic!("no message");
    };
    let Message { parts, .. } = *message;
    let files = parts.into_iter().filter_map(|part| match part {
        Part::Media(media) => Some(media),
        _ => None,
    });
    files.collect()
}

#[tokio::test]
async fn a_picture_goes_along_with_what_it_shows() {
    for kind in KINDS {
        let (fake, channel, question) = asked(kind).await;
        let media = channel.upload(&picture()).await.unwrap();
        assert_eq!(media.kind, MediaKind::Image);
        let effect = reply(&question, vec![media]);
        let posts = fake.state().posts.len();
        if kind == Kind::Mastodon {
            let early = channel.perform(&effect).await.unwrap_err();
            let told = (early.kind().clone(), early.status(), early.landed());
            let expected = (ErrorKind::Unavailable, Status::Temporary, Landed::No);
            assert_eq!(told, expected, "it is still being made ready");
            assert_eq!(fake.state().posts.len(), posts);
        }
        let receipt = channel.perform(&effect).await.unwrap();
        assert_eq!(fake.state().posts.len(), posts + 1);
        let there = files_of(&channel, &receipt.messages[0]).await;
        assert_eq!(there.len(), 1);
        assert_eq!(there[0].kind, MediaKind::Image);
        assert_eq!(there[0].description.as_deref(), Some("A blue kettle"));
        let file = fake.state().files[0].clone();
        assert_eq!(file.content, b"\x89PNG\r\n\x1a\n");
        assert_eq!((&*file.media_type, &*file.name), ("image/png", "file"));
    }
}

#[tokio::test]
async fn what_the_server_does_not_take_is_refused_before_any_request() {
    let (fake, channel, _) = asked(Kind::Mastodon).await;
    let of = |media_type: &str, bytes: usize| Upload::new(media_type, vec![0; bytes].into());
    let cases = [
        ("empty", of("image/png", 0)),
        ("another type", of("image/bmp", 1)),
        ("no type", of("picture", 1)),
        ("a header of its own", of("image/png\r\nX: y", 1)),
        ("too large a picture", of("image/png", 1001)),
        ("too large a film", of("video/mp4", 2001)),
    ];
    for (what, file) in cases {
        let asked = fake.state().asked.len();
        let error = channel.upload(&file).await.unwrap_err();
        let told = (error.kind().clone(), error.landed());
        assert_eq!(told, (ErrorKind::Invalid, Landed::No), "{what}");
        assert_eq!(fake.state().asked.len(), asked, "{what}");
    }
    for file in [of("image/png", 1000), of("video/mp4", 2000)] {
        channel.upload(&file).await.unwrap();
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_stops_the_reply() {
    for kind in [Kind::Mastodon, Kind::GoToSocial] {
        let (fake, channel, question) = asked(kind).await;
        let posts = fake.state().posts.len();
        let mut unknown = Media::new(MediaKind::Image);
        for (id, expected) in [
            (None, ErrorKind::Invalid),
            (Some("17"), ErrorKind::NotFound),
        ] {
            unknown.id = id.map(str::to_owned);
            let effect = reply(&question, vec![unknown.clone()]);
            let error = channel.perform(&effect).await.unwrap_err();
            assert_eq!((error.kind(), error.landed()), (&expected, Landed::No));
            assert!(error.remedy().is_some());
        }
        assert_eq!(fake.state().posts.len(), posts);
    }
}

#[test]
fn debug_shows_neither_the_file_nor_its_name() {
    let mut file = picture();
    "matti's invoice.png".clone_into(&mut file.name);
    let shown = format!("{file:?}");
    for secret in ["kettle", "invoice", "PNG"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is in it, also what ends a form, it arrives as it was.
    #[test]
    fn any_file_arrives_as_it_was(
        content in prop_oneof![
            proptest::collection::vec(any::<u8>(), 1..200),
            "(aspa-form(-[0-9])?|--|\r\n|x){1,20}".prop_map(String::into_bytes),
        ],
        name in "\\PC{0,20}(\"|\r|\n)?\\PC{0,5}",
        description in "[a-zä -]{1,20}(aspa-form)?",
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (fake, channel, _) = asked(Kind::GoToSocial).await;
            let mut file = Upload::new("image/png", content.clone().into());
            (file.name, file.description) = (name, Some(description.clone()));
            channel.upload(&file).await.unwrap();
            let there = fake.state().files[0].clone();
            assert_eq!((there.content, there.description), (content, Some(description)));
        });
    }
}
