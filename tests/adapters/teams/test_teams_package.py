"""The app package: a manifest and two icons that Teams takes."""

import json
import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from adapters.teams.package import COMMANDS, write_package
from bot.front import routes
from bot.front.parts import PARTS
from tests.adapters.teams.conftest import APP


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a package."""
    path = tmp_path_factory.mktemp("package") / "teams.zip"
    write_package(path, APP, host="bot.example.gov.uk", name="Mentoring", privacy="https://example.gov.uk/privacy")
    return path


def read(package: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the manifest and the other files."""
    with zipfile.ZipFile(package) as opened:
        assert opened.testzip() is None
        files = {name: opened.read(name) for name in opened.namelist()}
    return json.loads(files.pop("manifest.json")), files


def pixels(png: bytes) -> tuple[int, int, list[tuple[int, ...]]]:
    """Return width, height and the colours of a picture with alpha."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    place, packed, width, height = 8, b"", 0, 0
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        kind, content = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        assert struct.unpack(">I", png[place + 8 + length : place + 12 + length]) == (zlib.crc32(kind + content),)
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", content[:10])
            assert (depth, colour) == (8, 6)
        packed += content if kind == b"IDAT" else b""
        place += 12 + length
    raw, row = zlib.decompress(packed), 1 + width * 4
    found = []
    for start in range(0, len(raw), row):
        line = raw[start + 1 : start + row]
        found += [tuple(line[each : each + 4]) for each in range(0, len(line), 4)]
    return width, height, found


def test_the_manifest_names_the_bot_and_where_it_can_be_used(package: Path) -> None:
    """In personal chats, teams and group chats, with the words that people can type."""
    manifest, _ = read(package)
    (bot,) = manifest["bots"]
    assert (manifest["id"], bot["botId"], manifest["manifestVersion"]) == (APP, APP, "1.17")
    assert bot["scopes"] == ["personal", "team", "groupChat"]
    assert bot["supportsFiles"]
    assert manifest["validDomains"] == ["bot.example.gov.uk"]
    assert manifest["developer"]["privacyUrl"] == "https://example.gov.uk/privacy"
    assert manifest["name"]["short"] == "Mentoring"


def test_the_manifest_keeps_to_the_lengths_that_teams_takes(package: Path) -> None:
    """Texts that are too long would be refused at the upload."""
    manifest, _ = read(package)
    assert len(manifest["description"]["short"]) <= 80
    assert len(manifest["description"]["full"]) <= 4000
    for listed in manifest["bots"][0]["commandLists"]:
        assert 1 <= len(listed["commands"]) <= 10
        for command in listed["commands"]:
            assert len(command["title"]) <= 32
            assert len(command["description"]) <= 128


def test_every_command_means_something_to_the_bot() -> None:
    """What Teams suggests to type is what the bot understands."""
    for title, _ in COMMANDS:
        assert any(re.fullmatch(command.words, title) for command in routes.of(PARTS).said), title


@pytest.mark.parametrize(("name", "size"), [("color.png", 192), ("outline.png", 32)])
def test_the_icons_have_the_size_that_teams_wants(package: Path, name: str, size: int) -> None:
    """The colourful one is full, the outline is white on nothing."""
    _, files = read(package)
    width, height, colours = pixels(files[name])
    assert (width, height, len(colours)) == (size, size, size * size)
    if name == "color.png":
        assert {alpha for *_, alpha in colours} == {255}
        assert len(set(colours)) > 10
    else:
        assert {tuple(colour) for *colour, _ in colours} == {(255, 255, 255)}
        assert {0, 255} <= {alpha for *_, alpha in colours}


def test_the_same_settings_make_the_same_file(package: Path, tmp_path: Path) -> None:
    """So that a new upload is one only when something has changed."""
    again = tmp_path / "again.zip"
    write_package(again, APP, host="bot.example.gov.uk", name="Mentoring", privacy="https://example.gov.uk/privacy")
    assert again.read_bytes() == package.read_bytes()


@pytest.mark.parametrize("wrong", [{"name": "x" * 31}, {"name": ""}, {"website": "http://example.org"}])
def test_what_teams_would_refuse_is_refused_here(tmp_path: Path, wrong: dict[str, str]) -> None:
    """With a sentence instead of an upload that fails."""
    with pytest.raises(ValueError, match="should"):
        write_package(tmp_path / "x.zip", APP, **wrong)
