#include <cblas.h>
#include <stddef.h>

// LAPACK by its Fortran names, which every OpenBLAS carries; Debian's package has no lapacke.h.
// The trailing size_t are the lengths of the character arguments, as gfortran passes them.

/// Eigenvalues and eigenvectors of a symmetric matrix, by divide and conquer.
void dsyevd_(
    const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
    double *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t, size_t);

/// Cholesky factorisation of a symmetric positive definite matrix.
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t);

/// QR factorisation of a few columns, with the triangle of its compact form, by recursion.
void dgeqrt3_(
    const int *m, const int *n, double *a, const int *lda, double *t, const int *ldt, int *info);

/// Singular value decomposition, by divide and conquer.
void dgesdd_(
    const char *jobz, const int *m, const int *n, double *a, const int *lda, double *s, double *u,
    const int *ldu, double *vt, const int *ldvt, double *work, const int *lwork, int *iwork,
    int *info, size_t);
