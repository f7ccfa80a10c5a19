#if !__has_include(<lz4.h>)
#error "liblz4 is missing: apt-get install liblz4-dev"
#endif
#include <lz4.h>
#include <lz4frame.h>
