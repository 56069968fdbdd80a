"""The unmodified SecretClient of imperal-sdk against a daemon's gateway.

    conformance.py SETTINGS.json PHASE

The Rust test starts and ends daemons, makes apps and tokens, and runs one phase
after another: open, revoked, sealed, dead, hung. A failed expectation is an
AssertionError. Everything that is logged goes, at DEBUG, to the file that the
settings name; the Rust test looks there for values and tokens.
"""
import asyncio
import importlib.metadata
import json
import logging
import sys
import time
from urllib.parse import urlsplit

from imperal_sdk.secrets import (
    SecretClient,
    SecretNotDeclaredError,
    SecretSpec,
    SecretValueTooLarge,
    SecretVaultUnavailable,
    SecretWriteForbidden,
)

LIMIT = 65_536


def declared(**changes):
    """The manifest, with what a client that lies would change of it."""
    def spec(name, mode, **more):
        return SecretSpec(name=name, description=f"What {name} is for", write_mode=mode, **more)

    specs = {
        "api_key": spec("api_key", "user", required=True),
        "refresh_token": spec("refresh_token", "extension"),
        "cookie": spec("cookie", "both"),
        "blob": spec("blob", "both", max_bytes=LIMIT),
        "meta": spec("meta", "both"),
        "client_id": spec("client_id", "user", scope="app"),
    }
    # Under names that no specification may have, too.
    specs.update({name: spec("any", mode, max_bytes=LIMIT) for name, mode in changes.items()})
    return specs


async def raises(expected, coroutine, *words):
    """Awaits it and looks at what it raises."""
    try:
        got = await coroutine
    except expected as error:
        assert type(error) is expected, f"{type(error).__name__} for {expected.__name__}"
        for word in words:
            assert word in str(error), f"{word!r} not in {error}"
        return
    raise AssertionError(f"no {expected.__name__}, but {type(got).__name__}")


class Phases:
    def __init__(self, settings):
        self.settings = settings

    def client(self, user="alice", token="extension", ext="spotify", base=None, **lies):
        return SecretClient(
            ext_id=ext,
            imperal_id=user,
            auth_gw_base=base or self.settings["base"],
            session_token=self.settings["tokens"].get(token, token),
            declared=declared(**lies),
        )

    async def open(self):
        await self.every_method()
        await self.values_are_byte_exact()
        await self.the_clients_own_checks()
        await self.lifted_checks()
        await self.users_and_apps_are_apart()
        await self.the_panel_writes_and_never_reads()
        await self.racing_calls()
        await self.lost_answers_are_asked_for_again()

    async def every_method(self):
        client = self.client(base=self.settings["base"] + "/")
        assert await client.get("refresh_token") is None
        assert await client.is_set("refresh_token") is False
        assert await client.delete("refresh_token") is False
        assert await client.set("refresh_token", self.settings["canary"]) is None
        assert await client.is_set("refresh_token") is True
        assert await self.accessed("refresh_token") is None, "status is not a read"
        assert await client.get("refresh_token") == self.settings["canary"]
        accessed = await self.accessed("refresh_token")
        assert type(accessed) is int and abs(accessed - time.time()) < 600, "epoch seconds"

        statuses = {status.name: status for status in await client.list()}
        assert sorted(statuses) == sorted([*declared(), "account"]), sorted(statuses)
        for name, status in statuses.items():
            assert status.description == f"What {name} is for"
            assert type(status.is_set) is bool
            assert self.settings["canary"] not in repr(status)
        assert statuses["refresh_token"].is_set and not statuses["api_key"].is_set
        assert await client.get("client_id") == "the app's own", "the app reads what its owner stored"

        assert await client.set("refresh_token", "rotated") is None
        assert await client.get("refresh_token") == "rotated"
        assert await client.delete("refresh_token") is True
        assert await client.delete("refresh_token") is False
        assert await client.get("refresh_token") is None
        # A secret that is called as a route is.
        await client.set("meta", "m")
        assert await client.get("meta") == "m" and await client.is_set("meta")

    async def accessed(self, name):
        return {status.name: status.last_accessed_at for status in await self.client().list()}[name]

    async def values_are_byte_exact(self):
        client = self.client()
        odd = ["a", " a ", "\n", "a\r\n", "\t", "\0", "\x01\x1f\x7f", "ä", "a\u0308", "\ufeffx", "\u2028\u2029",
               "\U0001f600\U0010ffff", "null", '"', "\\", '\\"\\u0000', '{"value":"x"}', "%00&+", "</script>"]
        for value in odd:
            await client.set("cookie", value)
            assert await client.get("cookie") == value, repr(value)
        for name, limit in [("cookie", 4_096), ("blob", LIMIT)]:
            for unit in ["a", "\x01", '"', "ä", "\U0001f600"]:
                value = unit * (limit // len(unit.encode()))
                assert len(value.encode()) == limit
                await client.set(name, value)
                assert await client.get(name) == value, f"{limit} bytes of {unit!r}"
                await raises(SecretValueTooLarge, client.set(name, value + "a"))

    async def the_clients_own_checks(self):
        client = self.client()
        for call in [client.get("nobody"), client.set("nobody", "x"), client.delete("nobody"), client.is_set("nobody")]:
            await raises(SecretNotDeclaredError, call)
        await raises(SecretWriteForbidden, client.set("api_key", "x"))
        await raises(SecretWriteForbidden, client.delete("api_key"))
        await raises(SecretValueTooLarge, client.set("cookie", "a" * 4_097))

    async def lifted_checks(self):
        """What the client would have refused, sent all the same."""
        liar = self.client(api_key="both", cookie="both", client_id="both", nobody="both", account="both", **{"a b": "both"})
        assert await liar.get("nobody") is None
        assert await liar.is_set("nobody") is False
        await raises(RuntimeError, liar.set("nobody", "x"), "404")
        await raises(RuntimeError, liar.delete("nobody"), "404")
        for name in ["api_key", "client_id"]:
            await raises(RuntimeError, liar.set(name, "x"), "403")
            await raises(RuntimeError, liar.delete(name), "403")
        assert await liar.get("client_id") == "the app's own"
        before = await liar.get("cookie")
        await raises(RuntimeError, liar.set("cookie", "a" * 4_097), "413")
        await raises(RuntimeError, liar.set("cookie", "ä" * 2_049), "413")
        assert await liar.get("cookie") == before
        # Declared with instances, which the client cannot name.
        await raises(RuntimeError, liar.set("account", "x"), "422")
        await raises(RuntimeError, liar.get("a b"), "422")

    async def users_and_apps_are_apart(self):
        alice, bob = self.client(), self.client("bob")
        await alice.set("cookie", "of alice")
        await bob.set("cookie", "of bob")
        assert await alice.get("cookie") == "of alice"
        assert await alice.for_user("bob").get("cookie") == "of bob"
        assert await alice.for_user("carol").get("cookie") is None
        await self.every_call_fails(self.client("carol", token="alice_only"), "403", cookie_only=True)
        assert await self.client(token="alice_only").get("cookie") == "of alice"
        for user, status in [("uid:0", "403"), ("ext:alice", "422"), ("", "422"), ("a b", "422")]:
            await self.every_call_fails(alice.for_user(user), status, cookie_only=True)
        for ext in ["other", "absent", "personal", "spotif"]:
            await self.every_call_fails(self.client(ext=ext), "403")
        await self.every_call_fails(self.client(token="of_other"), "403")
        assert await alice.get("cookie") == "of alice"

    async def the_panel_writes_and_never_reads(self):
        panel = self.client(token="panel", api_key="both", refresh_token="both", client_id="both")
        await panel.set("api_key", "by the user")
        await raises(RuntimeError, panel.get("api_key"), "403")
        assert await panel.is_set("api_key") is True
        assert await self.client().get("api_key") == "by the user"
        await raises(RuntimeError, panel.set("refresh_token", "x"), "403")
        assert await panel.delete("refresh_token") is False, "the user may revoke what the app stored"
        assert "client_id" not in [status.name for status in await panel.list()]
        assert await panel.get("client_id") is None
        assert await panel.delete("api_key") is True

    async def racing_calls(self):
        """Fifty writers, a hundred readers: a read is one whole value."""
        client = self.client()
        values = [str(n) * 1_000 for n in range(50)]
        await client.set("blob", values[0])
        found = await asyncio.gather(
            *(client.set("blob", value) for value in values),
            *(client.get("blob") for _ in range(100)),
            *(client.list() for _ in range(10)),
        )
        assert all(value in values for value in found[50:150])
        last = await client.get("blob")
        assert last in values
        assert [await client.get("blob") for _ in range(5)] == [last] * 5
        deleted = await asyncio.gather(*(client.delete("blob") for _ in range(20)))
        assert sorted(deleted) == [False] * 19 + [True], "one of them deleted it"

    async def lost_answers_are_asked_for_again(self):
        """The request arrives, its answer does not: the client asks again, and
        a value that was stored twice is stored."""
        async with Losing(self.settings["base"], 2) as proxy:
            client = self.client(base=proxy.base)
            await client.set("cookie", "stored twice")
            assert proxy.lost == 2 and await self.client().get("cookie") == "stored twice"
        async with Losing(self.settings["base"], 2) as proxy:
            assert await self.client(base=proxy.base).get("cookie") == "stored twice"
            assert proxy.lost == 2
        async with Losing(self.settings["base"], 9) as proxy:
            await raises(SecretVaultUnavailable, self.client(base=proxy.base).get("cookie"))
            await raises(SecretVaultUnavailable, self.client(base=proxy.base).delete("cookie"))
            assert proxy.lost == 4, "a delete is never repeated"
        assert await self.client().get("cookie") is None, "it was deleted, though nobody heard"

    async def revoked(self):
        for token in ["extension", "panel", "nonsense", "vlt_" + "0" * 64]:
            await self.every_call_fails(self.client(token=token), "401")

    async def sealed(self):
        client = self.client()
        await raises(SecretVaultUnavailable, client.get("cookie"), "503")
        await raises(SecretVaultUnavailable, client.set("cookie", self.settings["canary"]), "503")
        for call in [client.delete("cookie"), client.is_set("cookie"), client.list()]:
            await raises(RuntimeError, call, "503")

    async def dead(self):
        client = self.client()
        for call in self.calls(client):
            await raises(SecretVaultUnavailable, call, "unreachable")

    async def hung(self):
        began = time.monotonic()
        calls = self.calls(self.client())
        await asyncio.gather(*(raises(SecretVaultUnavailable, call, "Timeout") for call in calls))
        assert 14 < time.monotonic() - began < 40, "three attempts of five seconds"

    def calls(self, client):
        value = self.settings["canary"]
        return [client.get("cookie"), client.set("cookie", value), client.delete("cookie"), client.is_set("cookie"),
                client.list()]

    async def every_call_fails(self, client, status, cookie_only=False):
        for call in self.calls(client):
            await raises(RuntimeError, call, status)


class Losing:
    """A server in between that passes on a request, swallows its answer and
    hangs up; after so many it passes on answers too."""

    def __init__(self, base, count):
        self.count, self.lost = count, 0
        self.to = urlsplit(base)

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.base = "http://127.0.0.1:%d" % self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self.server.close()

    async def serve(self, reader, writer):
        inner, outer = await asyncio.open_connection(self.to.hostname, self.to.port)
        outer.write(await self.message(reader))
        answer = await self.message(inner)
        if self.lost < self.count:
            self.lost += 1
        else:
            writer.write(answer)
            await writer.drain()
        outer.close()
        writer.close()

    @staticmethod
    async def message(reader):
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        length = int(lengths[0].split(b":")[1]) if lengths else 0
        return head + await reader.readexactly(length)


def main():
    with open(sys.argv[1]) as file:
        settings = json.load(file)
    logging.basicConfig(level=logging.DEBUG, filename=settings["log"])
    version = importlib.metadata.version("imperal-sdk")
    assert version == "6.3.7", version
    asyncio.run(getattr(Phases(settings), sys.argv[2])())
    print(f"imperal-sdk {version}, {sys.argv[2]}: as it should be")


if __name__ == "__main__":
    main()
