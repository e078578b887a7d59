//! K8 and K9: looking somebody up.

use aspa_crm::{Customer, ErrorKind, Field, Lookup};
use aspa_types::{CustomerId, SystemId};

use super::stage::{Stage, ok};
use crate::case::{Checked, fault, skip};

async fn find(s: &Stage, field: &Field, value: &str) -> Checked<Vec<CustomerId>> {
    if !s.crm().capabilities().lookups.contains(field) {
        return skip(format!("{field} is not looked up"));
    }
    let found = s.crm().find(&Lookup::new(field.clone(), value)).await;
    let found: Vec<Customer> = ok(found, "who is found")?;
    Ok(found.into_iter().map(|customer| customer.id).collect())
}

async fn hold(
    s: &Stage,
    field: &Field,
    spellings: &[&str],
    wanted: &[CustomerId],
    cause: &'static str,
) -> Checked {
    for spelling in spellings {
        let found = find(s, field, spelling).await?;
        if found != wanted {
            return fault(
                format!(
                    "{} record(s) by {field} however written, in order",
                    wanted.len()
                ),
                format!("{} record(s), or others", found.len()),
                cause,
            );
        }
    }
    Ok(())
}

async fn with(s: &Stage, field: Field, value: &str) -> CustomerId {
    let values = [
        (Field::FullName, "Somebody"),
        (Field::LastName, "Somebody"),
        (field, value),
    ];
    s.fixture.far.make(&values).await
}

pub(super) async fn email(s: &Stage) -> Checked {
    s.make(3).await;
    let id = with(s, Field::Email, "Matti.Meikalainen@Example.FI").await;
    let spellings = [
        "Matti.Meikalainen@Example.FI",
        "matti.meikalainen@example.fi",
        " MATTI.MEIKALAINEN@EXAMPLE.FI ",
    ];
    let cause = "a comparison that tells upper from lower case";
    hold(s, &Field::Email, &spellings, &[id], cause).await
}

pub(super) async fn phone(s: &Stage) -> Checked {
    s.make(2).await;
    let id = with(s, Field::Phone, "040 123 4567").await;
    let spellings = [
        "040 123 4567",
        "+358401234567",
        "040-1234567",
        "+358 40 123 4567",
    ];
    let cause = "numbers are compared as they are written, not by `normal::phone`";
    hold(s, &Field::Phone, &spellings, &[id], cause).await
}

pub(super) async fn every_holder(s: &Stage) -> Checked {
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(with(s, Field::Email, "family@example.fi").await);
    }
    ids.sort();
    let cause = "only the first is taken, or the order is the system's";
    hold(s, &Field::Email, &["family@example.fi"], &ids, cause).await
}

pub(super) async fn nobody(s: &Stage) -> Checked {
    s.make(2).await;
    let cause = "an empty condition finds everybody";
    hold(
        s,
        &Field::Email,
        &["nobody@example.fi", "no e-mail", "", " "],
        &[],
        cause,
    )
    .await
}

pub(super) async fn signs(s: &Stage) -> Checked {
    s.make(3).await;
    let signs = [
        "%@example.fi",
        "p_@example.fi",
        "*@example.fi",
        "p0@example.fi' OR '1'='1",
        "p0@example.fi\" or \"\"=\"",
        "\\",
        "'; DROP TABLE contacts; --",
        "{\"$ne\":null}",
        "p0@example.fi\0",
        "💥@💥.fi",
    ];
    let cause = "a value that gets into a query without being escaped";
    hold(s, &Field::Email, &signs, &[], cause).await
}

pub(super) async fn parts(s: &Stage) -> Checked {
    let id = with(s, Field::Email, "matti@example.fi").await;
    let cause = "a search that takes parts for the whole";
    hold(
        s,
        &Field::Email,
        &["matti@example.fi.evil", "atti@example.fi", "matti@example"],
        &[],
        cause,
    )
    .await?;
    hold(s, &Field::Email, &["matti@example.fi"], &[id], cause).await
}

pub(super) async fn refused(s: &Stage) -> Checked {
    let field = Field::from("no_such_field");
    match s.crm().find(&Lookup::new(field, "x")).await {
        Err(error) if *error.kind() == ErrorKind::Unsupported => {}
        Err(error) => return fault("Unsupported", error.to_string(), "a field that is sent on"),
        Ok(found) => {
            let came = format!("{} records", found.len());
            return fault(
                "Unsupported",
                came,
                "a field that is not known finds everybody",
            );
        }
    }
    Ok(())
}

pub(super) async fn got(s: &Stage) -> Checked {
    let ids = s.make(3).await;
    let (rows, _) = s.everything(10).await?;
    for id in &ids {
        let record = ok(s.crm().get(id).await, "the record")?;
        let values = |row: &Customer| -> Vec<(String, String)> {
            let each = row.claims.iter();
            let mut all: Vec<_> = each
                .map(|c| (c.field.to_string(), c.value.clone()))
                .collect();
            all.sort();
            all
        };
        let fed = rows.get(id).and_then(Option::as_ref).map(values);
        if record.as_ref().map(values) != fed || fed.is_none() {
            return fault(
                "the record as `changes` gave it",
                "another, or none",
                "two mappings, one for each way of reading",
            );
        }
    }
    Ok(())
}

async fn is_none(s: &Stage, id: &CustomerId) -> Checked {
    match ok(s.crm().get(id).await, "none")? {
        None => Ok(()),
        Some(_) => fault("none", "a record", "an id that is not looked at"),
    }
}

pub(super) async fn not_there(s: &Stage) -> Checked {
    let known = s.one().await;
    for text in ["no-such-id", "999999999", "../1", "1 OR 1=1", "💥"] {
        if let Ok(id) = CustomerId::new(known.system.clone(), text) {
            is_none(s, &id).await?;
        }
    }
    Ok(())
}

pub(super) async fn foreign(s: &Stage) -> Checked {
    let known = s.one().await;
    let id = SystemId::new("another").and_then(|system| CustomerId::new(system, &*known.id));
    match id {
        Ok(id) => is_none(s, &id).await,
        Err(_) => skip("no id"),
    }
}
