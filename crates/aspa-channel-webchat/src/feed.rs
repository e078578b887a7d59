use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use siphasher::sip::SipHasher24;

use crate::line::Line;

/// How many of the newest lines are shown to somebody who comes anew.
const MOST: usize = 200;
/// How much text in them, in bytes; the newest line is shown whatever its length.
const BYTES: usize = 256 << 10;

/// Something to send to a visitor who follows a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "forget, or show")]
pub enum Frame {
    /// What was shown is out of date in a way that cannot be told: forget it, all of it follows.
    Reset,
    /// Before the lines that follow there are others, which are not shown unless they are asked for, by
    /// this name.
    Earlier(String),
    /// Show this line, in the place of an earlier one of the same id if there is one.
    Line {
        /// What the visitor names to go on after it. None: more belongs to it.
        id: Option<String>,
        /// The line.
        line: Line,
    },
}

/// The newest lines of a conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a list and where it goes on")]
pub struct Window {
    /// In order; at least those that a [`Feed`] shows, or it begins anew each time.
    pub lines: Vec<Line>,
    /// What to name for those before them; none where they begin with the conversation.
    pub before: Option<String>,
}

impl Window {
    /// What to name for what comes before the line at this place.
    fn before(&self, place: usize) -> Option<String> {
        match self.lines.get(place) {
            Some(line) if place > 0 => Some(line.id.clone()),
            _ => self.before.clone(),
        }
    }

    /// Where the line is with which something begins: 0 is before the first of all.
    fn place_of(&self, begin: u64) -> Option<usize> {
        match begin {
            0 => self.before.is_none().then_some(0),
            _ => self.lines.iter().position(|line| name(line) == begin),
        }
    }
}

/// What one visitor was shown of a conversation, so that what is new can be told from what is not.
///
/// Who comes anew is shown the newest 200 lines, or fewer where they are long. What a visitor names to
/// go on is `B.D`: B is the line with which what was shown begins, 0 the beginning of the conversation,
/// and D a digest of it all. Where the lines from B on still begin with just these, the rest is new;
/// where one of them was rewritten, taken back, or another came between, the newest are shown anew. So
/// nothing is lost and nothing is shown twice, and a process that never saw the visitor can go on: the
/// position holds all there is to know.
#[derive(Debug, Default)]
pub struct Feed {
    begin: u64,
    shown: HashMap<String, u64>,
    state: String,
}

impl Feed {
    /// Goes on after `last`, or begins where there is none. Gives what is to be sent.
    #[must_use]
    pub fn resume(window: &Window, last: Option<&str>) -> (Self, Vec<Frame>) {
        let lines = &window.lines;
        let oldest = oldest(lines);
        let mut feed = Self::default();
        let mut frames = Vec::new();
        let (at, states, place) = match last.and_then(|last| seen(window, last)) {
            Some((begin, at, states, place)) if at + place >= oldest => {
                feed.begin = begin;
                (at, states, place)
            }
            _ => {
                if last.is_some() {
                    frames.push(Frame::Reset);
                }
                let before = window.before(oldest);
                // The beginning of a conversation is one also before there is a line.
                feed.begin = match lines.get(oldest) {
                    Some(line) if before.is_some() => name(line),
                    _ => 0,
                };
                frames.extend(before.map(Frame::Earlier));
                (oldest, states(&lines[oldest..], feed.begin), 0)
            }
        };
        let lines = &lines[at..];
        for (line, state) in lines.iter().zip(&states[1..]).skip(place) {
            frames.push(Frame::Line {
                id: Some(state.clone()),
                line: line.clone(),
            });
        }
        feed.remember(lines, &states);
        (feed, frames)
    }

    /// What has changed since.
    pub fn update(&mut self, window: &Window) -> Vec<Frame> {
        let Some(at) = window.place_of(self.begin) else {
            return match (window.lines.is_empty(), self.shown.is_empty()) {
                // Still nothing to show.
                (true, true) => Vec::new(),
                _ => self.anew(window),
            };
        };
        let lines = &window.lines[at..];
        let states = states(lines, self.begin);
        if states.last() == Some(&self.state) {
            return Vec::new();
        }
        let there = |line: &Line| self.shown.get(&line.id).copied();
        let gone = lines.iter().filter(|line| there(line).is_some()).count() < self.shown.len();
        if gone {
            return self.anew(window);
        }
        // Up to here the visitor's picture is not that of a beginning, so there is no place to go on.
        let changed = |line: &Line| there(line) != Some(line.digest(0));
        let old = |line: &Line| there(line).is_some();
        let last_old = lines.iter().rposition(old).map_or(0, |place| place + 1);
        let mut frames: Vec<Frame> = Vec::new();
        for (place, line) in lines.iter().enumerate() {
            if changed(line) {
                let whole = place + 1 > last_old;
                frames.push(Frame::Line {
                    id: whole.then(|| states[place + 1].clone()),
                    line: line.clone(),
                });
            }
        }
        if let Some(Frame::Line { id, .. }) = frames.last_mut() {
            *id = states.last().cloned();
        }
        self.remember(lines, &states);
        frames
    }

    fn anew(&mut self, window: &Window) -> Vec<Frame> {
        let (feed, mut frames) = Self::resume(window, None);
        *self = feed;
        frames.insert(0, Frame::Reset);
        frames
    }

    fn remember(&mut self, lines: &[Line], states: &[String]) {
        let digests = lines.iter().map(|line| (line.id.clone(), line.digest(0)));
        self.shown = digests.collect();
        self.state = states.last().cloned().unwrap_or_default();
    }
}

/// Where the newest lines begin that are shown to somebody who comes anew.
fn oldest(lines: &[Line]) -> usize {
    let mut bytes = 0;
    let fits = |line: &&Line| {
        let is_newest = bytes == 0;
        bytes += line.text.len().max(1);
        is_newest || bytes <= BYTES
    };
    let newest = lines.iter().rev().take(MOST);
    lines.len() - newest.take_while(fits).count()
}

/// What a visitor who names this was shown: its beginning and where that is, the states from there on,
/// and which of them it is.
fn seen(window: &Window, last: &str) -> Option<(u64, usize, Vec<String>, usize)> {
    let (begin, _) = last.split_once('.')?;
    let begin = u64::from_str_radix(begin, 16).ok()?;
    let at = window.place_of(begin)?;
    let states = states(&window.lines[at..], begin);
    let place = states.iter().position(|state| state == last)?;
    Some((begin, at, states, place))
}

/// A line by its id, in few characters; never 0.
fn name(line: &Line) -> u64 {
    let mut hasher = SipHasher24::new();
    line.id.hash(&mut hasher);
    hasher.finish().max(1)
}

/// The state before the first line and after each.
fn states(lines: &[Line], begin: u64) -> Vec<String> {
    let mut digest = 0;
    let mut states = vec![format!("{begin:x}.0")];
    for line in lines {
        digest = line.digest(digest);
        states.push(format!("{begin:x}.{digest:x}"));
    }
    states
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::Side;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn line(id: &str, text: &str) -> Line {
        Line {
            id: id.to_owned(),
            client: None,
            by: Side::Desk,
            text: text.to_owned(),
            files: Vec::new(),
            at: None,
            edited: false,
            deleted: false,
            call_back: false,
        }
    }

    fn whole(lines: &[Line]) -> Window {
        window(lines, 0, lines.len())
    }

    fn window(lines: &[Line], begin: usize, end: usize) -> Window {
        let lines = lines[begin..end].to_vec();
        let before = lines.first().filter(|_| begin > 0);
        Window {
            before: before.map(|line| line.id.clone()),
            lines,
        }
    }

    /// A page: shows lines by id, forgets on a reset, remembers where to go on.
    #[derive(Default, Clone)]
    struct Page {
        shown: Vec<Line>,
        last: Option<String>,
        added: usize,
        resets: usize,
        earlier: Option<String>,
    }

    impl Page {
        fn take(&mut self, frames: Vec<Frame>) {
            for frame in frames {
                match frame {
                    Frame::Reset => {
                        self.shown.clear();
                        self.last = None;
                        self.earlier = None;
                        self.resets += 1;
                    }
                    Frame::Earlier(before) => self.earlier = Some(before),
                    Frame::Line { id, line } => {
                        match self.shown.iter_mut().find(|old| old.id == line.id) {
                            Some(old) => *old = line,
                            None => {
                                self.shown.push(line);
                                self.added += 1;
                            }
                        }
                        self.last = id.or(self.last.take());
                    }
                }
            }
        }

        fn sorted(&self) -> Vec<Line> {
            let mut shown = self.shown.clone();
            shown.sort_by(|a, b| a.id.cmp(&b.id));
            shown
        }
    }

    #[test]
    fn what_is_appended_is_sent_once_also_over_a_restart() {
        let all: Vec<Line> = (0..9).map(|n| line(&format!("{n}"), "x")).collect();
        let mut page = Page::default();
        for end in [0, 2, 5, 5, 9] {
            let (_, frames) = Feed::resume(&whole(&all[..end]), page.last.as_deref());
            page.take(frames);
            assert_eq!((page.shown.len(), page.added, page.resets), (end, end, 0));
        }
    }

    #[test]
    fn what_was_rewritten_meanwhile_is_shown_anew() {
        let mut all: Vec<Line> = (0..3).map(|n| line(&format!("{n}"), "x")).collect();
        let mut page = Page::default();
        page.take(Feed::resume(&whole(&all), None).1);
        all[1].text = "y".to_owned();
        page.take(Feed::resume(&whole(&all), page.last.clone().as_deref()).1);
        assert_eq!((page.resets, page.shown), (1, all));
    }

    #[test]
    fn of_a_long_conversation_the_newest_is_shown_and_gone_on_with() {
        let all: Vec<Line> = (0..1_500).map(|n| line(&format!("{n:04}"), "x")).collect();
        let mut page = Page::default();
        let (mut feed, frames) = Feed::resume(&whole(&all[..1_000]), None);
        page.take(frames);
        assert_eq!(page.shown, all[800..1_000]);
        for end in 1_000..1_500 {
            // Of what was written so far only the newest 500 lines are known here.
            let known = &window(&all, end - 500, end);
            if end % 7 == 0 {
                let (next, frames) = Feed::resume(known, page.last.as_deref());
                page.take(frames);
                feed = next;
            } else {
                page.take(feed.update(known));
            }
            assert_eq!(page.shown, all[end - page.shown.len()..end]);
            assert!(page.shown.len() >= MOST);
        }
        assert_eq!(page.resets, 1);
        // Who was away for too long begins anew.
        let away = Feed::resume(&whole(&all[..1_000]), None).1;
        page.take(away);
        page.take(Feed::resume(&whole(&all), page.last.clone().as_deref()).1);
        assert_eq!(page.shown, all[1_300..]);
    }

    #[test]
    fn what_comes_before_is_named() {
        let all: Vec<Line> = (0..900).map(|n| line(&format!("{n:03}"), "x")).collect();
        let shown = |window: &Window| {
            let mut page = Page::default();
            page.take(Feed::resume(window, None).1);
            (page.shown.len(), page.earlier)
        };
        let name = |id: &str| Some(id.to_owned());
        for (case, begin, end, expected) in [
            ("nothing", 0, 0, (0, None)),
            ("all of it", 0, MOST, (MOST, None)),
            ("one too many", 0, MOST + 1, (MOST, name("001"))),
            ("the end of it", 500, 900, (MOST, name("700"))),
            ("fewer than are shown", 890, 900, (10, name("890"))),
        ] {
            assert_eq!(shown(&window(&all, begin, end)), expected, "{case}");
        }
        // Of the newest messages none is to be seen.
        let hidden = Window {
            lines: Vec::new(),
            before: name("100"),
        };
        assert_eq!(shown(&hidden), (0, name("100")));
        let (mut feed, _) = Feed::resume(&hidden, None);
        assert_eq!(feed.update(&hidden), []);
        let mut page = Page::default();
        page.take(feed.update(&window(&all, 200, 201)));
        assert_eq!((page.shown.len(), page.earlier), (1, name("200")));
    }

    /// A page that stays open while more is written than a window holds begins anew.
    #[test]
    fn a_window_that_moved_on_is_told_from_the_beginning() {
        let all: Vec<Line> = (0..500).map(|n| line(&format!("{n:03}"), "x")).collect();
        let mut page = Page::default();
        let (mut feed, frames) = Feed::resume(&whole(&all[..50]), None);
        page.take(frames);
        for end in 51..500 {
            page.take(feed.update(&window(&all, end.max(100) - 100, end)));
            assert_eq!(page.shown, all[end - page.shown.len()..end]);
        }
        assert!(page.resets > 0 && page.earlier.is_some());
        page.take(Feed::resume(&window(&all, 400, 500), Some("0.0")).1);
        assert_eq!(page.shown, all[400..]);
    }

    #[test]
    fn long_lines_are_fewer() {
        let text = "x".repeat(16_000);
        let all: Vec<Line> = (0..99).map(|n| line(&format!("{n}"), &text)).collect();
        let shown = |frames: Vec<Frame>| {
            let is_line = |frame: &&Frame| matches!(frame, Frame::Line { .. });
            frames.iter().filter(is_line).count()
        };
        assert_eq!(shown(Feed::resume(&whole(&all), None).1), BYTES / 16_000);
        let huge = [line("1", "x"), line("2", &"x".repeat(BYTES + 1))];
        assert_eq!(shown(Feed::resume(&whole(&huge), None).1), 1);
    }

    proptest! {
        /// Whatever happens to a conversation, live or away, a page comes to show just what stands.
        #[test]
        fn a_page_shows_what_stands(
            steps in vec((0..6usize, 0..4usize, any::<bool>(), any::<bool>()), 1..40),
        ) {
            let mut lines: Vec<Line> = Vec::new();
            let (mut feed, _) = Feed::resume(&whole(&lines), None);
            let mut page = Page::default();
            for (n, (place, what, cut, away)) in steps.into_iter().enumerate() {
                let place = place.min(lines.len());
                match what {
                    0 if place < lines.len() => lines[place].text.push('!'),
                    1 if place < lines.len() => drop(lines.remove(place)),
                    2 => lines.insert(place, line(&format!("{n}"), "between")),
                    _ => lines.push(line(&format!("{n}"), "end")),
                }
                if away {
                    // The page is cut off here, perhaps after only some of what was sent.
                    if cut {
                        let mut frames = feed.update(&whole(&lines));
                        frames.truncate(frames.len() / 2);
                        page.take(frames);
                    }
                    let (next, frames) = Feed::resume(&whole(&lines), page.last.as_deref());
                    feed = next;
                    if page.last.is_none() {
                        page.shown.clear();
                    }
                    page.take(frames);
                } else {
                    let frames = feed.update(&whole(&lines));
                    page.take(frames);
                }
                let mut stands = lines.clone();
                stands.sort_by(|a, b| a.id.cmp(&b.id));
                prop_assert_eq!(page.sorted(), stands);
            }
        }
    }
}
