package elfdeps

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// family is a library that loads others by a rule of its own, not by names in its code.
type family struct {
	name   string
	soname string   // start of the name of the library that does it
	files  []string // plugins: a leading {lib} is each built-in directory; "*" within a component
	// registry reads the names of libraries from files that match, instead of listing plugins.
	registry func(b []byte) []string
}

// families are told by a library of the closure, and only where their plugins are there.
// The places are those of Debian and Fedora, whose {lib} is /usr/lib64.
var families = []family{
	{name: "openssl-provider", soname: "libcrypto.so.3", files: []string{"{lib}/ossl-modules/*.so"}},
	{name: "openssl-engine", soname: "libcrypto.so.", files: []string{"{lib}/engines-*/*.so"}},
	{name: "pam", soname: "libpam.so.", files: []string{"{lib}/security/*.so"}},
	{name: "sasl", soname: "libsasl2.so.", files: []string{"{lib}/sasl2/*.so"}},
	{name: "kerberos", soname: "libkrb5.so.", files: []string{"{lib}/krb5/plugins/*/*.so"}},
	{name: "pkcs11", soname: "libp11-kit.so.", files: []string{"{lib}/pkcs11/*.so"}},
	{name: "nss-crypto", soname: "libnss3.so", files: []string{"{lib}/libsoftokn3.so", "{lib}/libfreebl*3.so", "{lib}/libnssckbi.so", "{lib}/nss/*.so"}},
	{name: "gio", soname: "libgio-2.0.so.", files: []string{"{lib}/gio/modules/*.so"}},
	{name: "gdk-pixbuf", soname: "libgdk_pixbuf-2.0.so.", files: []string{"{lib}/gdk-pixbuf-2.0/*/loaders/*.so"}},
	{name: "gtk-modules", soname: "libgtk-3.so.", files: []string{"{lib}/gtk-3.0/*/immodules/*.so", "{lib}/gtk-3.0/modules/*.so"}},
	{name: "gstreamer", soname: "libgstreamer-1.0.so.", files: []string{"{lib}/gstreamer-1.0/*.so"}},
	{name: "qt5", soname: "libQt5Core.so.", files: []string{"{lib}/qt5/plugins/*/*.so"}},
	{name: "qt6", soname: "libQt6Core.so.", files: []string{"{lib}/qt6/plugins/*/*.so"}},
	{name: "vulkan-icd", soname: "libvulkan.so.", files: []string{"/usr/share/vulkan/icd.d/*.json", "/etc/vulkan/icd.d/*.json"}, registry: jsonICD},
	{name: "egl-icd", soname: "libEGL.so.", files: []string{"/usr/share/glvnd/egl_vendor.d/*.json", "/etc/glvnd/egl_vendor.d/*.json"}, registry: jsonICD},
	{name: "glx-vendor", soname: "libGLX.so.", files: []string{"{lib}/libGLX_*.so.0"}},
	{name: "opencl-icd", soname: "libOpenCL.so.", files: []string{"/etc/OpenCL/vendors/*.icd"}, registry: firstLine},
	{name: "dri", soname: "libgbm.so.", files: []string{"{lib}/dri/*_dri.so"}},
	{name: "va", soname: "libva.so.", files: []string{"{lib}/dri/*_drv_video.so"}},
	{name: "vdpau", soname: "libvdpau.so.", files: []string{"{lib}/vdpau/*.so*"}},
	{name: "alsa", soname: "libasound.so.", files: []string{"{lib}/alsa-lib/*.so"}},
	{name: "libao", soname: "libao.so.", files: []string{"{lib}/ao/plugins-*/*.so"}},
	{name: "pipewire", soname: "libpipewire-0.3.so.", files: []string{"{lib}/pipewire-0.3/*.so", "{lib}/spa-0.2/*/*.so"}},
	{name: "hwloc", soname: "libhwloc.so.", files: []string{"{lib}/hwloc/*.so"}},
	{name: "imagemagick", soname: "libMagickCore-", files: []string{"{lib}/ImageMagick-*/modules*/*/*.so"}},
	{name: "graphviz", soname: "libgvc.so.", files: []string{"{lib}/graphviz/*.so.*"}},
	{name: "enchant", soname: "libenchant-2.so.", files: []string{"{lib}/enchant-2/*.so"}},
	{name: "odbc", soname: "libodbc.so.", files: []string{"{lib}/odbc/*.so"}},
	{name: "perl", soname: "libperl.so.", files: []string{"{lib}/perl*/*/auto/*/*.so"}},
	{name: "python", soname: "libpython3.", files: []string{"/usr/lib/python3*/lib-dynload/*.so", "/usr/lib64/python3*/lib-dynload/*.so"}},
}

func (h *hinter) families() {
	h.telling()
	for _, f := range families {
		o := h.member(f.soname)
		if o == nil {
			continue
		}
		if f.registry != nil {
			h.registered(f, o)
			continue
		}
		h.plugins(f.name, o.Path, o.Soname+" in the closure", f.files)
	}
}

// member returns the object of the closure whose name starts with prefix.
func (h *hinter) member(prefix string) *Object {
	for _, o := range h.c.Objects {
		if strings.HasPrefix(o.Soname, prefix) || o.File != nil && strings.HasPrefix(o.File.Soname, prefix) {
			return o
		}
	}
	return nil
}

// plugins adds one hint for each pattern that something matches.
func (h *hinter) plugins(name, object, because string, patterns []string) {
	for _, pattern := range patterns {
		for _, p := range h.expand(pattern) {
			matches := h.l.glob(p)
			if len(matches) == 0 {
				continue
			}
			h.add(Hint{
				Kind: HintFamily, Object: object, Names: []string{p}, Feature: name,
				Evidence: fmt.Sprintf("%s, %s there", because, countFiles(matches)),
			})
		}
	}
}

func countFiles(matches []string) string {
	if len(matches) == 1 {
		return path.Base(matches[0])
	}
	return fmt.Sprintf("%d files", len(matches))
}

// expand replaces {lib} by the built-in directories, leaving out those that are another
// one by a symlink.
func (h *hinter) expand(pattern string) []string {
	rest, inLib := strings.CutPrefix(pattern, "{lib}")
	if !inLib {
		return []string{pattern}
	}
	if h.c.ns == nil {
		return nil
	}
	var all []string
	seen := map[string]bool{}
	for _, d := range h.c.ns.interp.dirs {
		at := h.l.fs.resolve(strings.TrimSuffix(d, "/"))
		if at.fail == ok && !seen[at.real] {
			seen[at.real] = true
			all = append(all, at.real+rest)
		}
	}
	return all
}

func (h *hinter) registered(f family, o *Object) {
	for _, pattern := range f.files {
		for _, file := range h.l.glob(pattern) {
			b, err := h.l.readWhole(file, maxRegistry)
			if err != nil {
				continue
			}
			for _, name := range f.registry(b) {
				h.add(Hint{Kind: HintFamily, Object: o.Path, Names: []string{name}, Feature: f.name, Evidence: o.Soname + " in the closure, named in " + file})
			}
		}
	}
}

// glob lists the paths in the file system that match, in order: "*" matches within one
// component. Unlike fs.Glob it follows symlinks as the loader's file system does.
func (l *Loader) glob(pattern string) []string {
	paths := []string{""}
	for part := range strings.SplitSeq(strings.TrimPrefix(pattern, "/"), "/") {
		var next []string
		for _, p := range paths {
			if !strings.Contains(part, "*") {
				if at := l.fs.resolve(p + "/" + part); at.fail == ok {
					next = append(next, p+"/"+part)
				}
				continue
			}
			for _, e := range l.readDir(p + "/") {
				if match, _ := path.Match(part, e.Name()); match && len(next) < maxPlugins {
					next = append(next, p+"/"+e.Name())
				}
			}
		}
		paths = next
	}
	slices.Sort(paths)
	return paths
}
