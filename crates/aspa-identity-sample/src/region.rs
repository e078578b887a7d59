//! Where a world lies: its tongues, towns, phone numbers, mail providers and number formats.

use crate::names::Tongue;
use crate::rng::{Rng, hashed};

/// What country or continent a world resembles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Style {
    /// Finland: Finnish and Swedish, with its newcomers.
    #[default]
    Finland,
    /// Germany, Sweden, Spain, Britain, Estonia and their neighbours.
    Europe,
    /// The United States: English, Spanish and everybody else.
    Us,
}

impl Style {
    /// Every style.
    pub const ALL: [Self; 3] = [Self::Finland, Self::Europe, Self::Us];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Finland => "finland",
            Self::Europe => "europe",
            Self::Us => "us",
        }
    }

    pub(crate) fn tongue(self, rng: &mut Rng) -> Tongue {
        use Tongue::{
            Arabic, Eastern, English, Estonian, Finnish, German, Greek, Russian, Spanish, Swedish,
        };
        rng.weighted(match self {
            Self::Finland => &[
                (800, Finnish),
                (65, Swedish),
                (40, Russian),
                (30, Estonian),
                (20, English),
                (20, Arabic),
                (10, Eastern),
                (8, German),
                (7, Spanish),
            ],
            Self::Europe => &[
                (270, German),
                (200, Swedish),
                (190, Spanish),
                (150, English),
                (80, Estonian),
                (60, Russian),
                (20, Greek),
                (20, Arabic),
                (10, Finnish),
            ],
            Self::Us => &[
                (650, English),
                (190, Spanish),
                (50, Eastern),
                (30, German),
                (20, Arabic),
                (20, Russian),
                (20, Greek),
                (20, Swedish),
            ],
        })
    }

    /// The country in which somebody of this tongue lives.
    pub(crate) fn country(self, tongue: Tongue, rng: &mut Rng) -> &'static Country {
        let [fi, se, de, at, es, gb, ee, us] = &COUNTRIES;
        match (self, tongue) {
            (Self::Finland, _) if rng.chance(985) => fi,
            (Self::Us, _) if rng.chance(990) => us,
            (_, Tongue::Finnish | Tongue::Swedish) => se,
            (_, Tongue::Spanish) => es,
            (_, Tongue::English) => gb,
            (_, Tongue::Estonian) => ee,
            (_, Tongue::Russian) if rng.chance(500) => ee,
            _ if rng.chance(150) => at,
            _ => de,
        }
    }

    /// The customer number of the record with this index in its world.
    pub(crate) fn customer_no(self, index: u64, rng: &mut Rng) -> String {
        match self {
            Self::Finland => format!("{}", 20_000_000 + index * 7 + rng.below(7)),
            Self::Europe => {
                let digits = format!("{}", 300_000 + index * 3 + rng.below(3));
                format!("EK-{digits}{}", luhn(&digits))
            }
            Self::Us => format!("{}", 400_000_000 + index * 11 + rng.below(11)),
        }
    }

    /// The `nth` order number of that record, `nth` below 4.
    pub(crate) fn order_no(self, index: u64, nth: u64) -> String {
        let number = index * 4 + nth;
        match self {
            Self::Finland => format!("TIL{}", 1_000_000 + number),
            Self::Europe => format!("45{:08}", 10_000_000 + number),
            Self::Us => format!("W{}", 10_000_000 + number),
        }
    }
}

/// The check digit by Luhn (ISO/IEC 7812-1, annex B).
fn luhn(digits: &str) -> u32 {
    let values = digits.bytes().rev().enumerate();
    let sum: u32 = values
        .map(|(at, byte)| {
            let value = u32::from(byte - b'0') * if at % 2 == 0 { 2 } else { 1 };
            value / 10 + value % 10
        })
        .sum();
    (10 - sum % 10) % 10
}

/// A prime: its multiples go through a whole number plan before any comes again.
const SPREAD: u128 = 2_654_435_761;

/// What is the same for everybody who lives in a country.
#[derive(Debug)]
pub(crate) struct Country {
    pub(crate) code: &'static str,
    /// As people call it in their profiles.
    pub(crate) names: &'static [&'static str],
    pub(crate) towns: &'static [&'static str],
    streets: &'static [&'static str],
    /// Whether the number of the house stands before the street.
    number_first: bool,
    calling: &'static str,
    /// What is dialled before a number within the country.
    trunk: &'static str,
    mobile: &'static [&'static str],
    mobile_digits: u32,
    landline: &'static str,
    mail: &'static [(u32, &'static str)],
    pub(crate) tld: &'static str,
    pub(crate) forms: &'static [&'static str],
}

impl Country {
    pub(crate) fn postcode(&self, town: &str, rng: &mut Rng) -> String {
        let area = 10 + hashed(town) % 89;
        match self.code {
            "SE" => format!("{area}{} {:02}", rng.below(10), rng.within(10, 99)),
            "AT" => format!("{area}{:02}", rng.below(100)),
            "GB" => format!(
                "{}{} {}AB",
                &town[..1].to_uppercase(),
                rng.within(1, 28),
                rng.within(1, 9)
            ),
            _ => format!("{area}{:03}", rng.below(1000)),
        }
    }

    pub(crate) fn street(&self, rng: &mut Rng) -> String {
        let (street, house) = (rng.common(self.streets), rng.within(1, 88));
        if self.number_first {
            return match rng.chance(300) {
                true => format!("{house} {street}, Apt {}", rng.within(1, 60)),
                false => format!("{house} {street}"),
            };
        }
        match rng.chance(500) {
            true => format!(
                "{street} {house} {} {}",
                rng.pick(&["A", "B", "C", "D"]),
                rng.within(1, 60)
            ),
            false => format!("{street} {house}"),
        }
    }

    pub(crate) fn mail_host(&self, rng: &mut Rng) -> &'static str {
        rng.weighted(self.mail)
    }

    /// The mobile number of an id; different ids have different numbers as long as the plan is large enough.
    pub(crate) fn mobile(&'static self, id: u64) -> Phone {
        let each = 10_u64.pow(self.mobile_digits);
        let at = (u128::from(id) * SPREAD + 4_711) % u128::from(each * self.mobile.len() as u64);
        let at = at as u64;
        let prefix = self.mobile[(at / each) as usize];
        let digits = self.mobile_digits as usize;
        Phone {
            country: self,
            national: format!("{prefix}{:0digits$}", at % each),
        }
    }

    /// The landline of a home.
    pub(crate) fn landline(&'static self, id: u64) -> Phone {
        let at = (u128::from(id) * SPREAD + 815) % 100_000_000;
        Phone {
            country: self,
            national: format!("{}{at:08}", self.landline),
        }
    }
}

/// A phone number.
#[derive(Debug, Clone)]
pub(crate) struct Phone {
    country: &'static Country,
    /// Without country code and trunk prefix.
    pub(crate) national: String,
}

impl Phone {
    /// As somebody writes it; abroad is who keeps the country code.
    pub(crate) fn written(&self, rng: &mut Rng) -> String {
        let Country {
            calling,
            trunk,
            code,
            ..
        } = self.country;
        let number = self.national.as_str();
        let (area, rest) = number.split_at(match *code {
            "US" | "DE" | "AT" | "ES" => 3,
            "GB" => 4,
            _ => 2,
        });
        let half = rest.len() / 2;
        let (middle, end) = rest.split_at(half);
        match rng.below(10) {
            0..=2 => format!("+{calling}{number}"),
            3 => format!("+{calling} {area} {rest}"),
            4 => format!("00{calling}{number}"),
            5 if *code == "US" => format!("({area}) {middle}-{end}"),
            5 => format!("+{calling} ({trunk}){area} {rest}"),
            6 => format!("{trunk}{area} {middle} {end}"),
            7 => format!("{trunk}{number}"),
            8 => format!("{trunk}{area}-{rest}"),
            _ => format!("+{calling} {area} {middle} {end}"),
        }
    }

    /// The same with one digit wrong, or two that stand beside each other swapped.
    pub(crate) fn mistyped(&self, rng: &mut Rng) -> Self {
        Self {
            country: self.country,
            national: mistyped_digits(&self.national, rng),
        }
    }
}

/// One of the last digits changed, or two of them swapped; never the same again.
pub(crate) fn mistyped_digits(number: &str, rng: &mut Rng) -> String {
    let mut bytes: Vec<u8> = number.bytes().collect();
    let places: Vec<usize> = (0..bytes.len())
        .filter(|at| bytes[*at].is_ascii_digit())
        .collect();
    let last = &places[places.len().saturating_sub(6)..];
    if last.is_empty() {
        return number.to_owned();
    }
    let at = rng.pick(last);
    let other = at.saturating_sub(1);
    if rng.chance(400) && bytes[other].is_ascii_digit() && bytes[other] != bytes[at] {
        bytes.swap(at, other);
    } else {
        bytes[at] = b'0' + (bytes[at] - b'0' + 1 + rng.below(9) as u8) % 10;
    }
    bytes.into_iter().map(char::from).collect()
}

const WORLD_MAIL: [(u32, &str); 6] = [
    (500, "gmail.com"),
    (120, "hotmail.com"),
    (110, "outlook.com"),
    (70, "icloud.com"),
    (30, "proton.me"),
    (30, "yahoo.com"),
];

/// Finland, Sweden, Germany, Austria, Spain, Britain, Estonia, the United States.
static COUNTRIES: [Country; 8] = [
    Country {
        code: "FI",
        names: &["Finland", "Suomi", "FI", "Finland 🇫🇮"],
        towns: &[
            "Helsinki",
            "Espoo",
            "Tampere",
            "Vantaa",
            "Oulu",
            "Turku",
            "Jyväskylä",
            "Kuopio",
            "Lahti",
            "Pori",
            "Kouvola",
            "Joensuu",
            "Lappeenranta",
            "Vaasa",
            "Hämeenlinna",
            "Seinäjoki",
            "Rovaniemi",
            "Mikkeli",
            "Kotka",
            "Salo",
            "Porvoo",
            "Kokkola",
            "Hyvinkää",
            "Lohja",
            "Järvenpää",
            "Rauma",
            "Kajaani",
            "Kerava",
            "Kirkkonummi",
            "Nokia",
            "Savonlinna",
            "Ylöjärvi",
            "Imatra",
            "Raahe",
            "Forssa",
            "Iisalmi",
            "Varkaus",
            "Pietarsaari",
            "Tornio",
            "Kuusamo",
            "Naantali",
            "Loviisa",
        ],
        streets: &[
            "Koulukatu",
            "Rantatie",
            "Kirkkokatu",
            "Asematie",
            "Puistokatu",
            "Metsätie",
            "Mäkitie",
            "Koivukuja",
            "Mannerheimintie",
            "Hämeentie",
            "Satamakatu",
            "Torikatu",
            "Peltotie",
            "Niittypolku",
            "Kalevankatu",
            "Runeberginkatu",
            "Myllytie",
            "Kauppakatu",
            "Urheilutie",
            "Pihlajatie",
            "Aleksanterinkatu",
            "Lehtokuja",
            "Harjukatu",
            "Kuusitie",
            "Lammenranta",
            "Vanhatie",
            "Kivikatu",
            "Sepänkatu",
            "Opistotie",
            "Teollisuuskatu",
        ],
        number_first: false,
        calling: "358",
        trunk: "0",
        mobile: &["40", "41", "44", "45", "46", "50"],
        mobile_digits: 7,
        landline: "9",
        mail: &[
            (480, "gmail.com"),
            (150, "hotmail.com"),
            (90, "outlook.com"),
            (60, "luukku.com"),
            (60, "elisanet.fi"),
            (50, "kolumbus.fi"),
            (40, "icloud.com"),
            (40, "suomi24.fi"),
            (30, "pp.inet.fi"),
        ],
        tld: "fi",
        forms: &["Oy", "Oyj", "Ky", "Ab", "Tmi", "ry"],
    },
    Country {
        code: "SE",
        names: &["Sverige", "Sweden", "🇸🇪", "SE"],
        towns: &[
            "Stockholm",
            "Göteborg",
            "Malmö",
            "Uppsala",
            "Västerås",
            "Örebro",
            "Linköping",
            "Helsingborg",
            "Jönköping",
            "Norrköping",
            "Lund",
            "Umeå",
            "Gävle",
            "Borås",
            "Södertälje",
            "Eskilstuna",
            "Halmstad",
            "Växjö",
            "Karlstad",
            "Sundsvall",
            "Östersund",
            "Trollhättan",
            "Luleå",
            "Kalmar",
        ],
        streets: &[
            "Storgatan",
            "Kungsgatan",
            "Drottninggatan",
            "Skolgatan",
            "Kyrkogatan",
            "Vasagatan",
            "Björkvägen",
            "Skogsvägen",
            "Ringvägen",
            "Trädgårdsgatan",
            "Nygatan",
            "Parkvägen",
            "Strandvägen",
            "Villagatan",
            "Industrigatan",
            "Hagavägen",
            "Östergatan",
            "Granvägen",
            "Åsgatan",
            "Lillgatan",
        ],
        number_first: false,
        calling: "46",
        trunk: "0",
        mobile: &["70", "72", "73", "76", "79"],
        mobile_digits: 7,
        landline: "8",
        mail: &[
            (450, "gmail.com"),
            (200, "hotmail.com"),
            (120, "telia.com"),
            (80, "outlook.com"),
            (60, "icloud.com"),
            (40, "live.se"),
            (40, "bredband.net"),
        ],
        tld: "se",
        forms: &["AB", "HB", "KB"],
    },
    Country {
        code: "DE",
        names: &["Deutschland", "Germany", "🇩🇪", "DE"],
        towns: &[
            "Berlin",
            "Hamburg",
            "München",
            "Köln",
            "Frankfurt",
            "Stuttgart",
            "Düsseldorf",
            "Leipzig",
            "Dortmund",
            "Essen",
            "Bremen",
            "Dresden",
            "Hannover",
            "Nürnberg",
            "Duisburg",
            "Bochum",
            "Wuppertal",
            "Bielefeld",
            "Bonn",
            "Münster",
            "Mannheim",
            "Karlsruhe",
            "Augsburg",
            "Wiesbaden",
            "Gelsenkirchen",
            "Aachen",
            "Kiel",
            "Lübeck",
            "Freiburg",
            "Erfurt",
            "Rostock",
            "Kassel",
            "Regensburg",
            "Würzburg",
        ],
        streets: &[
            "Hauptstraße",
            "Schulstraße",
            "Dorfstraße",
            "Bahnhofstraße",
            "Gartenstraße",
            "Bergstraße",
            "Lindenstraße",
            "Birkenweg",
            "Kirchgasse",
            "Waldstraße",
            "Ringstraße",
            "Goethestraße",
            "Schillerstraße",
            "Mozartstr.",
            "Am Markt",
            "Mühlenweg",
            "Rosenweg",
            "Jahnstraße",
            "Wiesengrund",
            "Feldweg",
        ],
        number_first: false,
        calling: "49",
        trunk: "0",
        mobile: &["151", "152", "157", "160", "170", "172", "175", "176"],
        mobile_digits: 8,
        landline: "30",
        mail: &[
            (300, "gmail.com"),
            (200, "gmx.de"),
            (200, "web.de"),
            (120, "t-online.de"),
            (60, "outlook.de"),
            (60, "freenet.de"),
            (40, "posteo.de"),
        ],
        tld: "de",
        forms: &["GmbH", "AG", "KG", "e.K.", "GmbH & Co. KG", "UG"],
    },
    Country {
        code: "AT",
        names: &["Österreich", "Austria", "🇦🇹"],
        towns: &[
            "Wien",
            "Graz",
            "Linz",
            "Salzburg",
            "Innsbruck",
            "Klagenfurt",
            "Villach",
            "Wels",
            "St. Pölten",
            "Dornbirn",
        ],
        streets: &[
            "Hauptplatz",
            "Wiener Straße",
            "Bahnhofstraße",
            "Kirchengasse",
            "Lindengasse",
            "Feldgasse",
            "Mariahilfer Straße",
            "Schulgasse",
        ],
        number_first: false,
        calling: "43",
        trunk: "0",
        mobile: &["650", "660", "664", "676", "699"],
        mobile_digits: 7,
        landline: "1",
        mail: &[
            (400, "gmail.com"),
            (250, "gmx.at"),
            (150, "aon.at"),
            (100, "chello.at"),
            (80, "outlook.com"),
        ],
        tld: "at",
        forms: &["GmbH", "AG", "OG", "e.U."],
    },
    Country {
        code: "ES",
        names: &["España", "Spain", "🇪🇸"],
        towns: &[
            "Madrid",
            "Barcelona",
            "Valencia",
            "Sevilla",
            "Zaragoza",
            "Málaga",
            "Murcia",
            "Palma",
            "Bilbao",
            "Alicante",
            "Córdoba",
            "Valladolid",
            "Vigo",
            "Gijón",
            "A Coruña",
            "Granada",
            "Vitoria",
            "Elche",
            "Oviedo",
            "Pamplona",
            "Santander",
            "Logroño",
        ],
        streets: &[
            "Calle Mayor",
            "Calle Real",
            "Avenida de la Constitución",
            "Plaza España",
            "Calle del Sol",
            "Gran Vía",
            "Calle Nueva",
            "Paseo Marítimo",
            "Calle San Juan",
            "Calle Cervantes",
        ],
        number_first: false,
        calling: "34",
        trunk: "",
        mobile: &["60", "61", "62", "63", "64", "65", "66", "67", "68", "69"],
        mobile_digits: 7,
        landline: "9",
        mail: &[
            (520, "gmail.com"),
            (230, "hotmail.com"),
            (100, "hotmail.es"),
            (70, "yahoo.es"),
            (40, "telefonica.net"),
            (40, "icloud.com"),
        ],
        tld: "es",
        forms: &["S.L.", "S.A.", "SLU"],
    },
    Country {
        code: "GB",
        names: &["UK", "United Kingdom", "England", "🇬🇧"],
        towns: &[
            "London",
            "Birmingham",
            "Leeds",
            "Glasgow",
            "Sheffield",
            "Manchester",
            "Edinburgh",
            "Liverpool",
            "Bristol",
            "Cardiff",
            "Leicester",
            "Wakefield",
            "Coventry",
            "Nottingham",
            "Newcastle",
            "Sunderland",
            "Brighton",
            "Hull",
            "Plymouth",
            "Reading",
            "Derby",
            "York",
            "Exeter",
        ],
        streets: &[
            "High Street",
            "Station Road",
            "Church Lane",
            "Victoria Road",
            "Green Lane",
            "Manor Road",
            "Park Avenue",
            "Queens Road",
            "Mill Lane",
            "The Crescent",
            "Kings Road",
            "Grange Road",
        ],
        number_first: true,
        calling: "44",
        trunk: "0",
        mobile: &["74", "75", "77", "78", "79"],
        mobile_digits: 8,
        landline: "20",
        mail: &[
            (420, "gmail.com"),
            (180, "hotmail.co.uk"),
            (110, "btinternet.com"),
            (90, "yahoo.co.uk"),
            (80, "outlook.com"),
            (60, "icloud.com"),
            (40, "sky.com"),
        ],
        tld: "co.uk",
        forms: &["Ltd", "plc", "LLP", "Limited"],
    },
    Country {
        code: "EE",
        names: &["Eesti", "Estonia", "🇪🇪"],
        towns: &[
            "Tallinn",
            "Tartu",
            "Narva",
            "Pärnu",
            "Viljandi",
            "Rakvere",
            "Kuressaare",
            "Haapsalu",
            "Võru",
            "Paide",
        ],
        streets: &[
            "Pikk",
            "Tartu mnt",
            "Narva mnt",
            "Kooli",
            "Kesk",
            "Metsa",
            "Aia",
            "Jaama",
            "Lille",
            "Vabaduse pst",
        ],
        number_first: false,
        calling: "372",
        trunk: "",
        mobile: &["51", "52", "53", "55", "56", "58", "59"],
        mobile_digits: 6,
        landline: "6",
        mail: &[
            (520, "gmail.com"),
            (150, "hot.ee"),
            (110, "mail.ee"),
            (80, "hotmail.com"),
            (60, "online.ee"),
        ],
        tld: "ee",
        forms: &["OÜ", "AS", "MTÜ"],
    },
    Country {
        code: "US",
        names: &["USA", "United States", "🇺🇸", "US", "America"],
        towns: &[
            "New York",
            "Los Angeles",
            "Chicago",
            "Houston",
            "Phoenix",
            "Philadelphia",
            "San Antonio",
            "San Diego",
            "Dallas",
            "Austin",
            "Jacksonville",
            "Columbus",
            "Charlotte",
            "Indianapolis",
            "Seattle",
            "Denver",
            "Boston",
            "Nashville",
            "Portland",
            "Las Vegas",
            "Detroit",
            "Memphis",
            "Louisville",
            "Baltimore",
            "Milwaukee",
            "Tucson",
            "Fresno",
            "Sacramento",
            "Mesa",
            "Atlanta",
            "Omaha",
            "Raleigh",
            "Miami",
            "Oakland",
            "Tulsa",
            "Tampa",
            "Wichita",
            "Cleveland",
        ],
        streets: &[
            "Main St",
            "Oak St",
            "Maple Ave",
            "2nd St",
            "Park Ave",
            "Cedar Ln",
            "Elm St",
            "Washington Blvd",
            "Lake Dr",
            "Hillcrest Rd",
            "Sunset Blvd",
            "Pine St",
            "River Rd",
            "Jefferson Ave",
        ],
        number_first: true,
        calling: "1",
        trunk: "",
        mobile: &[
            "212", "310", "312", "713", "602", "215", "210", "619", "214", "512", "904", "614",
            "704", "317", "206", "303", "617", "615", "503", "702", "313", "901", "502", "410",
        ],
        mobile_digits: 7,
        landline: "40",
        mail: &WORLD_MAIL,
        tld: "com",
        forms: &["Inc", "LLC", "Corp.", "Co", "Inc."],
    },
];
