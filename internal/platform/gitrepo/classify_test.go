package gitrepo

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The words are git 2.39's, taken down from damaged servers and broken ways; ids and paths are made short.
func TestWhatGitSaysOfDamage(t *testing.T) {
	const aborting = "remote: aborting due to possible repository corruption on the remote side.\x00\n"
	web, local := parse(t, "https://forge.example.org/a/b"), parse(t, "/srv/a")
	for _, c := range []struct {
		name          string
		a             Address
		words, remote string
		key           string
	}{
		{"a byte changed in what was sent", web, "error: inflate: data stream error (incorrect data check)\nfatal: pack has bad object at offset 1380: inflate returned -3\n" +
			"fatal: fetch-pack: invalid index-pack output\n", "remote: Total 60 (delta 21), reused 60 (delta 21), pack-reused 0\n", KeyCorrupt},
		{"another", web, "fatal: pack has bad object at offset 1693: inflate returned -5\nfatal: fetch-pack: invalid index-pack output\n", "", KeyCorrupt},
		{"a pack with another checksum", web, "fatal: pack is corrupted (SHA1 mismatch)\nfatal: fetch-pack: invalid index-pack output\n", "", KeyCorrupt},
		{"a pack that ends too soon in an answer that is whole", web, "fatal: early EOF\nfatal: fetch-pack: invalid index-pack output\n", "", KeyCorrupt},
		{"no pack in an answer that is whole", web, "fatal: protocol error: bad pack header\n", "", KeyCorrupt},
		{"deltas of what is not there", web, "fatal: pack has 3 unresolved deltas\nfatal: fetch-pack: invalid index-pack output\n", "", KeyCorrupt},
		{"the server's delta is damaged", web, "fatal: early EOF\nfatal: fetch-pack: invalid index-pack output\n",
			"remote: error: bad offset for revindex\nremote: error: inflate: data stream error (incorrect header check)\nremote: error: delta data unpack-initial failed\n" +
				"remote: fatal: packed object aa (stored in ./objects/pack/pack-bb.pack) is corrupt\n" + aborting, KeyCorrupt},
		{"the server's loose object is damaged", web, "fatal: protocol error: bad pack header\n",
			"remote: error: corrupt loose object 'aa'\nremote: fatal: loose object aa (stored in ./objects/0f/a9) is corrupt\n" + aborting, KeyCorrupt},
		{"the server's commit is damaged", web, "fatal: protocol error: bad pack header\n",
			"remote: error: Could not read aa\nremote: fatal: Failed to traverse parents of commit bb\n" + aborting, KeyCorrupt},
		{"the server's tree is damaged", web, "fatal: protocol error: bad pack header\n", "remote: fatal: bad tree object aa\n" + aborting, KeyCorrupt},
		{"the server breaks off for it", web, "error: RPC failed; curl 18 transfer closed with outstanding read data remaining\nfetch-pack: unexpected disconnect while reading sideband packet\n" +
			"fatal: early EOF\nfatal: fetch-pack: invalid index-pack output\n", "remote: fatal: packed object aa (stored in x) is corrupt\n" + aborting, KeyCorrupt},
		{"the server misses a file", web, "fatal: early EOF\nfatal: fetch-pack: invalid index-pack output\n", "remote: fatal: unable to read aa\n" + aborting, KeySourceIncomplete},
		{"the server cannot read what it has just listed", web, "fatal: remote error: upload-pack: not our ref aa\n", "", KeySourceIncomplete},
		{"an attack in an object", web, "error: object aa: hasDotgit: contains '.git'\nfatal: fsck error in packed object\nfatal: fetch-pack: invalid index-pack output\n", "", KeyUnsafeObjects},
		{"the way broke", web, "error: 11 bytes of body are still expected\nfetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF\n" +
			"fatal: fetch-pack: invalid index-pack output\n", "remote: Counting obj\n", KeyUnreachable},
		{"the way broke before the pack", web, "error: 4 bytes of body are still expected\nfetch-pack: unexpected disconnect while reading sideband packet\n" +
			"fatal: protocol error: bad pack header\n", "", KeyUnreachable},
		{"the way broke in the list", web, "error: 35 bytes of body are still expected\nfatal: expected flush after ref listing\n", "", KeyUnreachable},
		{"a reset", web, "error: RPC failed; curl 56 Recv failure: Connection reset by peer\nfatal: expected 'acknowledgments'\n", "", KeyUnreachable},
		{"the same words, said by the server of something else", web, "fatal: some new words\n", "remote: fatal: packed object aa is corrupt\n", KeyFailed},
		{"a pack cut short on this machine", local, "fatal: early EOF\nfatal: fetch-pack: invalid index-pack output\n", "", KeyCorrupt},
		{"a file that is not there on this machine", local, "fatal: early EOF\n", "remote: fatal: unable to read aa\n" + aborting, KeySourceIncomplete},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := classify(c.a, c.words, c.remote, errors.New("exit status 128"))
			wantKey(t, err, c.key)
			if !strings.Contains(errors.Unwrap(err).Error(), strings.Split(lastLines(c.words), " | ")[0]) {
				t.Fatal("git's words are not in the log:", errors.Unwrap(err))
			}
		})
	}
}

// TestADamagedRepositoryOverHTTP: whatever of it is damaged, nobody is told that the server does not answer.
func TestADamagedRepositoryOverHTTP(t *testing.T) {
	root := t.TempDir()
	s := newSource(t, filepath.Join(root, "s"))
	s.commit("one", "a", strings.Repeat("a line\n", 1000), "b/c", noise(3000))
	s.commit("two", "a", strings.Repeat("a line\n", 999)+"another\n")
	h, _ := gitServer(t, root)
	addr, p := serve(t, h)
	for name, what := range map[string]string{"a commit": "HEAD~1", "a folder": "HEAD:b", "a file": "HEAD:b/c", "the tree": "HEAD^{tree}"} {
		for _, how := range []string{"changed", "gone"} {
			t.Run(name+" "+how, func(t *testing.T) {
				bad := source{t, filepath.Join(root, strings.ReplaceAll(name+how, " ", "-"))}
				if err := os.CopyFS(bad.dir, os.DirFS(s.dir)); err != nil {
					t.Fatal(err)
				}
				id := bad.git("rev-parse", what)
				object := filepath.Join(bad.dir, ".git", "objects", id[:2], id[2:])
				if how == "gone" {
					os.Remove(object)
				} else {
					flip(t, object)
				}
				_, err := newMirror(t).Update(t.Context(), parse(t, addr+"/"+filepath.Base(bad.dir)), p, nil)
				if k := KeyOf(err); k != KeyCorrupt && k != KeySourceIncomplete {
					t.Fatalf("got %q: %v", k, err)
				}
			})
		}
	}
}
