//! A short run finds nothing, and each worker that is broken on purpose is found out.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::process::Command;

/// Whether a run went well, and what it said.
fn run(arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_crash"))
        .args(arguments)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    println!("{said}");
    (output.status.success(), said)
}

#[test]
fn killed_again_and_again_a_desk_loses_nothing_and_doubles_nothing() {
    let (well, said) = run(&["--kills", "15"]);
    assert!(well && said.contains("nothing lost, nothing doubled, nothing stuck"));
}

/// Runs until kills have come to where the fault shows, which few do not.
fn found(broken: &str, sign: &str) {
    let runs = (0..3).any(|_| {
        let (well, said) = run(&["--kills", "30", "--broken", broken]);
        !well && said.contains(sign)
    });
    assert!(runs, "{broken} was not found out");
}

#[test]
fn a_desk_that_acknowledges_before_it_keeps_is_found_out() {
    found("acknowledges-first", "lost: ");
}

#[test]
fn a_desk_that_performs_before_it_writes_down_that_it_tried_is_found_out() {
    found("performs-first", "tried ");
}

#[test]
fn a_desk_that_does_not_look_before_it_repeats_is_found_out() {
    found("repeats-blindly", "doubled: ");
}
