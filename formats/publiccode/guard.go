package publiccode

import "strings"

// maxBlank is how many blank lines may follow each other: the parser needs quadratic time for those inside a block of text.
const maxBlank = 500

// maxLines bounds the lines of a file.
const maxLines = 50_000

// maxOpen is how many brackets may be open at once. Prose has some that nobody closes, so it is more than the depth.
const maxOpen = 100

// guard counts, in one pass and without understanding YAML, what makes the parser slow or the tree large. It errs on the
// side of counting: text that looks like keys counts as keys. The limits are far above what real files hold.
func guard(text string, lim Limits) *ReadError {
	type level struct{ indent, keys int }
	type bracket struct {
		mapping bool
		commas  int
	}
	var levels []level
	var open []bracket
	keys, values, blank := 0, 0, 0
	line := 0
	for rest := text; rest != ""; {
		var s string
		s, rest, _ = strings.Cut(rest, "\n")
		line++
		body := strings.TrimLeft(s, " ")
		if strings.TrimSpace(body) == "" {
			if blank++; blank > maxBlank {
				return refused(codeBlankLines, line, maxBlank)
			}
			continue
		}
		blank = 0
		indent := len(s) - len(body)
		// each "- " or "? " at the start of a line opens a level of its own
		for {
			for len(levels) > 0 && levels[len(levels)-1].indent > indent {
				levels = levels[:len(levels)-1]
			}
			if len(levels) == 0 || levels[len(levels)-1].indent < indent {
				levels = append(levels, level{indent: indent})
			}
			if len(levels) > lim.Depth {
				return refused(codeTooDeep, line, lim.Depth)
			}
			if !strings.HasPrefix(body, "- ") && !strings.HasPrefix(body, "? ") && body != "-" {
				break
			}
			values++
			trimmed := strings.TrimLeft(body[1:], " ")
			indent += len(body) - len(trimmed)
			if body = trimmed; body == "" {
				break
			}
		}
		if body != "" && body[0] != '#' && (strings.Contains(body, ": ") || strings.HasSuffix(body, ":") || strings.Contains(body, ":\t")) {
			keys++
			values++
			top := &levels[len(levels)-1]
			if top.keys++; top.keys > lim.KeysInMapping {
				return refused(codeManyKeys, line, lim.KeysInMapping)
			}
		}
		if body != "" && body[0] == '#' {
			continue
		}
		for i := 0; i < len(body); i++ {
			switch body[i] {
			case '[', '{':
				if open = append(open, bracket{mapping: body[i] == '{'}); len(open) > maxOpen {
					return refused(codeTooDeep, line, maxOpen)
				}
				values++
			case ']', '}':
				if len(open) > 0 {
					open = open[:len(open)-1]
				}
			case ',':
				if len(open) == 0 {
					continue
				}
				values++
				top := &open[len(open)-1]
				if top.commas++; top.mapping && top.commas > lim.KeysInMapping {
					return refused(codeManyKeys, line, lim.KeysInMapping)
				}
			}
		}
		if keys > lim.Keys {
			return refused(codeManyKeys, line, lim.Keys)
		}
		if values > lim.Nodes {
			return refused(codeManyValues, line, lim.Nodes)
		}
	}
	return nil
}

// refused makes the error for a limit that was passed on a line.
func refused(code string, line, limit int) *ReadError {
	return &ReadError{Problem: problem(Error, Pos{line, 1}, "", code, args{"max": limit})}
}
