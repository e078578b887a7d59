"""Tells the dates of Diwali from the moon, for the table of California in src/holidays/us/states.rs.

    python3 crates/aspa-hours/compare/diwali.py 2026 2099

The act (Assembly Bill 268 of 2025) names the fifteenth day of the month of Kartik of the Hindu lunar
calendar. That is the day on whose evening the dark moon's last lunar day (amavasya) holds in India, at
the new moon that begins the lunar month in which the sun enters Scorpius.

New moons: J. Meeus, Astronomical Algorithms (2nd ed., 1998), chapter 49, the terms above 30 seconds.
The sun: chapter 25, low accuracy (0.01 degrees, a quarter of an hour). Sidereal zero: 23.853 degrees
at J2000 (Chitrapaksha), 50.29" a year. A date that another quarter of an hour would change is marked.
"""

import datetime
import math
import sys

INDIA = datetime.timedelta(hours=5.5)
SUNSET = datetime.timedelta(hours=17.6)  # India's middle, between mid-October and mid-November
J2000 = datetime.datetime(2000, 1, 1, 12)
DELTA_T = datetime.timedelta(seconds=75)


def sine(degrees):
    return math.sin(math.radians(degrees))


def new_moon(number):
    """The instant (UTC) of a new moon, counted from that of 6 January 2000."""
    t = number / 1236.85
    e = 1 - 0.002516 * t
    sun = 2.5534 + 29.10535670 * number
    moon = 201.5643 + 385.81693528 * number + 0.0107582 * t * t
    node_distance = 160.7108 + 390.67050284 * number - 0.0016118 * t * t
    node = 124.7746 - 1.56375588 * number
    days = 5.09766 + 29.530588861 * number + 0.00015437 * t * t
    for factor, angle in (
        (-0.40720, moon), (0.17241 * e, sun), (0.01608, 2 * moon), (0.01039, 2 * node_distance),
        (0.00739 * e, moon - sun), (-0.00514 * e, moon + sun), (0.00208 * e * e, 2 * sun),
        (-0.00111, moon - 2 * node_distance), (-0.00057, moon + 2 * node_distance),
        (0.00056 * e, 2 * moon + sun), (-0.00042, 3 * moon), (0.00042 * e, sun + 2 * node_distance),
        (0.00038 * e, sun - 2 * node_distance), (-0.00024 * e, 2 * moon - sun), (-0.00017, node),
    ):
        days += factor * sine(angle)
    return J2000 + datetime.timedelta(days=days) - DELTA_T


def sun_sidereal(instant):
    """The sidereal longitude of the sun, in degrees."""
    days = (instant + DELTA_T - J2000) / datetime.timedelta(days=1)
    t = days / 36525
    anomaly = 357.52911 + 35999.05029 * t
    centre = (1.914602 - 0.004817 * t) * sine(anomaly) + 0.019993 * sine(2 * anomaly)
    longitude = 280.46646 + 36000.76983 * t + centre - 0.00569 - 0.00478 * sine(125.04 - 1934.136 * t)
    return (longitude - 23.853 - 50.29 / 3600 * 100 * t) % 360


def diwali(year):
    """The date, and whether it is within a quarter of an hour of another one."""
    found = []
    first = int((year - 2000) * 12.3685) + 8
    for number in range(first, first + 6):
        begins, ends = new_moon(number), new_moon(number + 1)
        if sun_sidereal(begins) < 210 <= sun_sidereal(ends) < 250:
            local = begins + INDIA
            margin = datetime.timedelta(minutes=15)
            dates = {(local - SUNSET + shift).date() for shift in (-margin, 0 * margin, margin)}
            near = min(abs(sun_sidereal(at) - 210) for at in (begins, ends)) < 0.02
            found.append(((local - SUNSET).date(), len(dates) > 1 or near))
    (only,) = found
    return only


if __name__ == "__main__":
    for year in range(int(sys.argv[1]), int(sys.argv[2]) + 1):
        date, close = diwali(year)
        print(f"    ({date.year}, {date.month}, {date.day}),{' // close' if close else ''}")
