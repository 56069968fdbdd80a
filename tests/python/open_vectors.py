#!/usr/bin/env python3
"""Opens the frozen vectors of `tests/vectors` without a line of the vault's code.

Written from the format's description: the standard library, and the ChaCha20-
Poly1305 and Argon2id of `cryptography`. XChaCha20 is built here from HChaCha20
(draft-irtf-cfrg-xchacha, section 2.2). Every valid vector must open to what it
says and every invalid one must be refused; anything else ends with status 1.
"""
import hashlib
import hmac
import json
import struct
import sys
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

PADDED = (1, 6)
KMS = 3
PLAINTEXT_MAX = (1 << 20) + 16


class Refused(Exception):
    """The one answer to everything that is not genuine."""


def need(condition):
    if not condition:
        raise Refused


def lp(data):
    return struct.pack(">I", len(data)) + data


def mac(key, *parts):
    return hmac.new(key, b"".join(parts), hashlib.sha256).digest()


def expand(prk, info, length):
    """HKDF-Expand, RFC 5869 section 2.3."""
    out, block, count = b"", b"", 0
    while len(out) < length:
        count += 1
        block = mac(prk, block, info, bytes([count]))
        out += block
    return out[:length]


def hchacha20(key, nonce):
    """The subkey for a 16-byte nonce."""
    state = list(struct.unpack("<4I", b"expand 32-byte k") + struct.unpack("<8I", key) + struct.unpack("<4I", nonce))

    def quarter(a, b, c, d):
        for into, by, turned, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            state[into] = (state[into] + state[by]) & 0xFFFFFFFF
            word = state[turned] ^ state[into]
            state[turned] = (word << bits | word >> (32 - bits)) & 0xFFFFFFFF

    for _ in range(10):
        for column in range(4):
            quarter(column, column + 4, column + 8, column + 12)
        for row in ((0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            quarter(*row)
    return struct.pack("<8I", *state[:4], *state[12:])


def xchacha20_poly1305_open(key, nonce, aad, sealed):
    try:
        cipher = ChaCha20Poly1305(hchacha20(key, nonce[:16]))
        return cipher.decrypt(b"\0\0\0\0" + nonce[16:], sealed, aad)
    except InvalidTag:
        raise Refused from None


def padded_len(length):
    """max(256, Padmé) of the record and its length field."""
    total = length + 4
    if total <= 256:
        return 256
    exponent = total.bit_length() - 1
    low = exponent - exponent.bit_length()
    mask = (1 << low) - 1
    return (total + mask) & ~mask


def caller_context(pairs):
    keys = [key for key, _ in pairs]
    need(len(set(keys)) == len(keys))
    return struct.pack(">I", len(pairs)) + b"".join(lp(key) + lp(value) for key, value in sorted(pairs))


def context(prefix, place):
    pairs = [(bytes.fromhex(key), bytes.fromhex(value)) for key, value in place["caller"]]
    name = bytes.fromhex(place["name"])
    scope, vault = bytes.fromhex(place["scope"]), bytes.fromhex(place["vault"])
    return lp(prefix) + vault + scope + lp(name) + struct.pack(">Q", place["version"]) + lp(caller_context(pairs))


def parse(data):
    """Kind, key version, prefix, nonce, commitment, ciphertext with tag."""
    need(len(data) >= 12 and data[:6] == b"VLT1\x01\x01" and 1 <= data[6] <= 8 and data[7] == 0)
    kind = data[6]
    start = 28 if kind == KMS else 12
    need(len(data) >= start + 24 + 32 + 16)
    prefix, nonce, commitment = data[:start], data[start:start + 24], data[start + 24:start + 56]
    sealed = data[start + 56:]
    need(len(sealed) - 16 <= padded_len(PLAINTEXT_MAX))
    return kind, struct.unpack(">I", data[8:12])[0], prefix, nonce, commitment, sealed


def open_envelope(key, kind, place, data):
    found, _, prefix, nonce, commitment, sealed = parse(data)
    need(found == kind)
    ctx = context(prefix, place)
    prk = mac(nonce, key)
    okm = expand(prk, b"vault/v1/env" + hashlib.sha256(ctx).digest(), 64)
    need(hmac.compare_digest(okm[32:], commitment))
    plain = xchacha20_poly1305_open(okm[:32], nonce, ctx, sealed)
    if kind not in PADDED:
        return plain
    need(len(plain) >= 4)
    length = struct.unpack(">I", plain[:4])[0]
    need(4 + length <= len(plain) == padded_len(length) and not any(plain[4 + length:]))
    return plain[4:4 + length]


def place(vault, name, version):
    """Of the system's own records."""
    return {"vault": vault.hex(), "scope": "00" * 16, "name": name.hex(), "version": version, "caller": []}


def load(directory, name):
    return json.loads((directory / name).read_text())


def check_valid(directory):
    vectors = load(directory, "envelope/valid.json")["vectors"]
    for vector in vectors:
        data = bytes.fromhex(vector["bytes"])
        plain = open_envelope(bytes.fromhex(vector["key"]), vector["kind"], vector["place"], data)
        assert plain.hex() == vector["plaintext"], vector["name"]
        _, version, prefix, nonce, _, _ = parse(data)
        assert version == vector["key_version"] and nonce.hex() == vector["nonce"], vector["name"]
        assert (prefix[12:].hex() or None) == vector["kms_key"], vector["name"]
    return len(vectors)


def check_invalid(directory):
    refused = 0
    for path in sorted((directory / "envelope").glob("*.json")):
        for group in json.loads(path.read_text()).get("groups", []):
            base = group["base"]
            open_envelope(bytes.fromhex(base["key"]), base["kind"], base["place"], bytes.fromhex(base["bytes"]))
            for case in group["cases"]:
                vector = {**base, **case}
                try:
                    key, data = bytes.fromhex(vector["key"]), bytes.fromhex(vector["bytes"])
                    open_envelope(key, vector["kind"], vector["place"], data)
                except Refused:
                    refused += 1
                else:
                    raise AssertionError(f"{path.stem}: {case['name']} was opened")
    assert refused >= 500, refused
    return refused


def check_rows(directory):
    file = load(directory, "rows/v1.json")
    for index in file["indexes"]:
        name, label = index["name"].encode(), lp(b"vault/v1/index")
        found = mac(bytes.fromhex(file["index_key"]), label, bytes.fromhex(index["scope"]), lp(name))[:16]
        assert found.hex() == index["index"], index["name"]
    total = 0
    for row in file["rows"]:
        *_, commitment, sealed = parse(bytes.fromhex(row["bytes"]))
        claims = bytes.fromhex(row["bytes"])
        kind_and_version = claims[6:7] + claims[8:12]
        fields = lp(bytes.fromhex(row["key"])) + struct.pack(">Q", row["revision"]) + kind_and_version
        fields += commitment + sealed[-16:]
        leaf = mac(bytes.fromhex(file["row_set_key"]), fields)
        assert leaf.hex() == row["leaf"]
        total = (total + int.from_bytes(leaf, "big")) % (1 << 256)
    assert total.to_bytes(32, "big").hex() == file["sum"]
    return len(file["indexes"]) + len(file["rows"])


def check_state(directory):
    file = load(directory, "state/v1.json")
    vault, key = bytes.fromhex(file["vault"]), bytes.fromhex(file["state_key"])
    for vector in file["vectors"]:
        plain = open_envelope(key, 5, place(vault, b"state", vector["sequence"]), bytes.fromhex(vector["bytes"]))
        fields = struct.unpack(">B16sQQQ32sQ32s32sQ32sQ", plain)
        names = ("incarnation", "epoch", "sequence", "count", "sum", "generation", "header", "layout",
                 "audit_sequence", "audit_head", "highest_ms")
        assert fields[0] == 1
        for name, field in zip(names, fields[1:], strict=True):
            assert (field.hex() if isinstance(field, bytes) else field) == vector[name], name
    return len(file["vectors"])


class Reader:
    def __init__(self, data):
        self.data = data

    def take(self, length):
        need(len(self.data) >= length)
        head, self.data = self.data[:length], self.data[length:]
        return head

    def number(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def lp(self):
        return self.take(self.number(">I"))


def crockford(text):
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    bits = "".join(f"{alphabet.index(letter):05b}" for letter in text if letter != "-")
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def slot_secret(slot):
    """The 32 bytes a slot key is derived from."""
    secret, params = bytes.fromhex(slot["secret"]), bytes.fromhex(slot["params"])
    if slot["kind"] == 1:
        algorithm, memory, passes, lanes, salt = struct.unpack(">BIII16s", params)
        assert algorithm == 1
        return Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=memory).derive(secret)
    return crockford(secret.decode())[:32] if slot["kind"] == 3 else secret


def check_header(directory):
    file = load(directory, "header/v1.json")
    data, vault, root = (bytes.fromhex(file[name]) for name in ("bytes", "vault", "root"))
    assert hashlib.sha256(data).hexdigest() == file["sha256"]

    def derived(label):
        return expand(root, lp(label) + vault, 32)

    mac_key, keyring_key = derived(b"vault/v1/root/header-mac"), derived(b"vault/v1/root/keyring")
    assert (mac_key.hex(), keyring_key.hex()) == (file["header_mac_key"], file["keyring_key"])
    assert mac(mac_key, data[:-32]) == data[-32:]

    reader = Reader(data[:-32])
    assert reader.take(6) == b"VLTH\x01\x01" and reader.take(16) == vault
    assert reader.number(">I") == int(file["development"])
    assert (reader.number(">Q"), reader.number(">Q")) == (file["epoch"], file["generation"])
    assert reader.number(">I") == file["root_version"] and reader.take(2) == b"\x01\x01"
    assert reader.number(">B") == len(file["slots"])
    labels = {1: b"vault/v1/slot/passphrase", 2: b"vault/v1/slot/key-file",
              3: b"vault/v1/slot/recovery", 4: b"vault/v1/slot/credential"}
    for slot in file["slots"]:
        slot_id, kind = reader.take(16), reader.number(">B")
        assert (slot_id.hex(), kind) == (slot["id"], slot["kind"])
        label, params, wrap = reader.lp(), reader.lp(), reader.lp()
        assert (label.decode(), params.hex(), wrap.hex()) == (slot["label"], slot["params"], slot["wrap"])
        key = expand(slot_secret(slot), lp(labels[kind]) + vault + slot_id, 32)
        assert key.hex() == slot["slot_key"], labels[kind]
        name = b"slot" + slot_id + bytes([kind]) + lp(params)
        assert open_envelope(key, 2, place(vault, name, file["root_version"]), wrap) == b"\x01" + root
    keyring = reader.lp()
    assert not reader.data and keyring.hex() == file["keyring"]

    reader = Reader(open_envelope(keyring_key, 8, place(vault, b"keyring", file["generation"]), keyring))
    assert reader.take(1) == b"\x01" and reader.number(">H") == len(file["keys"])
    for key in file["keys"]:
        assert (reader.number(">B"), reader.number(">I")) == (key["role"], key["version"])
        assert reader.take(32).hex() == key["key"]
    assert not reader.data
    forged = [case for case in load(directory, "header/invalid.json")["cases"] if case["error"] == "forged"]
    for case in forged:
        data = bytes.fromhex(case["bytes"])
        assert mac(mac_key, data[:-32]) != data[-32:], case["name"]
    return len(file["slots"]) + len(file["keys"]) + 1 + len(forged)


CHUNK, SECTOR = 65_536, 512


class Damaged(Exception):
    """A stream that is not whole: the word says how, `out` is what was released."""


def stream_subkeys(key, fixed):
    """The chunks' key, the commitment, the nonces' prefix."""
    okm = expand(mac(fixed[12:], key), b"vault/v1/stream" + hashlib.sha256(fixed).digest(), 83)
    return okm[:32], okm[32:64], okm[64:]


def stream_nonce(prefix, number, last):
    return prefix + struct.pack(">IB", number, last)


def seal_stream(key, file_id, sealed, plain):
    room = -(-(len(sealed) + 36) // SECTOR) * SECTOR
    fixed = b"VLTS\x01\x01\0\0" + struct.pack(">I", room) + file_id
    chunk_key, commitment, prefix = stream_subkeys(key, fixed)
    slot = (lp(sealed)).ljust(room - 32, b"\0")
    slot += hashlib.sha256(fixed + slot).digest()
    chunks = [plain[at:at + CHUNK] for at in range(0, len(plain), CHUNK)] or [b""]
    out = (fixed + commitment).ljust(SECTOR, b"\0") + slot + slot
    for number, chunk in enumerate(chunks):
        nonce = stream_nonce(prefix, number, number == len(chunks) - 1)
        cipher = ChaCha20Poly1305(hchacha20(chunk_key, nonce[:16]))
        out += cipher.encrypt(b"\0\0\0\0" + nonce[16:], chunk, None)
    return out


def stream_sealed(fixed, slot):
    """The sealed data key of a slot that is whole."""
    contents, given = slot[:-32], slot[-32:]
    length = struct.unpack(">I", contents[:4])[0]
    whole = hashlib.sha256(fixed + contents).digest() == given and 1 <= length <= 6_144
    return contents[4:4 + length] if whole and not any(contents[4 + length:]) else None


def open_stream(key, data):
    """The sealed data key and the plaintext."""
    def unless(condition, word):
        if not condition:
            raise Damaged(word, b"")

    unless(data and data[:4] == b"VLTS"[:len(data)], "not encrypted")
    unless(len(data) >= SECTOR, "short")
    unless(data[4:6] == b"\x01\x01", "unknown")
    room = struct.unpack(">I", data[8:12])[0]
    unless(data[6:8] == b"\0\0" and not any(data[76:SECTOR]), "malformed")
    unless(room % SECTOR == 0 and SECTOR <= room <= 6_656, "malformed")
    unless(len(data) >= SECTOR + 2 * room, "short")
    slots = [stream_sealed(data[:44], data[at:at + room]) for at in (SECTOR, SECTOR + room)]
    sealed = slots[0] or slots[1]
    unless(sealed, "malformed")
    chunk_key, commitment, prefix = stream_subkeys(key, data[:44])
    unless(hmac.compare_digest(commitment, data[44:76]), "wrong key")

    def opened(number, last, chunk):
        try:
            return xchacha20_poly1305_open(chunk_key, stream_nonce(prefix, number, last), None, chunk)
        except Refused:
            return None

    out, rest, number = b"", data[SECTOR + 2 * room:], 0
    while True:
        chunk, rest = rest[:CHUNK + 16], rest[CHUNK + 16:]
        last = not rest
        plain = opened(number, last, chunk)
        if plain is None:
            other = len(chunk) == CHUNK + 16 and opened(number, not last, chunk) is not None
            if not last:
                raise Damaged("extended" if other else f"corrupt {number}", out)
            if len(chunk) < 16 or other:
                raise Damaged(f"truncated {number + other}", out)
            raise Damaged(f"end {number}" if len(chunk) < CHUNK + 16 else f"corrupt {number}", out)
        if not plain and number:
            raise Damaged(f"corrupt {number}", out)
        out += plain
        if last:
            return sealed, out
        number += 1


def check_stream(directory):
    files = {}
    for vector in load(directory, "stream/v1.json")["vectors"]:
        plain = bytes((i * i + 3 * i) % 251 for i in range(vector["plaintext_len"]))
        key, file_id, sealed = (bytes.fromhex(vector[name]) for name in ("key", "id", "sealed"))
        data = seal_stream(key, file_id, sealed, plain)
        assert len(data) == vector["len"] and hashlib.sha256(data).hexdigest() == vector["sha256"], vector["name"]
        assert (data[:76].hex(), data[-17:].hex()) == (vector["begins"], vector["ends"]), vector["name"]
        assert open_stream(key, data) == (sealed, plain), vector["name"]
        files[vector["name"]] = key, plain, data
    damaged = load(directory, "stream/damaged.json")
    key, plain, base = files[damaged["base"]]
    for case in damaged["cases"]:
        data = bytearray(b"".join(base[start:end] for start, end in case["pieces"]))
        if case["flip"] is not None:
            data[case["flip"]] ^= 1
        try:
            open_stream(key, bytes(data))
        except Damaged as damage:
            word, out = damage.args
            assert (word, out) == (case["error"], plain[:case["released"]]), case["name"]
        else:
            raise AssertionError(f"{case['name']} was opened")
    return len(files) + len(damaged["cases"])


def main():
    # The example of the draft, section 2.2.1: the ground under all the rest.
    subkey = hchacha20(bytes(range(32)), bytes.fromhex("000000090000004a0000000031415927"))
    assert subkey.hex() == "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc"
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "vectors"
    checks = (check_valid, check_invalid, check_rows, check_state, check_header, check_stream)
    print(", ".join(f"{check.__name__.removeprefix('check_')} {check(directory)}" for check in checks))


if __name__ == "__main__":
    main()
