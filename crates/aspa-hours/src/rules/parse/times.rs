//! Hours of a day.

use super::{Parsed, Parser};
use crate::Interval;
use crate::rules::Unsupported;
use crate::rules::token::Kind;

impl Parser<'_> {
    pub(super) fn interval(&mut self) -> Parsed<Interval> {
        self.refuse_sun()?;
        let start = self.next;
        let from = self.clock()?;
        match self.peek().kind {
            Kind::Sign('+') => return Err(self.unsupported(Unsupported::OpenEnd)),
            Kind::Sign('-') => self.next += 1,
            _ => {
                self.next = start;
                return Err(self.unsupported(Unsupported::PointInTime));
            }
        }
        self.refuse_sun()?;
        if !self.at_time(0) {
            return Err(self.unexpected("write when it closes, such as `18:00`"));
        }
        let to = self.clock()?;
        let to = if to < from { to + 86_400 } else { to };
        let token = self.peek();
        if token.kind == Kind::Sign('+') {
            return Err(self.unsupported(Unsupported::OpenEnd));
        }
        if token.kind == Kind::Sign('/') {
            return Err(self.unsupported(Unsupported::Repeat));
        }
        Interval::new(from, to).map_err(|_| {
            self.next = start;
            self.unexpected(if from >= 86_400 {
                "start before 24:00; what starts later belongs to the next day"
            } else if from == to {
                "write `00:00-24:00` for a whole day, or `off`"
            } else {
                "end by 48:00"
            })
        })
    }

    /// `HH:MM` or `HH:MM:SS`.
    fn clock(&mut self) -> Parsed<u32> {
        let hours = self.number(0..=48, "write an hour, 00 to 48")?;
        self.next += 1;
        let part = |parser: &mut Self| {
            let two = matches!(parser.peek().kind, Kind::Number(_, 2));
            if !two {
                return Err(parser.unexpected("write two digits, 00 to 59"));
            }
            parser.number(0..=59, "write two digits, 00 to 59")
        };
        let minutes = part(self)?;
        let mut seconds = 0;
        if self.peek().kind == Kind::Sign(':') && !self.ahead(1).spaced {
            self.next += 1;
            seconds = part(self)?;
        }
        Ok(u32::from(hours) * 3_600 + u32::from(minutes) * 60 + u32::from(seconds))
    }

    fn refuse_sun(&self) -> Parsed<()> {
        if self.sun_at(0) {
            return Err(self.unsupported(Unsupported::SunTime));
        }
        Ok(())
    }
}
