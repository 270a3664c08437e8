#ifndef REFOLD_TARGETS_H
#define REFOLD_TARGETS_H

#include <CBytes/CBytes.h>
#include <stdbool.h>

#ifdef __x86_64__
#include <immintrin.h>

// For functions that are called only if `has_avx2()` or `has_avx512()`, respectively, is true.
#define AVX2 __attribute__((target("avx2,bmi,popcnt,pclmul")))
#define AVX512 \
  __attribute__((target("avx2,bmi,popcnt,pclmul,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2"), min_vector_width(512)))

REFOLD_INLINE bool has_avx2(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt")
      && __builtin_cpu_supports("pclmul");
}

REFOLD_INLINE bool has_avx512(void) {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
      && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi")
      && __builtin_cpu_supports("avx512vbmi2");
}
#endif

#endif
