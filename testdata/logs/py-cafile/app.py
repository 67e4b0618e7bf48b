import ssl
c=ssl.create_default_context(cafile="/etc/ssl/certs/ca-certificates.crt")
print(len(c.get_ca_certs()))
