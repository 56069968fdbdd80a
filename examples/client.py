#!/usr/bin/env python3
"""A vault client in another language, with nothing but the standard library:
    client.py [--socket PATH] set NAME < value | get NAME | ls | status
A message is JSON in a frame: its length as four bytes, little-endian, then the
message. Secrets are base64 in it. Nobody logs in: the kernel says who we are.
"""
import argparse, base64, json, os, socket, struct, sys

SOCKETS = ["/run/vaultd/vaultd.sock", os.path.join(os.environ.get("XDG_RUNTIME_DIR", "/"), "vaultd/vaultd.sock")]
SOCKET = os.environ.get("VAULTD_SOCKET") or next(filter(os.path.exists, SOCKETS), SOCKETS[0])
STATUS = {1: "no common version", 2: "unknown codec", 3: "too many connections", 4: "not allowed", 5: "shutting down"}


def receive(stream, length):
    data = stream.read(length)
    if len(data) < length:
        raise ConnectionError("the server closed the connection")
    return data


def connect(path):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(10)
    sock.connect(path)
    # Anybody can listen where they can write: ask the kernel whose server it is.
    _pid, uid, _gid = struct.unpack("iII", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    if uid not in (0, os.geteuid(), os.stat(os.path.dirname(path) or ".").st_uid):
        raise PermissionError(f"the server runs as uid {uid}, which is not trusted here")
    # "VLTP", lowest and highest version, codec 2 (JSON), 0; the answer names the status.
    sock.sendall(b"VLTP" + bytes([1, 1, 2, 0]))
    stream = sock.makefile("rwb", buffering=65536)
    magic, version, codec, status, _ = struct.unpack("<4sBBBB", receive(stream, 8))
    if magic != b"VLTP" or status or (version, codec) != (1, 2):
        raise ConnectionError(STATUS.get(status, "not the vault protocol"))
    return stream


def ask(stream, call):
    request = json.dumps({"id": 1, "call": call}).encode()
    stream.write(struct.pack("<I", len(request)) + request)
    stream.flush()
    (length,) = struct.unpack("<I", receive(stream, 4))
    if not 0 < length <= 1088 * 1024:
        raise ConnectionError(f"frame of {length} bytes")
    result = json.loads(receive(stream, length))["result"]
    if "err" in result:
        raise RuntimeError(json.dumps(result["err"]))
    return result["ok"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", default=SOCKET)
    parser.add_argument("command", choices=["set", "get", "ls", "status"])
    parser.add_argument("name", nargs="?")
    args = parser.parse_args()
    if (args.command in ("set", "get")) != (args.name is not None):
        parser.error("set and get take a NAME, the others take none")
    vault = connect(args.socket)
    if args.command == "set":
        value = base64.b64encode(sys.stdin.buffer.read()).decode()  # never an argument: those are public
        print("version", ask(vault, {"set": {"name": args.name, "value": value}})["set"]["version"])
    elif args.command == "get":
        sys.stdout.buffer.write(base64.b64decode(ask(vault, {"get": {"name": args.name}})["value"]["value"]))
    elif args.command == "status":
        print(json.dumps(ask(vault, {"status": {}})["status"], indent=2))
    else:
        page, after = {"more": True, "secrets": True}, None
        while page["more"] and page["secrets"]:
            page = ask(vault, {"list": {"after": after, "limit": 1000, "deleted": False}})["list"]
            for secret in page["secrets"]:
                print(secret["app"], secret["name"], secret["version"], secret["state"], sep="\t")
                after = [secret["app"], secret["name"]]


if __name__ == "__main__":
    try:
        main()
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        sys.exit(f"client.py: {error}")
