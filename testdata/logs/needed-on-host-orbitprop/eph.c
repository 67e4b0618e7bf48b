double eph_mu(void) { return 398600.4418; }
