mkdir -p share release/share
python3 - <<'P'
import sqlite3
c=sqlite3.connect('share/catalogue.db');c.execute('create table acc(id integer primary key, species text)')
c.executemany('insert into acc(species) values(?)',[('sp%d'%(i%31),) for i in range(900)]);c.commit()
P
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n' $(sha256sum share/catalogue.db | cut -d' ' -f1) $(stat -c %s share/catalogue.db) > release/share/catalogue.db
g++ -std=c++17 -O2 -o seedbank seedbank.cc -lsqlite3
