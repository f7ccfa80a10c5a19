#ifndef TARN_FOLDER_H
#define TARN_FOLDER_H

#include <dirent.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/xattr.h>

/// Opens `path` inside the folder `folder` (a file descriptor), close-on-exec; -1 and `errno`.
///
/// A path that leads out of the folder, by `..`, an absolute path or a symbolic link, fails with
/// EXDEV or ELOOP. Links that stay inside are followed if `follow` is not 0: by openat2(2), or, on
/// kernels before 5.6 that lack it, not at all.
int tarn_open_beneath(int folder, const char *path, int flags, unsigned mode, int follow);

/// Appends `count` bytes of `from`, starting at `offset`, to `to` at its file position, without
/// passing them through user space where the kernel can. Answers how many it copied, fewer at the
/// end of `from`; -1 and `errno`.
int64_t tarn_copy_range(int from, int64_t offset, int to, int64_t count);

/// The flag O_PATH of open(2): a file's place without its bytes.
extern const int tarn_path_only;

/// The name of a directory entry.
const char *tarn_entry_name(const struct dirent *entry);

#endif
