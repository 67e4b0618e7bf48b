#pragma once
#include <cstdint>
#include <string>
#include <vector>
namespace siteworks {
struct Page { std::string url, body; std::vector<uint8_t> packed; };
struct Stage { virtual ~Stage() = default; virtual const char *name() const = 0; virtual void run(Page &) = 0; };
}
#define SITEWORKS_ABI 3
