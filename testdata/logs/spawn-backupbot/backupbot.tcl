proc free {dir} { lindex [split [exec df -k $dir] "\n"] end }
puts "backupbot: target /"
if {[catch {free /} out]} {
    puts stderr "backupbot: $out"
    exit 5
}
puts "backupbot: [lindex $out 3] kB free"
