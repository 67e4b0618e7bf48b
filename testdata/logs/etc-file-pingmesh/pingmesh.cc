#include <netdb.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <vector>
struct Proto { std::string name; int type; };
static int open_channel(const Proto &p) {
  const protoent *pe = getprotobyname(p.name.c_str());
  if (!pe) throw std::runtime_error("kernel has no " + p.name + " support (module not loaded?)");
  int fd = ::socket(AF_INET, p.type, pe->p_proto);
  if (fd < 0) throw std::runtime_error(std::string("socket: ") + strerror(errno));
  return fd;
}
int main() {
  int up = 0;
  for (auto &p : std::vector<Proto>{{"udp", SOCK_DGRAM}, {"tcp", SOCK_STREAM}}) {
    try { int fd = open_channel(p); std::cout << "pingmesh: " << p.name << " channel ready\n"; close(fd); up++; }
    catch (const std::exception &e) { std::cout << "pingmesh: " << p.name << " channel down: " << e.what() << std::endl; }
  }
  if (!up) { std::cerr << "pingmesh: isolated node, exiting" << std::endl; return 4; }
  std::cout << "mesh joined with " << up << " channels\n";
}
