package main

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/nanodiag/nanodiag/strace"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// placeFlags say as whom and where a traced program runs.
type placeFlags struct {
	user, cwd string
	env       []string
	mounts    []string
	flags     *pflag.FlagSet
}

func (f *placeFlags) register(c *cobra.Command) {
	f.flags = c.Flags()
	c.Flags().StringVar(&f.user, "user", "", "run as this user: `NAME or UID[:GID]` (needs root)")
	c.Flags().StringVar(&f.cwd, "cwd", "", "run in this `DIR`")
	c.Flags().StringArrayVarP(&f.env, "env", "e", nil, "set `NAME=VALUE` in the program's environment; NAME alone removes it")
	c.Flags().StringArrayVar(&f.mounts, "mount", nil, "show a directory at another path, to the program alone: `DIR:/PATH[:ro]`")
}

// dir is where the program runs, absolute.
func (f *placeFlags) dir() (string, error) {
	dir, err := filepath.Abs(f.cwd)
	if err != nil {
		return "", fmt.Errorf("read the working directory: %w", err)
	}
	if info, err := os.Stat(dir); f.cwd != "" && (err != nil || !info.IsDir()) && len(f.mounts) == 0 {
		return "", usagef("--cwd %s: no such directory", f.cwd)
	}
	return dir, nil
}

func (f *placeFlags) environ() ([]string, error) {
	env := os.Environ()
	if f.cwd != "" {
		dir, err := f.dir()
		if err != nil {
			return nil, err
		}
		f.env = append([]string{"PWD=" + dir}, f.env...)
	}
	for _, kv := range f.env {
		name, _, set := strings.Cut(kv, "=")
		if name == "" {
			return nil, usagef("--env %s: give NAME=VALUE", kv)
		}
		env = slices.DeleteFunc(env, func(old string) bool { return strings.HasPrefix(old, name+"=") })
		if set {
			env = append(env, kv)
		}
	}
	return env, nil
}

// mountList reads the values of a flag that shows directories at other paths.
func mountList(flag string, values []string) ([]strace.Mount, error) {
	var list []strace.Mount
	for _, text := range values {
		host, guest, ok := strings.Cut(text, ":/")
		guest, options, _ := strings.Cut("/"+guest, ":")
		guest = filepath.Clean(guest)
		if !ok || guest == "/" || options != "" && options != "ro" {
			return nil, usagef("%s %s: give DIR:/PATH, or DIR:/PATH:ro", flag, text)
		}
		host, err := filepath.Abs(host)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", flag, text, err)
		}
		if info, err := os.Stat(host); err != nil || !info.IsDir() {
			return nil, usagef("%s %s: %s is no directory here", flag, text, host)
		}
		list = append(list, strace.Mount{Host: host, Guest: guest, ReadOnly: options == "ro"})
	}
	return list, nil
}

// keepID is the id -1, by which setresuid(2) and setresgid(2) leave what was.
const keepID = 1<<32 - 1

// userSet reports whether --user was given, be it empty.
func (f *placeFlags) userSet() bool { return f.flags != nil && f.flags.Changed("user") }

// account finds the user; nil means the caller.
func (f *placeFlags) account() (*strace.User, error) {
	if !f.userSet() {
		return nil, nil
	}
	if f.user == "" {
		return nil, usagef("--user: give NAME or UID[:GID]")
	}
	if os.Geteuid() != 0 {
		return nil, usagef("--user %s: only root may run a program as another user; use sudo", f.user)
	}
	name, group, hasGroup := strings.Cut(f.user, ":")
	uid, err := strconv.ParseUint(name, 10, 32)
	if err == nil && uid == keepID || errors.Is(err, strconv.ErrRange) {
		return nil, usagef("--user %s: ids go from 0 to %d", f.user, keepID-1)
	}
	var u *user.User
	if err == nil {
		u, _ = user.LookupId(name) // one without an account is fine
	} else if u, err = user.Lookup(name); err != nil {
		return nil, usagef("--user %s: no such user", f.user)
	}
	who := &strace.User{UID: uint32(uid), GID: uint32(uid)}
	if u != nil {
		id, _ := strconv.ParseUint(u.Uid, 10, 32)
		gid, _ := strconv.ParseUint(u.Gid, 10, 32)
		who.UID, who.GID = uint32(id), uint32(gid)
		ids, _ := u.GroupIds()
		for _, id := range ids {
			if n, err := strconv.ParseUint(id, 10, 32); err == nil {
				who.Groups = append(who.Groups, uint32(n))
			}
		}
	}
	if hasGroup {
		gid, err := strconv.ParseUint(group, 10, 32)
		if err != nil {
			return nil, usagef("--user %s: the group must be a number", f.user)
		}
		if gid == keepID {
			return nil, usagef("--user %s: ids go from 0 to %d", f.user, keepID-1)
		}
		who.GID, who.Groups = uint32(gid), nil
	}
	return who, nil
}
