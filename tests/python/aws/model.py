"""Is an answer what the service model says? Unlike botocore's own parser, which
passes over what it does not know, everything here has to be known, of the right
type, within its lengths and one of its words."""

import base64
import binascii
import json
import re

# What every operation of the service may answer, which the model does not repeat.
EVERYWHERE = {
    "AccessDeniedException",
    "IncompleteSignatureException",
    "InvalidArnException",
    "InvalidSignatureException",
    "LimitExceededException",
    "MissingAuthenticationTokenException",
    "SerializationException",
    "ThrottlingException",
    "UnrecognizedClientException",
    "UnsupportedOperationException",
    "ValidationException",
}


def wrong(operation, status, headers, body):
    """What is wrong with an answer; nothing when it is good."""
    kind = headers.get("content-type", "")
    if kind != "application/x-amz-json-1.1":
        return f"content type {kind!r}"
    if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", headers.get("x-amzn-requestid", "")):
        return "no request id"
    if status != 200:
        return _wrong_refusal(operation, status, json.loads(body))
    if operation.output_shape is None:
        return None if body in (b"", b"{}") else f"an answer where there is none: {body[:80]}"
    return _wrong(operation.output_shape, json.loads(body), operation.name)


def _wrong_refusal(operation, status, said):
    if set(said) != {"__type", "message"}:
        return f"an error of {sorted(said)}"
    if said["__type"] not in {shape.name for shape in operation.error_shapes} | EVERYWHERE:
        return f"{said['__type']} is no error of this operation"
    return None if status == 400 else f"{said['__type']} with status {status}"


def _wrong(shape, value, at):
    check = CHECKS.get(shape.type_name)
    return check(shape, value, at) if check else f"{at}: a {shape.type_name}"


def _structure(shape, value, at):
    if not isinstance(value, dict):
        return f"{at}: {type(value).__name__}, not an object"
    for name in shape.required_members:
        if name not in value:
            return f"{at}.{name} is missing"
    for name, member in value.items():
        if name not in shape.members:
            return f"{at}.{name} is unknown"
        if found := _wrong(shape.members[name], member, f"{at}.{name}"):
            return found
    return None


def _list(shape, value, at):
    if not isinstance(value, list):
        return f"{at}: {type(value).__name__}, not a list"
    return next((found for item in value if (found := _wrong(shape.member, item, f"{at}[]"))), None)


def _map(shape, value, at):
    if not isinstance(value, dict):
        return f"{at}: {type(value).__name__}, not a map"
    return next((found for name, item in value.items() if (found := _wrong(shape.value, item, f"{at}[{name}]"))), None)


def _string(shape, value, at):
    if not isinstance(value, str):
        return f"{at}: {type(value).__name__}, not a string"
    if shape.enum and value not in shape.enum:
        return f"{at}: {value!r} is none of {shape.enum}"
    pattern = shape.metadata.get("pattern")
    if pattern and not re.fullmatch(pattern, value):
        return f"{at}: {value!r} does not match {pattern}"
    return _length(shape, len(value), at)


def _blob(shape, value, at):
    if not isinstance(value, str):
        return f"{at}: {type(value).__name__}, not base64"
    try:
        return _length(shape, len(base64.b64decode(value, validate=True)), at)
    except binascii.Error as error:
        return f"{at}: {error}"


def _length(shape, length, at):
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", length)
    return None if least <= length <= most else f"{at}: {length} long, not {least} to {most}"


def _integer(shape, value, at):
    return None if type(value) is int else f"{at}: {value!r} is no whole number"


def _timestamp(shape, value, at):
    good = type(value) in (int, float) and 1_500_000_000 < value < 4_000_000_000
    return None if good else f"{at}: {value!r} is no time of now"


def _boolean(shape, value, at):
    return None if type(value) is bool else f"{at}: {value!r} is neither true nor false"


CHECKS = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "blob": _blob,
    "integer": _integer,
    "timestamp": _timestamp,
    "boolean": _boolean,
}
