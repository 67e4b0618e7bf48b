/* A shared library that no ELF header names. */
const char *plugin_say(void) { return "ready to prove"; }
