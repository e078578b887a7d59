//! A desk over SQLite with a Postfix and a Dovecot that really run: `.ci/email` starts them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may panic, and real servers have the real time"
)]

mod common;

use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aspa_channel::{Channel, EffectKind, ErrorKind, EventKind, MessageKey, ReplyKind};
use aspa_channel_email::{EmailChannel, Security, Server};
use aspa_desk::{Clock, Desk, Reply};
use aspa_store::{MessageRecord, OutboxState, TicketQuery};
use aspa_store_sqlite::SqliteStore;
use aspa_testkit::libtest_mimic::{Arguments, Trial, run};
use aspa_ticket::Ticket;
use aspa_types::{EffectKey, Extra};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use common::real::Real;
use common::{Net, Place};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// How long the server has for what it does by itself.
const DELIVERY: Duration = Duration::from_secs(120);

/// How long it has for what it is asked.
const PATIENCE: Duration = Duration::from_secs(300);

type Run = Pin<Box<dyn Future<Output = ()>>>;

fn main() {
    let mut arguments = Arguments::from_args();
    // They share a server.
    arguments.test_threads = Some(1);
    let mut trials = Vec::new();
    match Real::from_env() {
        None => {
            let missing = Trial::test("needs ASPA_MAIL_HOME, see .ci/email", || Ok(()));
            trials.push(missing.with_ignored_flag(true));
        }
        Some(real) => {
            let mut trial = |name: &str, run: fn(Real) -> Run| {
                let real = real.clone();
                trials.push(Trial::test(name, move || {
                    let mut runtime = tokio::runtime::Builder::new_current_thread();
                    let runtime = runtime.enable_all().build().unwrap();
                    runtime.block_on(run(real));
                    Ok(())
                }));
            };
            trial("a thread is one ticket, answered once", |real| {
                Box::pin(a_thread(real))
            });
            trial("a bounce fails the reply", |real| Box::pin(a_bounce(real)));
            trial(
                "a vacation reply opens nothing and is not answered",
                |real| Box::pin(a_vacation(real)),
            );
            trial("another UIDVALIDITY doubles nothing", |real| {
                Box::pin(renumbered(real))
            });
            trial("a reply cut at any line goes out once at most", |real| {
                Box::pin(cut_off(real))
            });
            trial("TLS is asked for and its certificate looked at", |real| {
                Box::pin(tls(real))
            });
            trial("news end the wait", |real| Box::pin(news(real)));
        }
    }
    run(&arguments, trials).exit();
}

async fn a_thread(real: Real) {
    let shop = Shop::at(Net::at(Arc::new(real)));
    let net = &shop.net;
    let first = net
        .writes(&net.ours, "Subject: Paketti\r\n", "Missä se on?")
        .await;
    net.writes(
        &net.ours,
        &format!("In-Reply-To: <{first}>\r\n"),
        "Se on sininen.",
    )
    .await;
    // What opens nothing.
    net.writes(
        &net.ours,
        "Precedence: bulk\r\nList-Id: <news.x.example>\r\n",
        "offers",
    )
    .await;
    net.writes(
        &net.ours,
        "Auto-Submitted: auto-replied (vacation)\r\n",
        "away",
    )
    .await;
    let (ticket, read) = shop.reads(2).await;
    named(&read, "sininen");

    let reply = shop.replies(&ticket, "Se lähti tänään.").await;
    assert_eq!(shop.settles(&reply).await, OutboxState::Accepted);
    let id = shop.sent(&reply).await;
    net.arrives(&net.theirs, &id).await;
    net.arrives(&net.ours, &id).await;
    let (ticket, read) = shop.reads(3).await;
    assert_eq!(
        named(&read, "lähti"),
        MessageKey::new(Net::account(), &id).unwrap()
    );

    // The customer's program quotes, and forgets the thread; the address is enough.
    let to = net
        .ours
        .replacen('@', &format!("+c-{}@", ticket.key.conversation.id), 1);
    net.writes(
        &to,
        "Subject: VS: Paketti\r\n",
        "Kiitos!\r\n\r\n2.11.2026 9.12 Tuki <t@x.example> kirjoitti:\r\n> Se lähti",
    )
    .await;
    let (_, read) = shop.reads(4).await;
    // Mail knows no parts of a second: it may stand before ours.
    assert!(read.iter().any(|message| text(message) == "Kiitos!"));
    assert_eq!(net.count(&net.theirs, &id), 1);
}

async fn a_bounce(real: Real) {
    let mut net = Net::at(Arc::new(real));
    // Our server takes mail for it, and finds out later that nobody is there.
    net.theirs = "somebody@nowhere.example".to_owned();
    let shop = Shop::at(net);
    shop.net
        .writes(&shop.net.ours, "Subject: x\r\n", "where is it?")
        .await;
    let (ticket, _) = shop.reads(1).await;
    let reply = shop.replies(&ticket, "on its way").await;
    assert_eq!(shop.ends(&reply).await, OutboxState::Accepted);
    let began = Instant::now();
    loop {
        shop.read_once().await;
        let (row, _) = shop.open().effect(&reply).await.unwrap();
        if row.state == OutboxState::FailedFinal {
            break;
        }
        assert!(began.elapsed() < DELIVERY, "{:?}", row.state);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    // The mail of the customer, and our reply: the bounce is no message.
    shop.reads(2).await;
}

async fn a_vacation(real: Real) {
    let mut net = Net::at(Arc::new(real));
    net.theirs = "away@example.com".to_owned();
    let shop = Shop::at(net);
    let net = &shop.net;
    net.writes(&net.ours, "Subject: x\r\n", "where is it?")
        .await;
    let channel = shop.channel();
    let seconds = std::env::var("ASPA_MAIL_LOOP_SECONDS")
        .ok()
        .and_then(|s| s.parse().ok());
    let time = Duration::from_secs(seconds.unwrap_or(8));
    let began = Instant::now();
    let mut answered = 0;
    let mut cursor = None;
    // A program that answers whatever is a message, and a customer whose program answers whatever comes.
    while began.elapsed() < time {
        let page = channel.poll(cursor.as_ref()).await.unwrap();
        cursor = page.next;
        for event in page.events {
            let EventKind::Message(message) = event.kind else {
                continue;
            };
            if message.direction == aspa_channel::Direction::Outbound {
                continue;
            }
            let kind = EffectKind::Send {
                text: "We got it.".to_owned(),
                in_reply_to: Some(message.key.clone()),
                to: Vec::new(),
                media: Vec::new(),
                audience: None,
                reply: ReplyKind::Automatic,
                extra: Extra::new(),
            };
            let key = EffectKey::derive(&["vacation", &message.key.id]);
            let effect = aspa_channel::Effect::new(key, message.conversation.clone(), kind);
            let sent = channel.perform(&effect).await.unwrap();
            net.arrives(&net.theirs, &sent.messages[0].id).await;
            answered += 1;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(answered, 1);
    // A person's answer does get a vacation reply, which is no message.
    let (ticket, _) = shop.reads(2).await;
    let reply = shop.replies(&ticket, "It left.").await;
    assert_eq!(shop.ends(&reply).await, OutboxState::Accepted);
    let began = Instant::now();
    let vacation = |raw: &Vec<u8>| String::from_utf8_lossy(raw).contains("auto-replied (vacation)");
    while !net.place.mails(&net.ours).iter().any(vacation) {
        assert!(began.elapsed() < DELIVERY, "no vacation reply came");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    shop.reads(3).await;
    assert_eq!(shop.tickets().await.len(), 1);
}

async fn renumbered(real: Real) {
    let shop = Shop::at(Net::at(Arc::new(real.clone())));
    let net = &shop.net;
    for n in 0..3 {
        net.writes(
            &net.ours,
            "References: <t@x.example>\r\n",
            &format!("mail {n}"),
        )
        .await;
    }
    shop.reads(3).await;
    real.renumber(&net.ours);
    net.writes(&net.ours, "References: <t@x.example>\r\n", "mail 3")
        .await;
    shop.reads(4).await;
    assert_eq!(shop.tickets().await.len(), 1);
}

async fn cut_off(real: Real) {
    let mut seen = std::collections::BTreeSet::new();
    for after in [false, true] {
        for line in 1..=8 {
            let proxy = Proxy::to(real.clone()).await;
            let shop = Shop::at(Net::at(Arc::new(proxy.clone())));
            let net = &shop.net;
            net.writes(&net.ours, "Subject: x\r\n", "where is it?")
                .await;
            let (ticket, _) = shop.reads(1).await;
            *proxy.cut.lock().unwrap() = Some((line, after));
            let reply = shop.replies(&ticket, "on its way").await;
            let mut state = shop.ends(&reply).await;
            assert!(
                proxy.cut.lock().unwrap().is_none(),
                "line {line} never came"
            );
            // The copy says so as soon as it is there; and where the mail came through, it comes.
            let (began, mut there) = (Instant::now(), 0);
            let patience = |there| match there {
                0 => Duration::from_secs(3),
                _ => DELIVERY,
            };
            while state == OutboxState::Uncertain && began.elapsed() < patience(there) {
                shop.read_once().await;
                state = shop.ends(&reply).await;
                tokio::time::sleep(Duration::from_millis(200)).await;
                there = net.place.mails(&net.theirs).len();
            }
            let began = Instant::now();
            // Each copy takes its own time.
            while there == 0 && state == OutboxState::Accepted && began.elapsed() < DELIVERY {
                tokio::time::sleep(Duration::from_millis(100)).await;
                there = net.place.mails(&net.theirs).len();
            }
            seen.insert(format!("{state:?} {there}"));
            match state {
                OutboxState::Accepted => assert_eq!(there, 1, "line {line} after {after}"),
                // A person decides; nothing goes out by itself.
                _ => assert_eq!(
                    (state, there),
                    (OutboxState::Uncertain, 0),
                    "line {line} after {after}"
                ),
            }
        }
    }
    assert!(
        seen.contains("Accepted 1") && seen.contains("Uncertain 0"),
        "{seen:?}"
    );
}

async fn tls(real: Real) {
    let net = Net::at(Arc::new(real.clone()));
    net.writes(&net.ours, "Subject: x\r\n", "hello").await;
    let (imap, smtp) = real.ports();
    let authority = std::fs::read_to_string(real.home.join("ca.pem")).unwrap();
    let with = |security, imap, smtp, trusted: bool| {
        let server = |port| Server::new("localhost", port, security);
        let account = Net::account();
        let login = aspa_channel_email::Login::password(
            &net.ours,
            aspa_types::Secret::new(real.password()),
        );
        let key = aspa_types::Secret::new(common::KEY);
        let config = aspa_channel_email::EmailConfig::new(
            account,
            &net.ours,
            key,
            server(imap),
            server(smtp),
            login,
        );
        let config = config.with_plus_addresses();
        let config = if trusted {
            config.trusting(&authority)
        } else {
            config
        };
        config.build().unwrap()
    };
    for (security, imap, smtp) in [
        (Security::StartTls, imap, smtp),
        (Security::Tls, real.imaps, real.smtps),
    ] {
        let channel = with(security, imap, smtp, true);
        let page = channel.poll(None).await.unwrap();
        let EventKind::Message(message) = &page.events[0].kind else {
            panic!();
        };
        let kind = EffectKind::Send {
            text: "hi".to_owned(),
            in_reply_to: Some(message.key.clone()),
            to: Vec::new(),
            media: Vec::new(),
            audience: None,
            reply: ReplyKind::Answer,
            extra: Extra::new(),
        };
        let key = EffectKey::derive(&["tls", &format!("{security:?}")]);
        let effect = aspa_channel::Effect::new(key, message.conversation.clone(), kind);
        channel.perform(&effect).await.unwrap();
        let stranger = with(security, imap, smtp, false);
        let refused = stranger.poll(None).await.unwrap_err();
        assert_eq!(*refused.kind(), ErrorKind::Unavailable, "{refused}");
        let refused = stranger.perform(&effect).await.unwrap_err();
        assert_eq!(refused.landed(), aspa_channel::Landed::No);
    }
}

async fn news(real: Real) {
    let net = Net::at(Arc::new(real));
    let channel = Arc::new(net.channel());
    channel.changed().await.unwrap();
    let waiting = Arc::clone(&channel);
    let waiting = tokio::spawn(async move { waiting.changed().await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished());
    net.writes(&net.ours, "", "news").await;
    tokio::time::timeout(DELIVERY, waiting)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}

/// The real servers, with a wire to SMTP that can be cut.
#[derive(Debug, Clone)]
struct Proxy {
    real: Real,
    port: u16,
    /// At which line of the client, and whether after the server has answered it.
    cut: Arc<Mutex<Option<(usize, bool)>>>,
}

impl Proxy {
    async fn to(real: Real) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let cut = Arc::new(Mutex::new(None));
        let (scripted, smtp) = (Arc::clone(&cut), real.ports().1);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", smtp)).await.unwrap();
                let cut = Arc::clone(&scripted);
                tokio::spawn(async move { relay(client, server, &cut).await });
            }
        });
        Self { real, port, cut }
    }
}

/// Passes lines on, until one where it is cut.
async fn relay(
    client: TcpStream,
    server: TcpStream,
    cut: &Mutex<Option<(usize, bool)>>,
) -> Option<()> {
    let (mut client, mut server) = (BufReader::new(client), BufReader::new(server));
    let mut line = Vec::new();
    server.read_until(b'\n', &mut line).await.ok()?;
    client.write_all(&line).await.ok()?;
    let (mut count, mut content) = (0, false);
    loop {
        line.clear();
        if client.read_until(b'\n', &mut line).await.ok()? == 0 {
            return None;
        }
        if content && line != b".\r\n" {
            server.write_all(&line).await.ok()?;
            continue;
        }
        count += 1;
        let here = *cut.lock().unwrap();
        let here = here.filter(|(line, _)| *line == count);
        if let Some((_, after)) = here {
            *cut.lock().unwrap() = None;
            if !after {
                return None;
            }
        }
        server.write_all(&line).await.ok()?;
        let mut answer = Vec::new();
        loop {
            let start = answer.len();
            if server.read_until(b'\n', &mut answer).await.ok()? == 0 {
                return None;
            }
            if answer.get(start + 3) != Some(&b'-') {
                break;
            }
        }
        if here.is_some() {
            return None;
        }
        content = answer.starts_with(b"354");
        client.write_all(&answer).await.ok()?;
    }
}

#[async_trait]
impl Place for Proxy {
    fn ports(&self) -> (u16, u16) {
        (self.real.ports().0, self.port)
    }

    fn password(&self) -> String {
        self.real.password()
    }

    async fn hand_in(&self, from: &str, to: &str, raw: &[u8]) {
        self.real.hand_in(from, to, raw).await;
    }

    fn mails(&self, address: &str) -> Vec<Vec<u8>> {
        self.real.mails(address)
    }
}

/// The time of day, and so much later.
#[derive(Debug, Clone, Default)]
struct Later(Arc<AtomicI64>);

impl Clock for Later {
    fn now(&self) -> DateTime<Utc> {
        let now = DateTime::<Utc>::from(std::time::SystemTime::now());
        now + TimeDelta::seconds(self.0.load(Ordering::SeqCst))
    }
}

/// A desk that is opened for each step, as if the process had been killed there.
#[derive(Debug)]
struct Shop {
    net: Net,
    clock: Later,
    directory: tempfile::TempDir,
}

impl Shop {
    fn at(net: Net) -> Self {
        Self {
            net,
            clock: Later::default(),
            directory: tempfile::tempdir().unwrap(),
        }
    }

    fn channel(&self) -> EmailChannel {
        self.net.channel()
    }

    fn open(&self) -> Desk {
        let store = SqliteStore::open(self.directory.path().join("desk.sqlite")).unwrap();
        let builder = Desk::builder(store).channel(self.channel());
        let builder = builder.clock(self.clock.clone()).lease(TimeDelta::zero());
        // A server that is starved takes its time.
        builder.answer_within(PATIENCE).build().unwrap()
    }

    async fn read_once(&self) {
        while self.open().poll(&Net::account()).await.unwrap().more {}
        self.open().work().await.unwrap();
    }

    async fn tickets(&self) -> Vec<Ticket> {
        let mut query = TicketQuery::default();
        query.limit = 100;
        let rows = self.open().tickets(&query).await.unwrap();
        rows.into_iter().map(|row| row.ticket).collect()
    }

    /// Polls until the one thread has so many messages, and once more: then it has so many.
    async fn reads(&self, many: usize) -> (Ticket, Vec<MessageRecord>) {
        let began = Instant::now();
        loop {
            self.read_once().await;
            let tickets = self.tickets().await;
            assert!(tickets.len() <= 1, "one thread is one ticket: {tickets:?}");
            if let [ticket] = &tickets[..] {
                let thread = self
                    .open()
                    .store()
                    .conversation(&ticket.key.conversation, None, 999)
                    .await;
                let mut thread = thread.unwrap();
                thread.retain(|record| record.message.is_some());
                assert!(thread.len() <= many, "{} messages", thread.len());
                if thread.len() == many {
                    return (ticket.clone(), thread);
                }
            }
            assert!(began.elapsed() < DELIVERY, "{} tickets", tickets.len());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    async fn replies(&self, ticket: &Ticket, text: &str) -> EffectKey {
        self.open()
            .reply(&ticket.id, Reply::answer(text))
            .await
            .unwrap()
    }

    /// Performs an effect until it has come to an end, however often it is to be tried.
    async fn ends(&self, effect: &EffectKey) -> OutboxState {
        for _ in 0..12 {
            self.open().deliver().await.unwrap();
            let (row, _) = self.open().effect(effect).await.unwrap();
            match row.state {
                OutboxState::Queued | OutboxState::Sending | OutboxState::FailedRetryable => {
                    self.clock.0.fetch_add(300, Ordering::SeqCst);
                }
                ended => return ended,
            }
        }
        panic!("it never ends");
    }

    /// Where an effect ends once our copy is there, which settles what was cut off or took too long.
    async fn settles(&self, effect: &EffectKey) -> OutboxState {
        let mut state = self.ends(effect).await;
        let began = Instant::now();
        while state == OutboxState::Uncertain && began.elapsed() < DELIVERY {
            tokio::time::sleep(Duration::from_millis(200)).await;
            self.read_once().await;
            state = self.ends(effect).await;
        }
        state
    }

    /// The Message-ID of what an effect sent.
    async fn sent(&self, effect: &EffectKey) -> String {
        let (row, _) = self.open().effect(effect).await.unwrap();
        row.receipt.unwrap().messages[0].id.to_string()
    }
}

fn text(record: &MessageRecord) -> String {
    record.message.as_ref().unwrap().text()
}

/// The one message that says this.
fn named(read: &[MessageRecord], words: &str) -> MessageKey {
    let mut found = read.iter().filter(|record| text(record).contains(words));
    let key = found.next().expect(words).key.clone();
    assert!(found.next().is_none(), "{words} came twice");
    key
}
