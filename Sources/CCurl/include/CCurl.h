#ifndef CCURL_H
#define CCURL_H

#include <stddef.h>

/// How a transfer ended.
typedef struct {
  /// 0 when all went well, -1 when libcurl is not installed, else libcurl's own code.
  int code;
  /// The last HTTP status, 0 when no server answered.
  long status;
  /// What libcurl says of the failure.
  char message[256];
} ccurl_outcome;

/// Takes `count` bytes of an answer with this HTTP status; anything but 1 ends the transfer.
typedef int (*ccurl_write)(void *context, const char *bytes, size_t count, long status);
/// Told how much of this transfer has come and how much will (0 when unknown); anything but 0 ends the transfer.
typedef int (*ccurl_progress)(void *context, long long total, long long now);

/// Fetches `url` from byte `start` on. libcurl is loaded at the first call, so that programs that fetch nothing
/// do not pay for it.
ccurl_outcome ccurl_fetch(
  const char *url, long long start, const char *agent, long stall_seconds, ccurl_write write, ccurl_progress progress,
  void *context);

#endif
