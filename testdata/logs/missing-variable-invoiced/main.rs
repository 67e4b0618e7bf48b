use std::collections::BTreeMap;
use std::process::ExitCode;

fn main() -> ExitCode {
    let wanted = ["INVOICE_CURRENCY", "INVOICE_SELLER_VATID", "INVOICE_SERIES"];
    let mut have = BTreeMap::new();
    let mut absent = vec![];
    for w in wanted {
        match std::env::var(w) {
            Ok(v) => {
                have.insert(w, v);
            }
            Err(_) if w == "INVOICE_CURRENCY" => {
                have.insert(w, "EUR".into());
            }
            Err(_) => absent.push(w),
        }
    }
    if let Some(a) = absent.first() {
        eprintln!("invoiced: configuration incomplete: set {a} (see README, section Environment)");
        return ExitCode::from(64);
    }
    println!("{}-{:05} {} {}", have["INVOICE_SERIES"], 1, have["INVOICE_SELLER_VATID"], have["INVOICE_CURRENCY"]);
    ExitCode::SUCCESS
}
