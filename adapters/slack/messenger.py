"""Slack's way out: one card, one message, and an honest word on what became of it."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.installations import NotInstalledError, Workspaces
from adapters.slack.render import Message, to_home, to_message
from bot.chat.cards import HOME, Card, File
from bot.chat.events import TOGETHER, Address
from bot.chat.ports import Outcome

EVENT_TYPE = "speedmentor_message"
OPERATOR_PAUSE = timedelta(minutes=10)  # until somebody has looked at what the token may do
LIMITED_PAUSE = 30  # seconds, where Slack says "too fast" and not for how long
SHORT_PAUSE = 5  # seconds worth waiting for on the spot, for the calendar file of a message that is out already
LOOK_BACK = timedelta(seconds=60)  # between Slack's clock and ours
PAGE, PAGES = 100, 5  # of a conversation, looked through for one message
MOST_REMEMBERED = 10_000  # conversations; and messages whose files wait for them to be found

OK, TOO_MANY, BROKEN = 200, 429, 500

LIMITED = {"ratelimited", "rate_limited", "message_limit_exceeded"}
GONE = {  # this person
    "channel_not_found", "user_not_found", "users_not_found", "user_disabled", "user_not_visible", "not_in_channel",
    "is_archived", "cannot_dm_bot", "messages_tab_disabled", "team_not_found", "user_is_restricted",
}  # fmt: skip
OPERATOR = {  # the token, what it may do, or the workspace; account_inactive speaks of the bot's own account
    "token_revoked", "token_expired", "invalid_auth", "not_authed", "account_inactive", "missing_scope",
    "not_allowed_token_type", "no_permission", "access_denied", "accesslimited", "team_access_not_granted",
    "ekm_access_denied", "org_login_required", "enterprise_is_restricted", "two_factor_setup_required",
    "restricted_action", "not_enabled",
}  # fmt: skip
LATER = {"service_unavailable", "request_timeout", "team_added_to_org", "upgrade_required"}  # nothing was done
OPEN = {"fatal_error", "internal_error"}  # Slack's words: some of it may have succeeded
NOT_REDRAWN = {"message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found", "is_inactive"}

log = structlog.get_logger()


class SlackMessenger:
    """Posts cards as direct messages. Fits bot.chat.ports.Messenger, and can find what it posted.

    `pace` is what a workspace takes in bulk, in messages a second; Slack names no number for all of it, and one for a
    conversation.
    """

    pace = 1.0

    def __init__(self, workspaces: Workspaces, now: Callable[[], datetime]) -> None:
        self._workspaces = workspaces
        self._now = now
        self._channels: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._owed: OrderedDict[str, Sequence[_Upload]] = OrderedDict()

    async def send(self, to: Address, card: Card, *, key: str, replaces: str = "") -> Outcome:
        """Show `card` to `to`: as a message, in place of an earlier one, or on their Home tab.

        The bytes of files go first, which nobody sees; then the message; then the files are shown below it, once.
        """
        try:
            message = to_message(card, to.tenant, key)
        except ValueError as error:
            return Outcome("refused", reason=str(error))
        try:
            client = await self._workspaces.client(to.tenant)
            if replaces == HOME:
                await client.views_publish(user_id=to.user, view=to_home(card, to.tenant, key))
                return Outcome("sent")
            channel = await self._channel(client, to)
            uploads = [await _upload(client, file) for file in card.files]
        except Exception as error:  # noqa: BLE001 - whatever it was, nobody has seen anything yet
            outcome = self._outcome(error, to.tenant)
            return Outcome("retry", reason=outcome.reason) if outcome.state == "unknown" else outcome
        try:
            ref = await self._show(client, channel, message, key, replaces)
        except Exception as error:  # noqa: BLE001 - what the error says of the message is decided in one place
            outcome = self._outcome(error, to.tenant)
            if outcome.state == "unknown" and uploads:
                _remember(self._owed, key, uploads)
            if outcome.state == "unreachable":
                self._channels.pop((to.tenant, to.user), None)
            return outcome
        return Outcome("sent", ref=ref, reason=await self._share(client, channel, uploads))

    async def find(self, to: Address, key: str, since: datetime) -> str | None:
        """Return the reference of the message with this key, shown since then, or None; raise if Slack cannot say.

        A conversation of several is not looked through: the app may not read those.
        """
        if TOGETHER in to.user:
            return None
        client = await self._workspaces.client(to.tenant)
        channel = await self._channel(client, to)
        cursor = ""
        for _ in range(PAGES):
            page = await client.conversations_history(
                channel=channel,
                oldest=f"{(since - LOOK_BACK).timestamp():.6f}",
                include_all_metadata=True,
                limit=PAGE,
                cursor=cursor or None,
            )
            for message in page.get("messages") or ():
                if ((message.get("metadata") or {}).get("event_payload") or {}).get("k") == key:
                    await self._share(client, channel, self._owed.pop(key, ()))
                    return f"{channel}:{message['ts']}"
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        self._owed.pop(key, None)
        return None

    async def _channel(self, client: AsyncWebClient, to: Address) -> str:
        """Return the conversation with somebody, or with several: where they wrote last, or one that is opened."""
        if to.route.startswith("D"):
            return to.route
        known = self._channels.get((to.tenant, to.user))
        if known is None:
            answer = await client.conversations_open(users=to.user.split(TOGETHER))
            known = str((answer.get("channel") or {})["id"])
            _remember(self._channels, (to.tenant, to.user), known)
        return known

    async def _show(self, client: AsyncWebClient, channel: str, message: Message, key: str, replaces: str) -> str:
        content: dict[str, Any] = {
            "text": message.text,
            "blocks": message.blocks,
            "metadata": {"event_type": EVENT_TYPE, "event_payload": {"k": key}},
            "parse": "none",
            "link_names": False,
        }
        where, _, ts = replaces.partition(":")
        if where and ts:
            try:
                answer = await client.chat_update(channel=where, ts=ts, **content)
            except SlackApiError as error:
                if _code(error) not in NOT_REDRAWN:
                    raise
            else:
                return f"{where}:{answer.get('ts') or ts}"
        answer = await client.chat_postMessage(channel=channel, unfurl_links=False, unfurl_media=False, **content)
        return f"{answer.get('channel') or channel}:{answer['ts']}"

    async def _share(self, client: AsyncWebClient, channel: str, uploads: "Sequence[_Upload]") -> str:
        """Show files below the message that they belong to; return "" or a code that says why they are missing.

        Never more than once: where Slack gives no clear answer, the files may be there already.
        """
        if not uploads:
            return ""
        files: list[dict[str, str | None]] = [{"id": upload.id, "title": upload.title} for upload in uploads]
        for last in (False, True):
            try:
                await client.files_completeUploadExternal(files=files, channel_id=channel)
            except Exception as error:  # noqa: BLE001 - the message is out; only its files are missing
                outcome = self._outcome(error, "")
                pause = ((outcome.not_before or self._now()) - self._now()).total_seconds()
                if last or outcome.state != "retry" or pause > SHORT_PAUSE:
                    log.warning("files not shown", count=len(files), reason=outcome.reason)
                    return f"files:{outcome.reason}"
                await asyncio.sleep(pause)
            else:
                break
        return ""

    def _outcome(self, error: Exception, tenant: str) -> Outcome:
        outcome = outcome_of(error, self._now())
        if outcome.reason in OPERATOR:
            self._workspaces.distrust(tenant)
        return outcome


@dataclass(frozen=True, slots=True)
class _Upload:
    """A file whose bytes Slack has, and that nobody sees until it is shared."""

    id: str
    title: str


async def _upload(client: AsyncWebClient, file: File) -> _Upload:
    content = file.content.encode(errors="replace")
    answer = await client.files_getUploadURLExternal(filename=file.name, length=len(content))
    assert client.session is not None  # noqa: S101 - the line gives every client its session
    async with client.session.post(str(answer["upload_url"]), data=BytesIO(content), proxy=client.proxy) as response:
        if response.status != OK:
            raise aiohttp.ClientResponseError(response.request_info, (), status=response.status)
    return _Upload(str(answer["file_id"]), file.name)


def outcome_of(error: Exception, now: datetime) -> Outcome:
    """Return what a failed call says of the message that it was to show."""
    if isinstance(error, NotInstalledError):
        return Outcome("retry", not_before=now + OPERATOR_PAUSE, lane=True, reason="not_installed")
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return Outcome("retry", reason="not_connected")
    if not isinstance(error, SlackApiError):
        return Outcome("unknown", reason=type(error).__name__)
    code, status = _code(error), _status(error)
    if status == TOO_MANY or code in LIMITED:
        seconds = str(getattr(error.response, "headers", {}).get("Retry-After", ""))
        pause = int(seconds) if seconds.isascii() and seconds.isdigit() else LIMITED_PAUSE
        return Outcome("retry", not_before=now + timedelta(seconds=pause), lane=True, reason="ratelimited")
    if code in GONE:
        return Outcome("unreachable", reason=code)
    if code in OPERATOR:
        return Outcome("retry", not_before=now + OPERATOR_PAUSE, lane=True, reason=code)
    if code in LATER:
        return Outcome("retry", reason=code)
    if code and code not in OPEN:
        return Outcome("refused", reason=code)
    if OK < status < BROKEN:  # a proxy's page, not Slack's
        return Outcome("retry", reason=f"http_{status}")
    return Outcome("unknown", reason=code or f"http_{status}")


def _code(error: SlackApiError) -> str:
    data = getattr(error.response, "data", None)
    return str(data.get("error") or "") if isinstance(data, dict) else ""


def _status(error: SlackApiError) -> int:
    """Return the HTTP status: of the SDK's response, or of aiohttp's, where what came was no JSON."""
    return int(getattr(error.response, "status_code", 0) or getattr(error.response, "status", 0) or 0)


def _remember(known: OrderedDict[Any, Any], key: object, value: object) -> None:
    known[key] = value
    while len(known) > MOST_REMEMBERED:
        known.popitem(last=False)
