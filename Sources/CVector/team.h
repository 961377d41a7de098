// The calling thread's team of OpenMP, kept together over several loops. See team.c.
#ifndef CVECTOR_TEAM_H
#define CVECTOR_TEAM_H

/// Runs `body(number, size, context)` on each member of a team that stays together; 0 where there is none, so that the
/// caller has to start a team of its own.
int cv_team_run(int threads, void (*body)(int number, int size, void *context), void *context);
/// Whether there is such a team at the moment.
int cv_team_is_gathered(void);

// ThreadSanitizer does not see GNU OpenMP's barriers at the beginning and the end of a loop, so it is told of them.
#if __has_feature(thread_sanitizer)
void __tsan_acquire(void *place);
void __tsan_release(void *place);
#define AFTER(place) __tsan_acquire(place)
#define BEFORE(place) __tsan_release(place)
#else
#define AFTER(place) (void)(place)
#define BEFORE(place) (void)(place)
#endif
#endif
