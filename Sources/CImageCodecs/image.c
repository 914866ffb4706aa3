// Entry points: which format is it, and what the two decoders have in common.
#include "codec.h"

#include <stdio.h>
#include <string.h>

static int starts(const uint8_t *bytes, size_t count, size_t at, const char *magic, size_t length) {
  return count >= at + length && memcmp(bytes + at, magic, length) == 0;
}

// ISO base media files (HEIC, AVIF) name their brand after "ftyp".
static graft_image_format brand(const uint8_t *bytes, size_t count) {
  static const char *heic[] = {"heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1"};
  if (starts(bytes, count, 8, "avif", 4) || starts(bytes, count, 8, "avis", 4)) {
    return GRAFT_FORMAT_AVIF;
  }
  for (size_t i = 0; i < sizeof(heic) / sizeof(heic[0]); i++) {
    if (starts(bytes, count, 8, heic[i], 4)) {
      return GRAFT_FORMAT_HEIC;
    }
  }
  return GRAFT_FORMAT_UNKNOWN;
}

graft_image_format graft_image_sniff(const uint8_t *bytes, size_t count) {
  if (bytes == NULL) return GRAFT_FORMAT_UNKNOWN;
  if (starts(bytes, count, 0, "\xFF\xD8\xFF", 3)) return GRAFT_FORMAT_JPEG;
  if (starts(bytes, count, 0, "\x89PNG\r\n\x1A\n", 8)) return GRAFT_FORMAT_PNG;
  if (starts(bytes, count, 0, "RIFF", 4) && starts(bytes, count, 8, "WEBP", 4)) {
    return GRAFT_FORMAT_WEBP;
  }
  if (starts(bytes, count, 0, "GIF87a", 6) || starts(bytes, count, 0, "GIF89a", 6)) {
    return GRAFT_FORMAT_GIF;
  }
  if (starts(bytes, count, 0, "II*\0", 4) || starts(bytes, count, 0, "MM\0*", 4)) {
    return GRAFT_FORMAT_TIFF;
  }
  if (starts(bytes, count, 4, "ftyp", 4)) return brand(bytes, count);
  if (starts(bytes, count, 0, "\xFF\x0A", 2) || starts(bytes, count, 0, "\0\0\0\x0CJXL ", 8)) {
    return GRAFT_FORMAT_JPEG_XL;
  }
  if (starts(bytes, count, 0, "\0\0\0\x0CjP  ", 8)) return GRAFT_FORMAT_JPEG_2000;
  if (starts(bytes, count, 0, "8BPS", 4)) return GRAFT_FORMAT_PSD;
  if (starts(bytes, count, 0, "\0\0\1\0", 4)) return GRAFT_FORMAT_ICO;
  // "BM" alone is too weak a sign: text may begin so. The reserved words of the header are 0.
  if (starts(bytes, count, 0, "BM", 2) && starts(bytes, count, 6, "\0\0\0\0", 4)) {
    return GRAFT_FORMAT_BMP;
  }
  return GRAFT_FORMAT_UNKNOWN;
}

graft_image_status graft_image_fail(graft_image_result *result, graft_image_status status,
                                    const char *message) {
  result->status = status;
  if (result->message[0] == 0 && message != NULL) {
    snprintf(result->message, sizeof(result->message), "%s", message);
  }
  return status;
}

graft_image_status graft_image_check_size(graft_image_result *result, uint64_t max_pixels) {
  if (result->width == 0 || result->height == 0) {
    return graft_image_fail(result, GRAFT_IMAGE_CORRUPT, "width or height is 0");
  }
  if ((uint64_t)result->width * result->height > max_pixels) {
    return graft_image_fail(result, GRAFT_IMAGE_TOO_LARGE, "more pixels than allowed");
  }
  return GRAFT_IMAGE_OK;
}

int32_t graft_exif_orientation(const uint8_t *tiff, size_t count) {
  if (count < 8) return 1;
  const int big = tiff[0] == 'M' && tiff[1] == 'M';
  if (!big && !(tiff[0] == 'I' && tiff[1] == 'I')) return 1;
#define U16(at) (big ? (uint32_t)(tiff[at] << 8 | tiff[(at) + 1]) \
                     : (uint32_t)(tiff[(at) + 1] << 8 | tiff[at]))
#define U32(at) (big ? (U16(at) << 16 | U16((at) + 2)) : (U16((at) + 2) << 16 | U16(at)))
  if (U16(2) != 42) return 1;
  const size_t directory = U32(4);
  if (directory > count || count - directory < 2) return 1;
  const size_t entries = U16(directory);
  for (size_t i = 0; i < entries; i++) {
    const size_t at = directory + 2 + 12 * i;
    if (at + 12 > count) return 1;
    if (U16(at) == 0x0112) {
      const uint32_t value = U16(at + 8);
      return value >= 1 && value <= 8 ? (int32_t)value : 1;
    }
  }
#undef U16
#undef U32
  return 1;
}

static graft_image_status run(const uint8_t *bytes, size_t count,
                              const graft_image_request *request, uint8_t *pixels, size_t capacity,
                              graft_image_result *result) {
  memset(result, 0, sizeof(*result));
  result->orientation = 1;
  if (bytes == NULL || count == 0) return graft_image_fail(result, GRAFT_IMAGE_EMPTY, "no bytes");
  result->format = graft_image_sniff(bytes, count);
  switch (result->format) {
    case GRAFT_FORMAT_JPEG:
      return graft_jpeg_run(bytes, count, request, pixels, capacity, result);
    case GRAFT_FORMAT_PNG:
      return graft_png_run(bytes, count, request, pixels, capacity, result);
    case GRAFT_FORMAT_UNKNOWN:
      return graft_image_fail(result, GRAFT_IMAGE_NOT_AN_IMAGE, "no known magic bytes");
    default:
      return graft_image_fail(result, GRAFT_IMAGE_UNSUPPORTED, "a format that is not read");
  }
}

graft_image_status graft_image_header(const uint8_t *bytes, size_t count,
                                      const graft_image_request *request,
                                      graft_image_result *result) {
  return run(bytes, count, request, NULL, 0, result);
}

graft_image_status graft_image_decode(const uint8_t *bytes, size_t count,
                                      const graft_image_request *request, uint8_t *pixels,
                                      size_t capacity, graft_image_result *result) {
  return run(bytes, count, request, pixels, capacity, result);
}
