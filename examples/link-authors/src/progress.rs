//! How far it has got, on standard error.

use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Runs `work`, and tells every half second how many of `all` are done: where there is somebody to
/// read it, or `always`.
pub(crate) fn telling<T>(
    what: &str,
    all: usize,
    always: bool,
    work: impl FnOnce(&AtomicUsize) -> T,
) -> T {
    let terminal = std::io::stderr().is_terminal();
    let done = AtomicUsize::new(0);
    if !terminal && !always {
        return work(&done);
    }
    let (ended, start) = (AtomicBool::new(false), Instant::now());
    let show = |last: bool| {
        // Some are decided about twice.
        let done = done.load(Ordering::Relaxed).min(all);
        let line = line(what, done, all, start.elapsed());
        let end = if last || !terminal { "\n" } else { "" };
        let start = if terminal { "\r\x1b[2K" } else { "" };
        // A report that cannot be shown is no reason to stop.
        let _ = write!(std::io::stderr(), "{start}{line}{end}");
    };
    std::thread::scope(|scope| {
        let teller = scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                std::thread::park_timeout(Duration::from_millis(500));
                if !ended.load(Ordering::Relaxed) {
                    show(false);
                }
            }
        });
        let result = work(&done);
        ended.store(true, Ordering::Relaxed);
        teller.thread().unpark();
        show(true);
        result
    })
}

fn line(what: &str, done: usize, all: usize, spent: Duration) -> String {
    let rate = done as f64 / spent.as_secs_f64().max(1e-3);
    let share = 100 * done / all.max(1);
    let left = match rate > 0.0 {
        true => format!("{:.0} s left", (all.saturating_sub(done)) as f64 / rate),
        false => "no end in sight".to_owned(),
    };
    format!("{what}: {done} of {all} ({share} %), {rate:.0} a second, {left}")
}

#[cfg(test)]
mod tests {
    use super::line;
    use std::time::Duration;

    #[test]
    fn a_line_tells_share_rate_and_end() {
        let told = line("authors", 250, 1000, Duration::from_secs(5));
        assert_eq!(told, "authors: 250 of 1000 (25 %), 50 a second, 15 s left");
        assert!(line("authors", 0, 0, Duration::ZERO).ends_with("no end in sight"));
    }
}
