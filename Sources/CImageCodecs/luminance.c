// Luminance of a picture, made smaller by box averages, and what is measured on it.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "CImageCodecs.h"

// One row of luminances; counts them and tells whether every pixel is grey.
static int luminance_row(const uint8_t *pixel, uint32_t width, uint8_t *row, uint32_t *histogram) {
  uint32_t coloured = 0;
  for (uint32_t x = 0; x < width; x++, pixel += 3) {
    const uint32_t red = pixel[0], green = pixel[1], blue = pixel[2];
    coloured |= (red ^ green) | (red ^ blue);
    row[x] = (uint8_t)((19595 * red + 38470 * green + 7471 * blue + (1 << 15)) >> 16);
  }
  for (uint32_t x = 0; x < width; x++) histogram[row[x]]++;
  return coloured == 0;
}

// Averages of `count` equal parts of a row. A sample that lies in two parts counts in each by what
// of it lies there: in units of 1/count of a sample, all in integers.
static void narrow_row(const uint8_t *row, uint32_t width, uint32_t count, float *parts) {
  if (count == width) {
    for (uint32_t x = 0; x < width; x++) parts[x] = row[x];
    return;
  }
  const float scale = 1.0f / (float)width;
  uint32_t x = 0;
  uint64_t used = 0;  // of sample x, in units of 1/count
  for (uint32_t part = 0; part < count; part++) {
    uint64_t left = width, sum = 0;  // a part is `width` units long
    while (left > 0) {
      const uint64_t here = count - used < left ? count - used : left;
      sum += here * row[x];
      left -= here;
      used += here;
      if (used == count) {
        used = 0;
        x++;
      }
    }
    parts[part] = (float)sum * scale;
  }
}

int graft_luminance(const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t grey_width,
                    uint32_t grey_height, float *grey, uint32_t *histogram, int32_t *is_grey) {
  uint8_t *row = malloc(width);
  float *narrowed = malloc(sizeof(float) * grey_width);
  if (row == NULL || narrowed == NULL) {
    free(row);
    free(narrowed);
    return -1;
  }
  memset(histogram, 0, 256 * sizeof(uint32_t));
  memset(grey, 0, sizeof(float) * grey_width * grey_height);
  int all_grey = 1;
  uint32_t part = 0;
  uint64_t left = height;  // of this row of parts, in units of 1/grey_height of a source row
  for (uint32_t y = 0; y < height; y++) {
    all_grey &= luminance_row(pixels + (size_t)3 * width * y, width, row, histogram);
    narrow_row(row, width, grey_width, narrowed);
    uint64_t rest = grey_height;
    while (rest > 0) {
      const uint64_t here = rest < left ? rest : left;
      const float weight = (float)here / (float)height;
      float *target = grey + (size_t)grey_width * part;
      for (uint32_t x = 0; x < grey_width; x++) target[x] += weight * narrowed[x];
      rest -= here;
      left -= here;
      if (left == 0) {
        left = height;
        part++;
      }
    }
  }
  *is_grey = all_grey;
  free(row);
  free(narrowed);
  return 0;
}

void graft_sharpness(const float *grey, uint32_t width, uint32_t height, float edge,
                     double *laplacian_variance, double *edge_share) {
  *laplacian_variance = 0;
  *edge_share = 0;
  if (width < 3 || height < 3) return;
  double sum = 0, squares = 0;
  uint64_t edges = 0;
  for (uint32_t y = 1; y + 1 < height; y++) {
    const float *above = grey + (size_t)width * (y - 1), *row = above + width, *below = row + width;
    // Sums of one row in Float32, of the rows in Float64: exact enough, and the loop is a vector's.
    float row_sum = 0, row_squares = 0;
    uint32_t row_edges = 0;
    for (uint32_t x = 1; x + 1 < width; x++) {
      const float laplacian = above[x] + below[x] + row[x - 1] + row[x + 1] - 4 * row[x];
      row_sum += laplacian;
      row_squares += laplacian * laplacian;
      const float across = row[x + 1] - row[x - 1], down = below[x] - above[x];
      row_edges += across * across + down * down > 4 * edge * edge;
    }
    sum += row_sum;
    squares += row_squares;
    edges += row_edges;
  }
  const double count = (double)(width - 2) * (height - 2);
  const double mean = sum / count;
  const double variance = squares / count - mean * mean;
  *laplacian_variance = variance > 0 ? variance : 0;
  *edge_share = (double)edges / count;
}
