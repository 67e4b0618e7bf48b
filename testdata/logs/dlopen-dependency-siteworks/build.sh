mkdir -p stages
mkdir -p conf; printf 'workers: 3\nstrict: true\nstages: [minify, deflate]\n' > conf/site.yaml
g++ -std=c++17 -O2 -shared -fPIC -Wl,-soname,libminifycore.so.5 -o libminifycore.so.5 minify_core.cc
install -D libminifycore.so.5 /usr/lib/x86_64-linux-gnu/libminifycore.so.5; ldconfig
g++ -std=c++17 -O2 -shared -fPIC -o stages/stage_minify.so stage_minify.cc /usr/lib/x86_64-linux-gnu/libminifycore.so.5
g++ -std=c++17 -O2 -shared -fPIC -o stages/stage_deflate.so stage_deflate.cc -lz
rm libminifycore.so.5
g++ -std=c++17 -O2 -pthread -o siteworks siteworks.cc -lyaml-cpp -lz -Wl,--no-as-needed -lz
