package bundler

// family is a kind of program, or a part of one, that is known by what it reads:
// another input of the same program loads other members of the same trees, which the
// native run could not show.
type family struct {
	name  string       // what --include-family calls it
	what  string       // what another input would load
	marks []string     // consecutive components of a path that was used, as path.Match patterns
	roots []familyRoot // where the members lie
}

// familyRoot is one tree of members.
type familyRoot struct {
	// glob is an absolute pattern of files and directories. "$home" in it is the path
	// up to the end of a mark, "$prefix" the path before it: of "lib*/python3.*" in
	// /venv/lib/python3.11/os.py, /venv/lib/python3.11 and /venv.
	glob string
	// used keeps to the packages (entries directly below it) of which the run used a
	// part: a directory that every program of the system shares holds many more.
	used bool
	// byName: programs ask the loader for these libraries by their bare names.
	byName bool
	// names: the files are lists that name libraries, which are members too.
	names bool
}

// families is what we know of them, from the Debian packages of each and from what
// their upstreams document. skip lists hold for all: see skippedMembers.
var families = []family{
	{"python", "modules of Python's library and of the packages it used",
		[]string{"lib*/python3.*"}, []familyRoot{{glob: "$home"}, {glob: "$home/dist-packages", used: true}, {glob: "$prefix/lib/python3/dist-packages", used: true}}},
	{"perl", "modules of Perl's library and of the packages it used",
		[]string{"bin/perl*", "lib/*/perl-base", "lib/*/perl", "share/perl", "lib/*/perl5", "share/perl5"}, []familyRoot{
			{glob: "$prefix/lib/*/perl-base"}, {glob: "$prefix/lib/*/perl/5.*"}, {glob: "$prefix/share/perl/5.*"}, {glob: "$prefix/lib/5.*"},
			{glob: "$prefix/lib/*/perl5/5.*", used: true}, {glob: "$prefix/share/perl5", used: true}, {glob: "$prefix/lib/perl5", used: true}}},
	{"ruby", "Ruby's library and gems",
		[]string{"bin/ruby*", "lib/ruby", "lib/*/ruby"}, []familyRoot{
			{glob: "$prefix/lib/ruby"}, {glob: "$prefix/lib/*/ruby"}, {glob: "$prefix/share/rubygems-integration"}, {glob: "/var/lib/gems"}}},
	{"node", "the modules of the same node_modules",
		[]string{"node_modules", "share/nodejs"}, []familyRoot{{glob: "$prefix/node_modules"}, {glob: "$prefix/share/nodejs", used: true}}},
	{"java", "the Java runtime's libraries and settings",
		[]string{"lib/server/libjvm.so"}, []familyRoot{{glob: "$prefix/lib"}, {glob: "$prefix/conf"}}},
	{"lua", "Lua modules",
		[]string{"bin/lua*", "share/lua/5.*", "lib/*/lua/5.*", "lib/lua/5.*"}, []familyRoot{
			{glob: "$prefix/share/lua"}, {glob: "$prefix/lib/*/lua"}, {glob: "$prefix/lib/lua"}}},
	{"r", "R's own packages and those it used",
		[]string{"lib/R"}, []familyRoot{
			{glob: "$home/library"}, {glob: "$home/modules"}, {glob: "$home/etc"}, {glob: "$home/share"}, {glob: "$home/lib"},
			{glob: "$home/site-library", used: true}, {glob: "/usr/local/lib/R/site-library", used: true}}},
	{"tcl", "Tcl's library and packages",
		[]string{"share/tcltk", "lib/tcltk", "bin/tclsh*", "bin/wish*", "lib/tcl8*"}, []familyRoot{
			{glob: "$prefix/share/tcltk"}, {glob: "$prefix/lib/tcltk"}, {glob: "$prefix/lib/tcl8*"}}},
	{"gstreamer", "GStreamer's plugins",
		[]string{"lib/*/gstreamer-1.0", "lib*/gstreamer-1.0"}, []familyRoot{{glob: "$home"}}},
	{"imagemagick", "ImageMagick's coders, filters and settings",
		[]string{"ImageMagick-*"}, []familyRoot{{glob: "$home"}}},
	{"openssl", "OpenSSL's providers and engines",
		[]string{"libcrypto.so.*"}, []familyRoot{
			{glob: "/usr/lib/*/ossl-modules"}, {glob: "/usr/lib64/ossl-modules"}, {glob: "/usr/lib/*/engines-*"}, {glob: "/usr/lib64/engines-*"},
			{glob: "$prefix/ossl-modules"}, {glob: "$prefix/engines-*"}, {glob: "/etc/ssl/openssl.cnf"}}},
	{"opencl", "the OpenCL drivers that are registered here",
		[]string{"OpenCL/vendors", "libOpenCL.so.*"}, []familyRoot{{glob: "/etc/OpenCL/vendors", names: true}, {glob: "/usr/share/pocl"}, {glob: "/usr/lib/*/pocl"}}},
	{"vulkan", "the Vulkan drivers and layers that are registered here",
		[]string{"vulkan/icd.d", "libvulkan.so.*"}, []familyRoot{{glob: "/usr/share/vulkan", names: true}, {glob: "/etc/vulkan", names: true}}},
	{"nss", "name services, and the files they read",
		[]string{"etc/nsswitch.conf", "libnss_*.so.*"}, []familyRoot{
			{glob: "/lib/*/libnss_*.so.2", byName: true}, {glob: "/lib64/libnss_*.so.2", byName: true}, {glob: "/usr/lib64/libnss_*.so.2", byName: true},
			{glob: "/etc/nsswitch.conf"}, {glob: "/etc/hosts"}, {glob: "/etc/host.conf"}, {glob: "/etc/gai.conf"},
			{glob: "/etc/group"}, {glob: "/etc/services"}, {glob: "/etc/protocols"}, {glob: "/etc/networks"}}},
	{"gconv", "iconv's character sets",
		[]string{"lib/*/gconv", "lib*/gconv", "bin/iconv"}, []familyRoot{{glob: "/usr/lib/*/gconv"}, {glob: "/usr/lib64/gconv"}, {glob: "/usr/lib/gconv"}}},
	{"pam", "PAM's modules and settings",
		[]string{"etc/pam.d", "libpam.so.*"}, []familyRoot{
			{glob: "/etc/pam.d"}, {glob: "/etc/pam.conf"}, {glob: "/etc/security"}, {glob: "/lib/*/security"}, {glob: "/usr/lib64/security"}}},
	{"sasl", "SASL's mechanisms",
		[]string{"libsasl2.so.*", "sasl2"}, []familyRoot{{glob: "/usr/lib/*/sasl2"}, {glob: "/usr/lib64/sasl2"}, {glob: "/etc/sasl2"}}},
	{"fontconfig", "fonts, their settings and cache",
		[]string{"etc/fonts", "libfontconfig.so.*"}, []familyRoot{
			{glob: "/etc/fonts"}, {glob: "/usr/share/fontconfig"}, {glob: "/usr/share/fonts"}, {glob: "/usr/local/share/fonts"}, {glob: "/var/cache/fontconfig"}}},
	{"locale", "the locales that are made here",
		[]string{"lib/locale", "share/locale"}, []familyRoot{{glob: "/usr/lib/locale"}, {glob: "/usr/share/locale/locale.alias"}}},
	{"zoneinfo", "time zones",
		[]string{"etc/localtime", "share/zoneinfo"}, []familyRoot{{glob: "/usr/share/zoneinfo"}, {glob: "/etc/localtime"}, {glob: "/etc/timezone"}}},
	{"ca", "CA certificates in the places where libraries look",
		[]string{"etc/ssl/certs", "etc/pki", "libssl.so.*", "libgnutls.so.*"}, []familyRoot{
			{glob: "/etc/ssl/certs"}, {glob: "/etc/ssl/openssl.cnf"}, {glob: "/usr/lib/ssl"}, {glob: "/etc/pki/tls"}, {glob: "/etc/pki/ca-trust/extracted"}}},
	{"terminfo", "descriptions of terminals",
		[]string{"terminfo", "libtinfo.so.*", "libncurses*.so.*"}, []familyRoot{{glob: "/etc/terminfo"}, {glob: "/lib/terminfo"}, {glob: "/usr/share/terminfo"}}},
}

// skippedMembers stay out of every family: what is made again when it lacks, what only
// people or compilers read, and tests. With a "/" a pattern is of the path below the
// root, else of a base name at any depth.
var skippedMembers = []string{
	"__pycache__", "*.pyc", "*.a", "*.h", "*.md", "*.pod", "*.map", "*.d.ts", "*.ri", "*.html", "*.pdf",
	"src.zip", "ct.sym", "classlist", "*.jmod", ".git", ".cache", ".bin",
	"_test*.so", "_ctypes_test*.so", "xxlimited*.so", "_xxtestfuzz*.so",
	"test/", "dist-packages/", "idlelib/", "turtledemo/", "lib2to3/tests/", "unittest/test/", "config-3.*/", "gems/*/cache/", "gems/*/doc/", "right/", "posix/",
	"help/", "demo/", "private/",
}

// fatalMembers are libraries whose start ends the program in the guest. A family leaves
// them out unless the native run loaded them, and so does the plan beside it: a file
// that was merely looked at would be loaded there, once what it needs is present.
var fatalMembers = []struct{ family, base, reason string }{
	{"gstreamer", "libgstgio.so", "ends the program when GStreamer loads it: Nanos up to 0.1.56 passes no AT_SECURE, and GLib stops (getauxval () failed)"},
}

// FamilyNames lists what Options.IncludeFamily takes, besides "all".
func FamilyNames() []string {
	names := make([]string, len(families))
	for i, f := range families {
		names[i] = f.name
	}
	return names
}
