"""The extension: what it declares, and its handlers. Nothing in it knows that the
vault is not the hosted one, but for what the SDK cannot do: see vault.py.

A value is a local variable of the handler that uses it, and nowhere else.
"""
import asyncio
import time
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx
from imperal_sdk import Extension
from imperal_sdk.secrets import SecretClient

from vault import Refused, Vault

ext = Extension("spotify", display_name="Spotify", description="Plays your music from a chat")
ext.secret(name="api_key", description="The key of your Spotify account: Dashboard, Settings, API key",
           required=True, rotation_hint_days=90)(lambda: None)
ext.secret(name="signing_secret", description="Written when the extension subscribes to webhooks",
           write_mode="extension")(lambda: None)
ext.secret(name="refresh_token", description="Written when you authorize the extension",
           write_mode="extension")(lambda: None)
ext.secret(name="access_token", description="Written when you authorize the extension, and whenever it has expired",
           write_mode="extension")(lambda: None)
ext.secret(name="refresh_turn", description="No secret: until when a worker of the extension is refreshing",
           write_mode="extension")(lambda: None)

PROVIDER = "spotify-accounts"
# In this order: an access token can be had again, a refresh token cannot.
TOKENS = ("refresh_token", "access_token")
# After so many seconds whoever has the turn is given up, and a refusal is final.
TURN, PATIENCE = 30, 60


class NotAuthorized(Exception):
    """The user has to authorize the extension, again or for the first time."""


@dataclass
class Context:
    """Of one call, as the platform makes it: for whom, and where things are."""
    user: str
    secrets: SecretClient
    vault: Vault
    provider: str
    http: httpx.AsyncClient
    # Where the vault's own gateway is, and the token this extension has there.
    gateway: str
    token: str


async def missing(ctx):
    """The gate, before any handler: what the user has to set. No value, one call."""
    headers = {"Authorization": f"Bearer {ctx.token}", "X-Acting-User": ctx.user}
    answer = await ctx.http.get(f"{ctx.gateway}/v1/gate/{ext.app_id}", headers=headers)
    return answer.raise_for_status().json()["missing"]


async def play(ctx, song):
    """Plays a song: the status and the body of the provider's answer."""
    key = await ctx.secrets.get("api_key")
    answer = await ctx.http.get(f"{ctx.provider}/v1/play", params={"song": song}, headers=bearer(key))
    return answer.status_code, answer.json()


async def subscribe(ctx):
    """Asks the provider for webhooks and keeps the secret they are signed with."""
    key = await ctx.secrets.get("api_key")
    answer = await ctx.http.post(f"{ctx.provider}/v1/webhooks", json={"user": ctx.user}, headers=bearer(key))
    await ctx.secrets.set("signing_secret", answer.raise_for_status().json()["signing_secret"])


@ext.webhook("/changed", method="POST")
async def changed(ctx, headers, body, query_params):
    """A webhook. Its URL says which user it is for, and that user's secret proves it."""
    try:
        ctx.vault.verify_webhook(f"ext:{query_params.get('user', '')}", "signing_secret", headers, body.encode(),
                                 headers.get("webhook-id"))
    except Refused as refused:
        # A forgery or a copy, nothing set, no such user: which, is not told. Anybody can
        # ask here, and would learn who uses this extension.
        if refused.kind in ("webhook_refused", "missing", "invalid"):
            return {"status_code": 401, "body": ""}
        raise
    return {"status_code": 200, "body": ""}


def authorize_url(ctx, callback):
    """Where the user goes to authorize the extension."""
    state, challenge = ctx.vault.oauth_begin(f"ext:{ctx.user}", PROVIDER)
    query = {"state": state, "code_challenge": challenge, "code_challenge_method": "S256", "redirect_uri": callback}
    return f"{ctx.provider}/authorize?{urlencode(query)}"


@ext.webhook("/callback", method="GET")
async def callback(ctx, headers, body, query_params):
    """The user comes back, without a session: the state says who they are."""
    try:
        user, verifier = ctx.vault.oauth_redeem(query_params.get("state", ""))
    except Refused as refused:
        if refused.kind == "state_refused":
            return {"status_code": 400, "error": refused.kind}
        raise
    # Before the provider is asked: what is stored in between is newer than ours.
    versions = [ctx.vault.version(user, name) for name in TOKENS]
    answer = await ctx.http.post(f"{ctx.provider}/v1/token",
                                 json={"code": query_params.get("code"), "code_verifier": verifier})
    store_tokens(ctx.vault, user, answer.raise_for_status().json(), versions)
    return {"status_code": 200, "user": user, "version": ctx.vault.version(user, "refresh_token")}


async def profile(ctx):
    """Whose account it is, as the provider tells the user's access token."""
    token, version = ctx.vault.get(f"ext:{ctx.user}", "access_token")
    answer = await ctx.http.get(f"{ctx.provider}/v1/me", headers=bearer(token))
    if answer.status_code == 401:
        token = await fresh_token(ctx, version)
        answer = await ctx.http.get(f"{ctx.provider}/v1/me", headers=bearer(token))
    return answer.raise_for_status().json()["account"]


async def fresh_token(ctx, refused):
    """An access token newer than the version that the provider refused.

    Every worker sees the refusal, and one may refresh: a refresh token works once, and one
    that comes twice counts as stolen and ends the authorization (RFC 9700, section 4.14.2).
    Compare-and-set gives the turn to one of them, wherever they run; the others wait for
    what it stores.
    """
    user, give_up = f"ext:{ctx.user}", time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        token, version = ctx.vault.get(user, "access_token")
        if version > refused:
            return token
        turn = take_turn(ctx.vault, user)
        if turn is None:
            await asyncio.sleep(0.05)
            continue
        try:
            await refresh(ctx, user, refused)
        finally:
            end_turn(ctx.vault, user, turn)
    raise TimeoutError("nobody has refreshed the access token")


async def refresh(ctx, user, refused):
    """What one worker at a time does."""
    (token, version), (_, known) = [ctx.vault.get(user, name) for name in TOKENS]
    # Whoever had the turn before has done it.
    if known > refused:
        return
    if token is None:
        raise NotAuthorized("no refresh token is stored")
    answer = await ctx.http.post(f"{ctx.provider}/v1/token", json={"refresh_token": token})
    if answer.status_code == 400:
        raise NotAuthorized("the provider no longer takes the refresh token")
    store_tokens(ctx.vault, user, answer.raise_for_status().json(), [version, known])


def store_tokens(vault, user, tokens, versions):
    """Stores each by version: what somebody else stored meanwhile is newer, and stays."""
    for name, version in zip(TOKENS, versions):
        try:
            vault.set_if(user, name, tokens[name], version)
        except Refused as refused:
            if refused.kind != "conflict":
                raise
            return


def take_turn(vault, user):
    """The version of one's turn; nothing when it is somebody else's."""
    until, version = vault.get(user, "refresh_turn")
    if until and time.time() < float(until):
        return None
    try:
        return vault.set_if(user, "refresh_turn", str(time.time() + TURN), version)
    except Refused as refused:
        if refused.kind != "conflict":
            raise
        return None


def end_turn(vault, user, turn):
    try:
        vault.set_if(user, "refresh_turn", "0", turn)
    except Refused as refused:
        # It took too long, and the turn is another's by now.
        if refused.kind != "conflict":
            raise


def bearer(key):
    # Deleted since the gate was asked. Without this, "Bearer None" goes out.
    if key is None:
        raise LookupError("what this needs is not set")
    return {"Authorization": f"Bearer {key}"}
