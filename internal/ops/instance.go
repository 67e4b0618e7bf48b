package ops

// InstanceLogs is the command that prints the console log of a cloud instance:
// `ops instance logs ID -t gcp -c gcloud.json`. Empty values are left out; Ops's own
// default platform is onprem.
func InstanceLogs(ops, id, platform, config, project, zone string) []string {
	argv := []string{ops, "instance", "logs", id}
	for _, f := range []struct{ flag, value string }{
		{"--target-cloud", platform}, {"--config", config}, {"--projectid", project}, {"--zone", zone},
	} {
		if f.value != "" {
			argv = append(argv, f.flag+"="+f.value)
		}
	}
	return argv
}
