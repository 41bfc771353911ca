//go:build race

package main

// raceDetector reports whether this binary was built with it.
const raceDetector = true
