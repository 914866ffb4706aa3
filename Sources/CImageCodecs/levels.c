// Operations on the levels of pixels one by one: tables, histograms, luma, blending, hue; and the
// small mean that sharpening starts from. The arithmetic is that of Pillow's operations.
#include <math.h>
#include <string.h>

#include "CImageCodecs.h"

void graft_histogram_rgb(const uint8_t *pixels, size_t pixel_count, uint32_t *histogram) {
  memset(histogram, 0, 768 * sizeof(uint32_t));
  for (size_t i = 0; i < pixel_count; i++) {
    histogram[pixels[3 * i]]++;
    histogram[256 + pixels[3 * i + 1]]++;
    histogram[512 + pixels[3 * i + 2]]++;
  }
}

void graft_table_rgb(const uint8_t *pixels, size_t pixel_count, const uint8_t *table,
                     uint8_t *target) {
  for (size_t i = 0; i < pixel_count; i++) {
    target[3 * i] = table[pixels[3 * i]];
    target[3 * i + 1] = table[256 + pixels[3 * i + 1]];
    target[3 * i + 2] = table[512 + pixels[3 * i + 2]];
  }
}

void graft_grey_rgb(const uint8_t *pixels, size_t pixel_count, uint8_t *target) {
  for (size_t i = 0; i < pixel_count; i++) {
    const uint8_t *p = pixels + 3 * i;
    const uint8_t luma = (uint8_t)((p[0] * 19595u + p[1] * 38470u + p[2] * 7471u + 0x8000u) >> 16);
    target[3 * i] = target[3 * i + 1] = target[3 * i + 2] = luma;
  }
}

void graft_blend(const uint8_t *a, const uint8_t *b, size_t count, float factor, uint8_t *target) {
  for (size_t i = 0; i < count; i++) {
    const float value = (float)a[i] + factor * (float)(b[i] - a[i]);
    target[i] = (uint8_t)(value <= 0 ? 0 : value >= 255 ? 255 : value);
  }
}

void graft_smooth_rgb(const uint8_t *pixels, uint32_t width, uint32_t height, uint8_t *target) {
  const size_t stride = (size_t)width * 3;
  memcpy(target, pixels, stride * height);
  if (width < 3) return;
  for (uint32_t y = 1; y + 1 < height; y++) {
    const uint8_t *row = pixels + stride * y, *above = row - stride, *below = row + stride;
    uint8_t *to = target + stride * y;
    for (size_t i = 3; i < stride - 3; i++) {
      const uint32_t sum = above[i - 3] + above[i] + above[i + 3] + row[i - 3] + 5u * row[i] +
                           row[i + 3] + below[i - 3] + below[i] + below[i + 3];
      to[i] = (uint8_t)((2 * sum + 13) / 26);
    }
  }
}

static uint8_t rounded(float value) {
  const float whole = roundf(value);
  return (uint8_t)(whole <= 0 ? 0 : whole >= 255 ? 255 : whole);
}

void graft_shift_hue_rgb(const uint8_t *pixels, size_t pixel_count, uint8_t shift, uint8_t *target) {
  for (size_t i = 0; i < pixel_count; i++) {
    const uint8_t r = pixels[3 * i], g = pixels[3 * i + 1], b = pixels[3 * i + 2];
    uint8_t *to = target + 3 * i;
    const uint8_t most = r > g ? (r > b ? r : b) : (g > b ? g : b);
    const uint8_t least = r < g ? (r < b ? r : b) : (g < b ? g : b);
    if (most == least) {  // grey: no hue to shift
      to[0] = to[1] = to[2] = most;
      continue;
    }
    const float range = (float)(most - least);
    const float red = (float)(most - r) / range, green = (float)(most - g) / range;
    const float blue = (float)(most - b) / range;
    float hue = r == most ? blue - green : g == most ? (float)(2.0 + red - blue) : (float)(4.0 + green - red);
    hue = (float)fmod(hue / 6.0 + 1.0, 1.0);
    const uint8_t turned = (uint8_t)((int)(hue * 255.0) + shift);
    const uint8_t saturation = (uint8_t)(int)(range / (float)most * 255.0);
    if (saturation == 0) {
      to[0] = to[1] = to[2] = most;
      continue;
    }
    const float sixth = (float)turned * 6.0f / 255.0f;
    const int sector = (int)floorf(sixth);
    const float f = sixth - (float)sector, s = (float)saturation / 255.0f, v = (float)most;
    const uint8_t p = rounded(v * (1.0f - s)), q = rounded(v * (1.0f - s * f));
    const uint8_t t = rounded(v * (1.0f - s * (1.0f - f)));
    const uint8_t colours[6][3] = {{most, t, p}, {q, most, p}, {p, most, t},
                                   {p, q, most}, {t, p, most}, {most, p, q}};
    memcpy(to, colours[sector % 6], 3);
  }
}
