//! How a user name follows from somebody's names.

use serde::{Deserialize, Serialize};

use super::text::Text;
use super::tokens::{Nickname, Tokens};
use crate::names;

/// How much of a person's names a user name shows, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Level {
    /// Given and family name: `mattivirtanen`, `virtanen.matti`, `masavirtanen`.
    Both,
    /// The family name and the first letters of the given one: `mvirtanen`, `virtanen_m`.
    InitialFamily,
    /// The given name and the first letters of the family name: `mattiv`, `v_matti`, `mattivir`.
    GivenInitial,
    /// Vowels left out: `mttvrtnn`, `mattivrtnn`, `mvrtnn`.
    Vowelless,
    /// First letters of both, at least two each: `matvir`, `mavi`.
    Abbreviated,
    /// The family name alone.
    Family,
    /// The given name alone, or a form of it.
    Given,
    /// Initials and nothing else but figures: `mv82`.
    Initials,
    /// The user name says nothing of the person's names.
    None,
}

/// How a user name follows from somebody's names. Ordered: the better explanation is the lesser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Derivation {
    /// What it shows of the names.
    pub level: Level,
    /// Letters that nothing explains; words such as `the`, `real`, `official` are no such letters.
    pub leftover: u8,
    /// Whether it follows from another form of the given name than the first.
    pub nickname: bool,
    /// Whether it has to be read backwards.
    pub reversed: bool,
    /// Whether figures stand for letters.
    pub leet: bool,
    /// Letters of the name that is not written out: 3 in `mattivir`. 0 where none is shortened.
    pub shortened: u8,
    /// Figures that stand for no letters.
    pub digits: u8,
}

impl Derivation {
    const NONE: Self = Self {
        level: Level::None,
        leftover: 0,
        nickname: false,
        reversed: false,
        leet: false,
        shortened: 0,
        digits: 0,
    };
}

/// How well a user name follows from the names of a person.
///
/// `given` holds the given name first, then its other forms; nicknames that [`names::formal`] knows
/// need not be among them. `family` is the family
/// name. All are folded as by [`names::fold`]; spaces and hyphens part double names, whose parts
/// count alone too, and joiners (`von`, `de`, `al` …) may be missing from the user name. Of what
/// explains, the best is told. Takes some hundred nanoseconds and allocates nothing but, the first time that a
/// user name is explained, a list of the nicknames in it.
///
/// Words of up to three letters count only where something parts them from other letters, and a name
/// that is the beginning of another known name (`virta` in `virtanen`) does not count.
#[must_use]
pub fn explain(tokens: &Tokens, given: &[&str], family: &str) -> Derivation {
    let person = Person { given, family };
    let mut best = Finder::new(&tokens.plain, person, tokens.nicknames()).best(false);
    best.digits = tokens.figures;
    if let Some(text) = &tokens.leet
        && best.level != Level::Both
    {
        let found = Finder::new(text, person, &[]).best(false);
        best = best.min(figured(found, tokens));
    }
    if best.level > Level::GivenInitial || best.leftover > 0 && best.level != Level::Both {
        let plain = (&tokens.plain_back, false);
        let leet = tokens.leet_back.as_ref().map(|text| (text, true));
        for (text, is_leet) in [Some(plain), leet].into_iter().flatten() {
            if text.len() < 5 {
                continue;
            }
            let mut found = Finder::new(text, person, &[]).best(true);
            if found.level == Level::None || found.leftover > 1 {
                continue;
            }
            found.digits = tokens.figures;
            if is_leet {
                found = figured(found, tokens);
            }
            found.reversed = true;
            best = best.min(found);
        }
    }
    if best.level == Level::None {
        best = Derivation {
            leftover: count(tokens.plain.len()),
            digits: tokens.figures,
            ..Derivation::NONE
        };
    }
    best
}

/// A finding in a text with figures: how many of them stand for letters is in `digits` so far.
fn figured(found: Derivation, tokens: &Tokens) -> Derivation {
    if found.level == Level::None || found.digits == 0 {
        // Without figures as letters the plain text explains as much.
        return Derivation::NONE;
    }
    Derivation {
        leet: true,
        digits: tokens.figures.saturating_sub(found.digits),
        ..found
    }
}

fn count(letters: usize) -> u8 {
    u8::try_from(letters).unwrap_or(u8::MAX)
}

#[derive(Clone, Copy)]
struct Person<'a> {
    given: &'a [&'a str],
    family: &'a str,
}

/// Words that may be missing from double family names, or stand alone in none.
const JOINERS: [&str; 20] = [
    "von", "van", "der", "den", "de", "del", "della", "di", "da", "do", "dos", "du", "la", "le",
    "al", "el", "bin", "ibn", "af", "ben",
];

fn is_letter(byte: &u8) -> bool {
    byte.is_ascii_lowercase()
}

/// The parts of a double name.
fn parts(name: &str) -> impl Iterator<Item = &[u8]> {
    name.as_bytes()
        .split(|byte| !is_letter(byte))
        .filter(|part| !part.is_empty())
}

/// Letters of a name, joined.
fn letters(name: &str) -> impl Iterator<Item = u8> + '_ {
    name.bytes().filter(is_letter)
}

/// Where a name stands in the text.
#[derive(Clone, Copy)]
struct Place {
    start: usize,
    end: usize,
    /// Number of the form of the given name; over their number for another nickname.
    form: usize,
}

impl Place {
    fn len(self) -> usize {
        self.end - self.start
    }
}

/// Up to eight places, packed: a finder is made for each candidate.
#[derive(Clone, Copy, Default)]
struct Places {
    places: [[u8; 3]; 8],
    len: u8,
}

impl Places {
    fn push(&mut self, place: Place) {
        if let Some(free) = self.places.get_mut(usize::from(self.len)) {
            *free = [place.start, place.end, place.form].map(count);
            self.len += 1;
        }
    }

    fn iter(self) -> impl Iterator<Item = Place> {
        let places = self.places.into_iter().take(usize::from(self.len));
        places.map(|place| {
            let [start, end, form] = place.map(usize::from);
            Place { start, end, form }
        })
    }
}

struct Finder<'a> {
    text: &'a Text,
    person: Person<'a>,
    nicknames: &'a [Nickname],
    given: Places,
    family: Places,
    best: Derivation,
}

impl<'a> Finder<'a> {
    fn new(text: &'a Text, person: Person<'a>, nicknames: &'a [Nickname]) -> Self {
        Self {
            text,
            person,
            nicknames,
            given: Places::default(),
            family: Places::default(),
            best: Derivation::NONE,
        }
    }

    /// Takes in nicknames that the text is known to hold.
    fn nicknames(&mut self) {
        let (given, nicknames) = (self.person.given, self.nicknames);
        if nicknames.is_empty() {
            return;
        }
        for name in given.iter().flat_map(|name| name.split([' ', '-'])) {
            let formal = names::formal(name);
            for nickname in nicknames {
                let (start, end) = (nickname.start, nickname.end);
                if self.text.common(start, self.text.len(), letters(name)) > end - start {
                    // The name itself stands there.
                    continue;
                }
                let word = &self.text.bytes()[start..end];
                let is_short = nickname
                    .formal
                    .iter()
                    .any(|full| *full == name || formal.contains(full));
                if is_short
                    && !given
                        .iter()
                        .any(|name| parts(name).any(|part| part == word))
                {
                    let form = given.len();
                    self.given.push(Place {
                        start: nickname.start,
                        end: nickname.end,
                        form,
                    });
                }
            }
        }
    }

    /// The best reading; `names_only`: only such as write a name out.
    fn best(mut self, names_only: bool) -> Derivation {
        let (text, person) = (self.text, self.person);
        find_name(text, person.family, 0, &mut self.family);
        for (form, name) in person.given.iter().enumerate() {
            find_name(text, name, form, &mut self.given);
        }
        self.nicknames();
        self.both();
        if self.best.level == Level::Both && self.best.leftover == 0 {
            return self.best;
        }
        self.families();
        self.givens();
        if !names_only && self.best.level > Level::GivenInitial {
            let (bare, glued) = (text.core(false), text.core(true));
            self.short(bare.0, bare.1);
            if glued != bare && self.best.level >= Level::Family {
                self.short(glued.0, glued.1);
            }
        }
        self.best
    }

    fn offer(
        &mut self,
        level: Level,
        leftover: usize,
        form: usize,
        shortened: usize,
        stretch: (usize, usize),
    ) {
        let nickname = form > 0
            && self.person.given.get(form).is_none_or(|name| {
                !parts(self.person.given[0]).any(|part| part == name.as_bytes())
            });
        let figures = stretch.1 - stretch.0 - self.text.letters(stretch.0, stretch.1);
        let found = Derivation {
            level,
            leftover: count(leftover),
            nickname,
            shortened: count(shortened),
            digits: count(figures),
            ..Derivation::NONE
        };
        self.best = self.best.min(found);
    }

    /// Letters outside a stretch that stand for nothing.
    fn outside(&self, start: usize, end: usize) -> usize {
        self.text.unexplained(0, start) + self.text.unexplained(end, self.text.len())
    }

    fn both(&mut self) {
        let given = self.given;
        let family = self.family;
        for f in family.iter() {
            for g in given.iter() {
                let (first, second) = if g.start < f.start { (g, f) } else { (f, g) };
                if first.end > second.start {
                    continue;
                }
                let gap = self.text.unexplained(first.end, second.start);
                let is_parted = self.text.is_bound(first.end) && self.text.is_bound(second.start);
                if gap > 1 && !is_parted {
                    continue;
                }
                let (left, right) = (
                    self.text.is_bound(first.start),
                    self.text.is_bound(second.end),
                );
                let left = left || self.text.unexplained(0, first.start) == 0;
                let right = right || self.text.unexplained(second.end, self.text.len()) == 0;
                let is_edged =
                    (first.len() > 3 || left) && (second.len() > 3 || right) && (left || right);
                if is_edged {
                    let leftover = gap + self.outside(first.start, second.end);
                    self.offer(Level::Both, leftover, g.form, 0, (first.start, second.end));
                }
            }
        }
    }

    /// The family name with first letters of the given one, or alone.
    fn families(&mut self) {
        let family = self.family;
        for f in family.iter() {
            let (left, right) = self.edges(f);
            // Letters before and behind, up to where a word may begin or end.
            let (before, after) = self.around(f);
            if (right || f.len() > 5) && before < f.start {
                self.beside(f, before, f.start, true);
                // Two initials, each by itself.
                if before > 0
                    && f.start - before == 1
                    && self.text.bound_before(before) + 1 == before
                {
                    self.beside(f, before - 1, f.start, true);
                }
            }
            if (left || f.len() > 5) && after > f.end {
                self.beside(f, f.end, after, true);
            }
            if self.stands_alone(f, left, right) {
                self.offer(
                    Level::Family,
                    self.outside(f.start, f.end),
                    0,
                    0,
                    (f.start, f.end),
                );
            }
        }
    }

    /// The given name with first letters of the family name, or alone.
    fn givens(&mut self) {
        let given = self.given;
        for g in given.iter() {
            let (left, right) = self.edges(g);
            let (before, after) = self.around(g);
            if left && after > g.end && (right || !is_other_name(self.text, g.start, after)) {
                self.beside(g, g.end, after, false);
            }
            if right && before < g.start && (left || !is_other_name(self.text, before, g.end)) {
                self.beside(g, before, g.start, false);
            }
            if self.stands_alone(g, left, right) {
                self.offer(
                    Level::Given,
                    self.outside(g.start, g.end),
                    g.form,
                    0,
                    (g.start, g.end),
                );
            }
        }
    }

    /// Where the letters beside a name begin and end: at the next bound, or at an affix.
    fn around(&self, place: Place) -> (usize, usize) {
        let (start, end) = self.text.core(true);
        let before = if place.start == 0 {
            0
        } else {
            self.text.bound_before(place.start)
        };
        let after = if place.end == self.text.len() {
            place.end
        } else {
            self.text.bound_after(place.end)
        };
        let is_before = (before + 1..place.start).contains(&start);
        let is_after = (place.end + 1..after).contains(&end);
        (
            if is_before { start } else { before },
            if is_after { end } else { after },
        )
    }

    /// Whether something parts a name from what is before and behind it.
    fn edges(&self, place: Place) -> (bool, bool) {
        let left = self.text.is_bound(place.start) || self.text.unexplained(0, place.start) == 0;
        let right =
            self.text.is_bound(place.end) || self.text.unexplained(place.end, self.text.len()) == 0;
        (left, right)
    }

    /// Whether a name counts where the other one is not beside it.
    fn stands_alone(&self, place: Place, left: bool, right: bool) -> bool {
        if left && right {
            return place.len() > 1;
        }
        if place.len() <= 3 || !(left || right || place.len() > 6) {
            return false;
        }
        let start = if left {
            place.start
        } else {
            self.text.bound_before(place.start)
        };
        let end = if right {
            place.end
        } else {
            self.text.bound_after(place.end)
        };
        let goes_on = left && goes_on(&self.text.bytes()[place.end..end]);
        !goes_on && !is_other_name(self.text, start, end)
    }

    /// A stretch beside a name: first letters or consonants of the other one?
    fn beside(&mut self, name: Place, start: usize, end: usize, is_family: bool) {
        let whole = (start.min(name.start), end.max(name.end));
        let outside = self.outside(whole.0, whole.1);
        let person = self.person;
        let word = &self.text.bytes()[name.start..name.end];
        let is_begun = !is_family
            && word.len() < 4
            && name.form >= person.given.len()
            && person
                .given
                .iter()
                .any(|given| given.as_bytes().starts_with(word));
        let level = match is_family {
            true => Level::InitialFamily,
            // Mat in matvir may be a name, and is the beginning of one.
            false if is_begun && end - start > 1 => Level::Abbreviated,
            false => Level::GivenInitial,
        };
        let length = end - start;
        // Short family names and long stretches only with nothing else around.
        let is_tight = outside == 0 || self.text.is_bound(whole.0) && self.text.is_bound(whole.1);
        if !is_tight || length > 24 {
            return;
        }
        let others = if is_family {
            person.given
        } else {
            std::slice::from_ref(&person.family)
        };
        for (number, other) in others.iter().enumerate() {
            let form = if is_family { number } else { name.form };
            let joined = self.text.common(start, end, letters(other));
            if joined == length {
                self.offer(level, outside, form, length, whole);
                continue;
            }
            if self.is_misspelt(start, end, other) {
                self.offer(Level::Both, outside + 1, form, 0, whole);
            }
            let mut at = start;
            let mut initials = 0;
            for part in parts(other) {
                let common = self.text.common(start, end, part.iter().copied());
                if common == length {
                    self.offer(level, outside, form, length, whole);
                }
                if self.text.is(at, part[0]) && at < end {
                    at += 1;
                    initials += 1;
                }
            }
            if at == end && initials == length {
                self.offer(level, outside, form, length, whole);
            } else if length == 2 && is_family && joined > 0 {
                // A second given name's initial, which need not be known.
                let known = others.iter().any(|second| {
                    second
                        .bytes()
                        .next()
                        .is_some_and(|letter| self.text.is(start + 1, letter))
                });
                self.offer(level, outside + usize::from(!known), form, 1, whole);
            }
            if length > 1
                && let Some(rest) = consonants(self.text, start, end, other)
            {
                let is_enough = rest == Rest::Whole || length > 2;
                if is_enough {
                    self.offer(Level::Vowelless, outside, form, length, whole);
                }
            }
        }
    }

    /// Whether a stretch is one typing error away from a name of five letters or more, and is no
    /// other name.
    fn is_misspelt(&self, start: usize, end: usize, name: &str) -> bool {
        let length = letters(name).count();
        length > 4
            && length.abs_diff(end - start) < 2
            && one_edit(&self.text.bytes()[start..end], name.as_bytes())
            && !is_other_name(self.text, start, end)
    }

    /// Both names shortened, with nothing else around.
    fn short(&mut self, start: usize, end: usize) {
        let length = end - start;
        if !(2..=24).contains(&length) || self.text.has_figures(start, end) && length < 6 {
            return;
        }
        let whole = (start, end);
        let outside = self.outside(start, end);
        let family = self.person.family;
        for (form, given) in self.person.given.iter().enumerate() {
            for (first, second) in [(*given, family), (family, *given)] {
                self.shortened(
                    whole,
                    outside,
                    form,
                    first,
                    second,
                    first.len() == family.len() && first == family,
                );
            }
        }
        // The family name without its vowels, alone.
        if length > 3 && consonants(self.text, start, end, family) == Some(Rest::Whole) {
            self.offer(Level::Family, outside, 0, length, whole);
        }
    }

    fn shortened(
        &mut self,
        whole: (usize, usize),
        outside: usize,
        form: usize,
        first: &str,
        second: &str,
        family_first: bool,
    ) {
        let (start, end) = whole;
        let text = self.text;
        let Some(initial) = letters(first).next() else {
            return;
        };
        if !text.is(start, initial) {
            return;
        }
        let length = end - start;
        let common = text.common(start, end, letters(first));
        for split in 1..=common.min(length - 1) {
            let rest = length - split;
            let mid = start + split;
            let fits = text.common(mid, end, letters(second)) == rest
                || parts(second).any(|part| text.common(mid, end, part.iter().copied()) == rest);
            if fits {
                let level = match (split, rest) {
                    (1, 1) => Level::Initials,
                    (1, _) | (_, 1) if length < 5 => Level::Initials,
                    _ => Level::Abbreviated,
                };
                let leftover = if level == Level::Initials {
                    length - 2
                } else {
                    0
                };
                self.offer(level, outside + leftover, form, length, whole);
            }
        }
        if length <= 4 && is_initials(text, whole, first, second) {
            self.offer(Level::Initials, outside, form, length, whole);
        } else if length == 3
            && !family_first
            && letters(second)
                .next()
                .is_some_and(|letter| text.is(end - 1, letter))
        {
            // A second given name's initial between.
            self.offer(Level::Initials, outside + 1, form, length, whole);
        }
        if length < 4 {
            return;
        }
        // Consonants of the first name, or its initial, then consonants of the second.
        let mut splits = [start + 1, 0];
        if let Some(at) = consonants_end(text, start, end, first) {
            splits[1] = at;
        }
        for mid in splits {
            if mid <= start || mid + 2 > end {
                continue;
            }
            // Two letters say enough of one name where more than an initial stands for the other.
            let (is_initial, is_long) = (mid == start + 1, mid + 3 <= end);
            if let Some(rest) = consonants(text, mid, end, second)
                && (is_long || !is_initial)
                && (rest == Rest::Whole || is_long && !is_initial)
            {
                self.offer(Level::Vowelless, outside, form, length, whole);
            }
        }
    }
}

/// Whether a stretch is the initials of all parts of two names.
fn is_initials(text: &Text, (start, end): (usize, usize), first: &str, second: &str) -> bool {
    let mut at = start;
    for part in parts(first).chain(parts(second)) {
        if at == end || !text.is(at, part[0]) {
            return false;
        }
        at += 1;
    }
    at == end
}

/// Where a name, its parts, or it without joiners, stands in a text.
fn find_name(text: &Text, name: &str, form: usize, places: &mut Places) {
    let mut push = |start, end| places.push(Place { start, end, form });
    let bytes = name.as_bytes();
    if bytes.iter().all(is_letter) {
        if bytes.len() > 1 {
            text.find(bytes, push);
        }
        return;
    }
    let mut joined = [0; super::text::LONGEST];
    for without_joiners in [false, true] {
        let mut len = 0;
        for part in parts(name) {
            let is_joiner = JOINERS.iter().any(|joiner| joiner.as_bytes() == part);
            if is_joiner && without_joiners {
                continue;
            }
            for (&letter, free) in part.iter().zip(&mut joined[len..]) {
                *free = letter;
                len += 1;
            }
        }
        if len > 1 {
            text.find(&joined[..len], &mut push);
        }
    }
    for part in parts(name) {
        if part.len() > 1 && !JOINERS.iter().any(|joiner| joiner.as_bytes() == part) {
            text.find(part, &mut push);
        }
    }
}

/// Whether a stretch is a name of its own that only begins or ends like the one looked for.
fn is_other_name(text: &Text, start: usize, end: usize) -> bool {
    std::str::from_utf8(&text.bytes()[start..end])
        .is_ok_and(|word| names::given(word).is_some() || names::family(word).is_some())
}

/// Whether letters behind a name make a longer name of it.
fn goes_on(rest: &[u8]) -> bool {
    const ENDINGS: [&str; 22] = [
        "nen", "inen", "la", "lainen", "son", "sson", "sen", "ssen", "ov", "ova", "ev", "eva",
        "in", "ina", "ski", "sky", "ska", "man", "mann", "ez", "berg", "strom",
    ];
    rest.len() < 3 || ENDINGS.iter().any(|ending| ending.as_bytes() == rest)
}

/// One letter added, left out or changed, or two neighbours exchanged.
fn one_edit(a: &[u8], b: &[u8]) -> bool {
    let (a, b) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let first = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[first..], &b[first..]);
    match (a, b) {
        ([x, rest_a @ ..], [y, rest_b @ ..]) if a.len() == b.len() => {
            rest_a == rest_b
                || matches!((rest_a, rest_b), ([u, a @ ..], [v, b @ ..]) if u == y && v == x && a == b)
        }
        (a, [_, rest @ ..]) => a == rest,
        _ => false,
    }
}

/// How much of a name its consonants in the text show.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    Whole,
    Begun,
}

fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

/// Whether a stretch is `name` with vowels left out, one at least, or begins so.
fn consonants(text: &Text, start: usize, end: usize, name: &str) -> Option<Rest> {
    let mut at = start;
    let mut before = 0;
    let mut rest = Rest::Whole;
    let mut is_dropped = false;
    for (number, letter) in letters(name).enumerate() {
        if at < end && text.is(at, letter) {
            at += 1;
        } else if at == end {
            if !is_vowel(letter) && letter != before {
                rest = Rest::Begun;
            }
        } else if number == 0 && !is_vowel(letter) || !is_vowel(letter) && letter != before {
            return None;
        } else {
            is_dropped = true;
        }
        before = letter;
    }
    (at == end && is_dropped).then_some(rest)
}

/// Where all of `name` with vowels left out ends, if it begins the stretch.
fn consonants_end(text: &Text, start: usize, end: usize, name: &str) -> Option<usize> {
    let mut at = start;
    let mut before = 0;
    for letter in letters(name) {
        if at < end && text.is(at, letter) {
            at += 1;
        } else if !is_vowel(letter) && letter != before {
            return None;
        }
        before = letter;
    }
    Some(at)
}
