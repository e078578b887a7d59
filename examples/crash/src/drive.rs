//! The run: processes are started, fed, killed and started again, then left in peace.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aspa_channel_api::sign;
use aspa_desk::Clock;
use aspa_http::{HttpClient, ReqwestClient};
use aspa_store::{Claim, OutboxQuery, OutboxRow, OutboxState, Store};
use aspa_types::{DeliveryId, EffectKey, Secret, TenantId};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Request, StatusCode};
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::feed::{Feed, Post};
use crate::fleet::{Door, Process, Shared, crash_server, lock};
use crate::journal::{self, Entry};
use crate::line::{ACCOUNTS, SECRET, tenant_of};
use crate::place::Place;
use crate::worker::{Ahead, LEASE, Look, Wish};
use crate::{Error, Kind, Run, check};

/// Deliveries for each kill.
const DELIVERIES: usize = 4;
/// How many networks deliver at the same time, and how many colleagues answer.
const SENDERS: usize = 6;
/// The longest life of a worker.
const LIFE: Duration = Duration::from_millis(280);
/// How often a ticket is asked for, in peace and with nothing left to decide, before it is lost: six
/// seconds.
const IN_VAIN: u32 = 400;
/// How long everything may take to come to rest, once nothing disturbs it any more.
const REST: Duration = Duration::from_secs(600);

/// What was promised to those who sent something.
#[derive(Debug, Default)]
pub(crate) struct Promised {
    /// Deliveries that were acknowledged.
    pub(crate) posts: Vec<Post>,
    /// Replies that were acknowledged, with the keys they were given.
    pub(crate) replies: Vec<(Wish, EffectKey)>,
    /// How many were asked for again until they were.
    pub(crate) repeats: usize,
    /// Effects that waited as uncertain until a person looked.
    pub(crate) uncertain: BTreeMap<EffectKey, String>,
}

/// What all parts of a run share.
pub(crate) struct Stage {
    pub(crate) place: Place,
    pub(crate) folder: PathBuf,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) promised: Shared<Promised>,
    doors: Shared<Vec<Shared<Door>>>,
    http: ReqwestClient,
    ahead: AtomicI64,
    begun: AtomicUsize,
    budget: AtomicUsize,
    refused: Shared<Option<String>>,
    /// Echoes that are not acknowledged yet, and whether there may be more.
    echoes: AtomicUsize,
    done: AtomicBool,
}

pub(crate) fn tenants() -> Vec<TenantId> {
    let mut tenants: Vec<TenantId> = ACCOUNTS.map(tenant_of).into();
    tenants.sort();
    tenants.dedup();
    tenants
}

impl Stage {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        Ahead(TimeDelta::seconds(self.ahead.load(Ordering::SeqCst))).now()
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.folder.join("network.jsonl")
    }

    /// How often each key was published.
    pub(crate) fn published(&self) -> Result<BTreeMap<String, usize>, Error> {
        let mut counts = BTreeMap::new();
        for entry in journal::read(&self.journal())? {
            if let Entry::Published(one) = entry {
                *counts.entry(one.key).or_default() += 1;
            }
        }
        Ok(counts)
    }

    /// Effects that stand so, of every tenant.
    pub(crate) async fn effects(
        &self,
        states: impl Fn(&OutboxState) -> bool,
    ) -> Result<Vec<OutboxRow>, Error> {
        let known = OutboxState::KNOWN.iter().map(|word| (*word).into());
        let mut query = OutboxQuery::of(known);
        query.states.retain(states);
        query.limit = 1_000_000;
        let mut rows = Vec::new();
        for tenant in tenants() {
            let found = self.store.tenant(&tenant).outbox(&query).await?;
            rows.extend(found.into_iter().map(|row| row.value));
        }
        Ok(rows)
    }

    /// Asks some worker; none: there is none, or it did not answer.
    async fn ask(
        &self,
        path: &str,
        headers: http::HeaderMap,
        body: Bytes,
        count: impl Fn(&mut Door) -> &mut u32,
    ) -> Option<http::Response<Bytes>> {
        let (door, port) = {
            let doors = lock(&self.doors);
            let open = doors
                .iter()
                .filter_map(|door| Some((Arc::clone(door), lock(door).port?)));
            let open: Vec<_> = open.collect();
            fastrand::choice(open)?
        };
        let mut request = Request::post(format!("http://127.0.0.1:{port}{path}"))
            .header("content-type", "application/json")
            .body(body)
            .ok()?;
        request.headers_mut().extend(headers);
        *count(&mut lock(&door)) += 1;
        let answer = self.http.send(request).await.ok();
        *count(&mut lock(&door)) -= 1;
        answer
    }

    /// Sends a delivery until it is acknowledged, as networks do.
    async fn deliver(&self, post: &Post) {
        let Ok(id) = DeliveryId::new(post.id.as_str()) else {
            return;
        };
        let body = Bytes::from(post.body.clone());
        loop {
            let Ok(headers) = sign(&Secret::new(SECRET), self.now(), &id, &body) else {
                return;
            };
            let sent = self.ask("/webhook", headers, body.clone(), |d| &mut d.deliveries);
            match sent.await.map(|answer| answer.status()) {
                Some(StatusCode::OK) => return,
                None | Some(StatusCode::SERVICE_UNAVAILABLE) => {}
                Some(other) => return self.refuse(format!("delivery {}: {other}", post.id)),
            }
            lock(&self.promised).repeats += 1;
            sleep(Duration::from_millis(10)).await;
        }
    }

    fn refuse(&self, why: String) {
        lock(&self.refused).get_or_insert(why);
    }

    /// Asks until there is an answer: what was acknowledged.
    async fn insist(&self, path: &str, asked: &impl Serialize) -> Option<String> {
        let body = Bytes::from(serde_json::to_vec(asked).ok()?);
        let mut in_vain = 0;
        loop {
            let answer = self.ask(path, http::HeaderMap::new(), body.clone(), |d| {
                &mut d.replies
            });
            match answer.await {
                Some(answer) if answer.status() == StatusCode::OK => {
                    return String::from_utf8(answer.body().to_vec()).ok();
                }
                Some(answer) if answer.status() == StatusCode::GONE => return None,
                None => {}
                Some(answer) if answer.status() == StatusCode::SERVICE_UNAVAILABLE => {}
                // The message it answers may not be decided yet.
                Some(answer) if answer.status() == StatusCode::NOT_FOUND && in_vain < IN_VAIN => {
                    let peace = self.budget.load(Ordering::SeqCst) == usize::MAX;
                    in_vain += u32::from(peace && matches!(self.backlog().await, Ok(0)));
                }
                Some(answer) if answer.status() == StatusCode::NOT_FOUND => {
                    self.refuse(format!("lost: {path} asks for a message that never came"));
                    return None;
                }
                Some(answer) => {
                    let why = String::from_utf8_lossy(answer.body()).into_owned();
                    self.refuse(format!("{path}: {} {why}", answer.status()));
                    return None;
                }
            }
            if lock(&self.refused).is_some() {
                return None;
            }
            lock(&self.promised).repeats += 1;
            sleep(Duration::from_millis(15)).await;
        }
    }

    async fn reply(&self, wish: Wish) {
        let key = self.insist("/replies", &wish).await;
        if let Some(key) = key.and_then(|key| EffectKey::new(key).ok()) {
            lock(&self.promised).replies.push((wish, key));
        }
    }

    /// A person looks at what is uncertain, and says what customers can see.
    async fn look(&self) -> Result<usize, Error> {
        let uncertain = self
            .effects(|state| *state == OutboxState::Uncertain)
            .await?;
        let published = self.published()?;
        for row in &uncertain {
            let (key, account) = (row.effect.key.clone(), row.effect.account().to_string());
            let landed = published.contains_key(row.turn().key.as_str());
            lock(&self.promised)
                .uncertain
                .insert(key.clone(), account.clone());
            let look = Look {
                account,
                key,
                landed,
            };
            self.insist("/looks", &look).await;
        }
        Ok(uncertain.len())
    }

    /// Brings what was published on the account that echoes back as deliveries.
    async fn echo(&self, deliveries: &mpsc::UnboundedSender<Post>) -> Result<(), Error> {
        let mut seen = 0;
        while !self.done.load(Ordering::SeqCst) {
            let entries = journal::read(&self.journal())?;
            for entry in &entries[seen..] {
                if let Entry::Published(one) = entry
                    && one.account == "echo"
                {
                    let body = serde_json::json!({ "events": [{
                        "type": "message", "account": one.account, "direction": "outbound",
                        "conversation": one.conversation, "id": one.id, "to": [one.to],
                        "text": one.text, "effect": one.key, "at": Ahead(TimeDelta::zero()).now(),
                    }]});
                    self.echoes.fetch_add(1, Ordering::SeqCst);
                    let id = format!("echo-{}", one.id);
                    let (body, twice) = (body.to_string(), one.id.ends_with('7'));
                    deliveries.send(Post { id, body, twice })?;
                }
            }
            seen = entries.len();
            sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// How much is left to decide, of every tenant.
    async fn backlog(&self) -> Result<u64, Error> {
        let mut waiting = 0;
        for tenant in tenants() {
            waiting += self.store.tenant(&tenant).backlog().await?;
        }
        Ok(waiting)
    }

    /// Whether nothing is left to do right now.
    async fn rests(&self) -> Result<bool, Error> {
        let now = self.now();
        if self.backlog().await? > 0 {
            return Ok(false);
        }
        // Also those that some worker has claimed.
        let look = Claim {
            now: now + LEASE,
            lease: TimeDelta::zero(),
            limit: 1_000,
        };
        let due = self.store.claim_timers(look).await?;
        let fires = due.iter().any(|due| due.timer.at <= now);
        let mut lanes = BTreeSet::new();
        let waiting = self.effects(OutboxState::holds_lane).await?;
        let mut heads = waiting
            .iter()
            .filter(|row| lanes.insert(&row.effect.conversation));
        let ready = heads.any(|row| row.state.is_ready() && row.next_at <= now);
        Ok(!fires && !ready && self.echoes.load(Ordering::SeqCst) == 0)
    }
}

/// How a run is set up: what its processes are started with.
struct Setup {
    options: Run,
    folder: PathBuf,
    port: u16,
}

impl Setup {
    fn network(&self, seed: u64) -> Result<Process, Error> {
        let path = |name: &str| self.folder.join(name).display().to_string();
        let arguments = [
            "network".to_owned(),
            format!("--journal={}", path("network.jsonl")),
            format!("--calm={}", path("calm")),
            format!("--port={}", self.port),
            format!("--seed={seed}"),
        ];
        Process::start(&arguments, &self.folder.join("network.log"))
    }

    fn worker(&self, place: &Place, ahead: i64) -> Result<Process, Error> {
        let mut arguments = vec![
            "worker".to_owned(),
            format!("--place={place}"),
            format!("--network=http://127.0.0.1:{}", self.port),
            format!("--ahead={ahead}"),
        ];
        if let Some(broken) = self.options.broken {
            let value = clap::ValueEnum::to_possible_value(&broken);
            let name = value.map(|value| value.get_name().to_owned());
            arguments.push(format!("--broken={}", name.unwrap_or_default()));
        }
        Process::start(&arguments, &self.folder.join("workers.log"))
    }

    /// The end of what the workers complained about.
    fn last_complaints(&self) -> String {
        let log = std::fs::read_to_string(self.folder.join("workers.log")).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

/// Where kills came.
#[derive(Debug, Default)]
struct Moments {
    opening: u32,
    delivering: u32,
    replying: u32,
    working: u32,
    networks: u32,
    connections: u32,
    servers: u32,
    gave_up: u32,
}

pub(crate) async fn run(options: Run) -> Result<(), Error> {
    let seed = options
        .seed
        .unwrap_or_else(|| fastrand::u64(0..1_000_000_000));
    let temporary = tempfile::Builder::new().prefix("aspa-crash").tempdir()?;
    let folder = options
        .keep
        .clone()
        .unwrap_or_else(|| temporary.path().to_owned());
    std::fs::create_dir_all(&folder)?;
    let place = match options.store {
        Kind::Sqlite => Place::File(folder.join("desk.sqlite")),
        Kind::Postgres => Place::Schema(format!("crash_{}_{seed}", std::process::id())),
    };
    let broken = options.broken.map(|broken| format!(", {broken:?}"));
    println!(
        "{} kills on {:?}{}, seed {seed}",
        options.kills,
        options.store,
        broken.unwrap_or_default()
    );
    let (kills, kept) = (options.kills, options.keep.is_some());
    let done = disturb(options, seed, &folder, &place).await;
    match done {
        Ok(()) => {
            place.remove().await?;
            Ok(())
        }
        Err(error) => {
            let files = match kept {
                true => folder,
                false => temporary.keep(),
            };
            Err(format!(
                "{error}\nseed {seed}, {kills} kills; files in {}, data in {place}",
                files.display()
            )
            .into())
        }
    }
}

async fn disturb(options: Run, seed: u64, folder: &Path, place: &Place) -> Result<(), Error> {
    let mut dice = fastrand::Rng::with_seed(seed);
    let begin = Instant::now();
    let (kills, workers) = match options.store {
        Kind::Sqlite => (options.kills, 1),
        Kind::Postgres => (options.kills, options.workers.max(1)),
    };
    let mut setup = Setup {
        options,
        folder: folder.to_owned(),
        port: 0,
    };
    let mut network = setup.network(seed)?;
    setup.port = network.listens().await?;
    let stage = Arc::new(Stage {
        place: place.clone(),
        folder: folder.to_owned(),
        store: place.open().await?,
        promised: Shared::default(),
        doors: Shared::default(),
        http: ReqwestClient::builder()
            .connect_timeout(Duration::from_secs(1))
            .timeout(Duration::from_secs(3))
            .build()?,
        ahead: AtomicI64::new(0),
        begun: AtomicUsize::new(0),
        budget: AtomicUsize::new(0),
        refused: Shared::default(),
        echoes: AtomicUsize::new(0),
        done: AtomicBool::new(false),
    });
    let deliveries = DELIVERIES * usize::try_from(kills)? + 40;
    let feed = Feed::new(&mut dice, deliveries, stage.now());
    let mut senders = tokio::task::JoinSet::new();
    let echoes = start_senders(&stage, feed, &mut senders);
    let pump = {
        let stage = Arc::clone(&stage);
        tokio::spawn(async move { stage.echo(&echoes).await })
    };

    let mut fleet = Vec::new();
    for _ in 0..workers {
        fleet.push(setup.worker(place, 0)?);
    }
    let mut moments = Moments::default();
    for kill in 0..kills {
        set_doors(&stage, &fleet);
        let budget = DELIVERIES * usize::try_from(kill)? + 20;
        stage.budget.store(budget, Ordering::SeqCst);
        let victim = dice.usize(0..fleet.len());
        let mut worker = fleet.swap_remove(victim);
        // Some die while they open the store.
        let life = match dice.u32(0..100) {
            0..15 => LIFE / 8,
            _ => {
                worker.opens().await;
                LIFE
            }
        };
        sleep(life.mul_f64(dice.f64())).await;
        if worker.has_ended() {
            // A host that finds no server when it starts, or whose connection is cut just then, gives up and
            // is started again. One that runs never ends by itself.
            let disturbed = moments.servers + moments.connections > 0;
            if worker.has_listened() || !disturbed || moments.gave_up > 20 {
                return Err(
                    format!("a worker ended by itself:\n{}", setup.last_complaints()).into(),
                );
            }
            moments.gave_up += 1;
        }
        let door = worker.kill().await?;
        match door {
            Door { port: None, .. } => moments.opening += 1,
            Door {
                deliveries: 1.., ..
            } => moments.delivering += 1,
            Door { replies: 1.., .. } => moments.replying += 1,
            _ => moments.working += 1,
        }
        fleet.push(setup.worker(place, 0)?);
        if kill % 40 == 39 {
            network.kill().await?;
            network = setup.network(seed + u64::from(kill))?;
            moments.networks += 1;
        }
        if kill % 25 == 12 && setup.options.store == Kind::Postgres {
            stage.place.cut_a_connection().await?;
            moments.connections += 1;
        }
        if kill % 150 == 60 && setup.options.store == Kind::Postgres && crash_server().await? {
            moments.servers += 1;
        }
        if kill % 10 == 9 {
            // People look now and then; a server that is away is none of their business.
            drop(tokio::time::timeout(Duration::from_secs(2), stage.look()).await);
        }
        if let Some(why) = lock(&stage.refused).clone() {
            return Err(why.into());
        }
        if kill % 50 == 49 {
            let seconds = begin.elapsed().as_secs();
            println!("{:>5} kills, {seconds} s", kill + 1);
        }
    }
    println!(
        "{moments:?} in {} s; now in peace",
        begin.elapsed().as_secs()
    );
    std::fs::write(folder.join("calm"), "")?;
    set_doors(&stage, &fleet);
    stage.budget.store(usize::MAX, Ordering::SeqCst);
    while senders.join_next().await.is_some() {}
    for worker in come_to_rest(&stage, &setup, fleet).await? {
        worker.stop().await?;
    }
    stage.done.store(true, Ordering::SeqCst);
    pump.await??;
    if let Some(why) = lock(&stage.refused).clone() {
        return Err(why.into());
    }
    drop(network);
    let found = check::everything(&stage).await?;
    println!("{found}\n{} s", begin.elapsed().as_secs());
    Ok(())
}

fn set_doors(stage: &Stage, fleet: &[Process]) {
    let doors = fleet.iter().map(|worker| Arc::clone(&worker.door));
    *lock(&stage.doors) = doors.collect();
}

/// Networks that deliver and colleagues who answer, as many as may be under way at the same time.
/// Returns where echoes are handed in.
fn start_senders(
    stage: &Arc<Stage>,
    feed: Feed,
    senders: &mut tokio::task::JoinSet<()>,
) -> mpsc::UnboundedSender<Post> {
    let posts = Arc::new(feed.posts);
    let all = posts.len();
    for _ in 0..SENDERS {
        let (stage, posts) = (Arc::clone(stage), Arc::clone(&posts));
        senders.spawn(async move {
            loop {
                let next = stage.begun.load(Ordering::SeqCst);
                if next >= posts.len() {
                    return;
                }
                if next >= stage.budget.load(Ordering::SeqCst) {
                    sleep(Duration::from_millis(5)).await;
                    continue;
                }
                let next = stage.begun.fetch_add(1, Ordering::SeqCst);
                let Some(post) = posts.get(next) else { return };
                stage.deliver(post).await;
                lock(&stage.promised).posts.push(post.clone());
                if post.twice {
                    stage.deliver(post).await;
                }
            }
        });
    }
    let wishes: Shared<VecDeque<(usize, Wish)>> = Arc::new(Mutex::new(feed.wishes.into()));
    for _ in 0..SENDERS / 2 {
        let (stage, wishes) = (Arc::clone(stage), Arc::clone(&wishes));
        senders.spawn(async move {
            loop {
                let begun = stage.begun.load(Ordering::SeqCst);
                let next = {
                    let mut wishes = lock(&wishes);
                    match wishes.front() {
                        None => return,
                        // What it answers is delivered a few places later at most.
                        Some((at, _)) if at + 10 > begun && begun < all => None,
                        Some(_) => wishes.pop_front(),
                    }
                };
                match next {
                    Some((_, wish)) => stage.reply(wish).await,
                    None => sleep(Duration::from_millis(5)).await,
                }
            }
        });
    }
    let (echoes, mut came) = mpsc::unbounded_channel::<Post>();
    let stage = Arc::clone(stage);
    tokio::spawn(async move {
        while let Some(post) = came.recv().await {
            for _ in 0..=usize::from(post.twice) {
                stage.deliver(&post).await;
            }
            lock(&stage.promised).posts.push(post);
            stage.echoes.fetch_sub(1, Ordering::SeqCst);
        }
    });
    echoes
}

/// Lets the desks finish, with clocks that move on to whatever they wait for, and looks at what they
/// cannot know.
async fn come_to_rest(
    stage: &Stage,
    setup: &Setup,
    mut fleet: Vec<Process>,
) -> Result<Vec<Process>, Error> {
    let deadline = Instant::now() + REST;
    loop {
        let mut calm = 0;
        while calm < 2 {
            if Instant::now() > deadline {
                return Err("it never came to rest".into());
            }
            sleep(Duration::from_millis(60)).await;
            calm = match stage.rests().await? {
                true => calm + 1,
                false => 0,
            };
        }
        if stage.look().await? > 0 {
            continue;
        }
        if stage.effects(OutboxState::holds_lane).await?.is_empty() {
            return Ok(fleet);
        }
        for worker in fleet.drain(..) {
            worker.stop().await?;
        }
        // The longest wait is an hour.
        let ahead = stage.ahead.fetch_add(3700, Ordering::SeqCst) + 3700;
        let count = match setup.options.store {
            Kind::Sqlite => 1,
            Kind::Postgres => setup.options.workers.max(1),
        };
        for _ in 0..count {
            fleet.push(setup.worker(&stage.place, ahead)?);
        }
        set_doors(stage, &fleet);
        for worker in &fleet {
            worker.listens().await?;
        }
    }
}
