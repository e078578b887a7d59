//! Any document as rules, run over any message.
//!
//! The first line is the message, the rest the rule set as JSON.
#![no_main]

use aspa_channel::ConversationKey;
use aspa_ticket::automation::{Action, Facts, RuleSet};
use aspa_ticket::{Ticket, TicketKey};
use aspa_types::{AccountId, HandleKey, Network};
use chrono::DateTime;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (message, json) = text.split_once('\n').unwrap_or(("", text));
    let Ok(rules) = serde_json::from_str::<RuleSet>(json) else {
        return;
    };
    let written = serde_json::to_string(&rules).expect("a rule set can be written");
    let again: RuleSet = serde_json::from_str(&written).expect("writes what it reads");
    assert_eq!(again, rules);
    let Ok(compiled) = rules.compile() else {
        return;
    };
    let account = AccountId::new("shop").expect("an id");
    let key = TicketKey {
        conversation: ConversationKey::new(account, "c").expect("an id"),
        customer: HandleKey::new(Network::API, None, "matti").expect("an id"),
    };
    let ticket = Ticket::open(key, 1, DateTime::UNIX_EPOCH);
    let mut facts = Facts::of(&ticket, DateTime::UNIX_EPOCH);
    facts.text = Some(message);
    let run = compiled.run(&facts);
    assert!(run.matched.len() <= rules.rules.len());
    for (place, (_, action)) in run.actions.iter().enumerate() {
        let earlier = &run.actions[..place];
        assert!(
            earlier.iter().all(|(_, known)| known != action),
            "done twice"
        );
        if let Action::Tag { tag } = action {
            let contrary = Action::Untag { tag: tag.clone() };
            assert!(run.actions.iter().all(|(_, other)| *other != contrary));
        }
    }
    assert_eq!(compiled.explain(&facts).len(), rules.rules.len());
});
