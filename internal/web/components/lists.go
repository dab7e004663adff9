package components

func (p TableProps) numeric(i int) bool { return i < len(p.Columns) && p.Columns[i].Numeric }
