//! What a million timers hold on the heap, counted by the allocator. Alone in its program, since
//! whatever else ran would be counted too.

use aspa_sla::timers::Timers;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// Bytes a timer, capacity that is not in use included.
fn bytes_each(n: u64, at_once: bool) -> f64 {
    let key = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let before = ALLOCATED.current_usage();
    let mut timers = Timers::new();
    let all = (0..n).map(|n| (key(n), (n % 10_000).cast_signed()));
    if at_once {
        timers.rearm(all.map(|(key, at)| (key, Some(at))));
    } else {
        all.for_each(|(key, at)| timers.set(key, Some(at)));
    }
    let used = ALLOCATED.current_usage() - before;
    assert_eq!(timers.len() as u64, n);
    used as f64 / n as f64
}

#[test]
fn memory_is_at_most_32_bytes_a_timer() {
    // Both sides of a doubling of the table: after it most of it is unused.
    for n in [500, 897, 57_344, 57_345, 1_000_000] {
        let bytes = bytes_each(n, n > 100_000);
        println!("{n:>9} timers: {bytes:.2} bytes each");
        assert!(bytes <= 32.0, "{n} timers: {bytes:.2} bytes each");
    }
}
