int hal_probe(void) { return 3; }
int hal_speed(int pump) { return 1200 + 50 * pump; }
