// Package publiccode reads, judges and writes publiccode.yml, the file in which a public body describes its software, in
// every released version of the standard, 0.1 to 0.7, and in the dialects that real files speak.
//
// Reading and judging are apart. [Read] is lenient: whatever can be understood is in [File.Doc], everything else, unknown
// keys and comments included, in [File.Root] and in [File.Bytes]. [File.Judge] is strict: it holds the file to the version
// that it declares, and gives each *problem* a line, a column, a *path* (description.fr.features[0]), a stable code and a
// sentence in English or French that says how to mend it. An unknown version is one problem; the file is then judged by the
// current one, 0.7.0. Nothing is fetched: no address is called, no image is opened. So a picture is judged by its path and its
// ending, a video by the list of the sites that support oEmbed, an Italian public body by the list of its index (folder lists,
// each with its day).
//
// [File.Set] and [File.Delete] change one key and leave every other byte as it was; each change is read again and compared
// before it counts. [New] writes a fresh file.
//
// Input comes from strangers: bytes, keys, depth, values after aliases and time are bounded by [Limits], most of them
// before the YAML parser sees the text, because it needs quadratic time for some.
//
// The Italian reference parser (publiccode-parser-go 5.4.3), whose own test files are judged by its version, gives another
// verdict in these cases, where this package keeps to the text of the standard:
//   - fundedBy needs its name and may lack its uri ("name: mandatory"); there it needs its uri and may lack its name, as
//     organisation does in both.
//   - A phone number without quotes is a number for YAML, which loses its plus; "this has to be a string" since 0.2.1. There it passes.
//   - An older file is held to the version that it declares: categories up to 0.4, genericName up to 0.2.2. There every file is held to 0.7.
//   - features may be an empty list ("no minimum"), and platforms one word, as version 0.1 wrote it.
//   - A .jpeg is a JPG. A picture's address without an ending is not judged, a missing file neither: there both are, with a network.
//   - A video on a known site whose address has another form is a warning (the standard's own example, youtube.com/xxxxxxxx, is
//     one), and so is the form of PeerTube and Pod, which are on no list. There both are errors.
//
// Source: github.com/publiccodeyml/publiccode.yml, its change log and the schema of each release, up to 703f83d (2026-06-24).
package publiccode
