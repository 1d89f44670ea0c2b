#!/usr/bin/env python3
"""Checks golden.txt without any of the project's code: recomputes tagged digests, leaf hashes, log roots, state map roots,
validator digests, key names, checkpoint texts and Ed25519 signatures with the standard library alone.

Usage: check.py [FILE]. Prints the number of lines of each kind; exits with 1 and the lines at fault if any is wrong."""
import base64
import collections
import hashlib
import pathlib
import sys


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def tagged(tag, data):
    return sha256(tag.encode(), b"\n", data)


# --- Ed25519 verification (RFC 8032, section 5.1.7), affine and slow ---
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def point_add(a, b):
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2 % P
    return ((x1 * y2 + x2 * y1) * pow(1 + t, P - 2, P) % P, (y1 * y2 + x1 * x2) * pow(1 - t, P - 2, P) % P)


def point_multiply(scalar, point):
    result = (0, 1)
    while scalar:
        if scalar & 1:
            result = point_add(result, point)
        point = point_add(point, point)
        scalar >>= 1
    return result


def point_decode(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert y < P and (x * x - square) % P == 0, "not a point"
    return (P - x if (x & 1) != sign else x, y)


BASE = point_decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signature_holds(key, message, signature):
    s = int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    right = point_add(point_decode(signature[:32]), point_multiply(k, point_decode(key)))
    return s < L and point_multiply(s, BASE) == right


# --- protobuf's wire format, as far as the protocol uses it ---
def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def is_canonical(data):
    """Known wire types, ascending fields, shortest varints."""
    def read(at):
        value = shift = 0
        start = at
        while True:
            value |= (data[at] & 127) << shift
            shift += 7
            at += 1
            if data[at - 1] < 128:
                return value, at, varint(value) == data[start:at]
    at = last = 0
    while at < len(data):
        tag, at, shortest = read(at)
        value, at, also = read(at)
        if tag & 7 == 2:
            at += value
        if not (shortest and also and tag & 7 in (0, 2) and last <= tag >> 3):
            return False
        last = tag >> 3
    return at == len(data)


# --- trees ---
def log_root(leaves):
    if not leaves:
        return sha256()
    if len(leaves) == 1:
        return sha256(b"\0", leaves[0])
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1", log_root(leaves[:k]), log_root(leaves[k:]))


def map_leaf(key, value):
    return tagged("kimberlite/v1/map-leaf", sha256(key) + sha256(value))


def map_root(entries, depth=0):
    if not entries:
        return bytes(32)
    if len(entries) == 1:
        return map_leaf(*entries[0])
    sides = ([], [])
    for key, value in entries:
        sides[sha256(key)[depth // 8] >> (7 - depth % 8) & 1].append((key, value))
    return tagged("kimberlite/v1/map-node", map_root(sides[0], depth + 1) + map_root(sides[1], depth + 1))


def note_key(name, key):
    return sha256(name.encode(), b"\n\x01", key)[:4]


# --- one check a kind of line ---
def check_tagged(tag, data, digest):
    data = bytes.fromhex(data)
    canonical = is_canonical(data) if "/vector/" in tag else True
    return canonical and tagged(tag, data).hex() == digest


def check_signed_envelope(payload, key, signature, envelope):
    payload, key, signature = (bytes.fromhex(each) for each in (payload, key, signature))
    signed = field(1, payload) + field(2, key) + field(3, signature)
    return signed.hex() == envelope and signature_holds(key, b"kimberlite/v1/envelope-signature\n" + payload, signature)


def check_accepted_leaf(envelope, leaf, digest):
    encoded = field(1, bytes.fromhex(envelope))
    return encoded.hex() == leaf and sha256(b"\0", encoded).hex() == digest


def check_leaf(leaf, digest):
    data = bytes.fromhex(leaf)
    return is_canonical(data) and data[0] == 0x12 and sha256(b"\0", data).hex() == digest


def check_log_root(leaves, root):
    return log_root([bytes.fromhex(leaf) for leaf in leaves.split(",") if leaf]).hex() == root


def check_map_leaf(key, value, digest):
    return map_leaf(bytes.fromhex(key), bytes.fromhex(value)).hex() == digest


def check_map_root(entries, root):
    return map_root([tuple(map(bytes.fromhex, entry.split("="))) for entry in entries.split(",")]).hex() == root


def check_checkpoint(origin, size, root, text, note):
    text, note = bytes.fromhex(text), bytes.fromhex(note).decode()
    expected = f"{origin}\n{size}\n{base64.b64encode(bytes.fromhex(root)).decode()}\n"
    lines = note[len(expected) + 1:].splitlines()
    signed = 0
    for line in lines:
        dash, name, blob = line.split(" ")
        blob = base64.b64decode(blob, validate=True)
        for key in KEYS:
            if note_key(name, key) == blob[:4] and signature_holds(key, text, blob[4:]):
                signed += 1
    return text.decode() == expected and note.startswith(expected + "\n") and note.endswith("\n") and signed == len(lines) == 2


KEYS = []


def check_note_key(name, key, string):
    key = bytes.fromhex(key)
    return string == f"{name}+{note_key(name, key).hex()}+{base64.b64encode(bytes([1]) + key).decode()}"


def check_validators(entries, digest):
    data = b""
    for entry in entries.split(","):
        code, key = entry.split("=")
        data += len(code).to_bytes(4, "big") + code.encode() + bytes.fromhex(key)
    return tagged("kimberlite/v1/validators", data).hex() == digest


def main():
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).with_name("golden.txt")
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    KEYS.extend(bytes.fromhex(line.split("|")[2]) for line in lines if line.startswith("note-key|"))
    counts, wrong = collections.Counter(), []
    for line in lines:
        kind, *fields = line.split("|")
        counts[kind] += 1
        try:
            right = globals()["check_" + kind.replace("-", "_")](*fields)
        except Exception as error:  # a line that cannot be read is a line at fault
            right = False
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
        if not right:
            wrong.append(line)
    for line in wrong:
        print("wrong:", line[:200], file=sys.stderr)
    kinds = {name[len("check_"):].replace("_", "-") for name in globals() if name.startswith("check_")}
    for kind in sorted(kinds - counts.keys()):
        wrong.append(kind)
        print("no line of kind", kind, file=sys.stderr)
    print(", ".join(f"{count} {kind}" for kind, count in counts.items()) + (": all right" if not wrong else ""))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
