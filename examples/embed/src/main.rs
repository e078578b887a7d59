//! The ten lines of the README, grown into a program: `cargo run -p embed -- --demo`.
//!
//! It takes what customers write in your app at `POST /webhooks/app`, keeps everything in one SQLite
//! file, lists tickets at `GET /tickets`, and posts what colleagues answer, signed, to your app's
//! callback. The library half of this package (`src/lib.rs`) is what a host of your own would copy:
//!
//! - `lib.rs` wires a desk: a channel, a webhook, a promise;
//! - `tickets.rs` mounts it in axum;
//! - `serve.rs` runs it in the background and stops without losing anything;
//! - `app.rs` is the far side: what your app has to do, in a hundred lines.
//!
//! It listens on 127.0.0.1 and asks nobody who they are. Behind a proxy, let only `/webhooks/` through
//! to the world, and put your own authentication in front of `/tickets`.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::ExitCode;

use aspa::store_sqlite::SqliteStore;
use aspa::types::Secret;
use clap::Parser;
use embed::{Config, Error, desk, serve};
use tokio::net::TcpListener;

/// Customer service for your app: signed messages in, tickets, signed replies out.
///
/// Secrets have 16 bytes or more and are better given by environment than by flag, where other users
/// of the machine can read them.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// The SQLite file that keeps everything; made if it is not there
    #[arg(long, value_name = "FILE", default_value = "support.sqlite")]
    db: PathBuf,
    /// The port on 127.0.0.1 to listen on; 0: any that is free
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Where replies are posted: https, or http on this machine
    #[arg(
        long,
        value_name = "URL",
        env = "EMBED_CALLBACK_URL",
        hide_env_values = true
    )]
    #[arg(required_unless_present = "demo")]
    callback_url: Option<String>,
    /// What the app signs its deliveries with
    #[arg(
        long,
        value_name = "SECRET",
        env = "EMBED_WEBHOOK_SECRET",
        hide_env_values = true
    )]
    #[arg(required_unless_present = "demo", value_parser = secret)]
    webhook_secret: Option<Secret>,
    /// What replies are signed with; another one
    #[arg(
        long,
        value_name = "SECRET",
        env = "EMBED_CALLBACK_SECRET",
        hide_env_values = true
    )]
    #[arg(required_unless_present = "demo", value_parser = secret)]
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
    let config = Config {
        callback_url: args.callback_url.ok_or("no callback URL")?,
        webhook_secret: args.webhook_secret.ok_or("no webhook secret")?,
        callback_secret: args.callback_secret.ok_or("no callback secret")?,
    };
    let desk = desk(SqliteStore::open(&args.db)?, config)?;
    let address = (Ipv4Addr::LOCALHOST, args.port);
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| format!("cannot listen on 127.0.0.1:{}: {error}", args.port))?;
    println!("listening on http://{}", listener.local_addr()?);
    let interrupted = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            eprintln!("embed: ctrl-c cannot be waited for: {error}");
            std::future::pending::<()>().await;
        }
    };
    serve(listener, desk, interrupted).await?;
    println!("stopped");
    Ok(())
}
