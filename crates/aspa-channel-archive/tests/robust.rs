//! Whatever a file holds: nothing panics, and what is broken takes nothing else with it.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::collections::BTreeMap;

use aspa_channel::{Channel, Event};
use aspa_channel_archive::{Archive, Format};
use common::{account, events, message};
use proptest::prelude::*;

const COLUMNS: [&str; 7] = [
    "tweet_id",
    "author_id",
    "inbound",
    "created_at",
    "text",
    "response_tweet_id",
    "in_response_to_tweet_id",
];

fn quoted(field: &str, always: bool) -> String {
    if always || field.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

/// The rows of a file, one after the other, with their texts by id.
#[derive(Debug, Clone)]
struct File {
    header: String,
    rows: Vec<String>,
    texts: BTreeMap<String, String>,
}

impl File {
    fn bytes(&self) -> Vec<u8> {
        format!("{}\n{}", self.header, self.rows.concat()).into_bytes()
    }
}

/// A valid file: any order of columns and rows, texts made of what is hard in CSV.
fn file() -> impl Strategy<Value = File> {
    let text = proptest::string::string_regex("([\",\n]|\r\n|,1,|[ab1ä\r ]){0,6}").unwrap();
    let row = (text, any::<bool>(), 0..9_usize, 0..4_u32, any::<bool>());
    let order = Just((0..7).collect::<Vec<usize>>()).prop_shuffle();
    (
        proptest::collection::vec(row, 1..9).prop_shuffle(),
        order,
        any::<bool>(),
        prop_oneof![Just("\n"), Just("\r\n")],
    )
        .prop_map(|(rows, order, always, end)| {
            let line = |values: [&str; 7]| {
                let fields: Vec<String> = order
                    .iter()
                    .map(|&column| quoted(values[column], always))
                    .collect();
                fields.join(",")
            };
            let mut texts = BTreeMap::new();
            let mut lines = Vec::new();
            for (i, (text, inbound, parent, second, answered)) in rows.into_iter().enumerate() {
                let id = (100_000 + i).to_string();
                let parent = format!("{}.0", 100_000 + parent);
                let values = [
                    id.as_str(),
                    if inbound { "7" } else { "acme" },
                    if inbound { "True" } else { "False" },
                    &format!("Tue Oct 31 22:10:0{second} +0000 2017"),
                    &text,
                    if answered { "100001,100002" } else { "" },
                    if answered { &parent } else { "" },
                ];
                lines.push(line(values) + end);
                texts.insert(id, text);
            }
            File {
                header: line(COLUMNS),
                rows: lines,
                texts,
            }
        })
}

fn texts(events: &[Event]) -> BTreeMap<String, String> {
    let message = |event| {
        let message = message(event);
        (message.key.id.to_string(), message.text())
    };
    events.iter().map(message).collect()
}

/// Puts `byte` into a line at a place, replaces the byte there, cuts it out or cuts the line off.
fn corrupt(row: &str, line: usize, place: usize, byte: u8, how: u8) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = row
        .split_inclusive('\n')
        .map(|line| line.as_bytes().to_vec())
        .collect();
    let line = line % lines.len();
    let line = &mut lines[line];
    let place = place % line.len();
    match how {
        0 => line.insert(place, byte),
        1 if line[place] != b'\n' => line[place] = byte,
        2 if line[place] != b'\n' => {
            line.remove(place);
        }
        _ => {
            line.truncate(place);
            line.push(b'\n');
        }
    }
    lines.concat()
}

fn never_panics(bytes: &[u8]) -> Result<(), TestCaseError> {
    for format in [Format::Tweets, Format::JsonLines] {
        let mut done = 0;
        let read = Archive::read(account(), format, bytes, &mut |now| {
            assert!(now >= done);
            done = now;
        });
        if let Ok(archive) = read {
            prop_assert_eq!(done, bytes.len());
            let archive = archive.with_page_size(3);
            let events = events(&archive);
            prop_assert_eq!(events.len(), archive.events());
            prop_assert!(archive.messages() <= events.len());
            for event in &events {
                prop_assert!(event.provenance.raw.is_some());
            }
            let _ = archive.network();
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        never_panics(&bytes)?;
    }

    #[test]
    fn fragments_of_tweets_never_panic(
        fragments in proptest::collection::vec(
            prop_oneof![
                "[\",\r\n]{1,2}".boxed(),
                "[0-9]{1,2},(acme|7),(True|False),Tue Oct 31 22:10:0[0-9] [+-]0[0-9]00 2017,x,,[0-9]?\n".boxed(),
                "\\PC{0,3}".boxed(),
            ],
            0..20,
        )
    ) {
        never_panics(format!("{}\n{}", COLUMNS.join(","), fragments.concat()).as_bytes())?;
    }

    #[test]
    fn fragments_of_lines_never_panic(
        lines in proptest::collection::vec(
            (
                "(message|edit|delete|tag|handle|x)",
                "(in|out)",
                0..4_u8,
                prop_oneof![
                    Just("2026-03-02T09:00:00Z"),
                    Just("2026-03-02T09:00:01Z"),
                    Just("-262143-01-01T00:00:00Z"),
                    Just("+262142-12-31T23:59:59Z"),
                    Just("never"),
                ],
                0..4_u8,
                "[}\"]?",
            ),
            0..12,
        )
    ) {
        let lines: Vec<String> = lines
            .into_iter()
            .map(|(word, direction, id, at, parent, end)| format!(
                "{{\"type\":\"{word}\",\"network\":\"x\",\"id\":{id},\"conversation\":{parent},\
                 \"direction\":\"{direction}\",\"author\":7,\"handle\":7,\"customer\":null,\
                 \"at\":\"{at}\",\"in_reply_to\":{parent},\"text\":\"t\"}}{end}\n"
            ))
            .collect();
        never_panics(lines.concat().as_bytes())?;
    }

    #[test]
    fn valid_rows_are_read_as_they_were_meant(file in file()) {
        let archive = Archive::read_tweets(account(), &file.bytes()).unwrap();
        prop_assert_eq!(archive.rejected(), &[]);
        prop_assert_eq!(texts(&events(&archive)), file.texts);
    }

    #[test]
    fn the_order_of_rows_does_not_matter(file in file(), seed in any::<usize>()) {
        let mut other = file.clone();
        let len = other.rows.len();
        other.rows.rotate_left(seed % len);
        other.rows.swap(0, seed / 7 % len);
        let read = |file: &File| events(&Archive::read_tweets(account(), &file.bytes()).unwrap());
        prop_assert_eq!(read(&file), read(&other));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_corrupted_line_costs_no_other_row(
        file in file(),
        (row, line, place) in any::<(usize, usize, usize)>(),
        byte in prop_oneof![Just(b'"'), Just(b','), Just(b'x'), Just(b'\r'), Just(0xff), Just(b' ')],
        how in 0..4_u8,
    ) {
        let row = row % file.rows.len();
        let mut bytes = format!("{}\n{}", file.header, file.rows[..row].concat()).into_bytes();
        bytes.extend(corrupt(&file.rows[row], line, place, byte, how));
        bytes.extend(file.rows[row + 1..].concat().into_bytes());
        let archive = Archive::read_tweets(account(), &bytes).unwrap();
        let found = texts(&events(&archive));
        let own = (100_000 + row).to_string();
        for (id, text) in file.texts.iter().filter(|(id, _)| **id != own) {
            prop_assert_eq!(found.get(id), Some(text), "{}", String::from_utf8_lossy(&bytes));
        }
        prop_assert!(archive.messages() <= file.texts.len());
    }
}
