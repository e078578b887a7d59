use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aspa_types::CustomerId;
use async_trait::async_trait;

use super::{Batch, Checkpoint};
use crate::{Case, Change, Customer};

/// Where the rows of one system go: a store's tables, or memory.
#[async_trait]
pub trait Mirror: fmt::Debug + Send + Sync {
    /// Why a commit failed.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The checkpoint of the last batch; none before the first.
    ///
    /// # Errors
    ///
    /// Where it cannot be read.
    async fn load(&self) -> Result<Option<Checkpoint>, Self::Error>;

    /// Takes a batch: its rows and its checkpoint together, or nothing of it. Rows get its mark where
    /// it has one, the unchanged ones too; a record that is not there is removed without a word.
    ///
    /// # Errors
    ///
    /// Where nothing was taken.
    async fn commit(&self, batch: Batch) -> Result<(), Self::Error>;

    /// How many rows have a lower mark than this or none, of how many in all.
    ///
    /// # Errors
    ///
    /// Where they cannot be read.
    async fn unmarked(&self, mark: u64) -> Result<(u64, u64), Self::Error>;

    /// The first of those, at most `limit`.
    ///
    /// # Errors
    ///
    /// Where they cannot be read.
    async fn some_unmarked(&self, mark: u64, limit: usize) -> Result<Vec<CustomerId>, Self::Error>;
}

/// A mirror in memory: the reference, and enough for a small customer base. `Debug` shows how many
/// rows it has.
#[derive(Default)]
pub struct MemoryMirror {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    rows: BTreeMap<CustomerId, (Customer, u64)>,
    cases: BTreeMap<String, Case>,
    merged: BTreeMap<CustomerId, CustomerId>,
    checkpoint: Option<Checkpoint>,
}

impl MemoryMirror {
    /// The customers, in the order of ids.
    #[must_use]
    pub fn customers(&self) -> Vec<Customer> {
        let state = self.state();
        state.rows.values().map(|(row, _)| row.clone()).collect()
    }

    /// Into which record one went, through all mergers.
    #[must_use]
    pub fn merged_into(&self, id: &CustomerId) -> Option<CustomerId> {
        let state = self.state();
        let mut last = state.merged.get(id)?;
        // A ring of mergers has no end; its length is no more than all of them.
        for _ in 0..state.merged.len() {
            match state.merged.get(last) {
                Some(next) if next != id => last = next,
                _ => break,
            }
        }
        Some(last.clone())
    }

    /// The cases, in the order of keys.
    #[must_use]
    pub fn cases(&self) -> Vec<Case> {
        self.state().cases.values().cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryMirror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryMirror")
            .field("rows", &self.state().rows.len())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Mirror for MemoryMirror {
    type Error = Infallible;

    async fn load(&self) -> Result<Option<Checkpoint>, Infallible> {
        Ok(self.state().checkpoint.clone())
    }

    async fn commit(&self, batch: Batch) -> Result<(), Infallible> {
        let mut state = self.state();
        let mark = batch.mark.unwrap_or_default();
        for change in batch.changes {
            match change {
                Change::Put(customer) => {
                    state.merged.remove(&customer.id);
                    let id = customer.id.clone();
                    let mark = mark.max(state.rows.get(&id).map_or(0, |(_, mark)| *mark));
                    state.rows.insert(id, (customer, mark));
                }
                Change::Gone { id } => drop(state.rows.remove(&id)),
                Change::Merged { old, into } => {
                    state.rows.remove(&old);
                    state.merged.insert(old, into);
                }
                Change::Case(case) => {
                    state.cases.insert(case.key.to_string(), case);
                }
            }
        }
        for id in batch.unchanged {
            if let Some((_, marked)) = state.rows.get_mut(&id) {
                *marked = mark.max(*marked);
            }
        }
        state.checkpoint = Some(batch.checkpoint);
        Ok(())
    }

    async fn unmarked(&self, mark: u64) -> Result<(u64, u64), Infallible> {
        let state = self.state();
        let gone = state.rows.values().filter(|(_, marked)| *marked < mark);
        Ok((gone.count() as u64, state.rows.len() as u64))
    }

    async fn some_unmarked(&self, mark: u64, limit: usize) -> Result<Vec<CustomerId>, Infallible> {
        let state = self.state();
        let gone = state.rows.iter().filter(|(_, (_, marked))| *marked < mark);
        Ok(gone.take(limit).map(|(id, _)| id.clone()).collect())
    }
}
