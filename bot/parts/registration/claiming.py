"""Coming for what was brought in: a registration from a file is handed over to its person, with all that hangs on it.

Somebody shows that they are the one by a personal code, or by an address that their platform has verified.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select

from bot.chat.cards import Button, Card, Send
from bot.chat.events import Met, Said
from bot.groups import stages, views
from bot.keeping.store import insert_once
from bot.keeping.tables import Secret
from bot.meetings import kept
from bot.parts.registration import cards, forms, words
from bot.people import accounts, answers, coordinators, home, leaving, persons
from bot.people.tables import Account, Consent, Person, Registration, Round, SealedAnswer
from bot.people.words import WHERE_I_STAND
from bot.programme.house import house, programme_of

CODE = r"INVITE-(\d{1,18})-[A-Z2-9]{4}(?:-[A-Z2-9]{4}){2}"
REMEMBERED = timedelta(days=400)  # so long a file that comes again does not bring back who has come, or left
KEY = "brought"  # the name of the key under which the addresses of those who have come are kept


def met(event: Met, db: Session, now: datetime) -> list[Send]:
    """If their platform knows an address that was brought in, what belongs to it is theirs."""
    person = persons.sender(event.who, db, now)
    email = event.profile.email.strip().casefold()
    imported = _nowhere(person.network_id, email, db) if email else None
    return _hand_over(imported, person, db, now) if imported else []


def redeem(event: Said, db: Session, now: datetime) -> list[Send]:
    """Hand over to the person who typed a valid code what it stands for."""
    person = persons.sender(event.who, db, now)
    imported = _invited(event.text, person, db, now)
    if imported is None or _somebody_else(imported, person, db):
        text = words.INVITATION_WRONG if imported is None else words.INVITATION_NOT_YOURS
        return [persons.send(person, Card(text=text, buttons=(Button(WHERE_I_STAND, "home"),)))]
    return _hand_over(imported, person, db, now)


def _invited(text: str, person: Person, db: Session, now: datetime) -> Person | None:
    found = re.search(CODE, text.upper())
    row = db.get(Secret, invitation(int(found[1])), with_for_update=True) if found else None
    if found is None or row is None or (row.until is not None and row.until <= now):
        return None
    kept = str(house(db).seal.open("vault", row.name, row.token))
    if not hmac.compare_digest(kept, coordinators.digest(found[0])):
        return None
    imported = db.get(Person, int(found[1]), with_for_update={"of": Person})
    if imported is None or imported.account.platform != persons.NOWHERE or imported.network_id != person.network_id:
        return None
    return imported


def _somebody_else(imported: Person, person: Person, db: Session) -> bool:
    """Tell whether this person takes part in the same round under other addresses: then they are not the one."""
    rounds_ = select(Registration.round_id).where(Registration.person_id == imported.id)
    query = select(Registration, Round).join(Round).where(Registration.person_id == person.id)
    for own, round_ in db.exec(query.where(col(Registration.round_id).in_(rounds_))).all():
        contact = str(own.answers.get(programme_of(round_, db).of_kind("email"), ""))
        addresses = {each.strip().casefold() for each in (contact, person.account.email) if each}
        if addresses and imported.account.user not in addresses:
            return True
    return False


def _hand_over(imported: Person, person: Person, db: Session, now: datetime) -> list[Send]:
    """Make everything that was brought in for somebody theirs; what they registered themselves stands above it."""
    sends: list[Send] = []
    query = select(Registration, Round).join(Round).where(Registration.person_id == imported.id)
    for mine, round_ in db.exec(query.order_by(col(Registration.id))).all():
        own = _own(round_.id, person, db)
        stands = own is not None and own.state in {"registered", "withdrawn"}
        theirs, called_off = move(mine, person, db, now)
        sends += called_off
        if stands:
            note = words.FORM_NOT_NEEDED.format(round=round_.name)
            sends.append(persons.send(person, home.home_card(person, db, now, note)))
            continue
        person.name = person.name or imported.name
        answers.put_name(theirs, person.name, db)
        if round_.state != "ended":
            sends += _shown(theirs, round_, person, db, now)
    leave(imported, db)
    return sends


def _shown(mine: Registration, round_: Round, person: Person, db: Session, now: datetime) -> list[Send]:
    """Show somebody what is theirs now, with what the form left open, and their matches if they have been announced."""
    programme, known = programme_of(round_, db), answers.all_of(mine, db)
    asked = programme.flow.asked(known)
    first = next((step for step in asked if step.name not in known), None)  # a consent that nobody has given for them
    open_ = [step for step in asked if not known.get(step.name) and not step.optional and not (first and step.private)]
    note = words.FROM_THE_FORM.format(round=round_.name) + (f"\n\n{words.FORM_LEFT_OPEN}" if open_ else "")
    card = cards.summary(mine, programme, db, note)
    buttons = tuple(
        Button(step.label, "answer" if programme.questions[step.name].kind == "consent" else "change", value)
        for step in open_
        for value in [f"{mine.id}:{step.name}"]
    )
    sends = [persons.send(person, replace(card, buttons=(*buttons, *card.buttons)))]
    for view in views.of(mine, db, "live"):
        if not stages.meets_again(view.group, db) and kept.to_book(view, db):
            view.group.book_reminders, view.group.book_due_at = (
                0,
                kept.book_by(view, now, db),
            )  # those before reached nobody
    if round_.state == "announced":
        sends.append(persons.send(person, home.home_card(person, db, now)))
    if first is not None:
        sends.append(persons.send(person, cards.question(mine, programme, first, db)))
    return sends


# ---------------------------------------------------------------------------------------------------- handing over


def move(mine: Registration, person: Person, db: Session, now: datetime) -> tuple[Registration, list[Send]]:
    """Give a registration to its person; return the one they have now, and cancellations of what cannot be theirs.

    If they have one of their own in this round, that one stays, with the groups of both; what they had left open in
    it is taken from the form.
    """
    _remember(mine, db, now)
    own = _own(mine.round_id, person, db)
    if own is None:
        mine.person_id = person.id
        db.flush()
        return mine, []
    if own.state in {"interested", "unfinished"}:
        _complete(own, mine, db, now)
    sends = [send for part in house(db).parts for send in part.moved(mine, own, db, now)]
    own.waiting = own.waiting and mine.waiting
    for table in (SealedAnswer, Consent):
        db.exec(delete(table).where(col(table.registration_id) == mine.id))
    if not views.of(mine, db, *views.KNOWN, "ended"):
        db.delete(mine)
    else:
        mine.state, mine.answers = "withdrawn", {}
    db.flush()
    return own, sends


def left(mine: Registration, person: Person, why: str, db: Session, now: datetime) -> list[Send]:
    """Remind nobody who has left. Who never came and is taken out is forgotten; no later file brings them back."""
    mine.remind_due_at, mine.changing = None, ""
    if why == leaving.TAKEN_OUT and person.account.platform == persons.NOWHERE:
        _remember(mine, db, now)
        mine.answers = {}
        db.flush()
        leave(person, db)
    return []


def _remember(mine: Registration, db: Session, now: datetime) -> None:
    name = mark(mine.round_id, persons.of(mine, db).account.user, db)
    token = house(db).seal.close("vault", name, "")
    insert_once(Secret, {"name": name, "token": token, "until": now + REMEMBERED}, db)


def _own(round_id: int, person: Person, db: Session) -> Registration | None:
    query = select(Registration).where(Registration.round_id == round_id, Registration.person_id == person.id)
    return db.exec(query).first()


def _complete(own: Registration, mine: Registration, db: Session, now: datetime) -> None:
    """Make a registration that somebody has begun whole with what the form says; what they said themselves counts."""
    programme, form = programme_of(db.get_one(Round, own.round_id), db), answers.all_of(mine, db)
    said = {**form, **forms.said(answers.all_of(own, db))}
    given = forms.given(programme, said, said, consent=False)
    for consent in db.exec(select(Consent).where(Consent.registration_id == mine.id)).all():
        consent.registration_id = own.id
    db.flush()
    forms.write(own, form if isinstance(given, str) else given, programme, db, now)
    own.state, own.registered_at, own.remind_due_at, own.changing = "registered", now, None, ""


def leave(imported: Person, db: Session) -> None:
    """Forget somebody who has come, with their invitation; where an ended match still names them, all but the row."""
    listed = db.exec(select(Registration.state).where(Registration.person_id == imported.id)).all()
    if "registered" in listed:
        return
    db.exec(delete(Secret).where(col(Secret.name) == invitation(imported.id)))
    if listed:
        imported.state, imported.name = persons.ERASED, ""
        accounts.forget(imported, db)
    else:
        db.expunge(imported.account)  # its row goes with that of its person
        db.delete(imported)
    db.flush()


def _nowhere(network_id: int, email: str, db: Session) -> Person | None:
    """Return the person who was brought in under this address and has not come yet, held for this transaction."""
    query = select(Person).join(Account, col(Account.person_id) == Person.id).where(Account.user == email)
    query = query.where(Account.platform == persons.NOWHERE, Account.tenant == str(network_id))
    return db.exec(query.with_for_update(of=Person)).first()


def invitation(person_id: int) -> str:
    """Return the name under which the digest of somebody's code is kept."""
    return f"invitation:{person_id}"


def mark(round_id: int, email: str, db: Session) -> str:
    """Return the name of the note that somebody has come: the address is in it under a key that stands there sealed."""
    row = db.get(Secret, KEY)
    if row is None:
        token = house(db).seal.close("vault", KEY, secrets.token_hex(32))
        insert_once(Secret, {"name": KEY, "token": token, "until": None}, db)
        row = db.exec(select(Secret).where(Secret.name == KEY)).one()
    key = bytes.fromhex(str(house(db).seal.open("vault", KEY, row.token)))
    return f"brought:{round_id}:{hmac.new(key, email.encode(), hashlib.sha256).hexdigest()}"
