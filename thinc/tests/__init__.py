"""What the tests of other packages import from here. This package's own tests are not installed."""
