#include "CSparkDriver.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

const unsigned char refold_spark_driver[] = {
#embed "../refold-spark/refold_spark.py"
};

const size_t refold_spark_driver_length = sizeof refold_spark_driver;
