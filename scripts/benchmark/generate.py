"""The load generator's process; it imports `generator` under its own name because of pickle."""

from scripts.benchmark import generator

if __name__ == "__main__":
    generator.main()
