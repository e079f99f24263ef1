"""The desk: what a coordinator does across the parts of a programme."""

from bot.desk import endings, follow_up, handing_over, reports, rounds, setting_up, taking_out
from bot.desk.pairing import announcing, pair_rules, proposals
from bot.people.tables import Round
from bot.programme.part import Command, Date, Part

PART = Part(
    name="desk",
    pressed={
        "desk": rounds.desk,
        "coordinators": handing_over.listed,
        "invite_coordinator": handing_over.invite,
        "dismiss": handing_over.dismiss,
        "dismiss_surely": handing_over.dismiss_surely,
        "new_round": setting_up.new_round,
        "set_up": setting_up.set_up,
        "round": rounds.show,
        "invitation": rounds.invitation,
        "extend": rounds.extend,
        "extend_to": rounds.extend_to,
        "close": rounds.close,
        "close_surely": rounds.close_surely,
        "who": reports.who,
        "unfinished": reports.unfinished,
        "remind_unfinished": reports.remind_unfinished,
        "take_out": taking_out.take_out,
        "take_out_surely": taking_out.take_out_surely,
        "shortage": reports.shortage,
        "preview": proposals.preview,
        "pairs": pair_rules.listed,
        "pair_rule": pair_rules.pair_rule,
        "add_pair": pair_rules.add_pair,
        "unmatched": announcing.unmatched,
        "announce": announcing.announce,
        "announce_surely": announcing.announce_surely,
        "follow_up": follow_up.follow_up,
        "report": follow_up.report,
        "end_round": endings.end_round,
        "end_round_surely": endings.end_round_surely,
    },
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
            handler=pair_rules.pair_by_name,
            coordinators=True,
        ),
    ),
)
