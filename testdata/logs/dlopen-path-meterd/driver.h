#pragma once
struct Driver { virtual ~Driver() {} virtual double sample() = 0; virtual const char *id() const = 0; };
typedef Driver *(*driver_create_fn)();
