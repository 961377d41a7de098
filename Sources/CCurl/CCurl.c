#include "CCurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

// libcurl's numbers are part of its binary interface and never change; so neither headers nor the library are needed
// to build, and no function of it is called before it was loaded.
enum {
  option_write_data = 10001,
  option_url = 10002,
  option_range = 10007,
  option_error_buffer = 10010,
  option_user_agent = 10018,
  option_low_speed_limit = 19,
  option_low_speed_time = 20,
  option_no_progress = 43,
  option_fail_on_error = 45,
  option_follow_location = 52,
  option_max_redirections = 68,
  option_connect_timeout = 78,
  option_no_signal = 99,
  option_protocols = 181,
  option_redirection_protocols = 182,
  option_progress_data = 10057,
  option_write_function = 20011,
  option_progress_function = 20219,
  info_status = 0x200000 + 2,
  protocols_http_and_https = 3,
  global_all = 3,
};

typedef struct {
  int (*global_init)(long);
  void *(*easy_init)(void);
  int (*easy_setopt)(void *, int, ...);
  int (*easy_perform)(void *);
  int (*easy_getinfo)(void *, int, ...);
  void (*easy_cleanup)(void *);
  const char *(*easy_strerror)(int);
} library;

static library curl;
static int is_loaded = 0;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
  void *handle = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (!handle) handle = dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
  if (!handle) return;
  *(void **)&curl.global_init = dlsym(handle, "curl_global_init");
  *(void **)&curl.easy_init = dlsym(handle, "curl_easy_init");
  *(void **)&curl.easy_setopt = dlsym(handle, "curl_easy_setopt");
  *(void **)&curl.easy_perform = dlsym(handle, "curl_easy_perform");
  *(void **)&curl.easy_getinfo = dlsym(handle, "curl_easy_getinfo");
  *(void **)&curl.easy_cleanup = dlsym(handle, "curl_easy_cleanup");
  *(void **)&curl.easy_strerror = dlsym(handle, "curl_easy_strerror");
  if (!curl.global_init || !curl.easy_init || !curl.easy_setopt || !curl.easy_perform || !curl.easy_getinfo ||
      !curl.easy_cleanup || !curl.easy_strerror)
    return;
  is_loaded = curl.global_init(global_all) == 0;
}

typedef struct {
  void *handle;
  ccurl_write write;
  ccurl_progress progress;
  void *context;
} transfer;

static size_t on_bytes(char *bytes, size_t size, size_t count, void *data) {
  transfer *t = data;
  long status = 0;
  curl.easy_getinfo(t->handle, info_status, &status);
  return t->write(t->context, bytes, size * count, status) == 1 ? size * count : 0;
}

static int on_progress(void *data, long long total, long long now, long long up_total, long long up_now) {
  (void)up_total;
  (void)up_now;
  transfer *t = data;
  return t->progress(t->context, total, now);
}

ccurl_outcome ccurl_fetch(
  const char *url, long long start, const char *agent, long stall_seconds, ccurl_write write, ccurl_progress progress,
  void *context) {
  ccurl_outcome outcome;
  memset(&outcome, 0, sizeof outcome);
  pthread_once(&once, load);
  void *handle = is_loaded ? curl.easy_init() : NULL;
  if (!handle) {
    outcome.code = -1;
    strncpy(outcome.message, "libcurl is not installed", sizeof outcome.message - 1);
    return outcome;
  }
  transfer t = {handle, write, progress, context};
  curl.easy_setopt(handle, option_url, url);
  curl.easy_setopt(handle, option_error_buffer, outcome.message);
  curl.easy_setopt(handle, option_user_agent, agent);
  curl.easy_setopt(handle, option_no_signal, 1L);
  curl.easy_setopt(handle, option_fail_on_error, 1L);
  curl.easy_setopt(handle, option_follow_location, 1L);
  curl.easy_setopt(handle, option_max_redirections, 8L);
  curl.easy_setopt(handle, option_protocols, (long)protocols_http_and_https);
  curl.easy_setopt(handle, option_redirection_protocols, (long)protocols_http_and_https);
  curl.easy_setopt(handle, option_connect_timeout, 20L);
  curl.easy_setopt(handle, option_low_speed_limit, 1L);
  curl.easy_setopt(handle, option_low_speed_time, stall_seconds);
  curl.easy_setopt(handle, option_write_function, on_bytes);
  curl.easy_setopt(handle, option_write_data, &t);
  curl.easy_setopt(handle, option_no_progress, 0L);
  curl.easy_setopt(handle, option_progress_function, on_progress);
  curl.easy_setopt(handle, option_progress_data, &t);
  // A range and not "resume": a server that knows no ranges then simply sends the whole file with status 200.
  char range[32];
  snprintf(range, sizeof range, "%lld-", start);
  if (start > 0) curl.easy_setopt(handle, option_range, range);
  outcome.code = curl.easy_perform(handle);
  curl.easy_getinfo(handle, info_status, &outcome.status);
  if (outcome.code != 0 && outcome.message[0] == 0)
    strncpy(outcome.message, curl.easy_strerror(outcome.code), sizeof outcome.message - 1);
  curl.easy_cleanup(handle);
  return outcome;
}
