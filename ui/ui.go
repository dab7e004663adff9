// Package ui holds the styles, fonts and small scripts of commun's pages. Their sources are in src; `go generate` bundles them with ui/build into
// assets, which is committed and embedded here. Each file lies in a folder named by its content's hash, so its address changes when it does.
package ui

import (
	"bytes"
	"compress/gzip"
	"embed"
	"io/fs"
	"path"
)

//go:embed assets
var assets embed.FS

// Asset is a file ready to be served.
type Asset struct {
	Hash string // of its content
	Type string // its media type
	Body []byte
	Gzip []byte // Body compressed; nil when that would not make it smaller
}

// Assets are all files by name. It is read-only.
type Assets struct {
	byName map[string]Asset
}

// types are the media types by extension: fixed here, since the operating system's table differs from machine to machine.
var types = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
	".txt":   "text/plain; charset=utf-8",
}

// Load reads and compresses the embedded files. It panics when they are not whole: that is the build's fault.
func Load() *Assets {
	a := &Assets{byName: map[string]Asset{}}
	err := fs.WalkDir(assets, "assets", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := assets.ReadFile(name)
		if err != nil {
			return err
		}
		asset := Asset{Hash: path.Base(path.Dir(name)), Type: types[path.Ext(name)], Body: body}
		if path.Ext(name) != ".woff2" { // compressed already
			asset.Gzip = squeeze(body)
		}
		a.byName[path.Base(name)] = asset
		return nil
	})
	if err != nil {
		panic("ui: read embedded assets: " + err.Error())
	}
	return a
}

// squeeze compresses b, or returns nil when that gains nothing.
func squeeze(b []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := w.Write(b); err != nil {
		return nil
	}
	if err := w.Close(); err != nil || out.Len() >= len(b) {
		return nil
	}
	return out.Bytes()
}

// URL returns the path of a file by name, such as "/static/4IW2HJ5M/app.css", or "" when there is no such file.
func (a *Assets) URL(name string) string {
	asset, ok := a.byName[name]
	if !ok {
		return ""
	}
	return "/static/" + asset.Hash + "/" + name
}

// Open returns the file of that hash and name.
func (a *Assets) Open(hash, name string) (Asset, bool) {
	asset, ok := a.byName[name]
	return asset, ok && asset.Hash == hash
}
