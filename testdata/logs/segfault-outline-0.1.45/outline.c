#include <stdio.h>
#include <stdlib.h>
struct node { int kind; long pad[3]; struct node *next; const char *title; };
static struct node *find(struct node *n, int kind) {
    while (n && n->kind != kind) n = n->next;
    return n;
}
__attribute__((noinline)) static int title_len(struct node *n) {
    int k = 0;
    const volatile char *t = n->title;
    while (t[k]) k++;
    return k;
}
int main(void) {
    struct node a = { 1, {0}, NULL, "Introduction" };
    printf("outline: 1 heading\n");
    printf("outline: longest title %d\n", title_len(find(&a, 1)));
    fflush(stdout);
    printf("outline: appendix %d\n", title_len(find(&a, 9)));
    return 0;
}
