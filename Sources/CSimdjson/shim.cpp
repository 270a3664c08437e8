#include "CSimdjson.h"

#include <new>
#include <simdjson.h>

struct refold_simdjson {
  simdjson::dom::parser parser;
  size_t max_depth;
};

extern "C" const size_t refold_simdjson_padding = simdjson::SIMDJSON_PADDING;

extern "C" refold_simdjson *refold_simdjson_new(size_t max_depth) {
  return new (std::nothrow) refold_simdjson{simdjson::dom::parser(), max_depth};
}

extern "C" void refold_simdjson_free(refold_simdjson *parser) { delete parser; }

extern "C" refold_simdjson_document refold_simdjson_parse(
    refold_simdjson *parser, const uint8_t *bytes, size_t count) {
  simdjson::dom::parser &dom = parser->parser;
  if (dom.capacity() < count) {
    // Room for half as much again, so that a log of slowly growing lines does not allocate for each.
    simdjson::error_code grown = dom.allocate(count + count / 2 + 4096, parser->max_depth);
    if (grown) return {nullptr, nullptr, static_cast<int>(grown)};
  }
  simdjson::error_code error = dom.parse(bytes, count, false).error();
  if (error) return {nullptr, nullptr, static_cast<int>(error)};
  return {dom.doc.tape.get(), dom.doc.string_buf.get(), 0};
}

extern "C" const char *refold_simdjson_error_text(int error) {
  return simdjson::error_message(static_cast<simdjson::error_code>(error));
}

extern "C" const char *refold_simdjson_implementation(void) {
  static const std::string name = simdjson::get_active_implementation()->name();
  return name.c_str();
}
