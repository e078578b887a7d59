use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};
use std::{fmt, hint, thread};

use aspa_crm::Customer;
use aspa_types::{CustomerId, HandleKey, Secret};

use crate::card::Draft;
use crate::decide::Decider;
use crate::facts::Facts;
use crate::state::State;
use crate::store::Keyed;
use crate::{Decision, Evidence, Model, Settings, WeakKey};

/// Records that [`put_all`](Linker::put_all) writes at a time: readers wait for so many.
const CHUNK: usize = 64;
/// Chunks of each thread that wait to be written.
const WAITING: usize = 4;
/// How often who waits for the state looks again before sleeping: some hundred microseconds, longer than
/// a question takes. Who sleeps may be woken on a core where another works, and wait for its turn there.
const LOOKS: usize = 1 << 13;

/// The customers that handles are compared with, and the rules and rates by which they are.
///
/// One for each tenant, shared between threads: readers run side by side, and what a call to
/// [`put`](Self::put) or [`remove`](Self::remove) wrote is seen by every question that starts after it
/// returned. Everything is in memory. E-mails, phones and numbers are held as keyed hashes only; `Debug`
/// shows how many customers there are and none of them.
pub struct Linker {
    settings: Settings,
    model: Model,
    /// As in the state, to make records ready without waiting for it.
    keyed: Keyed,
    state: RwLock<State>,
    /// A writer waits or writes: questions that have not begun let it go first.
    is_awaited: AtomicBool,
    /// Held by whoever writes, and while saving: then writers wait here and not at `state`, where
    /// they would make questions wait behind them.
    pub(crate) writes: Mutex<()>,
}

impl Linker {
    /// Nobody yet, with the shipped rates.
    ///
    /// Keys of what strangers write are hashed with a random key of this process; to save and load, or to
    /// compare hashes between processes, give a key of the tenant's with [`with_key`](Self::with_key).
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        use std::hash::{BuildHasher, RandomState};
        let half = || RandomState::new().hash_one(0_u64).to_le_bytes();
        let mut key = [0; 16];
        key[..8].copy_from_slice(&half());
        key[8..].copy_from_slice(&half());
        Self::with_key(settings, key)
    }

    /// Nobody yet, with a secret of the tenant's own under which personal values are hashed.
    #[must_use]
    pub fn with_key(settings: Settings, key: [u8; 16]) -> Self {
        Self::of(settings, State::new(key))
    }

    pub(crate) fn of(settings: Settings, state: State) -> Self {
        Self {
            settings,
            model: Model::default(),
            keyed: state.keyed.clone(),
            state: RwLock::new(state),
            is_awaited: AtomicBool::new(false),
            writes: Mutex::new(()),
        }
    }

    /// Nobody yet, with a key that is made of the host's secret for one tenant: the same in every process
    /// that has the secret, and another one for every tenant.
    ///
    /// # Errors
    ///
    /// [`WeakKey`] when the secret has fewer than 16 bytes.
    pub fn with_secret(settings: Settings, secret: &Secret, tenant: &str) -> Result<Self, WeakKey> {
        let key = crate::erase::Keyed::new(secret)?.hash(&["linker", tenant]);
        Ok(Self::with_key(settings, key.to_be_bytes()))
    }

    /// The same with these rates.
    #[must_use]
    pub fn model(mut self, model: Model) -> Self {
        self.model = model;
        self
    }

    /// The rates in use.
    #[must_use]
    pub fn rates(&self) -> &Model {
        &self.model
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Takes a record in, in place of the one with the same id. Whether there was room: up to 2^31
    /// records fit.
    pub fn put(&self, customer: &Customer) -> bool {
        let draft = Draft::of(customer, &self.keyed, self.settings.region);
        self.write(|state| state.put(&customer.id, draft))
    }

    /// Takes records in as [`put`](Self::put) does one after the other, made ready by so many threads
    /// while this one writes: for filling. Whether there was room for all; if not, those before the first
    /// for which there was none are in. Questions are answered in between.
    pub fn put_all(&self, customers: &[Customer], threads: NonZeroUsize) -> bool {
        let draft = |customer| Draft::of(customer, &self.keyed, self.settings.region);
        let chunks = || customers.chunks(CHUNK);
        thread::scope(|scope| {
            let lanes: Vec<Receiver<Vec<Draft>>> = (0..threads.get())
                .map(|lane| {
                    let (ready, drafts) = sync_channel(WAITING);
                    scope.spawn(move || {
                        for chunk in chunks().skip(lane).step_by(threads.get()) {
                            if ready.send(chunk.iter().map(draft).collect()).is_err() {
                                return;
                            }
                        }
                    });
                    drafts
                })
                .collect();
            chunks().zip(lanes.iter().cycle()).all(|(chunk, lane)| {
                // A lane that is gone has panicked; leaving the scope says so.
                let drafts = lane.recv().unwrap_or_default();
                self.write(|state| {
                    let mut both = chunk.iter().zip(drafts);
                    both.all(|(customer, draft)| state.put(&customer.id, draft))
                })
            })
        })
    }

    /// Takes a record out; whether it was there.
    pub fn remove(&self, id: &CustomerId) -> bool {
        self.write(|state| state.remove(id))
    }

    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.read().len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Memory that the customers take, in bytes, as far as it grows with them.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.read().bytes()
    }

    /// Who a handle is, as far as the evidence tells.
    ///
    /// A fold over the set of evidence: its order, and a piece that comes twice, change nothing.
    /// Nothing known, or nobody here: [`Verdict::None`](crate::Verdict::None).
    #[must_use]
    pub fn decide(&self, handle: &HandleKey, evidence: &[Evidence]) -> Decision {
        let facts = Facts::of(evidence, &self.settings);
        let state = self.read();
        self.decider(&state).decide(handle, &facts)
    }

    pub(crate) fn decider<'a>(&'a self, state: &'a State) -> Decider<'a> {
        Decider::new(state, &self.model, &self.settings)
    }

    pub(crate) fn write<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let _turn = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        let _awaited = Awaited::new(&self.is_awaited);
        change(&mut self.alone())
    }

    /// Waits until no question is under way, which is soon; asleep only if it is not.
    fn alone(&self) -> RwLockWriteGuard<'_, State> {
        for _ in 0..LOOKS {
            match self.state.try_write() {
                Ok(state) => return state,
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => hint::spin_loop(),
            }
        }
        self.is_awaited.store(false, Ordering::Relaxed);
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, State> {
        let mut looks = 0;
        while looks < LOOKS && self.is_awaited.load(Ordering::Relaxed) {
            hint::spin_loop();
            looks += 1;
        }
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// While it lives, a writer waits or writes.
struct Awaited<'a>(&'a AtomicBool);

impl<'a> Awaited<'a> {
    fn new(is_awaited: &'a AtomicBool) -> Self {
        is_awaited.store(true, Ordering::Relaxed);
        Self(is_awaited)
    }
}

impl Drop for Awaited<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl fmt::Debug for Linker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Linker")
            .field("customers", &self.len())
            .finish_non_exhaustive()
    }
}
