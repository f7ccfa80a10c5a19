#if !__has_include(<zstd.h>)
#error "zstd is missing: apt-get install libzstd-dev"
#endif
#include <zstd.h>
