use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::day::{Category, ENGLISH, PublicHoliday};
use super::region::{HolidayError, Region};

/// Which holidays count: those of a region, in some categories.
///
/// As text it is the code of the region alone, such as `"FI"`, and then means the holidays by law
/// with English names; else
/// `{ "region": "SE", "categories": ["public", "de_facto"], "language": "sv" }`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct HolidaySet {
    /// Where.
    pub region: Region,
    /// Which categories, in any order.
    pub categories: Vec<Category>,
    language: &'static str,
}

impl HolidaySet {
    /// The holidays by law of a region.
    #[must_use]
    pub fn new(region: Region) -> Self {
        Self {
            region,
            categories: vec![Category::Public],
            language: ENGLISH,
        }
    }

    /// Says which categories count, instead of [`Category::Public`] alone.
    #[must_use]
    pub fn categories(mut self, categories: impl IntoIterator<Item = Category>) -> Self {
        self.categories = categories.into_iter().collect();
        self
    }

    /// Names the holidays in a language of the region (BCP 47 tag), such as `fi`, instead of
    /// English.
    ///
    /// # Errors
    /// [`HolidayError::UnknownLanguage`] where the region has no names in it; the error lists
    /// [`Region::languages`].
    pub fn language(mut self, tag: &str) -> Result<Self, HolidayError> {
        let known = self
            .region
            .languages()
            .into_iter()
            .find(|known| *known == tag);
        self.language = known.ok_or_else(|| HolidayError::UnknownLanguage {
            region: self.region,
            language: tag.to_owned(),
        })?;
        Ok(self)
    }

    pub(crate) const fn tag(&self) -> &'static str {
        self.language
    }

    /// The holidays of a year, sorted by date; see [`Region::holidays`].
    ///
    /// Two holidays may fall on one date, such as Ascension Day on May Day.
    #[must_use]
    pub fn year(&self, year: i32) -> Vec<PublicHoliday> {
        let mut days = self.region.holidays(year);
        days.retain(|day| self.categories.contains(&day.category));
        for day in &mut days {
            day.name = day.names.of(self.language);
        }
        days
    }
}

impl From<Region> for HolidaySet {
    fn from(region: Region) -> Self {
        Self::new(region)
    }
}

impl Serialize for HolidaySet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if *self == Self::new(self.region) {
            return self.region.serialize(serializer);
        }
        let english = self.language == ENGLISH;
        let mut set = serializer.serialize_struct("HolidaySet", if english { 2 } else { 3 })?;
        set.serialize_field("region", &self.region)?;
        set.serialize_field("categories", &self.categories)?;
        if !english {
            set.serialize_field("language", self.language)?;
        }
        set.end()
    }
}

impl<'de> Deserialize<'de> for HolidaySet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrFields)
    }
}

/// The long form, read as text first so that an error can name its field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    region: String,
    #[serde(default)]
    categories: Option<Vec<String>>,
    #[serde(default)]
    language: Option<String>,
}

impl Fields {
    fn set(self) -> Result<HolidaySet, String> {
        let region: Region = self.region.parse().map_err(|e| format!("region: {e}"))?;
        let mut set = HolidaySet::new(region);
        if let Some(names) = self.categories {
            let categories: Result<Vec<_>, _> = names.iter().map(|name| category(name)).collect();
            set.categories = categories
                .and_then(|some| {
                    if some.is_empty() {
                        Err(HolidayError::NoCategory)
                    } else {
                        Ok(some)
                    }
                })
                .map_err(|e| format!("categories: {e}"))?;
        }
        match self.language {
            Some(tag) => set.language(&tag).map_err(|e| format!("language: {e}")),
            None => Ok(set),
        }
    }
}

fn category(name: &str) -> Result<Category, HolidayError> {
    match name {
        "public" => Ok(Category::Public),
        "de_facto" => Ok(Category::DeFacto),
        "half_day" => Ok(Category::HalfDay),
        _ => Err(HolidayError::UnknownCategory {
            category: name.to_owned(),
        }),
    }
}

struct TextOrFields;

impl<'de> Visitor<'de> for TextOrFields {
    type Value = HolidaySet;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a region such as \"FI\", or {\"region\": .., \"categories\": .., \"language\": ..}",
        )
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<HolidaySet, E> {
        text.parse().map(HolidaySet::new).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<HolidaySet, A::Error> {
        Fields::deserialize(MapAccessDeserializer::new(map))?
            .set()
            .map_err(A::Error::custom)
    }
}
