internal import Glibc

/// The C library's text for an `errno`.
package func systemErrorText(_ number: Int32) -> String {
    unsafe String(cString: strerror(number))
}
