// A C++ program that uses a null reference in a template.
#include <map>
#include <string>
namespace store {
template <class T> struct Box {
	T *value;
	__attribute__((noinline)) int get(int n) const { return value->length() + n; }
};
} // namespace store
int main(int argc, char **argv) {
	(void)argv;
	store::Box<std::string> b{nullptr};
	return b.get(argc) + 1;
}
