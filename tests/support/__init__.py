"""What tests share: arrays named by their axes, finite differences, the reference as judge."""
