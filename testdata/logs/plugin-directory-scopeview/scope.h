#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>
using Source = std::function<bool(const char *, std::vector<float> &)>;
struct Host { std::map<std::string, Source> src; void add(const char *n, Source s) { src[n] = std::move(s); } };
