"""Compares the holiday rules of this crate with the Python package `holidays`.

    python3 -m venv venv && venv/bin/pip install holidays==0.109
    venv/bin/python crates/aspa-hours/compare/holidays.py [--years 2020-2032] [--names]

For every region and year that both sides speak of, each day (its date, and whether it stands for a
day on a weekend) must be on both sides, in categories that mean the same. What differs must be in
EXPLAINED, with its source; what was used of it is printed. `--names` prints the names that meet, to be
read by a person. Exit status: 0 without unexplained differences.
"""

import argparse
import collections
import datetime
import json
import re
import subprocess
import sys

sys.path = sys.path[1:]  # this file has the name of the package
import holidays  # noqa: E402

# Our categories beside theirs. What they have in other categories is no day off; they have no
# half-days of DE (Ladenschlussgesetz § 3) and NO (lov 24. februar 1995 nr. 12, § 5).
CATEGORIES = {
    "DE": [("public", "public")],
    "DK": [("public", "public"), ("de_facto half_day", "optional")],
    "EE": [("public", "public"), ("half_day", "half_day")],
    "FI": [("public", "public")],
    "GB": [("public", "public")],
    "IE": [("public", "public"), ("de_facto", "optional")],
    "NO": [("public", "public")],
    "SE": [("public", "public"), ("de_facto", "de_facto"), ("half_day", "optional")],
    "US": [("public", "public"), ("half_day", "half_day")],
}

# Regions of ours that are not a country or a subdivision of theirs.
SUBDIVISIONS = {
    "DE-BY-AUGSBURG": ("Augsburg", ()),
    "DE-BY-CATHOLIC": ("BY", ("catholic",)),
    "DE-SN-CATHOLIC": ("SN", ("catholic",)),
    "DE-TH-CATHOLIC": ("TH", ("catholic",)),
}

# (region, our categories, side, date), each a pattern of the whole text; then why, and the source.
EXPLAINED = [
    ("SE", "half_day", "theirs", r"\d{4}-..-..: (Holy Saturday|Squeeze day|Pentecost Eve)",
     "no half-days: a Saturday, a day between holidays that many take off, a Saturday"),
    ("FI(-01)?", "public", "(ours|theirs)", r"1991-(01-06|01-12|05-04|05-09): .*",
     "Epiphany and Ascension Day lay on Saturdays from 1973 to 1991, back on their days from 1992"
     " (almanac office of the University of Helsinki, as cited by Finnish newspapers)"),
    ("GB-SCT", "public", "theirs", r"2006-11-30: .*",
     "St Andrew's Day Bank Holiday (Scotland) Act 2007: royal assent on 15 January 2007"),
    ("GB-(ENG|NIR|WLS)", "public", "ours", r"1974-01-01: .*",
     "New Year's Day is a bank holiday from 1974, by proclamation of 1973"),
    ("IE", "public", "ours", r"2001-09-14: .*",
     "the day of mourning after 11 September was in 2001; the package has it in 2011"),
    ("IE", "public", "theirs", r"2011-09-14: .*",
     "the day of mourning after 11 September was in 2001; the package has it in 2011"),
    ("US-CA", "public", "ours", r"20(3[6-9]|[4-9]\d).*: Diwali",
     "their table ends with 2035; ours is told by diwali.py, which gives the same dates before"),
    ("US-HI", "public", "ours", r".*: Good Friday", "Hawaii Revised Statutes § 8-1, since 1941"),
    ("US-MO", "public", "ours", r".*: Lincoln's Birthday", "Missouri Revised Statutes § 9.010"),
    ("US-SC", "public", "theirs", r".*: Confederate Memorial Day",
     "South Carolina Code § 53-5-10: 10 May since 2000, optional before, never a Monday of April"),
    ("US-SC", "public", "ours",
     r".*: (Confederate Memorial Day|Day after Thanksgiving|Christmas Eve|Day after Christmas)",
     "South Carolina Code § 53-5-10, since 2000, Christmas Eve since 2009"),
]

Day = collections.namedtuple("Day", "date observed")


def ours(binary, first, last):
    """Our days: region -> category -> {Day: names}, and since when each region is known."""
    command = binary or ["cargo", "run", "-q", "-p", "aspa-hours", "--example", "holidays", "--"]
    out = subprocess.run([*command, "all", str(first), str(last)], check=True, capture_output=True)
    days = collections.defaultdict(lambda: collections.defaultdict(dict))
    for line in out.stdout.decode().splitlines():
        day = json.loads(line)
        key = Day(datetime.date.fromisoformat(day["date"]), day["observed"])
        names = days[day["region"]][day["category"]]
        names[key] = "; ".join(filter(None, [names.get(key), day["names"]["en"]]))
    return days


def theirs(region, category, years):
    """Their days: {Day: names}."""
    country, _, subdivision = region.partition("-")
    subdivision, more = SUBDIVISIONS.get(region, (subdivision or None, ()))
    found = holidays.country_holidays(
        country, subdiv=subdivision, years=years, categories=(category, *more)
    )
    days = {}
    for date, names in found.items():
        for name in names.split("; "):
            key = Day(date, "observed" in name)
            days[key] = "; ".join(filter(None, [days.get(key), name]))
    return days


def explanation(region, categories, side, text):
    for index, (*patterns, _) in enumerate(EXPLAINED):
        found = zip(patterns, (region, categories, side, text))
        if all(re.fullmatch(pattern, part, re.IGNORECASE) for pattern, part in found):
            return index
    return None


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--years", default="2020-2032")
    arguments.add_argument("--names", action="store_true")
    arguments.add_argument("--binary", nargs="+", help="the built example, instead of cargo")
    arguments = arguments.parse_args()
    first, last = map(int, arguments.years.split("-"))

    used, unexplained, compared, met = set(), 0, 0, set()
    for region, by_category in sorted(ours(arguments.binary, first, last).items()):
        country = region.split("-")[0]
        since = min(day.date.year for days in by_category.values() for day in days)
        years = range(since, last + 1)
        for our_categories, their_category in CATEGORIES[country]:
            mine = {}
            for category in our_categories.split():
                mine.update(by_category[category])
            package = holidays.country_holidays(country)
            if their_category not in package.supported_categories:
                continue
            other = theirs(region, their_category, years)
            compared += len(mine)
            for side, days, against in (("ours", mine, other), ("theirs", other, mine)):
                for day in sorted(days.keys() - against.keys()):
                    text = f"{day.date}: {days[day]}"
                    why = explanation(region, our_categories, side, text)
                    if why is None:
                        print(f"{region} {our_categories}: only {side}: {text}")
                        unexplained += 1
                    else:
                        used.add(why)
            met |= {(country, other[day], mine[day]) for day in mine.keys() & other.keys()}

    if arguments.names:
        for country, their_name, our_name in sorted(met):
            print(f"{country}: {their_name} = {our_name}")
    for index, (region, *_, why) in enumerate(EXPLAINED):
        if index in used:
            print(f"explained: {region}: {why}")
    print(f"{compared} days compared, {unexplained} unexplained differences")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
