use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use libtest_mimic::{Completion, Failed, Trial};

use crate::junit::JunitReport;

/// What a case found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The rule holds.
    Passed,
    /// The rule is broken: what was expected, what came, and what usually causes it.
    Failed(String),
    /// The case could not be tried, and why.
    Skipped(String),
}

/// One named check of one contract rule.
pub struct Case {
    name: String,
    check: Box<dyn FnOnce() -> Verdict + Send>,
}

/// What became of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a name and a verdict")]
pub struct Outcome {
    /// The name of the case; its first word is the rule: `C2 one key, one message`.
    pub name: String,
    /// What it found.
    pub verdict: Verdict,
}

impl Case {
    /// A check under this name.
    #[must_use]
    pub fn new(name: impl Into<String>, check: impl FnOnce() -> Verdict + Send + 'static) -> Self {
        Self {
            name: name.into(),
            check: Box::new(check),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs the check. A panic in it is a failure.
    #[must_use]
    pub fn run(self) -> Outcome {
        let Self { name, check } = self;
        let verdict = catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Verdict::Failed(format!("panicked: {}", text.unwrap_or("without a text")))
        });
        Outcome { name, verdict }
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Case").field(&self.name).finish()
    }
}

/// So many cases are run side by side: most of their time they wait.
const AT_ONCE: usize = 16;

/// Runs cases, several at a time, for whoever wants to look at the outcomes in an ordinary test. The
/// outcomes are in the order of the cases.
#[must_use]
pub fn run(cases: Vec<Case>) -> Vec<Outcome> {
    let waiting = Mutex::new(cases.into_iter().enumerate());
    let next = || {
        let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.next()
    };
    let work = || -> Vec<_> {
        std::iter::from_fn(next)
            .map(|(place, case)| (place, case.run()))
            .collect()
    };
    let mut done: Vec<(usize, Outcome)> = std::thread::scope(|scope| {
        let workers = [(); AT_ONCE].map(|()| scope.spawn(work));
        // No case panics out of its run.
        let done = workers.into_iter().filter_map(|worker| worker.join().ok());
        done.flatten().collect()
    });
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}

/// Hands cases to [`libtest_mimic`], which shows them as `[subject] name`.
///
/// Where the environment variable `ASPA_JUNIT` names a folder, the outcomes are written there too, as a file
/// for JUnit's readers. The file holds what has run so far, also of a run that was stopped.
#[must_use]
pub fn trials(subject: &str, cases: Vec<Case>) -> Vec<Trial> {
    let report = JunitReport::wanted(subject).map(Arc::new);
    let trial = |case: Case| {
        let (name, report) = (case.name.clone(), report.clone());
        let check = move || {
            let began = Instant::now();
            let outcome = case.run();
            if let Some(report) = report {
                report.add(&outcome, began.elapsed())?;
            }
            match outcome.verdict {
                Verdict::Passed => Ok(Completion::Completed),
                Verdict::Skipped(why) => Ok(Completion::ignored_with(why)),
                Verdict::Failed(why) => Err(Failed::from(why)),
            }
        };
        Trial::ignorable_test(name, check).with_kind(subject)
    };
    cases.into_iter().map(trial).collect()
}

/// Why a check ends early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The rule is broken.
    Fault {
        expected: String,
        came: String,
        cause: &'static str,
    },
    /// It cannot be tried.
    Skip(String),
}

/// What a check comes to.
pub(crate) type Checked<T = ()> = Result<T, Stop>;

/// The rule is broken: what was expected, what came, what usually causes it.
pub(crate) fn fault<T>(
    expected: impl Into<String>,
    came: impl Into<String>,
    cause: &'static str,
) -> Checked<T> {
    let (expected, came) = (expected.into(), came.into());
    Err(Stop::Fault {
        expected,
        came,
        cause,
    })
}

/// The rule cannot be tried here.
pub(crate) fn skip<T>(why: impl Into<String>) -> Checked<T> {
    Err(Stop::Skip(why.into()))
}

/// What to report of the case `name`.
pub(crate) fn verdict(name: &str, checked: Checked) -> Verdict {
    match checked {
        Ok(()) => Verdict::Passed,
        Err(Stop::Skip(why)) => Verdict::Skipped(why),
        Err(Stop::Fault {
            expected,
            came,
            cause,
        }) => Verdict::Failed(format!(
            "{name}\n     expected: {expected}\n         came: {came}\n  usual cause: {cause}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_failure_and_a_fault_says_all_three() {
        let cases = vec![
            Case::new("C1 panics", || panic!("oops")),
            Case::new("C2 fails", || {
                verdict("C2 fails", fault("one", "two", "three"))
            }),
            Case::new("C3 skips", || verdict("C3 skips", skip("no edit"))),
        ];
        let verdicts: Vec<_> = run(cases).into_iter().map(|o| o.verdict).collect();
        assert_eq!(verdicts[0], Verdict::Failed("panicked: oops".to_owned()));
        let Verdict::Failed(text) = &verdicts[1] else {
            panic!("{verdicts:?}")
        };
        assert!(
            ["C2", "one", "two", "three"]
                .iter()
                .all(|w| text.contains(w))
        );
        assert_eq!(verdicts[2], Verdict::Skipped("no edit".to_owned()));
    }
}
