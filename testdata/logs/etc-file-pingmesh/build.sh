g++ -std=c++17 -O2 -o pingmesh pingmesh.cc; [ -f /etc/protocols ] || apt-get install -y -qq netbase
