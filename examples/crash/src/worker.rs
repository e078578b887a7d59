//! A host: a desk that runs, the webhook that its networks deliver to, and colleagues who answer.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use aspa_channel::ConversationKey;
use aspa_channel_api::{ApiWebhook, WebhookConfig};
use aspa_desk::{Clock, Desk, DeskBuilder, Reply, SystemClock};
use aspa_sla::{ClockKind, Promise, Target, Time};
use aspa_store::{Store, Wanted};
use aspa_testkit::WrappedStore;
use aspa_ticket::TicketKey;
use aspa_types::{AccountId, EffectKey, HandleKey, Network, Secret};
use axum::body::Body;
use axum::extract::{Json, State};
use axum::routing::post;
use axum::{Router, response::Response};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use http::{Request, StatusCode};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use crate::Error;
use crate::broken::{Broken, MaybeBroken};
use crate::line::{ACCOUNTS, Line, SECRET, tenant_of};
use crate::place::Place;

/// The webhook's name.
pub(crate) const WEBHOOK: &str = "network";

/// For how long a worker has what it claimed to itself.
pub(crate) const LEASE: TimeDelta = TimeDelta::milliseconds(1500);

/// For how long one that acknowledges first dawdles afterwards.
const DAWDLE: Duration = Duration::from_millis(40);

#[derive(Args)]
pub(crate) struct Options {
    #[arg(long)]
    place: Place,
    /// Where the network is
    #[arg(long)]
    network: String,
    /// By how many seconds its clock is ahead
    #[arg(long, default_value_t = 0)]
    ahead: i64,
    #[arg(long, value_enum)]
    broken: Option<Broken>,
}

/// The machine's clock, ahead of itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ahead(pub(crate) TimeDelta);

impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + self.0
    }
}

/// A reply that somebody wants to be sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Wish {
    pub(crate) account: String,
    pub(crate) conversation: String,
    pub(crate) customer: String,
    pub(crate) name: String,
    pub(crate) text: String,
}

/// Somebody looked whether an uncertain effect landed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Look {
    pub(crate) account: String,
    pub(crate) key: EffectKey,
    pub(crate) landed: bool,
}

/// What it is about when this customer of an account writes.
pub(crate) fn about(account: &str, conversation: &str, customer: &str) -> Result<TicketKey, Error> {
    let account = AccountId::new(account)?;
    Ok(TicketKey {
        customer: HandleKey::new(Network::API, Some(account.as_str()), customer)?,
        conversation: ConversationKey::new(account, conversation)?,
    })
}

/// A desk like those of the workers, before it has channels.
pub(crate) fn builder(store: impl Store, clock: impl Clock) -> Result<DeskBuilder, Error> {
    let target = |clock, minutes| Target::new(clock, TimeDelta::minutes(minutes), Time::Calendar);
    let promise = Promise::new("soon", None)
        .target(target(ClockKind::FirstResponse, 10))
        .target(target(ClockKind::NextResponse, 20))
        .target(target(ClockKind::Resolution, 600));
    let accounts: Vec<AccountId> = ACCOUNTS
        .iter()
        .map(|name| AccountId::new(*name))
        .collect::<Result<_, _>>()?;
    let mut config = WebhookConfig::new(accounts[0].clone(), Secret::new(SECRET));
    config.more_accounts = accounts[1..].to_vec();
    let mut builder = Desk::builder(store)
        .clock(clock)
        .promise(promise)
        .lease(LEASE)
        .webhook(WEBHOOK, ApiWebhook::new(config)?);
    for account in accounts {
        let tenant = tenant_of(account.as_str());
        builder = builder.owned_by(account, tenant);
    }
    Ok(builder)
}

#[derive(Clone)]
struct Host {
    desk: Desk,
    broken: Option<Broken>,
}

pub(crate) async fn serve(options: Options) -> Result<(), Error> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .init();
    let clock = Ahead(TimeDelta::seconds(options.ahead));
    let store = WrappedStore(MaybeBroken {
        inner: options.place.open().await?,
        broken: options.broken,
    });
    let mut builder = builder(store, clock)?;
    let shared: Arc<dyn Clock> = Arc::new(clock);
    for line in Line::all(&options.network, &shared)? {
        builder = builder.channel(line);
    }
    let host = Host {
        desk: builder.build()?,
        broken: options.broken,
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("ready {}", listener.local_addr()?.port());
    let worker = host.desk.clone();
    let routes = Router::new()
        .route("/webhook", post(webhook))
        .route("/replies", post(reply))
        .route("/looks", post(look))
        .with_state(host);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let hour = Duration::from_secs(3600);
    worker.run(hour, stdin_ended()).await;
    Ok(())
}

async fn stdin_ended() {
    let mut rest = Vec::new();
    // A broken pipe is an end as well.
    let _ = tokio::io::stdin().read_to_end(&mut rest).await;
}

/// A process of a run ends with whoever started it.
pub(crate) async fn end_with_stdin() {
    stdin_ended().await;
    std::process::exit(0);
}

async fn webhook(State(host): State<Host>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, 1 << 20).await else {
        return answer(StatusCode::BAD_REQUEST, "cut".to_owned());
    };
    let delivery = Request::from_parts(parts, body);
    if host.broken == Some(Broken::AcknowledgesFirst) {
        tokio::spawn(async move {
            tokio::time::sleep(DAWDLE).await;
            host.desk.receive(WEBHOOK, delivery).await
        });
        return answer(StatusCode::OK, "{}".to_owned());
    }
    host.desk.receive(WEBHOOK, delivery).await.map(Body::from)
}

fn answer(status: StatusCode, text: String) -> Response {
    let mut answer = Response::new(Body::from(Bytes::from(text)));
    *answer.status_mut() = status;
    answer
}

/// What a desk did not do, as a status: 503 asks to come again.
fn refusal(error: &aspa_desk::Error) -> Response {
    let status = match error {
        aspa_desk::Error::Store(error) if error.is_retryable() => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::CONFLICT,
    };
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |e| e.source());
    let told: Vec<String> = causes.map(ToString::to_string).collect();
    answer(status, told.join(": "))
}

async fn reply(State(host): State<Host>, Json(wish): Json<Wish>) -> Response {
    let Ok(about) = about(&wish.account, &wish.conversation, &wish.customer) else {
        return answer(StatusCode::BAD_REQUEST, "no such ids".to_owned());
    };
    let desk = host.desk.tenant(tenant_of(&wish.account));
    let mut wanted = Wanted::default();
    wanted.tickets.insert(about.clone());
    let loaded = match desk.store().load(&wanted).await {
        Ok(loaded) => loaded,
        Err(error) => return refusal(&error.into()),
    };
    let ticket = loaded.tickets.get(&about).and_then(|all| all.last());
    let Some(ticket) = ticket else {
        return answer(StatusCode::NOT_FOUND, "not yet".to_owned());
    };
    let reply = Reply::answer(wish.text).named(wish.name).in_parts();
    match desk.reply(&ticket.value.id, reply).await {
        Ok(key) => answer(StatusCode::OK, key.to_string()),
        // Its message was deleted: for good, or until another comes.
        Err(aspa_desk::Error::NothingToAnswer(_)) => answer(StatusCode::GONE, String::new()),
        Err(error) => refusal(&error),
    }
}

async fn look(State(host): State<Host>, Json(look): Json<Look>) -> Response {
    let desk = host.desk.tenant(tenant_of(&look.account));
    match desk.settle_uncertain(&look.key, look.landed, None).await {
        Ok(()) => answer(StatusCode::OK, String::new()),
        Err(aspa_desk::Error::NotUncertain(_)) => answer(StatusCode::OK, String::new()),
        Err(error) => refusal(&error),
    }
}
