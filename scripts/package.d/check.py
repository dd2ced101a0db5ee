PACKAGES = ["lintian", "debootstrap"]
