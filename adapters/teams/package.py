"""The app package that an administrator uploads to Teams: a manifest and two icons, drawn here, in a zip."""

import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

COLOR, OUTLINE = 192, 32  # pixels, as Teams wants them
ACCENT = (0x1D, 0x4F, 0x91)
FIXED_DATE = (2026, 1, 1, 0, 0, 0)  # so that the same settings make the same bytes
SAMPLES = 3  # in each direction, for smooth edges
PROJECT = "https://example.org/speedmentor"
VERSION = "1.0.0"

COMMANDS = (
    ("register", "Register for a round, or go on where you stopped"),
    ("status", "See where you stand and what comes next"),
    ("matches", "See your matches"),
    ("book", "Suggest a time to a match"),
    ("sessions", "See, move or call off your sessions"),
    ("pause", "Be left in peace for a while"),
    ("resources", "Read what there is to read"),
    ("my data", "Get everything that is kept about you"),
    ("help", "See everything that can be said"),
)
SHORT = "Mentoring programmes, run in chat."
LONG = (
    "speedmentor runs mentoring programmes for a network at work. You register in a few minutes, hear who you are "
    "matched with and why, find a time that suits you both, and say afterwards whether you would like to go on. "
    "Everything happens in your personal chat with the app; what you say there is not shown to a team."
)

Point = Callable[[float, float], float]


def write_package(
    path: Path,
    app_id: str,
    *,
    host: str = "",
    name: str = "speedmentor",
    website: str = PROJECT,
    privacy: str = "",
    terms: str = "",
) -> None:
    """Write the package for the bot with this app id.

    `host` is where the bot is reached ("bot.example.gov.uk"). `website`, `privacy` and `terms` are the pages that Teams
    links to beside the app; the last two are the website unless given.
    """
    links = {"websiteUrl": website, "privacyUrl": privacy or website, "termsOfUseUrl": terms or website}
    files = {
        "manifest.json": json.dumps(manifest(app_id, host, name, links), indent=2).encode(),
        "color.png": png(COLOR, _color),
        "outline.png": png(OUTLINE, _outline),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for file, content in files.items():
            package.writestr(zipfile.ZipInfo(file, FIXED_DATE), content, zipfile.ZIP_DEFLATED)


def manifest(app_id: str, host: str, name: str, links: dict[str, str]) -> dict[str, Any]:
    """Return the manifest; a ValueError says which part of it Teams would not take."""
    for what, url in links.items():
        if urlsplit(url).scheme != "https":
            raise ValueError(f"{what} should begin with https://")
    if not 0 < len(name) <= 30:  # noqa: PLR2004 - the schema's
        raise ValueError("The name should have 1 to 30 characters.")
    commands = [{"title": title, "description": description} for title, description in COMMANDS]
    return {
        "$schema": "https://developer.microsoft.com/json-schemas/teams/v1.17/MicrosoftTeams.schema.json",
        "manifestVersion": "1.17",
        "version": VERSION,
        "id": app_id,
        "developer": {"name": "speedmentor", **links},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "name": {"short": name, "full": name},
        "description": {"short": SHORT, "full": LONG},
        "accentColor": "#{:02X}{:02X}{:02X}".format(*ACCENT),
        "bots": [
            {
                "botId": app_id,
                "scopes": ["personal", "team", "groupChat"],
                "supportsFiles": True,
                "isNotificationOnly": False,
                "commandLists": [
                    {"scopes": ["personal"], "commands": commands},
                    {"scopes": ["team", "groupChat"], "commands": commands[1:2]},
                ],
            }
        ],
        "permissions": ["identity", "messageTeamMembers"],
        "validDomains": [host] if host else [],
    }


# ---- the icons: two speech bubbles that talk to each other


def _bubble(left: float, top: float, right: float, bottom: float, tail: float) -> Point:
    """Return how far a point is outside a rounded bubble, in its own units; its tail hangs down at x = `tail`."""
    radius = 0.1
    middle, high = ((left + right) / 2, (top + bottom) / 2)
    wide, tall = (right - left) / 2 - radius, (bottom - top) / 2 - radius

    def outside(x: float, y: float) -> float:
        dx, dy = max(abs(x - middle) - wide, 0.0), max(abs(y - high) - tall, 0.0)
        body = (dx * dx + dy * dy) ** 0.5 - radius
        below = y - bottom
        hangs = -0.02 <= below <= 0.13 and abs(x - tail) <= (0.13 - below) * 0.75  # noqa: PLR2004 - a drawing
        return -0.01 if hangs else body

    return outside


_FIRST = _bubble(0.14, 0.16, 0.66, 0.50, 0.34)
_SECOND = _bubble(0.36, 0.44, 0.86, 0.74, 0.66)
_GAP, _LINE = 0.035, 0.05


def _color(x: float, y: float) -> tuple[int, int, int, int]:
    if _SECOND(x, y) <= 0:
        return (255, 255, 255, 255)
    if _SECOND(x, y) > _GAP and _FIRST(x, y) <= 0:
        return (0xA9, 0xC9, 0xF2, 255)
    return (*ACCENT, 255)


def _outline(x: float, y: float) -> tuple[int, int, int, int]:
    first, second = _FIRST(x, y), _SECOND(x, y)
    drawn = (-_LINE <= first <= _GAP and second > _GAP) or -_LINE <= second <= _GAP
    return (255, 255, 255, 255 if drawn else 0)


def png(size: int, colour: Callable[[float, float], tuple[int, int, int, int]]) -> bytes:
    """Return a square picture as a PNG file: `colour` says red, green, blue and alpha at each point from 0 to 1."""
    steps = [(step + 0.5) / SAMPLES for step in range(SAMPLES)]
    rows = bytearray()
    for row in range(size):
        rows.append(0)  # no filter
        for column in range(size):
            seen = [colour((column + across) / size, (row + down) / size) for down in steps for across in steps]
            alpha = sum(each[3] for each in seen)
            tint = [sum(each[band] * each[3] for each in seen) // max(alpha, 1) for band in range(3)]
            rows += bytes([*(tint if alpha else (255, 255, 255)), alpha // len(seen)])
    head = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
