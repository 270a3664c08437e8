#include "CReportAssets.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

const unsigned char refold_report_css[] = {
#embed "report.css"
};

const size_t refold_report_css_length = sizeof refold_report_css;

const unsigned char refold_report_js[] = {
#embed "report.js"
};

const size_t refold_report_js_length = sizeof refold_report_js;
