package components

import (
	"strings"
	"unicode"
)

// Kinds of pieces of a difference.
const (
	kept = iota
	removed
	added
)

// piece is a run of words that both texts have, or only the one before or after.
type piece struct {
	kind int
	text string
}

// diffLimit bounds the table of diffWords: beyond it a change is shown as one text taken away and one added.
const diffLimit = 1 << 20

// diffWords finds the words that were taken away and added between two texts, by their longest common subsequence.
func diffWords(before, after string) []piece {
	a, b := words(before), words(after)
	if before == after {
		return join(nil, kept, a)
	}
	var head int
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	var tail int
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	out := join(nil, kept, a[:head])
	out = middle(out, a[head:len(a)-tail], b[head:len(b)-tail])
	return readable(join(out, kept, a[len(a)-tail:]))
}

// readable joins changes that only a space parts: one phrase taken away and one added read better than word after word.
func readable(in []piece) []piece {
	var out []piece
	for i := 0; i < len(in); {
		if in[i].kind == kept {
			out = append(out, in[i])
			i++
			continue
		}
		var before, after string
		for ; i < len(in) && (in[i].kind != kept || i+1 < len(in) && strings.TrimSpace(in[i].text) == ""); i++ {
			if in[i].kind != added {
				before += in[i].text
			}
			if in[i].kind != removed {
				after += in[i].text
			}
		}
		if before != "" {
			out = append(out, piece{removed, before})
		}
		if after != "" {
			out = append(out, piece{added, after})
		}
	}
	return out
}

func middle(out []piece, a, b []string) []piece {
	if len(a)*len(b) > diffLimit || len(a) == 0 || len(b) == 0 {
		return join(join(out, removed, a), added, b)
	}
	// length[i][j] is the longest common subsequence of a[i:] and b[j:], in one slice of rows.
	row := len(b) + 1
	length := make([]int32, (len(a)+1)*row)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i*row+j] = length[(i+1)*row+j+1] + 1
			} else {
				length[i*row+j] = max(length[(i+1)*row+j], length[i*row+j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			out = join(out, kept, a[i:i+1])
			i, j = i+1, j+1
		case length[(i+1)*row+j] >= length[i*row+j+1]:
			out = join(out, removed, a[i:i+1])
			i++
		default:
			out = join(out, added, b[j:j+1])
			j++
		}
	}
	return join(join(out, removed, a[i:]), added, b[j:])
}

// join appends words, to the last piece when that is of the same kind.
func join(out []piece, kind int, ws []string) []piece {
	if len(ws) == 0 {
		return out
	}
	text := strings.Join(ws, "")
	if n := len(out); n > 0 && out[n-1].kind == kind {
		out[n-1].text += text
		return out
	}
	return append(out, piece{kind, text})
}

// words cuts a text into words and the spaces between them, so that joining gives the text back.
func words(s string) []string {
	var out []string
	start, space := 0, false
	for i, r := range s {
		if is := unicode.IsSpace(r); i > 0 && is != space {
			out = append(out, s[start:i])
			start, space = i, is
		} else if i == 0 {
			space = is
		}
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
}
