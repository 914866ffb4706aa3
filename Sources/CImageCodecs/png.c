// PNG through libpng: every bit depth, palette, grey, alpha (composited), interlaced.
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "codec.h"

typedef struct {
  const uint8_t *bytes;
  size_t count, position;
  int reached_end;
  const uint8_t *background;
  graft_image_result *result;
  uint8_t *scratch;  // RGBA rows
} reader;

static void on_read(png_structp png, png_bytep target, size_t length) {
  reader *source = png_get_io_ptr(png);
  if (length > source->count - source->position) {
    source->reached_end = 1;
    png_error(png, "the data ends before the picture does");
  }
  memcpy(target, source->bytes + source->position, length);
  source->position += length;
}

static void on_error(png_structp png, png_const_charp message) {
  reader *source = png_get_error_ptr(png);
  snprintf(source->result->message, sizeof(source->result->message), "%s", message);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
  reader *source = png_get_error_ptr(png);
  source->result->warning_count++;
  if (source->result->message[0] == 0) {
    snprintf(source->result->message, sizeof(source->result->message), "%s", message);
  }
}

// c·α + background·(1 − α), rounded.
static void composite(const uint8_t *rgba, const uint8_t *background, uint8_t *rgb, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const uint32_t alpha = rgba[4 * i + 3];
    for (int c = 0; c < 3; c++) {
      const uint32_t sum = rgba[4 * i + c] * alpha + background[c] * (255 - alpha) + 128;
      rgb[3 * i + c] = (uint8_t)((sum + (sum >> 8)) >> 8);
    }
  }
}

// Only what decides about pixels is read: IHDR, PLTE, tRNS, IDAT, and eXIf for the orientation. All
// other chunks (texts and colour profiles, which may be bombs of deflated data) are passed over
// without being kept or inflated.
static void skip_other_chunks(png_structp png) {
  static const png_byte wanted[] = "eXIf";
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_AS_DEFAULT, wanted, 1);
  // No EXIF block of a camera comes near this.
  png_set_chunk_malloc_max(png, 1 << 20);
}

// libpng takes the memory that an eXIf chunk announces before it looks whether the file has as much.
static int announces_too_long_exif(const uint8_t *bytes, size_t count) {
  for (size_t at = 8; at + 8 <= count;) {
    const size_t length = (size_t)bytes[at] << 24 | (size_t)bytes[at + 1] << 16 |
                          (size_t)bytes[at + 2] << 8 | bytes[at + 3];
    if (length > count - at - 8) return memcmp(bytes + at + 4, "eXIf", 4) == 0;
    at += length + 12;
  }
  return 0;
}

// Deflate makes at most 1032 bytes of one, so that a file too short for its picture is known
// beforehand, before memory for the pixels is used.
static int is_too_short(png_structp png, png_infop info, size_t count) {
  const double bits = (double)png_get_channels(png, info) * png_get_bit_depth(png, info);
  const double bytes =
      (double)png_get_image_height(png, info) * png_get_image_width(png, info) * bits / 8;
  return bytes > 1032.0 * (double)count;
}

static void read_pixels(png_structp png, png_infop info, reader *source, uint8_t *pixels) {
  graft_image_result *result = source->result;
  const int type = png_get_color_type(png, info);
  const int transparent = png_get_valid(png, info, PNG_INFO_tRNS) != 0;
  if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (!(type & PNG_COLOR_MASK_COLOR)) {
    png_set_expand_gray_1_2_4_to_8(png);
    png_set_gray_to_rgb(png);
  }
  if (transparent) png_set_tRNS_to_alpha(png);
  png_set_strip_16(png);  // the high byte, as Pillow
  const int alpha = transparent || (type & PNG_COLOR_MASK_ALPHA);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);

  const size_t width = result->width, height = result->height;
  const size_t stride = png_get_rowbytes(png, info);
  if (stride != width * (alpha ? 4 : 3)) png_error(png, "unexpected row size");
  if (!alpha) {
    for (int pass = 0; pass < passes; pass++) {
      for (size_t y = 0; y < height; y++) png_read_row(png, pixels + y * stride, NULL);
    }
    return;
  }
  // Interlacing visits a row more than once, so its alpha must be kept until the last pass.
  source->scratch = malloc(passes == 1 ? stride : stride * height);
  if (source->scratch == NULL) png_error(png, "out of memory");
  for (int pass = 0; pass < passes; pass++) {
    for (size_t y = 0; y < height; y++) {
      uint8_t *row = source->scratch + (passes == 1 ? 0 : y * stride);
      png_read_row(png, row, NULL);
      if (pass == passes - 1) composite(row, source->background, pixels + y * width * 3, width);
    }
  }
}

graft_image_status graft_png_run(const uint8_t *bytes, size_t count,
                                 const graft_image_request *request, uint8_t *pixels,
                                 size_t capacity, graft_image_result *result) {
  reader source = {
      .bytes = bytes, .count = count, .background = request->background, .result = result};
  if (announces_too_long_exif(bytes, count)) {
    return graft_image_fail(result, GRAFT_IMAGE_TRUNCATED, "the data ends before the picture does");
  }
  png_structp png =
      png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, on_error, on_warning);
  png_infop info = png == NULL ? NULL : png_create_info_struct(png);
  if (info == NULL) {
    png_destroy_read_struct(&png, NULL, NULL);
    return graft_image_fail(result, GRAFT_IMAGE_NO_MEMORY, "out of memory");
  }
  if (setjmp(png_jmpbuf(png))) {
    free(source.scratch);
    png_destroy_read_struct(&png, &info, NULL);
    result->status = source.reached_end ? GRAFT_IMAGE_TRUNCATED : GRAFT_IMAGE_CORRUPT;
    return (graft_image_status)result->status;
  }
  png_set_read_fn(png, &source, on_read);
  // Our own limit speaks first and in clearer words; libpng's would name no size.
  png_set_user_limits(png, 0x7FFFFFFF, 0x7FFFFFFF);
  skip_other_chunks(png);
  png_read_info(png, info);

  result->width = result->output_width = png_get_image_width(png, info);
  result->height = result->output_height = png_get_image_height(png, info);
  result->channels = png_get_channels(png, info);
  result->bit_depth = png_get_bit_depth(png, info);
  if (png_get_color_type(png, info) == PNG_COLOR_TYPE_PALETTE) result->channels = 3;
  png_bytep exif = NULL;
  png_uint_32 exif_count = 0;
  if (png_get_eXIf_1(png, info, &exif_count, &exif) != 0 && exif != NULL) {
    result->orientation = graft_exif_orientation(exif, exif_count);
  }
  graft_image_status status = graft_image_check_size(result, request->max_pixels);
  if (status == GRAFT_IMAGE_OK && pixels != NULL) {
    if (capacity < (size_t)result->width * result->height * 3) {
      status = graft_image_fail(result, GRAFT_IMAGE_NO_MEMORY, "the pixel buffer is too small");
    } else if (is_too_short(png, info, count)) {
      status = graft_image_fail(result, GRAFT_IMAGE_TRUNCATED, "too few bytes for its size");
    } else {
      read_pixels(png, info, &source, pixels);
    }
  }
  free(source.scratch);
  png_destroy_read_struct(&png, &info, NULL);
  return status;
}

typedef struct {
  uint8_t *bytes;
  size_t count, capacity;
} writer;

static void on_write(png_structp png, png_bytep data, size_t length) {
  writer *sink = png_get_io_ptr(png);
  if (sink->count + length > sink->capacity) {
    const size_t capacity = (sink->count + length) * 2;
    uint8_t *grown = realloc(sink->bytes, capacity);
    if (grown == NULL) png_error(png, "out of memory");
    sink->bytes = grown;
    sink->capacity = capacity;
  }
  memcpy(sink->bytes + sink->count, data, length);
  sink->count += length;
}

static void on_flush(png_structp png) { (void)png; }

static void on_write_error(png_structp png, png_const_charp message) {
  (void)message;
  png_longjmp(png, 1);
}

static void on_write_warning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

graft_image_status graft_png_encode(const uint8_t *pixels, uint32_t width, uint32_t height,
                                    uint8_t **bytes, size_t *count) {
  writer sink = {0};
  *bytes = NULL;
  *count = 0;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, on_write_error,
                                            on_write_warning);
  png_infop info = png == NULL ? NULL : png_create_info_struct(png);
  if (info == NULL) {
    png_destroy_write_struct(&png, NULL);
    return GRAFT_IMAGE_NO_MEMORY;
  }
  if (setjmp(png_jmpbuf(png))) {
    free(sink.bytes);
    png_destroy_write_struct(&png, &info);
    return GRAFT_IMAGE_NO_MEMORY;
  }
  png_set_write_fn(png, &sink, on_write, on_flush);
  png_set_IHDR(png, info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  for (uint32_t y = 0; y < height; y++) png_write_row(png, pixels + (size_t)y * width * 3);
  png_write_end(png, NULL);
  png_destroy_write_struct(&png, &info);
  *bytes = sink.bytes;
  *count = sink.count;
  return GRAFT_IMAGE_OK;
}

void graft_image_free(uint8_t *bytes) { free(bytes); }
