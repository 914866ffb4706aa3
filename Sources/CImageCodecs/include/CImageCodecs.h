#pragma once
// JPEG and PNG decoding, PNG encoding and Pillow-equal resizing, as plain C calls.
//
// Every function returns a status and fills a result that the caller owns. The longjmp of libjpeg
// and libpng never leaves this target, and nothing is printed. All functions may be called from any
// number of threads at once.
#include <stddef.h>
#include <stdint.h>

typedef enum {
  GRAFT_IMAGE_OK = 0,
  GRAFT_IMAGE_EMPTY = 1,          // no bytes at all
  GRAFT_IMAGE_NOT_AN_IMAGE = 2,   // no magic bytes that we know
  GRAFT_IMAGE_UNSUPPORTED = 3,    // a known format that is not read; see `format`
  GRAFT_IMAGE_TOO_LARGE = 4,      // more pixels than allowed; see `width` and `height`
  GRAFT_IMAGE_TRUNCATED = 5,      // the data ends before the picture does
  GRAFT_IMAGE_CORRUPT = 6,        // the data contradicts the format
  GRAFT_IMAGE_NO_MEMORY = 7,
  GRAFT_IMAGE_TOO_COSTLY = 8,     // more work than allowed; `message` says which limit
  GRAFT_IMAGE_UNREAD_KIND = 9,    // sound, but a kind of its format that is not read; see `message`
} graft_image_status;

typedef enum {
  GRAFT_FORMAT_UNKNOWN = 0,
  GRAFT_FORMAT_JPEG = 1,
  GRAFT_FORMAT_PNG = 2,
  GRAFT_FORMAT_WEBP = 3,
  GRAFT_FORMAT_GIF = 4,
  GRAFT_FORMAT_BMP = 5,
  GRAFT_FORMAT_TIFF = 6,
  GRAFT_FORMAT_HEIC = 7,
  GRAFT_FORMAT_AVIF = 8,
  GRAFT_FORMAT_JPEG_XL = 9,
  GRAFT_FORMAT_JPEG_2000 = 10,
  GRAFT_FORMAT_PSD = 11,
  GRAFT_FORMAT_ICO = 12,
} graft_image_format;

typedef struct {
  int32_t status;       // graft_image_status
  int32_t format;       // graft_image_format
  uint32_t width;       // of the stored picture, before EXIF orientation
  uint32_t height;
  uint32_t output_width;   // of the decoded picture; smaller than width when a JPEG is shrunk
  uint32_t output_height;
  int32_t channels;     // stored channels: 1 grey, 2 grey + alpha, 3 colour, 4 colour + alpha or CMYK
  int32_t bit_depth;    // stored bits a channel
  int32_t orientation;  // EXIF orientation 1…8; 1 where the file says nothing
  int32_t warning_count;
  char message[256];    // the library's words: the error, or else the first warning
} graft_image_result;

/// The format that the first bytes announce.
graft_image_format graft_image_sniff(const uint8_t *_Nullable bytes, size_t count);

/// How a picture is to be decoded, and how much it may cost.
typedef struct {
  uint64_t max_pixels;       // width × height of the stored picture
  uint32_t max_scans;        // scans of a JPEG
  uint64_t max_scan_pixels;  // scans × pixels of a JPEG: what a progressive file costs
  int32_t shrink;            // 1, 2, 4 or 8: a JPEG is decoded at that fraction; PNG ignores it
  uint8_t background[3];     // what shows through transparent pixels: R, G, B
} graft_image_request;

/// Reads the header only; output_width and output_height follow from `shrink`.
graft_image_status graft_image_header(const uint8_t *_Nullable bytes, size_t count,
                                      const graft_image_request *_Nonnull request,
                                      graft_image_result *_Nonnull result);

/// Decodes to interleaved 8-bit RGB, output_height rows of output_width × 3 bytes, into `pixels`,
/// which holds `capacity` bytes. Orientation is reported and not applied.
///
/// Stops at the first loss: a file that is cut short costs no more than what is there.
graft_image_status graft_image_decode(const uint8_t *_Nullable bytes, size_t count,
                                      const graft_image_request *_Nonnull request,
                                      uint8_t *_Nonnull pixels, size_t capacity,
                                      graft_image_result *_Nonnull result);

/// Encodes interleaved 8-bit RGB as PNG. On success `*bytes` is owned by the caller, who frees it
/// with graft_image_free.
graft_image_status graft_png_encode(const uint8_t *_Nonnull pixels, uint32_t width, uint32_t height,
                                    uint8_t *_Nullable *_Nonnull bytes, size_t *_Nonnull count);
void graft_image_free(uint8_t *_Nullable bytes);

typedef enum {
  GRAFT_FILTER_BOX = 0,
  GRAFT_FILTER_BILINEAR = 1,
  GRAFT_FILTER_BICUBIC = 2,
  GRAFT_FILTER_LANCZOS = 3,
} graft_filter;

/// The instruction sets that the loops over pixels are compiled for.
typedef enum {
  GRAFT_CODEC_SCALAR = 0,
  GRAFT_CODEC_AVX2 = 1,
  GRAFT_CODEC_AVX512 = 2,  // with VNNI
} graft_codec_isa;

/// Uses this instruction set from now on, or the best that the processor has if it lacks it, and
/// returns which. Without a call it is the best, or what GRAFT_ISA asks for. All give the same bytes.
graft_codec_isa graft_codec_force_isa(graft_codec_isa isa);

/// Antialiased resize of interleaved RGB, equal to Pillow's `Image.resize` to the bit.
///
/// The source, `source_width` × `source_height` with rows `source_stride` bytes apart, is scaled to
/// `full_width` × `full_height`, of which only the window at (`left`, `top`) of `width` × `height`
/// pixels is computed and written. Returns 0, or -1 when scratch memory cannot be had.
int graft_resize_rgb(const uint8_t *_Nonnull source, uint32_t source_width, uint32_t source_height,
                     size_t source_stride, uint32_t full_width, uint32_t full_height,
                     uint32_t left, uint32_t top, uint32_t width, uint32_t height,
                     graft_filter filter, uint8_t *_Nonnull target);

// Augmentations of interleaved RGB, each with the arithmetic of Pillow's operation of the same name.

/// How many bytes of each value there are: histogram[256 · channel + level] for R, G, B.
void graft_histogram_rgb(const uint8_t *_Nonnull pixels, size_t pixel_count,
                         uint32_t *_Nonnull histogram);

/// target = table[256 · channel + level], in place if the two are the same.
void graft_table_rgb(const uint8_t *_Nonnull pixels, size_t pixel_count,
                     const uint8_t *_Nonnull table, uint8_t *_Nonnull target);

/// The luma of each pixel in its three channels: (19595 R + 38470 G + 7471 B + 2¹⁵) / 2¹⁶.
void graft_grey_rgb(const uint8_t *_Nonnull pixels, size_t pixel_count, uint8_t *_Nonnull target);

/// a + factor · (b − a), clipped and cut off after the point; `target` may be either operand.
void graft_blend(const uint8_t *_Nonnull a, const uint8_t *_Nonnull b, size_t count, float factor,
                 uint8_t *_Nonnull target);

/// Mean over 3 × 3 pixels where the middle counts 5 times, rounded; the border is copied.
void graft_smooth_rgb(const uint8_t *_Nonnull pixels, uint32_t width, uint32_t height,
                      uint8_t *_Nonnull target);

/// Adds `shift` (modulo 256) to the hue of each pixel, through HSV of 8 bits a channel.
void graft_shift_hue_rgb(const uint8_t *_Nonnull pixels, size_t pixel_count, uint8_t shift,
                         uint8_t *_Nonnull target);

/// The value at the centre (x, y) of a target pixel is that of the source at
/// (m₀x + m₁y + m₂, m₃x + m₄y + m₅), interpolated among 2 × 2 pixels or, when `bicubic`, 4 × 4
/// (Keys' cubic with a = −1) and cut off after the point; outside of the source it is `fill`.
void graft_affine_rgb(const uint8_t *_Nonnull pixels, uint32_t width, uint32_t height,
                      const double *_Nonnull matrix, int bicubic, const uint8_t *_Nonnull fill,
                      uint8_t *_Nonnull target);

/// A 128-bit hash of `count` bytes for finding equal pictures; not cryptographic.
void graft_pixel_hash(const uint8_t *_Nullable bytes, size_t count, uint64_t seed,
                      uint64_t *_Nonnull low, uint64_t *_Nonnull high);

#include "picture_measures.h"
