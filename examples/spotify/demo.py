"""The scenario from end to end, each step printed and each looked at. Here are
those whom the extension meets: the operator, the user's settings page, the
provider. `run` starts this beside a vault that lives as long as it does.
"""
import asyncio
import json
import os
import subprocess
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
from imperal_sdk.manifest import generate_manifest
from imperal_sdk.secrets import SecretClient

import extension
from extension import Context, NotAuthorized
from provider import Provider
from vault import Refused, Vault

GATEWAY, SOCKET = os.environ["VAULTD_IMPERAL"], os.environ["VAULTD_SOCKET"]
APP, USER = extension.ext.app_id, "alice"
WORKERS = 6


def vaultctl(*arguments):
    return subprocess.run([os.environ["VAULTCTL"], *arguments], check=True, stdout=subprocess.PIPE).stdout


def step(text):
    print(f"== {text}", flush=True)


def expect(found, wanted):
    """An example that goes on after something else happened shows nothing."""
    if found != wanted:
        raise SystemExit(f"not as it should be: {found!r}, not {wanted!r}")


async def settings_page(http, token, value):
    """The user pastes a value. A token of role panel writes and never reads."""
    headers = {"Authorization": f"Bearer {token}", "X-Acting-User": USER}
    url = f"{GATEWAY}/v1/secrets/{APP}/api_key"
    stored = await http.put(url, headers=headers, json={"value": value})
    expect((await http.get(url, headers=headers)).json()["detail"]["error_code"], "SECRET_READ_FORBIDDEN")
    return stored.raise_for_status().json()["version"]


def workers(ctx, token):
    """What the handler answers in each of several workers that start together. Each has a
    thread and connections of its own, as it would have a process."""
    answers = []

    async def work():
        async with httpx.AsyncClient(timeout=20) as http:
            vault = Vault(SOCKET, APP, token)
            answers.append(await extension.profile(replace(ctx, vault=vault, http=http)))
            vault.close()

    threads = [threading.Thread(target=asyncio.run, args=(work(),)) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


async def main(http, provider):
    step("the operator adds the app, as the SDK's manifest declares it, and makes its tokens")
    with tempfile.TemporaryDirectory() as directory:
        manifest = Path(directory) / "imperal.json"
        manifest.write_text(json.dumps(generate_manifest(extension.ext)))
        vaultctl("app", "add", str(manifest))
    make = ("token", "create", APP, "--for", "any", "--json")
    token = json.loads(vaultctl(*make))["token"]
    panel = json.loads(vaultctl(*make, "--role", "panel"))["token"]
    vault = Vault(SOCKET, APP, token)
    ctx = Context(USER, SecretClient(ext_id=APP, imperal_id=USER, auth_gw_base=GATEWAY, session_token=token,
                                     declared=extension.ext.secrets), vault, provider.base, http, GATEWAY, token)

    step("the gate, before the handler runs")
    missing = await extension.missing(ctx)
    expect([secret["name"] for secret in missing], ["api_key"])
    print(f"   missing: api_key. {missing[0]['description']}")

    step("the user sets it, once, on a page that can write and not read")
    key = provider.make_key()
    print(f"   stored as version {await settings_page(http, panel, key)}")
    expect(await extension.missing(ctx), [])

    step("the handler reads it and calls the provider")
    expect(await extension.play(ctx, "Blue Monday"), (200, {"playing": "Blue Monday"}))
    print("   200, playing Blue Monday")

    step("the user rotates it: the old key is worth nothing, the next call uses the new one")
    provider.revoke_key(key)
    expect((await extension.play(ctx, "Blue Monday"))[0], 401)
    print(f"   stored as version {await settings_page(http, panel, provider.make_key())}")
    expect(await extension.play(ctx, "Temptation"), (200, {"playing": "Temptation"}))
    print("   200, playing Temptation")

    step("a webhook is proven inside the vault, with a secret that stays there")
    await extension.subscribe(ctx)
    headers, body = provider.webhook({"track": "Temptation"})
    query = {"user": USER}
    for said, sent, wanted in [
        ("changed on its way", body.replace(b"Temptation", b"Regret"), 401),
        ("genuine", body, 200),
        ("the same again", body, 401),
    ]:
        answer = await extension.changed(ctx, headers, sent.decode(), query)
        print(f"   {said}: {answer['status_code']}")
        expect(answer["status_code"], wanted)

    step("the user authorizes the extension; the callback has no session, the state says whose it is")
    url = extension.authorize_url(ctx, "http://127.0.0.1/v1/ext/spotify/webhook/callback")
    back = (await http.get(url)).headers["location"]
    query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    answer = await extension.callback(ctx, {}, "", query)
    expect(answer, {"status_code": 200, "user": f"ext:{USER}", "version": 1})
    expect({await ctx.secrets.get("refresh_token")}, set(provider.refresh_tokens))
    print("   refresh_token stored for ext:alice as version 1")
    expect((await extension.callback(ctx, {}, "", query))["status_code"], 400)
    print("   the same state again: 400")
    try:
        vault.set_if(f"ext:{USER}", "refresh_token", "older", 0)
    except Refused as refused:
        expect((refused.kind, refused.fields), ("conflict", {"current": 1}))
        print("   a slower worker's older token: conflict, what is stored stays")
    else:
        raise SystemExit("an older token replaced a newer one")
    account = await extension.profile(ctx)
    expect({account}, set(provider.refresh_tokens.values()))

    step(f"the access token expires, and {WORKERS} workers see it at the same moment: one refreshes")
    for rotation in (1, 2, 3):
        provider.expire(together=WORKERS)
        expect(await asyncio.to_thread(workers, ctx, token), [account] * WORKERS)
        expect((provider.refreshed, vault.version(f"ext:{USER}", "refresh_token")), (rotation, rotation + 1))
        print(f"   {WORKERS} answers, {provider.refreshed} refreshed, refresh_token is version {rotation + 1}")
    provider.expire()
    expect(await extension.profile(ctx), account)
    expect({await ctx.secrets.get("refresh_token")}, set(provider.refresh_tokens))
    print("   the last refresh token is the one that is stored, and works")

    step("what a lost race would have cost: an old refresh token ends the authorization")
    spent = next(iter(provider.spent))
    expect((await http.post(f"{provider.base}/v1/token", json={"refresh_token": spent})).status_code, 400)
    try:
        await extension.profile(ctx)
    except NotAuthorized as error:
        print(f"   {error}: the user has to authorize again")
    else:
        raise SystemExit("an old refresh token was taken")
    vault.close()
    step("done")


async def run():
    provider = Provider()
    try:
        async with httpx.AsyncClient(timeout=10) as http:
            await main(http, provider)
    finally:
        provider.close()


if __name__ == "__main__":
    asyncio.run(run())
