#ifndef REFOLD_CBYTES_H
#define REFOLD_CBYTES_H

// What Swift has no words for: a prefetch, and comparisons of vectors of bytes that give the bits of a number. Swift's SIMD
// types compare byte by byte, and have no way from a mask to the bits of an integer.

#include "instructions.h"
#include "marks.h"
#include "members.h"
#include "prefetch.h"
#include "quotes.h"
#include "uuid.h"
#include "vectors.h"

#endif
