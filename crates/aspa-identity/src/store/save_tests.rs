//! What is saved is what is loaded, and whatever else a stream holds is an error.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn keyed() -> Keyed {
    Keyed::new([8; 16])
}

fn saved(index: &Index, records: &Records, table: &Table<2>) -> Vec<u8> {
    let (keyed, mut stream) = (keyed(), Vec::new());
    let mut out = Writer::new(&mut stream, &keyed);
    table.save(&mut out).unwrap();
    records.save(&mut out).unwrap();
    index.save(&mut out).unwrap();
    out.finish().unwrap();
    stream
}

fn loaded(stream: &[u8]) -> Result<(Index, Records, Table<2>), LoadError> {
    let keyed = keyed();
    let mut from = Reader::new(stream, &keyed);
    let table = Table::load(&mut from, keyed.clone())?;
    let records = Records::load(&mut from, keyed.clone(), |words| words.len() < 100)?;
    let index = Index::load(&mut from, records.end())?;
    from.finish()?;
    Ok((index, records, table))
}

/// A stream whose frames prove themselves whatever they hold.
fn framed(bytes: &[u8]) -> Vec<u8> {
    let (keyed, mut stream) = (keyed(), Vec::new());
    let mut out = Writer::new(&mut stream, &keyed);
    out.bytes(bytes).unwrap();
    out.finish().unwrap();
    stream
}

/// Three of each, in one frame, without its length and proof.
fn contents() -> Vec<u8> {
    let (mut index, mut records) = (Index::new(), Records::new(keyed()));
    let mut table = Table::<2>::new(keyed());
    for id in ["a", "b", "c"] {
        let number = records.put(id, &[7; 3]).unwrap();
        index.insert(0, number);
        index.insert(u64::from(number) << 32, number);
        let text = table.intern(id);
        table.add(text, 0);
    }
    let stream = saved(&index, &records, &table);
    stream[4..stream.len() - 20].to_vec()
}

proptest! {
    #[test]
    fn what_was_saved_is_loaded(
        puts in vec((0u32..40, vec(any::<u32>(), 0..9), "[a-d]{1,3}"), 0..80),
        removes in vec(0u32..40, 0..20),
    ) {
        let (mut index, mut records) = (Index::new(), Records::new(keyed()));
        let mut table = Table::<2>::new(keyed());
        for (id, words, text) in &puts {
            let number = records.put(&id.to_string(), words).unwrap();
            words.iter().for_each(|word| { index.insert(u64::from(word % 7) << 40, number); });
            let text = table.intern(text);
            table.add(text, number as usize % 2);
        }
        for id in &removes {
            if let Some(number) = records.find(&id.to_string()) {
                (0..7).for_each(|key| { index.remove(key << 40, number); });
                records.remove(number);
            }
            let number = id % 10;
            (0..2).for_each(|counter| while table.count(number, counter) > 0 {
                table.sub(number, counter);
            });
        }
        let stream = saved(&index, &records, &table);
        let (index_2, records_2, table_2) = loaded(&stream).unwrap();
        prop_assert_eq!(&saved(&index_2, &records_2, &table_2), &stream);
        for key in 0..7 {
            prop_assert_eq!(index_2.get(key << 40), index.get(key << 40));
        }
        for number in 0..records.end() {
            prop_assert_eq!(records_2.words(number), records.words(number));
            let id = records.id(number);
            prop_assert_eq!(id.and_then(|id| records_2.find(&id)), records.id(number).map(|_| number));
        }
        prop_assert_eq!(records_2.len(), records.len());
        for number in 0..table.end() {
            prop_assert_eq!(table_2.text(number), table.text(number));
        }
        // What was loaded takes more in.
        let (mut records, mut table) = (records_2, table_2);
        let number = records.put("new", &[1]).unwrap();
        prop_assert_eq!(records.find("new"), Some(number));
        let number = table.intern("new");
        prop_assert_eq!(table.text(number), "new");
    }

    #[test]
    fn proven_streams_that_make_no_sense_are_errors_or_usable(
        changes in vec((0usize..160, prop_oneof![0u8..4, any::<u8>()]), 1..4),
        cut in prop::option::weighted(0.2, 0usize..4000),
    ) {
        let mut bytes = contents();
        bytes.truncate(cut.unwrap_or(usize::MAX));
        for (at, byte) in changes {
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        if let Ok((index, mut records, mut table)) = loaded(&framed(&bytes)) {
            saved(&index, &records, &table);
            records.put("d", &[1; 50]).unwrap();
            (0..records.end()).for_each(|number| { records.remove(number); });
            (1..table.end()).for_each(|number| { table.add(number, 1); table.sub(number, 1); });
            table.intern("d");
        }
    }
}

#[test]
fn a_record_that_is_not_sound_is_refused() {
    let mut records = Records::new(keyed());
    records.put("a", &[1; 100]).unwrap();
    let stream = saved(&Index::new(), &records, &Table::new(keyed()));
    assert!(matches!(loaded(&stream), Err(LoadError::Damaged)));
}

#[test]
fn contents_are_what_is_loaded() {
    assert!(loaded(&framed(&contents())).is_ok());
}

#[test]
fn an_index_of_records_that_are_not_there_is_refused() {
    let (mut index, mut records) = (Index::new(), Records::new(keyed()));
    let number = records.put("a", &[1]).unwrap();
    index.insert(5, number + 1);
    let stream = saved(&index, &records, &Table::new(keyed()));
    assert!(matches!(loaded(&stream), Err(LoadError::Damaged)));
}
