"""What every page shares: language, navigation, look, state in the address, errors."""
