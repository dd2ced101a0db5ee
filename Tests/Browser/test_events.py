"""The live channel, tested with an independent WebSocket library and with a bare socket."""

import asyncio
import base64
import json
import os
import signal
import socket
import struct
import time

import images
import pytest
import websockets
from websockets.asyncio.client import connect


# The id of a job that does not exist.
UNKNOWN_JOB = "01a1fd78-1661-78e8-a283-6d9837ba9505"


def address(master, job=None):
    return f"{master.url.replace('http', 'ws', 1)}/api/v1/events" + (f"?job={job}" if job else "")


async def receive(channel, kind=None, within=60):
    """The next message, or the next one of a kind."""
    async with asyncio.timeout(within):
        while True:
            message = json.loads(await channel.recv())
            if kind is None or message["type"] == kind:
                return message


@pytest.fixture(scope="module")
def picture():
    return images.encoded(images.pixels(2048, 1536))


def test_a_snapshot_comes_first_then_changes_up_to_the_end_of_a_job(master, picture):
    async def run():
        async with connect(address(master)) as channel:
            first = await receive(channel)
            assert first["type"] == "snapshot"
            assert set(first) == {"type", "version", "jobs", "workers", "statistics"}
            job = await asyncio.to_thread(master.submit, picture, "blur:ksize=31")
            seen = []
            while not seen or seen[-1]["status"] != "completed":
                message = await receive(channel, "job")
                if message["job"]["job_id"] == job["job_id"]:
                    seen.append(message["job"])
            counts = [state["progress"]["completed"] for state in seen]
            assert counts == sorted(counts)
            assert seen[-1] == master.get(f"jobs/{job['job_id']}")
            status, _, _ = await asyncio.to_thread(master.request, "DELETE", job["links"]["self"])
            assert status == 204
            assert (await receive(channel, "job_deleted"))["job_id"] == job["job_id"]
    asyncio.run(run())


def test_a_client_that_follows_a_job_gets_all_of_its_tiles_and_no_other_job(master, picture):
    async def run():
        mine = await asyncio.to_thread(master.submit, picture, "median:ksize=9,median:ksize=9,median:ksize=9")
        other = await asyncio.to_thread(master.submit, picture)
        async with connect(address(master, mine["job_id"])) as channel:
            first = await receive(channel)
            assert [job["job_id"] for job in first["jobs"]] == [mine["job_id"]]
            tiles = first["tiles"]
            states = list(tiles["states"])
            assert len(states) == tiles["columns"] * tiles["rows"] == 12
            while True:
                message = await receive(channel)
                if message["type"] == "tiles":
                    assert (message["job_id"], message["pass"]) == (mine["job_id"], 1)
                    for tile in message["tiles"]:
                        states[tile["position"]] = tile["state"]
                        assert (tile["state"] == "c") == ("worker" in tile)
                if message["type"] == "job":
                    assert message["job"]["job_id"] == mine["job_id"]
                    if message["job"]["status"] == "completed":
                        break
            assert states == ["c"] * 12
        await asyncio.to_thread(master.wait_for, other)
    asyncio.run(run())


def test_an_unknown_job_has_an_empty_snapshot(master):
    async def run():
        async with connect(address(master, UNKNOWN_JOB)) as channel:
            first = await receive(channel)
            assert first["jobs"] == [] and "tiles" not in first
    asyncio.run(run())


def test_progress_comes_at_most_ten_times_a_second(master):
    large = images.encoded(images.pixels(5120, 4096))

    async def run():
        async with connect(address(master)) as channel:
            await receive(channel, "snapshot")
            job = await asyncio.to_thread(master.submit, large, "invert,invert,invert,invert", format="bmp")
            times = []
            while True:
                message = await receive(channel, "job", within=60)
                if message["job"]["job_id"] == job["job_id"]:
                    times.append(time.monotonic())
                    if message["job"]["status"] == "completed":
                        break
            # Some slack is allowed, because messages wait in the sockets of a busy machine.
            assert len(times) <= 12 * (times[-1] - times[0]) + 4
    asyncio.run(run())


def test_workers_are_reported(master):
    async def run():
        async with connect(address(master)) as channel:
            worker = (await receive(channel, "worker"))["worker"]
            assert worker["status"] == "online"
            assert len(worker["tiles_per_s_history"]) <= 30
    asyncio.run(run())


def test_pings_are_answered(master):
    async def run():
        async with connect(address(master)) as channel:
            assert await asyncio.wait_for(await channel.ping(b"abc"), 5) >= 0
    asyncio.run(run())


def test_messages_of_clients_are_ignored(master):
    async def run():
        async with connect(address(master)) as channel:
            await channel.send("hello")
            await channel.send(b"\x00\xff")
            await channel.send(["in ", "two parts"])
            assert await asyncio.wait_for(await channel.ping(), 5) >= 0
    asyncio.run(run())


@pytest.mark.parametrize("message, code", [("x" * 20000, 1009), (["x" * 9000, "x" * 9000], 1009)])
def test_too_long_messages_end_the_connection(master, message, code):
    async def run():
        async with connect(address(master)) as channel:
            await channel.send(message)
            with pytest.raises(websockets.ConnectionClosed) as ended:
                while True:
                    await asyncio.wait_for(channel.recv(), 10)
            assert ended.value.rcvd.code == code
    asyncio.run(run())


# MARK: The protocol, byte for byte


class RawClient:
    """A client that sends any frame, valid or not."""

    def __init__(self, master, headers=(), path="/api/v1/events"):
        self.socket = socket.create_connection(("127.0.0.1", master.port), timeout=10)
        lines = [
            f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{master.port}", "Upgrade: websocket", "Connection: Upgrade",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}", *headers]
        if not any(header.startswith("Sec-WebSocket-Version") for header in headers):
            lines.append("Sec-WebSocket-Version: 13")
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        while self.file.readline().strip():
            pass

    def send(self, opcode, data=b"", fin=True, masked=True, rsv=0):
        mask = os.urandom(4)
        body = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data)) if masked else data
        length = bytes([len(data) | (0x80 if masked else 0)]) if len(data) < 126 else \
            bytes([126 | (0x80 if masked else 0)]) + struct.pack("!H", len(data))
        self.socket.sendall(bytes([opcode | (0x80 if fin else 0) | rsv << 4]) + length + (mask if masked else b"") + body)

    def close_code(self):
        """The code of the master's close frame. None if it closes without one."""
        while True:
            head = self.file.read(2)
            if len(head) < 2:
                return None
            assert not head[1] & 0x80, "frames of a server are not masked"
            length = head[1]
            if length == 126:
                length = struct.unpack("!H", self.file.read(2))[0]
            elif length == 127:
                length = struct.unpack("!Q", self.file.read(8))[0]
            data = self.file.read(length)
            if head[0] & 0x0F == 8:
                return struct.unpack("!H", data[:2])[0] if data else 1005

    def close(self):
        self.file.close()
        self.socket.close()


@pytest.mark.parametrize("frames, code", [
    ([dict(opcode=1, data=b"x", masked=False)], 1002),
    ([dict(opcode=1, data=b"x", rsv=4)], 1002),
    ([dict(opcode=3)], 1002),
    ([dict(opcode=11)], 1002),
    ([dict(opcode=0, data=b"x")], 1002),
    ([dict(opcode=1, fin=False), dict(opcode=1)], 1002),
    ([dict(opcode=9, fin=False)], 1002),
    ([dict(opcode=9, data=b"x" * 126)], 1002),
    ([dict(opcode=1, data=b"\xc3")], 1007),
    ([dict(opcode=8, data=b"\x03")], 1002),
    ([dict(opcode=8, data=b"\x03\xed")], 1002),
    ([dict(opcode=8, data=b"\x03\xe8\xc3")], 1007),
    ([dict(opcode=8)], 1005),
    ([dict(opcode=8, data=b"\x03\xe8bye")], 1000),
    ([dict(opcode=1, data=b"x", fin=False), dict(opcode=9), dict(opcode=0, data=b"y"), dict(opcode=8, data=b"\x0f\xa0")], 4000),
])
def test_a_closing_or_invalid_frame_ends_the_connection(master, frames, code):
    client = RawClient(master)
    assert client.status == 101
    for frame in frames:
        client.send(**frame)
    assert client.close_code() == code
    client.close()


@pytest.mark.parametrize("headers, path, status", [
    (["Origin: http://elsewhere.example"], "/api/v1/events", 403),
    (["Origin: null"], "/api/v1/events", 403),
    (["Sec-WebSocket-Version: 8"], "/api/v1/events", 426),
    ([], "/api/v1/events?job=nonsense", 400),
    ([], "/api/v1/nothing", 404),
])
def test_invalid_handshakes_are_refused(master, headers, path, status):
    client = RawClient(master, headers, path)
    assert client.status == status
    client.close()


def test_the_masters_own_origin_is_accepted(master):
    client = RawClient(master, [f"Origin: {master.url}"])
    assert client.status == 101
    client.close()


def test_a_request_without_an_upgrade_is_answered_with_426(master):
    status, headers, body = master.request("GET", "/api/v1/events")
    assert status == 426 and headers["Upgrade"] == "websocket"
    assert json.loads(body)["type"].endswith("upgrade-required")


# MARK: Many, slow and at the end


def test_only_the_slow_reader_is_disconnected(own_master):
    """One client reads nothing while the master sends far more than its socket and its queue hold."""
    master = own_master("--local-workers", "0", "--min-size", "64", "--max-queue", "100000")
    picture = images.encoded(images.pixels(64, 64))
    # Jobs whose messages are long.
    wordy = dict(transforms=",".join(["brightness:delta=-12.34567890123"] * 32), filename="\N{SNOWMAN}" * 200)

    async def run():
        slow = socket.socket()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", master.port))
        key = base64.b64encode(os.urandom(16)).decode()
        slow.sendall((
            f"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:{master.port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        async with connect(address(master)) as quick:
            await receive(quick, "snapshot")

            def is_connected():
                found = False
                with open("/proc/net/tcp") as table:
                    for line in table.read().splitlines()[1:]:
                        fields = line.split()
                        here, there = (int(field.split(":")[1], 16) for field in fields[1:3])
                        found |= (here, there, fields[3]) == (master.port, slow.getsockname()[1], "01")
                return found

            async def read():
                while True:
                    await quick.recv()

            reader = asyncio.create_task(read())
            assert is_connected()
            async with asyncio.timeout(240):
                while is_connected():
                    await asyncio.gather(*(asyncio.to_thread(master.submit, picture, **wordy) for _ in range(8)))
            # The quick client has to read meanwhile, because unread messages would delay the answer to its ping.
            assert await asyncio.wait_for(await quick.ping(), 30) >= 0
            assert not reader.done()
            reader.cancel()
        slow.close()
    asyncio.run(run())


def memory_kilobytes(pid):
    """Anonymous memory of the process, without files and shared pages."""
    with open(f"/proc/{pid}/smaps_rollup") as rollup:
        fields = dict(line.split(":") for line in rollup.read().splitlines()[1:])
    return int(fields["Anonymous"].split()[0])


async def five_hundred_clients(master):
    """The clients follow a job that does not exist, so that this process is idle while a job runs."""
    clients = []
    for _ in range(10):
        clients += await asyncio.gather(*(
            connect(address(master, UNKNOWN_JOB), ping_interval=None, compression=None) for _ in range(50)))
    await asyncio.gather(*(receive(client, "snapshot") for client in clients))
    return clients


def test_five_hundred_idle_clients_take_little_memory(own_master, picture):
    master = own_master("--local-workers", "1")
    master.wait_for_workers(1)
    # The first jobs make the heap grow.
    for _ in range(3):
        master.wait_for(master.submit(picture, "invert", format="bmp"))

    async def run():
        before = memory_kilobytes(master.process.pid)
        clients = await five_hundred_clients(master)
        cost = memory_kilobytes(master.process.pid) - before
        await asyncio.gather(*(client.close() for client in clients))
        print(f"500 clients: {cost / 1024:.1f} MB")
        assert cost < 50 * 1024
    asyncio.run(run())


@pytest.mark.measurement
def test_five_hundred_idle_clients_take_little_time(own_master, picture):
    master = own_master("--local-workers", "1")
    master.wait_for_workers(1)

    def seconds():
        """The duration of a job, the best of seven, because other work on the machine only adds to it."""
        times = []
        for _ in range(7):
            start = time.monotonic()
            master.wait_for(master.submit(picture, "median:ksize=21,blur:ksize=99", format="bmp"))
            times.append(time.monotonic() - start)
        return min(times)

    async def run():
        first = await asyncio.to_thread(seconds)
        clients = await five_hundred_clients(master)
        together = await asyncio.to_thread(seconds)
        await asyncio.gather(*(client.close() for client in clients))
        alone = max(first, await asyncio.to_thread(seconds))
        print(f"a job alone {alone:.2f} s, with 500 clients {together:.2f} s")
        assert together < 1.25 * alone
    asyncio.run(run())


def test_an_idle_channel_still_gets_statistics(own_master):
    """Pages consider a channel dead after 40 s without messages, because they do not see pings."""
    master = own_master("--local-workers", "0")

    async def run():
        async with connect(address(master)) as channel:
            await receive(channel, "snapshot")
            for _ in range(2):
                await receive(channel, "statistics", within=15)
    asyncio.run(run())


@pytest.mark.parametrize("data", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"hello\r\n\r\n"])
def test_bytes_that_are_no_request_get_400_at_once(master, data):
    """As when a browser tries https."""
    with socket.create_connection(("127.0.0.1", master.port), timeout=10) as stranger:
        stranger.sendall(data)
        answer = stranger.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400")


def close_handshake(master):
    """Returns the seconds until the connection is closed."""
    client = RawClient(master)
    client.send(8, b"\x03\xe8")
    start = time.monotonic()
    assert client.close_code() == 1000
    assert client.file.read() == b""
    client.close()
    return time.monotonic() - start


def test_a_close_frame_is_answered(master):
    close_handshake(master)


@pytest.mark.measurement
def test_a_close_frame_is_answered_soon(master):
    assert min(close_handshake(master) for _ in range(5)) < 0.5


def test_an_ending_master_closes_its_channels(own_master):
    end_master(own_master("--local-workers", "0"))


@pytest.mark.measurement
def test_open_channels_do_not_delay_the_masters_end(own_master):
    assert end_master(own_master("--local-workers", "0")) < 4


def end_master(master):
    """Ends a master with 20 clients, and checks their close frames. Returns the seconds that it took."""

    async def run():
        clients = [await connect(address(master)) for _ in range(20)]
        # A connection without any request. It must not delay the end.
        idle = socket.create_connection(("127.0.0.1", master.port))
        start = time.monotonic()
        status = await asyncio.to_thread(master.stop, signal.SIGTERM)
        took = time.monotonic() - start
        assert status == 0
        for client in clients:
            with pytest.raises(websockets.ConnectionClosed) as ended:
                while True:
                    await asyncio.wait_for(client.recv(), 10)
            assert ended.value.rcvd.code == 1001
        idle.close()
        return took
    return asyncio.run(run())
