//! Work on many things by several threads.

use std::thread;

/// What `work` makes of each, in their order.
pub(crate) fn map<T: Sync, R: Send>(
    all: &[T],
    threads: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let (part, work) = (all.len().div_ceil(threads.max(1)).max(1), &work);
    thread::scope(|scope| {
        let running: Vec<_> = all
            .chunks(part)
            .map(|part| scope.spawn(move || part.iter().map(work).collect::<Vec<_>>()))
            .collect();
        let done = running.into_iter().map(|thread| match thread.join() {
            Ok(made) => made,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        let mut made = Vec::with_capacity(all.len());
        done.for_each(|part| made.extend(part));
        made
    })
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn the_order_is_kept_whatever_the_number_of_threads() {
        let all: Vec<u32> = (0..10).collect();
        let expected: Vec<u32> = all.iter().map(|one| one * 2).collect();
        for threads in [0, 1, 2, 3, 10, 50] {
            assert_eq!(map(&all, threads, |one| one * 2), expected, "{threads}");
        }
        assert!(map(&[], 2, |one: &u32| *one).is_empty());
    }
}
