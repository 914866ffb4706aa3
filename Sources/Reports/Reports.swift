// The room `Reports`: see Sources/README.md.
