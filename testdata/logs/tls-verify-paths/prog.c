#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <openssl/err.h>
int main(){SSL_CTX*c=SSL_CTX_new(TLS_client_method());if(!SSL_CTX_load_verify_locations(c,"/opt/pki/roots.pem",0)){ERR_print_errors_fp(stderr);fprintf(stderr,"cannot load trust store\n");return 1;}puts("trust store loaded");return 0;}
