// The lower bound of parsing: simdjson parses every line of an NDJSON file on one thread and does nothing else.
// Prints {"lines": N}. Exit status 2: trouble.
#include <fcntl.h>
#include <simdjson.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <vector>

int main(int argc, char **argv) {
  constexpr size_t block = 1 << 20;
  int file = argc == 2 ? open(argv[1], O_RDONLY) : -1;
  if (file < 0) return fprintf(stderr, "floor: cannot open the log\n"), 2;
  simdjson::dom::parser parser;
  std::vector<char> buffer(2 * block + simdjson::SIMDJSON_PADDING);
  size_t held = 0;
  long lines = 0;
  for (;;) {
    if (buffer.size() < held + block + simdjson::SIMDJSON_PADDING) buffer.resize(2 * buffer.size());
    ssize_t got = read(file, buffer.data() + held, block);
    if (got < 0) return fprintf(stderr, "floor: cannot read the log\n"), 2;
    bool ended = got == 0;
    if (ended && held == 0) break;
    if (ended) buffer[held] = '\n', got = 1;  // The last line may lack its line feed.
    held += got;
    char *line = buffer.data(), *end = line + held;
    while (char *feed = static_cast<char *>(memchr(line, '\n', end - line))) {
      if (feed > line) {
        if (parser.parse(line, feed - line, false).error()) return fprintf(stderr, "floor: not JSON\n"), 2;
        lines++;
      }
      line = feed + 1;
    }
    held = end - line;
    memmove(buffer.data(), line, held);
    if (ended) break;
  }
  printf("{\"lines\": %ld}\n", lines);
}
