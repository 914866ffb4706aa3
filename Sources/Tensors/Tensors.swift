// The room `Tensors`: see Sources/README.md.
