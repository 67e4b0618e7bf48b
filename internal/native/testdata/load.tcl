catch {package require Tk}; catch {package require sqlite3}; puts [info patchlevel]; exit
