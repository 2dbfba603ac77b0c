// JPEG files through libjpeg-turbo, behind functions that never longjmp out: setjmp stays in C, Swift sees a status.
#ifndef CJPEG_H
#define CJPEG_H

#include <stddef.h>
#include <stdint.h>

typedef struct cjpeg_reader cjpeg_reader;

typedef struct {
    uint32_t width;
    uint32_t height;
    /// Whether the samples are those of four inks.
    int is_cmyk;
    /// The first Exif segment from its byte order on, which lives as long as the reader; NULL without one.
    const uint8_t *exif;
    size_t exif_count;
    /// Bytes of the file or the buffer; 0 when that cannot be known.
    uint64_t stored_bytes;
} cjpeg_header;

/// A reader of the file at `path`, or NULL with `errno` in `*error_number`.
cjpeg_reader *cjpeg_open_file(const char *path, int *error_number);

/// A reader of `count` bytes, which must stay alive until `cjpeg_close`; NULL when memory is short.
cjpeg_reader *cjpeg_open_bytes(const uint8_t *bytes, size_t count);

/// Reads up to the first scan without allocating anything that grows with the image. 0, or -1 with a message: also for
/// kinds that are not decoded, which are 12 bits a sample, lossless and arithmetic coding.
int cjpeg_read_header(cjpeg_reader *reader, cjpeg_header *header);

/// After `cjpeg_read_header`: decodes into `width * height` floats in [0, 1], the Rec. 601 luma of the colours. 0, or -1:
/// also for data that end early or are damaged, where libjpeg only warns and fills the rest with grey.
int cjpeg_read_gray(cjpeg_reader *reader, float *pixels);

/// The same, into `width * height` triples of bytes, red first.
int cjpeg_read_rgb(cjpeg_reader *reader, uint8_t *pixels);

/// Why the last call failed.
const char *cjpeg_message(const cjpeg_reader *reader);

/// The `errno` of a failed read of the file, or 0 when its content was at fault.
int cjpeg_read_errno(const cjpeg_reader *reader);

/// Releases the reader; NULL is allowed.
void cjpeg_close(cjpeg_reader *reader);

#endif
