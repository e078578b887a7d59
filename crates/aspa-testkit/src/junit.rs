//! Outcomes in the XML that build servers read.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::case::{Outcome, Verdict};

/// Names the folder for reports.
const FOLDER: &str = "ASPA_JUNIT";

/// One file with the outcomes of one subject.
#[derive(Debug)]
pub(crate) struct JunitReport {
    file: PathBuf,
    suite: Mutex<TestSuite>,
}

impl JunitReport {
    /// The report about a subject, if one is wanted.
    pub(crate) fn wanted(subject: &str) -> Option<Self> {
        let folder = PathBuf::from(std::env::var_os(FOLDER)?);
        // Several packages may try a subject of the same name.
        let package = std::env::var("CARGO_PKG_NAME").unwrap_or_default();
        let program = std::env::current_exe().unwrap_or_default();
        let program = program.file_stem().unwrap_or_default().to_string_lossy();
        // Cargo writes a digest behind the name.
        let target = program.rsplit_once('-').map_or(&*program, |(name, _)| name);
        Some(Self::new(&folder, &format!("{package} {target} {subject}")))
    }

    fn new(folder: &Path, name: &str) -> Self {
        let words = name.split(|c: char| !c.is_alphanumeric() && c != '_');
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        Self {
            file: folder.join(words.join("-")).with_extension("xml"),
            suite: Mutex::new(TestSuite::new(name.trim())),
        }
    }

    /// Adds an outcome, and writes all there are.
    pub(crate) fn add(&self, outcome: &Outcome, took: Duration) -> io::Result<()> {
        let status = match &outcome.verdict {
            Verdict::Passed => TestCaseStatus::success(),
            Verdict::Skipped(why) => {
                let mut skipped = TestCaseStatus::skipped();
                skipped.set_message(why.as_str());
                skipped
            }
            Verdict::Failed(why) => {
                let mut failed = TestCaseStatus::non_success(NonSuccessKind::Failure);
                failed.set_description(why.as_str());
                failed
            }
        };
        let mut case = TestCase::new(outcome.name.as_str(), status);
        case.set_time(took);
        let mut suite = self.suite.lock().unwrap_or_else(PoisonError::into_inner);
        suite.add_test_case(case);
        let mut report = Report::new(suite.name.as_str());
        report.add_test_suite(suite.clone());
        let text = report.to_string().map_err(io::Error::other)?;
        let named = |error: io::Error| {
            let file = self.file.display();
            io::Error::new(error.kind(), format!("{FOLDER}: {file}: {error}"))
        };
        if let Some(folder) = self.file.parent() {
            std::fs::create_dir_all(folder).map_err(named)?;
        }
        std::fs::write(&self.file, text).map_err(named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_holds_each_outcome_whatever_signs_are_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let report = JunitReport::new(&folder.path().join("new"), " kit [my \"CRM\"/1]");
        let verdicts = [
            Verdict::Passed,
            Verdict::Skipped("no <edit> & \"no\" delete".to_owned()),
            Verdict::Failed("expected: ]]>\u{1} ä\n came: 🙂".to_owned()),
        ];
        for (place, verdict) in verdicts.into_iter().enumerate() {
            let name = format!("K{place} <a & b>");
            let took = Duration::from_millis(1_500);
            report.add(&Outcome { name, verdict }, took).unwrap();
        }
        let file = folder.path().join("new/kit-my-CRM-1.xml");
        let read = Report::deserialize(std::fs::File::open(file).map(io::BufReader::new).unwrap());
        let read = read.unwrap();
        assert_eq!((read.tests, read.failures), (3, 1));
        let suite = &read.test_suites[0];
        assert_eq!(suite.name.as_str(), "kit [my \"CRM\"/1]");
        let names = suite.test_cases.iter().map(|case| case.name.as_str());
        assert_eq!(
            names.collect::<Vec<_>>(),
            ["K0 <a & b>", "K1 <a & b>", "K2 <a & b>"]
        );
        assert_eq!(suite.test_cases[0].time, Some(Duration::from_millis(1_500)));
        let TestCaseStatus::Skipped { message, .. } = &suite.test_cases[1].status else {
            panic!("{suite:?}")
        };
        assert_eq!(
            message.as_ref().unwrap().as_str(),
            "no <edit> & \"no\" delete"
        );
        let TestCaseStatus::NonSuccess { description, .. } = &suite.test_cases[2].status else {
            panic!("{suite:?}")
        };
        let description = description.as_ref().unwrap().as_str();
        assert!(
            description.contains("]]>") && description.contains("🙂"),
            "{description}"
        );
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let report = JunitReport::new(&file.path().join("below"), "kit");
        let outcome = Outcome {
            name: "K1".to_owned(),
            verdict: Verdict::Passed,
        };
        let error = report.add(&outcome, Duration::ZERO).unwrap_err();
        assert!(error.to_string().contains("ASPA_JUNIT"), "{error}");
    }
}
