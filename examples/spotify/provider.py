"""A stand-in for the provider, on a free port of this machine: an API that wants
a key, webhooks that are signed (https://www.standardwebhooks.com), and OAuth
with PKCE (RFC 7636, S256) and refresh tokens that work once (RFC 9700, section
4.14.2). It knows nothing of the vault.
"""
import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit


class Provider:
    def __init__(self):
        self.keys, self.codes, self.signing = set(), {}, None
        # Tokens by whose authorization they are of; those that were refreshed with, too.
        self.access_tokens, self.refresh_tokens, self.spent = {}, {}, {}
        self.refreshed, self.together, self.lock = 0, None, threading.Lock()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                provider.get(self)

            def do_POST(self):
                provider.post(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    # What the user does on the provider's own pages.

    def make_key(self):
        key = "sk-" + secrets.token_hex(16)
        self.keys.add(key)
        return key

    def revoke_key(self, key):
        self.keys.discard(key)

    # What the provider does by itself.

    def webhook(self, event):
        """Headers and body of a webhook, as it would send them."""
        body, delivery, now = json.dumps(event).encode(), "msg_" + secrets.token_hex(8), str(int(time.time()))
        mac = hmac.digest(self.signing, f"{delivery}.{now}.".encode() + body, "sha256")
        signature = "v1," + base64.b64encode(mac).decode()
        return {"webhook-id": delivery, "webhook-timestamp": now, "webhook-signature": signature}, body

    def expire(self, together=None):
        """Access tokens do not live long. So many refusals of the next are told at once."""
        self.access_tokens.clear()
        self.together = together and threading.Barrier(together, self.met)

    def met(self):
        self.together = None

    # Its API.

    def get(self, request):
        url = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path == "/authorize":
            code = secrets.token_urlsafe(16)
            self.codes[code] = query["code_challenge"]
            back = query["redirect_uri"] + "?" + urlencode({"code": code, "state": query["state"]})
            answer(request, 302, {}, location=back)
        elif url.path == "/v1/me":
            account, together = self.access_tokens.get(bearer(request)), self.together
            if account is None and together:
                together.wait(timeout=10)
            answer(request, 401 if account is None else 200, {"account": account})
        elif url.path != "/v1/play":
            answer(request, 404, {})
        elif not self.knows(request):
            answer(request, 401, {"error": "invalid key"})
        else:
            answer(request, 200, {"playing": query["song"]})

    def post(self, request):
        body = json.loads(request.rfile.read(int(request.headers["content-length"])))
        if request.path == "/v1/token":
            with self.lock:
                account = self.refresh(body) if "refresh_token" in body else self.redeem(body)
                tokens = self.grant(account) if account else {"error": "invalid_grant"}
            return answer(request, 200 if account else 400, tokens)
        if request.path != "/v1/webhooks" or not self.knows(request):
            return answer(request, 401, {"error": "invalid key"})
        self.signing = secrets.token_bytes(24)
        return answer(request, 200, {"signing_secret": "whsec_" + base64.b64encode(self.signing).decode()})

    def redeem(self, body):
        """The account a code is for; it and its verifier work once."""
        verifier = base64.urlsafe_b64encode(hashlib.sha256(body["code_verifier"].encode()).digest())
        if self.codes.pop(body["code"], None) == verifier.decode().rstrip("="):
            return "account-" + secrets.token_hex(4)
        return None

    def refresh(self, body):
        """The account a refresh token is for. One that comes twice was stolen from one of
        the two who sent it, and nobody knows from which: the account's tokens all end."""
        token = body["refresh_token"]
        if token in self.spent:
            for tokens in (self.access_tokens, self.refresh_tokens):
                for gone in [one for one, account in tokens.items() if account == self.spent[token]]:
                    del tokens[gone]
            return None
        account = self.refresh_tokens.pop(token, None)
        if account:
            self.spent[token] = account
            self.refreshed += 1
        return account

    def grant(self, account):
        tokens = {"access_token": "at_" + secrets.token_hex(16), "refresh_token": "rt-" + secrets.token_hex(16)}
        self.access_tokens[tokens["access_token"]] = account
        self.refresh_tokens[tokens["refresh_token"]] = account
        return tokens

    def knows(self, request):
        return bearer(request) in self.keys


def bearer(request):
    return request.headers.get("authorization", "").removeprefix("Bearer ")


def answer(request, status, body, location=None):
    body = json.dumps(body).encode()
    request.send_response(status)
    if location:
        request.send_header("location", location)
    request.send_header("content-type", "application/json")
    request.send_header("content-length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
