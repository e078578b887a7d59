use chrono::{DateTime, Utc};

use super::{Batch, Mirror, Reading, Step, TooManyGone};
use crate::{Crm, Error, ErrorKind};

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Done {
    /// Read this many changes that were news.
    Read {
        /// How many.
        news: usize,
    },
    /// Removed what did not come any more.
    Swept {
        /// How many.
        gone: usize,
    },
    /// Nothing is to be done before then.
    Wait {
        /// Until when.
        until: DateTime<Utc>,
    },
}

/// Why a step did not go well. The next one goes on all the same.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepError<E: std::error::Error + 'static> {
    /// The system failed; when to try again is noted.
    #[error("the system failed")]
    Crm(#[source] Error),
    /// The mirror failed; what was read is read again.
    #[error("what was read could not be kept")]
    Mirror(#[source] E),
    /// More records are gone than a system loses.
    #[error(transparent)]
    TooManyGone(TooManyGone),
}

/// Does the next thing that a reading wants, and commits it with its checkpoint. Dropped half-way, the
/// next one does it again.
///
/// # Errors
///
/// [`StepError`]; the reading knows of it, and the next step waits or goes on as it should.
pub async fn step<M: Mirror>(
    reading: &mut Reading,
    crm: &dyn Crm,
    mirror: &M,
    now: DateTime<Utc>,
) -> Result<Done, StepError<M::Error>> {
    let (batch, failed) = match reading.next(now) {
        Step::Wait { until } => return Ok(Done::Wait { until }),
        Step::Sweep { mark } => return sweep(reading, mirror, mark, now).await,
        Step::Read { cursor, limit } => match crm.changes(cursor.as_ref(), limit).await {
            Ok(page) => {
                let batch = reading.took(page, now);
                if let Some(gone) = reading.removes_many(&batch) {
                    let (_, known) = mirror.unmarked(0).await.map_err(StepError::Mirror)?;
                    if let Err(too_many) = reading.may_remove(gone, known) {
                        let batch = reading.refused(now);
                        commit(reading, mirror, batch).await?;
                        return Err(StepError::TooManyGone(too_many));
                    }
                }
                (batch, None)
            }
            Err(error) => (reading.failed(&error, now), Some(error)),
        },
        Step::Get(id) => match crm.get(&id).await {
            Ok(record) => (reading.got(&id, record), None),
            Err(error) => (reading.failed(&error, now), Some(error)),
        },
    };
    let news = batch.changes.len();
    commit(reading, mirror, batch).await?;
    match failed {
        // It heals by itself: everything is read again.
        Some(error) if *error.kind() == ErrorKind::CursorExpired => Ok(Done::Read { news: 0 }),
        Some(error) => Err(StepError::Crm(error)),
        None => Ok(Done::Read { news }),
    }
}

/// Takes steps until nothing more is to be done before some later time; says until when. `now` is asked
/// before each step.
///
/// # Errors
///
/// The first [`StepError`].
pub async fn catch_up<M: Mirror>(
    reading: &mut Reading,
    crm: &dyn Crm,
    mirror: &M,
    now: impl Fn() -> DateTime<Utc>,
) -> Result<DateTime<Utc>, StepError<M::Error>> {
    loop {
        if let Done::Wait { until } = step(reading, crm, mirror, now()).await? {
            return Ok(until);
        }
    }
}

async fn sweep<M: Mirror>(
    reading: &mut Reading,
    mirror: &M,
    mark: u64,
    now: DateTime<Utc>,
) -> Result<Done, StepError<M::Error>> {
    /// So many rows are removed in one commit.
    const AT_ONCE: usize = 1000;
    let (gone, known) = mirror.unmarked(mark).await.map_err(StepError::Mirror)?;
    if let Err(too_many) = reading.may_sweep(gone, known) {
        reading.sweep_later(now);
        return Err(StepError::TooManyGone(too_many));
    }
    // Said once for the whole: what is left after some were removed is a larger share.
    reading.allow_gone();
    let mut removed = 0;
    loop {
        let some = mirror.some_unmarked(mark, AT_ONCE).await;
        let some = some.map_err(StepError::Mirror)?;
        removed += some.len();
        let last = some.len() < AT_ONCE;
        let batch = reading.swept(some, last, now);
        commit(reading, mirror, batch).await?;
        if last {
            return Ok(Done::Swept { gone: removed });
        }
    }
}

async fn commit<M: Mirror>(
    reading: &mut Reading,
    mirror: &M,
    batch: Batch,
) -> Result<(), StepError<M::Error>> {
    let committed = mirror.commit(batch.clone()).await;
    committed.map_err(StepError::Mirror)?;
    reading.committed(&batch);
    Ok(())
}
