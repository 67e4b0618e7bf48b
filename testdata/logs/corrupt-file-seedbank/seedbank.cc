#include <sqlite3.h>
#include <cstdio>
#include <cstdlib>
#include <string>
struct Db {
  sqlite3 *h = nullptr;
  ~Db() { sqlite3_close(h); }
  void open(const char *p) { if (sqlite3_open_v2(p, &h, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK) fail("open"); }
  [[noreturn]] void fail(const char *w) { std::fprintf(stderr, "seedbank: %s: catalogue index not usable (rc=%d, ext=%d); run `seedbank reindex`\n", w, sqlite3_errcode(h), sqlite3_extended_errcode(h)); std::exit(65); }
  long one(const char *sql) {
    sqlite3_stmt *s; if (sqlite3_prepare_v2(h, sql, -1, &s, nullptr) != SQLITE_OK) fail("query");
    if (sqlite3_step(s) != SQLITE_ROW) fail("step");
    long v = sqlite3_column_int64(s, 0); sqlite3_finalize(s); return v;
  }
};
int main(int argc, char **argv) {
  const char *p = argc > 1 ? argv[1] : "/srv/apps/seedbank/share/catalogue.db";
  Db d; d.open(p); std::printf("opened %s\n", p);
  std::printf("%ld accessions, %ld species\n", d.one("select count(*) from acc"), d.one("select count(distinct species) from acc"));
}
