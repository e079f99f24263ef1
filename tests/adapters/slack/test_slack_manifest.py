"""The manifest asks for what the adapter uses, and for nothing else."""

import re
from pathlib import Path

from adapters.slack.installations import SCOPES

ROOT = Path(__file__).parents[3]
MANIFEST = (ROOT / "slack-manifest.yaml").read_text(encoding="utf-8")
NEEDS = {  # each method that is called, and the scope that Slack's reference names for it
    "apps_connections_open": None,  # an app-level token, not the bot's
    "auth_test": None,
    "oauth_v2_access": None,
    "chat_postMessage": "chat:write",
    "chat_update": "chat:write",
    "conversations_history": "im:history",
    "conversations_open": "im:write",
    "files_completeUploadExternal": "files:write",
    "files_getUploadURLExternal": "files:write",
    "users_info": "users:read",
    "views_publish": None,
}
BESIDES = {"commands", "mpim:write", "users:read.email"}  # /mentoring, conversations of two, addresses in users.info


def listed(key: str) -> list[str]:
    """Return the items of the manifest's list under `key`."""
    found = re.search(rf"^( *){key}:\n((?:\1  - .*\n)+)", MANIFEST, re.MULTILINE)
    assert found, key
    return [line.split("#")[0].strip(" -") for line in found[2].splitlines()]


def test_the_scopes_are_those_of_the_methods_called() -> None:
    """Every scope is needed by a method that the adapter calls, and every method has its scope."""
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "adapters" / "slack").glob("*.py"))
    called = set(re.findall(r"\.((?:admin|apps|auth|chat|conversations|files|oauth|users|views)_\w+)\(", source))
    assert called == set(NEEDS)
    needed = {scope for method in called if (scope := NEEDS[method])} | BESIDES
    assert set(SCOPES) == needed
    assert sorted(listed("bot")) == sorted(SCOPES)


def test_the_events_are_those_that_are_understood() -> None:
    """The bot hears its own direct messages and its own coming and going, and no other conversation."""
    assert sorted(listed("bot_events")) == ["app_home_opened", "app_uninstalled", "message.im", "tokens_revoked"]


def test_people_may_type_in_the_messages_tab() -> None:
    """Both tabs are on, and Messages takes what people type; the command names every word it knows."""
    for line in (
        "home_tab_enabled: true",
        "messages_tab_enabled: true",
        "messages_tab_read_only_enabled: false",
        "command: /mentoring",
        "socket_mode_enabled: true",
        "org_deploy_enabled: true",
    ):
        assert line in MANIFEST
    for word in ("help", "status", "register", "matches", "book", "pause", "withdraw"):
        assert re.search(rf"usage_hint: .*\b{word}\b", MANIFEST)


def test_both_ways_are_explained() -> None:
    """Whoever changes to HTTP, or to many workspaces, finds each place that changes."""
    assert len(re.findall(r"# HTTP: ", MANIFEST)) == 4
    assert len(re.findall(r"# MANY: ", MANIFEST)) == 1
