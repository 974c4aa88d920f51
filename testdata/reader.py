#!/usr/bin/python3
"""A second, independent implementation of Keyward's sealed file, format versions 1 and 2.

It was written from SPEC.md alone (and testdata/README.md for the layout of the vectors), by
somebody who has not seen Keyward's code, to find out whether that page is enough; the part on
recovery by somebody who has, from that page. It is a strict reader and a minimal writer for tests.
It is no product: it does not wipe secrets from memory. Whoever changes it changes it after SPEC.md,
not after the code.

    python3 reader.py testdata/                         run every vector and every whole vault file
    python3 reader.py --write OUT.keyward PASSCODE      write a vault with a passcode slot, read it back
    python3 reader.py --write OUT.keyward PASSCODE CODE the same, and a slot for a recovery code
    python3 reader.py --code                            make a recovery code

Needs Debian's python3-cryptography and python3-argon2 only.
"""

import hashlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

NEWEST_VERSION = 2
MEDIA_TYPE = "application/vnd.keyward.vault+cose"
VERSION, VAULT_ID, EPOCH, EMPTY, CONFIG = -70001, -70002, -70003, -70004, -70005
KIND, PROVIDER, HANDLE, ARGON2, RECOVERY_KEY = -70011, -70012, -70013, -70014, -70015
EPHEMERAL = -1
IV, CHECKSUM = 5, -70021
TAG_FILE, TAG_JSON = 96, 262

TYPES = ["SecureStorage", "DeviceSecurity", "CustomPasscode", "InMemory"]
DEVICE_SECURITY = ["None", "SystemPasscode", "Biometrics", "Both"]
KINDS = ["blank", "device-store", "user-verification", "passcode", "recovery-code", "recovery-key"]
BLANK, DEVICE_STORE, USER_VERIFICATION, PASSCODE, RECOVERY_CODE, RECOVERY_KEY_KIND = range(6)
PROTECTIONS = TYPES[:1] + DEVICE_SECURITY[1:] + ["CustomPasscode", "PasscodeAlone", "KeyFile"]
CUSTOM_PASSCODE, PASSCODE_ALONE = 4, 5
ECDH_ES_A256KW = bytes.fromhex("a101381e")  # the protected header of a recovery slot: {1: -31}
COSTS = ["memoryKib", "passes", "lanes"]

MAX_STORED_LEN, MAX_CONTENT_LEN = 152_043_520, 134_217_728
MAX_NAME_LEN, MAX_VALUE_LEN = 1_024, 8_388_608
MAX_U64 = 2**64 - 1

# ---- Outcomes. Reading ends with entries, or with one of these. ----
class Outcome(Exception): word = ""
class Damaged(Outcome): word = "damaged"
class TooNew(Outcome): word = "too-new"
class WrongKey(Outcome): word = "wrong-key"
class NotMySlot(Outcome): word = "not-my-slot"

def require(condition, what):
    if not condition:
        raise Damaged(what)

# ---- Deterministic CBOR ----
class Cbor:
    """Reads items of expected types one after another. Whatever is not as expected is Damaged."""

    def __init__(self, data):
        self.data, self.pos = data, 0

    def take(self, length):
        require(length <= len(self.data) - self.pos, "the bytes end early")
        self.pos += length
        return self.data[self.pos - length:self.pos]

    def any_head(self):
        """Major type and argument."""
        byte = self.take(1)[0]
        major, info = byte >> 5, byte & 31
        if info < 24:
            return major, info
        require(info <= 27, "an indefinite length, or a reserved head")
        argument = int.from_bytes(self.take(1 << info - 24), "big")
        # A float has no shortest form; a simple value of two bytes is at least 32 (RFC 8949, 3.3).
        least = (24, 2**8, 2**16, 2**32) if major != 7 else (32, 0, 0, 0)
        require(argument >= least[info - 24], "a head is not the shortest")
        return major, argument

    def head(self, wanted, low=0, high=MAX_U64):
        major, argument = self.any_head()
        require(major == wanted, f"major type {major} for {wanted}")
        require(low <= argument <= high, f"{argument} is not from {low} to {high}")
        return argument

    # Each of these reads an item, or its head, with a value or a length from `low` to `high`.
    def uint(self, low=0, high=MAX_U64): return self.head(0, low, high)
    def array(self, low, high): return self.head(4, low, high)
    def map(self, low=0, high=MAX_U64): return self.head(5, low, high)
    def tag(self, number): return self.head(6, number, number)
    def bytes(self, low=0, high=MAX_U64): return self.take(self.head(2, low, high))

    def text(self, low=0, high=MAX_U64):
        try:
            return self.take(self.head(3, low, high)).decode("utf-8")
        except UnicodeDecodeError:
            raise Damaged("not UTF-8") from None

    def bool(self):
        byte = self.take(1)
        require(byte in (b"\xf4", b"\xf5"), "not a boolean")
        return byte == b"\xf5"

    def integer(self, wanted):
        major, argument = self.any_head()
        require((major, argument) == ((0, wanted) if wanted >= 0 else (1, -1 - wanted)), f"not {wanted}")
        return wanted

    def at(self, label):
        """Reads the key of a pair; the value comes next."""
        self.integer(label)
        return self

    def next_is(self, label):
        """Whether the next bytes are this key."""
        return self.data.startswith(encode(label), self.pos)

    def sorted_text_keys(self, count, low, high):
        """Yields `count` keys of a map in their order. The caller reads each value."""
        previous = b""
        for _ in range(count):
            start = self.pos
            key = self.text(low, high)
            encoded = self.data[start:self.pos]
            require(previous < encoded, "keys are not in order, or a key is there twice")
            previous = encoded
            yield key

    def skip(self, containers):
        """Passes over any item with at most so many containers inside one another."""
        major, argument = self.any_head()
        if major in (2, 3):
            self.take(argument)
        elif major in (4, 5, 6):
            require(containers > 0, "nested too deeply")
            for _ in range({4: argument, 5: 2 * argument, 6: 1}[major]):
                self.skip(containers - 1)

    def end(self):
        require(self.pos == len(self.data), "trailing bytes")

@dataclass
class Json:
    """JSON text as a value: tag 262 on its bytes."""
    text: bytes

def encode(value):
    def head(major, n):
        if n < 24:
            return bytes([major << 5 | n])
        power = next(p for p in range(4) if n < 1 << (8 << p))
        return bytes([major << 5 | 24 + power]) + n.to_bytes(1 << power, "big")

    if value is None:
        return b"\xf6"  # in a COSE_KDF_Context only
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(encode, value))
    if isinstance(value, dict):
        pairs = sorted((encode(key), encode(item)) for key, item in value.items())
        return head(5, len(pairs)) + b"".join(key + item for key, item in pairs)
    if isinstance(value, Json):
        return head(6, TAG_JSON) + encode(value.text)
    raise TypeError(type(value))

# ---- Reading without a key ----
@dataclass
class Slot:
    header: dict     # label -> value
    encoded: bytes   # the same, as it stands in the file
    wrapped: bytes

@dataclass
class Vault:
    header: dict     # label -> value
    slots: list
    iv: bytes
    ciphertext: bytes
    aad: bytes       # the encoded Enc_structure

def read(data):
    """Steps 1 to 8 of "How a reader opens a file"."""
    require(len(data) <= MAX_STORED_LEN, "the file is too long")
    file = Cbor(data)
    file.tag(TAG_FILE)
    file.array(4, 4)
    protected = file.bytes()
    version = find_version(protected)
    require(version > 0, "version 0")
    if version > NEWEST_VERSION:
        raise TooNew(version)

    file.map(2, 2)
    iv = file.at(IV).bytes(12, 12)
    checksum = file.at(CHECKSUM).bytes(32, 32)
    ciphertext = file.bytes(16)
    recipients = data[file.pos:]
    aad = encode(["Encrypt", protected, recipients])
    require(hashlib.sha256(aad).digest() == checksum, "checksum")

    header = read_header(Cbor(protected))
    slots_at = Cbor(recipients)
    slots = [read_slot(slots_at) for _ in range(slots_at.array(1, 16))]
    slots_at.end()
    require(len({slot.header[4] for slot in slots}) == len(slots), "a slot's id is there twice")
    if any(slot.header[KIND] == BLANK for slot in slots):
        require(len(slots) == 1 and header[EMPTY], "a blank slot beside another, or with entries")
    require(version == lowest_version(header, slots), "the version is not the lowest that describes the file")
    return Vault(header, slots, iv, ciphertext, aad)

def lowest_version(header, slots):
    """The first version of this format that has everything in the file."""
    recovery = any(EPHEMERAL in slot.header for slot in slots)
    return 2 if recovery or 9 in header[CONFIG] else 1

def find_version(protected):
    item = Cbor(protected)
    for _ in range(item.map()):
        start = item.pos
        item.skip(8)
        if protected[start:item.pos] == encode(VERSION):
            return item.uint()
        item.skip(8)
    raise Damaged("no version")

def read_header(item):
    item.map(7, 7)
    header = {
        1: item.at(1).integer(24),
        16: item.at(16).text(),
        VERSION: item.at(VERSION).uint(1, NEWEST_VERSION),
        VAULT_ID: item.at(VAULT_ID).bytes(16, 16),
        EPOCH: item.at(EPOCH).uint(),
        EMPTY: item.at(EMPTY).bool(),
        CONFIG: read_config(item.at(CONFIG)),
    }
    item.end()
    require(header[16] == MEDIA_TYPE, "typ")
    return header

def read_config(item):
    pairs = item.map(7, 11)
    config = {1: item.at(1).uint(0, 3), 2: item.at(2).uint(0, 3)}
    require(config != {1: 1, 2: 0}, "type DeviceSecurity with device security None")
    if item.next_is(3):
        config[3] = item.at(3).uint(0, 316_224_000_000)
    config[4] = item.at(4).bool()
    config[5] = item.at(5).bool()
    config[6] = item.at(6).uint(1, 1_000)
    config[7] = item.at(7).text(1, 1_024)
    count = item.at(8).map(0, 32)
    config[8] = {name: item.text(0, 1_024) for name in item.sorted_text_keys(count, 0, 64)}
    if item.next_is(9):
        read_fallback(config, item)
    require(len(config) == pairs, "a pair too many in the configuration")
    return config

def read_fallback(config, item):
    """Pairs 9 to 11."""
    listed = config[9] = [item.uint(0, 6) for _ in range(item.at(9).array(1, 6))]
    require(len(set(listed)) == len(listed) and PASSCODE_ALONE not in listed, "the fallback")
    wanted = wants(config)
    if item.next_is(10):
        present = config[10] = item.at(10).uint(0, 6)
        accepted = CUSTOM_PASSCODE if present == PASSCODE_ALONE else present
        require(present != wanted and accepted in listed + [wanted], "the present protection")
    if item.next_is(11):
        config[11] = [read_change(item) for _ in range(item.at(11).array(1, 16))]

def read_change(item):
    item.array(4, 4)
    turn, start, end, at = item.uint(0, 1), item.uint(0, 6), item.uint(0, 6), item.uint()
    require(start != end, "a change that changes nothing")
    return [turn, start, end, at]

def wants(config):
    """The protection that the type and the device security ask for."""
    return [0, config[2], CUSTOM_PASSCODE, None][config[1]]

def read_slot(item):
    item.array(3, 3)
    protected = item.bytes(0, len(ECDH_ES_A256KW))
    start = item.pos
    if protected:
        require(protected == ECDH_ES_A256KW, "another algorithm")
        item.map(4, 4)
        header = {4: item.at(4).bytes(16, 16), EPHEMERAL: read_public_key(item.at(EPHEMERAL)),
                  KIND: item.at(KIND).uint(RECOVERY_CODE, RECOVERY_KEY_KIND),
                  RECOVERY_KEY: read_public_key(item.at(RECOVERY_KEY))}
        return Slot(header, item.data[start:item.pos], item.bytes(40, 40))
    pairs = item.map()
    header = {1: item.at(1).integer(-5), 4: item.at(4).bytes(16, 16), KIND: item.at(KIND).uint()}
    kind = header[KIND]
    shapes = [(BLANK, 3), (DEVICE_STORE, 5), (USER_VERIFICATION, 5), (PASSCODE, 4), (PASSCODE, 6)]
    require((kind, pairs) in shapes, "an unknown kind, or other pairs")
    if pairs >= 5:
        header[PROVIDER] = item.at(PROVIDER).text(1, 64)
        header[HANDLE] = item.at(HANDLE).bytes(0, 4_096)
    if kind == PASSCODE:
        item.at(ARGON2).array(4, 4)
        costs = [item.uint(19_456, 1_048_576), item.uint(2, 16), item.uint(1, 4)]
        header[ARGON2] = costs + [item.bytes(16, 16)]
    return Slot(header, item.data[start:item.pos], item.bytes(40, 40))

def read_public_key(item):
    item.map(4, 4)
    key = {1: item.at(1).integer(2), -1: item.at(-1).integer(1),
           -2: item.at(-2).bytes(32, 32), -3: item.at(-3).bytes(32, 32)}
    x, y = (int.from_bytes(key[label], "big") for label in (-2, -3))
    require(x < P and y < P and (y * y - x**3 + 3 * x - B) % P == 0, "no point of the curve")
    return key

# ---- Recovery ----
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b
ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SEPARATORS = set(map(chr, [*range(9, 14), 0x20, 0x85, 0xa0, 0x1680, *range(0x2000, 0x200b), 0x2028,
                           0x2029, 0x202f, 0x205f, 0x3000, 0x2d, *range(0x2010, 0x2016), 0x2212]))

class Typo(Exception):
    """Not a recovery code; nothing is tried with it."""

def checksum_of(seed):
    """22 bits."""
    return int.from_bytes(hashlib.sha256(b"Keyward recovery code" + seed).digest()[:4], "big") >> 10

def code_of(seed):
    number = int.from_bytes(seed, "big") << 22 | checksum_of(seed)
    symbols = "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(30)))
    return "-".join(symbols[at:at + 5] for at in range(0, 30, 5))

def seed_of(code):
    symbols = "".join(c for c in code if c not in SEPARATORS)
    symbols = symbols.upper() if symbols.isascii() else symbols
    symbols = symbols.translate(str.maketrans("ILO", "110"))
    if len(symbols) != 30 or not set(symbols) <= set(ALPHABET):
        raise Typo
    number = sum(ALPHABET.index(symbol) << 5 * place for place, symbol in enumerate(reversed(symbols)))
    seed = (number >> 22).to_bytes(16, "big")
    if number & 2**22 - 1 != checksum_of(seed):
        raise Typo
    return seed

def private_of(code):
    """The private key of a recovery code, as a number."""
    hkdf = HKDF(algorithm=SHA256(), length=48, salt=None, info=b"Keyward recovery key")
    return int.from_bytes(hkdf.derive(seed_of(code)), "big") % ORDER

def public_of(private):
    numbers = ec.derive_private_key(private, ec.SECP256R1()).public_key().public_numbers()
    return {1: 2, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}

def agree(private, public):
    """The x coordinate of the Diffie-Hellman point. `private` is a number, `public` a COSE_Key."""
    x, y = (int.from_bytes(public[label], "big") for label in (-2, -3))
    other = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    return ec.derive_private_key(private, ec.SECP256R1()).exchange(ec.ECDH(), other)

def recovery_kek(vault_id, slot, shared):
    other = encode(["Keyward KEK", vault_id, slot.encoded])
    party = [None, None, None]
    context = encode([-5, party, party, [256, ECDH_ES_A256KW, other]])
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=context).derive(shared)

# ---- Opening with a key ----
def derive_kek(vault_id, slot, passcode, material, private=None):
    """Steps 10 and 11. `passcode` is text, `material` 32 bytes, `private` the private key as a
    number; None where the caller has none."""
    if EPHEMERAL in slot.header:
        if private is None:
            raise NotMySlot
        return recovery_kek(vault_id, slot, agree(private, slot.header[EPHEMERAL]))
    ikm = b""
    if ARGON2 in slot.header and passcode is None or PROVIDER in slot.header and material is None:
        raise NotMySlot
    if ARGON2 in slot.header:
        ikm = stretch(passcode, *slot.header[ARGON2])
    if PROVIDER in slot.header:
        if len(material) != 32:
            raise ValueError("material is not 32 bytes")
        ikm += material
    info = encode(["Keyward KEK", vault_id, slot.encoded])
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(ikm)

def stretch(passcode, memory_kib, passes, lanes, salt):
    password = passcode.encode()
    if not 1 <= len(password) <= 1_024:
        raise ValueError("a passcode has 1 to 1,024 bytes")
    return hash_secret_raw(password, salt, passes, memory_kib, lanes, 32, Type.ID, 0x13)

def unwrap(kek, slot):
    """Step 12."""
    try:
        return aes_key_unwrap(kek, slot.wrapped)
    except InvalidUnwrap:
        raise WrongKey from None

def unseal(vault, dek):
    """Steps 13 to 15: the entries as a dictionary from names to bytes or Json."""
    try:
        plain = ChaCha20Poly1305(dek).decrypt(vault.iv, vault.ciphertext, vault.aad)
    except InvalidTag:
        raise Damaged("the seal") from None
    entries = {}
    item = Cbor(plain)
    for name in item.sorted_text_keys(item.map(), 0, MAX_NAME_LEN):
        is_json = plain[item.pos:item.pos + 1] == b"\xd9"  # how tag 262 begins
        if is_json:
            item.tag(TAG_JSON)
        value = item.bytes(0, MAX_VALUE_LEN)
        entries[name] = Json(value) if is_json else value
    require(item.pos <= MAX_CONTENT_LEN, "the content is too long")
    require(len(plain) == padded(item.pos), "the length of the padding")
    require(not plain[item.pos:].strip(b"\0"), "the padding is not zero")
    require(vault.header[EMPTY] == (not entries), "the flag `empty`")
    return entries

def padded(n):
    length = max(n, 256)
    e = length.bit_length() - 1
    s = e.bit_length()  # floor(log2(e)) + 1
    unit = 1 << e - s
    return -(-length // unit) * unit

# ---- Writing ----
def seal(header, slots, dek, iv, entries):
    """The file as a function of what is in it."""
    content = encode(entries)
    if len(content) > MAX_CONTENT_LEN:
        raise ValueError("the content is too long")
    plain = content.ljust(padded(len(content)), b"\0")
    of = lambda slot: ECDH_ES_A256KW if EPHEMERAL in slot.header else b""
    protected, recipients = encode(header), encode([[of(s), s.header, s.wrapped] for s in slots])
    aad = encode(["Encrypt", protected, recipients])
    unprotected = encode({IV: iv, CHECKSUM: hashlib.sha256(aad).digest()})
    ciphertext = ChaCha20Poly1305(dek).encrypt(iv, plain, aad)
    # Tag 96 and the head of an array of 4.
    return b"\xd8\x60\x84" + encode(protected) + unprotected + encode(ciphertext) + recipients

def recovery_slot(vault_id, dek, public):
    """`dek`, wrapped for a recovery code's public key."""
    ephemeral = int.from_bytes(os.urandom(48), "big") % ORDER
    header = {4: os.urandom(16), EPHEMERAL: public_of(ephemeral), KIND: RECOVERY_CODE, RECOVERY_KEY: public}
    slot = Slot(header, encode(header), b"")
    slot.wrapped = aes_key_wrap(recovery_kek(vault_id, slot, agree(ephemeral, public)), dek)
    return slot

def writer(passcode, entries, key="written-by-python", memory_kib=65_536, passes=3, lanes=1, code=None):
    """A new CustomPasscode vault with one passcode slot and no device secret, and a slot for a
    recovery code if there is one."""
    config = {1: TYPES.index("CustomPasscode"), 2: 0, 4: False, 5: False, 6: 5, 7: key, 8: {}}
    vault_id, dek = os.urandom(16), os.urandom(32)
    header = {1: 24, 16: MEDIA_TYPE, VERSION: 2 if code else 1, VAULT_ID: vault_id, EPOCH: 1,
              EMPTY: not entries, CONFIG: config}
    argon2 = [memory_kib, passes, lanes, os.urandom(16)]
    slot_header = {1: -5, 4: os.urandom(16), KIND: PASSCODE, ARGON2: argon2}
    slot = Slot(slot_header, encode(slot_header), b"")
    slot.wrapped = aes_key_wrap(derive_kek(vault_id, slot, passcode, None), dek)
    slots = [slot] + ([recovery_slot(vault_id, dek, public_of(private_of(code)))] if code else [])
    sealed = seal(header, slots, dek, os.urandom(12), entries)

    vault = read(sealed)  # refuses whatever is outside a bound
    for slot in vault.slots:
        again = unwrap(derive_kek(vault_id, slot, passcode, None, private_of(code) if code else None), slot)
        if (vault.header, again, unseal(vault, again)) != (header, dek, entries):
            raise RuntimeError("the file does not read back as it was written")
    return sealed

def write_command(out, passcode, code=None):
    sealed = writer(passcode, code=code, entries={
        "": b"",
        "bytes": bytes(range(256)),
        "json": Json(b'{ "written by": "Python", "number": 1.50e+2 }'),
        "na\u00efve \U0001f511\0": Json(b"null"),
    })
    Path(out).write_bytes(sealed)
    print(f"wrote {out}: {len(sealed)} bytes")

# ---- Vectors ----
def public(vault):
    """What can be read without a key, in the shape of the vectors."""
    header, config = vault.header, vault.header[CONFIG]
    slots = []
    for slot in (slot.header for slot in vault.slots):
        shown = {"id": slot[4].hex(), "kind": KINDS[slot[KIND]]}
        if PROVIDER in slot:
            shown |= {"provider": slot[PROVIDER], "handle": slot[HANDLE].hex()}
        if ARGON2 in slot:
            *costs, salt = slot[ARGON2]
            shown["argon2"] = {**dict(zip(COSTS, costs)), "salt": salt.hex()}
        if EPHEMERAL in slot:
            point = lambda key: (b"\x04" + key[-2] + key[-3]).hex()
            shown |= {"ephemeralKey": point(slot[EPHEMERAL]), "recoveryKey": point(slot[RECOVERY_KEY])}
        slots.append(shown)
    more = {"weakenedTo": PROTECTIONS[config[10]]} if 10 in config else {}
    if 11 in config:
        more["protectionChanges"] = [
            {"turn": ["weakened", "raised"][turn], "from": PROTECTIONS[start], "to": PROTECTIONS[end], "at": at}
            for turn, start, end, at in config[11]
        ]
    return more | {
        "version": header[VERSION], "vault": header[VAULT_ID].hex(), "epoch": header[EPOCH],
        "empty": header[EMPTY], "slots": slots,
        "config": {
            "key": config[7], "type": TYPES[config[1]], "deviceSecurity": DEVICE_SECURITY[config[2]],
            "lockAfterBackgrounded": config.get(3), "unlockOnLoad": config[4],
            "clearAfterTooManyFailedAttempts": config[5], "maxFailedAttempts": config[6],
            "prompt": config[8],
        } | ({"fallback": [PROTECTIONS[it] for it in config[9]]} if 9 in config else {}),
    }

def shown_entry(name, value):
    is_json = isinstance(value, Json)
    return {"name": name} | ({"json": value.text.decode()} if is_json else {"bytes": value.hex()})

def equal(found, wanted, what):
    if found != wanted:
        raise AssertionError(f"{what}: {found!r:.200}, expected {wanted!r:.200}")

def check(vector, sealed):
    """Raises AssertionError if the reader does not come to the vector's outcome."""
    expect, keys = vector["expect"], vector.get("keys", [])
    try:
        vault = read(sealed)
    except Outcome as outcome:
        equal(outcome.word, expect, f"outcome without a key ({outcome})")
        equal(vector.get("found"), "without-key" if expect == "damaged" else None, "found")
        equal(vector.get("version"), outcome.args[0] if expect == "too-new" else None, "version")
        equal(keys, [], "keys")
        return
    if "public" in vector or expect in ("opens", "blank"):
        equal(public(vault), vector.get("public"), "public")
    if vault.slots[0].header[KIND] == BLANK:
        equal("blank", expect, "outcome without a key")
        equal(keys, [], "keys")
        return
    equal(vector.get("found"), "with-key" if expect == "damaged" else None, "found")
    if not keys:
        raise AssertionError("the file reads well, and the vector has no key")
    for key in keys:
        equal(try_key(vault, key, vector, sealed), expect, f"outcome with {key}")

def try_key(vault, key, vector, sealed):
    slot = vault.slots[key["slot"]]
    material = bytes.fromhex(key["material"]) if "material" in key else None
    private = private_of(key["code"]) if "code" in key else None
    private = int(key["privateKey"], 16) if "privateKey" in key else private
    if "code" in key:
        equal(code_of(seed_of(key["code"].lower().replace("-", " "))), key["code"], "code, written again")
    try:
        kek = derive_kek(vault.header[VAULT_ID], slot, key.get("passcode"), material, private)
        equal(kek.hex(), key.get("kek", kek.hex()), "kek")
        dek = unwrap(kek, slot)
        equal(dek.hex(), key.get("dek", dek.hex()), "dek")
        entries = unseal(vault, dek)
    except Outcome as outcome:
        return outcome.word
    equal([shown_entry(*entry) for entry in entries.items()], vector.get("entries"), "entries")
    # The same header, slots, DEK, nonce and entries give the same bytes.
    equal(aes_key_wrap(kek, dek), slot.wrapped, "wrapped, written again")
    equal(seal(vault.header, vault.slots, dek, vault.iv, entries), sealed, "file, written again")
    return "opens"

def vectors(folder):
    """Yields the path of each vector's file, the vector, and the sealed bytes."""
    for path in sorted(folder.glob("vectors/*.json")):
        vector = json.loads(path.read_text("utf-8"))
        yield path, vector, bytes.fromhex(vector["sealed"])
    for vaults in sorted(folder.glob("vaults/*")):
        named = {v["path"]: v for v in json.loads((vaults / "vaults.json").read_text("utf-8"))}
        for name in sorted(named.keys() | {path.name for path in vaults.glob("*.keyward")}):
            yield vaults / name, named.get(name), (vaults / name).read_bytes()

def run_command(folder):
    passed = failed = 0
    for path, vector, sealed in vectors(Path(folder)):
        try:
            check(vector, sealed)
            passed += 1
        except Exception as error:  # a vector that crashes the reader is a failure like any other
            print(f"{path}: {type(error).__name__}: {error}")
            failed += 1
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1

if __name__ == "__main__":
    if len(sys.argv) in (4, 5) and sys.argv[1] == "--write":
        sys.exit(write_command(*sys.argv[2:]))
    if sys.argv[1:] == ["--code"]:
        sys.exit(print(code_of(os.urandom(16))))
    if len(sys.argv) == 2 and not sys.argv[1].startswith("-"):
        sys.exit(run_command(sys.argv[1]))
    sys.exit(__doc__)
