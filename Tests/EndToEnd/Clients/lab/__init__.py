"""What the tests of a whole node stand on: nodes, object stores, a counting proxy, contents."""
