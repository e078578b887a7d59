use std::collections::HashMap;

/// A word as it is compared: lower case.
pub(super) fn fold(word: &str) -> String {
    word.to_lowercase()
}

/// The words of a text: runs of letters and digits.
fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

/// All words that rules look for, so that a text is read once for all rules.
#[derive(Debug, Clone, Default)]
pub(super) struct Vocabulary {
    whole: HashMap<String, Vec<usize>>,
    /// Beginnings of words, and of how many bytes there are any.
    begin: HashMap<String, Vec<usize>>,
    lengths: Vec<usize>,
    phrases: Vec<Vec<String>>,
    /// Phrases of more than one word, by their first.
    several: HashMap<String, Vec<usize>>,
    count: usize,
}

/// Which of the vocabulary a text has.
#[derive(Debug, Default)]
pub(super) struct Found(Vec<u64>);

impl Found {
    pub(super) fn has(&self, number: usize) -> bool {
        let bits = self.0.get(number / 64).copied().unwrap_or(0);
        bits >> (number % 64) & 1 == 1
    }

    fn add(&mut self, numbers: &[usize]) {
        for number in numbers {
            if let Some(bits) = self.0.get_mut(number / 64) {
                *bits |= 1 << (number % 64);
            }
        }
    }
}

impl Vocabulary {
    /// Takes in what is looked for: a word, the beginning of one (`delay*`), or several in a row. None
    /// where there is no letter or digit in it.
    pub(super) fn add(&mut self, wanted: &str) -> Option<usize> {
        let begins = wanted.trim_end().ends_with('*');
        let mut words: Vec<String> = split(wanted).map(fold).collect();
        let number = self.count;
        match (words.len(), begins) {
            (0, _) => return None,
            (1, true) => {
                let begin = words.remove(0);
                if !self.lengths.contains(&begin.len()) {
                    self.lengths.push(begin.len());
                    self.lengths.sort_unstable();
                }
                self.begin.entry(begin).or_default().push(number);
            }
            (1, false) => self.whole.entry(words.remove(0)).or_default().push(number),
            _ => {
                let first = words[0].clone();
                self.several.entry(first).or_default().push(number);
            }
        }
        self.phrases.push(words);
        self.count += 1;
        Some(number)
    }

    /// What a text has of it. O(words × lengths of beginnings), and for each place where a phrase begins
    /// its length.
    pub(super) fn find(&self, text: &str) -> Found {
        let mut found = Found(vec![0; self.count.div_ceil(64)]);
        if self.count == 0 {
            return found;
        }
        let words: Vec<String> = split(text).map(fold).collect();
        for (place, word) in words.iter().enumerate() {
            if let Some(numbers) = self.whole.get(word) {
                found.add(numbers);
            }
            for length in &self.lengths {
                let Some(begin) = word.get(..*length) else {
                    continue;
                };
                if let Some(numbers) = self.begin.get(begin) {
                    found.add(numbers);
                }
            }
            for number in self.several.get(word).into_iter().flatten() {
                let phrase = self.phrases.get(*number).map_or(&[][..], Vec::as_slice);
                if words
                    .get(place..)
                    .is_some_and(|rest| rest.starts_with(phrase))
                {
                    found.add(&[*number]);
                }
            }
        }
        found
    }
}
