//! Two programs over one PostgreSQL: what is done at one is seen at the other.
#![expect(
    clippy::unwrap_used,
    reason = "a test, which clippy cannot see without the harness"
)]

mod common;

use std::time::Duration;

use aspa_store_postgres::tokio_postgres::NoTls;
use aspa_store_postgres::{Options, PostgresStore};
use aspa_testkit::libtest_mimic::{self, Arguments, Trial};
use tokio::time::{Instant, timeout};

use crate::common::{Served, serve_over};

fn main() {
    let url = std::env::var("ASPA_POSTGRES_URL").ok();
    let ignored = url.is_none();
    let trial = Trial::test(
        "a_reply_at_one_program_is_seen_once_at_the_other",
        move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(reply_and_stream_apart(&url.unwrap()));
            Ok(())
        },
    );
    let trials = vec![trial.with_ignored_flag(ignored)];
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

async fn program(url: &str, folder: &tempfile::TempDir) -> Served {
    let schema = format!("aspa_web_{}", std::process::id());
    let options = Options::default().schema(schema);
    let config = url.parse().unwrap();
    let store = PostgresStore::connect_with(config, NoTls, &options).await;
    serve_over(store.unwrap(), folder.path()).await
}

async fn reply_and_stream_apart(url: &str) {
    let folder = tempfile::tempdir().unwrap();
    let one = program(url, &folder).await;
    let other = program(url, &folder).await;
    let token = one.token().await;
    let mut stream = one.follow(&token, None).await;
    one.write(&token, "m-1", "Hello").await;
    assert_eq!(stream.texts(1).await, ["Hello"]);
    let ticket = other.ticket().await;
    for n in 0..5 {
        let text = format!("Answer {n}");
        other.reply(&ticket, &text).await;
        let replied = Instant::now();
        assert_eq!(stream.texts(1).await, [text]);
        let took = replied.elapsed();
        assert!(took < Duration::from_secs(2), "{took:?}");
    }
    // Nothing came twice, neither to who stayed nor to who goes on at the other program.
    let twice = timeout(Duration::from_secs(2), stream.texts(1)).await;
    assert!(twice.is_err(), "{twice:?}");
    let mut there = other.follow(&token, stream.last.as_deref()).await;
    one.write(&token, "m-2", "Thanks").await;
    assert_eq!(there.texts(1).await, ["Thanks"]);
    assert_eq!(stream.texts(1).await, ["Thanks"]);
    drop((stream, there));
    one.stop().await;
    other.stop().await;
}
