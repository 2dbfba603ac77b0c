#include "cpng.h"

#include <errno.h>
#include <math.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

// Everything that must survive a longjmp lives in the reader, so that no local needs to be volatile.
struct cpng_reader {
    png_structp png;
    png_infop info;
    FILE *file;
    const uint8_t *bytes;
    size_t count;
    size_t position;
    png_bytep row;
    int read_errno;
    char warning[128];
    char message[256];
};

static void copy_text(char *target, size_t size, const char *text) {
    strncpy(target, text, size - 1);
    target[size - 1] = 0;
}

static void reader_failed(png_structp png, png_const_charp message) {
    cpng_reader *reader = png_get_error_ptr(png);
    // libpng says what is wrong with a header in a warning and then only "Invalid IHDR data".
    int vague = strcmp(message, "Invalid IHDR data") == 0 && reader->warning[0] != 0;
    copy_text(reader->message, sizeof reader->message, vague ? reader->warning : message);
    png_longjmp(png, 1);
}

static void reader_warned(png_structp png, png_const_charp message) {
    cpng_reader *reader = png_get_error_ptr(png);
    copy_text(reader->warning, sizeof reader->warning, message);
}

static void read_bytes(png_structp png, png_bytep target, size_t count) {
    cpng_reader *reader = png_get_io_ptr(png);
    if (reader->file) {
        if (fread(target, 1, count, reader->file) == count) return;
        if (ferror(reader->file)) {
            reader->read_errno = errno;
            png_error(png, strerror(errno));
        }
        png_error(png, "the file ends too early");
    }
    if (count > reader->count - reader->position) png_error(png, "the data end too early");
    memcpy(target, reader->bytes + reader->position, count);
    reader->position += count;
}

// Colour profiles, texts and the like do not change stored values: skipped unread, they can be neither wrong nor large.
static void skip_ancillary_chunks(png_structp png) {
    static const png_byte skipped[] =
        "iCCP\0zTXt\0iTXt\0tEXt\0sPLT\0hIST\0tIME\0gAMA\0cHRM\0sRGB\0sBIT\0bKGD\0pHYs\0oFFs\0pCAL\0sCAL";
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, skipped, (int)(sizeof skipped / 5));
    png_set_chunk_malloc_max(png, 1 << 20);
}

static cpng_reader *start(cpng_reader *reader) {
    reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, reader_failed, reader_warned);
    if (reader->png) reader->info = png_create_info_struct(reader->png);
    if (!reader->info) {
        cpng_close(reader);
        return NULL;
    }
    return reader;
}

cpng_reader *cpng_open_file(const char *path, int *error_number) {
    cpng_reader *reader = calloc(1, sizeof *reader);
    if (reader) reader->file = fopen(path, "rb");
    if (!reader || !reader->file) {
        *error_number = errno;
        free(reader);
        return NULL;
    }
    *error_number = ENOMEM;
    return start(reader);
}

cpng_reader *cpng_open_bytes(const uint8_t *bytes, size_t count) {
    cpng_reader *reader = calloc(1, sizeof *reader);
    if (!reader) return NULL;
    reader->bytes = bytes;
    reader->count = count;
    return start(reader);
}

static uint64_t stored_bytes(const cpng_reader *reader) {
    if (!reader->file) return reader->count;
    struct stat status;
    if (fstat(fileno(reader->file), &status) != 0 || !S_ISREG(status.st_mode)) return 0;
    return (uint64_t)status.st_size;
}

static void find_exif(const cpng_reader *reader, cpng_header *header) {
#ifdef PNG_eXIf_SUPPORTED
    png_bytep bytes = NULL;
    png_uint_32 count = 0;
    if (!png_get_eXIf_1(reader->png, reader->info, &count, &bytes)) return;
    header->exif = bytes;
    header->exif_count = count;
#endif
}

int cpng_read_header(cpng_reader *reader, cpng_header *header) {
    memset(header, 0, sizeof *header);
    if (setjmp(png_jmpbuf(reader->png))) return -1;
    // The caller's limits apply, with its own message.
    png_set_user_limits(reader->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_read_fn(reader->png, reader, read_bytes);
    skip_ancillary_chunks(reader->png);
    png_read_info(reader->png, reader->info);
    header->width = png_get_image_width(reader->png, reader->info);
    header->height = png_get_image_height(reader->png, reader->info);
    header->raw_bytes = (uint64_t)png_get_rowbytes(reader->png, reader->info) * header->height;
    header->stored_bytes = stored_bytes(reader);
    find_exif(reader, header);
    return 0;
}

// Where pixels go: one of the two is given.
typedef struct {
    float *gray;
    uint8_t *rgb;
} target;

// One pixel, its samples from 0 to `maximum`; what is transparent shows white.
static void convert_pixel(const double *samples, int channels, double maximum, target to, size_t pixel) {
    const int has_alpha = channels == 2 || channels == 4;
    const double alpha = has_alpha ? samples[channels - 1] / maximum : 1;
    if (to.gray) {
        // Weights in thousandths: equal samples give their own value exactly.
        const double value = channels < 3 ? samples[0] / maximum
                                          : (299 * samples[0] + 587 * samples[1] + 114 * samples[2]) / (1000 * maximum);
        to.gray[pixel] = (float)(has_alpha ? value * alpha + (1 - alpha) : value);
        return;
    }
    for (int colour = 0; colour < 3; colour++) {
        const double value = samples[channels < 3 ? 0 : colour] / maximum * alpha + (1 - alpha);
        to.rgb[3 * pixel + (size_t)colour] = (uint8_t)lrint(255 * value);
    }
}

// One row, its pixels spread over the image's from `pixel` on, each `step` further.
static void convert_row(const png_byte *row, uint32_t columns, int channels, int bits, target to, size_t pixel, uint32_t step,
                        const float *levels) {
    // What nearly every page is: a third of the time of the general way.
    if (to.gray && channels == 1 && bits == 8) {
        for (uint32_t column = 0; column < columns; column++, pixel += step) to.gray[pixel] = levels[row[column]];
        return;
    }
    const double maximum = bits == 16 ? 65535 : 255;
    double samples[4];
    for (uint32_t column = 0; column < columns; column++, pixel += step) {
        for (int channel = 0; channel < channels; channel++) {
            if (bits == 16) {
                samples[channel] = row[0] << 8 | row[1];
                row += 2;
            } else {
                samples[channel] = *row++;
            }
        }
        convert_pixel(samples, channels, maximum, to, pixel);
    }
}

static int decode(cpng_reader *reader, target to) {
    png_structp png = reader->png;
    if (setjmp(png_jmpbuf(png))) return -1;
    const uint32_t width = png_get_image_width(png, reader->info);
    const uint32_t height = png_get_image_height(png, reader->info);
    const int interlaced = png_get_interlace_type(png, reader->info) == PNG_INTERLACE_ADAM7;
    png_set_expand(png);
    png_read_update_info(png, reader->info);
    const int channels = png_get_channels(png, reader->info);
    const int bits = png_get_bit_depth(png, reader->info);
    free(reader->row);
    reader->row = malloc(png_get_rowbytes(png, reader->info));
    if (!reader->row) png_error(png, "out of memory");
    float levels[256];
    for (int level = 0; level < 256; level++) levels[level] = (float)(level / 255.0);

    if (!interlaced) {
        for (uint32_t y = 0; y < height; y++) {
            png_read_row(png, reader->row, NULL);
            convert_row(reader->row, width, channels, bits, to, (size_t)y * width, 1, levels);
        }
    } else {
        // libpng is not asked to weave the seven passes, which would need the whole image a second time.
        for (int pass = 0; pass < PNG_INTERLACE_ADAM7_PASSES; pass++) {
            const uint32_t columns = PNG_PASS_COLS(width, pass);
            const uint32_t rows = columns ? PNG_PASS_ROWS(height, pass) : 0;
            for (uint32_t i = 0; i < rows; i++) {
                const size_t y = PNG_ROW_FROM_PASS_ROW(i, pass);
                png_read_row(png, reader->row, NULL);
                convert_row(reader->row, columns, channels, bits, to, y * width + PNG_PASS_START_COL(pass),
                            PNG_PASS_COL_OFFSET(pass), levels);
            }
        }
    }
    png_read_end(png, NULL);
    return 0;
}

int cpng_read_gray(cpng_reader *reader, float *pixels) { return decode(reader, (target){.gray = pixels}); }

int cpng_read_rgb(cpng_reader *reader, uint8_t *pixels) { return decode(reader, (target){.rgb = pixels}); }

const char *cpng_message(const cpng_reader *reader) { return reader->message; }

int cpng_read_errno(const cpng_reader *reader) { return reader->read_errno; }

void cpng_close(cpng_reader *reader) {
    if (!reader) return;
    png_destroy_read_struct(&reader->png, &reader->info, NULL);
    if (reader->file) fclose(reader->file);
    free(reader->row);
    free(reader);
}

typedef struct {
    png_structp png;
    png_infop info;
    png_bytep row;
    size_t capacity;
    cpng_output *output;
} writer;

static void writer_failed(png_structp png, png_const_charp message) {
    writer *state = png_get_error_ptr(png);
    copy_text(state->output->message, sizeof state->output->message, message);
    png_longjmp(png, 1);
}

static void writer_warned(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static void write_bytes(png_structp png, png_bytep bytes, size_t count) {
    writer *state = png_get_io_ptr(png);
    cpng_output *output = state->output;
    if (count > state->capacity - output->count) {
        const size_t capacity = 2 * state->capacity + count;
        uint8_t *larger = realloc(output->bytes, capacity);
        if (!larger) png_error(png, "out of memory");
        output->bytes = larger;
        state->capacity = capacity;
    }
    memcpy(output->bytes + output->count, bytes, count);
    output->count += count;
}

static void flush_nothing(png_structp png) { (void)png; }

static void quantise_row(const float *values, uint32_t width, int bits, png_bytep row) {
    const float maximum = bits == 16 ? 65535 : 255;
    for (uint32_t x = 0; x < width; x++) {
        const float value = values[x] > 0 ? (values[x] < 1 ? values[x] : 1) : 0;
        const unsigned sample = (unsigned)lrintf(value * maximum);
        if (bits == 16) *row++ = (png_byte)(sample >> 8);
        *row++ = (png_byte)sample;
    }
}

// Either `gray` or `rgb` is given.
static int encode(writer *state, const float *gray, const uint8_t *rgb, uint32_t width, uint32_t height, int bits) {
    memset(state->output, 0, sizeof *state->output);
    state->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, state, writer_failed, writer_warned);
    if (state->png) state->info = png_create_info_struct(state->png);
    if (!state->info) {
        copy_text(state->output->message, sizeof state->output->message, "out of memory");
        return -1;
    }
    if (setjmp(png_jmpbuf(state->png))) return -1;
    png_set_write_fn(state->png, state, write_bytes, flush_nothing);
    png_set_IHDR(state->png, state->info, width, height, bits, rgb ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(state->png, state->info);
    state->row = malloc((size_t)width * 3);
    if (!state->row) png_error(state->png, "out of memory");
    for (uint32_t y = 0; y < height; y++) {
        if (rgb) {
            png_write_row(state->png, rgb + (size_t)y * width * 3);
        } else {
            quantise_row(gray + (size_t)y * width, width, bits, state->row);
            png_write_row(state->png, state->row);
        }
    }
    png_write_end(state->png, NULL);
    return 0;
}

static int encode_and_clean(const float *gray, const uint8_t *rgb, uint32_t width, uint32_t height, int bits,
                            cpng_output *output) {
    writer state = {.output = output};
    const int status = encode(&state, gray, rgb, width, height, bits);
    png_destroy_write_struct(&state.png, &state.info);
    free(state.row);
    return status;
}

int cpng_encode_gray(const float *pixels, uint32_t width, uint32_t height, int bits, cpng_output *output) {
    return encode_and_clean(pixels, NULL, width, height, bits, output);
}

int cpng_encode_rgb(const uint8_t *pixels, uint32_t width, uint32_t height, cpng_output *output) {
    return encode_and_clean(NULL, pixels, width, height, 8, output);
}

uint32_t cpng_checksum(const uint8_t *bytes, size_t count) {
    return (uint32_t)crc32_z(0, bytes, count);
}

int cpng_levels(const float *pixels, size_t count, uint8_t *levels) {
    // Adding 1.5 · 2^23 rounds to a whole number, nearest even, in the lowest bits: unlike lrintf, compilers vectorise it.
    const float shift = 12582912.0f;
    int inexact = 0;
    for (size_t i = 0; i < count; i++) {
        float value = pixels[i] > 0 ? pixels[i] : 0;
        value = value < 1 ? value : 1;
        const float whole = value * 255 + shift;
        uint32_t bits;
        memcpy(&bits, &whole, sizeof bits);
        const int level = (int)(bits & 255);
        levels[i] = (uint8_t)level;
        inexact |= (float)level / 255 != pixels[i];
    }
    return !inexact;
}

void cpng_release(cpng_output *output) {
    free(output->bytes);
    memset(output, 0, sizeof *output);
}
