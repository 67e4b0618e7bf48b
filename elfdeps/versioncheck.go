package elfdeps

// checkVersions compares DT_VERNEED of each object with DT_VERDEF of the libraries it
// names (elf/dl-version.c). A library without any DT_VERDEF passes, as does a weak
// version; musl does not check at all.
func (ns *namespace) checkVersions(links []*link) []VersionMissing {
	if ns.interp.musl {
		return nil
	}
	var missing []VersionMissing
	defs := map[*link]map[string]bool{}
	for _, l := range links {
		if l.file == nil || l.lost {
			continue
		}
		for _, need := range l.file.Verneed {
			lib := ns.byName[need.Library] // a DT_SONAME that nobody asked for does not count
			if lib == nil || lib.file == nil || len(lib.file.Verdef) == 0 {
				continue
			}
			have := defs[lib]
			if have == nil {
				have = make(map[string]bool, len(lib.file.Verdef))
				for _, d := range lib.file.Verdef {
					have[d] = true
				}
				defs[lib] = have
			}
			for _, v := range need.Versions {
				if !v.Weak && !have[v.Name] {
					missing = append(missing, VersionMissing{Object: lib.path, NeededBy: l.path, Version: v.Name})
				}
			}
		}
	}
	return missing
}
