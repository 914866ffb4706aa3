// Every kernel once: KERNEL(result, name, parameters, arguments). The function table, the three
// instruction sets and the public functions are all made from this list. Whoever includes it says
// what KERNEL means and undefines it afterwards.

KERNEL(ptrdiff_t, conv_packed_count, (const graft_conv *shape), (shape))
KERNEL(void, conv_pack, (const graft_conv *shape, const float *weights, float *packed), (shape,
    weights, packed))
KERNEL(void, conv_pack_scaled, (const graft_conv *shape, const float *weights, const float *scale,
    int32_t flipped, float *packed), (shape, weights, scale, flipped, packed))
KERNEL(ptrdiff_t, conv_forward_units, (const graft_conv *shape), (shape))
KERNEL(void, conv_forward, (const graft_conv *shape, const float *packed, const float *x,
    const graft_epilogue *epilogue, float *y, ptrdiff_t begin, ptrdiff_t end), (shape, packed, x,
    epilogue, y, begin, end))
KERNEL(ptrdiff_t, conv_packed_flipped_count, (const graft_conv *shape), (shape))
KERNEL(void, conv_pack_flipped, (const graft_conv *shape, const float *weights, float *packed),
    (shape, weights, packed))
KERNEL(ptrdiff_t, conv_input_gradient_units, (const graft_conv *shape), (shape))
KERNEL(void, conv_input_gradient, (const graft_conv *shape, const float *packed, const float *dy,
    float *dx, int32_t accumulate, ptrdiff_t begin, ptrdiff_t end), (shape, packed, dy, dx,
    accumulate, begin, end))
KERNEL(void, conv_input_gradient_through, (const graft_conv *shape, const float *packed,
    const float *dy, int32_t kind, float a, float b, const float *argument, float *dx,
    ptrdiff_t begin, ptrdiff_t end), (shape, packed, dy, kind, a, b, argument, dx, begin, end))
KERNEL(ptrdiff_t, conv_weight_gradient_scratch, (const graft_conv *shape), (shape))
KERNEL(ptrdiff_t, conv_weight_gradient_units, (const graft_conv *shape), (shape))
KERNEL(ptrdiff_t, conv_weight_gradient_row_sums, (const graft_conv *shape), (shape))
KERNEL(void, conv_weight_gradient, (const graft_conv *shape, const float *x, const float *dy,
    float *scratch, float *dw, int32_t accumulate, double *row_sums, ptrdiff_t begin,
    ptrdiff_t end), (shape, x, dy, scratch, dw, accumulate, row_sums, begin, end))
KERNEL(void, channel_scale_backward, (ptrdiff_t columns, const float *weights, const float *scale,
    float *dw, float *dscale, ptrdiff_t begin, ptrdiff_t end), (columns, weights, scale, dw,
    dscale, begin, end))
KERNEL(ptrdiff_t, conv_weight_gradient_reduce_units, (const graft_conv *shape), (shape))
KERNEL(void, conv_weight_gradient_reduce, (const graft_conv *shape, const float *scratch,
    float *dw, int32_t accumulate, ptrdiff_t begin, ptrdiff_t end), (shape, scratch, dw,
    accumulate, begin, end))
KERNEL(int32_t, winograd_wins, (const graft_conv *shape, graft_winograd_pass pass), (shape, pass))
KERNEL(ptrdiff_t, winograd_packed_count, (const graft_conv *shape, graft_winograd_pass pass),
    (shape, pass))
KERNEL(void, winograd_pack, (const graft_conv *shape, graft_winograd_pass pass,
    const float *weights, float *packed), (shape, pass, weights, packed))
KERNEL(ptrdiff_t, winograd_scratch, (const graft_conv *shape, graft_winograd_pass pass), (shape,
    pass))
KERNEL(ptrdiff_t, winograd_units, (const graft_conv *shape, graft_winograd_pass pass), (shape,
    pass))
KERNEL(void, winograd_forward, (const graft_conv *shape, const float *packed, const float *x,
    const graft_epilogue *epilogue, float *y, float *scratch, ptrdiff_t begin, ptrdiff_t end),
    (shape, packed, x, epilogue, y, scratch, begin, end))
KERNEL(void, winograd_input_gradient, (const graft_conv *shape, const float *packed,
    const float *dy, float *dx, int32_t accumulate, float *scratch, ptrdiff_t begin,
    ptrdiff_t end), (shape, packed, dy, dx, accumulate, scratch, begin, end))
KERNEL(ptrdiff_t, winograd_partial, (const graft_conv *shape), (shape))
KERNEL(void, winograd_weight_gradient, (const graft_conv *shape, const float *x, const float *dy,
    float *partial, float *dw, int32_t accumulate, float *scratch, ptrdiff_t begin, ptrdiff_t end),
    (shape, x, dy, partial, dw, accumulate, scratch, begin, end))
KERNEL(ptrdiff_t, winograd_weight_gradient_reduce_units, (const graft_conv *shape), (shape))
KERNEL(void, winograd_weight_gradient_reduce, (const graft_conv *shape, const float *partial,
    float *dw, int32_t accumulate, ptrdiff_t begin, ptrdiff_t end), (shape, partial, dw,
    accumulate, begin, end))
KERNEL(void, depthwise_pack, (const graft_conv *shape, const float *weights, float *packed),
    (shape, weights, packed))
KERNEL(void, depthwise_forward, (const graft_conv *shape, const float *packed, const float *x,
    const graft_epilogue *epilogue, float *y, ptrdiff_t begin, ptrdiff_t end), (shape, packed, x,
    epilogue, y, begin, end))
KERNEL(void, depthwise_input_gradient, (const graft_conv *shape, const float *packed,
    const float *dy, float *dx, int32_t accumulate, ptrdiff_t begin, ptrdiff_t end), (shape,
    packed, dy, dx, accumulate, begin, end))
KERNEL(ptrdiff_t, depthwise_weight_gradient_scratch, (const graft_conv *shape), (shape))
KERNEL(ptrdiff_t, depthwise_weight_gradient_units, (const graft_conv *shape), (shape))
KERNEL(void, depthwise_weight_gradient, (const graft_conv *shape, const float *x, const float *dy,
    float *scratch, ptrdiff_t begin, ptrdiff_t end), (shape, x, dy, scratch, begin, end))
KERNEL(void, depthwise_weight_gradient_reduce, (const graft_conv *shape, const float *scratch,
    float *dw, int32_t accumulate), (shape, scratch, dw, accumulate))
KERNEL(void, max_pool_forward, (const graft_pool *shape, const float *x, float *y,
    int32_t *indices, ptrdiff_t begin, ptrdiff_t end), (shape, x, y, indices, begin, end))
KERNEL(void, max_pool_backward, (const graft_pool *shape, const int32_t *indices, const float *dy,
    float *dx, int32_t accumulate, ptrdiff_t begin, ptrdiff_t end), (shape, indices, dy, dx,
    accumulate, begin, end))
KERNEL(void, average_pool_forward, (const graft_pool *shape, const float *x, float *y,
    ptrdiff_t begin, ptrdiff_t end), (shape, x, y, begin, end))
KERNEL(void, average_pool_backward, (const graft_pool *shape, const float *dy, float *dx,
    int32_t accumulate, ptrdiff_t begin, ptrdiff_t end), (shape, dy, dx, accumulate, begin, end))
KERNEL(void, global_average_forward, (ptrdiff_t pixels, ptrdiff_t channels, ptrdiff_t x_stride,
    const float *x, float *y, ptrdiff_t begin, ptrdiff_t end), (pixels, channels, x_stride, x, y,
    begin, end))
KERNEL(void, global_average_backward, (ptrdiff_t pixels, ptrdiff_t channels, ptrdiff_t dx_stride,
    const float *dy, float *dx, int32_t accumulate, ptrdiff_t begin, ptrdiff_t end), (pixels,
    channels, dx_stride, dy, dx, accumulate, begin, end))
KERNEL(void, blur_pool_forward, (const graft_pool *shape, const float *x, float *y,
    ptrdiff_t begin, ptrdiff_t end), (shape, x, y, begin, end))
KERNEL(void, blur_pool_backward, (const graft_pool *shape, const float *dy, float *dx,
    int32_t accumulate, ptrdiff_t begin, ptrdiff_t end), (shape, dy, dx, accumulate, begin, end))
KERNEL(ptrdiff_t, row_chunks, (ptrdiff_t rows), (rows))
KERNEL(void, moments_partial, (ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t x_stride,
    const float *x, double *partial, ptrdiff_t begin, ptrdiff_t end), (rows, channels, x_stride,
    x, partial, begin, end))
KERNEL(void, moments_finish, (ptrdiff_t rows, ptrdiff_t channels, const double *partial,
    float *mean, float *variance, ptrdiff_t begin, ptrdiff_t end), (rows, channels, partial, mean,
    variance, begin, end))
KERNEL(void, normalise_coefficients, (ptrdiff_t channels, const float *mean,
    const float *variance, const float *gamma, const float *beta, float epsilon, float *scale,
    float *shift, float *inverse_deviation), (channels, mean, variance, gamma, beta, epsilon,
    scale, shift, inverse_deviation))
KERNEL(void, affine, (ptrdiff_t channels, const float *x, ptrdiff_t x_stride, const float *scale,
    const float *shift, const float *residual, ptrdiff_t residual_stride, float low, float high,
    float *y, ptrdiff_t y_stride, ptrdiff_t begin, ptrdiff_t end), (channels, x, x_stride, scale,
    shift, residual, residual_stride, low, high, y, y_stride, begin, end))
KERNEL(void, affine_activate, (ptrdiff_t channels, int32_t kind, float a, float b, const float *x,
    const float *scale, const float *shift, float *y, ptrdiff_t begin, ptrdiff_t end), (channels,
    kind, a, b, x, scale, shift, y, begin, end))
KERNEL(void, affine_activate_backward, (ptrdiff_t channels, int32_t kind, float a, float b,
    const float *x, const float *scale, const float *shift, const float *dy, float *g,
    ptrdiff_t begin, ptrdiff_t end), (channels, kind, a, b, x, scale, shift, dy, g, begin, end))
KERNEL(void, normalise_backward_partial, (ptrdiff_t rows, ptrdiff_t channels,
    const graft_gradient *gradient, const float *x, ptrdiff_t x_stride, const float *mean,
    const float *inverse_deviation, double *partial, ptrdiff_t begin, ptrdiff_t end), (rows,
    channels, gradient, x, x_stride, mean, inverse_deviation, partial, begin, end))
KERNEL(void, normalise_backward_finish, (ptrdiff_t rows, ptrdiff_t channels,
    const double *partial, float *beta_gradient, float *gamma_gradient, int32_t accumulate,
    ptrdiff_t begin, ptrdiff_t end), (rows, channels, partial, beta_gradient, gamma_gradient,
    accumulate, begin, end))
KERNEL(void, normalise_backward, (ptrdiff_t rows, ptrdiff_t channels,
    const graft_gradient *gradient, const float *x, ptrdiff_t x_stride, const float *mean,
    const float *inverse_deviation, const float *gamma, const float *sum,
    const float *sum_normalised, float *dx, ptrdiff_t dx_stride, int32_t accumulate,
    float *residual_gradient, ptrdiff_t residual_stride, int32_t residual_accumulate,
    ptrdiff_t begin, ptrdiff_t end), (rows, channels, gradient, x, x_stride, mean,
    inverse_deviation, gamma, sum, sum_normalised, dx, dx_stride, accumulate, residual_gradient,
    residual_stride, residual_accumulate, begin, end))
KERNEL(void, affine_backward, (ptrdiff_t channels, const graft_gradient *gradient,
    const float *scale, float *dx, ptrdiff_t dx_stride, int32_t accumulate,
    float *residual_gradient, ptrdiff_t residual_stride, int32_t residual_accumulate,
    ptrdiff_t begin, ptrdiff_t end), (channels, gradient, scale, dx, dx_stride, accumulate,
    residual_gradient, residual_stride, residual_accumulate, begin, end))
KERNEL(void, layer_norm, (ptrdiff_t channels, const float *x, const float *gamma,
    const float *beta, float epsilon, float *y, float *statistics, ptrdiff_t begin, ptrdiff_t end),
    (channels, x, gamma, beta, epsilon, y, statistics, begin, end))
KERNEL(void, layer_norm_backward, (ptrdiff_t rows, ptrdiff_t channels, const float *dy,
    const float *x, const float *statistics, const float *gamma, float *dx, int32_t accumulate,
    double *partial, ptrdiff_t begin, ptrdiff_t end), (rows, channels, dy, x, statistics, gamma, dx,
    accumulate, partial, begin, end))
KERNEL(void, group_coefficients, (ptrdiff_t pixels, ptrdiff_t channels, ptrdiff_t groups, const
    double *partial, const float *gamma, const float *beta, float epsilon, float *scale, float
    *shift, float *mean, float *inverse_deviation, ptrdiff_t begin, ptrdiff_t end), (pixels,
    channels, groups, partial, gamma, beta, epsilon, scale, shift, mean, inverse_deviation, begin,
    end))
KERNEL(void, group_backward_coefficients, (ptrdiff_t pixels, ptrdiff_t channels, ptrdiff_t groups,
    const double *partial, const float *gamma, const float *inverse_deviation, float *slope, float
    *offset, ptrdiff_t begin, ptrdiff_t end), (pixels, channels, groups, partial, gamma,
    inverse_deviation, slope, offset, begin, end))
KERNEL(void, group_parameter_gradients, (ptrdiff_t chunks, ptrdiff_t channels, const double
    *partial, float *beta_gradient, float *gamma_gradient, ptrdiff_t begin, ptrdiff_t end),
    (chunks, channels, partial, beta_gradient, gamma_gradient, begin, end))
KERNEL(void, group_backward, (ptrdiff_t channels, const graft_gradient *gradient, const float *x,
    ptrdiff_t x_stride, const float *scale, const float *mean, const float *slope, const float
    *offset, float *dx, ptrdiff_t dx_stride, int32_t accumulate, float *residual_gradient,
    ptrdiff_t residual_stride, int32_t residual_accumulate, ptrdiff_t begin, ptrdiff_t end),
    (channels, gradient, x, x_stride, scale, mean, slope, offset, dx, dx_stride, accumulate,
    residual_gradient, residual_stride, residual_accumulate, begin, end))
KERNEL(void, standardise, (ptrdiff_t count, float epsilon, const float *x, float *y, float
    *inverse_deviation, ptrdiff_t begin, ptrdiff_t end), (count, epsilon, x, y, inverse_deviation,
    begin, end))
KERNEL(void, standardise_backward, (ptrdiff_t count, const float *y, const float
    *inverse_deviation, const float *dy, float *dx, ptrdiff_t begin, ptrdiff_t end), (count, y,
    inverse_deviation, dy, dx, begin, end))
KERNEL(void, l2_normalise, (ptrdiff_t channels, float epsilon, const float *x, float *y, float
    *norms, ptrdiff_t begin, ptrdiff_t end), (channels, epsilon, x, y, norms, begin, end))
KERNEL(void, l2_normalise_backward, (ptrdiff_t channels, float epsilon, const float *y, const float
    *norms, const float *dy, float *dx, int32_t accumulate, ptrdiff_t begin, ptrdiff_t end),
    (channels, epsilon, y, norms, dy, dx, accumulate, begin, end))
KERNEL(ptrdiff_t, attention_units, (const graft_attention *shape), (shape))
KERNEL(void, attention_forward, (const graft_attention *shape, const float *q, const float *k,
    const float *v, float *y, float *log_sums, ptrdiff_t begin, ptrdiff_t end), (shape, q, k, v, y,
    log_sums, begin, end))
KERNEL(ptrdiff_t, attention_groups, (const graft_attention *shape), (shape))
KERNEL(void, attention_backward, (const graft_attention *shape, const float *q, const float *k,
    const float *v, const float *y, const float *log_sums, const float *dy,
    const graft_attention_gradients *gradients, ptrdiff_t begin, ptrdiff_t end), (shape, q, k, v,
    y, log_sums, dy, gradients, begin, end))
KERNEL(void, fill, (float value, float *x, ptrdiff_t begin, ptrdiff_t end), (value, x, begin,
    end))
KERNEL(void, add, (const float *a, const float *b, float low, float high, float *y,
    ptrdiff_t begin, ptrdiff_t end), (a, b, low, high, y, begin, end))
KERNEL(void, clamp, (const float *x, float low, float high, float *y, ptrdiff_t begin,
    ptrdiff_t end), (x, low, high, y, begin, end))
KERNEL(void, clamp_backward, (const float *y, const float *dy, float low, float high, float *dx,
    int32_t accumulate, ptrdiff_t begin, ptrdiff_t end), (y, dy, low, high, dx, accumulate, begin,
    end))
KERNEL(void, gate, (ptrdiff_t pixels, ptrdiff_t channels, const float *a, const float *a_gate,
    const float *b, const float *b_gate, const float *shift, float *y, int32_t accumulate,
    ptrdiff_t begin, ptrdiff_t end), (pixels, channels, a, a_gate, b, b_gate, shift, y, accumulate,
    begin, end))
KERNEL(ptrdiff_t, pixel_products_units, (ptrdiff_t images, ptrdiff_t channels), (images,
    channels))
KERNEL(void, pixel_products, (ptrdiff_t pixels, ptrdiff_t channels, const float *a,
    const float *b, float *sums, int32_t accumulate, ptrdiff_t begin, ptrdiff_t end), (pixels,
    channels, a, b, sums, accumulate, begin, end))
KERNEL(void, activate, (int32_t kind, float a, float b, const float *x, float *y, ptrdiff_t begin,
    ptrdiff_t end), (kind, a, b, x, y, begin, end))
KERNEL(void, activate_backward, (int32_t kind, float a, float b, const float *x, const float *dy,
    float *dx, int32_t accumulate, ptrdiff_t begin, ptrdiff_t end), (kind, a, b, x, dy, dx,
    accumulate, begin, end))
KERNEL(void, scale, (float a, const float *x, float *y, ptrdiff_t begin, ptrdiff_t end), (a, x, y,
    begin, end))
KERNEL(void, axpy, (float a, const float *x, float *y, ptrdiff_t begin, ptrdiff_t end), (a, x, y,
    begin, end))
KERNEL(void, multiply, (const float *a, const float *b, float *y, ptrdiff_t begin, ptrdiff_t end),
    (a, b, y, begin, end))
KERNEL(void, copy_rows, (ptrdiff_t channels, const float *x, ptrdiff_t x_stride, float *y,
    ptrdiff_t y_stride, int32_t accumulate, ptrdiff_t begin, ptrdiff_t end), (channels, x,
    x_stride, y, y_stride, accumulate, begin, end))
KERNEL(void, shuffle_channels, (ptrdiff_t channels, ptrdiff_t groups, const float *x, float *y,
    int32_t accumulate, ptrdiff_t begin, ptrdiff_t end), (channels, groups, x, y, accumulate,
    begin, end))
KERNEL(double, dot, (const float *a, const float *b, ptrdiff_t begin, ptrdiff_t end), (a, b,
    begin, end))
KERNEL(double, sum, (const float *x, ptrdiff_t begin, ptrdiff_t end), (x, begin, end))
KERNEL(int32_t, has_nonfinite, (const float *x, ptrdiff_t begin, ptrdiff_t end), (x, begin, end))
KERNEL(void, widen, (const float *x, double *y, ptrdiff_t begin, ptrdiff_t end), (x, y, begin,
    end))
KERNEL(void, softmax, (ptrdiff_t classes, const float *logits, float *p, ptrdiff_t begin,
    ptrdiff_t end), (classes, logits, p, begin, end))
KERNEL(void, one_hot, (ptrdiff_t classes, const ptrdiff_t *labels, float on, float off,
    float *targets, ptrdiff_t begin, ptrdiff_t end), (classes, labels, on, off, targets, begin,
    end))
KERNEL(void, count_correct, (ptrdiff_t classes, const float *logits, const float *targets,
    int32_t *correct, ptrdiff_t begin, ptrdiff_t end), (classes, logits, targets, correct, begin,
    end))
KERNEL(void, cross_entropy, (ptrdiff_t classes, const float *logits, const float *targets,
    float gradient_scale, float *loss, float *gradient, ptrdiff_t begin, ptrdiff_t end), (classes,
    logits, targets, gradient_scale, loss, gradient, begin, end))
KERNEL(void, binary_cross_entropy, (ptrdiff_t classes, const float *logits, const float *targets,
    float threshold, float weight, float gradient_scale, float *loss, float *gradient,
    ptrdiff_t begin, ptrdiff_t end), (classes, logits, targets, threshold, weight, gradient_scale,
    loss, gradient, begin, end))
KERNEL(void, squared_error, (ptrdiff_t classes, const float *logits, const float *targets,
    float gradient_scale, float *loss, float *gradient, ptrdiff_t begin, ptrdiff_t end), (classes,
    logits, targets, gradient_scale, loss, gradient, begin, end))
KERNEL(void, divergence, (ptrdiff_t classes, const float *logits, const float *targets,
    int32_t targets_are_logits, float temperature, float gradient_scale, float *loss,
    float *gradient, ptrdiff_t begin, ptrdiff_t end), (classes, logits, targets,
    targets_are_logits, temperature, gradient_scale, loss, gradient, begin, end))
KERNEL(void, dropout, (uint64_t seed, float rate, const float *x, float *y, ptrdiff_t begin,
    ptrdiff_t end), (seed, rate, x, y, begin, end))
KERNEL(void, sgd, (float *parameter, const float *gradient, float *velocity, float rate,
    float momentum, float weight_decay, int32_t nesterov, float gradient_scale, ptrdiff_t begin,
    ptrdiff_t end), (parameter, gradient, velocity, rate, momentum, weight_decay, nesterov,
    gradient_scale, begin, end))
KERNEL(void, adam, (float *parameter, const float *gradient, float *first_moment,
    float *second_moment, float rate, float beta1, float beta2, float epsilon, float weight_decay,
    int32_t decoupled, int64_t step, float gradient_scale, ptrdiff_t begin, ptrdiff_t end),
    (parameter, gradient, first_moment, second_moment, rate, beta1, beta2, epsilon, weight_decay,
    decoupled, step, gradient_scale, begin, end))
KERNEL(void, approach, (float share, const float *x, float *y, ptrdiff_t begin, ptrdiff_t end),
    (share, x, y, begin, end))
KERNEL(void, narrow_bfloat16, (const float *x, uint16_t *y, ptrdiff_t begin, ptrdiff_t end), (x,
    y, begin, end))
KERNEL(void, widen_bfloat16, (const uint16_t *x, float *y, ptrdiff_t begin, ptrdiff_t end), (x, y,
    begin, end))
KERNEL(ptrdiff_t, combine_units, (const graft_axes *axes), (axes))
KERNEL(void, combine, (const graft_axes *axes, graft_combination kind, float scale,
    const float *a, const float *b, const float *c, float *y, int32_t accumulate, ptrdiff_t begin,
    ptrdiff_t end), (axes, kind, scale, a, b, c, y, accumulate, begin, end))
KERNEL(ptrdiff_t, move_units, (const graft_axes *axes), (axes))
KERNEL(void, move, (const graft_axes *axes, const float *x, float *y, int32_t accumulate,
    ptrdiff_t begin, ptrdiff_t end), (axes, x, y, accumulate, begin, end))
KERNEL(void, gather, (ptrdiff_t length, ptrdiff_t count, ptrdiff_t inner,
    const ptrdiff_t *indices, const float *x, float *y, ptrdiff_t begin, ptrdiff_t end), (length,
    count, inner, indices, x, y, begin, end))
KERNEL(void, gather_backward, (ptrdiff_t length, ptrdiff_t count, ptrdiff_t inner,
    const ptrdiff_t *indices, const float *dy, float *dx, int32_t accumulate, ptrdiff_t begin,
    ptrdiff_t end), (length, count, inner, indices, dy, dx, accumulate, begin, end))
KERNEL(void, power, (float exponent, const float *x, float *y, ptrdiff_t begin, ptrdiff_t end),
    (exponent, x, y, begin, end))
KERNEL(void, power_backward, (float exponent, const float *x, const float *dy, float *dx,
    int32_t accumulate, ptrdiff_t begin, ptrdiff_t end), (exponent, x, dy, dx, accumulate, begin,
    end))
KERNEL(ptrdiff_t, softmax_axis_units, (ptrdiff_t outer, ptrdiff_t inner), (outer, inner))
KERNEL(void, softmax_axis, (ptrdiff_t count, ptrdiff_t inner, int32_t logarithm, const float *x,
    float *y, ptrdiff_t begin, ptrdiff_t end), (count, inner, logarithm, x, y, begin, end))
KERNEL(void, softmax_axis_backward, (ptrdiff_t count, ptrdiff_t inner, int32_t logarithm,
    const float *y, const float *dy, float *dx, int32_t accumulate, ptrdiff_t begin,
    ptrdiff_t end), (count, inner, logarithm, y, dy, dx, accumulate, begin, end))
KERNEL(void, resize_forward, (const graft_resize *shape, const float *x, float *y,
    ptrdiff_t begin, ptrdiff_t end), (shape, x, y, begin, end))
KERNEL(ptrdiff_t, resize_backward_units, (const graft_resize *shape), (shape))
KERNEL(void, resize_backward, (const graft_resize *shape, const float *dy, float *dx,
    int32_t accumulate, ptrdiff_t begin, ptrdiff_t end), (shape, dy, dx, accumulate, begin, end))
