"""Translates requests about consumer groups between Kafka's bytes and `kafka_groups.py`."""

import asyncio
import time

import kafka_groups
from kafka_wire import Writer

OFFSET_COMMIT, JOIN_GROUP, HEARTBEAT, LEAVE_GROUP, SYNC_GROUP = 8, 11, 12, 13, 14
# The requests that are answered here, with their versions.
REQUESTS = {JOIN_GROUP: (0, 2), HEARTBEAT: (0, 1), LEAVE_GROUP: (0, 1), SYNC_GROUP: (0, 1), OFFSET_COMMIT: (2, 2)}
TICK = 0.02


class Coordinator:
    def __init__(self, send):
        """- Parameter send: sends an answer, without its length, to a client."""
        self._send, self._groups = send, {}

    async def answer(self, key, version, request, token):
        """Whether the request is answered here, now or later. The cluster itself answers valid commits."""
        now = time.monotonic()
        group = self._groups.setdefault(request.string(), kafka_groups.Group())
        if key == JOIN_GROUP:
            session = request.take("i") / 1000
            patience = request.take("i") / 1000 if version else session
            member = request.string()
            request.string()  # "consumer"
            protocols = dict(request.array(lambda: (request.string(), request.bytes())))
            await self._tell(group.join(now, token, member, session, patience, protocols))
        elif key == SYNC_GROUP:
            generation, member = request.take("i"), request.string()
            assignments = dict(request.array(lambda: (request.string(), request.bytes())))
            await self._tell(group.sync(now, token, member, generation, assignments))
        elif key == HEARTBEAT:
            generation, member = request.take("i"), request.string()
            await self._tell([(token, group.heartbeat(now, member, generation))])
        elif key == LEAVE_GROUP:
            error, others = group.leave(now, request.string())
            await self._tell([(token, error), *others])
        else:
            generation, member = request.take("i"), request.string()
            error = group.commit(now, member, generation)
            if not error:
                return False
            request.take("q")  # how long offsets are kept
            topics = request.array(lambda: (request.string(), request.array(
                lambda: (request.take("i"), request.take("q"), request.string())[0])))
            await self._tell([(token, (error, topics))])
        return True

    async def run(self, passing):
        """Advances the groups' clocks, except in a hole, where no answer passes."""
        while True:
            await asyncio.sleep(TICK)
            await passing.wait()
            for group in list(self._groups.values()):
                await self._tell(group.tick(time.monotonic()))

    async def _tell(self, answers):
        for (client, version, correlation), answer in answers:
            writer = Writer().put("i", correlation)
            if isinstance(answer, kafka_groups.Join):
                if version >= 2:
                    writer.put("i", 0)
                writer.put("hi", answer.error, answer.generation).string(answer.protocol).string(answer.leader)
                writer.string(answer.member).array(
                    answer.members, lambda each: writer.string(each[0]).bytes(each[1]))
            elif isinstance(answer, tuple) and not isinstance(answer, kafka_groups.Sync):
                error, topics = answer
                writer.array(topics, lambda topic: writer.string(topic[0]).array(
                    topic[1], lambda partition: writer.put("ih", partition, error)))
            else:
                if version >= 1:
                    writer.put("i", 0)
                if isinstance(answer, kafka_groups.Sync):
                    writer.put("h", answer.error).bytes(answer.assignment)
                else:
                    writer.put("h", answer)
            try:
                await self._send(client, bytes(writer.data))
            except OSError:
                pass  # The client has closed its connection.
