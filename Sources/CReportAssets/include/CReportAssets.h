#ifndef CREPORTASSETS_H
#define CREPORTASSETS_H

#include <stddef.h>

/// The bytes of report.css and report.js; valid for as long as the process runs, never written.
extern const unsigned char refold_report_css[];
extern const size_t refold_report_css_length;
extern const unsigned char refold_report_js[];
extern const size_t refold_report_js_length;

static inline const void *_Nonnull refold_report_css_bytes(void) { return refold_report_css; }
static inline size_t refold_report_css_count(void) { return refold_report_css_length; }
static inline const void *_Nonnull refold_report_js_bytes(void) { return refold_report_js; }
static inline size_t refold_report_js_count(void) { return refold_report_js_length; }

#endif
