// No access to the file system, for good.
#ifndef TILEWORK_LANDLOCK_H
#define TILEWORK_LANDLOCK_H

#include "include/CCodecProcess.h"

/// Takes the file system from this thread, and in newer kernels the network. 0 if the kernel has no Landlock.
int twp_enter_landlock(void);

#endif
