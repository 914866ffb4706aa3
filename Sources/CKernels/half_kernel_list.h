// Every kernel in half precision once: HALF_KERNEL(result, name, parameters, arguments), the format left
// out. Whoever includes it says what HALF_KERNEL means and undefines it afterwards.

HALF_KERNEL(ptrdiff_t, half_packed_count, (const graft_conv *shape), (shape))
HALF_KERNEL(void, half_pack, (const graft_conv *shape, const float *weights, float *packed), (shape,
    weights, packed))
HALF_KERNEL(ptrdiff_t, half_scratch, (const graft_conv *shape), (shape))
HALF_KERNEL(ptrdiff_t, half_units, (const graft_conv *shape), (shape))
HALF_KERNEL(void, half_forward, (const graft_conv *shape, const float *packed, const float *x,
    const graft_epilogue *epilogue, float *y, float *scratch, ptrdiff_t begin, ptrdiff_t end),
    (shape, packed, x, epilogue, y, scratch, begin, end))
