"""Made-up people, from a seed: who they are, what they would answer, and what they are like."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import product
from typing import Literal

from bot.chat.events import FieldValue


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST = _words(
    "Ada Agnes Aisha Alan Alice Amara Amir Anika Arjun Beatrice Ben Bethan Callum Carys Cerys Chidi Claire Connor "
    "Dafydd Dalia Daniel Devi Dylan Edith Elena Eleri Emeka Emma Esther Ewan Farah Fatima Fergus Fiona Freya "
    "Gareth George Grace Hamza Hannah Harriet Hugo Ibrahim Imogen Iona Isla Ivan Jamila Jonah Joseph Kavita Kofi "
    "Lachlan Leila Lena Lewis Maeve Malik Margaret Meera Mohan Nadia Niamh Nia Olive Omar Oscar Owen Parveen "
    "Phoebe Priya Rafael Rhian Rosa Rowan Ruth Sadia Samuel Shanice Sian Sofia Stefan Tamsin Tariq Thea Theo Usha "
    "Victor Wen Yasmin Yusuf Zara"
)
LAST = _words(
    "Abbott Adeyemi Ahmed Ali Andersen Atkins Bailey Banerjee Bennett Bevan Boateng Brennan Brooks Byrne Cameron "
    "Campbell Chandra Chen Clarke Coleman Costa Davies Desai Doyle Drummond Duffy Eze Farrell Fletcher Forbes "
    "Gallagher Ghosh Gill Graham Griffiths Gupta Haddad Hargreaves Hassan Hughes Hussain Iqbal Jenkins Johal "
    "Kamara Kaur Kelly Khan Kowalski Lloyd Lovelace Mahmood Marsh McKenzie Mensah Mistry Morgan Murray Nair Ncube "
    "Nguyen Nowak OBrien Okafor Osei Owens Parker Patel Pereira Powell Qureshi Rahman Reid Roberts Rossi Sandhu "
    "Santos Sharma Singh Stewart Sutherland Tennant Thapa Turner Uddin Vaughan Wallace Walsh Watkins Webb "
    "Whitfield Wong Wright Yilmaz Young Zhang"
)
PLACES = {
    "London": "Europe/London",
    "Edinburgh": "Europe/London",
    "Cardiff": "Europe/London",
    "Leeds": "Europe/London",
    "Brussels": "Europe/Brussels",
    "New York": "America/New_York",
    "Nairobi": "Africa/Nairobi",
    "Delhi": "Asia/Kolkata",
    "Singapore": "Asia/Singapore",
}
ABROAD = tuple(place for place, zone in PLACES.items() if zone != "Europe/London")
AT_HOME = tuple(place for place, zone in PLACES.items() if zone == "Europe/London")
HALF_DAYS = tuple(f"{day}-{half}" for day, half in product(("mon", "tue", "wed", "thu", "fri"), ("am", "pm")))

# How common an answer is among those that a card offers, by its code; what is not here counts once.
LIKELY: Mapping[str, float] = {
    "Policy": 9,
    "Operational delivery": 8,
    "Digital, data and technology": 6,
    "Project delivery": 5,
    "Human resources": 3,
    "Finance": 3,
    "Legal": 2,
    "Communications": 2,
    "Statistics": 2,
    "Home Office": 5,
    "HM Revenue and Customs": 6,
    "Department for Work and Pensions": 6,
    "Ministry of Justice": 5,
    "Ministry of Defence": 4,
    "Cabinet Office": 3,
    "Department for Education": 3,
    "HM Prison and Probation Service": 3,
    "Welsh Government": 2,
    "Scottish Government": 2,
    "3": 8,
    "2": 3,
    "no": 1.4,
}
GRADES: Mapping[str, Mapping[str, float]] = {
    "mentor": {"AO": 1, "EO": 7, "HEO": 17, "SEO": 25, "G7": 26, "G6": 15, "SCS1": 7, "SCS2": 2, "AA": 0.4},
    "mentee": {"AA": 2, "AO": 11, "EO": 26, "HEO": 27, "SEO": 19, "G7": 11, "G6": 3, "SCS1": 1},
    "both": {"AO": 3, "EO": 16, "HEO": 28, "SEO": 28, "G7": 18, "G6": 6, "SCS1": 1},
}
BOTH_SHARE = 0.06
ABROAD_SHARE = 0.07
FREE_SHARE = 0.55
PLAIN_WEEKS = (HALF_DAYS, HALF_DAYS[::2], HALF_DAYS[1::2])
PLAIN_WEEK_SHARE = 0.3

Leaving = Literal["", "silent", "withdraw", "erase", "blocked"]


@dataclass(frozen=True, slots=True)
class Temper:
    """What somebody is like: shares of occasions, from 0 to 1, and how long they take."""

    pace: timedelta = timedelta(hours=20)
    dithers: float = 0.12  # puts something off for days
    ignores: float = 0.06  # never answers it
    types: float = 0.25  # rather than pressing
    nonsense: float = 0.03  # types something else first
    presses_twice: float = 0.02
    redelivered: float = 0.01  # the platform hands their event in twice
    presses_old: float = 0.02  # presses something that has moved on
    stops_midway: float = 0.006  # at a question
    skips: float = 0.35  # what may be skipped
    changes: float = 0.08  # an answer, before confirming
    looks: float = 0.05  # at what is kept in private
    books: float = 0.78
    other_time: float = 0.12  # rather than one that is offered
    accepts: float = 0.84
    counters: float = 0.5  # suggests another time, of those who do not accept
    reasons: float = 0.4  # gives one when declining
    moves: float = 0.06  # a session that is set up
    cancels: float = 0.04
    meets: float = 0.9
    goes_on: float = 0.68
    wavers: float = 0.04  # changes a decision
    met: float = 0.62
    not_yet: float = 0.2
    later: float = 0.1
    stops: float = 0.05  # and the rest needs somebody to talk to
    notes: float = 0.12
    surveyed: float = 0.85


@dataclass(frozen=True, slots=True)
class Persona:
    """One made-up person.

    `answers` is what they say to the questions of these names where the card offers it; others are answered by
    chance. `refuses` is a question that they say no to. `leaves` says how, and `leaves_after` when after the start.
    """

    user: str
    name: str
    place: str
    zone: str
    answers: Mapping[str, FieldValue]
    temper: Temper
    arrives: timedelta
    refuses: str = ""
    leaves: Leaving = ""
    leaves_after: timedelta = timedelta()
    errands: Sequence[tuple[timedelta, str]] = field(default=())


def chance(key: str) -> random.Random:
    """Return a source of chance that is the same for the same key."""
    return random.Random(key)  # noqa: S311 - made-up people keep no secrets


def weighted(among: Mapping[str, float], luck: random.Random) -> str:
    """Return one of the keys, by their weights."""
    return luck.choices(list(among), list(among.values()))[0]


def people(mentors: int, mentees: int, seed: int, weeks: int) -> list[Persona]:
    """Return so many mentors and mentees; a few are both, and count as both."""
    both = min(round((mentors + mentees) * BOTH_SHARE), mentors, mentees)
    roles = ["both"] * both + ["mentor"] * (mentors - both) + ["mentee"] * (mentees - both)
    luck = chance(f"{seed}:people")
    luck.shuffle(roles)
    names = _names(luck)
    return [_persona(number, role, next(names), seed, weeks) for number, role in enumerate(roles, start=1)]


def _names(luck: random.Random) -> Iterator[str]:
    """Yield names, each one once: plain ones first, then with an initial."""
    for initial in ("", *(f"{letter}. " for letter in "ABCDEFGHJKLMNPRSTW")):
        names = [f"{first} {initial}{last}" for first, last in product(FIRST, LAST)]
        luck.shuffle(names)
        yield from names


def _persona(number: int, role: str, name: str, seed: int, weeks: int) -> Persona:
    luck = chance(f"{seed}:{number}")
    place = luck.choice(ABROAD if luck.random() < ABROAD_SHARE else AT_HOME)
    free = luck.choice(PLAIN_WEEKS) if luck.random() < PLAIN_WEEK_SHARE else ()
    free = free or tuple(code for code in HALF_DAYS if luck.random() < FREE_SHARE) or HALF_DAYS[:2]
    answers: dict[str, FieldValue] = {
        "role": role,
        "name": name,
        "contact": name.lower().replace(". ", ".").replace(" ", ".") + "@example.gov.uk",
        "grade": weighted(GRADES[role], luck),
        "biography": BIOGRAPHIES[luck.randrange(len(BIOGRAPHIES))],
        "availability": free,
        "zone": place,
    }
    leaves = weighted({"": 84, "silent": 8, "withdraw": 4, "erase": 2.5, "blocked": 1.5}, luck)
    return Persona(
        user=f"p{number}",
        name=name,
        place=place,
        zone=PLACES[place],
        answers=answers,
        temper=_temper(luck),
        arrives=_arrival(luck),
        refuses=weighted({"": 97, "consent": 1.5, "eligible": 1.5}, luck),
        leaves=leaves,  # type: ignore[arg-type]
        leaves_after=timedelta(weeks=weeks * luck.random() ** 1.3),
        errands=tuple(_errands(luck, weeks)),
    )


def _temper(luck: random.Random) -> Temper:
    plain = Temper()
    slow = luck.lognormvariate(0, 0.8)
    clumsy = luck.choice((0.3, 1, 1, 3))
    return replace(
        plain,
        pace=plain.pace * slow,
        dithers=min(plain.dithers * slow, 0.5),
        ignores=plain.ignores * luck.choice((0.2, 1, 1, 3)),
        types=luck.choice((0.05, 0.2, 0.2, 0.9)),
        nonsense=plain.nonsense * clumsy,
        presses_twice=plain.presses_twice * clumsy,
        presses_old=plain.presses_old * clumsy,
        books=luck.choice((0.4, 0.8, 0.9, 0.95)),
        goes_on=luck.choice((0.5, 0.95, 0.98)),
    )


def _arrival(luck: random.Random) -> timedelta:
    """Return when somebody first writes: most at once or just before the end, a few too early or too late."""
    kind = weighted({"first days": 45, "any time": 25, "last days": 27, "early": 1.5, "late": 1.5}, luck)
    days = {
        "first days": luck.expovariate(1 / 3),
        "any time": luck.uniform(0, 20),
        "last days": 20.5 - luck.expovariate(1 / 2),
        "early": -luck.uniform(0.05, 2),
        "late": luck.uniform(22, 60),
    }
    return timedelta(days=max(days[kind], -3 if kind == "early" else 0.1))


def _errands(luck: random.Random, weeks: int) -> Iterator[tuple[timedelta, str]]:
    """Yield what somebody comes to say of their own accord, and when after the start."""
    for said, usual in ERRANDS.items():
        for _ in range(int(usual) + (luck.random() < usual % 1)):
            yield timedelta(weeks=weeks * luck.random()), said


# What people come to say of their own accord, and how often on average.
ERRANDS: Mapping[str, float] = {
    "status": 1.2,
    "help": 0.2,
    "hello": 0.3,
    "matches": 0.5,
    "sessions": 0.4,
    "notes": 0.15,
    "my data": 0.04,
    "resources": 0.1,
    "pause": 0.08,
    "resume": 0.04,
    "change availability": 0.06,
    "change about you": 0.02,
    "book": 0.2,
    "when is lunch?": 0.08,
    "old button": 0.3,
    "stop": 0.03,
}
BIOGRAPHIES = (
    "I lead a small team and enjoy helping others find their feet.",
    "I moved here from a call centre and would like to learn how decisions are made.",
    "Policy by day, choir by night. Happy to talk about promotion boards, part-time work and starting again.",
    "New to the profession, keen on data, and looking for somebody who has managed a change of career.",
    "Twenty years in operations. I can help with interviews, difficult conversations and finding time to think.",
    "I would like to try for the next grade this year and would value somebody honest.",
    "",
)
