use std::time::Duration;

use aspa::http::{HttpClient, ReqwestClient};
use aspa::store_sqlite::SqliteStore;
use aspa::types::Secret;
use axum::body::Bytes;
use axum::http::{Request, header};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::{App, AppConfig, Config, Error, HOURS, Keys, embed, serve};

/// Plays one case from the first message to the reply, over HTTP on this machine, and prints it. The
/// desk keeps its rows in memory; nothing is left behind.
///
/// # Errors
///
/// When anything does not go as it should.
pub async fn demo() -> Result<(), Error> {
    let (webhook_secret, callback_secret) = secrets();
    let app = App::new(webhook_secret.clone(), callback_secret.clone());
    let far_side = TcpListener::bind("127.0.0.1:0").await?;
    let callback_url = format!("http://{}/callback", far_side.local_addr()?);
    let callback = app.routes();
    let far_side = tokio::spawn(async move { axum::serve(far_side, callback).await });

    let keys = Keys::random()?;
    let agent = format!("Bearer {}", keys.agent.expose());
    let config = Config {
        keys,
        hours: HOURS.to_owned(),
        // Never written to: nobody uploads anything here.
        files: std::env::temp_dir().join("embed-demo"),
        app: Some(AppConfig {
            callback_url,
            webhook_secret,
            callback_secret,
        }),
    };
    let embedded = embed(SqliteStore::open_in_memory()?, config)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async { stopped.await.unwrap_or_default() };
    let served = tokio::spawn(serve(listener, embedded, stopped));

    let played = play(&app, &url, &agent).await;
    drop(stop);
    served.await??;
    far_side.abort();
    played
}

fn secrets() -> (Secret, Secret) {
    let new = |name: &str| Secret::new(format!("{name}-of-the-demonstration"));
    (new("webhook-secret"), new("callback-secret"))
}

async fn play(app: &App, url: &str, agent: &str) -> Result<(), Error> {
    let client = ReqwestClient::new()?;
    println!("The app delivers what a customer wrote, signed:");
    let webhook = format!("{url}/webhooks/app");
    say(
        &client,
        app.deliver(&webhook, "d-1", "Where is my parcel?")?,
    )
    .await?;

    println!("Somebody else tries, without the secret:");
    let (_, other) = secrets();
    let forger = App::new(other.clone(), other);
    say(
        &client,
        forger.deliver(&webhook, "d-2", "Give me a refund")?,
    )
    .await?;

    println!("The message has become a ticket, with the instant at which the promise breaks:");
    let list = || {
        Request::get(format!("{url}/api/tickets"))
            .header(header::AUTHORIZATION, agent)
            .body(Bytes::new())
    };
    let ticket = until(async || {
        let tickets = ask(&client, list()?).await?.1;
        Ok(tickets["tickets"][0]["id"].as_str().map(ToOwned::to_owned))
    })
    .await?;
    say(&client, list()?).await?;

    println!("A colleague answers it:");
    let reply = json!({"text": "It arrives tomorrow.", "newest_seen": "m-d-1"});
    let request = Request::post(format!("{url}/api/tickets/{ticket}/reply"))
        .header(header::AUTHORIZATION, agent)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Bytes::from(reply.to_string()))?;
    say(&client, request).await?;

    println!("The app's callback has shown it to the customer:");
    let posted = until(async || Ok(app.posted().0.into_iter().next())).await?;
    println!("  idempotency-key: {}", posted.idempotency_key);
    println!("  {}: {}\n", posted.conversation, posted.text);

    println!("And the ticket knows:");
    let one = || {
        Request::get(format!("{url}/api/tickets/{ticket}"))
            .header(header::AUTHORIZATION, agent)
            .body(Bytes::new())
    };
    until(async || {
        let waits = ask(&client, one()?).await?.1["category"] == "waiting_customer";
        Ok(waits.then_some(()))
    })
    .await?;
    say(&client, one()?).await
}

/// Asks until there is something, for ten seconds at most.
async fn until<T>(mut look: impl AsyncFnMut() -> Result<Option<T>, Error>) -> Result<T, Error> {
    for _ in 0..500 {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err("nothing happened for ten seconds".into())
}

async fn ask(client: &ReqwestClient, request: Request<Bytes>) -> Result<(u16, Value), Error> {
    let answer = client.send(request).await?;
    let body = String::from_utf8_lossy(answer.body());
    let value = serde_json::from_str(&body).unwrap_or_else(|_| Value::from(body.as_ref()));
    Ok((answer.status().as_u16(), value))
}

async fn say(client: &ReqwestClient, request: Request<Bytes>) -> Result<(), Error> {
    println!("  {} {}", request.method(), request.uri().path());
    let (status, answer) = ask(client, request).await?;
    println!(
        "  {status} {}\n",
        format!("{answer:#}").replace('\n', "\n  ")
    );
    Ok(())
}
