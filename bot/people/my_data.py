"""Everything that is kept about somebody, for themselves: every part adds what it has."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, select

from bot.chat.cards import Button, Card, File, Send
from bot.chat.events import Pressed
from bot.people import accounts, answers, persons, words
from bot.people.tables import Account, Audit, Consent, CoordinatorCode, Person, Registration, Round
from bot.programme.house import house, programme_of


def my_data(event: Pressed, person: Person, db: Session, now: datetime) -> list[Send]:
    """Give somebody a file with everything that is kept about them."""
    del event, now
    file = File("my-data.json", "application/json", json.dumps(_everything(person, db), indent=2, default=str))
    buttons = (Button(words.ERASE, "erase"), Button(words.WHERE_I_STAND, "home"))
    return [persons.send(person, Card(title=words.MY_DATA, text=words.MY_DATA_TEXT, files=(file,), buttons=buttons))]


def _everything(person: Person, db: Session) -> dict[str, object]:
    found: dict[str, object] = {
        "name": person.name,
        **_of_account(person.account),
        "time_zone": persons.zone_of(person, db),
        "coordinator": person.coordinator,
        "first_seen": person.created_at,
        "paused_until": person.resume_due_at,
    }
    if others := [each for each in accounts.all_of(person, db) if not each.current]:
        found["other_accounts"] = [_of_account(each) for each in others]
    registrations: list[dict[str, object]] = []
    query = select(Registration, Round).join(Round).where(Registration.person_id == person.id)
    for mine, round_ in db.exec(query).all():
        steps = {step.name: step for step in programme_of(round_, db).flow.steps}
        registrations.append(
            {
                "round": round_.name,
                "state": mine.state,
                "started": mine.started_at,
                "registered": mine.registered_at,
                "answers": {
                    steps[k].label: steps[k].show(v) for k, v in answers.all_of(mine, db).items() if k in steps
                },
                "consents": [
                    {"question": row.question, "version": row.version, "given": row.given_at, "ended": row.withdrawn_at}
                    for row in db.exec(select(Consent).where(Consent.registration_id == mine.id)).all()
                ],
            }
        )
        for part in house(db).parts:
            registrations[-1] |= part.held_in(mine, db)
    found["registrations"] = registrations
    for part in house(db).parts:
        found |= part.held(person, db)
    return found


def _of_account(account: Account) -> dict[str, object]:
    return {
        "name_known_to_platform": account.suggestion,
        "email_known_to_platform": account.email,
        "platform": account.platform,
    }


def coordinating(person: Person, db: Session) -> Mapping[str, object]:
    """Return what somebody did as a coordinator."""
    used = db.exec(select(CoordinatorCode).where(CoordinatorCode.used_by == person.id)).all()
    done = db.exec(select(Audit).where(Audit.actor_id == person.id)).all()
    return {
        "coordinator_actions": [{"at": row.at, "action": row.action, "subject": row.subject} for row in done],
        "coordinator_codes_used": len(used),
    }
