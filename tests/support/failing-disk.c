// Makes the disk fail for one file: FAILING_DISK names a file that says how, "<way> <part of the path>". Nothing in it, or
// no such file, lets the disk be well. Ways: full (ENOSPC), readonly (EROFS), eio-write and eio-sync (EIO).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum kind { WRITE, SYNC };

static int failure(int fd, enum kind kind) {
  const char *control = getenv("FAILING_DISK");
  if (control == NULL) return 0;
  int saved = errno;
  char said[256] = "", way[32] = "", part[192] = "", link[64], path[512];
  int file = open(control, O_RDONLY | O_CLOEXEC);
  if (file >= 0) {
    ssize_t length = read(file, said, sizeof said - 1);
    said[length > 0 ? length : 0] = '\0';
    close(file);
  }
  errno = saved;
  if (sscanf(said, "%31s %191s", way, part) != 2) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  errno = saved;
  if (length <= 0) return 0;
  path[length] = '\0';
  if (strstr(path, part) == NULL) return 0;
  if (kind == SYNC) return strcmp(way, "eio-sync") == 0 ? EIO : 0;
  if (strcmp(way, "full") == 0) return ENOSPC;
  if (strcmp(way, "readonly") == 0) return EROFS;
  return strcmp(way, "eio-write") == 0 ? EIO : 0;
}

#define OR_FAIL(kind)                 \
  int cause = failure(fd, kind);      \
  if (cause != 0) {                   \
    errno = cause;                    \
    return -1;                        \
  }

ssize_t write(int fd, const void *bytes, size_t count) {
  static ssize_t (*real)(int, const void *, size_t);
  if (real == NULL) real = dlsym(RTLD_NEXT, "write");
  if (fd > 2) { OR_FAIL(WRITE) }
  return real(fd, bytes, count);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
  static ssize_t (*real)(int, const void *, size_t, off64_t);
  if (real == NULL) real = dlsym(RTLD_NEXT, "pwrite64");
  OR_FAIL(WRITE)
  return real(fd, bytes, count, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) { return pwrite64(fd, bytes, count, offset); }

int ftruncate64(int fd, off64_t length) {
  static int (*real)(int, off64_t);
  if (real == NULL) real = dlsym(RTLD_NEXT, "ftruncate64");
  OR_FAIL(WRITE)
  return real(fd, length);
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

int fsync(int fd) {
  static int (*real)(int);
  if (real == NULL) real = dlsym(RTLD_NEXT, "fsync");
  OR_FAIL(SYNC)
  return real(fd);
}

int fdatasync(int fd) {
  static int (*real)(int);
  if (real == NULL) real = dlsym(RTLD_NEXT, "fdatasync");
  OR_FAIL(SYNC)
  return real(fd);
}
