// Removes access to the file system, permanently.
#ifndef TILEWORK_LANDLOCK_H
#define TILEWORK_LANDLOCK_H

#include "include/CCodecProcess.h"

/// Removes access to the file system from this thread, and in newer kernels access to the network. 0 if the kernel has
/// no Landlock.
int twp_enter_landlock(void);

#endif
