#!/usr/bin/env python3
"""Holds the AWS door's answers against AWS's own description of KMS.

    VAULT_AWS_ANSWERS=FILE cargo test -p vaultd --lib aws_kms
    python shapes.py FILE

FILE has a request and its answer a line. The description is the one that
botocore comes with; nothing of it is kept here. Looked at is every answer:
members that the operation has, their types, enumerations, lengths and
patterns, what is required; and of a refusal, its name.
"""
import base64
import collections
import json
import re
import sys

import botocore.loaders

# Names that any operation of the service may answer, and that the description leaves out.
ANYWHERE = {"ValidationException", "SerializationException", "AccessDeniedException"}
# Where the vault refuses what AWS would do, or does what AWS would not: docs/KMS.md.
OURS = {"UnsupportedOperationException", "DryRunOperationException", "LimitExceededException"}


class Model:
    def __init__(self):
        self.service = botocore.loaders.Loader().load_service_model("kms", "service-2")
        self.shapes = self.service["shapes"]
        self.operations = self.service["operations"]

    def check(self, name, value, path):
        shape = self.shapes[name]
        kind = shape["type"]
        wrong = getattr(self, "check_" + kind)(shape, value, path)
        if not wrong and "enum" in shape and value not in shape["enum"]:
            wrong = [f"{path}: {value!r} is not in {name}"]
        return wrong

    def check_structure(self, shape, value, path):
        if not isinstance(value, dict):
            return [f"{path}: not an object"]
        wrong = [f"{path}.{name} is required" for name in shape.get("required", []) if name not in value]
        for name, inner in value.items():
            member = shape["members"].get(name)
            wrong += self.check(member["shape"], inner, f"{path}.{name}") if member else [f"{path}.{name}: unknown"]
        return wrong

    def check_list(self, shape, value, path):
        if not isinstance(value, list):
            return [f"{path}: not a list"]
        return sum((self.check(shape["member"]["shape"], one, path + "[]") for one in value), [])

    def check_map(self, shape, value, path):
        if not isinstance(value, dict):
            return [f"{path}: not a map"]
        return sum((self.check(shape["value"]["shape"], one, path + "{}") for one in value.values()), [])

    def check_string(self, shape, value, path):
        if not isinstance(value, str):
            return [f"{path}: not a string"]
        wrong = self.length(shape, len(value), path)
        if "pattern" in shape and not re.fullmatch(shape["pattern"], value):
            wrong.append(f"{path}: {value!r} does not match {shape['pattern']}")
        return wrong

    def check_blob(self, shape, value, path):
        try:
            return self.length(shape, len(base64.b64decode(value, validate=True)), path)
        except (TypeError, ValueError):
            return [f"{path}: not base64"]

    def check_integer(self, shape, value, path):
        if type(value) is not int:
            return [f"{path}: not a whole number"]
        return self.length(shape, value, path)

    def check_boolean(self, _, value, path):
        return [] if isinstance(value, bool) else [f"{path}: not true or false"]

    def check_timestamp(self, _, value, path):
        return [] if type(value) in (int, float) and 0 < value < 253402300800 else [f"{path}: not a time"]

    def length(self, shape, length, path):
        low, high = shape.get("min", 0), shape.get("max", sys.maxsize)
        return [] if low <= length <= high else [f"{path}: {length} is not within {low} to {high}"]


def main():
    model, wrong, counts = Model(), [], collections.Counter()
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            operation, answer = line["operation"], line["answer"]
            known = model.operations.get(operation)
            if line["status"] != 200:
                names = {error["shape"] for error in known["errors"]} if known else set()
                if answer["__type"] not in names | ANYWHERE | OURS:
                    wrong.append(f"{operation}: {answer['__type']}: {answer['message']}")
                counts["refusals"] += 1
            elif known is None:
                wrong.append(f"{operation}: AWS has no such operation")
            elif "output" in known:
                wrong += model.check(known["output"]["shape"], answer, operation)
                counts[operation] += 1
            else:
                wrong += [f"{operation}: answers something"] if answer else []
                counts[operation] += 1
    for what in sorted(set(wrong)):
        print(what)
    answered = len(counts) - 1
    print(f"{counts.pop('refusals')} refusals and {sum(counts.values())} answers of {answered} operations: "
          f"{len(set(wrong))} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
