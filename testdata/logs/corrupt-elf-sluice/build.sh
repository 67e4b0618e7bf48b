g++ -O2 -o sluice.full sluice.cc
head -c 190000 sluice.full > sluice; chmod +x sluice
