/* Has a library load the plugin named by argv[1]. */
int load_backend(const char *name);

int main(int argc, char **argv) { return argc > 1 ? load_backend(argv[1]) : 2; }
