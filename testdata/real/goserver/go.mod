module github.com/nanodiag/nanodiag/testdata/real/goserver

go 1.24
