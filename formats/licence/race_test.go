//go:build race

package licence

// underRace tells that the test was built with -race.
const underRace = true
