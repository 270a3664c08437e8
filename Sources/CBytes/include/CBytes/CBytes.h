#ifndef REFOLD_CBYTES_H
#define REFOLD_CBYTES_H

// What Swift cannot express: a prefetch, and comparisons of byte vectors that give the bits of an integer. Swift's SIMD
// types compare byte by byte, but cannot turn the mask into the bits of an integer.

#include "instructions.h"
#include "marks.h"
#include "members.h"
#include "prefetch.h"
#include "quotes.h"
#include "uuid.h"
#include "vectors.h"

#endif
