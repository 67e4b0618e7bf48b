package symbolize

import "time"

// Bounds. The limits are there for files and logs made to hurt; real ones stay below.
const (
	maxSegments   = 256       // program headers looked at; real objects have 5 to 15
	maxSymbols    = 8 << 20   // entries of one symbol table: a browser with all its symbols has millions
	maxName       = 64 << 10  // bytes of one symbol name; deep templates reach 10,000
	maxDemangled  = 12        // power of two: names are cut at 4096 bytes
	maxDebugBytes = 512 << 20 // unpacked DWARF sections of one file
	maxFrames     = 64        // more than the 32 + 32 words of a dump
	maxObjects    = 4096      // mappings and libraries taken from a trace
	maxTried      = 4 << 20   // places in code looked at while inferring one load address
	maxUnits      = 1 << 17   // compilation units searched for an address: a browser has tens of thousands
	maxEntries    = 4 << 20   // entries of debug information read for inlined functions
	maxRows       = 16 << 20  // rows of line tables read for one report
	maxScan       = 64 << 20  // .eh_frame without a table
	maxCFI        = 4096      // instructions of one unwind program
)

// maxLineTime ends the search for lines in a file whose tables overlap by the thousand.
// Honest files take milliseconds, plus the time to unpack them.
const maxLineTime = 10 * time.Second

const pageSize = 4096
