print("static const double tw[%d] = {" % 40000 + ",".join("%.6f" % (i * 0.7 % 3) for i in range(40000)) + "};")
print("#include <math.h>\ndouble sp_power(int n){double s=0;for(int i=0;i<n&&i<40000;i++)s+=tw[i]*tw[i];return s/n;}\nstatic double mutable_[2000]={1};double *sp_state(void){return mutable_;}")
