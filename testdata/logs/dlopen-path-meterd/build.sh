g++ -std=c++17 -O2 -shared -fPIC -o modbus.so modbus.cc
install -D modbus.so /opt/meterd/lib/drivers/modbus.so
g++ -std=c++17 -O2 -pthread -o meterd meterd.cc
