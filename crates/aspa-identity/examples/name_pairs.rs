//! Prints how alike each pair of names of a CSV file (columns a, b) is: `similarity`, then plain
//! Jaro-Winkler over small letters.

use std::error::Error;

use aspa_identity::names::{Name, similarity};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: name_pairs FILE")?;
    let mut pairs = csv::Reader::from_path(path)?;
    for pair in pairs.records() {
        let pair = pair?;
        let (a, b) = (&pair[0], &pair[1]);
        let ours = similarity(&Name::parse(a), &Name::parse(b));
        let plain = strsim::jaro_winkler(&a.to_lowercase(), &b.to_lowercase());
        println!("{ours:.4},{plain:.4}");
    }
    Ok(())
}
