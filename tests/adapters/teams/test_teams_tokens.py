"""Who may come in: every bad token is refused and never runs the bot; keys and tokens are fetched with care."""

import asyncio
import base64
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from adapters.teams.connect import TeamsSettings, set_up
from adapters.teams.tokens import Tokens, same_service
from bot.chat.cards import Card
from bot.chat.events import Address
from bot.keeping.vault import DatabaseVault
from tests.adapters.teams.conftest import APP, NOW, TENANT, Cloud, Json, NewOffice, Office

Forge = Callable[[Office], str | None]


def _unsigned(office: Office) -> str:
    header, claims, _ = office.token().split(".")
    none = (
        base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT", "kid": "k1"}).encode()).decode().rstrip("=")
    )
    del header
    return f"Bearer {none}.{claims}."


def _by_the_public_key(office: Office) -> str:
    claims = jwt.decode(office.token(), options={"verify_signature": False})
    public = office.cloud.keys["teams"].public["n"]
    return f"Bearer {jwt.encode(claims, public, algorithm='HS256', headers={'kid': 'k1'})}"


def _header(**header: str | None) -> Forge:
    def forge(office: Office) -> str:
        claims = jwt.decode(office.token(), options={"verify_signature": False})
        return f"Bearer {office.cloud.keys['teams'].sign(claims, **header)}"

    return forge


def _changed(key: str = "teams", **claims: Any) -> Forge:
    return lambda office: f"Bearer {office.token(key, **claims)}"


def _ago(seconds: float) -> float:
    return time.time() - seconds


BAD: dict[str, tuple[Forge, int]] = {
    "none at all": (lambda _: None, 401),
    "empty": (lambda _: "", 401),
    "not Bearer": (lambda office: f"Basic {office.token()}", 401),
    "nothing after Bearer": (lambda _: "Bearer ", 401),
    "garbage": (lambda _: "Bearer garbage", 401),
    "three parts of garbage": (lambda _: "Bearer a.b.c", 401),
    "two tokens": (lambda office: f"Bearer {office.token()} {office.token()}", 401),
    "far too long": (lambda office: f"Bearer {office.token()}{'x' * 7000}", 401),
    "changed after signing": (lambda office: f"Bearer {office.token()[:-8]}AAAAAAAA", 401),
    "signed with another key of the same name": (_header(kid="k2"), 403),
    "signed by a key nobody published": (_changed("unknown"), 401),
    "algorithm none": (_unsigned, 401),
    "HS256 with the public key": (_by_the_public_key, 401),
    "no key id": (_header(kid=None), 401),
    "an empty key id": (_header(kid=""), 401),
    "a critical header": (_header(crit="x"), 401),
    "expired": (lambda office: f"Bearer {office.token(exp=_ago(400))}", 401),
    "not valid yet": (lambda office: f"Bearer {office.token(nbf=_ago(-400))}", 401),
    "without an end": (_changed(exp=None), 401),
    "an end that is no time": (_changed(exp="soon"), 401),
    "for another bot": (_changed(aud="00000000-0000-0000-0000-000000000000"), 401),
    "for nobody": (_changed(aud=None), 401),
    "from another issuer": (_changed(iss="https://sts.windows.net/x/"), 401),
    "from no issuer": (_changed(iss=None), 401),
    "for another service": (_changed(serviceurl="https://smba.trafficmanager.net/evil/"), 403),
    "for no service": (_changed(serviceurl=None), 403),
    "for a service that is no text": (_changed(serviceurl=["x"]), 403),
    "signed by a key of another channel": (_changed("other"), 403),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_token_is_refused_and_runs_nothing(office: Office, name: str) -> None:
    """The answer is 401 or 403 for a message and for a press, and nothing happens."""
    forge, status = BAD[name]
    authorization = forge(office)
    headers = {} if authorization is None else {"Authorization": authorization}
    for activity in (office.activity(text="hello"), office.press({"press": {"action": "home", "value": ""}})):
        assert await office.post(activity, None, **headers) == (status, "")
    async with office.client.post("/api/messages", data=b"{", headers=headers) as answer:
        assert answer.status in {401, 403, 415}
    assert office.core.events == []


async def test_a_signature_by_the_wrong_key_is_refused(office: Office) -> None:
    """A key of one's own under a known name does not open the door."""
    forged = office.cloud.keys["unknown"].sign(
        jwt.decode(office.token(), options={"verify_signature": False}), kid="k1"
    )
    assert (await office.post(office.activity(text="hello"), forged))[0] == 401
    assert office.core.events == []


@pytest.mark.parametrize(
    "changes",
    [
        {"channelData": {"tenant": {"id": "foreign"}}},
        {"channelData": {}, "conversation": {"id": "a:1", "conversationType": "personal", "tenantId": "foreign"}},
        {"channelData": {}, "conversation": {"id": "a:1", "conversationType": "personal"}},
        {"channelData": {"tenant": {"id": "foreign"}}, "conversation": {"id": "a:1", "tenantId": TENANT}},
        {"channelId": "webchat"},
        {"channelId": "directline"},
        {"channelId": None},
    ],
)
async def test_a_foreign_tenant_and_another_channel_are_refused(office: Office, changes: Json) -> None:
    """A good token is not enough: both places that name the tenant count, and Teams is the only channel."""
    assert await office.post(office.activity(text="hello", **changes)) == (403, "")
    assert office.core.events == []


async def test_a_tenant_on_the_list_may_come_in(new_office: NewOffice) -> None:
    """The app's own tenant always may, and those that the operator names."""
    office = await new_office(allowed_tenants=" Second , third")
    for tenant, status in ((TENANT.upper(), 200), ("second", 200), ("THIRD", 200), ("fourth", 403)):
        place = {"id": "a:1", "conversationType": "personal", "tenantId": tenant}
        activity = office.activity(text="hello", channelData={"tenant": {"id": tenant}}, conversation=place)
        assert (await office.post(activity))[0] == status


async def test_a_service_that_is_not_microsofts_is_refused(new_office: NewOffice) -> None:
    """Even with a token that names it, answers would go to nobody but Teams."""
    office = await new_office(allowed_service_hosts="")
    assert (await office.post(office.activity(text="hello")))[0] == 403
    for url in (
        "https://evil.example/",
        "http://smba.trafficmanager.net/uk/",
        "https://smba.trafficmanager.net.evil.example/",
    ):
        token = office.token(serviceurl=url)
        assert (await office.post(office.activity(text="hello", serviceUrl=url), token))[0] == 403
    assert office.core.events == []


def test_a_service_is_the_same_with_and_without_its_last_slash() -> None:
    """Capitals and the last slash make no difference, and an empty one is none."""
    assert same_service({"serviceurl": "https://SMBA.trafficmanager.net/uk"}, "https://smba.trafficmanager.net/uk/")
    assert not same_service({"serviceurl": ""}, "")


async def test_keys_are_fetched_once_and_once_more_for_a_new_one(office: Office) -> None:
    """A roll-over is noticed at the first token of the new key; made-up names do not lead to fetch after fetch."""
    for number in range(3):
        assert (await office.post(office.activity(text="hello", id=str(number))))[0] == 200
    assert office.cloud.key_fetches == 1
    keys = office.teams._gate.keys
    later = time.monotonic() + 301
    keys._clock = lambda: later
    office.cloud.published.append("unknown")
    assert (await office.post(office.activity(text="hello"), office.token("unknown")))[0] == 200
    assert office.cloud.key_fetches == 2
    for number in range(5):
        token = office.cloud.keys["teams"].sign({}, kid=f"made up {number}")
        assert (await office.post(office.activity(text="hello"), token))[0] == 401
    assert office.cloud.key_fetches == 2


async def test_a_key_server_that_is_away_puts_a_request_off(new_office: NewOffice, cloud: Cloud) -> None:
    """Without any key nobody is let in, and Teams is asked to come again; known keys outlive a day without it."""
    office = await new_office(openid_metadata="http://127.0.0.1:9/openid")
    assert (await office.post(office.activity(text="hello")))[0] == 503
    assert office.core.events == []
    office = await new_office()
    assert (await office.post(office.activity(text="hello")))[0] == 200
    keys = office.teams._gate.keys
    keys._metadata = "http://127.0.0.1:9/openid"
    tomorrow = time.monotonic() + 25 * 3600
    keys._clock = lambda: tomorrow
    assert (await office.post(office.activity(text="hello", id="2")))[0] == 200
    assert cloud.key_fetches == 1


async def test_a_slow_key_server_holds_up_nothing_else(office: Office) -> None:
    """While keys are on their way, the event loop goes on."""
    office.cloud.key_delay = 0.5
    waiting = asyncio.create_task(office.post(office.activity(text="hello")))
    longest, last = 0.0, time.perf_counter()
    while not waiting.done():
        await asyncio.sleep(0.01)
        longest, last = max(longest, time.perf_counter() - last), time.perf_counter()
    assert (await waiting)[0] == 200
    assert longest < 0.4


async def test_start_fetches_the_keys(office: Office) -> None:
    """So that the first message need not wait for them."""
    await office.teams.start(office.core.receive)
    await office.settled()
    assert office.cloud.key_fetches == 1


async def test_twenty_turns_need_one_token(office: Office, ann: Address) -> None:
    """The bot's own token is kept across turns, and asked for as Microsoft wants it."""

    async def turn(number: int) -> None:
        assert (await office.post(office.activity(text="hello", id=str(number))))[0] == 200
        assert (await office.teams.messenger.send(ann, Card(text="Hello"), key=str(number))).state == "sent"

    await asyncio.gather(*(turn(number) for number in range(20)))
    await office.settled()
    (asked,) = office.cloud.token_requests
    del asked["headers"]
    assert asked == {
        "grant_type": "client_credentials",
        "client_id": APP,
        "client_secret": "a secret",
        "scope": "https://api.botframework.com/.default",
    }
    assert set(office.cloud.authorizations) == {"Bearer token-1"}


async def test_a_token_is_renewed_before_it_ends() -> None:
    """Five minutes before; and while Microsoft refuses, the old one serves to its end, and nobody asks in a hurry."""
    clock, asked = [0.0], 0

    async def ask() -> tuple[str, float]:
        nonlocal asked
        asked += 1
        return f"token {asked}", 3600.0

    tokens = Tokens(ask, lambda: clock[0])
    assert await tokens.get() == "token 1"
    clock[0] = 3299
    assert await tokens.get() == "token 1"
    clock[0] = 3301
    assert await tokens.get() == "token 2"
    tokens.forget("token 1")
    assert await tokens.get() == "token 2"
    tokens.forget("token 2")
    assert await tokens.get() == "token 3"


async def test_a_managed_identity_needs_no_password(
    new_office: NewOffice, cloud: Cloud, ann: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Azure gives the token at an address of the machine, with or without a header of its own."""
    given = {"app_type": "UserAssignedMSI", "app_password": ""}
    office = await new_office(**given)
    assert (await office.teams.messenger.send(ann, Card(text="Hello"), key="1")).state == "sent"
    assert cloud.token_requests[0]["resource"] == "https://api.botframework.com"
    assert cloud.token_requests[0]["headers"]["Metadata"] == "true"
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{cloud.url}/token")
    monkeypatch.setenv("IDENTITY_HEADER", "secret of the machine")
    office = await new_office(**given)
    assert (await office.teams.messenger.send(ann, Card(text="Hello"), key="1")).state == "sent"
    assert cloud.token_requests[1]["headers"]["X-IDENTITY-HEADER"] == "secret of the machine"


async def test_doctor_says_what_is_wrong_and_what_to_do(office: Office, new_office: NewOffice) -> None:
    """Settings, keys and a token; a problem names Microsoft's own code and never its text."""
    assert [finding.good for finding in await office.teams.check()] == [True, True, True]
    assert office.teams._session_ is None
    broken = await new_office(openid_metadata="http://127.0.0.1:9/openid")
    broken.cloud.token_status = 401
    settings, keys, token = await broken.teams.check()
    assert (settings.good, keys.good, token.good) == (True, False, False)
    assert "AADSTS7000215" in token.say
    assert "a secret" not in token.say
    assert "MICROSOFT_APP_PASSWORD" in token.say
    (trial,) = await (await new_office(dangerously=True)).teams.check()
    assert not trial.good


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"app_id": APP}, "MICROSOFT_APP_PASSWORD"),
        ({"app_password": "x"}, "MICROSOFT_APP_ID"),
        ({"app_tenant_id": TENANT}, "MICROSOFT_APP_ID"),
        ({"allowed_tenants": TENANT}, "MICROSOFT_APP_ID"),
        ({"app_id": "my bot", "app_password": "x", "app_tenant_id": TENANT}, "MICROSOFT_APP_ID"),
        ({"app_id": APP, "app_password": "x"}, "MICROSOFT_APP_TENANT_ID"),
        ({"app_id": APP, "app_type": "UserAssignedMSI"}, "MICROSOFT_APP_TENANT_ID"),
        ({"app_id": APP, "app_password": "x", "app_type": "MultiTenant"}, "MICROSOFT_ALLOWED_TENANTS"),
        ({"app_id": APP, "app_password": "x", "app_type": "Sometimes"}, "MICROSOFT_APP_TYPE"),
    ],
)
def test_half_a_setup_does_not_start(given: Json, named: str, office_vault: DatabaseVault) -> None:
    """One sentence names the setting that is missing or wrong."""
    with pytest.raises(ValueError, match=named):
        set_up(TeamsSettings(_env_file=None, **given), office_vault, lambda: NOW)


def test_without_settings_there_is_no_teams(office_vault: DatabaseVault) -> None:
    """And the trial without tokens is refused where an app id is set."""
    assert set_up(TeamsSettings(_env_file=None), office_vault, lambda: NOW) is None
    given = TeamsSettings(_env_file=None, app_id=APP)
    with pytest.raises(ValueError, match="MICROSOFT_APP_ID"):
        set_up(given, office_vault, lambda: NOW, dangerously_unauthenticated=True)


def test_the_environment_names_are_microsofts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings are read under the names that the documentation gives."""
    monkeypatch.setenv("MICROSOFT_APP_ID", APP)
    monkeypatch.setenv("MICROSOFT_APP_PASSWORD", "x")
    monkeypatch.setenv("MICROSOFT_APP_TENANT_ID", TENANT)
    monkeypatch.setenv("MICROSOFT_ALLOWED_TENANTS", "a,b")
    monkeypatch.setenv("MICROSOFT_ALLOWED_SERVICE_HOSTS", "smba.infra.gov.teams.microsoft.us")
    settings = TeamsSettings(_env_file=None)
    assert (settings.app_id, settings.app_type, settings.allowed_tenants) == (APP, "SingleTenant", "a,b")
    assert "x" not in str(settings.app_password)
