// JPEG through libjpeg(-turbo): baseline and progressive; grey, YCbCr, RGB, CMYK and YCCK.
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#include "codec.h"

typedef struct {
  struct jpeg_error_mgr base;
  jmp_buf escape;
  graft_image_result *result;
  const graft_image_request *request;
  int reached_end;  // the source ran dry
  int lost_data;    // an entropy-coded segment ended early
  int too_costly;   // a limit was met
} error_manager;

static void keep_message(j_common_ptr info) {
  error_manager *manager = (error_manager *)info->err;
  if (manager->result->message[0] != 0) return;
  char text[JMSG_LENGTH_MAX];
  manager->base.format_message(info, text);
  snprintf(manager->result->message, sizeof(manager->result->message), "%s", text);
}

static void on_error(j_common_ptr info) {
  error_manager *manager = (error_manager *)info->err;
  manager->result->message[0] = 0;  // an error says more than the warning before it
  keep_message(info);
  longjmp(manager->escape, 1);
}

static int is_progressive(j_common_ptr info) {
  return info->is_decompressor && ((j_decompress_ptr)info)->progressive_mode;
}

// Only the end-of-image marker missing is a warning; anything else missing is a loss.
static void on_message(j_common_ptr info, int level) {
  if (level >= 0) return;  // trace
  error_manager *manager = (error_manager *)info->err;
  if (manager->base.msg_code == JWRN_JPEG_EOF) manager->reached_end = 1;
  if (manager->base.msg_code == JWRN_HIT_MARKER) {
    manager->lost_data = 1;
    // The end of the image in the middle of it, marked or not. After any other marker it goes on.
    if (info->is_decompressor && ((j_decompress_ptr)info)->unread_marker == JPEG_EOI) {
      manager->reached_end = 1;
    }
  }
  manager->result->warning_count++;
  keep_message(info);
  // libjpeg would go on in grey to the picture's end, however far that is.
  if (manager->reached_end && (manager->lost_data || is_progressive(info))) {
    longjmp(manager->escape, 1);
  }
}

static void on_output(j_common_ptr info) { (void)info; }

// Called again and again while scans are read. A progressive file of a few kilobytes can ask for any
// number of passes over a huge picture.
static void on_progress(j_common_ptr info) {
  if (!info->is_decompressor) return;
  const j_decompress_ptr cinfo = (j_decompress_ptr)info;
  error_manager *manager = (error_manager *)info->err;
  const uint64_t scans = (uint64_t)cinfo->input_scan_number;
  const uint64_t pixels = (uint64_t)cinfo->image_width * cinfo->image_height;
  graft_image_result *result = manager->result;
  if (scans > manager->request->max_scans) {
    snprintf(result->message, sizeof(result->message), "more than %u scans",
             manager->request->max_scans);
  } else if (scans > 1 && scans * pixels > manager->request->max_scan_pixels) {
    snprintf(result->message, sizeof(result->message), "%llu scans of %llu pixels each",
             (unsigned long long)scans, (unsigned long long)pixels);
  } else {
    return;
  }
  manager->too_costly = 1;
  longjmp(manager->escape, 1);
}

// What libjpeg calls an error though the file may be sound: 12 bits, lossless, unusual colours.
static int is_unread_kind(int code) {
  return code == JERR_BAD_PRECISION || code == JERR_SOF_UNSUPPORTED || code == JERR_ARITH_NOTIMPL ||
         code == JERR_CONVERSION_NOTIMPL || code == JERR_FRACT_SAMPLE_NOTIMPL ||
         code == JERR_CCIR601_NOTIMPL;
}

static graft_image_status status_of(const error_manager *manager) {
  const int code = manager->base.msg_code;
  if (manager->too_costly) return GRAFT_IMAGE_TOO_COSTLY;
  if (code == JERR_OUT_OF_MEMORY) return GRAFT_IMAGE_NO_MEMORY;
  if (manager->reached_end) return GRAFT_IMAGE_TRUNCATED;
  return is_unread_kind(code) ? GRAFT_IMAGE_UNREAD_KIND : GRAFT_IMAGE_CORRUPT;
}

static int32_t read_orientation(const struct jpeg_decompress_struct *info) {
  for (jpeg_saved_marker_ptr marker = info->marker_list; marker != NULL; marker = marker->next) {
    if (marker->marker == JPEG_APP0 + 1 && marker->data_length > 14 &&
        memcmp(marker->data, "Exif\0\0", 6) == 0) {
      return graft_exif_orientation(marker->data + 6, marker->data_length - 6);
    }
  }
  return 1;
}

// In place, 4 bytes a pixel to 3. Adobe stores ink inverted (255 = none). As Pillow has it:
// R = (255 − K) − C·(255 − K)/255, rounded.
static void cmyk_to_rgb(const uint8_t *cmyk, uint8_t *rgb, uint32_t width, int inverted) {
  const uint8_t flip = inverted ? 255 : 0;
  for (uint32_t x = 0; x < width; x++) {
    const uint32_t light = 255u - (uint8_t)(cmyk[4 * x + 3] ^ flip);
    for (int c = 0; c < 3; c++) {
      const uint32_t product = (uint32_t)(uint8_t)(cmyk[4 * x + c] ^ flip) * light + 128;
      rgb[3 * x + c] = (uint8_t)(light - ((product + (product >> 8)) >> 8));
    }
  }
}

graft_image_status graft_jpeg_run(const uint8_t *bytes, size_t count,
                                  const graft_image_request *request, uint8_t *pixels,
                                  size_t capacity, graft_image_result *result) {
  struct jpeg_decompress_struct info;
  error_manager manager;
  struct jpeg_progress_mgr monitor;
  memset(&info, 0, sizeof(info));
  memset(&manager, 0, sizeof(manager));
  memset(&monitor, 0, sizeof(monitor));
  manager.result = result;
  manager.request = request;
  info.err = jpeg_std_error(&manager.base);
  manager.base.error_exit = on_error;
  manager.base.emit_message = on_message;
  manager.base.output_message = on_output;

  if (setjmp(manager.escape)) {
    jpeg_destroy_decompress(&info);
    result->status = status_of(&manager);
    return (graft_image_status)result->status;
  }

  jpeg_create_decompress(&info);
  monitor.progress_monitor = on_progress;
  info.progress = &monitor;
  jpeg_mem_src(&info, bytes, (unsigned long)count);
  jpeg_save_markers(&info, JPEG_APP0 + 1, 0xFFFF);
  jpeg_read_header(&info, TRUE);

  result->width = info.image_width;
  result->height = info.image_height;
  result->channels = info.num_components;
  result->bit_depth = info.data_precision;
  result->orientation = read_orientation(&info);
  const graft_image_status size = graft_image_check_size(result, request->max_pixels);
  if (size != GRAFT_IMAGE_OK) {
    jpeg_destroy_decompress(&info);
    return size;
  }

  const int ink = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
  const int inverted = info.saw_Adobe_marker;
  info.out_color_space = ink ? JCS_CMYK : JCS_RGB;
  info.scale_num = 1;
  info.scale_denom = (unsigned int)(request->shrink > 1 ? request->shrink : 1);
  jpeg_calc_output_dimensions(&info);
  result->output_width = info.output_width;
  result->output_height = info.output_height;
  const size_t stride = (size_t)info.output_width * 3;

  if (pixels == NULL) {
    jpeg_destroy_decompress(&info);
    return GRAFT_IMAGE_OK;
  }
  if (capacity < stride * info.output_height) {
    jpeg_destroy_decompress(&info);
    return graft_image_fail(result, GRAFT_IMAGE_NO_MEMORY, "the pixel buffer is too small");
  }

  jpeg_start_decompress(&info);
  JSAMPARRAY ink_row = NULL;
  if (ink) {
    ink_row = (*info.mem->alloc_sarray)((j_common_ptr)&info, JPOOL_IMAGE, info.output_width * 4, 1);
  }
  while (info.output_scanline < info.output_height) {
    uint8_t *row = pixels + stride * info.output_scanline;
    if (ink) {
      jpeg_read_scanlines(&info, ink_row, 1);
      cmyk_to_rgb(ink_row[0], row, info.output_width, inverted);
    } else {
      JSAMPROW rows[4];
      const JDIMENSION left = info.output_height - info.output_scanline;
      const JDIMENSION wanted = left < 4 ? left : 4;
      for (JDIMENSION i = 0; i < wanted; i++) rows[i] = row + stride * i;
      jpeg_read_scanlines(&info, rows, wanted);
    }
  }
  jpeg_destroy_decompress(&info);
  return GRAFT_IMAGE_OK;
}
