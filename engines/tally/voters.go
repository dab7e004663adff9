package tally

// Voters are who cast the ballots, in the order of casting: ids in one run of bytes, attributes as codes, so that a million take some 30 MB.
// No count looks at them; explanations and fairness do.
type Voters struct {
	ids     []byte
	end     []uint32
	Columns []Column
}

// Column is one attribute of every voter: voter v's is Values[Code[v]].
type Column struct {
	Name   string
	Values []string // different ones, in the order of appearance
	Code   []uint32
	index  map[string]uint32
}

// NewVoters is an empty list with the names of attributes.
func NewVoters(names ...string) *Voters {
	v := &Voters{}
	for _, n := range names {
		v.Columns = append(v.Columns, Column{Name: n, index: map[string]uint32{}})
	}
	return v
}

func (v *Voters) add(id []byte, values [][]byte) {
	v.ids = append(v.ids, id...)
	v.end = append(v.end, uint32(len(v.ids)))
	for i := range v.Columns {
		c := &v.Columns[i]
		var x []byte
		if i < len(values) {
			x = values[i]
		}
		code, ok := c.index[string(x)]
		if !ok {
			code = uint32(len(c.Values))
			c.Values = append(c.Values, string(x))
			c.index[string(x)] = code
		}
		c.Code = append(c.Code, code)
	}
}

// Len is how many voters were kept.
func (v *Voters) Len() int { return len(v.end) }

// ID is the id of the voter who came i-th, from 0.
func (v *Voters) ID(i int) string {
	from := uint32(0)
	if i > 0 {
		from = v.end[i-1]
	}
	return string(v.ids[from:v.end[i]])
}

// Find is the place of a voter's id, -1 when nobody has it. It looks through all.
func (v *Voters) Find(id string) int {
	from := uint32(0)
	for i, end := range v.end {
		if string(v.ids[from:end]) == id {
			return i
		}
		from = end
	}
	return -1
}
