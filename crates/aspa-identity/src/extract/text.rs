//! The text as it is read: one spelling of each sign, only the writer's own lines, cut into words.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What is read of one text, in bytes; the rest is left out.
pub(crate) const MAX_BYTES: usize = 64 * 1024;

/// A text and its words.
pub(crate) struct Text {
    /// NFKC, one kind of dash, of space and of line end, no invisible signs.
    pub(crate) clean: String,
    folded: String,
    pub(crate) words: Vec<Word>,
    /// Mostly capitals, so that a capital says nothing.
    pub(crate) shouted: bool,
}

/// One run of letters and digits.
pub(crate) struct Word {
    pub(crate) start: usize,
    pub(crate) end: usize,
    folded: Range<usize>,
    /// Starts with a capital letter.
    pub(crate) capital: bool,
    /// Has only letters.
    pub(crate) letters: bool,
}

impl Text {
    /// Reads the first 64 kB, without quoted and forwarded lines.
    pub(crate) fn read(text: &str) -> Self {
        let text = head_of(text);
        let mut whole = String::with_capacity(text.len() + 8);
        if text.is_ascii() {
            whole.extend(text.chars().filter_map(one_sign));
        } else {
            whole.extend(text.nfkc().filter_map(one_sign));
        }
        // One sign may stand for eighteen.
        let clean = own_lines(head_of(&whole));
        let mut folded = String::with_capacity(clean.len());
        let mut words = Vec::with_capacity(clean.len() / 6 + 1);
        let (mut capitals, mut small) = (0_usize, 0_usize);
        let mut open: Option<Word> = None;
        for (at, c) in clean.char_indices() {
            if !c.is_alphanumeric() {
                words.extend(open.take());
                continue;
            }
            capitals += usize::from(c.is_uppercase());
            small += usize::from(c.is_lowercase());
            let word = open.get_or_insert_with(|| Word {
                start: at,
                end: at,
                folded: folded.len()..folded.len(),
                capital: c.is_uppercase(),
                letters: true,
            });
            word.letters &= c.is_alphabetic();
            word.end = at + c.len_utf8();
            fold_into(c, &mut folded);
            word.folded.end = folded.len();
        }
        words.extend(open);
        Self {
            shouted: capitals > 12 && small * 4 < capitals,
            clean,
            folded,
            words,
        }
    }

    /// A word in small letters without marks.
    pub(crate) fn folded(&self, word: usize) -> &str {
        self.words
            .get(word)
            .map_or("", |word| &self.folded[word.folded.clone()])
    }

    /// What stands between this word and the next, or after the last.
    pub(crate) fn gap(&self, word: usize) -> &str {
        let start = self.words.get(word).map_or(0, |word| word.end);
        let end = self
            .words
            .get(word + 1)
            .map_or(self.clean.len(), |next| next.start);
        &self.clean[start..end]
    }

    /// What stands before this word, after the one before it.
    pub(crate) fn gap_before(&self, word: usize) -> &str {
        if word == 0 {
            &self.clean[..self.words.first().map_or(0, |first| first.start)]
        } else {
            self.gap(word - 1)
        }
    }

    /// The word that a byte stands in or that comes first after it.
    pub(crate) fn word_at(&self, byte: usize) -> usize {
        self.words.partition_point(|word| word.end <= byte)
    }
}

/// As much of a text as is read.
fn head_of(text: &str) -> &str {
    let mut end = text.len().min(MAX_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// A text in small letters without marks, for tables.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    text.nfkc().for_each(|c| fold_into(c, &mut folded));
    folded
}

fn fold_into(c: char, folded: &mut String) {
    if c.is_ascii() {
        folded.push(c.to_ascii_lowercase());
        return;
    }
    for c in c.to_lowercase().nfd() {
        match c {
            'ø' => folded.push('o'),
            'æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            'ł' => folded.push('l'),
            'ð' | 'đ' => folded.push('d'),
            'þ' => folded.push_str("th"),
            c if is_combining_mark(c) => {}
            c => folded.push(c),
        }
    }
}

/// One dash, one space, one line end, nothing invisible.
fn one_sign(c: char) -> Option<char> {
    match c {
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
        // Soft hyphen, joiners, direction marks, variation selectors, the box of a keycap.
        '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{20e3}' => None,
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => Some('-'),
        '’' | 'ʼ' | '‘' | '´' | '`' => Some('\''),
        c if c.is_whitespace() || c.is_control() => Some(' '),
        c => Some(c),
    }
}

/// Words that begin the headers of a forwarded message, and those that follow them.
const FROM: &[&str] = &[
    "from:",
    "lahettaja:",
    "fran:",
    "von:",
    "от:",
    "от кого:",
    "saatja:",
    "de:",
];
const HEADER: &[&str] = &[
    "sent:",
    "date:",
    "to:",
    "subject:",
    "lahetetty:",
    "paivamaara:",
    "vastaanottaja:",
    "aihe:",
    "skickat:",
    "datum:",
    "till:",
    "amne:",
    "gesendet:",
    "an:",
    "betreff:",
    "дата:",
    "отправлено:",
    "кому:",
    "тема:",
    "saadetud:",
    "kuupaev:",
    "kellele:",
    "teema:",
    "enviado:",
    "para:",
    "asunto:",
    "fecha:",
];
/// What stands between dashes above a message that is quoted whole.
const FORWARDED: &[&str] = &[
    "original message",
    "forwarded message",
    "alkuperainen viesti",
    "valitetty viesti",
    "ursprungligt meddelande",
    "vidarebefordrat meddelande",
    "ursprungliche nachricht",
    "weitergeleitete nachricht",
    "исходное сообщение",
    "пересылаемое сообщение",
    "algne kiri",
    "edastatud kiri",
    "mensaje original",
    "mensaje reenviado",
];
/// How the line above a quotation ends.
const WROTE: &[&str] = &[
    "wrote:",
    "kirjoitti:",
    "skrev:",
    "schrieb:",
    "написал:",
    "написала:",
    "пишет:",
    "kirjutas:",
    "escribio:",
];

/// The lines that the writer wrote: none that start with `>`, nothing from a forwarded header on.
fn own_lines(text: &str) -> String {
    let mut own = String::with_capacity(text.len());
    let mut lines = text.split('\n').peekable();
    while let Some(line) = lines.next() {
        let start = line.trim_start();
        let next = lines.peek().map_or("", |next| next.trim_start());
        if start.starts_with('>') {
            continue;
        }
        if starts_with_any(start, FROM) && starts_with_any(next, HEADER) {
            break;
        }
        if start.starts_with("--")
            && is_any(start.trim_matches(|c| c == '-' || c == ' '), FORWARDED)
        {
            break;
        }
        if next.starts_with('>') && ends_with_any(line, WROTE) {
            continue;
        }
        own.push_str(line);
        own.push('\n');
    }
    own
}

/// Headers are short: no more than this of a line is folded.
fn head(line: &str) -> String {
    let end = line.char_indices().nth(40);
    fold(&line[..end.map_or(line.len(), |(at, _)| at)])
}

fn starts_with_any(line: &str, words: &[&str]) -> bool {
    let head = head(line);
    words.iter().any(|word| head.starts_with(word))
}

fn is_any(line: &str, words: &[&str]) -> bool {
    words.contains(&&*head(line))
}

fn ends_with_any(line: &str, words: &[&str]) -> bool {
    let line = line.trim_end();
    let start = line.char_indices().rev().nth(11);
    let tail = fold(&line[start.map_or(0, |(at, _)| at)..]);
    words.iter().any(|word| tail.ends_with(word))
}
