"""Delivery: what was decided is taken to people, in the order it was decided, and what became of it is written down.

A message is marked `sending` and committed before its platform is called, so a process that dies leaves a trace: after
a minute the outcome counts as unknown, as it does when the platform gives no clear answer. A message of unknown outcome
is looked up after a minute where the platform can do that, and sent again if it is not there, for about an hour; else
it is sent again with the same key, once. If the outcome is unknown then too, it is given up. Nobody is shown a message
while an earlier one to them still waits, and nobody sends one whose lease could be over before its platform answers.

A reply to what somebody just did goes out at once, from the process that handled it. What the clock or a coordinator
causes goes out in bulk: on a platform with a pace, through a lane for each tenant, which one process at a time holds by
a lease and which moves back when the platform asks for patience.
"""

from scheduling.outbox.clearing import purge
from scheduling.outbox.delivery import AT_ONCE, deliver, next_delivery
from scheduling.outbox.jobs import Delivered, Job
from scheduling.outbox.lanes import LANE_LEASE, let_go
from scheduling.outbox.outcomes import adopt
from scheduling.outbox.replies import hand_over, take

__all__ = [
    "AT_ONCE",
    "LANE_LEASE",
    "Delivered",
    "Job",
    "adopt",
    "deliver",
    "hand_over",
    "let_go",
    "next_delivery",
    "purge",
    "take",
]
