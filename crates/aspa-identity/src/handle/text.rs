//! Up to 63 plain letters with what is known of each place, made to be searched fast.

/// Most letters that are looked at, so that every place and the end fit the bits of a word.
pub(super) const LONGEST: usize = 63;

/// Whether people put the word before or after their names. A pattern, since it is asked often and so
/// becomes a few comparisons.
fn is_affix(word: &[u8]) -> bool {
    matches!(
        word,
        b"the"
            | b"real"
            | b"official"
            | b"its"
            | b"it"
            | b"im"
            | b"iam"
            | b"mr"
            | b"mrs"
            | b"ms"
            | b"dr"
            | b"team"
            | b"fi"
            | b"se"
            | b"ee"
            | b"ru"
            | b"de"
            | b"uk"
            | b"us"
            | b"eu"
            | b"com"
            | b"net"
            | b"not"
            | b"just"
            | b"only"
            | b"xx"
            | b"xxx"
            | b"xo"
            | b"xoxo"
            | b"el"
            | b"la"
            | b"virallinen"
            | b"oikea"
            | b"aito"
            | b"offizial"
            | b"oficial"
            | b"tv"
            | b"thereal"
    ) || word.iter().all(|&byte| byte == b'x')
}

/// Affixes that are taken off even where nothing parts them from the name.
const GLUED_BEFORE: [&str; 8] = [
    "thereal",
    "official",
    "virallinen",
    "real",
    "the",
    "iam",
    "its",
    "mr",
];
/// As [`GLUED_BEFORE`], behind the name.
const GLUED_AFTER: [&str; 5] = ["official", "virallinen", "real", "com", "fi"];

/// Letters `a-z`; where figures may stand for letters, figures too.
#[derive(Clone)]
pub(super) struct Text {
    bytes: [u8; LONGEST + 1],
    len: usize,
    /// By letter: the places where it stands, or a figure that may stand for it.
    places: [u64; 26],
    /// Places where a word may begin or end: 0, the length, and where case, figures or separators part.
    bounds: u64,
    /// Places of figures.
    figures: u64,
    /// Places of an `e` that may only mark the vowel before it (`ae` for `ä`).
    marks: u64,
    /// Places where another spelling may begin or go on: figures, an `e` behind `a`, `o` or `u`, the
    /// second of two `a`.
    varied: u64,
    /// See [`Text::core`].
    cores: [(usize, usize); 2],
}

/// Letters that a figure may stand for.
fn letters_of(figure: u8) -> &'static [u8] {
    match figure {
        b'0' => b"o",
        b'1' => b"il",
        b'2' => b"z",
        b'3' => b"e",
        b'4' => b"a",
        b'5' => b"s",
        b'6' | b'9' => b"g",
        b'7' => b"t",
        b'8' => b"b",
        _ => b"",
    }
}

impl Text {
    /// `bounds` are places in `bytes`; what is neither a small letter nor a figure must not occur.
    pub(super) fn new(bytes: &[u8], bounds: u64) -> Self {
        let len = bytes.len().min(LONGEST);
        let mut text = Self {
            bytes: [0; LONGEST + 1],
            len,
            places: [0; 26],
            bounds: 1 | 1 << len | bounds & ((1 << len) - 1),
            figures: 0,
            marks: 0,
            varied: 0,
            cores: [(0, len); 2],
        };
        text.bytes[..len].copy_from_slice(&bytes[..len]);
        for (at, &byte) in bytes[..len].iter().enumerate() {
            if byte.is_ascii_digit() {
                text.figures |= 1 << at;
                for &letter in letters_of(byte) {
                    text.places[usize::from(letter - b'a')] |= 1 << at;
                }
            } else if let Some(places) = text.places.get_mut(usize::from(byte.wrapping_sub(b'a'))) {
                *places |= 1 << at;
                if byte == b'e' && at > 0 && matches!(bytes[at - 1], b'a' | b'o' | b'u') {
                    text.marks |= 1 << at;
                }
            }
        }
        let doubled = text.at(b'a') & text.at(b'a') << 1;
        text.varied = text.figures | text.marks | doubled;
        text.cores = [text.trimmed(false), text.trimmed(true)];
        text
    }

    /// A stretch of it, last letter first.
    pub(super) fn reversed(&self, (start, end): (usize, usize)) -> Self {
        let mut bytes = self.bytes;
        let bytes = &mut bytes[start..end];
        bytes.reverse();
        let bounds = self.bounds.reverse_bits() >> (LONGEST - end);
        let mut text = Self::new(bytes, bounds);
        text.marks = 0;
        text
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    pub(super) fn is_bound(&self, at: usize) -> bool {
        self.bounds >> at & 1 == 1
    }

    /// Whether the letter stands there, or a figure for it.
    pub(super) fn is(&self, at: usize, letter: u8) -> bool {
        at < self.len && self.at(letter) >> at & 1 == 1
    }

    fn at(&self, letter: u8) -> u64 {
        self.places
            .get(usize::from(letter.wrapping_sub(b'a')))
            .copied()
            .unwrap_or(0)
    }

    /// The nearest bound before `at`, which is over 0.
    pub(super) fn bound_before(&self, at: usize) -> usize {
        let before = self.bounds & ((1 << at) - 1);
        63 - (before | 1).leading_zeros() as usize
    }

    /// The nearest bound behind `at`, which is under the length.
    pub(super) fn bound_after(&self, at: usize) -> usize {
        let after = self.bounds & (!1 << at);
        (after.trailing_zeros() as usize).min(self.len)
    }

    pub(super) fn has_figures(&self, start: usize, end: usize) -> bool {
        self.figures & span(start, end) != 0
    }

    /// Whether a stretch may be spelled in another way.
    pub(super) fn is_varied(&self, start: usize, end: usize) -> bool {
        self.varied & span(start, end) != 0
    }

    /// Letters in a stretch, figures not counted.
    pub(super) fn letters(&self, start: usize, end: usize) -> usize {
        (span(start, end) & !self.figures).count_ones() as usize
    }

    /// Where the word of small letters `name` stands: calls `see` with each stretch.
    pub(super) fn find(&self, name: &[u8], mut see: impl FnMut(usize, usize)) {
        let Some((&first, rest)) = name.split_first() else {
            return;
        };
        let skip = self.marks << 1;
        let mut ends = self.at(first);
        for &letter in rest {
            if ends == 0 {
                return;
            }
            ends = (ends << 1 | ends << 2 & skip) & self.at(letter);
        }
        while ends != 0 {
            let end = ends.trailing_zeros() as usize;
            ends &= ends - 1;
            if let Some(mut start) = self.start_of(name, end) {
                // Å is also written aa, at the start where it does not make another name.
                if first == b'a'
                    && start == 1
                    && name.get(1) != Some(&b'a')
                    && self.bytes[0] == b'a'
                {
                    start = 0;
                }
                see(start, end + 1);
                // A mark behind the last vowel, if a word ends there.
                if self.marks >> (end + 1) & 1 == 1 && self.is_bound(end + 2) {
                    see(start, end + 2);
                }
            }
        }
    }

    /// Where `name` begins if its last letter stands at `last`.
    fn start_of(&self, name: &[u8], last: usize) -> Option<usize> {
        let mut at = last + 1;
        for &letter in name.iter().rev() {
            at = at.checked_sub(1)?;
            if !self.is(at, letter) && self.marks >> at & 1 == 1 {
                at = at.checked_sub(1)?;
            }
            if !self.is(at, letter) {
                return None;
            }
        }
        Some(at)
    }

    /// How many first letters of `name` stand from `start` on, before `end`.
    pub(super) fn common(&self, start: usize, end: usize, name: impl Iterator<Item = u8>) -> usize {
        name.zip(start..end)
            .take_while(|&(letter, at)| self.is(at, letter))
            .count()
    }

    /// Whether a stretch is a word that stands beside names only.
    fn is_affix(&self, start: usize, end: usize) -> bool {
        is_affix(&self.bytes[start..end])
    }

    /// Letters in a stretch that stand for nothing: affixes count as nothing.
    pub(super) fn unexplained(&self, start: usize, end: usize) -> usize {
        if start >= end {
            return 0;
        }
        if self.is_affix(start, end) && end - start > 1 {
            return 0;
        }
        let (mut at, mut letters) = (start, 0);
        while at < end {
            let next = self.bound_after(at).min(end);
            if next - at == 1 || !self.is_affix(at, next) {
                letters += self.letters(at, next);
            }
            at = next;
        }
        letters
    }

    /// The stretch without affixes at its ends and without figures behind it; `glued`: without
    /// affixes that nothing parts from the rest either.
    pub(super) fn core(&self, glued: bool) -> (usize, usize) {
        self.cores[usize::from(glued)]
    }

    fn trimmed(&self, glued: bool) -> (usize, usize) {
        let (mut start, mut end) = (0, self.len);
        while end > start && self.figures >> (end - 1) & 1 == 1 {
            end -= 1;
        }
        loop {
            let next = if start < end {
                self.bound_after(start)
            } else {
                end
            };
            if next < end && next - start > 1 && self.is_affix(start, next) {
                start = next;
                continue;
            }
            let last = if start < end {
                self.bound_before(end)
            } else {
                start
            };
            if last > start && end - last > 1 && self.is_affix(last, end) {
                end = last;
                continue;
            }
            break;
        }
        if glued {
            let word = |start: usize, end: usize| &self.bytes[start..end];
            for affix in GLUED_BEFORE {
                if word(start, end).starts_with(affix.as_bytes()) && end - start >= affix.len() + 3
                {
                    start += affix.len();
                    break;
                }
            }
            for affix in GLUED_AFTER {
                if word(start, end).ends_with(affix.as_bytes()) && end - start >= affix.len() + 3 {
                    end -= affix.len();
                    break;
                }
            }
        }
        (start, end)
    }
}

/// The bits of a stretch.
fn span(start: usize, end: usize) -> u64 {
    // Places are below 64.
    let below = |at: usize| (1_u64 << at) - 1;
    below(end) & !below(start)
}
