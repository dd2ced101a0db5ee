"""A coordinator of consumer groups that decides like Kafka's, and as fast.

The mock cluster's own coordinator delays each rebalance by the session timeout less one second. This one completes a
rebalance once all members have rejoined, as Kafka's does. It does no I/O. Each request has a token. Methods return
pairs of a token and the answer to its request, which may be an earlier request.
"""

import itertools
from typing import NamedTuple

ILLEGAL_GENERATION, INCONSISTENT_PROTOCOL, UNKNOWN_MEMBER, REBALANCE_IN_PROGRESS = 22, 23, 25, 27
# Kafka's group.initial.rebalance.delay.ms: how long an empty group waits for more members.
INITIAL_DELAY = 3.0


class Join(NamedTuple):
    error: int
    generation: int = -1
    protocol: str = ""
    leader: str = ""
    member: str = ""
    # The members with their metadata, for the leader only.
    members: tuple = ()


class Sync(NamedTuple):
    error: int
    assignment: bytes = b""


class Member:
    def __init__(self):
        self.session = self.patience = self.deadline = 0.0
        self.protocols = {}
        self.assignment = b""
        self.joining = self.syncing = None


class Group:
    """States: `empty`; `joining` until all members have joined; `syncing` until the leader has assigned the partitions;
    `stable`."""

    def __init__(self):
        self.state, self.generation, self.leader, self.protocol = "empty", 0, "", ""
        self.members, self._until, self._is_first = {}, 0.0, False
        self._numbers = itertools.count(1)

    def join(self, now, token, member, session, patience, protocols):
        """- Parameters session, patience: seconds. protocols: the member's metadata for each protocol, in its order."""
        if member and member not in self.members:
            return [(token, Join(UNKNOWN_MEMBER))]
        others = [each for name, each in self.members.items() if name != member]
        if others and not any(all(name in each.protocols for each in others) for name in protocols):
            return [(token, Join(INCONSISTENT_PROTOCOL))]
        member = member or f"member-{next(self._numbers)}"
        mine = self.members.setdefault(member, Member())
        mine.session, mine.patience, mine.protocols, mine.joining = session, patience, protocols, token
        return self._rebalance(now) + self._completed(now)

    def sync(self, now, token, member, generation, assignments):
        error = self._error(member, generation)
        if error or self.state == "joining":
            return [(token, Sync(error or REBALANCE_IN_PROGRESS))]
        mine = self.members[member]
        mine.deadline = now + mine.session
        if self.state == "stable":
            return [(token, Sync(0, mine.assignment))]
        mine.syncing = token
        if member != self.leader:
            return []
        self.state = "stable"
        answers = []
        for name, each in self.members.items():
            each.assignment = assignments.get(name, b"")
            if each.syncing:
                answers.append((each.syncing, Sync(0, each.assignment)))
                each.syncing = None
        return answers

    def heartbeat(self, now, member, generation):
        """The answer's error."""
        error = self._error(member, generation)
        if error:
            return error
        self.members[member].deadline = now + self.members[member].session
        return REBALANCE_IN_PROGRESS if self.state == "joining" else 0

    def commit(self, now, member, generation):
        """The answer's error. Members of this generation may commit, also while a rebalance waits for them. While the
        group has no members, a client outside of it may commit, too."""
        if generation < 0 and not self.members:
            return 0
        error = self._error(member, generation)
        if not error:
            self.members[member].deadline = now + self.members[member].session
        return error or (REBALANCE_IN_PROGRESS if self.state == "syncing" else 0)

    def leave(self, now, member):
        """The error for this member, and the answers to others."""
        if member not in self.members:
            return UNKNOWN_MEMBER, []
        return 0, self._without(now, [member])

    def tick(self, now):
        """Removes members whose session has timed out, and ends rebalances that have waited long enough."""
        lost = [name for name, each in self.members.items() if not each.joining and each.deadline < now]
        if self.state == "joining" and now >= self._until:
            lost += [name for name, each in self.members.items() if not each.joining and name not in lost]
        return self._without(now, lost) if lost else self._completed(now)

    def _error(self, member, generation):
        if member not in self.members:
            return UNKNOWN_MEMBER
        return 0 if generation == self.generation else ILLEGAL_GENERATION

    def _without(self, now, names):
        answers = []
        for name in names:
            gone = self.members.pop(name)
            answers += [(gone.joining, Join(UNKNOWN_MEMBER))] if gone.joining else []
            answers += [(gone.syncing, Sync(UNKNOWN_MEMBER))] if gone.syncing else []
        if not self.members:
            self.state = "empty"
            return answers
        return answers + self._rebalance(now) + self._completed(now)

    def _rebalance(self, now):
        """Starts a rebalance. Members that wait for their partitions have to rejoin."""
        if self.state == "joining":
            return []
        self._is_first = self.state == "empty"
        patience = INITIAL_DELAY if self._is_first else max(each.patience for each in self.members.values())
        self.state, self._until = "joining", now + patience
        answers = []
        for each in self.members.values():
            if each.syncing:
                answers.append((each.syncing, Sync(REBALANCE_IN_PROGRESS)))
                each.syncing = None
        return answers

    def _completed(self, now):
        if self.state != "joining" or not all(each.joining for each in self.members.values()):
            return []
        if self._is_first and now < self._until:
            return []
        self.generation += 1
        self.state = "syncing"
        self.leader = self.leader if self.leader in self.members else next(iter(self.members))
        self.protocol = next(name for name in self.members[self.leader].protocols
                             if all(name in each.protocols for each in self.members.values()))
        answers = []
        for name, each in self.members.items():
            known = tuple((other, it.protocols[self.protocol]) for other, it in self.members.items())
            answers.append((each.joining, Join(
                0, self.generation, self.protocol, self.leader, name, known if name == self.leader else ())))
            each.joining, each.deadline = None, now + each.session
        return answers
