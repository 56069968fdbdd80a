#!/usr/bin/env python3
"""Writes v1_invalid.json: bytes that are no version 1 message, and why.

Made by hand, apart from the Rust code: the encodings below are written from the
protocol's description, so that they can disagree with it. The result is frozen;
this refuses to overwrite it.
"""
import json
import sys
from pathlib import Path

CASES = []


def case(message, codec, name, data, error):
    data = data.encode() if isinstance(data, str) else bytes(data)
    CASES.append({"name": f"{codec}/{message}/{name}", "message": message, "codec": codec,
                  "hex": data.hex(), "error": error})


def req(name, data, error):
    case("request", "postcard", name, data, error)


def resp(name, data, error):
    case("response", "postcard", name, data, error)


def jreq(name, data, error):
    case("request", "json", name, data, error)


def jresp(name, data, error):
    case("response", "json", name, data, error)


def text(value):
    return bytes([len(value)]) + value.encode()


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


# Calls by number, in the order of the protocol.
STATUS, WHOAMI, SET, GET, LIST, DELETE, UNDELETE, HISTORY, UNSEAL, SEAL, SLOT_LIST, SLOT_ADD, SLOT_REMOVE, \
    REKEY_ROOT, REKEY_SCOPE, USER_LIST, USER_CONFIRM, USER_MOVE, USER_REMOVE, AUDIT_TAIL, AUDIT_VERIFY, \
    AUDIT_ROTATE, BACKUP_BEGIN, BACKUP_READ, BACKUP_END, CHECK = range(26)
NONE, SOME = b"\0", b"\1"
SET_X = bytes([7, SET]) + NONE + text("n") + text("x") + NONE

req("empty", b"", "truncated")
req("id_only", [7], "truncated")
req("id_unfinished", [0x80], "truncated")
req("id_eleven_bytes", [0x80] * 10 + [1, 0], "malformed")
req("id_over_64_bits", [0xFF] * 9 + [2, 0], "malformed")
req("id_two_bytes_for_7", varint(7, 2) + b"\0", "not_canonical")
req("id_ten_bytes_for_0", varint(0, 10) + b"\0", "not_canonical")
req("id_ten_bytes_for_7", varint(7, 10) + b"\0", "not_canonical")
req("call_two_bytes", bytes([7]) + varint(STATUS, 2), "not_canonical")
req("call_five_bytes", bytes([7]) + varint(CHECK, 5), "not_canonical")
req("call_unknown_26", [7, 26], "malformed")
req("call_unknown_127", [7, 127], "malformed")
req("call_unknown_largest", bytes([7]) + varint(2**32 - 1), "malformed")
req("call_over_32_bits", bytes([7]) + varint(2**32), "malformed")
for number, name in [(STATUS, "status"), (WHOAMI, "whoami"), (SEAL, "seal"), (SLOT_LIST, "slot_list"),
                     (USER_LIST, "user_list"), (AUDIT_VERIFY, "audit_verify"), (AUDIT_ROTATE, "audit_rotate"),
                     (CHECK, "check")]:
    req(f"trailing_after_{name}", [7, number, 0], "trailing")
req("two_messages", [7, STATUS, 8, STATUS], "trailing")
req("set_trailing", SET_X + b"\0", "trailing")
req("set_app_option_2", bytes([7, SET, 2]) + text("n") + text("x") + NONE, "malformed")
req("set_app_option_255", bytes([7, SET, 255]) + text("n") + text("x") + NONE, "malformed")
req("set_version_option_2", SET_X[:-1] + b"\2", "malformed")
req("set_version_missing", SET_X[:-1] + SOME, "truncated")
req("set_version_padded", SET_X[:-1] + SOME + varint(3, 2), "not_canonical")
req("set_version_zero_padded", SET_X[:-1] + SOME + varint(0, 3), "not_canonical")
req("set_version_over_64_bits", SET_X[:-1] + SOME + bytes([0xFF] * 9 + [0x7F]), "malformed")
req("set_name_not_utf8", bytes([7, SET]) + NONE + b"\1\xff" + text("x") + NONE, "malformed")
req("set_name_lone_surrogate", bytes([7, SET]) + NONE + b"\3\xed\xa0\x80" + text("x") + NONE, "malformed")
req("set_name_overlong_utf8", bytes([7, SET]) + NONE + b"\2\xc0\xaf" + text("x") + NONE, "malformed")
req("set_app_not_utf8", bytes([7, SET]) + SOME + b"\2\xc3\x28" + text("n") + text("x") + NONE, "malformed")
req("set_name_length_padded", bytes([7, SET]) + NONE + varint(1, 2) + b"n" + text("x") + NONE, "not_canonical")
req("set_value_length_padded", bytes([7, SET]) + NONE + text("n") + varint(1, 2) + b"x" + NONE, "not_canonical")
req("set_value_length_zero_padded", bytes([7, SET]) + NONE + text("n") + varint(0, 2) + NONE, "not_canonical")
req("set_value_longer_than_frame", bytes([7, SET]) + NONE + text("n") + varint(1 << 30) + b"x", "truncated")
req("set_value_length_2_to_63", bytes([7, SET]) + NONE + text("n") + varint(1 << 63) + b"x", "truncated")
req("set_value_length_largest", bytes([7, SET]) + NONE + text("n") + varint(2**64 - 1) + b"x", "truncated")
req("set_name_length_largest", bytes([7, SET]) + NONE + varint(2**64 - 1) + b"n", "truncated")
req("get_option_3", bytes([7, GET]) + NONE + text("n") + b"\3", "malformed")
req("get_version_padded", bytes([7, GET]) + NONE + text("n") + SOME + varint(1, 9), "not_canonical")
req("list_limit_over_32_bits", bytes([7, LIST]) + NONE * 3 + varint(2**32) + NONE, "malformed")
req("list_limit_padded", bytes([7, LIST]) + NONE * 3 + varint(5, 3) + NONE, "not_canonical")
req("list_deleted_2", bytes([7, LIST]) + NONE * 3 + varint(5) + b"\2", "malformed")
req("list_after_half", bytes([7, LIST]) + NONE * 2 + SOME + text("a"), "truncated")
req("delete_destroy_2", bytes([7, DELETE]) + NONE + text("n") + b"\2" + NONE, "malformed")
req("delete_destroy_255", bytes([7, DELETE]) + NONE + text("n") + b"\xff" + NONE, "malformed")
req("unseal_kind_3", bytes([7, UNSEAL, 3]) + text("p"), "malformed")
req("unseal_kind_padded", bytes([7, UNSEAL]) + varint(0, 2) + text("p"), "not_canonical")
req("slot_add_new_kind_4", bytes([7, SLOT_ADD, 0]) + text("p") + b"\4" + text("l"), "malformed")
req("slot_add_without_label", bytes([7, SLOT_ADD, 0]) + text("p") + b"\2", "truncated")
req("rekey_root_17_secrets", bytes([7, REKEY_ROOT, 17]) + b"\0\0" * 17 + b"\0", "malformed")
req("rekey_root_count_largest", bytes([7, REKEY_ROOT]) + varint(2**64 - 1) + b"\0\0" * 4, "truncated")
req("rekey_root_count_padded", bytes([7, REKEY_ROOT]) + varint(1, 2) + b"\0\0" + b"\0", "not_canonical")
req("backup_read_no_offset", [7, BACKUP_READ, 1], "truncated")
req("backup_end_kept_2", [7, BACKUP_END, 1, 2], "malformed")
req("json_in_postcard", '{"id":1,"call":{"status":{}}}', "malformed")

INC = bytes(range(16))
OK, ERR = b"\0", b"\1"
resp("empty", b"", "truncated")
resp("stamp_option_2", bytes([7, 2]) + OK + b"\x08", "malformed")
resp("stamp_short", bytes([7, 1]) + INC[:15], "truncated")
resp("stamp_sequence_padded", bytes([7, 1]) + INC + varint(1, 2) + OK + b"\x08", "not_canonical")
resp("result_2", bytes([7, 0, 2, 0]), "malformed")
resp("result_padded", bytes([7, 0]) + varint(1, 2) + b"\0", "not_canonical")
resp("reply_unknown_20", bytes([7, 0]) + OK + bytes([20]), "malformed")
resp("error_unknown_15", bytes([7, 0]) + ERR + bytes([15]), "malformed")
resp("done_trailing", bytes([7, 0]) + OK + bytes([8, 0]), "trailing")
resp("sealed_trailing", bytes([7, 0]) + ERR + bytes([0, 0]), "trailing")
resp("missing_expired_2", bytes([7, 0]) + ERR + bytes([1, 2]), "malformed")
resp("list_state_4", bytes([7, 0]) + OK + b"\4\1" + text("a") + text("n") + b"\1\4", "malformed")
resp("list_count_largest", bytes([7, 0]) + OK + b"\4" + varint(2**64 - 1), "truncated")
resp("value_length_padded", bytes([7, 0]) + OK + b"\3" + varint(1, 2) + b"x\1", "not_canonical")
resp("busy_padded", bytes([7, 0]) + ERR + b"\7" + varint(1, 2), "not_canonical")

jreq("empty", "", "truncated")
jreq("space_only", "  \n", "truncated")
jreq("unfinished", '{"id":1,"call":{"status":{}}', "truncated")
jreq("unfinished_string", '{"id":1,"call":{"get":{"name":"n', "truncated")
jreq("not_json", "hello", "malformed")
jreq("null", "null", "malformed")
jreq("number", "7", "malformed")
jreq("byte_order_mark", "\ufeff" + '{"id":1,"call":{"status":{}}}', "malformed")
jreq("not_utf8_name", b'{"id":1,"call":{"get":{"name":"\xff"}}}', "malformed")
jreq("control_character", '{"id":1,"call":{"get":{"name":"a\nb"}}}', "malformed")
jreq("lone_surrogate", '{"id":1,"call":{"get":{"name":"\\ud800"}}}', "malformed")
jreq("trailing_bracket", '{"id":1,"call":{"status":{}}}}', "trailing")
jreq("two_messages", '{"id":1,"call":{"status":{}}}{"id":2,"call":{"status":{}}}', "trailing")
jreq("trailing_nul", b'{"id":1,"call":{"status":{}}}\0', "trailing")
jreq("trailing_comma", '{"id":1,"call":{"status":{}},}', "malformed")
jreq("comment", '{"id":1,/**/"call":{"status":{}}}', "malformed")
jreq("single_quotes", "{'id':1,'call':{'status':{}}}", "malformed")
jreq("unknown_field", '{"id":1,"call":{"status":{}},"user":"uid:0"}', "malformed")
jreq("unknown_field_inside", '{"id":1,"call":{"status":{"uid":0}}}', "malformed")
jreq("unknown_field_in_get", '{"id":1,"call":{"get":{"name":"n","user":"uid:0"}}}', "malformed")
jreq("repeated_id", '{"id":1,"id":1,"call":{"status":{}}}', "malformed")
jreq("repeated_call", '{"id":1,"call":{"status":{}},"call":{"seal":{}}}', "malformed")
jreq("repeated_name", '{"id":1,"call":{"get":{"name":"a","name":"b"}}}', "malformed")
jreq("repeated_escaped_name", '{"id":1,"call":{"get":{"name":"a","n\\u0061me":"b"}}}', "malformed")
jreq("two_calls", '{"id":1,"call":{"status":{},"seal":{}}}', "malformed")
jreq("no_call", '{"id":1,"call":{}}', "malformed")
jreq("missing_call", '{"id":1}', "malformed")
jreq("missing_id", '{"call":{"status":{}}}', "malformed")
jreq("missing_name", '{"id":1,"call":{"get":{}}}', "malformed")
jreq("missing_destroy", '{"id":1,"call":{"delete":{"name":"n"}}}', "malformed")
jreq("unknown_call", '{"id":1,"call":{"dump":{}}}', "malformed")
jreq("upper_case_call", '{"id":1,"call":{"Status":{}}}', "malformed")
jreq("call_as_string", '{"id":1,"call":"status"}', "malformed")
jreq("call_as_null", '{"id":1,"call":null}', "malformed")
jreq("call_by_number", '{"id":1,"call":{"0":{}}}', "malformed")
jreq("call_body_null", '{"id":1,"call":{"status":null}}', "malformed")
jreq("request_as_array", '[1,{"status":{}}]', "malformed")
jreq("call_as_array", '{"id":1,"call":{"get":[null,"n",null]}}', "malformed")
jreq("empty_body_as_array", '{"id":1,"call":{"status":[]}}', "malformed")
jreq("keep_inside_array", '{"id":1,"call":{"rekey_root":{"keep":[[]],"drop_slots":true}}}', "malformed")
jreq("keep_17", '{"id":1,"call":{"rekey_root":{"keep":[' + ",".join(['{"passphrase":""}'] * 17)
     + '],"drop_slots":true}}}', "malformed")
jreq("after_one", '{"id":1,"call":{"list":{"after":["a"],"limit":1,"deleted":false}}}', "malformed")
jreq("after_three", '{"id":1,"call":{"list":{"after":["a","b","c"],"limit":1,"deleted":false}}}', "malformed")
jreq("deep", '{"id":' * 200 + "1" + "}" * 200, "malformed")
jreq("deep_arrays", "[" * 10000, "malformed")
jreq("id_negative", '{"id":-1,"call":{"status":{}}}', "malformed")
jreq("id_float", '{"id":1.0,"call":{"status":{}}}', "malformed")
jreq("id_exponent", '{"id":1e2,"call":{"status":{}}}', "malformed")
jreq("id_string", '{"id":"1","call":{"status":{}}}', "malformed")
jreq("id_over_64_bits", '{"id":18446744073709551616,"call":{"status":{}}}', "malformed")
jreq("id_leading_zero", '{"id":01,"call":{"status":{}}}', "malformed")
jreq("limit_over_32_bits", '{"id":1,"call":{"list":{"limit":4294967296,"deleted":false}}}', "malformed")
jreq("bool_as_number", '{"id":1,"call":{"backup_begin":{"verify":1}}}', "malformed")
jreq("bool_as_string", '{"id":1,"call":{"backup_begin":{"verify":"true"}}}', "malformed")


def value(name, literal):
    jreq("value_" + name, '{"id":1,"call":{"set":{"name":"n","value":' + literal + "}}}", "malformed")


value("null", "null")
value("number", "1")
value("array_of_bytes", "[104,105]")
value("object", "{}")
value("unpadded", '"aGk"')
value("padding_too_long", '"aGk=="')
value("padding_only", '"===="')
value("one_character", '"a"')
value("padding_in_the_middle", '"aG==aGk="')
value("url_alphabet", '"-_-_"')
value("trailing_bits", '"aGl="')
value("trailing_bits_two", '"aR=="')
value("space_inside", '"aG k="')
value("space_before", '" aGk="')
value("newline", '"aGk=\\n"')
value("escaped_slash", '"\\/\\/\\/\\/"')
value("escaped_letter", '"\\u0061Gk="')
value("not_ascii", '"aGk\u00e9"')
value("hex", '"6869f"')
value("missing_end", '"aGk=')
CASES[-1]["error"] = "truncated"

jresp("empty", "", "truncated")
jresp("result_upper_case", '{"id":1,"stamp":null,"result":{"Ok":{"done":{}}}}', "malformed")
jresp("result_both", '{"id":1,"stamp":null,"result":{"ok":{"done":{}},"err":{"sealed":{}}}}', "malformed")
jresp("result_neither", '{"id":1,"stamp":null,"result":{}}', "malformed")
jresp("result_missing", '{"id":1,"stamp":null}', "malformed")
jresp("result_array", '{"id":1,"stamp":null,"result":["ok",{"done":{}}]}', "malformed")


def stamp(name, incarnation):
    jresp("incarnation_" + name, '{"id":1,"stamp":{"incarnation":' + incarnation
          + ',"sequence":1},"result":{"ok":{"done":{}}}}', "malformed")


stamp("upper_case", '"000102030405060708090A0B0C0D0E0F"')
stamp("short", '"000102030405060708090a0b0c0d0e"')
stamp("odd", '"000102030405060708090a0b0c0d0e0"')
stamp("long", '"000102030405060708090a0b0c0d0e0f10"')
stamp("not_hex", '"000102030405060708090a0b0c0d0e0g"')
stamp("prefixed", '"0x0102030405060708090a0b0c0d0e0f"')
stamp("numbers", "[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15]")
jresp("stamp_array", '{"id":1,"stamp":["000102030405060708090a0b0c0d0e0f",1],"result":{"ok":{"done":{}}}}', "malformed")
jresp("state_unknown", '{"id":1,"stamp":null,"result":{"ok":{"history":{"versions":[{"version":1,"state":"gone",'
      '"set_at":0,"set_by":"uid:1","deleted_at":null}]}}}}', "malformed")
jresp("secrets_as_arrays", '{"id":1,"stamp":null,"result":{"ok":{"list":{"secrets":[["a","n",1,"live",0,"uid:1",256,'
      'null,null]],"more":false}}}}', "malformed")

path = Path(__file__).with_name("v1_invalid.json")
if path.exists():
    sys.exit(f"{path} is frozen")
path.write_text("[\n" + ",\n".join("  " + json.dumps(entry) for entry in CASES) + "\n]\n")
print(len(CASES), "cases")
