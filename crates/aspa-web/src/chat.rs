use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use aspa_channel::{Delivery, Message, MessageKey};
use aspa_channel_webchat::{
    BadFile, Enter, Feed, Frame, Line, Service, StoredFile, Transcript, TranscriptPage, VISITOR,
    Visitor, Visitors, WIDGET, Window, conversation_of, widget_version,
};
use aspa_desk::Desk;
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, Query, Request, State};
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, sleep_until};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::body::{LATER, SOON, read};
use crate::failed::Failed;
use crate::files::{FileStore, is_id, new_id};
use crate::follow::Follow;
use crate::limits::{Limiter, Places, Rates, party};
use crate::own::{self, Attached};
use crate::stream::{BEAT, Closing, Gone, Out, respond};

/// The largest body that is not a file, in bytes.
const LONGEST: usize = 64 << 10;
/// How soon a stream looks again though nothing was said.
const SOONEST: Duration = Duration::from_secs(1);
/// How many of the newest messages a stream looks at.
const NEWEST: usize = 400;
/// How many earlier messages are given at a time.
const EARLIER: usize = 50;
/// How often it is looked for files that have to go.
const TIDY: Duration = Duration::from_secs(60);
/// How many visitors or addresses a limit remembers.
const PARTIES: usize = 100_000;

type Address = dyn Fn(&Parts) -> Option<IpAddr> + Send + Sync;
type Busy = dyn Fn() -> bool + Send + Sync;
type Serves = dyn Fn(&str) -> Service + Send + Sync;

/// How a chat is served.
pub struct ChatOptions {
    webhook: String,
    origins: Vec<HeaderValue>,
    rates: Rates,
    file_bytes: usize,
    files: Option<Arc<dyn FileStore>>,
    address: Box<Address>,
    busy: Box<Busy>,
    service: Option<Box<Serves>>,
    closing: Closing,
}

impl fmt::Debug for ChatOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatOptions")
            .field("webhook", &self.webhook)
            .field("origins", &self.origins)
            .field("rates", &self.rates)
            .field("file_bytes", &self.file_bytes)
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}

impl Default for ChatOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl ChatOptions {
    /// The desk's webhook `webchat`, pages of the same origin only, no files.
    #[must_use]
    pub fn new() -> Self {
        Self {
            webhook: "webchat".to_owned(),
            origins: Vec::new(),
            rates: Rates::default(),
            file_bytes: 5 << 20,
            files: None,
            address: Box::new(|head| {
                let connection = head.extensions.get::<ConnectInfo<SocketAddr>>();
                connection.map(|ConnectInfo(address)| address.ip())
            }),
            busy: Box::new(|| false),
            service: None,
            closing: Closing::new(),
        }
    }

    /// Under which name the desk has the chat's webhook.
    #[must_use]
    pub fn webhook(mut self, name: impl Into<String>) -> Self {
        self.webhook = name.into();
        self
    }

    /// Lets pages of this origin (`https://shop.example`) use the chat. Anything but the scheme, host
    /// and port of web pages, also `*` and `null`, lets nobody in, and is logged.
    #[must_use]
    pub fn origin(mut self, origin: &str) -> Self {
        match web_origin(origin) {
            Some(origin) => self.origins.push(origin),
            None => tracing::warn!(origin, "not an origin of web pages; it lets nobody in"),
        }
        self
    }

    /// How much one visitor and one address may do.
    #[must_use]
    pub fn rates(mut self, rates: Rates) -> Self {
        self.rates = rates;
        self
    }

    /// Takes files of up to `most` bytes each, and keeps them there.
    #[must_use]
    pub fn files(mut self, store: impl FileStore, most: usize) -> Self {
        self.files = Some(Arc::new(store));
        self.file_bytes = most;
        self
    }

    /// From where a request comes. As long as nothing is said: the other end of the connection, where
    /// the program serves with `into_make_service_with_connect_info::<SocketAddr>()`. Behind a proxy,
    /// read what the proxy says, and only if nobody else could have said it. None: limits by address
    /// do not count it.
    #[must_use]
    pub fn address(
        mut self,
        address: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static,
    ) -> Self {
        self.address = Box::new(address);
        self
    }

    /// Offers a call-back also while this says so: too much waits.
    #[must_use]
    pub fn busy(mut self, busy: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.busy = Box::new(busy);
        self
    }

    /// What visitors are told of the service, by BCP 47 tag of their language. As long as nothing is
    /// said: hours and answer time of the desk's promise.
    #[must_use]
    pub fn service(mut self, service: impl Fn(&str) -> Service + Send + Sync + 'static) -> Self {
        self.service = Some(Box::new(service));
        self
    }

    /// Ends streams when that is closed.
    #[must_use]
    pub fn closing(mut self, closing: Closing) -> Self {
        self.closing = closing;
        self
    }
}

/// An origin as browsers write it (RFC 6454 section 6.2): lower case, nothing after host and port.
fn web_origin(origin: &str) -> Option<HeaderValue> {
    let origin = origin
        .strip_suffix('/')
        .unwrap_or(origin)
        .to_ascii_lowercase();
    let (scheme, host) = origin.split_once("://")?;
    let is_host = |b: u8| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b);
    let is_web = matches!(scheme, "http" | "https") && !host.is_empty();
    let is_origin = is_web && host.bytes().all(is_host);
    is_origin.then(|| HeaderValue::from_str(&origin).ok())?
}

/// Serves a web chat over a desk: the widget, visitors coming in, what they write, what they see.
///
/// | | |
/// | --- | --- |
/// | `GET /widget.js` | the widget, to be asked for again each time |
/// | `GET /widget-VERSION.js` | the same, to be kept for ever |
/// | `POST /enter` | lets somebody in: token or identity in, token and service out |
/// | `POST /events` | what a visitor writes: kept before it is answered |
/// | `GET /stream` | what the visitor sees, as server-sent events; goes on after `Last-Event-ID` |
/// | `POST /files?name=…` | takes a file, gives a reference for a message |
/// | `GET /messages?before=…` | up to 50 messages before this one, and what to name for those before them |
/// | `GET /files/{id}?of=…` | a file of this message of the visitor's own conversation, to be saved |
///
/// All but the widget and `/enter` want the visitor's token in the header `aspa-visitor`.
#[derive(Clone)]
pub struct Chat(Arc<Inner>);

struct Inner {
    desk: Desk,
    visitors: Visitors,
    transcript: Arc<dyn Transcript>,
    follow: Arc<Follow>,
    options: ChatOptions,
    enter: Limiter<IpAddr>,
    write: (Limiter<Arc<str>>, Limiter<IpAddr>),
    upload: (Limiter<Arc<str>>, Limiter<IpAddr>),
    begin: Limiter<Arc<str>>,
    places: Places<Place>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Place {
    Visitor(Arc<str>),
    Address(IpAddr),
    Streams,
    TransfersOf(IpAddr),
    Transfers,
}

impl fmt::Debug for Chat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chat")
            .field("options", &self.0.options)
            .finish_non_exhaustive()
    }
}

impl Chat {
    /// A chat whose webhook and channel the desk has, and what was written in it.
    #[must_use]
    pub fn new(
        desk: Desk,
        visitors: Visitors,
        transcript: Arc<dyn Transcript>,
        options: ChatOptions,
    ) -> Self {
        let rates = options.rates;
        Self(Arc::new(Inner {
            follow: Follow::new(desk.clone()),
            desk,
            visitors,
            transcript,
            options,
            enter: Limiter::new(rates.enter_by_address, PARTIES),
            write: (
                Limiter::new(rates.write_by_visitor, PARTIES),
                Limiter::new(rates.write_by_address, PARTIES),
            ),
            upload: (
                Limiter::new(rates.upload_by_visitor, PARTIES),
                Limiter::new(rates.upload_by_address, PARTIES),
            ),
            begin: Limiter::new(rates.follow_by_visitor, PARTIES),
            places: Places::new(),
        }))
    }

    /// The routes, to be nested where the host likes: the widget asks where it came from.
    pub fn routes(&self) -> Router {
        let cors = CorsLayer::new()
            .allow_origin(AllowOrigin::list(self.0.options.origins.clone()))
            .allow_methods([Method::GET, Method::POST])
            .allow_headers([CONTENT_TYPE, VISITOR, LAST_EVENT_ID])
            .expose_headers([RETRY_AFTER])
            .max_age(Duration::from_secs(3_600));
        Router::new()
            .route("/widget.js", get(widget))
            .route(
                &format!("/widget-{}.js", widget_version()),
                get(kept_widget),
            )
            .route("/enter", post(enter))
            .route("/events", post(events))
            .route("/stream", get(stream))
            .route("/messages", get(earlier))
            .route("/files", post(upload))
            .route("/files/{id}", get(download))
            .layer(cors)
            .with_state(self.clone())
    }

    /// Removes the files of visitors who were erased, and of messages that were kept for long enough: at
    /// once and then each minute, until `stopped`. What cannot be removed is tried again, by this process
    /// or the next one. To be run beside [`Desk::run`] where the chat takes files.
    pub async fn run(&self, stopped: impl Future<Output = ()>) {
        let work = async {
            loop {
                if let Err(error) = self.remove_erased_files().await {
                    tracing::warn!(%error, "files that have to go could not be removed");
                }
                tokio::time::sleep(TIDY).await;
            }
        };
        tokio::select! {
            () = work => {}
            () = stopped => {}
        }
    }

    /// The same, once. Returns how many were removed.
    ///
    /// # Errors
    ///
    /// When the store fails or a file cannot be removed: then it is told again by the next call.
    pub async fn remove_erased_files(&self) -> io::Result<usize> {
        let Some(files) = &self.0.options.files else {
            return Ok(0);
        };
        let mut removed = 0;
        loop {
            let erased = self.0.desk.erased_files().await.map_err(io::Error::other)?;
            if erased.is_empty() {
                return Ok(removed);
            }
            for id in erased.iter().filter(|id| is_id(id)) {
                files.remove(id).await?;
            }
            let gone = self.0.desk.files_gone(&erased).await;
            gone.map_err(io::Error::other)?;
            removed += erased.len();
        }
    }

    fn visitor(&self, headers: &HeaderMap) -> Result<Visitor, Failed> {
        let token = headers.get(VISITOR).and_then(|token| token.to_str().ok());
        let known = token.and_then(|token| self.0.visitors.known(token, self.0.desk.now()));
        known.ok_or_else(|| Failed::new(StatusCode::UNAUTHORIZED, "come in first"))
    }

    fn address(&self, head: &Parts) -> Option<IpAddr> {
        (self.0.options.address)(head).map(party)
    }

    /// Holds off who writes, uploads or comes in too often.
    fn hold(
        &self,
        (by_visitor, by_address): (Option<&Limiter<Arc<str>>>, Option<&Limiter<IpAddr>>),
        visitor: Option<&Visitor>,
        head: &Parts,
    ) -> Result<(), Failed> {
        let now = self.0.desk.now();
        if let (Some(limiter), Some(address)) = (by_address, self.address(head)) {
            limiter.take(address, now).map_err(Failed::too_many)?;
        }
        if let (Some(limiter), Some(visitor)) = (by_visitor, visitor) {
            let visitor = visitor.conversation.clone();
            limiter.take(visitor, now).map_err(Failed::too_many)?;
        }
        Ok(())
    }

    fn service(&self, language: &str) -> Service {
        let service = match &self.0.options.service {
            Some(service) => service(language),
            None => self.promised(language),
        };
        let call_back = service.call_back || (self.0.options.busy)();
        service.with_call_back(call_back)
    }

    /// By the promise: hours and answer time while open, when it opens again while closed.
    fn promised(&self, language: &str) -> Service {
        let Some(sla) = self.0.desk.sla() else {
            return Service::open("");
        };
        let text = sla.profile_text(language);
        match sla.away_text(self.0.desk.now(), language) {
            Some(away) => Service::closed(text, away),
            None => Service::open(text),
        }
    }

    /// When a stream looks again though nothing was said: an edit leaves no entry in the desk's log. As
    /// often as costs little, which is all the streams of this process together a twentieth of the time,
    /// where the last look took so long.
    fn look_again(&self, took: Duration) -> Duration {
        let streams = self.0.places.count(&Place::Streams);
        let share = took.saturating_mul(streams.saturating_mul(20));
        share.clamp(SOONEST, BEAT)
    }

    /// The newest lines, or those before a message.
    async fn lines(
        &self,
        visitor: &Visitor,
        before: Option<&MessageKey>,
        limit: usize,
    ) -> Result<Window, Failed> {
        let conversation = self.0.visitors.conversation(visitor)?;
        let page = self.0.transcript.messages(&conversation, before, limit);
        let TranscriptPage { messages, before } = page.await?;
        Ok(Window {
            lines: messages.iter().filter_map(Line::of).collect(),
            before: before.map(|key| key.id.to_string()),
        })
    }

    /// A message of the visitor's own conversation, by the id that its line has.
    async fn message(&self, visitor: &Visitor, id: &str) -> Result<Option<Message>, Failed> {
        let conversation = self.0.visitors.conversation(visitor)?;
        let Ok(key) = MessageKey::new(conversation.account.clone(), id) else {
            return Ok(None);
        };
        let message = self.0.transcript.message(&key).await?;
        Ok(message.filter(|message| message.conversation == conversation))
    }
}

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

fn random() -> Result<[u8; 16], Failed> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|_| Failed::new(StatusCode::SERVICE_UNAVAILABLE, "no random bytes"))?;
    Ok(bytes)
}

fn script(cache: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, cache),
        (http::header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Pages of other origins may load it also where they isolate themselves.
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "cross-origin",
        ),
    ];
    (headers, WIDGET).into_response()
}

async fn widget() -> Response {
    script("public, max-age=300")
}

async fn kept_widget() -> Response {
    script("public, max-age=31536000, immutable")
}

#[derive(Deserialize)]
struct Coming {
    #[serde(flatten)]
    enter: Enter,
    #[serde(default)]
    language: String,
}

async fn enter(State(chat): State<Chat>, request: Request) -> Result<Response, Failed> {
    let (head, body) = request.into_parts();
    chat.hold((None, Some(&chat.0.enter)), None, &head)?;
    let body = read(body, LONGEST, SOON).await?;
    let coming: Coming = serde_json::from_slice(&body)
        .map_err(|_| Failed::new(StatusCode::BAD_REQUEST, "not understood"))?;
    let now = chat.0.desk.now();
    let entered = chat.0.visitors.enter(&coming.enter, random()?, now);
    let answer = json!({
        "token": entered.token,
        "is_new": entered.is_new,
        "verified": entered.visitor.is_verified(),
        "refused": entered.refused.map(|why| why.to_string()),
        "service": chat.service(short(&coming.language)),
        "max_text": chat.0.visitors.max_text(),
        "max_file_bytes": chat.0.options.files.as_ref().map(|_| chat.0.options.file_bytes),
    });
    Ok(([(CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

/// A language tag of a sane length (RFC 5646 section 4.4.1).
fn short(language: &str) -> &str {
    match language.len() <= 35 {
        true => language,
        false => "",
    }
}

async fn events(State(chat): State<Chat>, request: Request) -> Result<Response, Failed> {
    let visitor = chat.visitor(request.headers())?;
    let (head, body) = request.into_parts();
    let limits = (Some(&chat.0.write.0), Some(&chat.0.write.1));
    chat.hold(limits, Some(&visitor), &head)?;
    let body = read(body, LONGEST, SOON).await?;
    let mut delivery = Delivery::new(body);
    if let Some(token) = head.headers.get(VISITOR) {
        delivery.headers_mut().insert(VISITOR, token.clone());
    }
    let answer = chat.0.desk.receive(&chat.0.options.webhook, delivery).await;
    Ok(answer.map(Body::from))
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    name: String,
}

async fn upload(
    State(chat): State<Chat>,
    Query(named): Query<Named>,
    request: Request,
) -> Result<Response, Failed> {
    let visitor = chat.visitor(request.headers())?;
    let (head, body) = request.into_parts();
    let Some(store) = chat.0.options.files.clone() else {
        return Err(Failed::new(StatusCode::NOT_FOUND, "no files here"));
    };
    let limits = (Some(&chat.0.upload.0), Some(&chat.0.upload.1));
    chat.hold(limits, Some(&visitor), &head)?;
    let _held = chat.transfer(&head)?;
    let content = read(body, chat.0.options.file_bytes, LATER).await?;
    let file = StoredFile::new(new_id(random()?), &named.name, &content);
    let file = file
        .map_err(|bad: BadFile| Failed::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, bad.to_string()))?;
    store.put(&file.id, content).await.map_err(|error| {
        tracing::warn!(%error, "a file could not be kept");
        Failed::new(StatusCode::SERVICE_UNAVAILABLE, "not now")
    })?;
    let reference = chat.0.visitors.reference(&visitor, &file);
    let answer = json!({ "file": reference, "name": file.name, "bytes": file.bytes });
    Ok(Json(answer).into_response())
}

#[derive(Deserialize)]
struct Before {
    #[serde(default)]
    before: String,
}

/// What came before what the visitor sees.
async fn earlier(
    State(chat): State<Chat>,
    Query(Before { before }): Query<Before>,
    request: Request,
) -> Result<Response, Failed> {
    let visitor = chat.visitor(request.headers())?;
    let (head, _) = request.into_parts();
    chat.hold((Some(&chat.0.begin), None), Some(&visitor), &head)?;
    let conversation = chat.0.visitors.conversation(&visitor)?;
    let key = MessageKey::new(conversation.account.clone(), &before);
    let own = key.ok().filter(|key| {
        let of = conversation_of(key);
        of.is_some_and(|of| of == conversation)
    });
    let Some(key) = own else {
        return Err(Failed::new(StatusCode::NOT_FOUND, "no such message"));
    };
    let Window { lines, before } = chat.lines(&visitor, Some(&key), EARLIER).await?;
    let answer = json!({ "lines": lines, "before": before });
    Ok(([(CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

#[derive(Deserialize)]
struct Of {
    #[serde(default)]
    of: String,
}

/// Only what the visitor still sees: not what was taken back, hidden or held.
async fn download(
    State(chat): State<Chat>,
    Path(id): Path<String>,
    Query(Of { of }): Query<Of>,
    request: Request,
) -> Result<Response, Failed> {
    let visitor = chat.visitor(request.headers())?;
    let (head, _) = request.into_parts();
    let held = chat.transfer(&head)?;
    let message = chat.message(&visitor, &of).await?;
    let line = message.as_ref().and_then(Line::of);
    let mut files = line.into_iter().flat_map(|line| line.files);
    let attached = files.find(|file| file.id == id).map(|file| Attached {
        name: file.name,
        media_type: file.media_type,
    });
    own::file(chat.0.options.files.as_deref(), &id, attached, held).await
}

/// Gives its places back when what they are for ends, however it ends.
struct Held {
    chat: Chat,
    places: Vec<Place>,
}

impl Drop for Held {
    fn drop(&mut self) {
        for place in &self.places {
            self.chat.0.places.give_back(place);
        }
    }
}

impl Chat {
    /// A place for an open page.
    fn follow(&self, visitor: &Visitor, head: &Parts) -> Result<Held, Failed> {
        let rates = &self.0.options.rates;
        let visitor = Place::Visitor(visitor.conversation.clone());
        let address = self.address(head).map(Place::Address);
        let mut wanted = vec![(Place::Streams, rates.streams)];
        wanted.extend(address.map(|address| (address, rates.streams_by_address)));
        wanted.push((visitor, rates.streams_by_visitor));
        self.take(wanted)
    }

    /// A place for a file on its way.
    fn transfer(&self, head: &Parts) -> Result<Held, Failed> {
        let rates = &self.0.options.rates;
        let address = self.address(head).map(Place::TransfersOf);
        let mut wanted = vec![(Place::Transfers, rates.transfers)];
        wanted.extend(address.map(|address| (address, rates.transfers_by_address)));
        self.take(wanted)
    }

    fn take(&self, wanted: Vec<(Place, u32)>) -> Result<Held, Failed> {
        let (chat, places) = (self.clone(), Vec::new());
        let mut held = Held { chat, places };
        for (place, most) in wanted {
            if !self.0.places.take(place.clone(), most) {
                return Err(Failed::too_many(BEAT));
            }
            held.places.push(place);
        }
        Ok(held)
    }
}

#[derive(Deserialize)]
struct Wishes {
    #[serde(default)]
    language: String,
}

async fn stream(
    State(chat): State<Chat>,
    Query(wishes): Query<Wishes>,
    request: Request,
) -> Result<Response, Failed> {
    let visitor = chat.visitor(request.headers())?;
    let (head, _) = request.into_parts();
    chat.hold((Some(&chat.0.begin), None), Some(&visitor), &head)?;
    let held = chat.follow(&visitor, &head)?;
    // What cannot be read now is said by a status, while there still is one.
    chat.lines(&visitor, None, 1).await?;
    let last = head.headers.get(LAST_EVENT_ID);
    let last = last.and_then(|last| last.to_str().ok()).map(str::to_owned);
    let language = short(&wishes.language).to_owned();
    Ok(respond(chat.0.options.closing.clone(), move |out| {
        let sight = Sight {
            held,
            visitor,
            language,
        };
        sight.show(out, last)
    }))
}

/// One visitor's open page.
struct Sight {
    held: Held,
    visitor: Visitor,
    language: String,
}

impl Sight {
    async fn show(self, out: Out, last: Option<String>) -> Result<(), Gone> {
        let chat = self.held.chat.clone();
        let Ok(conversation) = chat.0.visitors.conversation(&self.visitor) else {
            return Ok(());
        };
        // Asked for before reading, so that nothing is missed in between.
        let mut told = chat.0.follow.conversation(&conversation);
        let (mut feed, frames) = match chat.lines(&self.visitor, None, NEWEST).await {
            Ok(window) => Feed::resume(&window, last.as_deref()),
            Err(_) => return Ok(()),
        };
        let mut service = chat.service(&self.language);
        send(&out, frames).await?;
        out.send(data("service", &service)).await?;
        out.send(Event::default().event("ready").data("{}")).await?;
        let mut beat = Instant::now() + BEAT;
        let mut look = Instant::now() + SOONEST;
        loop {
            tokio::select! {
                changed = told.changed() => if changed.is_err() {
                    return Ok(());
                },
                () = sleep_until(look.min(beat)) => {}
                () = out.closed() => return Err(Gone),
            }
            if self.is_over(chat.0.desk.now()) {
                // The page comes in again, with an identity that still holds or without.
                return Ok(());
            }
            let began = Instant::now();
            // Where the store is away, what is new is found when it is back.
            let frames = match chat.lines(&self.visitor, None, NEWEST).await {
                Ok(window) => feed.update(&window),
                Err(_) => Vec::new(),
            };
            look = Instant::now() + chat.look_again(began.elapsed());
            send(&out, frames).await?;
            let now = chat.service(&self.language);
            if now != service {
                service = now;
                out.send(data("service", &service)).await?;
            }
            if Instant::now() >= beat {
                out.send(Event::default().comment("")).await?;
                beat = Instant::now() + BEAT;
            }
        }
    }

    fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.held.chat.0.visitors.is_over(&self.visitor, now)
    }
}

async fn send(out: &Out, frames: Vec<Frame>) -> Result<(), Gone> {
    for frame in frames {
        out.send(match frame {
            // An empty id: there is nothing to go on after.
            Frame::Reset => Event::default().event("reset").id("").data("{}"),
            Frame::Earlier(before) => data("earlier", &json!({ "before": before })),
            Frame::Line { id, line } => match id {
                Some(id) => data("line", &line).id(id),
                None => data("line", &line),
            },
        })
        .await?;
    }
    Ok(())
}

/// JSON without line ends is always one line of data.
fn data(name: &str, value: &impl serde::Serialize) -> Event {
    let value = serde_json::to_string(value).unwrap_or_default();
    Event::default().event(name).data(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_origins_of_pages_are_origins() {
        for (given, is) in [
            ("https://shop.example", Some("https://shop.example")),
            ("https://Shop.example/", Some("https://shop.example")),
            ("http://localhost:3000", Some("http://localhost:3000")),
            ("http://[::1]:3000", Some("http://[::1]:3000")),
            ("*", None),
            ("null", None),
            ("shop.example", None),
            ("https://", None),
            ("https://*.example", None),
            ("https://shop.example/chat", None),
            ("https://user@shop.example", None),
            ("file://x", None),
            ("https://ä.example", None),
        ] {
            let origin = web_origin(given);
            let origin = origin.as_ref().map(|o| o.to_str().unwrap());
            assert_eq!(origin, is, "{given}");
        }
    }
}
