// Grey PNG files through libpng, behind functions that never longjmp out: setjmp stays in C, Swift sees a status.
#ifndef CPNG_H
#define CPNG_H

#include <stddef.h>
#include <stdint.h>

typedef struct cpng_reader cpng_reader;

typedef struct {
    uint32_t width;
    uint32_t height;
    /// Bytes of pixels before compression, as the header declares them.
    uint64_t raw_bytes;
    /// Bytes of the file or the buffer; 0 when that cannot be known.
    uint64_t stored_bytes;
    /// The Exif data before the pixels, from their byte order on, which live as long as the reader; NULL without any.
    const uint8_t *exif;
    size_t exif_count;
} cpng_header;

/// A reader of the file at `path`, or NULL with `errno` in `*error_number`.
cpng_reader *cpng_open_file(const char *path, int *error_number);

/// A reader of `count` bytes, which must stay alive until `cpng_close`; NULL when memory is short.
cpng_reader *cpng_open_bytes(const uint8_t *bytes, size_t count);

/// Reads up to the first pixels without allocating anything that grows with the image. 0, or -1 with a message.
int cpng_read_header(cpng_reader *reader, cpng_header *header);

/// After `cpng_read_header`: decodes into `pixels`, `width * height` floats in [0, 1], one row in memory at a time.
/// Values are sample / (2^bits - 1) as stored; colours become Rec. 601 luma, transparency shows white. 0, or -1.
int cpng_read_gray(cpng_reader *reader, float *pixels);

/// The same, into `width * height` triples of bytes, red first.
int cpng_read_rgb(cpng_reader *reader, uint8_t *pixels);

/// Why the last call failed.
const char *cpng_message(const cpng_reader *reader);

/// The `errno` of a failed read of the file, or 0 when its content was at fault.
int cpng_read_errno(const cpng_reader *reader);

/// Releases the reader; NULL is allowed.
void cpng_close(cpng_reader *reader);

typedef struct {
    uint8_t *bytes;
    size_t count;
    char message[128];
} cpng_output;

/// Encodes `width * height` floats as grey of 8 or 16 bits, clamped to [0, 1] (not-a-number is 0) and rounded to
/// nearest. 0, or -1 with a message; `cpng_release` the output either way.
int cpng_encode_gray(const float *pixels, uint32_t width, uint32_t height, int bits, cpng_output *output);

/// Encodes `width * height` triples of bytes, red first.
int cpng_encode_rgb(const uint8_t *pixels, uint32_t width, uint32_t height, cpng_output *output);

/// The 256 levels nearest to `count` values, clamped to [0, 1] (not-a-number is 0). 1 when every value is its level / 255.
int cpng_levels(const float *pixels, size_t count, uint8_t *levels);

/// The CRC-32 with which a chunk of a PNG file ends, over its type and its data.
uint32_t cpng_checksum(const uint8_t *bytes, size_t count);

/// Frees the bytes of `output`.
void cpng_release(cpng_output *output);

#endif
