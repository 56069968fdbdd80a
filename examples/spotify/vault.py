"""What an extension needs of the vault and `ctx.secrets` does not have: proving
a webhook, an OAuth flow, storing by version. docs/PROTOCOL.md, version 2, JSON;
with nothing but the standard library.
"""
import base64
import json
import os
import socket
import struct

FRAME_MAX = 1088 * 1024


class Refused(Exception):
    """The vault said no: `kind` is the error's name, `fields` what it tells."""

    def __init__(self, error):
        (self.kind, self.fields), = error.items()
        super().__init__(f"{self.kind} {json.dumps(self.fields)}")


class Vault:
    """A connection on which a token was presented: it acts as the token's app."""

    def __init__(self, path, app, token):
        self.app = app
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(10)
        sock.connect(path)
        # Anybody can listen where they can write: ask the kernel whose server
        # it is, before it is shown a token.
        _pid, uid, _gid = struct.unpack("iII", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        if uid not in (0, os.geteuid(), os.stat(os.path.dirname(path) or ".").st_uid):
            raise PermissionError(f"the server runs as uid {uid}, which is not trusted here")
        # "VLTP", lowest and highest version, codec 2 (JSON), 0.
        sock.sendall(b"VLTP" + bytes([2, 2, 2, 0]))
        # The stream keeps the descriptor; closing it ends the connection.
        self.stream = sock.makefile("rwb")
        sock.close()
        if self._receive(8) != b"VLTP" + bytes([2, 2, 0, 0]):
            raise ConnectionError("this vault does not speak version 2 in JSON")
        self._ask({"token": {"present": {"token": _base64(token.encode())}}}, None)

    def verify_webhook(self, user, name, headers, body, delivery):
        """Proves a Standard Webhook with a secret that stays in the vault."""
        headers = [{"name": name, "value": value} for name, value in headers.items()]
        self._secret(user, {"verify_webhook": {
            "name": name, "scheme": {"standard": {}}, "headers": headers, "body": _base64(body), "replay_id": delivery,
        }})

    def oauth_begin(self, user, provider):
        """The state, and the challenge (RFC 7636, S256), to send the user off with."""
        begun = self._secret(user, {"oauth_begin": {"app": self.app, "provider": provider}})["oauth_begun"]
        return base64.b64decode(begun["state"]).decode(), begun["code_challenge"]

    def oauth_redeem(self, state):
        """Whose flow it was, and its verifier. Works once."""
        redeem = {"oauth_redeem": {"app": self.app, "state": _base64(state.encode())}}
        redeemed = self._secret(None, redeem)["oauth_redeemed"]
        return redeemed["user"], base64.b64decode(redeemed["code_verifier"]).decode()

    def version(self, user, name):
        """The current version; 0 when nothing is stored."""
        return self._secret(user, {"describe": {"name": name}})["status"]["version"] or 0

    def get(self, user, name):
        """The current value and its version; nothing and 0 when it is not set."""
        try:
            value = self._ask({"vault": {"get": {"name": name}}}, user)["vault"]["value"]
        except Refused as refused:
            if refused.kind != "missing":
                raise
            return None, 0
        return base64.b64decode(value["value"]).decode(), value["version"]

    def set_if(self, user, name, value, version):
        """Stores a value if that version is still the current one, else `conflict`."""
        call = {"vault": {"set": {"name": name, "value": _base64(value.encode()), "if_version": version}}}
        return self._ask(call, user)["vault"]["set"]["version"]

    def close(self):
        self.stream.close()

    def _secret(self, user, call):
        return self._ask({"secret": call}, user)

    def _ask(self, call, user):
        request = {"id": 1, "call": call}
        if "token" not in call:
            request["acting"] = {"app": self.app, "user": user}
        request = json.dumps(request).encode()
        self.stream.write(struct.pack("<I", len(request)) + request)
        self.stream.flush()
        (length,) = struct.unpack("<I", self._receive(4))
        if not 0 < length <= FRAME_MAX:
            raise ConnectionError(f"frame of {length} bytes")
        result = json.loads(self._receive(length))["result"]
        if "err" in result:
            raise Refused(result["err"])
        return result["ok"]

    def _receive(self, length):
        data = self.stream.read(length)
        if len(data) < length:
            raise ConnectionError("the vault closed the connection")
        return data


def _base64(data):
    return base64.b64encode(data).decode()
