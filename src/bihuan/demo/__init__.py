"""The demo firm 瀚澄动力, a maker of air compressors: used by the demo, the tests and the screenshots."""
