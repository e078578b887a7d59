use aspa_types::EffectKey;

use crate::capabilities::{Capabilities, TextLimit};
use crate::effect::{Effect, EffectKind};
use crate::error::{Error, ErrorKind};

/// What errors call the operation.
const SPLIT: &str = "split";

/// How good a place is to end a part, best last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Word,
    Sentence,
    Line,
    Paragraph,
}

impl Capabilities {
    /// The parts in which an effect is performed whose text is too long or whose media are too many: each
    /// within the limits and with a key of its own, which is made of the effect's, so that the same effect
    /// always has the same parts. Empty where the effect fits as it is.
    ///
    /// A part ends at the end of a paragraph, a line, a sentence or a word, whichever comes first in this
    /// order within its last half; else before a grapheme cluster. White space where parts meet is left
    /// out, nothing else. Media go with the last text, then by themselves. O(length).
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check) for what parts do not help against; `TooLong` where a single grapheme
    /// cluster is over the limit.
    pub fn split(&self, effect: &Effect) -> Result<Vec<Effect>, Error> {
        let EffectKind::Send { text, media, .. } = &effect.kind else {
            return self.check(effect).map(|()| Vec::new());
        };
        let texts = match &self.text {
            Some(limit) => limit.split(text)?,
            None => vec![text.as_str()],
        };
        let most = self.media.as_ref().map_or(0, |limit| limit.count);
        // One part may be the text without the white space around it that was too much.
        let whole = match &texts[..] {
            [] => true,
            [one] => one.len() == text.len(),
            _ => false,
        };
        let fits = whole && media.len() <= most;
        if fits || (most == 0 && !media.is_empty()) {
            return self.check(effect).map(|()| Vec::new());
        }
        // The last text goes with the first media.
        let mut contents: Vec<(&str, &[_])> =
            texts.into_iter().map(|text| (text, &[][..])).collect();
        for (number, some) in media.chunks(most.max(1)).enumerate() {
            match contents.last_mut() {
                Some(last) if number == 0 => last.1 = some,
                _ => contents.push(("", some)),
            }
        }
        let parts = contents
            .into_iter()
            .enumerate()
            .map(|(number, (text, media))| {
                let mut part = effect.clone();
                part.key = EffectKey::derive(&[effect.key.as_str(), "part", &number.to_string()]);
                if let EffectKind::Send {
                    text: written,
                    media: along,
                    ..
                } = &mut part.kind
                {
                    text.clone_into(written);
                    *along = media.to_vec();
                }
                self.check(&part).map(|()| part)
            });
        parts.collect()
    }
}

impl TextLimit {
    /// The parts of a text that are each within the limit; one where it is, whatever it is.
    fn split<'a>(&self, text: &'a str) -> Result<Vec<&'a str>, Error> {
        let refused = |kind| Error::new(kind, SPLIT).with("unit", &self.unit);
        let length = self.unit.measure(text);
        let unknown = || refused(ErrorKind::Unsupported);
        if length.ok_or_else(unknown)? <= self.max {
            return Ok(vec![text]);
        }
        let pieces = self.unit.pieces(text).ok_or_else(unknown)?;
        let mut parts = Vec::new();
        let (mut start, mut length) = (0, 0);
        // Where the part under way could end, for each kind of place the latest one.
        let mut ends: [Option<(usize, usize)>; 4] = [None; 4];
        for (place, (at, grapheme, size)) in pieces.iter().copied().enumerate() {
            if size > self.max {
                return Err(refused(ErrorKind::TooLong).with("max", self.max));
            }
            while length + size > self.max && at > start {
                let half = self.max / 2;
                let good = ends
                    .iter()
                    .rev()
                    .flatten()
                    .find(|(_, length)| *length > half);
                let (end, taken) = good.copied().unwrap_or((at, length));
                push(&mut parts, &text[start..end]);
                start = end;
                length -= taken;
                for place in &mut ends {
                    *place = place
                        .filter(|(at, _)| *at > end)
                        .map(|(at, length)| (at, length - taken));
                }
            }
            length += size;
            let next = pieces.get(place + 1).map(|(_, next, _)| *next);
            let end = at + grapheme.len();
            if let Some(kind) = place_after(grapheme, next) {
                // A paragraph's end is also the end of a line, a sentence and a word.
                for lesser in &mut ends[..=kind as usize] {
                    *lesser = Some((end, length));
                }
            }
        }
        push(&mut parts, &text[start..]);
        let mut fitting = Vec::with_capacity(parts.len());
        for part in parts {
            // Without what stood before it, a part may begin with a link that was none, and count for more.
            match part.len() < text.len() {
                true => fitting.extend(self.split(part)?),
                false => fitting.push(part),
            }
        }
        Ok(fitting)
    }
}

fn push<'a>(parts: &mut Vec<&'a str>, part: &'a str) {
    let part = part.trim();
    if !part.is_empty() {
        parts.push(part);
    }
}

/// What ends between two grapheme clusters; none: nothing.
fn place_after(grapheme: &str, next: Option<&str>) -> Option<Place> {
    let is_space = |text: &str| text.chars().all(char::is_whitespace);
    let next = next?;
    if grapheme.contains('\n') {
        return Some(match next.contains('\n') {
            true => Place::Paragraph,
            false => Place::Line,
        });
    }
    if !is_space(next) {
        return is_space(grapheme).then_some(Place::Word);
    }
    Some(match grapheme.chars().last() {
        Some('.' | '!' | '?' | '…' | '。') => Place::Sentence,
        _ => Place::Word,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capabilities::{EffectName, MediaLimit, Support, TextUnit};
    use crate::effect::ReplyKind;
    use crate::key::ConversationKey;
    use crate::message::{Media, MediaKind};
    use aspa_types::AccountId;
    use chrono::NaiveDate;
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    fn taking(max: usize, unit: TextUnit) -> Capabilities {
        Capabilities::new(NaiveDate::default(), "a test")
            .with(EffectName::Send, Support::Full)
            .with_text(max, unit)
    }

    fn send(text: &str, media: usize) -> Effect {
        let account = AccountId::new("shop").unwrap();
        let conversation = ConversationKey::new(account, "c").unwrap();
        let mut kind = EffectKind::send(text, ReplyKind::Answer);
        if let EffectKind::Send { media: along, .. } = &mut kind {
            *along = vec![Media::new(MediaKind::Image); media];
        }
        Effect::new(EffectKey::new("e-1").unwrap(), conversation, kind)
    }

    fn texts(parts: &[Effect]) -> Vec<&str> {
        parts.iter().filter_map(|part| part.kind.text()).collect()
    }

    #[test]
    fn a_part_ends_where_a_reader_would_pause() {
        let cases: &[(&str, usize, &[&str])] = &[
            ("Short.", 20, &[]),
            ("One two three four", 10, &["One two", "three four"]),
            (
                "It left. It arrives on Friday.",
                22,
                &["It left. It arrives on", "Friday."],
            ),
            (
                "It has left us. It arrives soon.",
                22,
                &["It has left us.", "It arrives soon."],
            ),
            (
                "Dear Matti,\n\nit left. It comes.",
                20,
                &["Dear Matti,", "it left. It comes."],
            ),
            ("Pitkäsanayhdyssana", 6, &["Pitkäs", "anayhd", "yssana"]),
            ("👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧", 2, &["👨‍👩‍👧👨‍👩‍👧", "👨‍👩‍👧"]),
            ("a          b", 5, &["a", "b"]),
        ];
        for (text, max, expected) in cases {
            let parts = taking(*max, TextUnit::Graphemes)
                .split(&send(text, 0))
                .unwrap();
            assert_eq!(texts(&parts), *expected, "{text:?} in {max}");
        }
    }

    #[test]
    fn a_link_is_never_cut_and_counts_what_it_counts() {
        let network = taking(30, TextUnit::Weighted);
        let link = "https://shop.example.com/orders/2026/11/22/1234567890";
        let text = format!("Look here, Matti: {link} and yle.fi or 荷物はどこ");
        let parts = network.split(&send(&text, 0)).unwrap();
        assert_eq!(
            texts(&parts),
            [
                "Look here, Matti:",
                &format!("{link} and"),
                "yle.fi or",
                "荷物はどこ"
            ]
        );
    }

    #[test]
    fn media_go_with_the_last_text_and_then_by_themselves() {
        let network = taking(10, TextUnit::Bytes).with_media(MediaLimit::new(2));
        let parts = network.split(&send("one two three", 5)).unwrap();
        let media = |part: &Effect| match &part.kind {
            EffectKind::Send { media, .. } => media.len(),
            _ => 0,
        };
        let shape: Vec<_> = texts(&parts)
            .into_iter()
            .zip(parts.iter().map(media))
            .collect();
        assert_eq!(shape, [("one two", 0), ("three", 2), ("", 2), ("", 1)]);
        assert!(network.split(&send("short", 2)).unwrap().is_empty());
        assert!(network.split(&send("", 3)).unwrap().len() == 2);
    }

    #[test]
    fn what_parts_do_not_help_against_is_refused() {
        let network = taking(10, TextUnit::Bytes);
        let kind = |effect: &Effect| network.split(effect).unwrap_err().kind().clone();
        assert_eq!(kind(&send("  ", 0)), ErrorKind::Invalid);
        assert_eq!(kind(&send("with media", 1)), ErrorKind::Invalid);
        assert_eq!(kind(&send("👨‍👩‍👧 is eighteen bytes", 0)), ErrorKind::TooLong);
        let blank = " ".repeat(50);
        assert_eq!(kind(&send(&blank, 0)), ErrorKind::Invalid);
    }

    #[test]
    fn white_space_that_is_too_much_is_left_out() {
        let network = taking(9, TextUnit::Scalars);
        let parts = network.split(&send("one two t ", 0)).unwrap();
        assert_eq!(texts(&parts), ["one two t"]);
    }

    #[test]
    fn a_part_that_begins_with_a_new_link_fits_too() {
        let network = taking(38, TextUnit::Weighted);
        let text = "yle.fi \u{1920}!𛅰𝈀aäääa?.yle.fi yle.fi ";
        let parts = network.split(&send(text, 0)).unwrap();
        assert!(parts.iter().all(|part| network.check(part).is_ok()));
    }

    proptest! {
        #[test]
        fn parts_fit_and_lose_only_white_space(
            text in "([a-zäö]{1,9}[ .!?\\n]{1,3}|👨‍👩‍👧|yle\\.fi |\\PC{1,4}){0,60}", max in 23_usize..60, unit in 0_usize..5,
        ) {
            let words = ["bytes", "utf16", "scalars", "graphemes", "weighted"];
            let unit = TextUnit::from(words[unit]);
            let network = taking(max, unit.clone());
            let whole = send(&text, 0);
            let Ok(parts) = network.split(&whole) else {
                // Blank, or a cluster that no part can take.
                let longest = text.graphemes(true).filter_map(|g| unit.measure(g)).max();
                prop_assert!(text.trim().is_empty() || longest > Some(max));
                return Ok(());
            };
            prop_assert_eq!(&parts, &network.split(&whole).unwrap());
            let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            if parts.is_empty() {
                prop_assert!(network.check(&whole).is_ok());
            } else {
                prop_assert_eq!(bare(&texts(&parts).concat()), bare(&text));
                let keys: std::collections::BTreeSet<_> = parts.iter().map(|part| &part.key).collect();
                prop_assert_eq!(keys.len(), parts.len());
                for part in &parts {
                    prop_assert!(network.check(part).is_ok());
                }
            }
        }
    }
}
