//! The thread that works on the connection, and the way to it.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use aspa_store::{Committed, Error, ErrorKind};
use aspa_types::TenantId;
use futures_channel::oneshot;
use rusqlite::Transaction;

use crate::batch::Batch;
use crate::database::Database;
use crate::write::{COMMIT, apply};

/// So many commits that wait are written as one, at most: they share pages, and the disk is waited for
/// once.
const TOGETHER: usize = 8;

/// What the thread is asked to do.
enum Job {
    Commit(Box<Write>),
    Any(Box<dyn FnOnce(&mut Database) + Send>),
}

/// A commit, and who waits for it.
struct Write {
    tenant: TenantId,
    batch: Batch,
    reply: oneshot::Sender<Result<Committed, Error>>,
}

/// The connection, and how many jobs wait for it.
struct Shared {
    database: Mutex<Database>,
    waiting: AtomicUsize,
}

impl Shared {
    /// What a panic left half done was rolled back.
    fn lock(&self) -> MutexGuard<'_, Database> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the thread does until nobody can ask for more.
fn work(queue: &mpsc::Receiver<Job>, shared: &Shared) {
    let mut after = None;
    while let Some(job) = after.take().or_else(|| next(queue, shared)) {
        let done = match job {
            Job::Any(work) => {
                work(&mut shared.lock());
                1
            }
            Job::Commit(first) => {
                let mut writes = vec![*first];
                while writes.len() < TOGETHER && after.is_none() {
                    match queue.try_recv() {
                        Ok(Job::Commit(next)) => writes.push(*next),
                        Ok(other) => after = Some(other),
                        Err(_) => break,
                    }
                }
                let done = writes.len();
                commit(&mut shared.lock(), writes);
                done
            }
        };
        shared.waiting.fetch_sub(done, Ordering::Release);
    }
}

/// The next thing to do; while there is none, what was written is taken into the search.
fn next(queue: &mpsc::Receiver<Job>, shared: &Shared) -> Option<Job> {
    /// Nobody is likely to ask for more just now.
    const QUIET: Duration = Duration::from_millis(50);
    while shared.lock().is_behind() {
        match queue.recv_timeout(QUIET) {
            Ok(job) => return Some(job),
            Err(mpsc::RecvTimeoutError::Timeout) => shared.lock().catch_up(),
            Err(mpsc::RecvTimeoutError::Disconnected) => return None,
        }
    }
    queue.recv().ok()
}

/// Commits all at once; where one of them fails, which then concerns no other, each by itself.
fn commit(database: &mut Database, writes: Vec<Write>) {
    let together = match writes.len() {
        2.. => {
            let parts = writes.iter().map(|write| {
                let work = |tx: &Transaction<'_>, tenant| apply(tx, tenant, &write.batch);
                (&write.tenant, work)
            });
            database.write_for_all(COMMIT, parts).ok()
        }
        _ => None,
    };
    let mut together = together.into_iter().flatten();
    let mut done = Vec::with_capacity(writes.len());
    for Write {
        tenant,
        batch,
        reply,
    } in writes
    {
        let committed = match together.next() {
            Some(committed) => Ok(committed),
            None => database.write_for(COMMIT, &tenant, |tx, tenant| apply(tx, tenant, &batch)),
        };
        // Nobody may be waiting any longer.
        let _ = reply.send(committed);
        // Whoever waits has the answer before what was written is freed.
        done.push(batch);
    }
}

/// The way to the thread that works on the connection.
pub(crate) struct Connected {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
    in_place: bool,
}

impl Connected {
    pub(crate) fn start(database: Database, in_place: bool) -> Result<Self, Error> {
        let (jobs, queue) = mpsc::channel::<Job>();
        let shared = Arc::new(Shared {
            database: Mutex::new(database),
            waiting: AtomicUsize::new(0),
        });
        let theirs = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("aspa-store-sqlite".to_owned())
            .spawn(move || work(&queue, &theirs));
        let thread = thread
            .map_err(|error| Error::new(ErrorKind::Unavailable, "open").with_source(error))?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
            shared,
            in_place,
        })
    }

    /// Has the thread do something. Whoever stops waiting for it does not stop it.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&mut Database) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(move |database: &mut Database| {
            // Nobody may be waiting any longer.
            let _ = reply.send(work(database));
        });
        self.send(Job::Any(job)).ok_or_else(|| gone(operation))?;
        answer.await.map_err(|_| gone(operation))?
    }

    /// Has the thread write a batch, with others that wait. Whoever stops waiting for it does not stop it.
    pub(crate) async fn commit(&self, tenant: TenantId, batch: Batch) -> Result<Committed, Error> {
        if batch.is_one_delivery() {
            let write = |db: &mut Database| {
                db.write_for(COMMIT, &tenant, |tx, tenant| apply(tx, tenant, &batch))
            };
            if let Some(done) = self.at_once(write) {
                return done;
            }
        }
        let (reply, answer) = oneshot::channel();
        let write = Write {
            tenant,
            batch,
            reply,
        };
        self.send(Job::Commit(Box::new(write)))
            .ok_or_else(|| gone(COMMIT))?;
        answer.await.map_err(|_| gone(COMMIT))?
    }

    /// Does something brief on the thread of whoever asks, where the store was opened so and nobody is
    /// at work or waits.
    fn at_once<T>(&self, work: impl FnOnce(&mut Database) -> T) -> Option<T> {
        // A lock does not let in first who came first: whoever waits would wait long.
        if !self.in_place || self.shared.waiting.load(Ordering::Acquire) > 0 {
            return None;
        }
        let mut database = self.shared.database.try_lock().ok()?;
        let was_behind = database.is_behind();
        let done = work(&mut database);
        if !was_behind && database.is_behind() {
            // The thread sleeps until somebody wants something: now the search does.
            let _ = self.send(Job::Any(Box::new(|_| {})));
        }
        Some(done)
    }

    fn send(&self, job: Job) -> Option<()> {
        self.shared.waiting.fetch_add(1, Ordering::Release);
        self.jobs.as_ref().and_then(|jobs| jobs.send(job).ok())
    }
}

fn gone(operation: &'static str) -> Error {
    Error::new(ErrorKind::Other, operation).with_detail("the database's thread has ended")
}

impl Drop for Connected {
    fn drop(&mut self) {
        // Without a sender the queue ends, after everything in it.
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Connected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connected").finish_non_exhaustive()
    }
}
