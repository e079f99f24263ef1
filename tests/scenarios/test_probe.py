"""Probe."""
from tests.scenarios.conftest import MENTOR
from bot.models import *
def test_a(opened):
    ann = opened.person("ann").registers(**MENTOR)
    mentees = [opened.person(user).registers("mentee") for user in ("bob", "eve", "gil")]
    cora = opened.announced()
    opened.going_on_with("ann", "bob", "eve", "gil")
    for p in opened.rows(Pair): print(p)
    opened.wait(weeks=54)
    for p in opened.rows(Pair): print(p)
    for u in ("bob","eve","gil","ann"):
        print("=====",u)
        for m in opened.person(u).log[-6:]: print(m.at,m.text)
    for person, times in ((ann, 3), (mentees[0], 1)):
        for _ in range(times):
            person.presses("Fairly")
            print([(r.role,r.question,r.choice,r.count) for r in opened.rows(SurveyTotal)])
    mentees[1].presses("Very")
    print([(r.role,r.question,r.choice,r.count) for r in opened.rows(SurveyTotal)])
