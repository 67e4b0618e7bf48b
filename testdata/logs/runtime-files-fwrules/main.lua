package.path = "lib/?.lua;lib/?/init.lua;" .. package.path
local ok, colors = pcall(require, "ansicolors")
if not ok then colors = function(s) return s end end
local fw = require("fw.compile")
print(colors(fw.compile { "allow 22/tcp", "allow 443/tcp", "deny */udp" }))
