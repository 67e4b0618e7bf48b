use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

struct Entry {
    key: String,
    crossref: Option<String>,
    year: RefCell<u32>,
}

fn inherit(db: &HashMap<String, Rc<Entry>>, e: &Entry) {
    if let Some(x) = &e.crossref {
        let mut mine = e.year.borrow_mut();
        let parent = &db[x];
        if *mine == 0 {
            *mine = *parent.year.borrow();
        }
    }
}

fn main() {
    let mut db = HashMap::new();
    for (k, c, y) in [("knuth84", None, 1984), ("tugboat", Some("knuth84"), 0), ("selfref", Some("selfref"), 0)] {
        db.insert(k.to_string(), Rc::new(Entry { key: k.into(), crossref: c.map(String::from), year: RefCell::new(y) }));
    }
    let mut ks: Vec<_> = db.keys().cloned().collect();
    ks.sort_by_key(|k| std::cmp::Reverse(k.clone()));
    for k in ks {
        inherit(&db, &db[&k]);
        println!("@misc{{{}, year={}}}", db[&k].key, db[&k].year.borrow());
    }
}
