#ifndef CTORCH_H
#define CTORCH_H
#endif
