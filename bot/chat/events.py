"""What can happen: somebody says something, presses something, comes, is gone, or a date comes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

FieldValue = str | tuple[str, ...]

TOGETHER = "+"  # between the users of a conversation that several people have with each other


@dataclass(frozen=True, slots=True)
class Address:
    """Where a person is reached: one user of one tenant of one platform; or several, joined by TOGETHER.

    `route` is opaque text that only the platform's adapter reads (a Slack channel, a Teams conversation reference).
    It may change over time and takes no part in who somebody is.
    """

    platform: str
    tenant: str
    user: str
    route: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody typed words. `id` is the platform's own id of the message, the same on every redelivery."""

    id: str
    who: Address
    text: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """Somebody pressed a button.

    `action` and `value` are the button's own; `fields` holds the card's inputs by field name (a tuple of codes for a
    choice of many, text for the rest; an empty input is "" or ()); `card` is the platform's reference of the message
    that held the button, or "" if there is none.
    """

    id: str
    who: Address
    action: str
    value: str = ""
    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    card: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A date came: the row named by `value` is due for `action`."""

    id: str
    action: str
    value: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What a platform knows about somebody: suggestions for their registration, and nothing more."""

    name: str = ""
    email: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Met:
    """Somebody can be reached: they installed the app or opened the conversation with it, or wrote for the first time.

    With `greet` they are welcomed, once; without, what they said or pressed is answered instead.
    """

    id: str
    who: Address
    profile: Profile = field(default_factory=Profile)
    greet: bool = True


@dataclass(frozen=True, slots=True)
class Lost:
    """Somebody cannot be reached any more; with an empty `who.user`, nobody of that tenant can."""

    id: str
    who: Address


Event = Said | Pressed | Met | Lost | Due
