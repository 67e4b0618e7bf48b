/* Calls plugin_say of plugins/plugin.so. */
#include <dlfcn.h>
#include <stdio.h>

int main(void)
{
	void *h = dlopen("./plugins/plugin.so", RTLD_NOW);
	if (!h || !dlsym(h, "plugin_say")) {
		fprintf(stderr, "%s\n", dlerror());
		return 2;
	}
	printf("the plugin can say something\n");
	return 0;
}
