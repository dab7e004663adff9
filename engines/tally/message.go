package tally

import (
	"fmt"
	"strings"
)

// Message is one sentence of a count as data: a stable key, its arguments (texts, whole numbers, [Number]s, lists of texts), and the
// sentence in English. [Message.In] gives it in French too.
type Message struct {
	Key  string         `json:"key"`
	Args map[string]any `json:"args,omitempty"`
	Text string         `json:"text"`
}

// Sentence is a message in words; names in braces are arguments, the same in each language.
type Sentence struct{ En, Fr string }

// Say makes the message of a key from a table of sentences. A key that the table lacks is its own text.
func Say(table func(key string) Sentence, key string, args map[string]any) Message {
	return Message{Key: key, Args: args, Text: fill(table(key).En, key, args)}
}

// In is the message in a language, "fr" or else English, with the table that it was made from.
func (m Message) In(lang string, table func(key string) Sentence) string {
	if lang == "fr" || strings.HasPrefix(lang, "fr-") {
		return fill(table(m.Key).Fr, m.Key, m.Args)
	}
	return fill(table(m.Key).En, m.Key, m.Args)
}

func fill(s, key string, args map[string]any) string {
	if s == "" {
		return key
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		switch v := args[name].(type) {
		case nil:
			b.WriteString("{" + name + "}")
		case string:
			b.WriteString(v)
		case []string:
			b.WriteString(strings.Join(v, ", "))
		default:
			fmt.Fprint(&b, v)
		}
		s = after
	}
}
