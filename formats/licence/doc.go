// Package licence answers three questions about the licence of a commons: what does this text name ([Normalise]), may I
// reuse it and on what duties ([Judge]), and which licence is this file ([Detector]).
//
// An *expression* is an SPDX licence expression ("EUPL-1.2 OR MIT"). Normalising repairs case and replaces identifiers that
// SPDX withdrew in favour of exactly one other; each replacement is listed. Free text ("Licence Ouverte 2.0", "GPLv3") is
// never replaced: it is an error that carries suggestions, and a person chooses.
//
// Judging yields facts as codes ("licence.share_network"), never sentences and never legal advice; the caller has the words
// for each code in each language. What the package does not know it calls unknown.
//
// Sources: names and OSI approval from the SPDX list (table.go says which copy), free software as the FSF's licence list
// says it (fsfFree), families and duties by hand from the licence texts (families.go). It does no I/O.
package licence
