package i18n

import (
	"math"
	"strconv"
	"strings"
)

// style is what numbers and dates need of a language at every call, read once from its messages.
type style struct {
	group, decimal string
	months, short  [12]string
}

func (l *Localizer) learn() {
	plain := func(key string) string {
		if m := l.msgs[key]; m != nil && len(m.other) == 1 {
			return m.other[0].text
		}
		return ""
	}
	l.style.group, l.style.decimal = plain("number.group"), plain("number.decimal")
	for i := range 12 {
		n := strconv.Itoa(i + 1)
		l.style.months[i], l.style.short[i] = plain("month."+n), plain("month_short."+n)
	}
}

// Int writes a whole number with the language's grouping: «1 234 567» (U+202F), "1,234,567".
func (l *Localizer) Int(n int64) string { return l.grouped(strconv.FormatInt(n, 10)) }

// Number writes f with exactly decimals digits after the separator: «1 234,50», "1,234.50".
func (l *Localizer) Number(f float64, decimals int) string {
	return l.grouped(strconv.FormatFloat(f, 'f', decimals, 64))
}

// float writes f with up to three decimals, none that is zero at the end.
func (l *Localizer) float(f float64) string {
	s := strconv.FormatFloat(f, 'f', 3, 64)
	return l.grouped(strings.TrimSuffix(strings.TrimRight(s, "0"), "."))
}

// grouped takes Go's writing of a number ("-1234.5") to the language's.
func (l *Localizer) grouped(s string) string {
	whole, dec, hasDec := strings.Cut(s, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	if whole == "" || whole[0] < '0' || whole[0] > '9' { // NaN, Inf
		return s
	}
	var sb strings.Builder
	sb.WriteString(sign)
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			sb.WriteString(l.style.group)
		}
		sb.WriteByte(whole[i])
	}
	if hasDec {
		sb.WriteString(l.style.decimal)
		sb.WriteString(dec)
	}
	return sb.String()
}

// Money writes an amount in hundredths of a currency (ISO 4217 code): «1 234 567,50 €», "€1,234,567.50".
func (l *Localizer) Money(cents int64, currency string) string {
	// Digits are placed by hand: a float would lose cents beyond 2^53.
	u := magnitude(cents)
	whole, frac := strconv.FormatUint(u/100, 10), strconv.FormatUint(u%100+100, 10)[1:]
	pattern, symbol := "money.code", currency
	if key := "currency." + currency; l.Has(key) {
		pattern, symbol = "money.symbol", l.T(key)
	}
	s := l.T(pattern, Args{"amount": l.grouped(whole + "." + frac), "symbol": symbol})
	if cents < 0 {
		return "-" + s
	}
	return s
}

// Percent writes a share of one with at most one decimal: 0.255 is «25,5 %», "25.5%".
func (l *Localizer) Percent(f float64) string {
	s := strings.TrimSuffix(strconv.FormatFloat(f*100, 'f', 1, 64), ".0")
	return l.T("number.percent", Args{"number": l.grouped(s)})
}

// byteUnits are the SI units that people read on their disks, each a thousand of the one before.
var byteUnits = [...]string{"bytes.b", "bytes.kb", "bytes.mb", "bytes.gb", "bytes.tb", "bytes.pb"}

// Bytes writes a size in SI units with one decimal from the kilobyte on: «12,3 ko», "12.3 kB".
func (l *Localizer) Bytes(n int64) string {
	f, unit := float64(n), 0
	for math.Abs(f) >= 999.95 && unit < len(byteUnits)-1 {
		f, unit = f/1000, unit+1
	}
	if unit == 0 {
		return l.T("bytes.b", Args{"number": l.Int(n)})
	}
	return l.T(byteUnits[unit], Args{"number": l.Number(f, 1)})
}
