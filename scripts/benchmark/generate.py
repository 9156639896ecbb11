"""The load generator's process: loads little, and `generator` under its own name, for pickle."""

from scripts.benchmark import generator

if __name__ == "__main__":
    generator.main()
