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

/// Makes room for a document of `count` bytes and half as much again, so that slowly growing documents do not allocate
/// each time.
static simdjson::error_code make_room(refold_simdjson *parser, size_t count) {
  if (parser->parser.capacity() >= count) return simdjson::SUCCESS;
  return parser->parser.allocate(count + count / 2 + 4096, parser->max_depth);
}

extern "C" bool refold_simdjson_is_utf8(const uint8_t *bytes, size_t count) {
  return simdjson::validate_utf8(reinterpret_cast<const char *>(bytes), count);
}

extern "C" refold_simdjson_document refold_simdjson_parse(
    refold_simdjson *parser, const uint8_t *bytes, size_t count) {
  simdjson::dom::parser &dom = parser->parser;
  simdjson::error_code error = make_room(parser, count);
  if (error) return {nullptr, nullptr, static_cast<int>(error)};
  error = dom.parse(bytes, count, false).error();
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
