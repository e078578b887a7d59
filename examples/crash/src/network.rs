//! A strict network. It refuses what makes no sense, and of what makes sense it loses answers: before
//! or after the work, by cutting the connection, by an error, by never answering.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aspa_channel_api::{TIMESTAMP, verify};
use aspa_types::Secret;
use bytes::Bytes;
use chrono::DateTime;
use clap::Args;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::Error;
use crate::journal::{Entry, Journal, Published, read};
use crate::line::{ACCOUNTS, SECRET};

/// How long it keeps somebody waiting whom it will never answer.
const SILENCE: Duration = Duration::from_secs(5);

#[derive(Args)]
pub(crate) struct Options {
    /// Where it keeps what it did
    #[arg(long)]
    journal: PathBuf,
    /// While this file is there it answers everybody
    #[arg(long)]
    calm: PathBuf,
    #[arg(long)]
    port: u16,
    #[arg(long)]
    seed: u64,
}

/// What becomes of a request that makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Answers,
    CutsAfter,
    CutsBefore,
    FailsAfter,
    FailsBefore,
    Busy,
    SilentAfter,
    SilentBefore,
}

impl Then {
    fn draw(dice: &mut fastrand::Rng) -> Self {
        match dice.u32(0..100) {
            0..58 => Self::Answers,
            58..68 => Self::CutsAfter,
            68..73 => Self::CutsBefore,
            73..80 => Self::FailsAfter,
            80..85 => Self::FailsBefore,
            85..92 => Self::Busy,
            92..96 => Self::SilentAfter,
            _ => Self::SilentBefore,
        }
    }

    fn does_it(self) -> bool {
        matches!(
            self,
            Self::Answers | Self::CutsAfter | Self::FailsAfter | Self::SilentAfter
        )
    }
}

struct State {
    journal: Journal,
    dice: fastrand::Rng,
    /// What was published, by account and key: the latest.
    published: HashMap<(String, String), Published>,
    count: usize,
}

/// The other end finds the connection cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cut")
    }
}

impl std::error::Error for Cut {}

pub(crate) async fn serve(options: Options) -> Result<(), Error> {
    let mut state = State {
        journal: Journal::open(&options.journal)?,
        dice: fastrand::Rng::with_seed(options.seed),
        published: HashMap::new(),
        count: 0,
    };
    for entry in read(&options.journal)? {
        if let Entry::Published(one) = entry {
            state.count += 1;
            state
                .published
                .insert((one.account.clone(), one.key.clone()), one);
        }
    }
    let network = Arc::new((Mutex::new(state), options.calm));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
    println!("ready {}", listener.local_addr()?.port());
    tokio::spawn(crate::worker::end_with_stdin());
    loop {
        let (stream, _) = listener.accept().await?;
        let network = Arc::clone(&network);
        tokio::spawn(async move {
            let service = service_fn(|request| answer(Arc::clone(&network), request));
            // A connection that is cut is what we are here for.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

type Answer = Result<Response<Full<Bytes>>, Cut>;

async fn answer(network: Arc<(Mutex<State>, PathBuf)>, request: Request<Incoming>) -> Answer {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
    let account = parts.uri.path().trim_start_matches('/').to_owned();
    let calm = network.1.exists();
    let then = {
        let mut state = network.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !ACCOUNTS.contains(&account.as_str()) {
            return Ok(refuse(&mut state, "no such account"));
        }
        if parts.method == Method::GET {
            let asked = parts.uri.query().and_then(|q| q.strip_prefix("effect="));
            return Ok(found(&state, &account, asked));
        }
        let then = match calm {
            true => Then::Answers,
            false => Then::draw(&mut state.dice),
        };
        match perform(&mut state, &account, &parts.headers, &body, then) {
            Ok(id) => (then, id),
            Err(why) => return Ok(refuse(&mut state, &why)),
        }
    };
    match then {
        (Then::Answers, id) => Ok(json_answer(StatusCode::OK, &json!({ "id": id }))),
        (Then::CutsAfter | Then::CutsBefore, _) => Err(Cut),
        (Then::FailsAfter | Then::FailsBefore, _) => {
            let sorry = json!({ "error": "internal" });
            Ok(json_answer(StatusCode::INTERNAL_SERVER_ERROR, &sorry))
        }
        (Then::Busy, _) => {
            let mut busy = json_answer(StatusCode::TOO_MANY_REQUESTS, &json!({}));
            let headers = busy.headers_mut();
            headers.insert(http::header::RETRY_AFTER, 1.into());
            Ok(busy)
        }
        (Then::SilentAfter | Then::SilentBefore, _) => {
            tokio::time::sleep(SILENCE).await;
            Err(Cut)
        }
    }
}

/// Does what is asked, if this is what becomes of it; returns the id of what was made.
fn perform(
    state: &mut State,
    account: &str,
    headers: &HeaderMap,
    body: &[u8],
    then: Then,
) -> Result<Option<String>, String> {
    let asked = understand(account, headers, body)?;
    let entry = Entry::Asked {
        account: account.to_owned(),
        key: asked.key.clone(),
        then: format!("{then:?}"),
    };
    state.journal.write(&entry).map_err(|e| e.to_string())?;
    if !then.does_it() {
        return Ok(None);
    }
    let name = (account.to_owned(), asked.key.clone());
    if account == "native"
        && let Some(known) = state.published.get(&name)
    {
        return match (&known.text, &known.conversation) == (&asked.text, &asked.conversation) {
            true => Ok(Some(known.id.clone())),
            false => Err("a key came with another text".to_owned()),
        };
    }
    state.count += 1;
    let made = Published {
        id: format!("{account}-{}", state.count),
        ..asked
    };
    let entry = Entry::Published(made.clone());
    state.journal.write(&entry).map_err(|e| e.to_string())?;
    let id = made.id.clone();
    state.published.insert(name, made);
    Ok(Some(id))
}

/// What is asked for, if it makes sense: signed, to somebody who wrote, in answer to something.
fn understand(account: &str, headers: &HeaderMap, body: &[u8]) -> Result<Published, String> {
    // Signed by a clock that the test moves: only the signature counts.
    let time = headers.get(TIMESTAMP).and_then(|time| time.to_str().ok());
    let time = time.and_then(|time| DateTime::from_timestamp(time.parse().ok()?, 0));
    let time = time.ok_or("no time")?;
    verify(&[Secret::new(SECRET)], headers, body, time).map_err(|why| why.to_string())?;
    let body: Value = serde_json::from_slice(body).map_err(|_| "not JSON")?;
    let effect = &body["effect"];
    let text = |value: &Value, what: &str| match value.as_str() {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(format!("no {what}")),
    };
    let (key, kind) = (text(&effect["key"], "key")?, &effect["kind"]);
    let conversation = text(&effect["conversation"]["id"], "conversation")?;
    if effect["conversation"]["account"] != account || kind["type"] != "send" {
        return Err("not something to send from this account".to_owned());
    }
    let header = headers.get("idempotency-key");
    if header.and_then(|key| key.to_str().ok()) != Some(&key) {
        return Err("another key in the header".to_owned());
    }
    if !conversation.starts_with(account) {
        return Err("no such conversation".to_owned());
    }
    let to = text(&kind["to"][0]["id"], "addressee")?;
    if !to.starts_with(&conversation) {
        return Err("to somebody who is not in the conversation".to_owned());
    }
    let written = text(&kind["text"], "text")?;
    if written.chars().count() > crate::line::LONGEST {
        return Err("too long".to_owned());
    }
    Ok(Published {
        account: account.to_owned(),
        conversation,
        key,
        id: String::new(),
        to,
        text: written,
    })
}

/// Only one of the accounts can be asked.
fn found(state: &State, account: &str, key: Option<&str>) -> Response<Full<Bytes>> {
    let Some(key) = key.filter(|_| account == "readback") else {
        return json_answer(StatusCode::METHOD_NOT_ALLOWED, &json!({}));
    };
    match state.published.get(&(account.to_owned(), key.to_owned())) {
        Some(made) => json_answer(StatusCode::OK, &json!({ "effect": key, "id": made.id })),
        None => json_answer(StatusCode::NOT_FOUND, &json!({ "effect": key })),
    }
}

fn refuse(state: &mut State, why: &str) -> Response<Full<Bytes>> {
    let why = why.to_owned();
    let written = state.journal.write(&Entry::Nonsense { why });
    match written {
        Ok(()) => json_answer(StatusCode::BAD_REQUEST, &json!({ "error": "nonsense" })),
        Err(_) => json_answer(StatusCode::INTERNAL_SERVER_ERROR, &json!({})),
    }
}

fn json_answer(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::from(body.to_string()));
    *answer.status_mut() = status;
    answer
}
