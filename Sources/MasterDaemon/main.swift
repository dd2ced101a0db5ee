import GRDB
import Hummingbird
import ArgumentParser
import Configuration
import TileCore
print("x")
