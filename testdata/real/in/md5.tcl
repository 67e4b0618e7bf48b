package require md5
puts "tcl [string range [md5::md5 -hex x] 0 7]"
