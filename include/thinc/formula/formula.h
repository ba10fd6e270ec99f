// FORMULA marks a function of the scalar mathematics: one definition for host and device.
#pragma once

#ifdef __CUDACC__
#define FORMULA __host__ __device__ inline
#else
#define FORMULA inline
#endif
