use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{AsyncMessage, Config, Error, Socket};

/// At most one call to the others in this time: in PostgreSQL those who notify wait for each other,
/// so it is done beside the commits and not in them.
const PAUSE: Duration = Duration::from_millis(10);

/// How long to wait before listening again after the connection was lost.
const AGAIN: Duration = Duration::from_secs(1);

/// What this process knows of commits: its own and, where it listens, those of others.
#[derive(Debug, Default)]
pub(crate) struct Ear {
    heard: watch::Sender<u64>,
    call: Notify,
}

impl Ear {
    /// Something was committed here.
    pub(crate) fn committed(&self) {
        self.hear();
        self.call.notify_one();
    }

    fn hear(&self) {
        self.heard
            .send_modify(|heard| *heard = heard.wrapping_add(1));
    }

    /// Ends when something is heard after this call.
    pub(crate) fn changed(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut heard = self.heard.subscribe();
        async move {
            if heard.changed().await.is_err() {
                // Without a store there is no news.
                std::future::pending::<()>().await;
            }
        }
    }
}

/// A connection that listens, and calls the others. It ends with the store.
#[derive(Debug)]
pub(crate) struct Listening(JoinHandle<()>);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Listening {
    pub(crate) fn start<T>(config: Config, tls: T, channel: String, ear: &Arc<Ear>) -> Self
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send,
        T::TlsConnect: Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let ear = Arc::clone(ear);
        Self(tokio::spawn(async move {
            loop {
                if let Err(error) = listen(&config, tls.clone(), &channel, &ear).await {
                    let code = error.code().map(tokio_postgres::error::SqlState::code);
                    tracing::warn!(code, "no connection to listen on, again in a second");
                }
                tokio::time::sleep(AGAIN).await;
            }
        }))
    }
}

/// Listens for as long as the connection holds.
async fn listen<T>(config: &Config, tls: T, channel: &str, ear: &Arc<Ear>) -> Result<(), Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let (client, mut connection) = config.connect(tls).await?;
    let own = Arc::new(std::sync::OnceLock::new());
    let (heard, itself) = (Arc::clone(ear), Arc::clone(&own));
    let reading = tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(news) = message {
                // What was committed here was heard when it was.
                if itself.get() != Some(&news.process_id()) {
                    heard.hear();
                }
            }
        }
    });
    let mut reading = Reading(reading);
    let row = client.query_one("SELECT pg_backend_pid()", &[]).await?;
    let _ = own.set(row.try_get::<_, i32>(0)?);
    client.batch_execute(&format!("LISTEN {channel}")).await?;
    // Something may have been told while nobody listened.
    ear.hear();
    let notify = format!("NOTIFY {channel}");
    loop {
        tokio::select! {
            _ = &mut reading.0 => return Ok(()),
            () = ear.call.notified() => client.batch_execute(&notify).await?,
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The task that reads from the connection; it ends with whoever listens.
struct Reading(JoinHandle<()>);

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.abort();
    }
}
