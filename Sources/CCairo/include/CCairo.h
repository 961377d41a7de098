#ifndef CCAIRO_H
#define CCAIRO_H
int ccairo_is_available(void);
#endif
