import ctypes
l=ctypes.CDLL("/opt/nd/libfront.so")
print("f", l.f())
