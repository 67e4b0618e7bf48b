package elfdeps

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// tellingImports are functions of libc that load a library, with the family, or for name
// services the database of nsswitch.conf that they ask.
var tellingImports = map[string]string{
	"iconv_open": "gconv",

	// "libgcc_s.so.1 must be installed for pthread_exit to work"
	"pthread_exit": "unwinder", "pthread_cancel": "unwinder", "thrd_exit": "unwinder", "backtrace": "unwinder",

	"getaddrinfo": "hosts", "gethostbyname": "hosts", "gethostbyname_r": "hosts", "gethostbyname2": "hosts",
	"gethostbyname2_r": "hosts", "gethostbyaddr": "hosts", "gethostbyaddr_r": "hosts", "getnameinfo": "hosts",
	"getpwnam": "passwd", "getpwnam_r": "passwd", "getpwuid": "passwd", "getpwuid_r": "passwd", "getpwent": "passwd", "getpwent_r": "passwd",
	"getgrnam": "group", "getgrnam_r": "group", "getgrgid": "group", "getgrgid_r": "group", "getgrent": "group",
	"getgrouplist": "group", "initgroups": "group",
	"getspnam": "shadow", "getspnam_r": "shadow",
	"getservbyname": "services", "getservbyname_r": "services", "getservbyport": "services", "getservbyport_r": "services",
	"getprotobyname": "protocols", "getprotobyname_r": "protocols", "getprotobynumber": "protocols",
	"getnetbyname": "networks", "getnetgrent": "netgroup", "innetgr": "netgroup",
}

// telling adds hints for what libc itself loads: name services, conversions, the unwinder.
// Each is told once, of the first object that imports such a function.
func (h *hinter) telling() {
	libc := h.member("libc.so.6")
	if libc == nil {
		return
	}
	var switches map[string][]string
	for _, about := range slices.Sorted(maps.Keys(h.importers)) {
		i := h.importers[about]
		because := "it imports " + i.function
		switch about {
		case "gconv":
			h.plugins("gconv", i.object, because, []string{"{lib}/gconv/*.so"})
		case "unwinder":
			if h.member("libgcc_s.so.1") == nil {
				h.add(Hint{Kind: HintFamily, Object: i.object, Names: []string{"libgcc_s.so.1"}, Feature: "unwinder", Evidence: because})
			}
		default:
			if switches == nil {
				switches = h.nsswitch()
			}
			h.nameServices(i, about, switches[about], libc.File)
		}
	}
}

// nsswitch reads the services of each database. Where /etc/nsswitch.conf says nothing,
// glibc asks "files", and "dns" for hosts and networks (nss/nss_database.c).
func (h *hinter) nsswitch() map[string][]string {
	all := map[string][]string{}
	for _, db := range tellingImports {
		all[db] = []string{"files"}
	}
	all["hosts"], all["networks"] = []string{"files", "dns"}, []string{"files", "dns"}
	b, err := h.l.readWhole("/etc/nsswitch.conf", maxRegistry)
	if err != nil {
		return all
	}
	for line := range strings.Lines(string(b)) {
		line, _, _ = strings.Cut(line, "#")
		db, services, found := strings.Cut(line, ":")
		if !found {
			continue
		}
		var names []string
		inAction := false // [NOTFOUND=return]
		for f := range strings.FieldsSeq(services) {
			if strings.HasPrefix(f, "[") {
				inAction = true
			}
			if !inAction && !strings.Contains(f, "/") && len(names) < maxServices {
				names = append(names, f)
			}
			if strings.HasSuffix(f, "]") {
				inAction = false
			}
		}
		all[strings.TrimSpace(db)] = names
	}
	return all
}

// nameServices adds the libraries of one database. Since glibc 2.34 files and dns are
// part of libc.
func (h *hinter) nameServices(i importer, db string, services []string, libc *File) {
	for _, s := range services {
		if (s == "files" || s == "dns") && libc != nil && slices.Contains(libc.Verdef, "GLIBC_2.34") {
			continue
		}
		h.add(Hint{
			Kind: HintFamily, Object: i.object, Names: []string{"libnss_" + s + ".so.2"}, Feature: "nss",
			Evidence: fmt.Sprintf("it imports %s, and nsswitch.conf has %s: %s", i.function, db, strings.Join(services, " ")),
		})
	}
}

// jsonICD reads the driver of a Vulkan or EGL registry file:
//
//	{"file_format_version":"1.0.0","ICD":{"library_path":"libEGL_mesa.so.0"}}
func jsonICD(b []byte) []string {
	var doc struct {
		ICD struct {
			Path string `json:"library_path"`
		}
	}
	if json.Unmarshal(b, &doc) != nil || doc.ICD.Path == "" {
		return nil
	}
	return []string{doc.ICD.Path}
}

// firstLine reads the driver of an OpenCL registry file.
func firstLine(b []byte) []string {
	line, _, _ := strings.Cut(string(b), "\n")
	if line = strings.TrimSpace(line); line == "" {
		return nil
	}
	return []string{line}
}
