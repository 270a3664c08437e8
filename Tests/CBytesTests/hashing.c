// Prints the digests of made-up bytes of many lengths, once for each way this machine can compute them; they must agree.
// Exit status 2: they do not.
#include <CHashing.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  static uint8_t bytes[4200];
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 131 + (i >> 7));
  for (int function = refold_md5; function <= (int)refold_sha256; function++) {
    bool has_instructions = refold_hash_has_instructions((refold_hash_function)function);
    fprintf(stderr, "%d: %s\n", function, has_instructions ? "instructions" : "portable");
    for (size_t count = 0; count <= 4200; count += count < 300 ? 1 : 97) {
      refold_digest digests[2];
      for (int is_fast = 0; is_fast <= has_instructions; is_fast++) {
        refold_hash hash = refold_hash_begin((refold_hash_function)function, is_fast);
        size_t first = count / 3;
        refold_hash_add(&hash, bytes, first);
        refold_hash_add(&hash, bytes + first, count - first);
        digests[is_fast] = refold_hash_end(hash);
      }
      if (has_instructions && memcmp(&digests[0], &digests[1], sizeof digests[0]) != 0) return 2;
      printf("%d %zu ", function, count);
      for (size_t i = 0; i < sizeof digests[0].bytes; i++) printf("%02x", digests[0].bytes[i]);
      printf("\n");
    }
  }
}
