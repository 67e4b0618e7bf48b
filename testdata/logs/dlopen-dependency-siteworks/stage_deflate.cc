#include "stage.h"
#include <zlib.h>
struct Z : siteworks::Stage {
  const char *name() const override { return "deflate"; }
  void run(siteworks::Page &p) override { uLongf n = compressBound(p.body.size()); p.packed.resize(n); if (compress2(p.packed.data(), &n, (const Bytef *)p.body.data(), p.body.size(), 9) == Z_OK) p.packed.resize(n); else p.packed.clear(); }
};
extern "C" int stage_abi() { return SITEWORKS_ABI; }
extern "C" siteworks::Stage *stage_new() { return new Z; }
