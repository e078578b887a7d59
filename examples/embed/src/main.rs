//! Customer service inside a web program: `cargo run -p embed`, then open the two pages it names.
//!
//! It serves a shop's page with the web chat and a page for the agent, and keeps everything in one
//! SQLite file. With an app of your own connected, it also takes what customers write there, at `POST
//! /webhooks/app`, and posts replies, signed, to the app's callback. The library half of this package
//! (`src/lib.rs`) is what a host of your own would copy:
//!
//! - `lib.rs` wires a desk: channels, webhooks, a promise;
//! - `serve.rs` mounts it in axum, runs it in the background and stops without losing anything;
//! - `pages.rs` and `pages/` are the two pages, and who the agent is;
//! - `app.rs` is the far side of the callback: what your app has to do, in a hundred lines.
//!
//! It listens on 127.0.0.1. Behind a proxy, let only `/chat/` and `/webhooks/` through to the world, and
//! put your own sessions in the place of the agent's key.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::ExitCode;

use aspa::store_sqlite::SqliteStore;
use aspa::types::Secret;
use clap::Parser;
use embed::{AppConfig, Config, Error, Keys, embed, serve};
use tokio::net::TcpListener;

/// Customer service in a web program: a web chat, and your own app if you connect it.
///
/// Secrets have 16 bytes or more and are better given by environment than by flag, where other users
/// of the machine can read them.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// The SQLite file that keeps everything; made if it is not there, with FILE.keys and FILE.files
    #[arg(long, value_name = "FILE", default_value = "support.sqlite")]
    db: PathBuf,
    /// The port on 127.0.0.1 to listen on; 0: any that is free
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// When somebody answers, in Helsinki's time; at other times the chat offers to call back
    #[arg(long, value_name = "HOURS", default_value = embed::HOURS)]
    hours: String,
    /// Where replies are posted: https, or http on this machine
    #[arg(
        long,
        value_name = "URL",
        env = "EMBED_CALLBACK_URL",
        hide_env_values = true
    )]
    #[arg(requires = "webhook_secret", requires = "callback_secret")]
    callback_url: Option<String>,
    /// What the app signs its deliveries with
    #[arg(
        long,
        value_name = "SECRET",
        env = "EMBED_WEBHOOK_SECRET",
        hide_env_values = true
    )]
    #[arg(requires = "callback_url", value_parser = secret)]
    webhook_secret: Option<Secret>,
    /// What replies are signed with; another one
    #[arg(
        long,
        value_name = "SECRET",
        env = "EMBED_CALLBACK_SECRET",
        hide_env_values = true
    )]
    #[arg(requires = "callback_url", value_parser = secret)]
    callback_secret: Option<Secret>,
    /// Play one case on this machine, print it, and end: keeps nothing and needs no other option
    #[arg(long)]
    demo: bool,
}

fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret::new(text))
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let done = if args.demo {
        embed::demo().await
    } else {
        run(args).await
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("embed: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), Error> {
    let store = SqliteStore::open(&args.db)?;
    let beside = |ending: &str| {
        let mut path = args.db.clone().into_os_string();
        path.push(ending);
        PathBuf::from(path)
    };
    let keys = Keys::open(&beside(".keys"))?;
    let agent_key = keys.agent.clone();
    let app = match (args.callback_url, args.webhook_secret, args.callback_secret) {
        (Some(callback_url), Some(webhook_secret), Some(callback_secret)) => Some(AppConfig {
            callback_url,
            webhook_secret,
            callback_secret,
        }),
        _ => None,
    };
    let files = beside(".files");
    let config = Config {
        keys,
        hours: args.hours,
        files,
        app,
    };
    let embedded = embed(store, config)?;
    let address = (Ipv4Addr::LOCALHOST, args.port);
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| format!("cannot listen on 127.0.0.1:{}: {error}", args.port))?;
    let url = format!("http://{}", listener.local_addr()?);
    println!("listening on {url}");
    println!("the customer's page: {url}/");
    println!(
        "the agent's page:    {url}/agent?key={}",
        agent_key.expose()
    );
    let interrupted = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            eprintln!("embed: ctrl-c cannot be waited for: {error}");
            std::future::pending::<()>().await;
        }
    };
    serve(listener, embedded, interrupted).await?;
    println!("stopped");
    Ok(())
}
