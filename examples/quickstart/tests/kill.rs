//! The process is killed at any point, again and again, and then run on to the end: the database
//! holds what it holds after one undisturbed run, and the report is the same to the byte.
//!
//! `ASPA_KILLS` says how many kills have to land between the first and the last commit (25 without
//! it), `ASPA_SEED` repeats the delays of an earlier run.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

mod common;

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use common::{Content, quickstart, run, run_well, texts};
use tempfile::tempdir;

const SIGKILL: i32 = 9;
const RUN: [&str; 3] = ["--db", "day.sqlite", "--json"];

/// Delays that can be had again (SplitMix64).
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let given = std::env::var("ASPA_SEED").ok();
        let seed = given.map_or_else(
            || RandomState::new().build_hasher().finish(),
            |seed| seed.parse().unwrap(),
        );
        println!("ASPA_SEED={seed}");
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Some part of a time, any as probable as any other.
    fn within(&mut self, time: Duration) -> Duration {
        Duration::from_nanos(self.next() % time.as_nanos().max(1) as u64)
    }
}

fn kills() -> usize {
    std::env::var("ASPA_KILLS").map_or(25, |kills| kills.parse().unwrap())
}

fn start(folder: &Path, arguments: &[&str]) -> Child {
    let mut command = quickstart(folder, arguments);
    let silent = command.stdout(Stdio::null()).stderr(Stdio::null());
    silent.spawn().unwrap()
}

/// Waits until something was committed, or the process has ended.
fn first_commit(folder: &Path, child: &mut Child) {
    let log = folder.join("day.sqlite-wal");
    let committed = || std::fs::metadata(&log).is_ok_and(|log| log.len() > 0);
    while !committed() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_micros(100));
    }
}

/// Waits for so long or until the process has ended; then kills it. Returns whether it was still there
/// to be killed; if not, it has ended well.
fn kill_after(delay: Duration, mut child: Child) -> bool {
    let begin = Instant::now();
    while begin.elapsed() < delay && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_micros(200));
    }
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert!(
        status.success() || status.signal() == Some(SIGKILL),
        "{status}"
    );
    !status.success()
}

#[test]
fn killed_at_any_point_it_comes_to_the_same_content() {
    let mut dice = Dice::new();
    let folder = tempdir().unwrap();
    let database = folder.path().join("day.sqlite");
    let begin = Instant::now();
    let mut child = start(folder.path(), &RUN);
    first_commit(folder.path(), &mut child);
    let opening = begin.elapsed();
    assert!(child.wait().unwrap().success());
    let mut window = begin.elapsed() - opening;
    let expected = Content::of(&database);
    let report = run_well(folder.path(), &RUN).out;
    assert_eq!(
        expected.difference(&Content::of(&database)),
        None,
        "a repeat"
    );

    let (wanted, mut inside, mut again, mut outside) = (kills(), 0, 0, 0);
    let mut states: BTreeMap<String, usize> = BTreeMap::new();
    while inside < wanted {
        assert!(
            outside < 50 + 10 * wanted,
            "{outside} kills missed {window:?}"
        );
        let folder = tempdir().unwrap();
        let database = folder.path().join("day.sqlite");
        let mut child = start(folder.path(), &RUN);
        first_commit(folder.path(), &mut child);
        let begin = Instant::now();
        if !kill_after(dice.within(window), child) {
            outside += 1;
            window = (window + begin.elapsed()) / 2;
            continue;
        }
        let left = Content::of(&database);
        if expected.difference(&left).is_none() {
            // After the last commit.
            outside += 1;
            continue;
        }
        inside += 1;
        *states.entry(left.counts()).or_default() += 1;
        // One in four is killed twice, another one three times.
        for _ in 0..(dice.next() % 4).saturating_sub(1) {
            let child = start(folder.path(), &RUN);
            again += usize::from(kill_after(dice.within(opening + window), child));
        }
        let last = run_well(folder.path(), &RUN);
        if let Some(difference) = expected.difference(&Content::of(&database)) {
            panic!("kill {inside}, at {}: {difference}", left.counts());
        }
        assert_eq!(last.out, report, "kill {inside}, at {}", left.counts());
    }
    println!("{inside} killed within {window:?}, {again} of them again, {outside} too late");
    for (state, times) in &states {
        println!("{times:>4}  {state}");
    }
    // Customers, then messages, then clocks: kills came into each.
    assert!(wanted < 20 || states.len() > 2, "{states:?}");
}

/// The network lives and dies with the process, so that nobody can tell here how often it published;
/// what was queued is sent by the next run, and nothing is broken.
#[test]
fn killed_in_a_reply_it_sends_with_the_next_one() {
    let mut dice = Dice::new();
    let origin = tempdir().unwrap();
    let report = run_well(origin.path(), &RUN).out;
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let ticket = report["overdue"][0]["ticket"].as_str().unwrap().to_owned();
    let fresh = || {
        let folder = tempdir().unwrap();
        let (from, to) = (origin.path(), folder.path());
        std::fs::copy(from.join("day.sqlite"), to.join("day.sqlite")).unwrap();
        folder
    };
    let first = [
        "--db",
        "day.sqlite",
        "--reply",
        &ticket,
        "The first answer.",
    ];
    let second = [
        "--db",
        "day.sqlite",
        "--reply",
        &ticket,
        "The second answer.",
    ];
    let show = ["--db", "day.sqlite", "--ticket", &ticket];
    let folder = fresh();
    let begin = Instant::now();
    assert!(start(folder.path(), &first).wait().unwrap().success());
    let length = begin.elapsed();

    let (mut killed, mut states) = (0, BTreeMap::<_, usize>::new());
    while killed < kills().div_ceil(4) {
        let folder = fresh();
        let database = folder.path().join("day.sqlite");
        let child = start(folder.path(), &first);
        // Nearly all of a reply is over before it is queued.
        if !kill_after(length / 2 + dice.within(length / 2), child) {
            continue;
        }
        killed += 1;
        let states_of = || {
            texts(
                &database,
                "SELECT effect ->> '$.state' FROM outbox ORDER BY seq",
            )
        };
        let left = states_of();
        *states.entry(left.clone()).or_default() += 1;
        run_well(folder.path(), &show);
        assert_eq!(states_of(), left, "looking sends nothing");
        run_well(folder.path(), &second);
        assert_eq!(states_of(), vec!["accepted"; left.len() + 1]);
        let shown = run_well(folder.path(), &show).out;
        assert_eq!(
            shown.matches("The first answer.").count(),
            left.len(),
            "{shown}"
        );
        assert_eq!(shown.matches("The second answer.").count(), 1, "{shown}");
        let after = run(folder.path(), &RUN).out;
        let after: serde_json::Value = serde_json::from_str(&after).unwrap();
        let messages = report["messages"].as_u64().unwrap() + left.len() as u64 + 1;
        assert_eq!(after["messages"].as_u64(), Some(messages));
        Content::of(&database);
    }
    println!("{killed} killed in a reply of {length:?}; the outbox held {states:?}");
}
