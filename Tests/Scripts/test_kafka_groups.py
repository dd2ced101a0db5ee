"""Tests/SystemTests/Tools/kafka_groups.py: groups rebalance as Kafka's do, with a clock that the tests set."""

import importlib.util
import pathlib
import unittest

TOOLS = pathlib.Path(__file__).resolve().parents[1] / "SystemTests" / "Tools"


def load():
    spec = importlib.util.spec_from_file_location("kafka_groups", TOOLS / "kafka_groups.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


groups = load()
RANGE = {"range": b"tasks"}
SESSION, PATIENCE = 10.0, 300.0


class GroupTest(unittest.TestCase):
    def setUp(self):
        self.group, self.now = groups.Group(), 100.0

    def join(self, token, member="", protocols=RANGE):
        return self.group.join(self.now, token, member, SESSION, PATIENCE, protocols)

    def sync(self, token, member, assignments={}):
        return self.group.sync(self.now, token, member, self.group.generation, assignments)

    def stable(self, *tokens):
        """A group of these members. Returns their names in the order of the tokens."""
        for token in tokens:
            self.assertEqual(self.join(token), [])
        self.now += groups.INITIAL_DELAY
        joined = dict(self.group.tick(self.now))
        names = [joined[token].member for token in tokens]
        for token, name in zip(tokens[1:], names[1:]):
            self.assertEqual(self.sync(token, name), [])
        answers = dict(self.sync(tokens[0], names[0], {name: name.encode() for name in names}))
        self.assertEqual([answers[token].assignment.decode() for token in tokens], names)
        self.assertEqual(self.group.state, "stable")
        return names

    def test_an_empty_group_waits_for_more_members(self):
        self.assertEqual(self.join("a"), [])
        self.now += groups.INITIAL_DELAY - 0.1
        self.assertEqual(self.group.tick(self.now), [])
        self.now += 0.1
        (token, answer), = self.group.tick(self.now)
        self.assertEqual((token, answer.error, answer.generation, answer.leader), ("a", 0, 1, answer.member))
        self.assertEqual(answer.members, ((answer.member, b"tasks"),))

    def test_only_the_leader_learns_of_all_members(self):
        self.stable("a", "b")
        self.assertEqual(self.group.generation, 1)

    def test_a_further_member_waits_until_the_others_rejoin(self):
        a, b = self.stable("a", "b")
        self.assertEqual(self.join("c"), [])
        self.assertEqual(self.group.heartbeat(self.now, a, 1), groups.REBALANCE_IN_PROGRESS)
        self.assertEqual(self.join("a2", a), [])
        answers = dict(self.join("b2", b))
        self.assertEqual(set(answers), {"a2", "b2", "c"})
        self.assertEqual({answer.generation for answer in answers.values()}, {2})
        self.assertEqual(answers["c"].leader, a)

    def test_a_leaving_member_makes_the_others_rejoin_at_once(self):
        a, b = self.stable("a", "b")
        self.assertEqual(self.group.leave(self.now, b), (0, []))
        self.assertEqual(self.group.heartbeat(self.now, a, 1), groups.REBALANCE_IN_PROGRESS)
        (token, answer), = self.join("a2", a)
        self.assertEqual((token, answer.generation, len(answer.members)), ("a2", 2, 1))

    def test_a_member_without_heartbeats_is_removed_after_its_session_timeout(self):
        a, b = self.stable("a", "b")
        self.now += SESSION - 1
        self.assertEqual(self.group.heartbeat(self.now, a, 1), 0)
        self.now += 1.1
        self.assertEqual(self.group.tick(self.now), [])
        self.assertEqual(self.group.heartbeat(self.now, b, 1), groups.UNKNOWN_MEMBER)
        self.assertEqual(self.group.heartbeat(self.now, a, 1), groups.REBALANCE_IN_PROGRESS)

    def test_a_rebalance_completes_without_a_lost_member(self):
        a, b = self.stable("a", "b")
        self.assertEqual(self.join("c"), [])
        self.assertEqual(self.join("a2", a), [])
        self.now += SESSION + 0.1
        answers = dict(self.group.tick(self.now))
        self.assertEqual(set(answers), {"a2", "c"})

    def test_a_leader_lost_before_the_assignment_is_replaced(self):
        self.join("a"), self.join("b")
        self.now += groups.INITIAL_DELAY
        joined = dict(self.group.tick(self.now))
        b = joined["b"].member
        self.now += SESSION - 1
        self.assertEqual(self.sync("b", b), [])
        self.now += 2
        self.assertEqual(self.group.tick(self.now), [("b", groups.Sync(groups.REBALANCE_IN_PROGRESS))])
        (_, answer), = self.join("b2", b)
        self.assertEqual((answer.leader, answer.generation), (b, 2))

    def test_only_members_of_this_generation_commit_offsets(self):
        a, b = self.stable("a", "b")
        self.assertEqual(self.group.commit(self.now, a, 1), 0)
        self.join("c")
        self.assertEqual(self.group.commit(self.now, a, 1), 0)
        self.join("a2", a), self.join("b2", b)
        self.assertEqual(self.group.commit(self.now, a, 1), groups.ILLEGAL_GENERATION)
        self.assertEqual(self.group.commit(self.now, a, 2), groups.REBALANCE_IN_PROGRESS)
        self.assertEqual(self.group.commit(self.now, "stranger", 2), groups.UNKNOWN_MEMBER)

    def test_the_protocol_is_one_that_all_members_support(self):
        self.join("a", protocols={"roundrobin": b"1", "range": b"2"})
        self.assertEqual(self.join("b", protocols={"range": b"3"}), [])
        self.assertEqual(self.join("c", protocols={"sticky": b"4"})[0][1].error, groups.INCONSISTENT_PROTOCOL)
        self.now += groups.INITIAL_DELAY
        self.assertEqual({answer.protocol for _, answer in self.group.tick(self.now)}, {"range"})

    def test_an_unknown_member_has_to_rejoin(self):
        self.assertEqual(self.join("a", "old")[0][1].error, groups.UNKNOWN_MEMBER)
        self.assertEqual(self.sync("a", "old")[0][1].error, groups.UNKNOWN_MEMBER)


if __name__ == "__main__":
    unittest.main()
