"""What the scripts beside this one write with: cases, and the primitives of both
encodings.

Written from the protocol's description and not from the Rust code, so that the
two can disagree.
"""
import json
import sys
from pathlib import Path

CASES = []


def case(message, codec, name, data, error):
    data = data.encode() if isinstance(data, str) else bytes(data)
    CASES.append({"name": f"{codec}/{message}/{name}", "message": message, "codec": codec,
                  "hex": data.hex(), "error": error})


def req(name, data, error="malformed"):
    case("request", "postcard", name, data, error)


def resp(name, data, error="malformed"):
    case("response", "postcard", name, data, error)


def jreq(name, data, error="malformed"):
    case("request", "json", name, data, error)


def jresp(name, data, error="malformed"):
    case("response", "json", name, data, error)


def varint(value, width=None):
    out = []
    while True:
        out.append(value & 0x7F)
        value >>= 7
        if not value:
            break
    while width and len(out) < width:
        out.append(0)
    return bytes([byte | 0x80 for byte in out[:-1]] + [out[-1]])


def text(value):
    data = value if isinstance(value, bytes) else value.encode()
    return varint(len(data)) + data


def write(name):
    """Writes every case. The result is frozen: what is there is not overwritten."""
    path = Path(__file__).with_name(name)
    if path.exists():
        sys.exit(f"{path} is frozen")
    path.write_text("[\n" + ",\n".join("  " + json.dumps(entry) for entry in CASES) + "\n]\n")
    print(len(CASES), "cases")
