use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use aspa_types::HandleKey;

use crate::{Decision, Evidence, Linker};

/// Authors that a thread gets at a time.
const CHUNK: usize = 64;
/// Chunks that wait for a thread, and decided ones that wait for the caller.
const WAITING: usize = 4;

type Author = (HandleKey, Vec<Evidence>);

/// The ends of what leads to a worker and back.
struct Lane {
    work: SyncSender<Vec<Author>>,
    done: Receiver<Vec<Decision>>,
}

impl Linker {
    /// Decides about many handles on several threads, and gives each decision to `each` in the order
    /// of the authors, on the caller's thread.
    ///
    /// Memory is bounded: besides what `authors` and `each` hold, some 500 authors a thread. Each
    /// decision is the one that [`decide`](Self::decide) would make at that moment. While this runs,
    /// records may be put and removed.
    ///
    /// # Errors
    /// The first error of `each`; nothing is decided after it but what was under way.
    pub fn decide_all<E>(
        &self,
        authors: impl IntoIterator<Item = (HandleKey, Vec<Evidence>)>,
        threads: NonZeroUsize,
        mut each: impl FnMut(Decision) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut authors = authors.into_iter().fuse();
        if threads == NonZeroUsize::MIN {
            return authors
                .try_for_each(|(handle, evidence)| each(self.decide(&handle, &evidence)));
        }
        thread::scope(|scope| {
            let lanes: Vec<Lane> = (0..threads.get())
                .map(|_| {
                    let (work, todo) = sync_channel::<Vec<Author>>(WAITING);
                    let (decided, done) = sync_channel(WAITING);
                    scope.spawn(move || {
                        for chunk in todo {
                            let decide =
                                |(handle, evidence): &Author| self.decide(handle, evidence);
                            if decided.send(chunk.iter().map(decide).collect()).is_err() {
                                return;
                            }
                        }
                    });
                    Lane { work, done }
                })
                .collect();
            // Chunks go round the lanes and come back in the same turn, hence in order.
            let (mut sent, mut received) = (0, 0);
            loop {
                while sent - received < lanes.len() * WAITING {
                    let chunk: Vec<Author> = authors.by_ref().take(CHUNK).collect();
                    if chunk.is_empty() || lanes[sent % lanes.len()].work.send(chunk).is_err() {
                        break;
                    }
                    sent += 1;
                }
                if received == sent {
                    return Ok(());
                }
                // A lane that is gone has panicked; leaving the scope says so.
                let Ok(decisions) = lanes[received % lanes.len()].done.recv() else {
                    return Ok(());
                };
                received += 1;
                decisions.into_iter().try_for_each(&mut each)?;
            }
        })
    }
}
