#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>
typedef struct { GMainLoop *loop; guint ticks; GHashTable *beds; } App;
static gboolean tick(gpointer p)
{
  App *a = p; g_hash_table_insert(a->beds, g_strdup_printf("bed-%u", a->ticks), GUINT_TO_POINTER(30 + a->ticks));
  if (++a->ticks < 4) return G_SOURCE_CONTINUE;
  g_main_loop_quit(a->loop); return G_SOURCE_REMOVE;
}
int main(void)
{
  App a = {0}; GError *e = NULL; GKeyFile *k = g_key_file_new();
  if (!g_key_file_load_from_file(k, "/etc/planthub.ini", G_KEY_FILE_NONE, &e)) { fprintf(stdout, "planthub: %s, using defaults\n", e->message); fflush(stdout); g_clear_error(&e); }
  GFile *log = g_file_new_for_path("/var/log/planthub.log"); char *bn = g_file_get_basename(log); printf("planthub: journal %s\n", bn); fflush(stdout);
  a.loop = g_main_loop_new(NULL, FALSE); a.beds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_timeout_add(10, tick, &a); g_main_loop_run(a.loop);
  printf("watered %u beds\n", g_hash_table_size(a.beds)); return 0;
}
