"""The desk: what a coordinator does across the parts of a programme."""

from bot.desk import endings, follow_up, handing_over, reports, rounds, setting_up, taking_out
from bot.desk.pairing import announcing, pair_rules, pairs, proposals
from bot.people.coordinators import coordinating, their_round
from bot.people.persons import writer
from bot.people.tables import Round
from bot.programme.part import Command, Date, Part, always, pressed

PART = Part(
    name="desk",
    pressed={
        "desk": pressed(rounds.desk, who=writer, may=coordinating, still=always),
        "coordinators": pressed(handing_over.listed, who=writer, may=coordinating, still=always),
        "invite_coordinator": pressed(handing_over.invite, who=writer, may=coordinating, still=always),
        "dismiss": pressed(
            handing_over.dismiss, who=writer, may=handing_over.one_of_them, still=handing_over.not_the_last
        ),
        "dismiss_surely": pressed(
            handing_over.dismiss_surely, who=writer, may=handing_over.one_of_them, still=handing_over.not_the_last
        ),
        "new_round": pressed(setting_up.new_round, who=writer, may=coordinating, still=always),
        "set_up": pressed(setting_up.set_up, who=writer, may=setting_up.their_draft, still=setting_up.being_set_up),
        "round": pressed(rounds.show, who=writer, may=their_round, still=always),
        "invitation": pressed(rounds.invitation, who=writer, may=their_round, still=rounds.still("planned", "open")),
        "extend": pressed(rounds.extend, who=writer, may=their_round, still=rounds.still("planned", "open", "closed")),
        "extend_to": pressed(
            rounds.extend_to, who=writer, may=their_round, still=rounds.still("planned", "open", "closed")
        ),
        "close": pressed(rounds.close, who=writer, may=their_round, still=rounds.still("open")),
        "close_surely": pressed(rounds.close_surely, who=writer, may=their_round, still=rounds.still("open")),
        "who": pressed(reports.who, who=writer, may=their_round, still=always),
        "unfinished": pressed(reports.unfinished, who=writer, may=their_round, still=always),
        "remind_unfinished": pressed(reports.remind_unfinished, who=writer, may=their_round, still=reports.can_remind),
        "take_out": pressed(taking_out.take_out, who=writer, may=their_round, still=always),
        "take_out_surely": pressed(
            taking_out.take_out_surely, who=writer, may=taking_out.somebody, still=taking_out.still_there
        ),
        "shortage": pressed(reports.shortage, who=writer, may=their_round, still=always),
        "preview": pressed(proposals.preview, who=writer, may=their_round, still=proposals.can_match),
        "pairs": pressed(pair_rules.listed, who=writer, may=their_round, still=always),
        "pair_rule": pressed(pair_rules.pair_rule, who=writer, may=pair_rules.chosen, still=proposals.can_match),
        "add_pair": pressed(pair_rules.add_pair, who=writer, may=pair_rules.put_together, still=proposals.can_match),
        "unmatched": pressed(announcing.unmatched, who=writer, may=their_round, still=always),
        "announce": pressed(
            announcing.announce, who=writer, may=announcing.their_proposals, still=announcing.can_announce
        ),
        "announce_surely": pressed(
            announcing.announce_surely, who=writer, may=announcing.their_proposals, still=announcing.can_announce
        ),
        "follow_up": pressed(follow_up.follow_up, who=writer, may=their_round, still=always),
        "report": pressed(follow_up.report, who=writer, may=their_round, still=always),
        "end_round": pressed(endings.end_round, who=writer, may=their_round, still=endings.can_end),
        "end_round_surely": pressed(endings.end_round_surely, who=writer, may=their_round, still=endings.can_end),
    },
    left=pairs.left,
    moved=pairs.moved,
    due={
        "open_round": Date(Round.open_due_at, rounds.opens),
        "warn_round": Date(Round.warn_due_at, rounds.warns),
        "close_round": Date(Round.close_due_at, rounds.closes),
        "end_round": Date(Round.end_due_at, endings.over),
    },
    said=(
        Command(r"admin|coordinate|desk|rounds", "desk"),
        Command(r"(?:new|start a) round", "new_round"),
        Command(r"(?:the )?coordinators?", "coordinators", bare=False),
        Command(
            r"(?P<kind>lock|forbid|free|add) (?P<mentor>.+?) (?:with|and|/) (?P<mentee>.+)",
            "pair_rule",
            bare=False,
            exact=True,
            handler=pressed(pair_rules.pair_by_name, who=writer, may=pair_rules.to_match, still=proposals.can_match),
            coordinators=True,
        ),
    ),
)
