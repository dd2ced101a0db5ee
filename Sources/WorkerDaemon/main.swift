import NIOPosix
import ServiceLifecycle
print("x")
