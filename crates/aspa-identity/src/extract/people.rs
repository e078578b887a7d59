//! Who writes, for whom, and the names told.

use super::SaidName;
use super::cues::{Cue, Hit, Hits, is_no_name};
use super::text::Text;
use crate::{NameRole, Speaker};

/// Most words of a name, and most names of a message.
const NAME_WORDS: usize = 4;
const NAMES: usize = 8;
/// Small words inside a name.
const PARTICLES: &[&str] = &[
    "von", "van", "de", "der", "den", "af", "av", "del", "della", "di", "da", "la", "le", "al",
    "el", "bin", "zu",
];

/// Words of other use that are family names after a given name, folded.
const FAMILIES: &[&str] = &[
    "suomalainen",
    "nur",
    "best",
    "kind",
    "love",
    "long",
    "may",
    "will",
    "old",
    "young",
    "schon",
    "svensk",
];

/// How a name must be written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// With capitals.
    Capital,
    /// With capitals, where only a name is to be expected.
    Signed,
    /// Anyhow.
    Any,
}

/// A name that was read: its text and the words it takes.
struct Read {
    text: String,
    last: usize,
    words: usize,
}

/// The names told and who speaks.
pub(crate) fn read(text: &Text, hits: &Hits, details: bool) -> (Vec<SaidName>, Speaker) {
    let people = People { text, hits };
    let mut names: Vec<(usize, SaidName)> = Vec::new();
    let mut put = |first: usize, name: Read, role: NameRole| {
        // One place is read once; that it is another's name is heard first.
        let known = names
            .iter_mut()
            .find(|(at, told)| *at == first || told.text == name.text);
        if let Some((_, told)) = known {
            if role == NameRole::Another || told.role == NameRole::Unknown {
                told.role = role;
            }
        } else if names.len() < NAMES {
            names.push((
                first,
                SaidName {
                    text: name.text,
                    role,
                },
            ));
        }
    };
    let mut introduced = false;
    let mut other_named = false;
    for hit in hits.iter() {
        if let Some((first, name, role)) = people.name_of(hit) {
            introduced |= role == NameRole::Own && matches!(hit.cue, Cue::MyName | Cue::Am);
            other_named |= role == NameRole::Another;
            put(first, name, role);
        }
    }
    if let Some((first, name)) = people.last_line() {
        put(first, name, NameRole::Own);
    }
    let speaker = people.speaker(details, introduced, other_named);
    (names.into_iter().map(|(_, name)| name).collect(), speaker)
}

struct People<'a> {
    text: &'a Text,
    hits: &'a Hits,
}

impl People<'_> {
    /// The name that a phrase tells, and the word it starts with.
    fn name_of(&self, hit: Hit) -> Option<(usize, Read, NameRole)> {
        let after = hit.last + 1;
        let gap = self.text.gap(hit.last);
        let near =
            |signs: &str| gap.len() < 8 && gap.chars().all(|c| c == ' ' || signs.contains(c));
        match hit.cue {
            Cue::MyName => {
                let theirs = hit.first > 0
                    && self
                        .hits
                        .ending(hit.first - 1)
                        .any(|cue| matches!(cue, Cue::Kin | Cue::BareKin | Cue::Theirs));
                let role = if theirs {
                    NameRole::Another
                } else {
                    NameRole::Own
                };
                let name = near(":,\"-").then(|| self.name(after, How::Any))??;
                Some((after, name, role))
            }
            Cue::Name => {
                if self
                    .hits
                    .starting(hit.first)
                    .any(|other| other.last > hit.last && other.cue == Cue::Name)
                {
                    return None;
                }
                let before = hit.first.checked_sub(1);
                let before = |wanted: &[Cue]| {
                    before
                        .is_some_and(|word| self.hits.ending(word).any(|cue| wanted.contains(&cue)))
                };
                if before(&[Cue::Mine]) {
                    return None;
                }
                let other = before(&[Cue::Kin, Cue::BareKin, Cue::Theirs])
                    || self.text.folded(hit.first) == "nimella";
                let name = near(":\"-=").then(|| self.name(after, How::Capital))??;
                self.ends_well(name.last).then_some((
                    after,
                    name,
                    if other {
                        NameRole::Another
                    } else {
                        NameRole::Own
                    },
                ))
            }
            Cue::Am => {
                if self.text.shouted || !near(",:\"") {
                    return None;
                }
                let name = self.name(after, How::Capital)?;
                // "im" is German too.
                let sure = is_given(&name.text)
                    || self.text.folded(hit.last) != "im"
                        && (name.words > 1 || !self.no_noun(after));
                let sure = sure && self.ends_well(name.last);
                sure.then_some((after, name, NameRole::Own))
            }
            Cue::SignOff => {
                if !near(".,:;!-\n\"*/()~") || gap.matches('\n').count() > 3 {
                    return None;
                }
                self.sign_off(hit, after, gap)
            }
            Cue::Thanks => {
                let line = gap.contains('\n');
                if !near(".,:!-\n )")
                    || gap.matches('\n').count() > 3
                    || gap.trim_matches(' ').is_empty()
                {
                    return None;
                }
                let name = self.name(after, How::Capital)?;
                let end = self.rest_is_details(name.last);
                // "Thanks, Anna!" speaks to somebody, "Thanks, Anna" at the very end signs.
                let signs =
                    line || self.text.gap(name.last).trim().is_empty() && self.ends_line(name.last);
                let role = if signs {
                    NameRole::Own
                } else {
                    NameRole::Unknown
                };
                end.then_some((after, name, role))
            }
            Cue::TheirName | Cue::BehalfOf | Cue::Kin | Cue::BareKin | Cue::CustomerWord => {
                let own =
                    hit.first > 0 && self.hits.ending(hit.first - 1).any(|cue| cue == Cue::Am);
                if own || !near(",:\"-(") || self.text.shouted && hit.cue != Cue::TheirName {
                    return None;
                }
                let mut after = after;
                // "on behalf of my mother Liisa", "asiakkaamme nimi on", "of Mr. Smith".
                while after < hit.last + 3
                    && (is_title(self.text.folded(after)) || self.text.folded(after) == "s")
                {
                    after += 1;
                }
                let comma = gap.contains(',');
                let how = if hit.cue == Cue::TheirName {
                    How::Any
                } else {
                    How::Capital
                };
                let name = self.name(after, how)?;
                (!comma || name.words > 1).then_some((after, name, NameRole::Another))
            }
            Cue::BehalfAfter | Cue::WeakBehalf => self
                .name_before(hit.first)
                .map(|(first, name)| (first, name, NameRole::Another)),
            _ => None,
        }
    }

    fn sign_off(&self, hit: Hit, after: usize, gap: &str) -> Option<(usize, Read, NameRole)> {
        let word = self.text.folded(hit.first);
        let line = gap.contains('\n');
        // "best", "love", "LG": words that mean much else need a line end, a comma or an end.
        let short = hit.first == hit.last && word.chars().count() <= 5;
        let before = self.text.gap_before(hit.first);
        let apart = hit.first == 0
            || !before.trim_start_matches(' ').is_empty()
            || self
                .hits
                .ending(hit.first - 1)
                .any(|cue| matches!(cue, Cue::Thanks))
            || self.text.words[hit.first - 1].end > 0 && !self.text.words[hit.first - 1].letters;
        let marked = gap.contains(['.', ',', ':', '\n', '!', '-']);
        let mut name = self.name(after, How::Signed);
        if name.is_none() && !line || self.text.shouted {
            name = self.name(after, How::Any).filter(|name| name.words <= 3);
        }
        let name = name?;
        let end = self.rest_is_details(name.last);
        let capital = self.text.words[after].capital && !self.text.shouted;
        let fits = if capital {
            end || self.ends_line(name.last) || self.ends_well(name.last) && !short
        } else {
            end && (name.words > 1 || is_given(&name.text) || marked)
        };
        (fits && (!short || apart || marked || end && capital)).then_some((
            after,
            name,
            NameRole::Own,
        ))
    }

    /// A name on the last line, after a dash, a slash or nothing but a line end.
    fn last_line(&self) -> Option<(usize, Read)> {
        let clean = self.text.clean.trim_end();
        let start = clean.rfind('\n').map_or(0, |at| at + 1);
        let line = clean[start..].trim_start();
        let dashed = line.starts_with(['-', '/', '~']);
        let first = self.text.word_at(start);
        if self.text.shouted {
            return None;
        }
        if let Some(name) = self.name(first, How::Signed) {
            let last = name.last + 1 == self.text.words.len();
            let alone = line
                .chars()
                .all(|c| c.is_alphabetic() || " -'.~/".contains(c));
            // Without a sign, only below a text, and only what is known for a name or looks like one.
            let named = dashed || start > 0 && (name.words > 1 || is_given(&name.text));
            if last && alone && named {
                return Some((first, name));
            }
        }
        // "... ei toimi. - Matti", "... fungerar inte /Anna".
        let at = clean.rfind(['-', '/', '~'])?;
        let spaced =
            clean[..at].ends_with([' ', '.', '!', '?', '\n']) && !clean[..at].trim_end().is_empty();
        let first = self.text.word_at(at);
        let name = self.name(first, How::Signed)?;
        let close = name.last + 1 == self.text.words.len()
            && clean[at + 1..].trim_start().starts_with(char::is_uppercase);
        let known = name.words > 1
            || is_given(&name.text)
            || clean[at + 1..].starts_with(char::is_uppercase);
        (spaced && close && known).then_some((first, name))
    }

    /// The name that starts with this word.
    fn name(&self, first: usize, how: How) -> Option<Read> {
        let words = &self.text.words;
        let capital = words.get(first)?.capital && !self.text.shouted;
        let (mut count, mut last, mut at) = (0, None, first);
        while let Some(word) = words.get(at) {
            let joined = count == 0 || is_inside(self.text.gap(at - 1), self.text.folded(at - 1));
            let most = if capital { NAME_WORDS } else { 3 };
            if !joined || !word.letters || word.end - word.start > 40 || count == most {
                break;
            }
            let particle = count > 0 && capital && self.is_particle(at);
            if !(word.capital || particle || how == How::Any && !capital) {
                break;
            }
            if !particle && self.is_no_name(at, count, how) {
                // A role at the end of a run makes all of it one: "Pettynyt Asiakas".
                if count > 0 && word.capital && self.text.gap(at - 1) == " " {
                    return None;
                }
                break;
            }
            count += 1;
            last = Some(at);
            at += 1;
        }
        let last = last?;
        // "AB-123" is a number.
        let number = matches!(self.text.gap(last), "-" | "/" | "." | "_" | "@")
            && words.get(last + 1).is_some_and(|next| !next.letters);
        let text = &self.text.clean[words[first].start..words[last].end];
        let letters = (first..=last)
            .map(|word| self.text.folded(word).chars().count())
            .max()?;
        let fits = letters > 1 && !number && text.chars().count() <= 80;
        fits.then(|| Read {
            text: text.to_owned(),
            last,
            words: count,
        })
    }

    /// A small word that leads to a capitalised one, perhaps over another: "van der Berg".
    fn is_particle(&self, at: usize) -> bool {
        let is_small = |at: usize| {
            self.text.words.get(at).is_some_and(|word| !word.capital)
                && PARTICLES.contains(&self.text.folded(at))
        };
        let is_capital = |at: usize| self.text.words.get(at).is_some_and(|word| word.capital);
        is_small(at) && (is_capital(at + 1) || is_small(at + 1) && is_capital(at + 2))
    }

    /// A role, a function word or the next cue. Some of those words are family names too, and short
    /// ones are names in many languages.
    fn is_no_name(&self, at: usize, count: usize, how: How) -> bool {
        let (word, folded) = (&self.text.words[at], self.text.folded(at));
        let letters = folded.chars().count();
        let initial = letters == 1 && word.capital && self.text.gap(at).starts_with('.');
        let short = word.capital && letters == 2 && (count > 0 || how == How::Signed);
        let family = word.capital && count > 0 && FAMILIES.contains(&folded);
        let cue = !word.capital && self.hits.starting(at).any(|hit| is_number_cue(hit.cue));
        cue || is_no_name(folded) && !(initial || short || family)
    }

    /// The capitalised words right before a phrase: "Liisa Virtasen puolesta".
    fn name_before(&self, phrase: usize) -> Option<(usize, Read)> {
        let words = &self.text.words;
        let mut first = phrase;
        while first > 0 && phrase - first < NAME_WORDS {
            let word = &words[first - 1];
            let joined = self.text.gap(first - 1) == " "
                || first < phrase && self.text.gap(first - 1) == "-";
            if !joined
                || !word.capital
                || !word.letters
                || is_no_name(self.text.folded(first - 1))
                || self
                    .hits
                    .ending(first - 1)
                    .any(|cue| matches!(cue, Cue::Kin | Cue::Mine | Cue::BareKin))
            {
                break;
            }
            first -= 1;
        }
        let text = (first < phrase && !self.text.shouted)
            .then(|| &self.text.clean[words[first].start..words[phrase - 1].end])?;
        Some((
            first,
            Read {
                text: text.to_owned(),
                last: phrase - 1,
                words: phrase - first,
            },
        ))
    }

    /// Whether a name may end with this word: the sentence does, or goes on as after a name.
    fn ends_well(&self, last: usize) -> bool {
        let gap = self.text.gap(last);
        let Some(next) = self.text.words.get(last + 1) else {
            return true;
        };
        let joins = [
            "ja", "och", "and", "und", "и", "y", "e", "og", "from", "fran", "aus", "из", "de",
            "here", "taalla", "tassa", "writing", "with",
        ];
        gap.contains(['.', ',', ';', '!', '?', '\n', ':', '(', '|', '-', '<', '@'])
            || !next.letters
            || joins.contains(&self.text.folded(last + 1))
            || self.hits.starting(last + 1).any(|hit| {
                is_number_cue(hit.cue) || matches!(hit.cue, Cue::Mine | Cue::MyThing | Cue::SignOff)
            })
    }

    fn ends_line(&self, last: usize) -> bool {
        last + 1 >= self.text.words.len() || self.text.gap(last).contains('\n')
    }

    /// A single word after "I am" in a language that writes nouns with capitals.
    fn no_noun(&self, first: usize) -> bool {
        matches!(self.text.folded(first.wrapping_sub(1)), "bin" | "is" | "s")
    }

    /// Whether nothing but details and numbers follows a name.
    fn rest_is_details(&self, last: usize) -> bool {
        self.ends_line(last)
            || self
                .text
                .words
                .get(last + 1)
                .is_some_and(|next| !next.letters)
            || self
                .hits
                .starting(last + 1)
                .any(|hit| is_number_cue(hit.cue))
            || self.text.gap(last).contains(['@', ',', '(', '+'])
            || self.text.gap(last + 1).contains('@')
            || self.text.gap(last).contains(['.', '!']) && self.text.words.len() <= last + 3
    }

    /// Cautious: what is told for another is never read as the writer's own, since that makes a
    /// false link, while the reverse only costs a look.
    fn speaker(&self, details: bool, introduced: bool, other_named: bool) -> Speaker {
        let ending = |word: Option<usize>, cue: Cue| {
            word.is_some_and(|word| self.hits.ending(word).any(|c| c == cue))
        };
        let has_thing = |word: usize| {
            self.hits
                .starting(word)
                .any(|hit| is_number_cue(hit.cue) || hit.cue == Cue::Thing)
        };
        let mut behalf = false;
        let mut kin = false;
        let mut weak = false;
        let mut mine = false;
        for hit in self.hits.iter() {
            let before = hit.first.checked_sub(1);
            match hit.cue {
                Cue::BehalfOf | Cue::BehalfAfter => behalf |= !self.own_behalf(hit),
                Cue::WeakBehalf => {
                    let kin = ending(before, Cue::Kin) || ending(before, Cue::BareKin);
                    behalf |=
                        (kin || self.name_before(hit.first).is_some()) && !self.own_behalf(hit);
                }
                Cue::Kin | Cue::BareKin => {
                    let folded = self.text.folded(hit.last);
                    let gift = ending(before, Cue::For) && !self.writing(hit.first)
                        || folded.ends_with("lleni")
                        || folded.ends_with("llemme")
                        || folded.ends_with("ltani");
                    let next = hit.last + 1;
                    let next = next + usize::from(self.text.folded(next) == "s");
                    let owns = has_thing(next)
                        || has_thing(next + 1) && self.text.gap(next) == " "
                        || self.name_of(hit).is_some();
                    weak |= gift && hit.cue == Cue::Kin;
                    kin |= !gift && hit.cue == Cue::Kin;
                    behalf |= owns && !gift
                        || self
                            .hits
                            .starting(next)
                            .any(|hit| matches!(hit.cue, Cue::BehalfAfter));
                }
                Cue::Theirs => {
                    behalf |= self
                        .hits
                        .starting(hit.last + 1)
                        .any(|hit| is_number_cue(hit.cue))
                }
                Cue::TheirName => behalf |= other_named,
                Cue::Mine => {
                    mine |= self
                        .hits
                        .starting(hit.last + 1)
                        .any(|hit| is_number_cue(hit.cue) || hit.cue == Cue::Thing)
                }
                Cue::MyThing => mine = true,
                _ => {}
            }
        }
        if behalf || other_named && self.hits.has(Cue::CustomerWord) {
            Speaker::OnBehalf
        } else if kin && !mine {
            if details {
                Speaker::OnBehalf
            } else {
                Speaker::Unknown
            }
        } else if mine || introduced && !weak && !kin && !other_named {
            Speaker::Themself
        } else {
            Speaker::Unknown
        }
    }

    /// "on my own behalf", or Finnish "puolesta" after a word of the writer's.
    fn own_behalf(&self, hit: Hit) -> bool {
        let from = hit.first.saturating_sub(3);
        (from..=hit.last).any(|word| {
            self.hits
                .starting(word)
                .any(|own| own.cue == Cue::OwnBehalf && own.last >= hit.first)
        })
    }

    /// A word of writing or asking shortly before: "writing for my mother".
    fn writing(&self, word: usize) -> bool {
        let words = [
            "writing",
            "asking",
            "write",
            "ask",
            "calling",
            "skriver",
            "fragar",
            "ringer",
            "schreibe",
            "frage",
            "пишу",
            "kirjutan",
            "escribo",
            "pregunto",
            "contacting",
            "enquiring",
            "query",
            "help",
            "acting",
            "kontaktar",
        ];
        (word.saturating_sub(3)..word).any(|word| words.contains(&self.text.folded(word)))
    }
}

fn is_number_cue(cue: Cue) -> bool {
    matches!(
        cue,
        Cue::Email | Cue::Phone | Cue::Customer | Cue::Order | Cue::OtherNumber
    )
}

fn is_title(word: &str) -> bool {
    matches!(
        word,
        "mr" | "mrs"
            | "ms"
            | "miss"
            | "dr"
            | "herr"
            | "herrn"
            | "frau"
            | "fru"
            | "rouva"
            | "herra"
            | "senor"
            | "senora"
            | "sr"
            | "sra"
            | "proua"
            | "harra"
            | "господина"
            | "госпожи"
    )
}

/// What may stand between two words of one name.
fn is_inside(gap: &str, before: &str) -> bool {
    matches!(gap, " " | "-" | "'")
        || gap == ". " && before.chars().count() == 1
        || gap == "." && before.chars().count() == 1
}

fn is_given(name: &str) -> bool {
    let first = name.split([' ', '-']).next().unwrap_or_default();
    crate::names::given(&crate::names::fold(first)).is_some()
}
