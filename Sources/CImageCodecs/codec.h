#pragma once
// Private to the target: what the two decoders share with the entry points in image.c.
#include "CImageCodecs.h"

graft_image_status graft_jpeg_run(const uint8_t *bytes, size_t count,
                                  const graft_image_request *request, uint8_t *pixels,
                                  size_t capacity, graft_image_result *result);
graft_image_status graft_png_run(const uint8_t *bytes, size_t count,
                                 const graft_image_request *request, uint8_t *pixels,
                                 size_t capacity, graft_image_result *result);

/// Sets status and message (kept if one is there already) and returns the status.
graft_image_status graft_image_fail(graft_image_result *result, graft_image_status status,
                                    const char *message);

/// The orientation in a TIFF block as EXIF stores it (after "Exif\0\0"), or 1.
int32_t graft_exif_orientation(const uint8_t *tiff, size_t count);

/// TOO_LARGE when width × height is beyond the limit, CORRUPT when either is 0, else OK.
graft_image_status graft_image_check_size(graft_image_result *result, uint64_t max_pixels);
