#include "stage.h"
namespace minify { std::string squeeze(const std::string &); }
struct M : siteworks::Stage { const char *name() const override { return "minify"; } void run(siteworks::Page &p) override { p.body = minify::squeeze(p.body); } };
extern "C" int stage_abi() { return SITEWORKS_ABI; }
extern "C" siteworks::Stage *stage_new() { return new M; }
