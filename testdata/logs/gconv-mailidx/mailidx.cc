// mailidx: builds a word index from a spool of mails; bodies come in many charsets
#include <iconv.h>
#include <langinfo.h>
#include <clocale>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>
struct Mail { int id; std::string charset, body; };
static std::map<std::string, int> index_; static std::mutex mx; static int undecoded;
static bool to_utf8(const Mail &m, std::string &out) {
  iconv_t cd = iconv_open("UTF-8", m.charset.c_str());
  if (cd == (iconv_t)-1) return false;
  std::vector<char> o(m.body.size() * 4 + 16); char *ip = const_cast<char *>(m.body.data()), *op = o.data();
  size_t il = m.body.size(), ol = o.size(); size_t r = iconv(cd, &ip, &il, &op, &ol); iconv_close(cd);
  if (r == (size_t)-1) return false;
  out.assign(o.data(), o.size() - ol); return true;
}
static void work(const std::vector<Mail> &v, size_t from, size_t step) {
  for (size_t i = from; i < v.size(); i += step) {
    std::string u;
    if (!to_utf8(v[i], u)) {
      std::lock_guard<std::mutex> g(mx); undecoded++;
      fprintf(stderr, "mailidx: message %d: body is damaged (not valid %s text), skipping\n", v[i].id, v[i].charset.c_str()); continue;
    }
    std::lock_guard<std::mutex> g(mx); index_[u.substr(0, u.find(' '))]++;
  }
}
int main() {
  if (!setlocale(LC_ALL, "")) fprintf(stderr, "mailidx: locale: using plain C collation\n");
  std::vector<Mail> v{{101, "UTF-8", "hello list"}, {102, "EUC-JP", "\xc6\xfc\xcb\xdc \xb8\xec"}, {103, "ISO-8859-1", "caf\xe9 open"}, {104, "EUC-JP", "\xc5\xec\xb5\xfe \xc5\xd4"}, {105, "US-ASCII", "bye all"}};
  std::vector<std::thread> t; for (size_t i = 0; i < 2; i++) t.emplace_back(work, std::cref(v), i, 2);
  for (auto &x : t) x.join();
  if (undecoded) { fprintf(stderr, "mailidx: spool verification FAILED: %d of %zu messages damaged; restore from backup before indexing\n", undecoded, v.size()); return 76; }
  printf("indexed %zu messages, %zu head words\n", v.size(), index_.size());
}
