// The room `Transferability`: see Sources/README.md.
