//! The connector keeps the contract on real files.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aspa_crm::{Crm, Effect, EffectKind, Field};
use aspa_crm_csv::{CsvCrm, Mapping, Settings};
use aspa_testkit::{CrmFarSide, CrmFixture, crm_trials, libtest_mimic};
use aspa_types::{CustomerId, HandleKey, SystemId};
use async_trait::async_trait;

const HEADING: &str = "id;name;last;email;phone;city;notes\n";

fn system() -> SystemId {
    SystemId::new("crm").unwrap()
}

fn settings() -> Settings {
    let mut settings = Settings::new(Mapping::usual(system()));
    settings.writes = vec![Field::City, Field::FullName, Field::LastName, Field::Email];
    settings.owns_rows = true;
    settings.keeps_files = true;
    settings
}

/// People who have the same files open in a program of their own.
struct People {
    folder: tempfile::TempDir,
    last: AtomicUsize,
}

impl People {
    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn rows(&self, name: &str) -> Vec<csv::StringRecord> {
        let Ok(bytes) = fs::read(self.file(name)) else {
            return Vec::new();
        };
        let delimiter = if name == "customers.csv" { b';' } else { b',' };
        let mut reader = csv::ReaderBuilder::new();
        let mut reader = reader.delimiter(delimiter).from_reader(&*bytes);
        reader.records().map(Result::unwrap).collect()
    }

    fn save(&self, rows: &[csv::StringRecord]) {
        let mut writer = csv::WriterBuilder::new();
        let mut writer = writer
            .delimiter(b';')
            .from_writer(HEADING.as_bytes().to_vec());
        for row in rows {
            writer.write_record(row).unwrap();
        }
        let file = self.file("customers.csv.theirs");
        fs::write(&file, writer.into_inner().unwrap()).unwrap();
        fs::rename(file, self.file("customers.csv")).unwrap();
    }

    fn with(&self, name: &str, cells: &[(usize, &str)]) -> Vec<csv::StringRecord> {
        let rows = self.rows(name).into_iter();
        let fits = |row: &csv::StringRecord| cells.iter().all(|(at, cell)| &row[*at] == *cell);
        rows.filter(fits).collect()
    }
}

fn column(field: &Field) -> Option<usize> {
    Some(match field {
        Field::FullName => 1,
        Field::LastName => 2,
        Field::Email => 3,
        Field::Phone => 4,
        Field::City => 5,
        _ => return None,
    })
}

impl People {
    /// The rows of what an effect is about.
    fn those(&self, effect: &Effect) -> Option<Vec<csv::StringRecord>> {
        let handles = |id: &CustomerId, handle: &HandleKey| {
            let handle = handle.to_string();
            self.with("customers.handles.csv", &[(0, &id.id), (2, &handle)])
        };
        Some(match &effect.kind {
            EffectKind::LinkHandle { customer, handle } => handles(customer, &handle.handle),
            EffectKind::UnlinkHandle { customer, handle } => handles(customer, handle),
            EffectKind::Create(new) => self.with("customers.csv", &[(0, new.key.as_str())]),
            EffectKind::UpsertCase(case) => {
                self.with("customers.cases.csv", &[(0, case.key.as_str())])
            }
            EffectKind::AddActivity(activity) => {
                self.with("customers.activities.csv", &[(0, activity.key.as_str())])
            }
            EffectKind::Redact { activity } => {
                let mut rows = self.with("customers.activities.csv", &[(0, activity.as_str())]);
                rows.retain(|row| !row[4].is_empty());
                rows
            }
            EffectKind::Erase { customer } | EffectKind::Patch { customer, .. } => {
                self.with("customers.csv", &[(0, &customer.id)])
            }
            _ => return None,
        })
    }
}

#[async_trait]
impl CrmFarSide for People {
    async fn make(&self, values: &[(Field, &str)]) -> CustomerId {
        let number = self.last.fetch_add(1, Ordering::SeqCst);
        let id = CustomerId::new(system(), format!("c{number:05}")).unwrap();
        assert!(self.make_again(&id, values).await);
        id
    }

    async fn make_again(&self, id: &CustomerId, values: &[(Field, &str)]) -> bool {
        let mut cells = [&*id.id, "", "", "", "", "", "=not ours"];
        for (field, value) in values {
            if let Some(column) = column(field) {
                cells[column] = value;
            }
        }
        let mut rows = self.rows("customers.csv");
        rows.push(cells.iter().collect());
        self.save(&rows);
        true
    }

    async fn edit(&self, id: &CustomerId, field: &Field, value: &str) -> bool {
        let Some(column) = column(field) else {
            return false;
        };
        let mut rows = self.rows("customers.csv");
        for row in rows.iter_mut().filter(|row| row[0] == *id.id) {
            let cells = row.iter().enumerate();
            *row = cells
                .map(|(at, cell)| if at == column { value } else { cell })
                .collect();
        }
        self.save(&rows);
        true
    }

    async fn delete(&self, id: &CustomerId) -> bool {
        let mut rows = self.rows("customers.csv");
        rows.retain(|row| row[0] != *id.id);
        self.save(&rows);
        true
    }

    async fn rows(&self, effect: &Effect) -> Option<usize> {
        self.those(effect).map(|rows| rows.len())
    }

    async fn values(&self, effect: &Effect) -> Option<Vec<String>> {
        let rows = self.those(effect)?;
        let values = rows.iter().flatten().filter(|value| !value.is_empty());
        Some(values.map(str::to_owned).collect())
    }
}

fn main() {
    let trials = crm_trials("files", async || {
        let people = People {
            folder: tempfile::tempdir().unwrap(),
            last: AtomicUsize::new(0),
        };
        people.save(&[]);
        let path = people.file("customers.csv");
        let again = move || -> Arc<dyn Crm> { Arc::new(CsvCrm::new(path.clone(), settings())) };
        CrmFixture::new(again(), Arc::new(people)).with_again(again)
    });
    libtest_mimic::run(&libtest_mimic::Arguments::from_args(), trials).exit();
}
