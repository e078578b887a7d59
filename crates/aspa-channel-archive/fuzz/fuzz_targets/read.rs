//! Any file is read or refused, and what it holds goes through a store.
#![no_main]

use aspa_channel::{Channel, Event};
use aspa_channel_archive::{Archive, Format};
use aspa_types::AccountId;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for format in [Format::Tweets, Format::JsonLines] {
        let account = AccountId::new("import").unwrap();
        let mut done = 0;
        let read = Archive::read(account, format, bytes, &mut |now| done = now);
        let Ok(archive) = read else { continue };
        assert_eq!(done, bytes.len());
        let archive = archive.with_page_size(3);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let events = runtime.block_on(async {
            let (mut events, mut cursor) = (Vec::new(), None);
            loop {
                let page = archive.poll(cursor.as_ref()).await.unwrap();
                events.extend(page.events);
                cursor = page.next;
                if !page.more {
                    return events;
                }
            }
        });
        assert_eq!(events.len(), archive.events());
        for event in events {
            let text = serde_json::to_string(&event).unwrap();
            let read: Event = serde_json::from_str(&text).unwrap();
            assert_eq!(read, event);
        }
    }
});
