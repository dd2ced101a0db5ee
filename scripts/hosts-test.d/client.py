"""Requests to the master that come from its own host, so that they work while its cable is pulled."""

import http.client
import json
import socket
import ssl

import network

NAME, PORT = "tiles.example.org", 8443


class Client:
    """Keeps one connection. Use it from one thread at a time."""

    def __init__(self, machine, authority, key):
        self._machine, self._key = machine, key
        self._tls = ssl.create_default_context(cafile=authority)
        self._connection = None

    def ask(self, method, path, body=None, headers={}):
        """Status and body.

        - Throws: `OSError` or `http.client.HTTPException` if the master does not answer.
        """
        try:
            if not self._connection:
                self._connection = _Connection(self._machine.cable.path, self._tls)
            self._connection.request(
                method, path, body, {"Authorization": f"Bearer {self._key}", **headers})
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def get(self, path):
        """- Throws: also `OSError` if the status is not 200."""
        status, body = self.ask("GET", path)
        if status != 200:
            raise OSError(f"GET {path} was answered with {status}: {body[:300]!r}")
        return json.loads(body)

    def close(self):
        if self._connection:
            self._connection.close()
        self._connection = None


class _Connection(http.client.HTTPSConnection):
    def __init__(self, namespace, tls):
        super().__init__(NAME, PORT, timeout=60, context=tls)
        self._namespace, self._tls = namespace, tls

    def connect(self):
        with network.inside(self._namespace):
            plain = socket.create_connection(("127.0.0.1", PORT), timeout=5)
        plain.settimeout(self.timeout)
        self.sock = self._tls.wrap_socket(plain, server_hostname=NAME)
