#!/usr/bin/env python3
"""Writes the sample data of the quickstart: day.jsonl and customers.csv, beside this file.

A plain Thursday, 19 November 2026, and its edges at Kotipiha, a web shop that does not exist.
Everything is invented. The same file always writes the same bytes: no clock, one seed, and nothing
but random() of the generator, whose numbers no version of Python changes.

DAY holds what people wrote. A conversation begins with a line

    @ network time language author tag agent

where the time has W for Wednesday evening and F for Friday morning, and the author is a kind, `=key`
of somebody who wrote before, or both as `kind=key`:

    c  a customer, known by what the network shows (handle in the CRM, mail address, login)
    p  a customer who tells who she is in a private message
    n  a customer of whom only name and city show
    b  somebody who writes for a customer
    i  somebody who looks like a customer and is none
    s  a stranger

After it come, each with `+minutes` since the one before or `@time` (`+60!`: to the second):

    >  a customer writes; `>[author]`, `>[author>key]`: somebody else, in reply to key
    <  an agent answers; `<[key,key]`: these persons; the agent's name may stand before the text
    ~  a holding reply       ^  an automatic reply      *  a note
    .  resolve               t  tag    u  untag         a  assign
    e  the customer edits    E  we edit                 d  the customer deletes    h  we hide
    r  the customer reacts   v  status of our message
    S  subject  A  with a picture  K  a wish to be called back  P  a post  R  reply to what is not here
"""

import csv
import datetime
import json
import pathlib
import random
import re

HERE = pathlib.Path(__file__).parent
PAGE = "100200300400500"
HELSINKI = datetime.timedelta(hours=2)
DAYS = {"W": 18, "": 19, "F": 20}
AGENTS = ("aino", "bertil", "salla", "omar")
OUTAGE = (datetime.time(12, 30), datetime.time(14, 30))
BACK = datetime.time(14, 31)
END = datetime.datetime(2026, 11, 20, 10, 10)

# Code: account, network, how messages come, our own handle there.
NETWORKS = {
    "x": ("x-kotipiha", "x", "webhook", {"id": "900100", "user_name": "kotipiha"}),
    "ma": ("mastodon-kotipiha", "mastodon", "poll", {"id": "115001", "user_name": "kotipiha@piha.example"}),
    "fb": ("fb-kotipiha", "facebook_page", "webhook", {"id": PAGE, "scope": PAGE, "display_name": "Kotipiha"}),
    "me": ("messenger-kotipiha", "messenger", "webhook", {"id": PAGE, "scope": PAGE, "display_name": "Kotipiha"}),
    "ml": ("mail-kotipiha", "email", "poll", {"id": "palvelu@kotipiha.example", "email": "palvelu@kotipiha.example"}),
    "ch": ("chat-kotipiha", "web_chat", "webhook", {"id": "kotipiha"}),
    "ap": ("api-kotipiha", "api", "webhook", {"id": "kotipiha"}),
}

AWAY = {
    "fi": "Kiitos viestistäsi! Palvelemme arkisin klo 8–18 ja vastaamme tunnin kuluessa siitä, kun avaamme.",
    "sv": "Tack för ditt meddelande! Vi svarar vardagar kl. 8–18, inom en timme från att vi öppnar.",
    "en": "Thanks for your message! We are here on weekdays from 8 to 18 and answer within an hour of opening.",
}

FIRST = {
    "fi": "Aada Anneli Antti Eero Eeva Eino Elina Emilia Hanna Harri Heikki Helmi Henna Iida Ilkka Inka Janne "
    "Johanna Jussi Kaarina Kalle Katri Kirsi Lauri Leena Lotta Maija Marika Markku Mikko Minna Niina Oona Outi "
    "Pekka Petra Pirjo Riikka Risto Sanna Satu Seppo Sirpa Susanna Taina Tapio Teemu Tuomas Ulla Veera Ville",
    "sv": "Anders Annika Birgitta Björn Camilla Carola Erik Fredrik Gunilla Gustav Håkan Ingrid Johan Karin Kristina "
    "Lars Linda Magnus Malin Monica Niklas Per Petra Solveig Stefan Sven Ulrika Viveka",
    "en": "Alice Benjamin Chloe Daniel Emma Fiona George Hannah Ian Julia Kevin Laura Megan Nathan Olivia Patrick "
    "Rachel Simon Tessa William",
}
LAST = {
    "fi": "Aalto Ahonen Eskola Haapala Halonen Harju Heino Hiltunen Hirvonen Honkanen Huttunen Hyvärinen Jokela "
    "Jääskeläinen Kallio Karjalainen Kettunen Kinnunen Koivisto Koskinen Kukkonen Laakso Lahti Laine Lampinen "
    "Leppänen Lindroos Manninen Mattila Moilanen Mustonen Mäkelä Niemi Nurmi Ojala Pesonen Pitkänen Rantala "
    "Ruotsalainen Räsänen Saarinen Salmi Savolainen Seppälä Tamminen Toivonen Turunen Vainio Virtanen Ylönen",
    "sv": "Ahlskog Backman Björkqvist Dahlström Ekblad Enlund Forsman Granholm Grönroos Häggblom Högnäs Karlsson "
    "Lindqvist Nygård Näsman Rosenlund Sandberg Sjöblom Snellman Storgård Sundqvist Söderholm Wikström Österberg",
    "en": "Barker Collins Dawson Ellis Fletcher Gibson Hughes Jennings Lawson Mercer Norris Palmer Reeves Sutton "
    "Turner Walsh",
}
PLACES = {
    "fi": "Helsinki 00530|Espoo 02600|Tampere 33200|Vantaa 01300|Oulu 90100|Turku 20500|Jyväskylä 40100|Kuopio 70100|"
    "Lahti 15110|Pori 28100|Joensuu 80100|Lappeenranta 53100|Rovaniemi 96200|Kajaani 87100|Seinäjoki 60100",
    "sv": "Vasa 65100|Jakobstad 68600|Mariehamn 22100|Borgå 06100|Ekenäs 10600|Helsingfors 00530|Åbo 20500",
    "en": "Helsinki 00180|Espoo 02150|Tampere 33100|Turku 20100",
}
STREETS = {
    "fi": "Koivukuja|Harjutie|Niittypolku|Rantakatu|Myllytie|Omenakatu|Pihlajatie|Kuusitie|Lähdekatu|Peltopolku",
    "sv": "Björkgränd|Strandvägen|Kvarngatan|Åkervägen|Skolgatan",
    "en": "Koivukuja|Rantakatu|Lähdekatu|Omenakatu",
}
MAIL = {"fi": ("meili.example", "meili.example", "kirje.example"), "sv": ("brev.example", "meili.example"),
        "en": ("meili.example", "kirje.example")}
NICKS = ("puutarhuri71", "lumikko", "havukka", "pihasankari", "villasukka", "kahvitauko", "norppa88", "mustikka_",
         "saunatonttu", "kanervikko", "tuulihattu", "hiihtaja", "sateenvarjo", "metsalenkki", "kanelipulla", "ruispala",
         "pikkulintu", "jarvenselka", "tikkukaramelli", "vasaramies", "pulkkamaki", "suppilovahvero", "laituri",
         "kesamokki", "ahkeraliisa", "hillopurkki", "lettukestit", "kuutamo", "rantakivi", "halkopino")


class Dice:
    """Draws that depend on random() alone."""

    def __init__(self, seed):
        self.source = random.Random(seed)

    def number(self, low, high):
        return low + int(self.source.random() * (high - low + 1))

    def one(self, things):
        return things[self.number(0, len(things) - 1)]

    def chance(self, share):
        return self.source.random() < share


def plain(text):
    """A name as it stands in an address."""
    return text.lower().translate(str.maketrans("åäöéè", "aaoee")).replace(" ", "")


# Customers


def fixed():
    """The customers that the day needs by name."""

    def row(key, first, last, city, postcode, street, emails, phones, orders=(), company="", handles=()):
        return {"key": key, "language": "fi", "first_name": first, "last_name": last, "company": company,
                "emails": list(emails), "phones": list(phones), "orders": list(orders), "city": city,
                "postcode": postcode, "street": street, "handles": list(handles)}

    shared = "info@rakennuspihlaja.example"
    return [
        row("matti_k", "Matti", "Kallio", "Oulu", "90100", "Rantakatu 12", ["matti.kallio@meili.example"],
            ["+358 40 555 0101"], ["T510021"], handles=["x:@matti_k", "mastodon:@mattik@piha.example"]),
        row("korhonen", "Matti", "Korhonen", "Oulu", "90130", "Myllytie 3", ["matti.korhonen@kirje.example"],
            ["+358 40 555 0102"], ["T510044"]),
        row("korhonen2", "Matti", "Korhonen", "Lahti", "15110", "Harjutie 21", ["m.korhonen@meili.example"],
            ["+358 40 555 0103"], ["T509870", "T511203"]),
        row("aune", "Aune", "Lehtinen", "Kuopio", "70100", "Lähdekatu 7", ["aune.lehtinen@meili.example"],
            ["+358 40 555 0104"], ["T511077"]),
        row("jukka", "Jukka", "Pihlaja", "Tampere", "33200", "Kuusitie 40",
            ["jukka.pihlaja@rakennuspihlaja.example", shared], ["+358 40 555 0105"], ["T507310"],
            "Rakennus Pihlaja Oy"),
        row("sari", "Sari", "Pihlaja", "Tampere", "33200", "Kuusitie 40", [shared], ["+358 40 555 0106"], (),
            "Rakennus Pihlaja Oy"),
        row("kard", "", "", "Porvoo", "06100", "Rantakatu 2", ["nina@kardemumma.example"], ["+358 40 555 0107"],
            ["T498120", "T503377"], "Kahvila Kardemumma Oy"),
        row("norr", "", "", "Vasa", "65100", "Strandvägen 9", ["kontor@norrgarden.example"], ["+358 40 555 0108"],
            ["T511900"], "Norrgården Ab"),
    ]


def customers(dice):
    """About 300 people, the fixed ones first."""
    people, taken, order, phone = fixed(), set(), 512000, 109
    for person in people:
        taken.update(person["emails"])
    while len(people) < 300:
        language = "fi" if dice.chance(0.68) else "sv" if dice.chance(0.62) else "en"
        first, last = dice.one(FIRST[language].split()), dice.one(LAST[language].split())
        city, postcode = dice.one(PLACES[language].split("|")).split()
        address = f"{plain(first)}.{plain(last)}"
        email = f"{address}@{dice.one(MAIL[language])}"
        if email in taken:
            email = f"{address}{dice.number(50, 99)}@{dice.one(MAIL[language])}"
        if email in taken:
            continue
        taken.add(email)
        emails = [email]
        if dice.chance(0.12):
            emails.append(f"{plain(first)[0]}{plain(last)}{dice.number(10, 99)}@kirje.example")
        prefix = ("40", "44", "45", "46", "50")[phone % 5]
        phones = [f"+358 {prefix} 555 {phone // 5 + 90:04d}"] if dice.chance(0.92) else []
        phone += 1
        orders = []
        for _ in range(dice.number(1, 3)):
            order += dice.number(3, 37)
            orders.append(f"T{order}")
        street = f"{dice.one(STREETS[language].split('|'))} {dice.number(1, 48)}"
        people.append({"key": None, "language": language, "first_name": first, "last_name": last, "company": "",
                       "emails": emails, "phones": phones, "orders": orders, "city": city, "postcode": postcode,
                       "street": street, "handles": []})
    for number, person in enumerate(people):
        person["id"] = str(1001 + number)
        person["customer_no"] = str(10012301 + 7 * number)
    return people


# The day


class Person:
    """Somebody who writes, with a handle on each network she writes on."""

    def __init__(self, kind, record, language, first, last):
        self.kind, self.record, self.language = kind, record, language
        self.first, self.last = first, last
        self.handles = {}


class Day:
    def __init__(self, seed):
        self.dice = Dice(seed)
        self.people = customers(self.dice)
        self.unused = [person for person in self.people if person["key"] is None]
        self.names = {(person["first_name"], person["last_name"]) for person in self.people}
        self.by_key = {person["key"]: person for person in self.people if person["key"]}
        self.known = {}
        self.nicks = list(NICKS)
        self.count = 0
        self.lines = []

    # Who

    def person(self, spec, language):
        """The person that a spec names, made where she is new."""
        kind, _, key = spec.partition("=")
        if kind == "" or (key == "" and kind in self.known):
            return self.known[key or kind]
        record = None
        if kind == "b":
            record = self.by_key["aune"]
        elif key == "fake_matti":
            record = self.by_key["matti_k"]
        elif kind in "cpn":
            record = self.by_key.get("jukka" if key == "info" else key)
            if record is None:
                place = self.dice.number(0, 30)
                fitting = [person for person in self.unused if person["language"] == language]
                # Who tells a phone number or an order number has one.
                fitting = [person for person in fitting if person["phones"]]
                record = fitting[place % len(fitting)]
                self.unused.remove(record)
        if record is not None:
            person = Person(kind, record, language, record["first_name"], record["last_name"])
        else:
            while True:
                first, last = self.dice.one(FIRST[language].split()), self.dice.one(LAST[language].split())
                if (first, last) not in self.names:
                    break
            self.names.add((first, last))
            person = Person(kind, None, language, first, last)
        if kind == "b":
            person.first, person.last = "Kaisa", "Lehtinen"
        if key == "kard":
            person.first, person.last = "Nina", ""
        person.key = key
        if key:
            self.known[key] = person
        return person

    def handle(self, person, code):
        """Her handle on a network: key and profile."""
        if code in person.handles:
            return person.handles[code]
        self.count += 1
        dice, record = self.dice, person.record
        first, last = person.first, person.last
        name = f"{first} {last}".strip()
        number = str(4_000_000 + 7919 * self.count)
        user = plain(first) + (plain(last)[:1] or "x") + str(dice.number(10, 99))
        nick = self.nicks.pop(0) if person.kind == "s" and self.nicks and code in ("x", "ma") else None
        shown = name if dice.chance(0.6) else f"{first} {last[:1]}" if dice.chance(0.5) else first
        if person.kind == "n":
            shown = name
        elif nick:
            user, shown = nick, nick.strip("_").capitalize()
        elif person.kind == "p":
            shown = first
        profile, crm = {}, None
        if code in ("x", "ma"):
            if person.key == "matti_k":
                user, shown = "matti_k", "Matti Kallio"
            elif person.key == "fake_matti":
                user, shown = "matti__k", "Matti Kallio"
            if code == "ma":
                user += "@" + dice.one(("piha.example", "tuutti.example"))
            profile = {"id": number, "user_name": user, "display_name": shown}
            if record and (person.kind in "ni" or dice.chance(0.4)):
                profile["location"] = record["city"]
            crm = f"{NETWORKS[code][1]}:@{user}"
        elif code in ("fb", "me"):
            if person.kind in "bs":
                shown = name
            profile = {"id": "77" + number + str(dice.number(100, 999)), "scope": PAGE, "display_name": shown}
            if person.kind == "n":
                profile["location"] = record["city"]
            crm = f"{NETWORKS[code][1]}:{PAGE}:{profile['id']}"
        elif code == "ml":
            if person.key == "info":
                address, name = "info@rakennuspihlaja.example", "Rakennus Pihlaja"
            elif person.kind == "n":
                address = f"{plain(first)}{dice.number(100, 999)}@lanka.example"
            elif record:
                address = record["emails"][0]
            else:
                address = f"{plain(first)}.{plain(last)}@lanka.example"
            profile = {"id": address, "display_name": name, "email": address}
        elif code == "ch":
            if person.kind == "c":
                profile = {"id": "user-" + record["id"], "display_name": name}
            else:
                profile = {"id": f"guest-{number[-5:]}"}
        else:
            email = record["emails"][0] if record else f"{plain(first)}.{plain(last)}@lanka.example"
            profile = {"id": email, "display_name": name, "email": email}
            if record:
                profile["phone"] = record["phones"][0].replace(" ", "")
        if person.kind == "c" and crm and crm not in record["handles"] and not person.handles:
            record["handles"].append(crm)
        person.handles[code] = profile
        return profile

    def fill(self, text, person, order):
        """The text with the details that its writer or addressee has."""
        record = person.record
        values = {"first": person.first, "name": f"{person.first} {person.last}".strip(), "order": order}
        if record:
            values.update(no=record["customer_no"], city=record["city"], email=record["emails"][0])
            phone = record["phones"][0]
            local = "0" + phone[5:]
            values["phone"] = local.replace(" ", "") if int(record["id"]) % 2 else phone
        return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], text)

    # When

    @staticmethod
    def clock(text):
        day, hour, minute = re.fullmatch(r"([WF]?)(\d\d):(\d\d)", text).groups()
        return datetime.datetime(2026, 11, DAYS[day], int(hour), int(minute))

    def received(self, code, at):
        """When a message came to us, and how."""
        way = NETWORKS[code][2]
        if self.is_out(code, at):
            back = datetime.datetime.combine(at.date(), BACK)
            return back + datetime.timedelta(seconds=self.dice.number(0, 290)), "reconcile"
        if way == "poll":
            tick = 41 if code == "ml" else 17
            return at + datetime.timedelta(seconds=(tick - at.second) % 60 or 60), way
        return at + datetime.timedelta(seconds=self.dice.number(1, 4)), way

    @staticmethod
    def is_out(code, at):
        return code in ("x", "fb", "me") and at.day == 19 and OUTAGE[0] <= at.time() < OUTAGE[1]

    def at_work(self, code, at):
        """When an agent gets to it: in opening hours, and not while the network is away."""
        wait = datetime.timedelta(minutes=self.dice.number(3, 54), seconds=self.dice.number(0, 59))
        if at.hour < 8:
            at = at.replace(hour=8, minute=0, second=0) + wait
        elif at.hour >= 18:
            at = at.replace(hour=8, minute=0, second=0) + datetime.timedelta(days=1) + wait
        if self.is_out(code, at):
            at = datetime.datetime.combine(at.date(), datetime.time(14, 37)) + wait / 2
        return at

    # What

    def put(self, known, line):
        """Adds a line, at the time we knew it."""
        self.lines.append((known, len(self.lines), line))

    def play(self):
        for number, text in enumerate(re.split(r"(?m)^(?=@ )", DAY)[1:]):
            Conversation(self, number, text).play()
        self.lines.sort(key=lambda line: line[:2])
        # The CRM knows handles of some who do not write today, too.
        for record in self.unused:
            if self.dice.chance(0.3):
                user = f"{plain(record['first_name'])}_{plain(record['last_name'])}"
                record["handles"].append(f"{self.dice.one(('x', 'instagram', 'bluesky'))}:@{user}")


class Conversation:
    def __init__(self, day, number, text):
        self.day, self.number = day, number
        head, *self.steps = text.strip().splitlines()
        _, self.code, start, self.language, author, self.tag, self.agent = head.split()
        self.account, self.network, _, self.us = NETWORKS[self.code]
        dice = day.dice
        self.now = day.clock(start) + datetime.timedelta(seconds=dice.number(2, 57))
        self.author = day.person(author, self.language)
        self.people = {"0": self.author, self.author.key: self.author}
        self.root = None
        self.id = None
        self.subject = None
        self.flags = set()
        self.last_in, self.last_out, self.newest, self.touched = {}, None, None, set()
        record = self.author.record
        self.order = dice.one(record["orders"]) if record and record["orders"] else f"T49{dice.number(1000, 9999)}"

    def play(self):
        for step in self.steps:
            word, who, when, rest = re.fullmatch(
                r"(\S)(?:\[([^\]]*)\])? ?(\+\d+!?|@[WF]?\d\d:\d\d)? ?(.*)", step).groups()
            before = self.now
            if word in FLAGS:
                self.flags.add(word)
                continue
            getattr(self, STEPS[word])(who, when, rest.strip())
            assert self.now >= before, step
            assert self.now <= END, (step, self.now)
        if self.tag != "-" and not self.touched and self.tag.split("/")[0] in ("product", "delivery", "invoice"):
            # Nobody has answered, but somebody has looked.
            at = self.day.at_work(self.code, self.now + datetime.timedelta(minutes=self.day.dice.number(12, 30)))
            if at < END - datetime.timedelta(minutes=20):
                self.act(at, "tag", self.author, "salla", tag=self.tag)

    def step(self, when, usual):
        """Moves the time on."""
        dice = self.day.dice
        if when and when[0] == "@":
            self.now = self.day.clock(when[1:]) + datetime.timedelta(seconds=dice.number(0, 50))
        elif when and when.endswith("!"):
            self.now += datetime.timedelta(minutes=int(when[1:-1]))
        else:
            minutes = int(when[1:]) if when else dice.number(*usual)
            self.now += datetime.timedelta(minutes=minutes, seconds=dice.number(0, 50))

    def ref(self, person):
        """A handle as a line names it."""
        handle = self.day.handle(person, self.code)
        return {"id": handle["id"], "scope": PAGE} if "scope" in handle else handle["id"]

    def new_id(self, at, own):
        day, dice = self.day, self.day.dice
        day.count += 1
        seconds = int((at - datetime.datetime(2026, 11, 18)).total_seconds())
        if self.code == "x":
            return f"19912{seconds:06d}{dice.number(10**6, 10**7 - 1)}"
        if self.code == "ma":
            return f"1155{seconds:06d}{dice.number(10**6, 10**7 - 1)}"
        if self.code == "fb":
            post = self.id.split("_")[1] if self.id else f"12200{self.number:04d}"
            return f"{post}_{seconds:06d}{dice.number(100, 999)}"
        if self.code == "me":
            return f"m_{dice.number(16**9, 16**10 - 1):x}{seconds:06d}"
        if self.code == "ml":
            host = "kotipiha.example" if own else self.day.handle(self.author, "ml")["id"].split("@")[1]
            return f"<{dice.number(16**7, 16**8 - 1):x}.{seconds}@{host}>"
        return f"{self.network.split('_')[-1]}-{self.number:03d}-{day.count:04d}"

    def message(self, own, at, received, via, id, author, text, **more):
        self.newest = id
        fields = {"type": "message", "account": self.account, "network": self.network, "id": id,
                  "conversation": self.id, "direction": "out" if own else "in", "at": stamp(at),
                  "received": stamp(received), "via": via}
        fields.update({name: value for name, value in more.items() if name == "kind" and value})
        fields["author"] = author
        if self.subject:
            fields["subject"] = self.subject
        fields["text"] = text
        fields.update({name: value for name, value in more.items() if name != "kind" and value})
        fields["language"] = self.language
        self.day.put(received, fields)

    def come(self, who, when, rest):
        day = self.day
        if self.root is not None:
            self.step(when, (2, 14))
        spec, _, target = (who or "0").partition(">")
        person = self.people.get(spec) or day.person(spec, self.language)
        if person.key:
            self.people[person.key] = person
        handle = day.handle(person, self.code)
        if self.id is None:
            if self.code == "fb":
                self.id = f"{PAGE}_12200{self.number:04d}"
            elif self.code == "me":
                self.id = "t_" + handle["id"]
            elif self.code in ("ch", "ap"):
                self.id = f"{self.network.split('_')[-1]}-{self.number:03d}"
        id = self.new_id(self.now, False)
        if self.code == "fb" and "P" in self.flags and self.root is None:
            id = self.id
        self.id = self.id or id
        reply_to = None
        if self.code in ("x", "ma", "ml", "fb"):
            if "R" in self.flags:
                reply_to = "1155000001234567"
            elif target:
                reply_to = self.last_in[self.people[target]]
            elif person in self.touched:
                reply_to = self.last_out
            elif self.code == "fb" and "P" in self.flags:
                reply_to = self.root
            elif person is not self.author:
                reply_to = self.newest
        kind = {"x": "mention", "ma": "mention"}.get(self.code) if self.root is None or person is not self.author else None
        if "K" in self.flags:
            kind = "call_back"
        if "P" in self.flags and self.root is None:
            kind = "post"
        media = [{"kind": "image", "media_type": "image/jpeg", "bytes": 181000 + 977 * self.number}]
        customer = {"system": "crm", "id": person.record["id"]} if self.code == "ch" and person.kind == "c" else None
        received, via = day.received(self.code, self.now)
        self.message(False, self.now, received, via, id, handle, day.fill(rest, person, self.order), kind=kind,
                     in_reply_to=reply_to, media=media if "A" in self.flags else None, customer=customer)
        self.flags -= {"A", "R"}
        self.root = self.root or id
        self.last_in[person] = id
        if via == "reconcile":
            self.hold = received

    hold = None

    def answer(self, who, when, rest, reply="answer"):
        day, dice = self.day, self.day.dice
        agent = self.agent
        found = re.fullmatch(rf"({'|'.join(AGENTS)}) (.*)", rest)
        if found:
            agent, rest = found.groups()
        persons = [self.people[key] for key in who.split(",")] if who else [self.author]
        before = self.now
        self.step(when, (9, 46))
        if self.hold and self.now < self.hold + datetime.timedelta(minutes=3):
            self.now = self.hold + datetime.timedelta(minutes=dice.number(4, 31), seconds=dice.number(0, 50))
        self.now = day.at_work(self.code, self.now)
        for person in persons:
            if person not in self.touched:
                gap = (self.now - max(before, self.now - datetime.timedelta(minutes=18))).total_seconds()
                taken = self.now - datetime.timedelta(seconds=int(gap * 0.6))
                if taken.hour < 8:
                    taken = taken.replace(hour=8, minute=0, second=dice.number(20, 59))
                taken = max(taken, self.hold or taken)
                self.act(taken, "assign", person, None, to=agent)
                if self.tag != "-":
                    self.act(taken + (self.now - taken) / 3, "tag", person, agent, tag=self.tag)
                self.touched.add(person)
        self.say(persons, day.fill(rest, persons[0], self.order), reply, agent)
        self.agent = agent

    def say(self, persons, text, reply, agent):
        received, via = self.day.received(self.code, self.now)
        id = self.new_id(self.now, True)
        threads = self.code in ("x", "ma", "ml", "fb")
        subject, self.subject = self.subject, self.subject and f"Re: {self.subject.removeprefix('Re: ')}"
        self.message(True, self.now, received, via, id, self.us, text,
                     in_reply_to=self.last_in[persons[0]] if threads else None,
                     to=[self.ref(person) for person in persons],
                     agent=agent, reply=reply, automatic=reply == "automatic")
        self.subject = subject
        self.last_out = id

    def hold_on(self, who, when, rest):
        self.answer(who, when, rest, "holding")

    def away(self, who, when, rest):
        self.now += datetime.timedelta(seconds=3)
        self.say([self.author], AWAY[self.language], "automatic", None)

    def act(self, at, word, person, by, **more):
        fields = {"type": word, "account": self.account, "conversation": self.id, "customer": self.ref(person)}
        if by:
            fields["by"] = by
        self.day.put(at, {**fields, **more, "at": stamp(at)})

    def acting(self, who, when, usual, rest=""):
        """Time, persons and agent of something that an agent does."""
        self.step(when, usual)
        self.now = self.day.at_work("-", self.now)
        persons = [self.people[key] for key in who.split(",")] if who else [self.author]
        by = rest if rest in AGENTS else self.agent if self.agent in AGENTS else "salla"
        return persons, by

    def resolve(self, who, when, rest):
        persons, by = self.acting(who, when, (1, 4), rest)
        for person in persons:
            if self.tag != "-" and person not in self.touched:
                self.act(self.now - datetime.timedelta(seconds=9), "tag", person, by, tag=self.tag)
                self.touched.add(person)
            if self.tag == "spam":
                last = self.last_in[person]
                self.act(self.now - datetime.timedelta(seconds=5), "dismiss", person, by, id=last, why="spam")
            self.act(self.now, "resolve", person, by)

    def note(self, who, when, rest):
        persons, by = self.acting(who, when, (5, 9))
        self.act(self.now, "note", persons[0], by, text=rest)

    def add_tag(self, who, when, rest):
        persons, by = self.acting(who, when, (0, 0))
        self.act(self.now, "tag", persons[0], by, tag=rest)

    def untag(self, who, when, rest):
        persons, by = self.acting(who, when, (1, 2))
        self.act(self.now, "untag", persons[0], by, tag=rest)

    def assign(self, who, when, rest):
        persons, by = self.acting(who, when, (2, 5))
        self.act(self.now, "assign", persons[0], by, to=None if rest == "-" else rest)

    def happen(self, word, when, usual, id, **more):
        self.step(when, usual)
        at, via = self.day.received(self.code, self.now)
        fields = {"type": word, "account": self.account, "id": id, **more, "at": stamp(self.now), "via": via}
        self.day.put(at, fields)

    def edit(self, who, when, rest):
        self.happen("edit", when, (2, 3), self.last_in[self.author], text=rest)

    def edit_own(self, who, when, rest):
        self.happen("edit", when, (2, 3), self.last_out, text=rest)

    def delete(self, who, when, rest):
        self.happen("delete", when, (3, 9), self.last_in[self.author], by=self.ref(self.author))

    def hide(self, who, when, rest):
        self.happen("hide", when, (3, 9), self.last_in[self.author], by={"id": PAGE, "scope": PAGE})

    def react(self, who, when, rest):
        self.happen("reaction", when, (1, 6), self.last_out, by=self.ref(self.author), reaction=rest)

    def status(self, who, when, rest):
        for status in [rest] if rest else ["delivered", "read"]:
            self.happen("status", None, (0, 3), self.last_out, status=status)

    def head(self, who, when, rest):
        self.subject = rest


STEPS = {">": "come", "<": "answer", "~": "hold_on", "^": "away", "*": "note", ".": "resolve", "t": "add_tag",
         "u": "untag", "a": "assign", "e": "edit", "E": "edit_own", "d": "delete", "h": "hide", "r": "react",
         "v": "status", "S": "head"}
FLAGS = "AKPR"


def stamp(at):
    """A time of Helsinki in November, in UTC."""
    return (at - HELSINKI).strftime("%Y-%m-%dT%H:%M:%SZ")


# A case that is older than the day: written on a Friday evening before All Saints' Day, paused while
# the customer was away and could not measure, taken up again on Thursday, and not answered since.
def older_case():
    case = {"account": "mail-kotipiha", "network": "email", "conversation": "<1f0c7a2e.30@lanka.example>"}
    ulla = {"id": "ulla.rantamaki@lanka.example", "display_name": "Ulla Rantamäki",
            "email": "ulla.rantamaki@lanka.example"}

    def act(at, by, word, **more):
        return {"type": word, **case, "customer": ulla["id"], "by": by, **more, "at": at}

    return [
        {"type": "message", **case, "id": case["conversation"], "direction": "in", "at": "2026-10-30T15:25:00Z",
         "received": "2026-10-30T15:25:41Z", "via": "poll", "author": ulla, "subject": "Kasvihuoneen lasi rikki",
         "text": "Hei, kasvihuoneen kattolasi halkesi myrskyssä. Mitä uusi lasi maksaa, ja saako sen kotiin? "
                 "Terveisin Ulla Rantamäki", "language": "fi"},
        act("2026-11-02T06:10:00Z", "salla", "assign", to="salla"),
        act("2026-11-02T06:12:00Z", "salla", "note", text="Soitin. Hinta riippuu mitoista, ja Ulla palaa matkalta 19.11."),
        act("2026-11-02T06:12:00Z", "salla", "wait", **{"for": "customer"}),
        act("2026-11-19T07:10:00Z", "omar", "note", text="Ulla soitti: 61 x 120 cm. Lupasin hinnan sähköpostilla."),
        act("2026-11-19T07:10:00Z", "omar", "reopen"),
    ]


# Lines as they are when a network or a disk fails: cut off, without an id, with no such time.
BROKEN = (
    (97, '{"type":"message","account":"x-kotipiha","network":"x","id":"19912119999","conversation":"19912119999","dir'),
    (331, '{"type":"message","account":"chat-kotipiha","network":"web_chat","conversation":"chat-999","direction":"in",'
          '"at":"2026-11-19T09:30:00Z","author":{"id":"guest-00000"},"text":"Onko siellä ketään?","language":"fi"}'),
    (562, '{"type":"message","account":"mail-kotipiha","network":"email","id":"<0.0@lanka.example>",'
          '"conversation":"<0.0@lanka.example>","direction":"in","at":"2026-11-19T25:61:00Z",'
          '"author":{"id":"kello@lanka.example"},"text":"Kellomme on sekaisin.","language":"fi"}'),
)


def main():
    day = Day(20261119)
    day.play()
    lines = [json.dumps(line, ensure_ascii=False, separators=(",", ":")) for _, _, line in day.lines]
    older = [json.dumps(line, ensure_ascii=False, separators=(",", ":")) for line in older_case()]
    # Networks deliver at least once: some lines come again, some soon and some much later.
    again = [i for i, line in enumerate(lines) if '"type":"message"' in line or '"type":"reaction"' in line]
    for n in range(12):
        i = again[(n * 2 + 1) * len(again) // 26]
        lines.insert(min(len(lines), i + 3 + 29 * (n % 4)), lines[i])
    for place, line in BROKEN:
        lines.insert(place, line)
    lines = older + lines
    (HERE / "day.jsonl").write_bytes(("\n".join(lines) + "\n").encode())

    headings = ("id", "first_name", "last_name", "company", "emails", "phones", "customer_no", "orders", "city",
                "postcode", "street", "handles")
    with open(HERE / "customers.csv", "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(headings)
        for person in day.people:
            values = (person[heading] for heading in headings)
            table.writerow("|".join(value) if isinstance(value, list) else value for value in values)


DAY = """
@ ml W18:22 fi c returns salla
S Palautuslappu puuttui
> Hei, paketissa {order} ei ollut palautuslappua. Matto on väärän värinen meille, voinko silti palauttaa sen postissa? Terveisin {name}
< Hei {first}, totta kai voit. Lähetin palautustunnuksen tähän samaan osoitteeseen. Kirjoita se paketin päälle, lappua ei tarvita.
> Kiitos, hoidan tänään!
.
@ me W19:05 fi p delivery/late aino
> Heippa! Tilaus {order} piti tulla tiistaina. Nyt on keskiviikkoilta eikä mitään kuulu. Numeroni on {phone}.
^
< Huomenta {first}! Pakettisi on jäänyt kuljetusliikkeen lajitteluun. Soitin sinne, ja se tuodaan tänään klo 16–20. Saat viestin ennen tuloa.
v
r ❤
.
@ x W19:41 fi c=matti stock bertil
> @kotipiha tuleeko lumikolia enää ennen joulua vai myyttekö loppuun vasta keväällä? :D
< Moi! Seuraava erä on varastossa ensi viikon tiistaina. Tuotesivulta voit tilata muistutuksen. – Bertil
r 👍
.
@ ml W20:10 sv c invoice/reminder bertil
S Påminnelse om betald faktura
> Hej! Jag har fått en betalningspåminnelse för order {order}, men fakturan betalades redan den 9 november. Kan ni kontrollera? Mvh {name}, kundnummer {no}
< Hej {first}! Betalningen hade bokförts på fel referens. Jag har rättat det och tagit bort påminnelseavgiften. Ursäkta besväret!
> Tack så mycket, skönt att det löste sig så snabbt.
.
@ ma W20:34 en s stock omar
> @kotipiha do you ship garden lanterns to Estonia, or only within Finland?
< Hello! We ship to Finland, Sweden and Estonia. Delivery to Tallinn takes three to five working days and costs 12.90 €. – Omar
> Perfect, ordering two then.
r ⭐
.
@ fb W20:58 fi s praise salla
> Kävin hakemassa joulukuusenjalan myymälästä ja palvelu oli ihan huippua. Terveisiä sille punatukkaiselle myyjälle!
< Ihana kuulla, välitämme terveiset! Hän ilahtuu taatusti. 🌲
.
@ me W21:12 fi p returns/refund aino
> Palautin terassituolit kaksi viikkoa sitten (tilaus {order}) ja rahoja ei ole näkynyt. Sähköpostini on {email}. Alkaa pikkuhiljaa hermostuttaa.
^
~ Hei {first}, selvitän tämän maksupuolen kanssa ja palaan vielä aamupäivän aikana.
* Palautus kirjattu saapuneeksi 6.11., hyvitys jäänyt jonoon. Pyydetty Merjaa ajamaan käsin.
< +70 Hyvitys oli jäänyt hyväksyntää odottamaan. Se lähti nyt, ja rahat ovat tililläsi viimeistään maanantaina. Pahoittelut viiveestä!
> No hyvä, kiitos kun tartuit.
.
@ ml W21:40 fi s spam -
S Hakukoneoptimointia verkkokaupallenne
> Hei, huomasimme että sivustonne ei näy ensimmäisellä tulossivulla. Takaamme 300 % lisää kävijöitä kuukaudessa. Varaa ilmainen puhelu jo tänään!
. @08:04 salla
@ ap W22:03 fi s product/question omar
> Sopiiko Usva-vedenkeittimen suodatin myös vanhempaan malliin, jossa on sininen valo? Ostin omani kolme vuotta sitten.
< Hei {first}! Suodatin sopii kaikkiin Usva-malleihin vuodesta 2021 alkaen. Sinivaloinen on juuri se, joten voit tilata huoletta.
.
@ x W22:47 fi s - salla
> Miksi @kotipiha myy muovisia linnunpönttöjä? Eihän niissä linnut viihdy.
< Hyvä kysymys! Muovipöntöt poistuvat valikoimasta vuodenvaihteessa, ja tilalle tulee kotimaisia puupönttöjä. – Salla
> Tää on oikeasti hyvä uutinen 🐦
.
@ ml W23:15 fi c delivery/address salla
S Toimitusosoitteen muutos
> Muutin viime viikolla ja unohdin vaihtaa osoitteen. Voitteko lähettää tilauksen {order} lähimpään noutopisteeseen uudessa osoitteessa (postinumero 33100)? Ystävällisin terveisin {name}
< Hei! Ehdin juuri ajoissa: tilaus ei ollut vielä lähtenyt. Vaihdoin noutopisteen, saat vahvistuksen hetken päästä.
> Mahtavaa, kiitos!
.
@ me W23:31 en p returns omar
> Hi, the duvet cover from order {order} has a hole near the zip. Can I swap it for a new one? You can reach me at {email}.
^
< Good morning {first}, of course. A new one leaves our warehouse today and a prepaid return bag comes with it. No need to send photos.
r ❤
.
@ ml 07:26 fi c delivery/lost aino
S Paketti merkitty toimitetuksi, ei ole minulla
> Hei! Seurannan mukaan pakettini {order} on luovutettu maanantaina klo 14.10. Olin silloin töissä eikä kukaan kotonakaan ole ottanut mitään vastaan. Mitä nyt tehdään? {name}, puh. {phone}
~ Hei {first}, harmillista! Pyysin kuljetusliikkeeltä luovutuskuittauksen ja kirjoitan heti, kun saan vastauksen.
* Kuljetusliike: kuitattu naapurirapussa, kuski selvittää. Tapausnumero 88-1402.
< +95 Paketti on löytynyt: se oli jätetty viereiseen rappuun B. Kuski hakee sen ja tuo teille illalla klo 17–19.
> Löytyi! Kiitos avusta, en olisi itse keksinyt kysyä B-rapusta.
.
@ ml 07:41 fi c=jukka b2b/order bertil
S Tarjouspyyntö: 40 kpl terassilyhty
> Hei, tarvitsisimme 40 kpl mustia terassilyhtyjä asuntokohteen piharakentamiseen, toimitus viikolla 49. Saisimmeko tarjouksen ja tiedon laskutusehdoista? Rakennus Pihlaja Oy, Jukka Pihlaja
* 40 kpl löytyy keskusvarastosta, yritysalennus 12 %.
< Huomenta! 40 lyhtyä on varattu teille perjantaihin asti. Tarjous liitteenä: yritysalennus 12 %, maksuaika 14 päivää, toimitus työmaalle ke 2.12.
> +85 Kiitos nopeasta tarjouksesta. Hyväksytään. Kuormaa varten tarvitaan perälautanostin, ja maanrakentaja soittaa ennen purkua.
< +22 Kirjattu: perälautanostin ja soitto tuntia ennen. Tilausvahvistus tulee vielä tänään. – Bertil
.
@ ap 07:55 fi c product/missing salla
> Hyllystä puuttui kaksi ruuvia ja yksi kannatin. Tilausnumero on {order}. Voitteko lähettää pelkät osat?
< Hei {first}, osat lähtevät tänään kirjeenä. Perillä viimeistään maanantaina. Pahoittelut!
.
@ ch 08:01 fi c delivery/status omar
> Moikka, missä kohtaa mun paketti on menossa?
< +1 Huomenta {first}! Tilaus {order} lähti eilen illalla varastolta ja on huomenna noutopisteessä ({city}).
> +1 Okei hyvä. Pitääkö mun tulostaa jotain?
< +1 Ei tarvitse, noutokoodi tulee tekstiviestillä.
> +1 Kiitti!
.
@ x 08:03 fi c delivery/late aino
> @kotipiha lupasitte 2–3 päivää, nyt mennään kuudetta. Onko paketti jumissa jossain?
< Hei! Laita meille yksityisviestillä tilausnumero, niin katsotaan heti. Ei tänne julkiseen, kiitos. – Aino
> +14 Laitoin. Toivottavasti löytyy.
< +9 Kiitos! Löytyi: paketti odottaa noutopisteessä ({city}), ilmoitus oli mennyt vanhaan numeroon.
.
@ fb 08:07 sv c stock bertil
> Hej, finns det svarta blomkrukor i storlek 40 cm kvar eller är de helt slut?
< Hej {first}! Åtta stycken finns kvar i nätbutiken. Jag kan lägga undan ett par åt dig om du vill. /Bertil
> Ja tack, två stycken gärna!
< Klart, de ligger på ditt namn till lördag.
.
@ me 08:09 fi s product/broken salla
> Moi! Kylpyhuoneen vaakaan ei tule virta, vaikka vaihdoin paristot kolmeen kertaan.
< Hei {first}! Kokeile vielä vetää liuska pois paristokotelon pohjasta, se jää usein huomaamatta. Jos ei auta, laitan uuden tulemaan.
> No johan toimii. Nolottaa :D
< Ei yhtään, liuska on huonosti merkitty. Välitän palautteen valmistajalle!
v
.
@ ml 08:12 fi c invoice/copy aino
S Kuitti takuuta varten
> Voisitteko lähettää kuitin kaminasta, jonka tilasin syyskuussa ({order})? Tarvitsen sen kotivakuutukseen. Kiittäen {name}
< Tässä kuitti liitteenä. Löydät jatkossa kaikki kuitit myös omilta sivuilta kohdasta Tilaukset.
.
@ ch 08:15 fi s stock bertil
> Onko teidän Oulun myymälässä lumikolia?
< +2 Hei! Oulussa on juuri nyt neljä kappaletta. Varaanko sinulle yhden?
> +1 Varaa vaan, haen puolen tunnin päästä
< +1 Varattu nimellä Kola. Kerro se kassalla, kiitos! 😊
.
@ x 08:18 en s delivery/late omar
> Tracking says "handed to carrier" for five days now @kotipiha. Is this parcel taking the scenic route?
< It seems so, sorry! I've asked the carrier to find it and will write to you here by noon. – Omar
> +6 Appreciated, thanks for the quick reply.
< +160 Found: it had missed a truck in Tampere and reaches you tomorrow. Shipping is on us this time.
r ❤
.
@ ma 08:24 fi c product/question salla
> Kestääkö tuo teidän kompostori talven ulkona ilman suojaa? @kotipiha
< Kestää, eristetty malli toimii −25 asteeseen asti. Muista vain tyhjentää nesteastia ennen kovia pakkasia. – Salla
.
@ ml 08:29 fi c returns/wrong-item salla
S Väärä tuote: {order}
> Hei, tilasin vihreän kukkaruukun ja sain harmaan lyhdyn. Lyhty on kyllä hieno, mutta en tee sillä mitään. Miten edetään? T. {name}
< Hei {first}! Ruukku lähtee tänään. Lyhdyn voit palauttaa ilmaiseksi tai pitää puoleen hintaan, miten itse haluat.
> Hmm, puoleen hintaan... pidän lyhdyn! Hyvin myyty.
< Hienoa! Lähetän hyvityksen erotuksesta tänään.
.
@ me 08:33 fi p returns/refund aino
> Hei, milloin palautus näkyy tilillä? Asiakasnumero {no}.
< Hei {first}! Palautus käsiteltiin eilen, rahat ovat tilillä 1–3 pankkipäivässä.
.
@ fb 08:36 fi s product/broken salla
> Ostin teiltä valosarjan ja puolet lampuista pimeni toisena iltana. Onko näissä takuu?
< Hei! On, kaksi vuotta. Laitatko yksityisviestillä tilausnumeron tai kuvan kuitista, niin lähetämme uuden sarjan.
> Laitoin viestin äsken.
.
@ ap 08:38 fi s callback aino
K 
> Soittopyyntö: haluaisin kysyä kaminan asennuksesta. Paras aika klo 9–11.
* @09:00 Soitettu 8.59, asennus sovittu 1.12. Asentaja vahvistaa.
< +4 Kiitos puhelusta {first}! Asennus on varattu tiistaille 1.12. klo 10. Asentaja vahvistaa vielä edellisenä päivänä.
.
@ x 08:41 fi c=liisa product/broken salla
> Uusi paistinpannu ja pinnoite kuplii ekan viikon jälkeen. Ei nyt ihan mennyt niin kuin mainoksessa @kotipiha
e +3 Uusi paistinpannu ja pinnoite kuplii ensimmäisen viikon jälkeen. Ei nyt ihan mennyt niin kuin mainoksessa @kotipiha (Hiilos 28 cm)
< Voi harmi, ei todellakaan pitäisi! Hiilos-pannuissa on viiden vuoden takuu. Laita yksityisviesti, niin saat uuden. – Salla
> Viesti laitettu, kiitos
.
> @15:22 Pannu tuli jo!! mutta kahva heiluu... voiko tällä tuurilla lotota?
< Ei voi olla totta. 🙈 Lähetämme kolmannen, jonka tarkistan itse ennen pakkaamista. Saat lisäksi lahjakortin vaivasta.
> Haha kiitos, nyt on pakko antaa pisteet palvelusta
.
@ ml 08:44 sv c delivery/late bertil
S Försenad leverans
> God morgon, min soffa skulle ha kommit i måndags mellan 8 och 12. Jag tog ledigt från jobbet i onödan. När kommer den egentligen? {name}, tel. {phone}
~ God morgon {first}. Det här är inte okej, jag ringer transportören genast och återkommer före lunch.
< +110 Soffan levereras på fredag klockan 17–19 så att du slipper ta ledigt igen. Vi betalar tillbaka fraktkostnaden.
> Det passar bra. Tack för att ni tog det på allvar.
.
@ ch 08:47 fi c returns omar
> voinko palauttaa alennuksesta ostetun tuotteen
< +2 Hei! Kyllä voit, 30 päivän palautusoikeus koskee myös alennustuotteita.
> +2 entä jos pakkaus on auki
< +1 Sekin käy, kunhan tuote on käyttämätön.
> +1 selvä, kiitos
.
@ me 08:52 fi s delivery/pickup bertil
> Noutopiste on kiinni remontin takia! Mistä saan paketin?
< Hei {first}! Paketti on siirretty korttelin päähän toiseen noutopisteeseen. Uusi koodi ja osoite tulivat juuri tekstiviestillä.
> Joo tuli, kiitos!
.
@ fb 08:55 fi c=anger delivery/late -
P
> TÄMÄ ON JO KOLMAS KERTA! Tilasin isälle syntymäpäivälahjan 4.11., "varastossa, toimitus 2–4 päivää". Juhlat oli lauantaina ja istuin siellä tyhjin käsin. Asiakaspalvelu on ollut hiljaa kaksi viikkoa. Häpeäisitte, Kotipiha.
>[c=f2] +4 Sama täällä! Joululyhdyt piti tulla viikko sitten.
>[s=f3] +6 No mulla on aina tullut ajallaan, ihmettelen kyllä.
>[c=f4] +3 Minäkin odotan yhä, tilasin lokakuussa!! Eikä kukaan vastaa puhelimeen.
>[n=f5] +7 Onko teillä nyt joku logistiikkaongelma kun monella sama juttu?
>[s=f6] +5 Kannattaa tilata muualta, näistä tulee vaan harmaita hiuksia
>[c=f7] +8 Mistä näkee missä oma paketti on? Linkki ei toimi.
>[s=f8] +4 @Kotipiha vastatkaa edes jotain, tätä lukee koko kaupunki
<[f2,f4,f5,f8] @09:46 aino Hei kaikki, ja anteeksi. Varastomme muutto viivästytti marraskuun alun lähetyksiä noin viikolla. Kaikki myöhästyneet paketit lähtevät viimeistään huomenna, ja hyvitämme toimituskulut jokaiselle. Jos tarvitset tietoa omasta tilauksestasi, laita yksityisviesti – tilausnumeroa ei kannata kirjoittaa tänne.
<[anger] @09:49 aino Olet odottanut liian kauan, ja juhlapäivää emme saa takaisin. Soitan sinulle tänään, jos sopii: laita numerosi yksityisviestillä. Lahja on jo pikalähetyksenä matkalla. – Aino
>[s=f9>f7] @09:58 Linkki toimii jos kopioi seurantakoodin ilman viimeistä välilyöntiä, mulla auttoi!
>[f7] @10:03 Jes, noin se lähti toimimaan. Kiitos!
<[f9] @10:11 aino Kiitos neuvosta, juuri näin. Korjaamme sivun vielä tänään. 👏
>[anger] @10:20 No vihdoin vastaus. Laitoin numeron.
*[anger] @10:41 Soitettu, pahoiteltu, hyvitetty toimituskulut ja 20 €. Asiakas rauhoittui. Syy: varastomuutto.
.[anger,f2,f4,f5,f7,f8,f9] @10:43 aino
.[f3] @10:44 aino
@ fb 09:02 fi s spam -
> ❗❗ Tienaa 5000 € viikossa kotoa käsin, kysy lisää profiilistani ❗❗
h +7
. +1 omar
@ ml 09:03 fi c invoice/reminder salla
S Perintäkirje??
> Sain teiltä perintäkirjeen laskusta, jonka maksoin kuukausi sitten. Liitteenä kuitti pankista. Odotan, että tämä korjataan tänään. Asiakasnumeroni on {no}. {name}
<+60! Hei {first}. Olet oikeassa: maksu oli kohdistunut toiselle laskulle. Perintä on peruttu, eikä siitä jää merkintää. Olen pahoillani huolesta.
> Kiitos. Tuli ihan turha sydämentykytys.
.
@ ch 09:06 fi s product/question bertil
> Mikä ero on Usva 1,0 ja Usva 1,7 keittimillä muu kuin koko?
< +3 Hei! Isommassa on lämpötilan säätö 60–100 °C ja pitotoiminto. Pienempi vain keittää.
> +2 Kiitos, otan ison
.
@ x 09:09 fi n=korhonen - -
> @kotipiha yritin soittaa kahdesti, jonossa 25 min. Milloin puhelimessa on vähiten ruuhkaa?
< +48 bertil Hei! Iltapäivällä klo 14–16 pääset yleensä läpi parissa minuutissa. Voit myös jättää soittopyynnön sivuillamme.
@ me 09:12 fi p returns/exchange bertil
> Hei, pussilakana on väärää kokoa (150x210, tilasin 240x220). Tilaus {order}, s-posti {email}
< Hei {first}, lähetän oikean koon tänään. Väärän voit palauttaa samassa pussissa, palautuskoodi tulee sähköpostiisi.
> Kiitos paljon 🙏
v
.
@ ap 09:17 en c invoice/vat omar
> Could I get the invoice for order {order} with our company name and VAT number on it? We need it for the books by Friday.
< Hello {first}, certainly. Please check the attached invoice; if the address is off, reply here and I'll reissue it.
> Looks right, thank you.
.
@ ml 09:20 fi c=info b2b/invoice aino
S Laskun viite väärin
> Hei, laskulla on työnumero 4410, pitäisi olla 4401. Pyydämme uuden laskun. Rakennus Pihlaja, toimisto
< Hei, korjattu lasku on liitteenä ja vanha on mitätöity. Eräpäivä pysyy samana.
.
@ x 09:23 fi c=matti_k delivery/late bertil
> Paketti "saapuu tänään" jo neljättä päivää @kotipiha 😅 luovuttaako tuo seuranta joskus?
< +33 Heh, seuranta on optimisti. Kuljettaja lupasi tänään ennen kuutta, ja tällä kertaa varmistin sen puhelimessa. – Bertil
> +420 Tuli! Klo 16.40. Seuranta väittää yhä, että on matkalla.
.
@ x 09:31 fi i=fake_matti - salla
> @kotipiha sama juttu kuin mulla tuossa edellä, palauttakaa rahat uudelle tilille, tilinumero yksityisviestillä
* Nimi ja kuva samat kuin @matti_k:lla, mutta eri tili. Ei hyvitetä mitään, pyydetty tunnistautumaan.
< +26 Hei! Hyvitykset maksamme aina sille tilille tai kortille, jolta tilaus on maksettu. Kirjaudu omille sivuille, niin asia hoituu siellä.
@ ml 09:34 fi c product/broken salla
S Reklamaatio: grillinpeite repesi
A
> Hei, grillinpeite repesi saumasta ensimmäisessä tuulessa. Kuva liitteenä. Toivon uutta tai rahat takaisin. {name}, {order}
< Hei {first}, sauma on selvästi viallinen. Laitoin uuden, vahvistetulla saumalla, tulemaan veloituksetta. Vanhan voit kierrättää.
> Hienoa palvelua!
.
@ fb 09:37 fi s praise aino
> Kiitos teidän pakkaajalle, lasinen maljakko tuli ehjänä läpi koko Suomen Utsjoelle!
< Vau, sinne asti! Pakkaaja Reijo kiittää ja punastuu. 💚
r ❤
@ ch 09:40 sv c product/question bertil
> Hej! Passar solcellslampan på en altan som ligger i skugga på eftermiddagen?
< +2 Hej {first}! Den behöver ungefär fyra timmar direkt sol, så förmiddagssol räcker fint.
> +2 Toppen, då beställer jag tre.
.
@ me 09:43 en s spam -
> Congratulation!! Your page will be deleted in 24 hours, verify here: http://verify.example/page
. +8 omar
@ ml 09:47 fi c stock aino
S Milloin sammalmatto tulee takaisin?
> Olen odottanut sammalenvihreää käytävämattoa syyskuusta. Onko se poistunut kokonaan? Terveisin {name}
< Ei ole poistunut! Se tulee myyntiin 3.12., ja laitoin sinulle yhden varaukseen kolmeksi päiväksi.
> Ihana! Kiitos Aino.
.
@ x 09:51 sv c delivery/status bertil
> Hej @kotipiha, får man ändra utlämningsställe när paketet redan är på väg?
< Hej! Ja, via länken i aviseringen fram till att paketet har kommit fram. Säg till om länken krånglar. /Bertil
> Funkade, tack!
.
@ ap 09:54 fi s callback salla
K
> Pyydän soittoa. Asia: lahjakortti ei toimi kassalla.
* @10:21 Ei vastannut 10.20. Yritetään uudestaan.
< +31 Hei, yritimme soittaa kahdesti. Lahjakorttisi toimii nyt: siitä puuttui aktivointi. Koodi on sama kuin ennen.
.
@ me 09:58 fi b=kaisa delivery/lost aino
> Hei! Kirjoitan äitini Aune Lehtisen puolesta, hänellä ei ole Facebookia. Äidin tilaus {order} on kadonnut matkalle. Äidin puhelin on {phone}, mutta vastaan häntä itse täällä.
~ Hei Kaisa, kiitos kun autat äitiäsi. Selvitän paketin vaiheet. Tilauksen tiedot voin kertoa vain Aunelle itselleen, joten soitan hänelle.
* @11:12 Soitettu Aunelle klo 11. Antoi luvan asioida tyttären kanssa tästä tilauksesta.
< +140 Juttelin Aunen kanssa. Paketti on löytynyt, ja se viedään hänelle kotiin huomenna klo 10–12.
> Kiitos kauniisti, äiti oli iloinen soitosta ❤️
.
@ ch 10:01 fi c discount omar
> Alekoodi PIHA20 ei mene läpi
< +2 Hei {first}! Koodi vaatii 50 euron ostoksen, ja korissasi on nyt 47,90 €.
> +1 No voi. Lisään sitten saunakauhan :)
< +1 Erinomainen valinta. 😄
.
@ ml 10:04 fi s jobs -
S Avoin hakemus
> Hei, olen puutarha-alan opiskelija ja etsin kesätyötä ensi kesäksi. Mihin voin lähettää hakemuksen?
< +44 salla Hei, kiitos kiinnostuksesta! Kesätyöpaikat avataan tammikuussa osoitteessa kotipiha.example/tyopaikat.
.
@ fb 10:06 fi s product/question salla
> Kuuluuko tuohon kuvassa näkyvään pöytään myös tuolit?
>[s=helper>0] +11 Ei kuulu, ostin saman kesällä. Tuolit myydään erikseen pareittain.
>[0>helper] +4 Okei, kiitos tiedosta!
<[helper] +35 salla Näin on, kiitos avusta! Tuolipari on nyt tarjouksessa. ☀️
.
@ x 10:09 fi s - omar
> @kotipiha uutiskirjeen peruutuslinkki vie 404-sivulle. Ei hyvä.
< +37 Kiitos ilmoituksesta! Linkki on korjattu, ja jos laitat sähköpostisi yksityisviestinä, poistan sinut listalta heti.
@ ml 10:12 fi c returns/refund bertil
S Re: Palautuksen vahvistus
> Vahvistuksessa lukee 49,90 €, mutta maksoin 59,90 €. Mihin kymppi katosi? {name}, asiakasnro {no}
< Hei {first}, vähensimme vahingossa palautusmaksun, joka ei koske viallisia tuotteita. Loput 10 € lähtivät nyt tilillesi.
> OK, kiitos.
.
@ me 10:15 sv p product/missing bertil
> Hej! Det fattades en hylla i paketet, beställning {order}. Min mejl är {email}
< Hej {first}! Det beklagar jag. Hyllan skickas i dag och du får ett spårningsnummer i eftermiddag.
> Tack!
.
@ me 10:18 fi =anger delivery/late aino
> Tässä se numero: {phone}. Soittakaa ennen kahta, sen jälkeen olen töissä.
< +12 Soitan nyt heti. – Aino
. 
@ ma 10:22 en c delivery/status omar
> Is it possible to have a parcel delivered to a boat? Asking for a friend (me) @kotipiha
< Ha! We deliver to any guest harbour with a street address. Add the berth number in the notes and the driver will call. – Omar
> You are the best shop on land or sea.
.
@ ml 10:26 fi s delivery/status -
S Paketti menossa väärään osoitteeseen
> Sain tekstiviestin, että minulle on tulossa paketti Kotipihasta. En ole tilannut mitään. Onko tämä huijausta?
< +55 aino Hei! Viestin linkki ei ole meidän, joten älä avaa sitä. Sinulla ei ole meillä tilausta. Voit poistaa viestin huoletta.
> Kiitos, niin vähän arvelinkin.
.
@ x 10:30 fi s=kett1 product/broken -
> Usva 1,7 -vedenkeitin rupesi käryämään kesken aamuteen. Ostettu kuukausi sitten @kotipiha. Vaarallinen??
@ me 10:34 fi s returns salla
> Minulla meni palautusaika umpeen eilen sairaalareissun takia. Onko mitään tehtävissä?
< Hei {first}, toivottavasti voit jo paremmin! Jatkoin palautusaikaasi kahdella viikolla.
> Te ootte ihania 💛
r 💛
.
@ ml 10:41 fi c=mummo praise salla
S Kiitoskirje
> Hyvä Kotipiha! Tilasin teiltä elämäni ensimmäisen verkkokauppatilauksen 81-vuotiaana. Kaikki meni hyvin, ja nuori mies puhelimessa jaksoi neuvoa kärsivällisesti. Lämmin kiitos. {name}, {city}
< Hyvä {first}! Luin viestinne ääneen koko huoneelle. Suurkiitos, ja tervetuloa uudelleen asiakkaaksemme.
.
@ x 10:48 fi c returns/wrong-item aino
> Tilasin linnunruokinta-automaatin, sain kissanluukun. Kissa ja linnut eri mieltä siitä, onko tämä huono asia @kotipiha
< 😂 Rauhan nimissä: automaatti lähtee tänään, ja kissanluukun saa palauttaa maksutta. Laita tilausnumero yksityisviestillä! – Aino
> Laitettu! Kissa valittaa päätöksestä.
r 😂
.
@ ml 10:55 sv c returns bertil
S Retur av matta
> Hej, jag skulle vilja returnera mattan från order {order}, den är större än jag trodde. Hur gör jag med ett så stort paket? Hälsningar {name}
< Hej {first}! Vi hämtar stora returer hemma hos dig. Passar måndag kl. 16–20?
> Måndag passar utmärkt.
< Bokat! Rulla mattan och tejpa ihop den, så sköter chauffören resten.
.
@ x 11:02 fi s - -
> @kotipiha teidän mainos pyörii joka videon alussa, alkaa jo joululaulu soida päässä
d +6
@ ml 11:05 fi c delivery/late salla
S Missä tilaus viipyy
> Hei, tilauksesta {order} on kohta kaksi viikkoa. Ymmärrän muuton, mutta olisi kiva saada edes jokin arvio. {name}
< +75 Hei {first}, anteeksi hidas vastaus: aamu oli poikkeuksellisen vilkas. Tilauksesi lähti tänään klo 11 ja on perillä perjantaina. Toimituskulut on hyvitetty.
> Hyvä, kiitos tiedosta.
.
@ ch 11:08 fi s account omar
> en pääse kirjautumaan, salasanan vaihto ei lähetä mitään
< +2 Hei! Katson. Onko sähköpostisi vaihtunut hiljattain?
> +1 joo vaihtui syksyllä
< +3 Vaihdoin uuden osoitteen, tarkistin henkilöllisyytesi puhelimesta lähetetyllä koodilla. Kokeile nyt.
> +2 toimii!!
.
@ fb 11:12 sv s praise bertil
> Bästa nätbutiken! Paketet kom på två dagar till Åland.
< Vad roligt att höra, tack! Hälsningar till Åland. 🇦🇽
@ me 11:16 en p delivery/late omar
> Hello, order {order} was due yesterday and I am travelling from tomorrow. Can a neighbour pick it up? My number is {phone}.
< Hello {first}, yes: anyone with the pickup code and their own ID can collect it. The parcel arrived at the pickup point an hour ago.
> Great, forwarding the code. Thanks!
.
@ ml 11:20 fi c=kard b2b/order bertil
S Tilaus kahvilaan: 24 mukia ja 12 lyhtyä
> Hei Bertil! Tilataan sama kuin viime vuonna: 24 Usva-mukia valkoisena ja 12 pientä lyhtyä. Tarvitaan ennen pikkujouluja 27.11. Terveisin Kahvila Kardemumma / Nina
< Hei Nina! Kaikki löytyy hyllystä. Kuorma tulee teille ma 23.11. aamulla klo 7–9, kuten viimeksi. Lasku 14 pv.
> Täydellistä. Kahvit tarjolla kuljettajalle!
.
@ x 11:24 en s - omar
> @kotipiha your English site says "tortoise rake". I must know what a tortoise rake is.
< It should say "thatch rake". But now we all want a tortoise rake. Fixed in an hour, thank you! – Omar
> Please do not fix it.
r 😂
.
@ ap 11:27 fi c warranty aino
> Saunakiukaan kivihäkki irtosi hitsauksesta. Kiuas ostettu 2024, tilaus {order}. Kuuluuko takuuseen?
<+60! Hei {first}, kuuluu: kiukaissa on viiden vuoden takuu. Huolto soittaa sinulle huomenna ja sopii ajan.
.
@ fb 11:29 fi c returns/refund salla
> Kuinka kauan palautuksen käsittely kestää?
<+60! Hei! Yleensä 3–5 arkipäivää siitä, kun paketti on meillä.
@ ma 11:33 fi s - salla
> Voisiko @kotipiha lisätä kuviin tekstivastineet? Ruudunlukijalla pelkkä "IMG_2231" ei kerro paljoa.
< Kiitos, aivan oikeassa olet. Olemme lisänneet vastineet tämän vuoden kuviin, loput valmistuvat tammikuussa. – Salla
> Hienoa kuulla, arvostan!
.
@ ml 11:40 fi s returns -
S Palautus ilman tiliä
> Hei, tilasin ilman asiakastiliä ja haluaisin palauttaa verhot. Tilausnumeroni on T498811. Mistä saan palautustunnuksen?
< +59 bertil Hei, tässä palautustunnus: PAL-77120. Pakkaa verhot alkuperäiseen pussiin, se riittää.
.
@ ch 11:47 fi c product/broken bertil
> Kaukosäädin ei ohjaa takkaa
< +2 Hei {first}! Vilkkuuko säätimen valo, kun painat nappia?
> +2 Ei vilku
< +2 Silloin paristot ovat tyhjät tai väärin päin.
> +6 Olivat väärin päin. Anteeksi ja kiitos
< +1 Ei mitään anteeksi pyydettävää! Lämpimiä iltoja. 🔥
.
@ x 11:50 fi s delivery/late aino
> @kotipiha kuljettaja jätti paketin sateeseen. Pahvi mössönä, sisältö onneksi kunnossa. Voisiko ohjeistaa?
< Ikävä kuulla! Annan palautteen kuljetusliikkeelle nimellä ja reitillä. Kiitos, että kerroit, ja hyvä että tavara säilyi. – Aino
.
@ ml 11:54 en c returns/refund omar
S Refund not received
> Dear customer service, I returned a lamp on 2 November (order {order}) and have not seen the refund on my card yet. Kind regards, {name}
~ Dear {first}, I have asked our payments team to trace it and will get back to you this afternoon.
< +130 Dear {first}, the refund had bounced because the card has been renewed. We have sent it to your bank account instead; it takes two working days.
> Thank you, Omar. Much appreciated.
.
@ me 11:58 fi s delivery/status bertil
> Voiko toimituspäivää siirtää? Ollaan huomenna hautajaisissa.
< Osanottoni. Siirsin toimituksen ensi tiistaille klo 16–20. Ilmoita, jos jokin muu aika sopii paremmin.
> Tiistai on hyvä, kiitos.
.
@ x 12:05 fi s stock salla
> Onko @kotipiha'n joulukalentereita vielä? Lapsi laski jo päiviä.
< On, noin sata kappaletta! Jos tilaat tänään, ehtii hyvin ennen ensimmäistä luukkua. – Salla
> Tilattu!
d +9
.
@ ml 12:09 fi c delivery/damaged aino
S Lasi rikki
A
> Hei, kynttiläkuvun lasi oli sirpaleina laatikossa. Varo sormia jos pyydätte palauttamaan. {name}, {order}
< Emme tietenkään pyydä palauttamaan sirpaleita! Uusi kupu lähtee tänään tuplapehmusteilla.
> Kiitos, ja sormet on tallella.
.
@ ch 12:14 fi p payment omar
> maksu meni läpi mutta tilausvahvistusta ei tullut
< +2 Hei! Millä sähköpostilla tilasit?
> +1 {email}
< +3 Osoitteessa oli kirjoitusvirhe, vahvistus palautui meille. Lähetin uuden oikeaan osoitteeseen.
> +1 tuli, kiitos
.
@ ap 12:22 sv s product/question bertil
> Hej, kan man få solskyddet i specialmått 310 cm?
< +50 Hej! Specialmått går bra, leveranstid tre veckor. Jag skickar en offert till din e-post i eftermiddag.
.
@ ml 12:28 fi c invoice/copy aino
S Laskun jakaminen osiin
> Voisiko 389 euron laskun maksaa kolmessa osassa? Joulukuu on tiukka. {name}, asiakasnumero {no}
< Hei {first}, totta kai. Jaoin laskun kolmeen 129,67 euron erään ilman kuluja. Uudet laskut tulevat sähköpostiisi.
> Iso kiitos, tämä helpotti.
.
@ x 12:34 fi c account salla
> Verkkokauppa antaa virheen "yritä myöhemmin" joka kerta kun painan Maksa @kotipiha
e +2 Verkkokauppa antaa virheen "yritä myöhemmin" joka kerta kun painan Maksa @kotipiha. Selaimena Firefox.
< Hei! Maksupalvelussa oli häiriö puolilta päivin, nyt pitäisi toimia. Sori viive vastauksessa, viestisi tuli meille vasta nyt! – Salla
> Meni läpi, kiitos
.
@ me 12:41 fi p product/question bertil
> Hei, paljonko kaminan hormiliitäntä on halkaisijaltaan? Tilaus {order}
< Hei {first}! 150 mm. Pahoittelut, että jouduit odottamaan: viestit eivät kulkeneet meille keskipäivällä.
> Ei haittaa, kiitos!
.
@ fb 12:46 fi s - aino
> Kaikki on nykyään niin kallista...
. @15:02 aino
@ me 12:52 fi s delivery/late aino
> Kuljettaja soitti, mutten ehtinyt vastata. Tuleeko hän uudestaan?
> +31 Haloo?
> +40 Nyt se ajoi pihasta pois :(
< Voi ei, anteeksi {first}! Viestisi tulivat meille vasta äsken. Soitin kuljettajalle, hän palaa tänään klo 18 mennessä.
> +150 Tuli! Kaikki ok.
.
@ x 12:58 en c=mia delivery/lost omar
> @kotipiha my parcel was "delivered to reception". I live in a detached house. I am the reception.
< Hello! Sorry for the late reply, we had a technical outage. Could you DM us your order number? We'll find out which reception this was. – Omar
> It turned up at the school next door. The kids had fun unpacking it.
< Oh dear! If anything is missing, tell us and we'll replace it.
.
@ ml 13:02 fi c returns/wrong-item bertil
S Kaksi samanlaista tuolia puuttuu
> Sain neljä tuolia, laskutettu kuudesta. Tilaus {order}. Terv. {name}
< Hei {first}! Kaksi tuolia lähtee huomenna omana pakettinaan. Ne oli merkitty vahingossa jälkitoimitukseen.
u returns/wrong-item
t product/missing
.
@ ch 13:05 fi c delivery/status omar
> Heissan! voiko paketin vielä peruuttaa
< +2 Hei! Jos tilaus ei ole keräilyssä, kyllä. Hetki.
< +3 Peruutin sen, rahat palautuvat 1–2 päivässä.
> +2 nopeeta, kiitos
.
@ fb 13:11 fi s product/broken salla
> Aurinkovalo ei syty enää. Ostettu toukokuussa, onko normaalia marraskuussa?
>[s=knower>0] +18 On se normaalia, marraskuussa aurinko ei riitä. Meilläkin nukkuvat talven.
< Juuri näin, kiitos vastauksesta! Lamppu herää taas helmikuussa. Jos ei herää, se vaihdetaan takuuna.
.[knower,0]
@ x 13:16 fi s - -
> Ei kyllä @kotipiha'sta enää ikinä mitään. Piste.
@ me 13:20 fi s stock salla
> Onko vielä sitä isoa kynttilää jota oli messuilla?
< Hei! On, se löytyy nimellä Honka 30 cm. Kiitos kärsivällisyydestä, meillä oli häiriö viestien kulussa.
.
@ ml 13:25 sv c warranty bertil
S Garanti på gräsklippare
> Hej! Robotgräsklipparen stannar efter fem minuter. Jag köpte den i maj, order {order}. Täcks det av garantin? {name}
< Hej {first}! Ja, garantin gäller två år. Vår serviceverkstad hör av sig i morgon och hämtar klipparen gratis.
> Utmärkt service, tack.
.
@ ap 13:30 fi c callback salla
K
> Soittakaa kun ehditte, asia koskee lahjatilausta joka ei saa näkyä miehelleni :)
< +38 Soitettu ja sovittu: paketti tulee noutopisteeseen ilman lähettäjän nimeä. Mukavaa yllätystä!
.
@ ma 13:36 fi s delivery/late aino
> @kotipiha odotan edelleen tietoa tilauksesta, josta kyselin viikko sitten. Sähköpostiin ei vastata.
< Hei! Sähköpostisi oli jäänyt roskapostisuodattimeen, anteeksi. Vastasin siihen nyt. – Aino
> Löytyi, kiitos kun kaivoit.
.
@ x 13:41 fi n product/question bertil
> Voiko lyhtyä käyttää sisällä, vai tuleeko siitä nokea? @kotipiha
< Sisällä vain led-kynttilällä, oikea liekki nokeaa lasia. Ja anteeksi viive, vastaus karkasi yli tunnin! – Bertil
@ me 13:48 sv p returns bertil
> Hej, jag ångrar mitt köp {order}. Kan jag lämna tillbaka det i butiken i {city}? {email}
< Hej {first}! Ja, ta med ordernumret så får du pengarna tillbaka i kassan. Ursäkta det sena svaret.
.
@ fb 13:55 fi s delivery/late aino
> Kukaan ei vastaa Messengerissä, vastaatteko edes täällä?
< Hei! Viestit seisoivat häiriön takia kaksi tuntia, nyt olemme taas paikalla. Vastasin sinulle juuri sinnekin.
> Ok näkyy, kiitos
.
@ ml 14:02 fi c product/question aino
S Maton pesu
> Hei, voiko villasekoitemattoa pestä koneessa? Koira ehti ensin. {name}
< Hei {first}! Villaohjelma 30 astetta ja mieto pesuaine, kuivaus tasolla. Koiralle terveisiä. 🐾
> Kiitos, koira katuu (ei kadu).
.
@ x 14:12 fi s discount -
> @kotipiha se 30 % koodi minkä somevaikuttaja jakoi ei toimi. Onko feikki?
< salla Hei! Valitettavasti on: emme ole antaneet sellaista koodia. Kiitos kun kysyit. Oikeat tarjoukset ovat aina omilla sivuillamme.
@ me 14:19 fi c warranty -
> Lumikolan varsi katkesi heti ensilumilla. Ei ihan kestänyt Kainuun talvea.
< bertil Hei {first}! Varressa on elinikäinen takuu. Uusi lähti jo, pahoittelut viiveestä.
> Sepä hienoa!
.
@ ml 14:29 fi c=aune delivery/lost aino
S Paketti
> Hyvää päivää. Soitto aamulla oli hyvä. Tyttäreni auttaa minua näissä asioissa. Kiitos. Aune Lehtinen
< Hyvää päivää Aune, kiitos viestistä. Paketti tulee huomenna klo 10–12, kuljettaja soittaa ovikelloa.
.
@ me 14:42 fi p delivery/address salla
> Hei! Ovikoodi vaihtui, kuljettaja ei pääse sisään. Uusi koodi pitäisi lisätä tilaukseen {order}. Puhelin {phone}
< Lisätty, kiitos {first}! En toista koodia täällä, mutta se näkyy nyt kuljettajalla.
v
.
@ ml 14:47 en s spam -
S Invoice attached URGENT
> Dear sir, find attached overdue invoice, pay today to avoid legal action. Open file invoice_8831.zip
. +12 salla
@ ch 14:51 fi c invoice/copy bertil
> Tarvitsen tositteen kotitalousvähennystä varten
< +3 Hei {first}! Lähetin asennuksen erittelyn sähköpostiisi, työn osuus on siinä omalla rivillään.
> +2 Sain, kiitos!
.
@ fb 14:56 sv s delivery/late bertil
> Var är min julbelysning? Beställd den 2 november!
< Hej! Flytten av lagret försenade en del paket. Skicka ordernumret i ett privat meddelande så kollar jag direkt. /Bertil
> Skickat.
@ ml 15:01 fi c=kett2 product/broken -
S Vedenkeitin savuaa – turvallisuusasia
> Hei, Usva 1,7 -vedenkeittimen pohjasta nousi savua ja pistoke kuumeni. Otin heti seinästä. Ostettu lokakuussa, tilaus {order}. Pyydän ohjeita pikaisesti. {name}
@ x 15:05 fi s praise salla
> @kotipiha'n uusi löylykauha on nyt saunan kuningas. Ei muuta.
< Kiitos! Välitämme kruunun kauhalle. 👑 – Salla
@ me 15:10 fi p returns/refund aino
> Sain hyvityksen kahdesti! Pitäisikö toinen palauttaa? Asiakasnumero {no}
< Rehellisyys ilahduttaa! Toinen oli virhe, veloitamme sen takaisin automaattisesti. Saat kiitokseksi lahjakortin.
> Kiva yllätys :)
.
@ x 15:18 sv s - bertil
> @kotipiha hur uttalar man ert namn? Frågar för en quizkväll i Vasa
< "Kotti-pi-ha", betoning på KO! Det betyder hemgård. Lycka till i quizet! /Bertil
> Vi vann! (Frågan kom inte.)
.
@ ml 15:24 fi c delivery/late salla
S Kolmas kysely
> Hei, tämä on kolmas viestini tilauksesta {order}. Edellisiin ei ole vastattu. Jos tähän ei tule vastausta tänään, perun koko tilauksen. {name}
<+140 Hei {first}. Olet oikeassa, eikä tähän ole selitystä: aiemmat viestit olivat jääneet väärään jonoon. Tilaus lähti pikana ja on perillä huomenna. Hyvitin koko toimituksen.
> +25 Kiitos, mutta kyllä tämä söi luottamusta.
* Seurattava: soitetaan perjantaina, tuliko paketti.
@ fb 15:29 fi c stock -
> Moi, tuleeko tätä valosarjaa vielä lämpimän valkoisena?
@ ch 15:33 fi s product/question omar
> voiko pihakeinua pitää ulkona talven yli
< +2 Hei! Runko kestää, tyynyt ja katos kannattaa ottaa sisään.
> +1 selvä, kiitos!
.
@ ma 15:38 sv s praise bertil
> Fick handskrivet tack-kort i paketet från @kotipiha. Sånt blir man glad av.
< Det är Ulla på lagret som skriver dem. Hon blir jätteglad! /Bertil
r ⭐
@ me 15:43 en c account omar
> I can't find where to change my newsletter language to English.
< Hi {first}! My pages → Settings → Language. I've already switched it for you.
> Thank you!
.
@ x 15:47 fi s delivery/pickup salla
> Noutokoodi vanheni ennen kuin ehdin hakea @kotipiha, paketti lähti takaisin?
< Ei vielä! Pidensin noutoaikaa sunnuntaihin, uusi koodi tulee tekstiviestillä. – Salla
> Huh, kiitos!
.
@ me 16:01 fi p delivery/lost -
> Pakettini {order} on ollut kadoksissa jo toista viikkoa. Sähköposti {email}. Kuka tätä hoitaa?
~ aino Hei {first}, minä hoidan. Teimme kuljetusliikkeelle katoamisilmoituksen, vastaus tulee huomenna aamulla.
a -
@ ap 16:09 fi c warranty bertil
> Kellarivalaisimen liiketunnistin palaa koko ajan. Ostettu keväällä, tilaus {order}.
< Hei {first}! Käännä pohjan kytkin asentoon 2, tehdasasetus on jatkuva valo. Jos ei auta, vaihdamme.
> Auttoi, kiitos!
.
@ ml 16:13 fi n=nimi returns salla
S Palautus
> Hei! Palautin viime viikolla ruukun myymälään mutta en saanut kuittia. Onko se kirjattu? {name}, {city}
< +54 Hei! En löydä sitä suoraan tällä osoitteella. Kertoisitko asiakas- tai tilausnumerosi, niin tarkistan?
@ ch 16:18 sv c delivery/status bertil
> När kommer mitt paket?
< +2 Hej {first}! I morgon före klockan 14.
> +1 Tack
.
@ x 16:22 en s delivery/cost omar
> Do you ship to the Faroe Islands @kotipiha? Our sheep need nice lanterns.
< Not yet, sadly. For now the sheep would need a forwarding address in Finland or Sweden. – Omar
> They will discuss it.
.
@ fb 16:26 fi s praise aino
> Kiitos nopeasta avusta tänään puhelimessa, asia hoitui viidessä minuutissa!
< Kiitos itsellesi, mukava oli auttaa!
r ❤
@ me 16:30 fi c stock salla
> Saisiko harmaan maton kokoa 200x300? Sivuilla näkyy vain pienempi.
< Hei {first}! Iso koko tulee ensi viikolla, varaanko sinulle yhden?
> +6 Joo kiitos!
< +5 Varattu. Saat viestin, kun se on noudettavissa.
.
@ ml 16:35 fi c invoice/reminder aino
S Maksumuistutus väärälle henkilölle
> Maksumuistutuksessa on nimeni mutta en ole tilannut lyhtyjä. Epäilen, että joku on käyttänyt tietojani. {name}, {phone}
~ Hei {first}, keskeytin perinnän heti ja siirsin asian petostutkintaan. Soitan sinulle, kun tiedän enemmän.
* Epäilty identiteettivarkaus, tilaus noudettu eri kaupungista. Siirretty turvallisuuteen.
a salla
@ x 16:41 fi s - bertil
> Milloin @kotipiha avaa Kuopion myymälän? Olette luvanneet jo kaksi vuotta.
< Nyt on päivä: lauantaina 6.2. klo 10! Tervetuloa pullakahville. – Bertil
> Merkitty kalenteriin
.
@ ml 16:50 en c delivery/damaged omar
S Broken plant pot
A
> Hello, the large terracotta pot arrived in three pieces. Photos attached. Order {order}. Best wishes, {name}
< Dear {first}, that is a sorry sight. A new pot ships tomorrow with more padding. Keep the pieces, they make good drainage!
> Good idea, thank you!
.
@ fb 17:00 fi c delivery/late -
> Nyt on kyllä sellainen olo, että myytte tavaraa jota ei ole. Tilattu 3.11., ei näy.
@ x 17:04 fi =matti_k stock salla
> @kotipiha löytyykö kynttilävalosarjaa 20 metrin pituisena?
< Löytyy, varastossa 12 kpl. Linkki tuotteeseen: https://kotipiha.example/valosarja-20 – Salla
E +2 Löytyy, varastossa 12 kpl. Linkki tuotteeseen: https://kotipiha.example/valosarja-20m – Salla
> Kiitos!
.
@ me 17:09 fi p product/broken -
> Hei. Ostin Usvan vedenkeittimen ja siitä tulee palaneen haju, välillä savuakin. Uskaltaako käyttää? Tilaus {order}
@ ap 17:19 fi s - -
> Haluaisin teiltä sponsorointia koirakerhomme joulujuhlaan 12.12.
@ x 17:25 fi s delivery/late omar
> Onko tämä nyt joku vitsi? "Toimitus siirtynyt" viesti numero viisi @kotipiha
< +31 Ei ole vitsi, ja ymmärrän harmin. Tilauksesi on tällä hetkellä jakeluautossa, katsoin sen kartalta. – Omar
> +14 No nyt ovikello soi. Kiitos.
.
@ fb 17:31 fi s spam -
> Halvat designlaukut -80% www.laukut.example
. +4 omar
@ me 17:36 fi p returns/exchange bertil
> Voinko vaihtaa mukit sinisiin? Tilaus {order}, puh. {phone}
< Voit! Siniset lähtevät huomenna, palauta punaiset samassa laatikossa.
.
@ ml 17:40 sv c account -
S Radera mina uppgifter
> Hej, jag vill att ni raderar mitt kundkonto och alla mina uppgifter. {name}, kundnummer {no}
@ ch 17:44 fi c delivery/pickup salla
> Myymälän nouto: mihin asti auki tänään?
< +1 Hei! Noutopiste palvelee tänään kello 20 asti.
> +1 Jees, ehdin
.
@ x 17:50 fi s - -
> @kotipiha missä teidän asiakaspalvelu sijaitsee? Kuulostatte savolaisilta (hyvällä)
@ me 18:06 fi p delivery/late aino
> Moi taas, tilauksesta {order} ei ole kuulunut mitään lupauksista huolimatta. Nyt alkaa ottaa päähän.
^
@ ml 18:20 fi c returns salla
S Palautan kaksi tuotetta
> Hei, voinko laittaa kaksi tilausta samaan palautuspakettiin? Toinen on {order}. {name}
< Huomenta {first}! Voit, laita kummankin numero laatikkoon lapulle.
> Kiitos!
.
@ me 18:42 sv p invoice/copy bertil
> Hej! Kan jag få kvittot för {order} på svenska? {email}
^
< God morgon {first}! Kvittot på svenska är skickat till din e-post.
.
@ ma 19:51 en s - -
> @kotipiha is the wood in your bird boxes treated with anything harmful to birds?
d +12
@ ml 20:02 fi s stock aino
S Kuusenkynttilöiden varaosat
> Myyttekö yksittäisiä varalamppuja ulkokuuseen? Kantana E10.
< Hei! Myymme kolmen kappaleen pakkauksissa, 4,90 €. Löydät ne osoitteesta kotipiha.example/varaosat.
v failed
@ me 20:30 fi s praise salla
> Paketti tuli, kaikki ehjää, ja mummo itki ilosta. Kiitos!
^
< Nyt tuli itku tännekin! Terveisiä mummolle. 💚
r ❤
.
@ ap 21:10 fi c invoice/vat bertil
> Verkkolaskuosoitteemme muuttuu ensi kuun alussa. Mihin ilmoitan uuden? Asiakasnumero {no}
< Huomenta! Päivitin osoitteen lomakkeelta, se on käytössä 1.12. alkaen.
.
@ x 21:44 fi c=saara delivery/late aino
> Ei mitään ilmoitusta, ei pakettia, ei vastausta. Huomenna soitan kuluttajaneuvontaan @kotipiha
< Hei, ja anteeksi! Paketti lähti meiltä myöhässä ja on noutopisteessä tänään klo 12. Hyvitän toimituksen. – Aino
> Hyvä että joku herää. Kiitos tästä.
.
@ me 22:15 en p product/question omar
> Can the heater be left on overnight in a greenhouse? Order {order}.
^
< Hi {first}, yes: it has an overheat switch and IP44 protection. Keep half a metre free around it.
.
@ ml 23:05 fi c delivery/address -
S Uusi osoite
> Muutan ensi viikolla. Voitteko muuttaa kaikkiin tilauksiin uuden osoitteeni, joka on Koivukuja 8, Tampere? {name}
@ x F08:03 fi =liisa product/broken salla
> Hei taas, kolmas pannu on täydellinen. Kahvakin pysyy. @kotipiha ❤️
< Jee! Kolmas kerta toden sanoi. Ihania lettuhetkiä! – Salla
.
@ x F08:06 fi =matti stock bertil
> Nyt ilmoitus kolista tuli sähköpostiin, mutta tuotesivu sanoo yhä loppu? @kotipiha
< Moi! Saldo päivittyy tunnin välein, kohta pitäisi näkyä. Varasin sinulle yhden varmuuden vuoksi. – Bertil
> Kiitos, kova!
.
@ ch F08:10 fi c delivery/status omar
> huomenta, lupasitte paketin torstaille
< +3 Huomenta {first}, katsotaanpa. Se on jakelussa juuri nyt, kuljettajalla on kuusi pysähdystä ennen sinua.
> +2 ok hyvä, oon kotona
.
@ ml F08:14 fi =jukka b2b/order bertil
S Re: Tarjouspyyntö: 40 kpl terassilyhty
> Huomenta, tarvitaankin 44 kpl. Onnistuuko lisäys samaan toimitukseen? Jukka
< Onnistuu, päivitin tilausvahvistuksen. Hinta ja toimituspäivä pysyvät.
> Loistavaa.
.
@ fb F08:18 fi s delivery/late -
> Eilen luvattiin, että kaikki lähtee "viimeistään huomenna". Nyt on huomenna. Missä?
@ me F08:22 fi =anger delivery/late -
> Lahja tuli illalla, kiitos siitä. Mutta paketista puuttui kortti, jonka maksoin erikseen.
@ x F08:26 fi c returns salla
> @kotipiha palautustarra ei tulostu, pdf on tyhjä
< Tulostin saa levätä: näytä palautuskoodi puhelimesta, se riittää. – Salla
> Toimi, kiitos!
.
@ ml F08:31 sv c product/broken -
S Trasig lampa
> Hej! Lampan blinkar och surrar. Är den farlig att använda? Order {order}. Mvh {name}
@ ap F08:36 fi s callback aino
K
> Soittakaa mielellään ennen klo 9, asia on kiireinen: väärä määrä laskulla.
< +18 Kiitos puhelusta! Uusi lasku on lähetetty ja vanha mitätöity.
.
@ me F08:40 fi s discount -
> Moi, voitinko mä sen arvonnan? Joku lähetti viestin teidän nimissä ja pyysi korttitietoja
@ ma F08:44 fi c returns -
R
> @kotipiha lupasitte eilen vastata sähköpostiin, mutta siellä oli vain automaattinen kuittaus.
@ ch F08:50 en c invoice/copy omar
> Morning! Can you resend my receipt for {order}?
< +2 Good morning {first}! Just sent it to the address on your account.
> +2 Got it, cheers
.
@ x F08:55 fi s - -
> Tilasin @kotipiha'sta eilen illalla ja paketti on jo noutopisteessä?? Miten te tämän teitte
> +2 Siis oikeasti, 11 tuntia!
@ fb F09:04 fi s product/question -
> Voiko tätä mattoa leikata pienemmäksi, purkautuuko reuna?
@ ml F09:09 fi c returns/refund aino
S Hyvitys puuttuu edelleen
> Huomenta, hyvitystä tilauksesta {order} ei ole vieläkään näkynyt. {name}
<+52 Huomenta {first}! Hyvitys lähti eilen illalla, pankkisi kirjaa sen iltapäivän aikana. Laitoin maksutositteen liitteeksi.
@ me F09:16 fi p delivery/pickup -
> Hei, en saa lokeroa auki, koodi ei kelpaa. Tilaus {order}, olen lokerolla nyt! Numero {phone}
@ x F09:23 sv c stock bertil
> Hej @kotipiha! Kommer den röda spaden in igen?
< Hej! Ja, i vecka 49. Vill du ha ett meddelande när den är här? /Bertil
> Gärna!
@ fb F09:30 fi s praise -
> Hyvää perjantaita Kotipihan väelle! Teidän lyhdyt valaisee meidän koko kujan ✨
@ ml F09:48 fi c warranty -
S Kiukaan takuuhuolto
> Huomenta, huollosta piti soittaa tänään. En ole vielä kuullut mitään, joten varmistan että tieto on mennyt perille. {name}
@ x F09:55 fi s delivery/status -
> @kotipiha ehtiiköhän tänään tilattu isänpäivälahja vai olenko auttamatta kaksi viikkoa myöhässä 😬
@ me F10:01 fi s stock -
> Onko teillä lahjapaketointia?
@ fb F10:05 sv s - -
> Har ni öppet på lördag?
@ ch F10:06 fi c returns bertil
> huomenta, palautin eilen kaksi lyhtyä, montako teillä näkyy
< +2 Huomenta! Täällä näkyy vasta yksi. Toinen on todennäköisesti vielä matkalla.
> @F10:09 okei, odottelen maanantaihin
"""

if __name__ == "__main__":
    main()
