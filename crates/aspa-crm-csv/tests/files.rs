//! What happens to the files themselves.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;

use aspa_crm::{
    Activity, Claim, Confirmed, Crm, Customer, CustomerKind, Effect, EffectKind, Error, ErrorKind,
    Field, FieldPolicy, HandleRow, NaturalKey, NewCustomer, Owner, Policies, Precondition, Receipt,
    Rule, Verdict, Write,
};
use aspa_crm_csv::{CsvCrm, Mapping, Settings};
use aspa_types::{CustomerId, EffectKey, HandleKey, Network, SystemId};
use chrono::DateTime;
use futures_executor::block_on;

fn crm(folder: &Path) -> CsvCrm {
    let mut settings = Settings::new(Mapping::usual(SystemId::new("crm").unwrap()));
    settings.writes = vec![Field::City, Field::Email];
    settings.owns_rows = true;
    settings.keeps_files = true;
    CsvCrm::new(folder.join("customers.csv"), settings)
}

fn id(id: &str) -> CustomerId {
    CustomerId::new(SystemId::new("crm").unwrap(), id).unwrap()
}

fn perform(crm: &CsvCrm, kind: EffectKind) -> Result<Receipt, Error> {
    let key = EffectKey::new("effect").unwrap();
    block_on(crm.perform(&Effect::new(key, crm.system().clone(), kind)))
}

fn patch(row: &Customer, field: Field, value: &str) -> EffectKind {
    let free = FieldPolicy::new(Owner::Shared, Rule::Overwrite);
    let policies = Policies::default().with(field.clone(), free);
    let us = SystemId::new("us").unwrap();
    let claim = Claim::new(field, value, us, DateTime::UNIX_EPOCH);
    let decided = policies.decide(row, &[claim], Precondition::Weak, DateTime::UNIX_EPOCH);
    let writes: Vec<Write> = decided
        .into_iter()
        .filter_map(|one| match one.verdict {
            Verdict::Write(write) => Some(write),
            _ => None,
        })
        .collect();
    assert_eq!(writes.len(), 1);
    EffectKind::Patch {
        customer: row.id.clone(),
        writes,
        expect: row.version().map(str::to_owned),
    }
}

fn link(customer: &CustomerId, user: &str) -> EffectKind {
    let handle = HandleKey::new(Network::MASTODON, Some("a.example"), user).unwrap();
    EffectKind::LinkHandle {
        customer: customer.clone(),
        handle: HandleRow::new(handle, Confirmed::ByCustomer),
    }
}

const CUSTOMERS: &str = "\u{feff}id;name;email;city;notes\r\n\
    1;Matti;matti@example.fi|masa@example.com;Oulu;\"calls; often\"\r\n\
    2;too few\r\n\
    3;Maija;maija@example.fi;Turku;ok\r\n";

#[test]
fn all_but_the_cell_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("customers.csv"), CUSTOMERS).unwrap();
    let crm = crm(folder.path());
    let maija = block_on(crm.get(&id("3"))).unwrap().unwrap();
    perform(&crm, patch(&maija, Field::City, "Åbo")).unwrap();
    let after = fs::read_to_string(folder.path().join("customers.csv")).unwrap();
    assert_eq!(after, CUSTOMERS.replace("Turku", "Åbo"));
    assert_eq!(crm.malformed().len(), 1);
}

#[test]
fn a_change_by_somebody_else_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("customers.csv");
    fs::write(&path, CUSTOMERS).unwrap();
    let crm = crm(folder.path());
    let maija = block_on(crm.get(&id("3"))).unwrap().unwrap();
    let edited = CUSTOMERS.replace("Turku", "Pori");
    fs::write(&path, &edited).unwrap();
    let error = perform(&crm, patch(&maija, Field::City, "Åbo")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Conflict { .. }));
    assert_eq!(fs::read_to_string(&path).unwrap(), edited);
}

#[test]
fn a_value_that_would_be_read_as_two_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("customers.csv");
    fs::write(&path, CUSTOMERS).unwrap();
    let crm = crm(folder.path());
    let maija = block_on(crm.get(&id("3"))).unwrap().unwrap();
    let error = perform(
        &crm,
        patch(&maija, Field::Email, "a@example.fi|b@example.fi"),
    )
    .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Invalid { field } if field == "email"));
    assert_eq!(fs::read_to_string(&path).unwrap(), CUSTOMERS);
}

#[test]
fn nobody_is_gone_of_a_file_that_is_just_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("customers.csv");
    fs::write(&path, CUSTOMERS).unwrap();
    let crm = crm(folder.path());
    let cursor = block_on(crm.changes(None, 100)).unwrap().next;
    for truncate in [true, false] {
        match truncate {
            true => fs::write(&path, "").unwrap(),
            false => fs::remove_file(&path).unwrap(),
        }
        let error = block_on(crm.changes(Some(&cursor), 100)).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Unavailable);
    }
    fs::write(&path, CUSTOMERS).unwrap();
    let page = block_on(crm.changes(Some(&cursor), 100)).unwrap();
    assert!(page.changes.is_empty() && page.done);
}

#[test]
fn what_somebody_posts_is_no_formula() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("customers.csv"), CUSTOMERS).unwrap();
    let crm = crm(folder.path());
    let key = NaturalKey::derive(&["post"]);
    let mut post = Activity::new(key, id("3"), DateTime::UNIX_EPOCH, "@desk help");
    post.text = Some("=HYPERLINK(\"https://bad.example\")".to_owned());
    perform(&crm, EffectKind::AddActivity(post)).unwrap();
    let file = fs::read(folder.path().join("customers.activities.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(&*file);
    let row = reader.records().next().unwrap().unwrap();
    assert_eq!(&row[3], "'@desk help");
    assert_eq!(&row[4], "'=HYPERLINK(\"https://bad.example\")");

    let values = [
        (Field::FullName, "=1+1"),
        (Field::Phone, "+358 40 123-4567"),
    ];
    let values = values.map(|(field, value)| (field, value.to_owned()));
    let key = NaturalKey::derive(&["new"]);
    let new = NewCustomer::new(key, CustomerKind::Person, values).unwrap();
    fs::write(folder.path().join("people.csv"), "id,name,phone\n").unwrap();
    let mut settings = Settings::new(Mapping::usual(SystemId::new("crm").unwrap()));
    settings.writes = vec![Field::FullName, Field::Phone];
    settings.owns_rows = true;
    let crm = CsvCrm::new(folder.path().join("people.csv"), settings);
    perform(&crm, EffectKind::Create(new)).unwrap();
    let file = fs::read_to_string(folder.path().join("people.csv")).unwrap();
    assert!(file.contains("'=1+1") && !file.contains(",=1+1"), "{file}");
    assert!(file.contains(",+358 40 123-4567"), "{file}");
}

#[test]
fn nothing_is_left_of_who_is_erased() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("customers.csv"), CUSTOMERS).unwrap();
    let crm = crm(folder.path());
    let maija = id("3");
    perform(&crm, link(&maija, "maija")).unwrap();
    let key = NaturalKey::derive(&["post"]);
    let mut post = Activity::new(key, maija.clone(), DateTime::UNIX_EPOCH, "maija asks");
    post.text = Some("I am maija".to_owned());
    perform(&crm, EffectKind::AddActivity(post)).unwrap();
    perform(&crm, EffectKind::Erase { customer: maija }).unwrap();
    for file in fs::read_dir(folder.path()).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!text.to_lowercase().contains("maija"));
    }
}

#[test]
fn of_many_writers_none_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("customers.csv"), CUSTOMERS).unwrap();
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let crm = crm(folder.path());
            std::thread::spawn(move || {
                for number in 0..10 {
                    perform(&crm, link(&id("3"), &format!("u{writer}-{number}"))).unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
    let maija = block_on(crm(folder.path()).get(&id("3"))).unwrap().unwrap();
    assert_eq!(maija.values(&Field::Handle).len(), 80);
}

#[test]
fn a_redaction_makes_no_row() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("customers.csv"), CUSTOMERS).unwrap();
    let activity = NaturalKey::derive(&["post"]);
    perform(&crm(folder.path()), EffectKind::Redact { activity }).unwrap();
    assert!(!folder.path().join("customers.activities.csv").exists());
}
