// Package publiccode reads, judges and writes publiccode.yml, the file in which a public body describes its software, in
// every released version of the standard, 0.1 to 0.7, and in the dialects that real files speak.
//
// Reading and judging are apart. [Read] is lenient: whatever can be understood is in [File.Doc], everything else, unknown
// keys and comments included, in [File.Root] and in [File.Bytes]. [File.Judge] is strict: it holds the file to the version
// that it declares, and gives each *problem* a line, a column, a *path* (description.fr.features[0]), a stable code and a
// sentence in English or French that says how to mend it. An unknown version is one problem; the file is then judged by the
// current one, 0.7.0. Nothing is fetched: no address is called, no image is opened.
//
// [File.Set] and [File.Delete] change one key and leave every other byte as it was; each change is read again and compared
// before it counts. [New] writes a fresh file.
//
// Input comes from strangers: bytes, keys, depth, values after aliases and time are bounded by [Limits], most of them
// before the YAML parser sees the text, because it needs quadratic time for some.
//
// Source: github.com/publiccodeyml/publiccode.yml, its change log and the schema of each release, up to 703f83d (2026-06-24).
package publiccode
