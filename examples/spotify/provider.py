"""A stand-in for the provider, on a free port of this machine: an API that wants
a key, webhooks that are signed (https://www.standardwebhooks.com), and OAuth
with PKCE (RFC 7636, S256). It knows nothing of the vault.
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
        self.keys, self.codes, self.refresh_tokens, self.signing = set(), {}, set(), None
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

    # Its API.

    def get(self, request):
        url = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path == "/authorize":
            code = secrets.token_urlsafe(16)
            self.codes[code] = query["code_challenge"]
            back = query["redirect_uri"] + "?" + urlencode({"code": code, "state": query["state"]})
            answer(request, 302, {}, location=back)
        elif url.path != "/v1/play":
            answer(request, 404, {})
        elif not self.knows(request):
            answer(request, 401, {"error": "invalid key"})
        else:
            answer(request, 200, {"playing": query["song"]})

    def post(self, request):
        body = json.loads(request.rfile.read(int(request.headers["content-length"])))
        if request.path == "/v1/token":
            verifier = base64.urlsafe_b64encode(hashlib.sha256(body["code_verifier"].encode()).digest())
            if self.codes.pop(body["code"], None) != verifier.decode().rstrip("="):
                return answer(request, 400, {"error": "invalid_grant"})
            token = "rt-" + secrets.token_hex(16)
            self.refresh_tokens.add(token)
            return answer(request, 200, {"refresh_token": token})
        if request.path != "/v1/webhooks" or not self.knows(request):
            return answer(request, 401, {"error": "invalid key"})
        self.signing = secrets.token_bytes(24)
        return answer(request, 200, {"signing_secret": "whsec_" + base64.b64encode(self.signing).decode()})

    def knows(self, request):
        return request.headers.get("authorization", "").removeprefix("Bearer ") in self.keys


def answer(request, status, body, location=None):
    body = json.dumps(body).encode()
    request.send_response(status)
    if location:
        request.send_header("location", location)
    request.send_header("content-type", "application/json")
    request.send_header("content-length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
