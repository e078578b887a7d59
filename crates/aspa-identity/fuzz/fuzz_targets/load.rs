//! Any stream is loaded or an error; a saved linker with changed contents, whose frames prove
//! themselves all the same, is an error or can be used.
#![no_main]

use std::hash::Hasher;
use std::sync::LazyLock;

use aspa_crm::{Claim, Customer, CustomerKind, Field};
use aspa_identity::{Contact, ContactKind, Evidence, EvidenceKind, Linker, Profile, Settings};
use aspa_types::{CustomerId, HandleKey, Network, SystemId};
use chrono::DateTime;
use libfuzzer_sys::fuzz_target;
use siphasher::sip::SipHasher13;

const KEY: [u8; 16] = [7; 16];
/// Magic and version, then the frame of the region.
const HEAD: usize = 16 + 4 + 2 + 8;

fn customer(number: u32) -> Customer {
    let system = SystemId::new("crm").unwrap();
    let id = CustomerId::new(system.clone(), number.to_string()).unwrap();
    let name = ["Matti", "Liisa", "Åke"][number as usize % 3];
    let mut customer = Customer::new(id, CustomerKind::Person);
    for (field, value) in [
        (Field::FirstName, name.to_owned()),
        (Field::LastName, "Mäki-Virta".to_owned()),
        (Field::Email, format!("person{}@example.org", number / 2)),
        (Field::City, "Tampere".to_owned()),
        (Field::Company, "Kahvila Oy".to_owned()),
        (Field::Handle, format!("x:@user{number}")),
    ] {
        let claim = Claim::new(field, value, system.clone(), DateTime::UNIX_EPOCH);
        customer = customer.with(claim);
    }
    customer
}

fn saved(linker: &Linker) -> Vec<u8> {
    let mut stream = Vec::new();
    linker.save(&mut stream).unwrap();
    stream
}

/// Five customers; how the stream begins, and what the frame behind it holds.
static SAVED: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let linker = Linker::with_key(Settings::default(), KEY);
    for number in 0..6 {
        linker.put(&customer(number));
    }
    linker.remove(&customer(2).id);
    let mut stream = saved(&linker);
    let contents = stream.split_off(HEAD);
    let length = contents.len() - 8 - 12;
    (stream, contents[4..length].to_vec())
});

fn frame(number: u64, bytes: &[u8]) -> Vec<u8> {
    let mut hasher = SipHasher13::new_with_key(&KEY);
    hasher.write(bytes);
    hasher.write(&number.to_le_bytes());
    hasher.write(&[255]);
    let proof = hasher.finish().to_le_bytes();
    [&(bytes.len() as u32).to_le_bytes(), bytes, &proof].concat()
}

fn load(stream: &[u8]) {
    let Ok(linker) = Linker::load(Settings::default(), KEY, stream) else {
        return;
    };
    saved(&linker);
    let told = Contact::private(ContactKind::Email, "person1@example.org");
    let evidence = [
        EvidenceKind::ProfileSeen(Profile::named("user3", "Matti Mäki-Virta")),
        EvidenceKind::ContactRevealed(told),
    ];
    let evidence = evidence.map(|kind| Evidence::new(DateTime::UNIX_EPOCH, "message", kind));
    let handle = HandleKey::new(Network::X, None, "42").unwrap();
    let _ = linker.decide(&handle, &evidence);
    for number in 0..8 {
        linker.put(&customer(number));
    }
    for number in 0..8 {
        linker.remove(&customer(number).id);
    }
    let _ = linker.decide(&handle, &evidence);
    saved(&linker);
}

fuzz_target!(|bytes: &[u8]| {
    load(bytes);
    let (head, contents) = &*SAVED;
    let mut contents = contents.clone();
    // A byte of instruction, a place and a value.
    for change in bytes.chunks_exact(4) {
        let at = usize::from(u16::from_le_bytes([change[1], change[2]])) % (contents.len() + 1);
        match change[0] % 4 {
            0 => contents.insert(at, change[3]),
            1 => contents.truncate(at),
            _ => {
                if let Some(place) = contents.get_mut(at) {
                    *place = change[3];
                }
            }
        }
    }
    load(&[head.as_slice(), &frame(1, &contents), &frame(2, &[])].concat());
});
