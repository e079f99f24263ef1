"""What the Bot Framework SDK does for us, and the only place that imports it: a turn, its dispatch, its activities.

Its `ActivityHandler` decides what an activity is about, its `BotAdapter` and `TurnContext` carry a turn, and its schema
and factories make what is sent. Tokens, the wire and the answer to an invoke are ours: `CloudAdapter` answers bad
tokens and bad JSON with an error of its own, breaks every invoke that has a body, and blocks the event loop.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog
from botbuilder.core import (  # type: ignore[import-untyped]
    ActivityHandler,
    BotAdapter,
    CardFactory,
    InvokeResponse,
    MessageFactory,
    TurnContext,
)
from botbuilder.schema import (  # type: ignore[import-untyped]
    Activity,
    ActivityTypes,
    Attachment,
    ChannelAccount,
    ConversationAccount,
    ConversationReference,
    ResourceResponse,
)

from adapters.teams import inbound
from adapters.teams.connector import Answer, Connector, activities, member, patient
from adapters.teams.files import Files
from adapters.teams.inbound import FILE, Route
from adapters.teams.render import render, summary
from adapters.teams.tokens import CHANNEL
from bot.chat.cards import Card, File
from bot.chat.events import Address, Event
from bot.chat.ports import Receive, Vault

CARD = "application/vnd.microsoft.card.adaptive"
TOLD = "application/vnd.microsoft.activity.message"
FAILED = "application/vnd.microsoft.error"
CONSENT = "application/vnd.microsoft.teams.card.file.consent"
SAVED = "application/vnd.microsoft.teams.card.file.info"
INVOKED = "BotFrameworkAdapter.InvokeResponse"
RAW, ANSWER = "activity as it came", "answer of the service"
MOST_KNOWN = 10_000  # people whose profile need not be asked for again
SAID_ONCE = 3600.0  # seconds in which a note in a group is not repeated

# What people read that is not from the bot itself
ANSWERED = "Thank you. My answer is in our chat."
ASK_AGAIN = "I could not do that just now, and nothing has changed. Please press it again in a minute."
OLD_BUTTON = 'This button is not mine any more. Type "status" to see where you stand.'
WORDS_ONLY = 'I can read words, and nothing else so far. Type "help" to see what I understand.'
MOVED = "I have answered in our personal chat, so that it stays between the two of us."
OPEN_APP = "Let us talk in private. Please open my app in Teams and write to me there."
NOT_HERE = "Please press this in our personal chat, where it stays between the two of us."
FILE_BELOW = "Teams now asks you below whether the file may go to your OneDrive."
FILE_GONE = "I do not keep this file any more. Please ask for it again."
FILE_FAILED = (
    "The file could not be saved. Please press the button on the card again, or ask your administrator whether apps "
    "may save files."
)
FILE_DECLINED = "The file was not saved."
FILE_ABOUT = "It goes into your own OneDrive, and nobody else sees it there."

Later = Callable[[Coroutine[Any, Any, None]], None]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Invoked:
    """The answer to an activity that waits for one; `body` is plain data."""

    status: int
    body: object = None


class Turns(BotAdapter):  # type: ignore[misc]
    """Carries turns: those that begin with an activity from Teams, and those that the bot begins."""

    def __init__(self, connector: Connector) -> None:
        super().__init__()
        self._connector = connector

    async def run(self, raw: Mapping[str, Any], handler: ActivityHandler) -> Invoked:
        """Let `handler` deal with an activity and return what to answer."""
        context = TurnContext(self, _activity(raw))
        context.turn_state[RAW] = raw
        await self.run_pipeline(context, handler.on_turn)
        found = context.turn_state.get(INVOKED)
        return Invoked(found.value.status, found.value.body) if found is not None else Invoked(200)

    async def post(self, route: Route, activity: Activity, replaces: str = "") -> Answer:
        """Send an activity, or redraw the one that `replaces` names; return how that ended."""
        ends: list[Answer] = []

        async def say(context: TurnContext) -> None:
            if replaces:
                activity.id = replaces
                await context.update_activity(activity)
            else:
                await context.send_activity(activity)
            ends.append(context.turn_state[ANSWER])

        await self.continue_conversation(_reference(route), say)
        return ends[0]

    async def send_activities(self, context: TurnContext, sent: list[Activity]) -> list[ResourceResponse]:
        """Send each of these: the answer to an invoke to whoever waits for it, all else to Teams' servers."""
        for activity in sent:
            if activity.type == ActivityTypes.invoke_response:
                context.turn_state[INVOKED] = activity
            else:
                path = activities(activity.conversation.id)
                context.turn_state[ANSWER] = await self._call("POST", path, activity)
        return [ResourceResponse() for _ in sent]

    async def update_activity(self, context: TurnContext, activity: Activity) -> None:
        """Redraw an activity."""
        path = activities(activity.conversation.id, activity.id)
        context.turn_state[ANSWER] = await self._call("PUT", path, activity)

    async def delete_activity(self, context: TurnContext, reference: ConversationReference) -> None:
        """Say that nothing is ever deleted here."""
        raise NotImplementedError

    async def _call(self, method: str, path: str, activity: Activity) -> Answer:
        activity.reply_to_id = None  # a turn that the bot begins answers nothing
        return await self._connector.call(method, activity.service_url, path, activity.serialize())


class Conversations(ActivityHandler):  # type: ignore[misc]
    """What the bot does with each kind of activity: tell the core what happened, and answer what cannot wait."""

    def __init__(
        self, receive: Receive, turns: Turns, connector: Connector, files: Files, vault: Vault, later: Later
    ) -> None:
        super().__init__()

        self._receive = receive
        self._turns = turns
        self._connector = connector
        self._files = files
        self._vault = vault
        self._later = later
        self._known: OrderedDict[Address, bool] = OrderedDict()  # and whether their zone is known

    async def on_message_activity(self, context: TurnContext) -> None:
        """Somebody wrote, or pressed a button where Teams sends that as a message."""
        raw = context.turn_state[RAW]
        who = inbound.sender(raw)
        if who is None:
            return
        if not inbound.private(raw):
            await self._in_public(raw)
        elif (press := inbound.pressed(raw, who)) is not None:
            await self._happened(raw, press)
        elif name := inbound.file_asked(raw):
            self._later(self._tell(raw, await self._offer(raw, who, name)))
        elif inbound.words(raw):
            await self._happened(raw, inbound.said(raw, who))
        else:
            self._later(self._tell(raw, WORDS_ONLY))

    async def on_members_added_activity(self, _: object, context: TurnContext) -> None:
        """Somebody opened the personal chat."""
        await self._arrived(context.turn_state[RAW])

    async def on_installation_update(self, context: TurnContext) -> None:
        """Somebody installed the app or took it away; an upgrade of it is neither."""
        raw = context.turn_state[RAW]
        if raw.get("action") == "add":
            await self._arrived(raw)
        elif raw.get("action") == "remove" and inbound.private(raw) and (who := inbound.sender(raw)) is not None:
            self._known.pop(who, None)
            await self._receive(inbound.lost(raw, who))

    async def on_invoke_activity(self, context: TurnContext) -> InvokeResponse:
        """Somebody pressed a button and waits for the answer, or Teams asks for something."""
        raw = context.turn_state[RAW]
        who = inbound.sender(raw)
        name = context.activity.name
        if who is None or name not in {"adaptiveCard/action", "fileConsent/invoke"}:
            return InvokeResponse(status=501)
        if not inbound.private(raw):
            return _told(NOT_HERE)
        if name == "fileConsent/invoke":
            self._later(self._save(raw, who, inbound.consent(raw)))
            return InvokeResponse(status=200)
        press = inbound.pressed(raw, who)
        if press is None:
            file = inbound.file_asked(raw)
            return _told(await self._offer(raw, who, file) if file else OLD_BUTTON)
        try:
            card = await self._happened(raw, press)
        except Exception as error:  # noqa: BLE001 - whatever it was, whoever pressed is told to press again
            log.error("press failed", about=press.id, error=type(error).__name__)  # noqa: TRY400 - it may quote people
            return _answer(FAILED, {"code": "unavailable", "message": ASK_AGAIN}, 503)
        return await self._redrawn(card, who, press.id) if card is not None else _told(ANSWERED)

    async def _happened(self, raw: Mapping[str, Any], event: Event) -> Card | None:
        card = await self._receive(event)
        who, zone = inbound.sender(raw), bool(inbound.zone(raw))
        if who is not None and (who not in self._known or (zone and not self._known[who])):
            self._known[who] = zone
            if len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
            self._later(self._get_to_know(raw, who))
        return card

    async def _arrived(self, raw: Mapping[str, Any]) -> None:
        """Greet who comes to the personal chat, and nobody in public."""
        bot = raw.get("recipient", {}).get("id") if isinstance(raw.get("recipient"), Mapping) else None
        comers = [each for each in inbound.newcomers(raw) if each != bot]
        own = inbound.route(raw)
        if own.user == own.bot and comers:  # the bot is said to have added somebody
            raw = {**raw, "from": {"id": comers[0]}}
        who = inbound.sender(raw)
        if inbound.private(raw) and who is not None and inbound.route(raw).user != own.bot:
            await self._happened(raw, inbound.met(raw, who, greet=True))

    async def _get_to_know(self, raw: Mapping[str, Any], who: Address) -> None:
        """Tell the core what Teams knows about somebody; without an answer, what the activity itself says."""
        route = inbound.route(raw)
        asked = self._connector.call("GET", route.service, member(route.conversation, route.user))
        answer = await patient(asked)
        await self._receive(inbound.met(raw, who, greet=False, member=answer.body if answer.good else None))

    async def _in_public(self, raw: Mapping[str, Any]) -> None:
        """Answer who calls the bot in a team or a group, in their personal chat; say there only that it is so."""
        if not inbound.mentioned(raw):
            return
        own = await self._personal_chat(raw)
        who = inbound.sender(raw, own) if own else None
        if who is not None:
            said = inbound.said(raw, who)
            await self._receive(said if said.text else replace(said, text="hello"))
        note = MOVED if own else OPEN_APP
        name = hashlib.sha256(inbound.event_id(raw).encode()).hexdigest()
        if await asyncio.to_thread(self._vault.claim, f"teams:note:{name}", SAID_ONCE):
            self._later(self._tell(raw, note))

    async def _personal_chat(self, raw: Mapping[str, Any]) -> str:
        """Return the id of the sender's chat with the bot, opened if there is none, or "" if Teams does not say."""
        route, tenant = inbound.route(raw), min(inbound.tenants(raw), default="")
        asked = {
            "isGroup": False,
            "bot": {"id": route.bot},
            "members": [{"id": route.user}],
            "tenantId": tenant,
            "channelData": {"tenant": {"id": tenant}},
        }
        answer = await patient(self._connector.call("POST", route.service, "v3/conversations", asked))
        found = answer.body.get("id") if answer.good else None
        return found if isinstance(found, str) else ""

    async def _tell(self, raw: Mapping[str, Any], text: str) -> None:
        answer = await self._turns.post(inbound.route(raw), MessageFactory.text(text))
        if not answer.good:
            log.warning("note not sent", reason=answer.code)

    # ---- cards and files

    async def _redrawn(self, card: Card, who: Address, key: str) -> InvokeResponse:
        """Answer a press with what its card turns into; the outbox redraws it as well."""
        try:
            return _answer(CARD, render(card, who, await self._files.keep(card, who, key)))
        except Exception as error:  # noqa: BLE001 - what was pressed is done; only its picture is missing
            log.error("not redrawn", about=key, error=type(error).__name__)  # noqa: TRY400 - it may quote people
            return _told(ANSWERED)

    async def _offer(self, raw: Mapping[str, Any], who: Address, name: str) -> str:
        """Ask somebody whether a file may go to their drive; return what to tell them meanwhile."""
        file = await self._files.find(name, who)
        if file is None:
            return FILE_GONE
        answer = await patient(self._turns.post(inbound.route(raw), _consent(file, name)))
        return FILE_BELOW if answer.good else FILE_FAILED

    async def _save(self, raw: Mapping[str, Any], who: Address, consent: inbound.Consent) -> None:
        """Put a file where its owner let it go, and say in place of the question what became of it."""
        file = await self._files.find(consent.file, who) if consent.yes else None
        shown = MessageFactory.text(FILE_GONE if consent.yes else FILE_DECLINED)
        if file is not None:
            allowed = self._connector.hosts.allow_upload(consent.upload)
            content = file.content.encode()
            answer = await self._connector.upload(consent.upload, content) if allowed else Answer(403, "not_allowed")
            if not answer.good:
                log.warning("file not saved", reason=answer.code)
            shown = _saved(consent.shown) if answer.good else MessageFactory.text(FILE_FAILED)
        replaces = raw.get("replyToId")
        await self._turns.post(inbound.route(raw), shown, replaces if isinstance(replaces, str) else "")


def message(card: Card, to: Address, files: list[str]) -> Activity:
    """Return the message that shows a card."""
    sent = MessageFactory.attachment(CardFactory.adaptive_card(render(card, to, files)))
    sent.summary = summary(card)
    return sent


def _consent(file: File, name: str) -> Activity:
    context = {FILE: name}
    size = len(file.content.encode())
    content = {"description": FILE_ABOUT, "sizeInBytes": size, "acceptContext": context, "declineContext": context}
    return MessageFactory.attachment(Attachment(content_type=CONSENT, name=file.name, content=content))


def _saved(shown: Mapping[str, str]) -> Activity:
    content = {"uniqueId": shown.get("uniqueId", ""), "fileType": shown.get("fileType", "")}
    where, name = shown.get("contentUrl", ""), shown.get("name", "")
    return MessageFactory.attachment(Attachment(content_type=SAVED, content_url=where, name=name, content=content))


def _told(text: str) -> InvokeResponse:
    return _answer(TOLD, text)


def _answer(kind: str, value: object, status: int = 200) -> InvokeResponse:
    return InvokeResponse(status=200, body={"statusCode": status, "type": kind, "value": value})


def _activity(raw: Mapping[str, Any]) -> Activity:
    """Return what the SDK has to know of an activity to dispatch it; the rest stays as it came."""
    route = inbound.route(raw)
    texts = {key: raw[key] for key in ("type", "id", "name", "action") if isinstance(raw.get(key), str)}
    return Activity(
        **texts,
        channel_id=CHANNEL,
        service_url=route.service,
        conversation=ConversationAccount(id=route.conversation),
        from_property=ChannelAccount(id=route.user),
        recipient=ChannelAccount(id=route.bot),
        members_added=[ChannelAccount(id=each) for each in inbound.newcomers(raw)],
    )


def _reference(route: Route) -> ConversationReference:
    return ConversationReference(
        channel_id=CHANNEL,
        service_url=route.service,
        conversation=ConversationAccount(id=route.conversation),
        bot=ChannelAccount(id=route.bot),
        user=ChannelAccount(id=route.user),
    )
