//! Real faults: a full disk, a read-only folder, a locked file, a server that is away. What is not kept
//! is not acknowledged, the error says what to do, and the desk goes on by itself when it is mended.
//!
//! Some need to mount (root) or a server (`.ci/postgres`), and are ignored without.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test, which clippy cannot see without the harness"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use aspa_channel_api::{ApiWebhook, WebhookConfig, sign};
use aspa_desk::{Clock, Desk, SystemClock};
use aspa_store::{ErrorKind, Store};
use aspa_store_postgres::tokio_postgres::NoTls;
use aspa_store_postgres::{Options, PostgresStore};
use aspa_store_sqlite::SqliteStore;
use aspa_testkit::libtest_mimic::{self, Arguments, Trial};
use aspa_types::{AccountId, DeliveryId, Secret};
use http::{Request, StatusCode};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::sleep;

const SECRET: &str = "faults-secret-0123456789";

type Test = fn() -> Pin<Box<dyn Future<Output = ()>>>;

fn main() {
    // Also root may not, in a container that is not to.
    let (mounts, server) = (
        Mounted::new(&TMPFS).is_some(),
        std::env::var_os("ASPA_POSTGRES_CTL").is_some(),
    );
    if !mounts {
        eprintln!("a_full_disk and a_read_only_folder are ignored: nothing can be mounted here");
    }
    let tests: [(&str, bool, Test); 4] = [
        ("a_full_disk", mounts, || Box::pin(a_full_disk())),
        ("a_read_only_folder", mounts, || {
            Box::pin(a_read_only_folder())
        }),
        ("a_locked_file", true, || Box::pin(a_locked_file())),
        ("a_server_that_is_away", server, || {
            Box::pin(a_server_that_is_away())
        }),
    ];
    let trial = |(name, here, test): (&str, bool, Test)| {
        let run = move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(test());
            Ok(())
        };
        Trial::test(name, run).with_ignored_flag(!here)
    };
    let mut arguments = Arguments::from_args();
    // Each counts the time that this process works.
    arguments.test_threads = Some(1);
    let trials = tests.into_iter().map(trial).collect();
    libtest_mimic::run(&arguments, trials).exit();
}

/// A desk that runs, and what it acknowledged.
struct Running {
    desk: Desk,
    acknowledged: BTreeSet<String>,
    sent: usize,
    stop: oneshot::Sender<()>,
    worker: JoinHandle<()>,
}

impl Running {
    fn start(store: impl Store) -> Self {
        let account = AccountId::new("shop").unwrap();
        let webhook = ApiWebhook::new(WebhookConfig::new(account, Secret::new(SECRET))).unwrap();
        // What was claimed just before a fault waits for so long.
        let lease = chrono::TimeDelta::seconds(2);
        let builder = Desk::builder(store).webhook("w", webhook).lease(lease);
        let desk = builder.build().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let running = desk.clone();
        let worker = tokio::spawn(async move {
            let stopped = async { stopped.await.unwrap_or_default() };
            running.run(Duration::from_secs(3600), stopped).await;
        });
        Self {
            desk,
            acknowledged: BTreeSet::new(),
            sent: 0,
            stop,
            worker,
        }
    }

    /// A customer writes so much.
    async fn deliver(&mut self, text: usize) -> StatusCode {
        self.sent += 1;
        let id = format!("m-{}", self.sent);
        let (now, text) = (SystemClock.now(), "x".repeat(text));
        let body = format!(
            r#"{{"events": [{{"type": "message", "id": "{id}", "conversation": "c", "text": "{text}",
            "author": {{"id": "u"}}}}]}}"#
        );
        let delivery = DeliveryId::new(id.as_str()).unwrap();
        let headers = sign(&Secret::new(SECRET), now, &delivery, body.as_bytes()).unwrap();
        let mut request = Request::post("/").body(body.into()).unwrap();
        request.headers_mut().extend(headers);
        let status = self.desk.receive("w", request).await.status();
        if status == StatusCode::OK {
            self.acknowledged.insert(id);
        }
        status
    }

    /// Until deliveries are acknowledged again.
    async fn recovers(&mut self) {
        let begin = Instant::now();
        while self.deliver(10).await != StatusCode::OK {
            assert!(
                begin.elapsed() < Duration::from_secs(60),
                "it never recovers"
            );
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// Everything that was acknowledged is applied, by itself, and nothing else is.
    async fn comes_out_whole(self) {
        let store = self.desk.store();
        let begin = Instant::now();
        while store.backlog().await.unwrap() > 0 {
            assert!(
                begin.elapsed() < Duration::from_secs(90),
                "it does not go on"
            );
            sleep(Duration::from_millis(100)).await;
        }
        let messages = store.messages(None, 100_000).await.unwrap();
        let found = messages.iter().map(|record| record.key.id.to_string());
        let found: BTreeSet<String> = found.collect();
        assert!(self.acknowledged.is_subset(&found), "lost");
        self.stop.send(()).unwrap();
        self.worker.await.unwrap();
    }
}

/// For how long this process has worked.
fn worked() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split(' ').collect();
    let ticks: u64 = fields[12].parse::<u64>().unwrap() + fields[13].parse::<u64>().unwrap();
    // Linux counts 100 in a second for all programs.
    Duration::from_millis(ticks * 10)
}

/// While nothing can be done, nothing is tried again and again.
async fn rests() {
    let before = worked();
    sleep(Duration::from_secs(3)).await;
    let busy = worked() - before;
    assert!(
        busy < Duration::from_millis(900),
        "busy for {busy:?} of 3 s"
    );
}

/// A small disk.
const TMPFS: [&str; 5] = ["-t", "tmpfs", "-o", "size=8m", "tmpfs"];

/// A folder that is mounted, until it is dropped.
struct Mounted(TempDir);

impl Mounted {
    fn new(arguments: &[&str]) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let done = Command::new("mount")
            .args(arguments)
            .arg(folder.path())
            .stderr(Stdio::null())
            .status();
        done.is_ok_and(|done| done.success()).then(|| Self(folder))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

async fn a_full_disk() {
    let disk = Mounted::new(&TMPFS).unwrap();
    let ballast = disk.0.path().join("ballast");
    let store = SqliteStore::open(disk.0.path().join("desk.sqlite")).unwrap();
    let mut running = Running::start(store.clone());
    assert_eq!(running.deliver(10).await, StatusCode::OK);
    std::fs::write(&ballast, vec![1; 4 << 20]).unwrap();
    let mut refused = 0;
    for _ in 0..2000 {
        match running.deliver(10_000).await {
            StatusCode::OK => assert_eq!(refused, 0, "some fit, some do not"),
            status => {
                assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
                refused += 1;
            }
        }
        if refused > 5 {
            break;
        }
    }
    assert!(refused > 5, "the disk was never full");
    let error = cursor(&store).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(
        error.to_string().contains("the disk is full: make room"),
        "{error}"
    );
    rests().await;
    std::fs::remove_file(&ballast).unwrap();
    running.recovers().await;
    running.comes_out_whole().await;
}

/// Writes a page of something.
async fn cursor(store: &SqliteStore) -> Result<(), aspa_store::Error> {
    let mut changes = aspa_store::Changes::default();
    let place = aspa_channel::Cursor("x".repeat(1 << 20));
    changes.cursors.push(("a source".into(), place));
    let part = store.tenant(&aspa_types::TenantId::default());
    part.commit(changes).await.map(drop)
}

async fn a_read_only_folder() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("desk.sqlite");
    let mut running = Running::start(SqliteStore::open(&file).unwrap());
    assert_eq!(running.deliver(10).await, StatusCode::OK);
    running.comes_out_whole().await;
    let path = folder.path().display().to_string();
    let view = Mounted::new(&["--bind", &path]).unwrap();
    let remounted = Command::new("mount")
        .args(["-o", "remount,bind,ro"])
        .arg(view.0.path())
        .status();
    assert!(remounted.unwrap().success());
    for name in ["desk.sqlite", "new.sqlite"] {
        let error = SqliteStore::open(view.0.path().join(name)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
        let told = error.to_string();
        assert!(told.contains(name) && told.contains("this user"), "{told}");
    }
}

async fn a_locked_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("desk.sqlite");
    let options = aspa_store_sqlite::Options::default().busy_timeout(Duration::from_millis(50));
    let store = SqliteStore::open_with(&file, &options).unwrap();
    let mut running = Running::start(store.clone());
    assert_eq!(running.deliver(10).await, StatusCode::OK);
    let other = rusqlite::Connection::open(&file).unwrap();
    other.busy_timeout(Duration::from_secs(5)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(running.deliver(10).await, StatusCode::SERVICE_UNAVAILABLE);
    let error = cursor(&store).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(
        error.to_string().contains("somebody else is writing"),
        "{error}"
    );
    rests().await;
    other.execute_batch("ROLLBACK").unwrap();
    running.recovers().await;
    running.comes_out_whole().await;
}

/// Has the server's owner do something about it.
fn control(arguments: &[&str]) {
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::process::CommandExt;
    let data = PathBuf::from(std::env::var_os("ASPA_POSTGRES_HOME").unwrap()).join("data");
    let mut command = Command::new(std::env::var_os("ASPA_POSTGRES_CTL").unwrap());
    command.arg("--pgdata").arg(&data).args(arguments);
    command.arg("--log").arg(data.join("server.log"));
    command.stdout(Stdio::null()).current_dir(&data);
    let owner = std::fs::metadata(&data).unwrap();
    if std::fs::metadata("/proc/self").unwrap().uid() != owner.uid() {
        command.uid(owner.uid()).gid(owner.gid());
    }
    assert!(command.status().unwrap().success(), "{arguments:?}");
}

/// How it was started, which stopping forgets.
fn options_of_the_server() -> String {
    let home = std::env::var_os("ASPA_POSTGRES_HOME").unwrap();
    let started = std::fs::read_to_string(Path::new(&home).join("data/postmaster.opts")).unwrap();
    let Some((_, options)) = started.trim().split_once(" \"-D\" ") else {
        panic!("{started}");
    };
    let options = options.split_once(' ').map_or("", |(_, rest)| rest);
    options.replace('"', "'")
}

async fn a_server_that_is_away() {
    let config: aspa_store_postgres::tokio_postgres::Config =
        std::env::var("ASPA_POSTGRES_URL").unwrap().parse().unwrap();
    let schema = format!("faults_{}", std::process::id());
    let options = Options::default().schema(&schema).connections(4);
    let store = PostgresStore::connect_with(config.clone(), NoTls, &options)
        .await
        .unwrap();
    let mut running = Running::start(store);
    for _ in 0..20 {
        assert_eq!(running.deliver(100).await, StatusCode::OK);
    }
    let started = options_of_the_server();
    control(&["--mode=immediate", "--wait", "stop"]);
    let begin = Instant::now();
    for _ in 0..3 {
        assert_eq!(running.deliver(10).await, StatusCode::SERVICE_UNAVAILABLE);
    }
    assert!(
        begin.elapsed() < Duration::from_secs(10),
        "{:?}",
        begin.elapsed()
    );
    let error = PostgresStore::connect_with(config, NoTls, &options).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    let pool = running.desk.store().backlog().await.unwrap_err();
    assert_eq!(pool.kind(), ErrorKind::Unavailable, "{pool:?}");
    rests().await;
    let away = std::env::var("ASPA_AWAY").map_or(2, |away| away.parse().unwrap());
    sleep(Duration::from_secs(away)).await;
    control(&["--wait", "--options", &started, "start"]);
    running.recovers().await;
    running.comes_out_whole().await;
}
