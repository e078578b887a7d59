//! The rules of `Crm` on customer files.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use aspa_crm::{Change, Column, Crm, Cursor, Customer, CustomerKind, ErrorKind, Field, Lookup};
use aspa_crm_csv::{CsvSource, MalformedReason, Mapping};
use aspa_types::{CustomerId, SystemId};
use chrono::{DateTime, Utc};
use proptest::prelude::*;

/// Runs a future that never waits.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a customer file never waits"),
    }
}

fn at(day: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(day * 86_400, 0).unwrap()
}

fn usual() -> Mapping {
    Mapping::usual(SystemId::new("crm").unwrap())
}

fn read(text: &str) -> CsvSource {
    CsvSource::csv(usual(), text.as_bytes(), at(0)).unwrap()
}

fn id(text: &str) -> CustomerId {
    CustomerId::new(SystemId::new("crm").unwrap(), text).unwrap()
}

/// Applies all pages from a cursor on; the state that a reader has then.
fn follow(
    source: &CsvSource,
    cursor: &mut Option<Cursor>,
    limit: usize,
    seen: &mut BTreeMap<String, Customer>,
) {
    loop {
        let page = now(source.changes(cursor.as_ref(), limit)).unwrap();
        assert!(page.changes.len() <= limit.max(1));
        for change in page.changes {
            match change {
                Change::Put(customer) => {
                    seen.insert(customer.id.id.to_string(), customer);
                }
                Change::Gone { id } => {
                    seen.remove(&*id.id);
                }
                other => panic!("{other:?}"),
            }
        }
        *cursor = Some(page.next);
        if page.done {
            break;
        }
    }
}

fn state(source: &CsvSource) -> BTreeMap<String, Customer> {
    source
        .customers()
        .map(|c| (c.id.id.to_string(), c.clone()))
        .collect()
}

#[test]
fn usual_headings_in_two_languages_and_three_delimiters() {
    for text in [
        "id,first_name,last_name,emails,phone,customer_no,company,city,handles\n\
         1,Aino,Virta,a@example.fi;b@example.fi,040 1234567,77,Virta Oy,Oulu,x:@aino|mastodon:m.example:9\n",
        "ID;Etunimi;Sukunimi;Sähköposti;Puhelin;Asiakasnumero;Yritys;Kaupunki;Handle\n\
         1;Aino;Virta;a@example.fi|b@example.fi;040 1234567;77;Virta Oy;Oulu;x:@aino|mastodon:m.example:9\n",
        "\u{feff}id\tfirst name\tlast name\te-mail\tmobile\tasiakasnumero\tcompany\tcity\tsocial\n\
         1\tAino\tVirta\ta@example.fi|b@example.fi\t040 1234567\t77\tVirta Oy\tOulu\tx:@aino|mastodon:m.example:9\n",
    ] {
        let source = read(text);
        let aino = source.customers().next().unwrap();
        assert_eq!(aino.name().as_deref(), Some("Aino Virta"), "{text}");
        assert_eq!(aino.values(&Field::Email), ["a@example.fi", "b@example.fi"]);
        assert_eq!(
            aino.values(&Field::Handle),
            ["x:@aino", "mastodon:m.example:9"]
        );
        assert_eq!(aino.value(&Field::CustomerNumber), Some("77"));
        assert_eq!(aino.value(&Field::Company), Some("Virta Oy"));
        assert_eq!(aino.kind, CustomerKind::Person);
        let phone = aino
            .claims
            .iter()
            .find(|c| c.field == Field::Phone)
            .unwrap();
        assert_eq!(phone.norm.as_deref(), Some("+358401234567"));
    }
}

#[test]
fn a_mapping_names_its_columns_and_takes_no_others() {
    let mut mapping = usual();
    mapping.id = Some("Nro".to_owned());
    mapping.columns = vec![Column::new("Posti", Field::Email).split_at(" ")];
    let text = "nro,posti,secret\n1,a@b.fi c@d.fi,x\n";
    let source = CsvSource::csv(mapping.clone(), text.as_bytes(), at(0)).unwrap();
    let customer = source.customers().next().unwrap();
    assert_eq!(customer.values(&Field::Email), ["a@b.fi", "c@d.fi"]);
    assert_eq!(customer.claims.len(), 2);
    let json = serde_json::to_string(&mapping).unwrap();
    assert_eq!(serde_json::from_str::<Mapping>(&json).unwrap(), mapping);

    let error = CsvSource::csv(mapping, b"nro,name\n1,x\n", at(0)).unwrap_err();
    assert_eq!(
        error.kind(),
        &ErrorKind::Invalid {
            field: "Posti".to_owned()
        }
    );
    assert!(CsvSource::csv(usual(), b"name\nx\n", at(0)).is_err());
}

#[test]
fn rows_that_cannot_be_read_are_reported_and_left_out() {
    let mut text = b"id,city\n1,Oulu\n,Espoo\n2\n1,Turku\n".to_vec();
    text.extend_from_slice(b"3,\xff\n4,Kotka\n");
    let source = CsvSource::csv(usual(), &text, at(0)).unwrap();
    let found: Vec<(u64, MalformedReason)> = source
        .malformed()
        .iter()
        .map(|m| (m.line, m.reason.clone()))
        .collect();
    let expected = [
        (3, MalformedReason::Id),
        (
            4,
            MalformedReason::Columns {
                expected: 2,
                found: 1,
            },
        ),
        (5, MalformedReason::Duplicate { first: 2 }),
        (6, MalformedReason::Utf8),
    ];
    assert_eq!(found, expected);
    assert_eq!(state(&source).into_keys().collect::<Vec<_>>(), ["1", "4"]);
}

#[test]
fn json_lines_of_people_and_companies() {
    let text = concat!(
        r#"{"id":"1","kind":"person","first":"Aino","last":"Virta","emails":["a@b.fi"],"#,
        r#""handles":[{"network":"x","handle":"aino"}],"customer_no":"7","orders":["T1","T2"]}"#,
        "\n\nnot json\n{\"kind\":\"person\"}\n",
        r#"{"id":"2","kind":"company","company":"Virta Oy"}"#,
    );
    let source = CsvSource::json_lines(usual(), text.as_bytes(), at(0));
    let lines: Vec<u64> = source.malformed().iter().map(|m| m.line).collect();
    assert_eq!(lines, [3, 4]);
    let both = state(&source);
    assert_eq!(both["1"].values(&Field::OrderNumber), ["T1", "T2"]);
    assert_eq!(both["1"].value(&Field::Handle), Some("x:@aino"));
    assert_eq!(both["2"].kind, CustomerKind::Company);
}

#[test]
fn find_and_get() {
    let source = read("id,email,phone\n1,Matti@Example.fi,040-123 4567\n2,x@example.fi,\n");
    let find = |field, value: &str| {
        let found = now(source.find(&Lookup::new(field, value))).unwrap();
        found
            .iter()
            .map(|c| c.id.id.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(find(Field::Email, "matti@example.FI"), ["1"]);
    assert_eq!(find(Field::Phone, "+358401234567"), ["1"]);
    assert!(find(Field::City, "Oulu").is_empty());
    let error = now(source.find(&Lookup::new(Field::from("shoe_size"), "42"))).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unsupported);
    assert_eq!(now(source.get(&id("2"))).unwrap().unwrap().id, id("2"));
    assert!(now(source.get(&id("3"))).unwrap().is_none());
    let elsewhere = CustomerId::new(SystemId::new("erp").unwrap(), "2").unwrap();
    assert!(now(source.get(&elsewhere)).unwrap().is_none());
}

#[test]
fn a_value_that_stays_keeps_the_time_at_which_it_was_first_seen() {
    let mut source = read("id,city,country\n1,Oulu,FI\n");
    source
        .update(b"id,city,country\n1,Espoo,FI\n", at(5))
        .unwrap();
    let customer = source.customers().next().unwrap();
    let seen = |field| {
        customer
            .claims
            .iter()
            .find(|c| c.field == field)
            .unwrap()
            .observed_at
    };
    assert_eq!((seen(Field::City), seen(Field::Country)), (at(5), at(0)));
}

#[test]
fn an_empty_file_an_empty_page_and_a_foreign_cursor() {
    let source = read("");
    let page = now(source.changes(None, 10)).unwrap();
    assert!(page.changes.is_empty() && page.done);
    let again = now(source.changes(Some(&page.next), 10)).unwrap();
    assert_eq!(again, page);
    for text in ["0011", "a>b", "a>b@c"] {
        let error = now(source.changes(Some(&Cursor::new(text)), 10)).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::CursorExpired);
    }
}

fn any_file() -> impl Strategy<Value = String> {
    proptest::collection::btree_map("[a-f]{1,2}", "[x-z]", 0..9).prop_map(|rows| {
        let rows = rows.iter().map(|(id, city)| format!("{id},{city}\n"));
        format!("id,city\n{}", rows.collect::<String>())
    })
}

proptest! {
    #[test]
    fn following_the_cursor_ends_in_the_state_of_the_file_whenever_it_changes(
        files in proptest::collection::vec(any_file(), 1..5),
        limit in 0_usize..4,
        pages in 0_usize..4,
    ) {
        let mut source = read(&files[0]);
        let mut seen = BTreeMap::new();
        let mut cursor = None;
        for file in &files {
            source.update(file.as_bytes(), at(1)).unwrap();
            // Stops somewhere on the way, so that the next state finds a reader in the middle.
            for _ in 0..pages {
                let page = now(source.changes(cursor.as_ref(), limit)).unwrap();
                let again = now(source.changes(cursor.as_ref(), limit)).unwrap();
                prop_assert_eq!(&page, &again);
                for change in page.changes {
                    match change {
                        Change::Put(customer) => {
                            seen.insert(customer.id.id.to_string(), customer);
                        }
                        Change::Gone { id } => {
                            seen.remove(&*id.id);
                        }
                        other => panic!("{other:?}"),
                    }
                }
                cursor = Some(page.next);
            }
        }
        follow(&source, &mut cursor, limit, &mut seen);
        prop_assert_eq!(seen, state(&source));
    }

    #[test]
    fn no_bytes_make_it_fail(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = CsvSource::csv(usual(), &bytes, at(0));
        let _ = CsvSource::json_lines(usual(), &bytes, at(0));
        let text = [b"id,email\n".as_slice(), &bytes].concat();
        CsvSource::csv(usual(), &text, at(0)).unwrap();
    }
}
