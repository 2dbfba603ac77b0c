#include "cjpeg.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jpeglib.h>

#include <jerror.h>

// A progressive image of more passes than any encoder makes is built to keep a processor busy.
enum { most_scans = 200, buffer_size = 1 << 16 };

// Everything that must survive a longjmp lives in the reader, so that no local needs to be volatile.
struct cjpeg_reader {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    jmp_buf failed;
    FILE *file;
    size_t count;
    JSAMPROW row;
    int is_inverted;
    int read_errno;
    char message[JMSG_LENGTH_MAX];
    JOCTET buffer[buffer_size];
};

static cjpeg_reader *reader_of(j_common_ptr jpeg) { return jpeg->client_data; }

static void fail(cjpeg_reader *reader, const char *message) {
    strncpy(reader->message, message, sizeof reader->message - 1);
    longjmp(reader->failed, 1);
}

static void library_failed(j_common_ptr jpeg) {
    cjpeg_reader *reader = reader_of(jpeg);
    jpeg->err->format_message(jpeg, reader->message);
    longjmp(reader->failed, 1);
}

// A negative level is a warning. Those let pass say that something odd stands beside the image, not that a part of it is missing.
static void library_warned(j_common_ptr jpeg, int level) {
    if (level >= 0) return;
    switch (jpeg->err->msg_code) {
        case JWRN_EXTRANEOUS_DATA:
        case JWRN_ADOBE_XFORM:
        case JWRN_JFIF_MAJOR:
        case JWRN_BOGUS_ICC:
        case JWRN_TOO_MUCH_DATA:
            return;
        default:
            library_failed(jpeg);
    }
}

static void say_nothing(j_common_ptr jpeg) { (void)jpeg; }

static void count_scans(j_common_ptr jpeg) {
    if (((j_decompress_ptr)jpeg)->input_scan_number > most_scans) fail(reader_of(jpeg), "it has too many scans");
}

static void begin_source(j_decompress_ptr jpeg) { (void)jpeg; }

// libjpeg's own sources put an end here that is not there.
static boolean fill_source(j_decompress_ptr jpeg) {
    cjpeg_reader *reader = jpeg->client_data;
    if (!reader->file) fail(reader, "the data end too early");
    const size_t count = fread(reader->buffer, 1, buffer_size, reader->file);
    if (count == 0) {
        if (ferror(reader->file)) {
            reader->read_errno = errno;
            fail(reader, strerror(errno));
        }
        fail(reader, "the file ends too early");
    }
    reader->source.next_input_byte = reader->buffer;
    reader->source.bytes_in_buffer = count;
    return TRUE;
}

static void skip_source(j_decompress_ptr jpeg, long count) {
    struct jpeg_source_mgr *source = jpeg->src;
    while (count > 0 && (size_t)count > source->bytes_in_buffer) {
        count -= (long)source->bytes_in_buffer;
        fill_source(jpeg);
    }
    if (count <= 0) return;
    source->next_input_byte += count;
    source->bytes_in_buffer -= (size_t)count;
}

static cjpeg_reader *start(cjpeg_reader *reader) {
    reader->jpeg.err = jpeg_std_error(&reader->errors);
    reader->errors.error_exit = library_failed;
    reader->errors.emit_message = library_warned;
    reader->errors.output_message = say_nothing;
    reader->jpeg.client_data = reader;
    if (setjmp(reader->failed)) {
        cjpeg_close(reader);
        return NULL;
    }
    jpeg_create_decompress(&reader->jpeg);
    reader->source.init_source = begin_source;
    reader->source.fill_input_buffer = fill_source;
    reader->source.skip_input_data = skip_source;
    reader->source.resync_to_restart = jpeg_resync_to_restart;
    reader->source.term_source = begin_source;
    reader->jpeg.src = &reader->source;
    reader->progress.progress_monitor = count_scans;
    reader->jpeg.progress = &reader->progress;
    return reader;
}

cjpeg_reader *cjpeg_open_file(const char *path, int *error_number) {
    cjpeg_reader *reader = calloc(1, sizeof *reader);
    if (reader) reader->file = fopen(path, "rb");
    if (!reader || !reader->file) {
        *error_number = errno;
        free(reader);
        return NULL;
    }
    *error_number = ENOMEM;
    return start(reader);
}

cjpeg_reader *cjpeg_open_bytes(const uint8_t *bytes, size_t count) {
    cjpeg_reader *reader = calloc(1, sizeof *reader);
    if (!reader) return NULL;
    reader->count = count;
    reader->source.next_input_byte = bytes;
    reader->source.bytes_in_buffer = count;
    return start(reader);
}

static uint64_t stored_bytes(const cjpeg_reader *reader) {
    if (!reader->file) return reader->count;
    struct stat status;
    if (fstat(fileno(reader->file), &status) != 0 || !S_ISREG(status.st_mode)) return 0;
    return (uint64_t)status.st_size;
}

static void find_exif(const cjpeg_reader *reader, cjpeg_header *header) {
    static const uint8_t name[] = "Exif\0";
    for (jpeg_saved_marker_ptr marker = reader->jpeg.marker_list; marker; marker = marker->next) {
        if (marker->marker != JPEG_APP0 + 1 || marker->data_length <= sizeof name) continue;
        if (memcmp(marker->data, name, sizeof name) != 0) continue;
        header->exif = marker->data + sizeof name;
        header->exif_count = marker->data_length - sizeof name;
        return;
    }
}

int cjpeg_read_header(cjpeg_reader *reader, cjpeg_header *header) {
    j_decompress_ptr jpeg = &reader->jpeg;
    memset(header, 0, sizeof *header);
    if (setjmp(reader->failed)) {
        // What the header says is wrong, libjpeg says after reading it.
        header->width = jpeg->image_width;
        header->height = jpeg->image_height;
        return -1;
    }
    jpeg_save_markers(jpeg, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(jpeg, TRUE);
    if (jpeg->data_precision != 8) fail(reader, "samples of other than 8 bits are not supported");
    // Such data may be shorter than any bound by the number of pixels, and hardly a program writes them.
    if (jpeg->arith_code) fail(reader, "arithmetic coding is not supported");
    header->width = jpeg->image_width;
    header->height = jpeg->image_height;
    header->is_cmyk = jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK;
    header->stored_bytes = stored_bytes(reader);
    find_exif(reader, header);
    return 0;
}

// Inks as light, what passes each of them: Adobe's programs store that, others the ink.
static void colours_of_inks(const JSAMPLE *sample, int is_inverted, double *colours) {
    double light[4];
    for (int ink = 0; ink < 4; ink++) light[ink] = is_inverted ? sample[ink] : 255 - sample[ink];
    for (int colour = 0; colour < 3; colour++) colours[colour] = light[colour] * light[3] / 255;
}

static void convert_row(const cjpeg_reader *reader, float *gray, uint8_t *rgb) {
    const int channels = reader->jpeg.output_components;
    const JSAMPLE *sample = reader->row;
    for (JDIMENSION x = 0; x < reader->jpeg.output_width; x++, sample += channels) {
        double colours[3] = {sample[0], sample[0], sample[0]};
        if (channels == 4) {
            colours_of_inks(sample, reader->is_inverted, colours);
        } else if (channels == 3) {
            colours[1] = sample[1];
            colours[2] = sample[2];
        }
        if (rgb) {
            for (int colour = 0; colour < 3; colour++) *rgb++ = (uint8_t)(colours[colour] + 0.5);
        } else {
            // As for PNG: weights in thousandths, so that equal samples give their own value exactly.
            *gray++ = (float)((299 * colours[0] + 587 * colours[1] + 114 * colours[2]) / 255000);
        }
    }
}

static int decode(cjpeg_reader *reader, float *gray, uint8_t *rgb) {
    j_decompress_ptr jpeg = &reader->jpeg;
    if (setjmp(reader->failed)) return -1;
    switch (jpeg->jpeg_color_space) {
        case JCS_GRAYSCALE: jpeg->out_color_space = JCS_GRAYSCALE; break;
        case JCS_CMYK:
        case JCS_YCCK: jpeg->out_color_space = JCS_CMYK; break;
        case JCS_RGB:
        case JCS_YCbCr: jpeg->out_color_space = JCS_RGB; break;
        default: fail(reader, "its colours are of no known kind");
    }
    reader->is_inverted = jpeg->saw_Adobe_marker;
    jpeg_start_decompress(jpeg);
    const size_t width = jpeg->output_width;
    free(reader->row);
    reader->row = malloc(width * (size_t)jpeg->output_components);
    if (!reader->row) fail(reader, "out of memory");
    while (jpeg->output_scanline < jpeg->output_height) {
        const size_t start = jpeg->output_scanline * width;
        jpeg_read_scanlines(jpeg, &reader->row, 1);
        convert_row(reader, gray ? gray + start : NULL, rgb ? rgb + 3 * start : NULL);
    }
    jpeg_finish_decompress(jpeg);
    return 0;
}

int cjpeg_read_gray(cjpeg_reader *reader, float *pixels) { return decode(reader, pixels, NULL); }

int cjpeg_read_rgb(cjpeg_reader *reader, uint8_t *pixels) { return decode(reader, NULL, pixels); }

const char *cjpeg_message(const cjpeg_reader *reader) { return reader->message; }

int cjpeg_read_errno(const cjpeg_reader *reader) { return reader->read_errno; }

void cjpeg_close(cjpeg_reader *reader) {
    if (!reader) return;
    jpeg_destroy_decompress(&reader->jpeg);
    if (reader->file) fclose(reader->file);
    free(reader->row);
    free(reader);
}
