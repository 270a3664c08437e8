#!/usr/bin/env python3
"""Makes tzdb.bin, the time zone database that refold embeds.

    generate.py [/usr/share/zoneinfo]            writes tzdb.bin next to this file
    generate.py --digest [/usr/share/zoneinfo]   prints the digests DigestTests.swift expects of Python's zoneinfo

The source is the directory Debian's tzdata package installs. The result depends on its contents only. Layout, all
numbers little-endian, every offset counted from the start of the file, bodies at multiples of 8:

    header    0  8 bytes  "REFOLDTZ"
              8  u16      N, number of names
             10  u16      length of the release string
             12  u32      where the text starts
    names    16  N * 8    u16 start of the name within the text, u8 its length, u8 zero,
                          u32 where the zone's body starts, 0 for a directory or a file that is no zone;
                          sorted by the bytes of the name
    text                  the release string ("2025b"), then the names, one after the other
    bodies                one for each distinct behaviour; links share theirs

    body      0  u16      T, number of transitions
              2  u8       K, number of distinct offsets they lead to
              3  u8       1 if a yearly rule holds after the last transition, else 0
              4  i32      offset before the first transition, seconds east of UTC like all offsets
              8  i32      offset after the last transition; with a rule, its standard offset
             12  i32      the rule's daylight saving offset
             16  8 bytes  when daylight saving time starts: u8 month, u8 week (5 = last), u8 day (0 = Sunday), u8 zero,
                          i32 seconds from that day's midnight, in standard time
             24  8 bytes  when it ends, in daylight saving time
             32  T * i64  transitions, ascending, seconds since 1970-01-01T00:00:00Z
                 K * i32  the offsets
                 T * u8   which of them each transition leads to

Left out: names of zone abbreviations, the daylight saving flag, transitions that do not change the offset, and those
at the end of the list that the rule says as well.
"""
import calendar
import os
import re
import struct
import sys

# Present only on some deployments: not names of the database.
LOCAL_ONLY = {"localtime", "posixrules", "posix", "right"}


def read_zone(data):
    """(transitions, type of each, [(offset, is_dst)], POSIX TZ string) of a TZif file, its 64-bit part."""
    def header(at):
        assert data[at:at + 4] == b"TZif" and data[at + 4] >= 0x32
        return struct.unpack_from(">6l", data, at + 20)

    isut, isstd, leap, times, types, chars = header(0)
    at = 44 + times * 5 + types * 6 + chars + leap * 8 + isstd + isut
    isut, isstd, leap, times, types, chars = header(at)
    assert leap == 0
    at += 44
    when = list(struct.unpack_from(f">{times}q", data, at))
    kind = list(data[at + times * 8:at + times * 9])
    at += times * 9
    infos = [struct.unpack_from(">lbb", data, at + 6 * i)[:2] for i in range(types)]
    at += types * 6 + chars + isstd + isut
    return when, kind, infos, data[at:].decode().strip("\n")


def seconds(text):
    sign = -1 if text[0] == "-" else 1
    parts = [int(part) for part in text.lstrip("+-").split(":")] + [0, 0]
    return sign * (parts[0] * 3600 + parts[1] * 60 + parts[2])


def read_rule(text):
    """(standard offset, None) or (standard offset, (daylight saving offset, start, end))."""
    name, number = r"(?:[A-Za-z]+|<[^>]+>)", r"[+-]?\d+(?::\d+)*"
    date = rf",M(\d+)\.(\d)\.(\d)(?:/({number}))?"
    match = re.fullmatch(rf"{name}({number})(?:{name}({number})?{date}{date})?", text)
    assert match, f"unexpected rule {text}"
    standard = -seconds(match[1])
    if match[3] is None:
        return standard, None
    saving = -seconds(match[2]) if match[2] else standard + 3600
    start = (int(match[3]), int(match[4]), int(match[5]), seconds(match[6] or "2"))
    end = (int(match[7]), int(match[8]), int(match[9]), seconds(match[10] or "2"))
    return standard, (saving, start, end)


def on(year, rule):
    """The local second a date of the rule falls on in that year."""
    month, week, day, second = rule
    first, length = calendar.monthrange(year, month)
    date = 1 + (day - (first + 1)) % 7 + (week - 1) * 7
    if date > length:
        date -= 7
    return calendar.timegm((year, month, date, 0, 0, 0)) + second


def slim(when, kind, infos, rule):
    """(offset before, [(transition, offset)]) without what the rule or the offset before says as well."""
    before = next((offset for offset, saving in infos if not saving), infos[kind[0]][0] if kind else infos[0][0])
    # For the local time of the first transition zoneinfo uses the first type, for the others the offset before them.
    assert infos[0][0] == before
    kept = []
    for time, index in zip(when, kind):
        offset = infos[index][0]
        if offset != (kept[-1][1] if kept else before):
            kept.append((time, offset))
    # zoneinfo's bisection of local times requires this.
    for pick in (max, min):
        local = [time + pick(offset, previous)
                 for (time, offset), previous in zip(kept, [before] + [offset for _, offset in kept])]
        assert all(a < b for a, b in zip(local, local[1:]))
    standard, yearly = rule
    assert not kept or yearly or kept[-1][1] == standard
    if yearly:
        saving, start, end = yearly
        ruled = sorted([(on(year, start) - standard, saving) for year in range(1970, 2039)]
                       + [(on(year, end) - saving, standard) for year in range(1970, 2039)])
        while len(kept) > 1 and kept[-1] in ruled:
            at = ruled.index(kept[-1])
            if at == 0 or ruled[at - 1] != kept[-2]:
                break
            kept.pop()
    return before, kept


def body(data):
    when, kind, infos, text = read_zone(data)
    rule = read_rule(text)
    before, kept = slim(when, kind, infos, rule)
    offsets = sorted({offset for _, offset in kept})
    standard, yearly = rule
    saving, start, end = yearly or (0, (0, 0, 0, 0), (0, 0, 0, 0))
    result = struct.pack("<HBBiii", len(kept), len(offsets), 1 if yearly else 0, before, standard, saving)
    for month, week, day, second in (start, end):
        result += struct.pack("<BBBxi", month, week, day, second)
    result += struct.pack(f"<{len(kept)}q", *(time for time, _ in kept))
    result += struct.pack(f"<{len(offsets)}i", *offsets)
    result += bytes(offsets.index(offset) for _, offset in kept)
    return result + bytes(-len(result) % 8)


def read_database(root):
    """{name: TZif bytes, or None for a directory or a file that is no zone}"""
    found = {}
    for path, directories, files in os.walk(root):
        prefix = os.path.relpath(path, root)
        prefix = "" if prefix == "." else prefix + "/"
        if not prefix:
            directories[:] = [name for name in directories if name not in LOCAL_ONLY]
            files = [name for name in files if name not in LOCAL_ONLY]
        for name in directories:
            found[prefix + name] = None
        for name in files:
            with open(os.path.join(path, name), "rb") as file:
                data = file.read()
            found[prefix + name] = data if data.startswith(b"TZif") else None
    return found


def write(root, target):
    found = read_database(root)
    with open(os.path.join(root, "tzdata.zi"), encoding="ascii") as file:
        release = file.readline().split()[-1].encode()
    names = sorted(found, key=lambda name: name.encode())
    text = release + "".join(names).encode()
    text_start = 16 + 8 * len(names)
    bodies_start = text_start + len(text) + -(text_start + len(text)) % 8
    entries, bodies, placed, at = b"", b"", {}, len(release)
    for name in names:
        start = 0
        if found[name] is not None:
            content = body(found[name])
            if content not in placed:
                placed[content] = bodies_start + len(bodies)
                bodies += content
            start = placed[content]
        entries += struct.pack("<HBxI", at, len(name), start)
        at += len(name)
    head = struct.pack("<8sHHI", b"REFOLDTZ", len(names), len(release), text_start)
    result = head + entries + text
    result += bytes(bodies_start - len(result)) + bodies
    with open(target, "wb") as file:
        file.write(result)
    zones = sum(data is not None for data in found.values())
    print(f"{release.decode()}: {zones} zones and links, {len(names) - zones} other names, {len(placed)} bodies, "
          f"{len(result)} bytes")


def digest(root):
    """FNV-1a over zoneinfo's answers for every name at pseudo-random seconds of the years 1801 to 2199."""
    from datetime import datetime, timedelta, timezone
    import zoneinfo
    zoneinfo.reset_tzpath([root])
    epoch, mask = datetime(1970, 1, 1), (1 << 64) - 1
    state, east, west = 1, 0xCBF29CE484222325, 0xCBF29CE484222325
    for name in sorted(name for name, data in read_database(root).items() if data is not None):
        zone = zoneinfo.ZoneInfo(name)
        for _ in range(200):
            state = (state * 6364136223846793005 + 1442695040888963407) & mask
            reading = epoch + timedelta(seconds=(state >> 20) % 12_591_158_400 - 5_333_126_400)
            local = reading.replace(tzinfo=timezone.utc).astimezone(zone)
            utc = reading.replace(tzinfo=zone).astimezone(timezone.utc)
            east = ((east ^ (int(local.utcoffset().total_seconds()) & mask)) * 0x100000001B3) & mask
            west = ((west ^ (int((reading - utc.replace(tzinfo=None)).total_seconds()) & mask)) * 0x100000001B3) & mask
    print(f"offsets 0x{east:016X}, local readings 0x{west:016X}")


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--digest"]
    source = arguments[0] if arguments else "/usr/share/zoneinfo"
    if "--digest" in sys.argv:
        digest(source)
    else:
        write(source, os.path.join(os.path.dirname(os.path.abspath(__file__)), "tzdb.bin"))
