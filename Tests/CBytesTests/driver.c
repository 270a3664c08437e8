// Calls every function of CBytes over made-up inputs, the same on every machine, and prints a line for each input. Where
// a function has a version for each instruction set, all that the machine has must agree. Exit status 2: they do not.
#include <CBytes/CBytes.h>
#include <stdio.h>
#include <stdlib.h>

enum { room = 8192 };

static uint64_t state;

/// A random number below `limit` (splitmix64).
static size_t below(size_t limit) {
  uint64_t x = state += 0x9E3779B97F4A7C15;
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
  x = (x ^ x >> 27) * 0x94D049BB133111EB;
  return (size_t)((x ^ x >> 31) % limit);
}

static uint64_t hash(uint64_t sum, const void *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) sum = (sum ^ ((const uint8_t *)bytes)[i]) * 0x100000001B3;
  return sum;
}

static void fail(const char *what, int number) {
  printf("%s %d: the instruction sets disagree\n", what, number);
  exit(2);
}

/// Not what UTF-8 is: any function of the bytes will do.
static bool is_utf8(const uint8_t *bytes, size_t count) { return hash(1, bytes, count) % 4 != 0; }

/// Fills `text` with bytes of one kind. The slack after it holds bytes that must not count.
static void fill(uint8_t *text, size_t count, const char *kind) {
  size_t kinds = strlen(kind);
  for (size_t i = 0; i < count; i++) text[i] = (uint8_t)kind[below(kinds)];
  for (size_t i = 0; i < 64; i++) text[count + i] = (uint8_t)"\"\\\n\xC3"[i % 4];
}

static const char *const kinds[] = {
    "\"\\\n a", "\"aaaaaaaaaaaa", "\"\x1F\xC3\xA9 a", "\"a\xC3\xA9", "\\\"", "\"", "\\", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"};

static size_t next_count(int number) { return number <= 200 ? (size_t)number : below(room - 64); }

static void lines(void) {
  static uint8_t memory[room + 128];
  static uint32_t offsets[2][room + 64];
  for (int number = 0; number < 600; number++) {
    size_t count = next_count(number);
    uint8_t *text = memory + below(64);
    fill(text, count, kinds[below(8)]);
    size_t expected = refold_mark_lines(refold_any_machine, text, count, 7, offsets[0]);
    for (int set = refold_avx2; set <= (int)refold_best_instructions(); set++)
      if (refold_mark_lines((refold_instructions)set, text, count, 7, offsets[1]) != expected
          || memcmp(offsets[0], offsets[1], expected * sizeof(uint32_t)) != 0)
        fail("lines", number);
    printf("lines %d: %zu %016llx\n", number, expected, (unsigned long long)hash(0, offsets[0], expected * sizeof(uint32_t)));
  }
}

static void strings(void) {
  static uint8_t memory[room + 128];
  static uint32_t offsets[2][room + 64], escapes[2][room + 64];
  for (int number = 0; number < 1600; number++) {
    size_t count = next_count(number % 400);
    uint8_t *text = memory + below(64);
    fill(text, count, kinds[below(8)]);
    refold_strings expected = refold_mark_strings(refold_any_machine, text, count, is_utf8, offsets[0], escapes[0]);
    for (int set = refold_avx2; set <= (int)refold_best_instructions(); set++) {
      refold_strings found = refold_mark_strings((refold_instructions)set, text, count, is_utf8, offsets[1], escapes[1]);
      if (found.quotes != expected.quotes || found.backslashes != expected.backslashes || found.is_valid != expected.is_valid
          || memcmp(offsets[0], offsets[1], expected.quotes * sizeof(uint32_t)) != 0
          || memcmp(escapes[0], escapes[1], expected.backslashes * sizeof(uint32_t)) != 0)
        fail("strings", number);
    }
    uint64_t sum = hash(0, offsets[0], expected.quotes * sizeof(uint32_t));
    sum = hash(sum, escapes[0], expected.backslashes * sizeof(uint32_t));
    printf("strings %d: %zu %zu %d %016llx\n", number, expected.quotes, expected.backslashes, expected.is_valid,
           (unsigned long long)sum);
  }
}

static const char *const names[] = {"status", "confidence", "a", "aa", "inferred_confidence"};

static size_t put(uint8_t *text, const char *more) {
  memcpy(text, more, strlen(more));
  return strlen(more);
}

/// Writes a JSON object of at most some hundred bytes a level, and returns its length.
static size_t put_object(uint8_t *text, int depth) {
  static const char *const values[] = {
      "0.25", "\"ok\"", "null", "[1,{}]", "\"{\"", "\"}:\"", "\"status\"", "\"a long text, longer than a block of sixty-four bytes, at least\"",
      "\"\\\\\"", "\"\\\"\""};
  size_t length = put(text, "{");
  size_t members = below(5);
  for (size_t i = 0; i < members; i++) {
    if (i > 0) length += put(text + length, ",");
    length += put(text + length, "\"");
    length += put(text + length, names[below(5)]);
    length += put(text + length, "\":");
    // Values with backslashes are rare: the functions give up on them.
    if (depth > 0 && below(3) == 0) length += put_object(text + length, depth - 1);
    else length += put(text + length, values[below(below(20) == 0 ? 10 : 8)]);
  }
  return length + put(text + length, "}");
}

static void members(void) {
  static uint8_t text[4 * room];
  for (int number = 0; number < 4000; number++) {
    size_t count;
    if (number % 4 == 0) {
      count = next_count(number % 300);
      fill(text, count, "\"\"::{}[]aa,");
    } else {
      count = put_object(text, 3);
    }
    printf("members %d:", number);
    for (int name = 0; name < 5; name++) {
      const uint8_t *wanted = (const uint8_t *)names[name];
      printf(" %td %td", refold_member_from_front(text, count, wanted, strlen(names[name])),
             refold_member_from_back(text, count, wanted, strlen(names[name])));
    }
    printf("\n");
  }
}

/// RFC 4180's rule, byte by byte; what ``refold_unquote`` does.
static ptrdiff_t unquote_by_the_rule(const uint8_t *text, size_t count, uint8_t *value, size_t *length) {
  size_t held = 0;
  for (size_t at = 0; at < count; at++) {
    if (text[at] == '"') {
      if (at + 1 >= count || text[at + 1] != '"') return *length = held, (ptrdiff_t)at;
      at++;
    }
    value[held++] = text[at];
  }
  return -1;
}

static void fields(void) {
  static uint8_t text[room], values[2][room];
  for (int number = 0; number < 2000; number++) {
    size_t count = next_count(number % 220), lengths[2] = {0, 0};
    fill(text, count, below(2) == 0 ? "\"a" : "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"a");
    ptrdiff_t expected = unquote_by_the_rule(text, count, values[0], &lengths[0]);
    if (refold_can_unquote()) {
      ptrdiff_t found = refold_unquote(text, count, values[1], &lengths[1]);
      if (found != expected || lengths[0] != lengths[1] || memcmp(values[0], values[1], lengths[0]) != 0)
        fail("fields", number);
    }
    printf("fields %d: %td %016llx\n", number, expected, (unsigned long long)hash(0, values[0], lengths[0]));
  }
}

static void blocks(void) {
  uint8_t text[128];
  for (int number = 0; number < 500; number++) {
    fill(text, 64, "abcdefgh,\"\n");
    uint64_t bits = refold_marks(text, 'a');
    printf("blocks %d: %016llx %016llx %016llx\n", number, (unsigned long long)bits,
           (unsigned long long)refold_marks_of_three(text, ',', '\n', '"'), (unsigned long long)refold_parities(bits));
  }
}

static void uuids(void) {
  uint8_t text[128];
  for (int number = 0; number < 2000; number++) {
    fill(text, 36, "0123456789abcdefABCDEF");
    if (number % 3 == 0) text[below(36)] = (uint8_t)below(256);
    refold_uuid id = refold_read_uuid(text);
    printf("uuids %d: %d", number, id.is_valid);
    if (id.is_valid) printf(" %016llx %016llx", (unsigned long long)id.first, (unsigned long long)id.second);
    printf("\n");
  }
}

int main(int argc, char **argv) {
  // What this machine has goes elsewhere: the outputs of all machines are the same.
  if (argc == 2 && strcmp(argv[1], "--instructions") == 0) return printf("%d\n", refold_best_instructions()), 0;
  lines();
  strings();
  members();
  fields();
  blocks();
  uuids();
  return 0;
}
