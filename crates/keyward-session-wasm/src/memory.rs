//! Memory that is wiped when it is freed. Tokens cross the border to JavaScript as strings that the
//! generated glue allocates and frees, and nobody else could wipe those.

use std::alloc::System;

use zeroizing_alloc::ZeroAlloc;

#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);
