#!/usr/bin/env python3
"""Writes tables.inc from the Unicode 15.0 character database.

Usage: generate.py [directory of the database, default /usr/share/unicode]

The database is that of Debian's package unicode-data 15.0.0. The table is a two-level trie over code
points: block number by the high bits, record number by block and low bits.
"""
import pathlib
import sys

SHIFT = 7
CASED, IGNORABLE, DIGIT, PRINTABLE, LONG_LOWER = 1, 2, 4, 8, 16
NOT_PRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}
LIMIT = 0x110000


def fields(path):
    """The semicolon-separated fields of each line that is not a comment."""
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.split("#")[0].strip()
        if line:
            yield [field.strip() for field in line.split(";")]


def assigned(root):
    """Code point and fields of every assigned one, ranges written out."""
    first = None
    for row in fields(root / "UnicodeData.txt"):
        code = int(row[0], 16)
        if row[1].endswith(", First>"):
            first = code
            continue
        for each in range(first if first is not None else code, code + 1):
            yield each, row
        first = None


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/unicode")
    header = (root / "DerivedCoreProperties.txt").open(encoding="utf-8").readline()
    assert "15.0.0" in header, header
    flags, decimal, lower = [0] * LIMIT, [-1] * LIMIT, [0] * LIMIT
    for code, row in assigned(root):
        if row[2] not in NOT_PRINTABLE or code == 0x20:
            flags[code] |= PRINTABLE
        if row[6]:
            assert row[2] == "Nd", row
            decimal[code] = int(row[6])
        if row[7]:
            flags[code] |= DIGIT
        if row[13]:
            lower[code] = int(row[13], 16) - code
    for span, name, *_ in fields(root / "DerivedCoreProperties.txt"):
        bit = {"Cased": CASED, "Case_Ignorable": IGNORABLE}.get(name, 0)
        start, _, end = span.partition("..")
        for code in range(int(start, 16), int(end or start, 16) + 1):
            flags[code] |= bit
    for row in fields(root / "SpecialCasing.txt"):
        conditional = len(row) > 5 and row[4]
        mapping = [int(each, 16) for each in row[1].split()]
        code = int(row[0], 16)
        if conditional:
            continue
        if len(mapping) > 1:
            # The Swift code knows only this mapping.
            assert code == 0x130 and mapping == [0x69, 0x307], row
            flags[code] |= LONG_LOWER
        else:
            assert mapping == [code + lower[code]], row
    write(list(zip(lower, flags, decimal)))


def write(properties):
    records = sorted(set(properties), key=lambda each: (each != (0, 0, -1), each))
    number = {record: index for index, record in enumerate(records)}
    assert len(records) <= 256, len(records)
    blocks, seen = [], {}
    for start in range(0, LIMIT, 1 << SHIFT):
        block = tuple(number[each] for each in properties[start : start + (1 << SHIFT)])
        blocks.append(seen.setdefault(block, len(seen)))
    assert len(seen) <= 65536
    out = ["// Written by generate.py from the Unicode 15.0.0 character database. Do not edit.", ""]
    out.append(f"enum {{ CUD_SHIFT = {SHIFT} }};")
    out.append(f"static const cud_record cud_records[{len(records)}] = {{")
    out += [f"  {{{delta}, {bits}, {digit}}}," for delta, bits, digit in records]
    out.append("};")
    for kind, name, values in (
        ("uint16_t", "cud_blocks", blocks),
        ("uint8_t", "cud_entries", [each for block in seen for each in block]),
    ):
        out.append(f"static const {kind} {name}[{len(values)}] = {{")
        for start in range(0, len(values), 24):
            out.append("  " + ",".join(str(each) for each in values[start : start + 24]) + ",")
        out.append("};")
    path = pathlib.Path(__file__).with_name("tables.inc")
    path.write_text("\n".join(out) + "\n", encoding="utf-8")


main()
