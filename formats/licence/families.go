package licence

// group is a set of licences that ask the same. ids are identifiers, or beginnings that end in "*"; a longer beginning wins.
// open marks licences of works that OSI and FSF do not judge (content, data, hardware) and that are free for any use.
type group struct {
	ids    string
	kind   Kind
	family Family
	open   bool
	facts  []Fact
}

// groups was written from the texts of the licences. A licence that is missing here is unknown, but for its OSI and FSF marks.
var groups = []group{
	{"CC0-1.0 Unlicense* 0BSD MIT-0 PDDL-1.0 CC-PDDC CC-PDM-1.0 NIST-PD NIST-PD-fallback blessing libselinux-1.0 DL-DE-ZERO-2.0",
		Software, PublicDomain, true, []Fact{NoDuty}},
	{"WTFPL", Software, Permissive, true, []Fact{NoDuty}},
	{"MIT MIT-* X11* ISC* BSD-1-Clause BSD-2-Clause* BSD-3-Clause* BSD-4-Clause* Zlib zlib-acknowledgement BSL-1.0 PostgreSQL Python-2.0* PSF-2.0 NCSA HPND* curl " +
		"FTL IJG libpng* libpng-2.0 Libpng Unicode-* ICU ZPL-* W3C* Ruby Vim PHP-* OpenSSL* SSLeay* Beerware CNRI-* TCL Intel Info-ZIP bzip2-1.0.6 " +
		"SMLNJ OLDAP-* Fair Entessa EFL-* VSL-1.0 Xnet NTP NTP-0 Naumen CECILL-B Apache-1.0 Apache-1.1 FSFAP* SGI-B-2.0 XFree86-1.1 Zend-2.0",
		Software, Permissive, false, []Fact{KeepNotice}},
	{"Apache-2.0 ECL-2.0 ECL-1.0 AFL-3.0 MulanPSL-2.0 MulanPSL-1.0", Software, Permissive, false, []Fact{KeepNotice, StateChanges, PatentGrant}},
	{"MS-PL UPL-1.0 BSD-2-Clause-Patent BlueOak-1.0.0", Software, Permissive, false, []Fact{KeepNotice, PatentGrant}},
	{"AFL-* Artistic-1.0* Artistic-2.0 ClArtistic", Software, Permissive, false, []Fact{KeepNotice, StateChanges}},
	{"MPL-1.1 MPL-2.0 CDDL-* EPL-* IPL-1.0 CPL-1.0 MPL-2.0-no-copyleft-exception APSL-2.0 SPL-1.0 MS-RL SISSL NPL-* NOSL Nokia",
		Software, WeakCopyleft, false, []Fact{KeepNotice, StateChanges, ShareFiles, PatentGrant}},
	{"MPL-1.0 CECILL-C LPPL-*", Software, WeakCopyleft, false, []Fact{KeepNotice, StateChanges, ShareFiles}},
	{"LGPL-2* LGPLLR", Software, WeakCopyleft, false, []Fact{KeepNotice, StateChanges, ShareLibrary}},
	{"LGPL-3*", Software, WeakCopyleft, false, []Fact{KeepNotice, StateChanges, ShareLibrary, PatentGrant}},
	{"GPL-1* GPL-2* Sleepycat QPL-1.0*", Software, StrongCopyleft, false, []Fact{KeepNotice, StateChanges, ShareWork}},
	{"GPL-3*", Software, StrongCopyleft, false, []Fact{KeepNotice, StateChanges, ShareWork, PatentGrant}},
	{"CECILL-1* CECILL-2*", Software, StrongCopyleft, false, []Fact{KeepNotice, StateChanges, ShareWork, Compatible}},
	{"AGPL-1*", Software, NetworkCopyleft, false, []Fact{KeepNotice, StateChanges, ShareWork, ShareNetwork}},
	{"AGPL-3* OSL-3.0", Software, NetworkCopyleft, false, []Fact{KeepNotice, StateChanges, ShareWork, ShareNetwork, PatentGrant}},
	{"OSL-1* OSL-2* CPAL-1.0 RPL-* CAL-1.0* APSL-1* RPSL-1.0", Software, NetworkCopyleft, false, []Fact{KeepNotice, StateChanges, ShareWork, ShareNetwork, PatentGrant}},
	{"EUPL-1.0 EUPL-1.1 EUPL-1.2", Software, NetworkCopyleft, false, []Fact{KeepNotice, StateChanges, ShareWork, ShareNetwork, PatentGrant, Compatible}},
	{"OFL-1*", Content, WeakCopyleft, false, []Fact{KeepNotice, ShareFiles}},
	{"CERN-OHL-P-2.0 SHL-*", Hardware, Permissive, true, []Fact{KeepNotice, PatentGrant}},
	{"CERN-OHL-W-2.0", Hardware, WeakCopyleft, true, []Fact{KeepNotice, StateChanges, ShareFiles, PatentGrant}},
	{"CERN-OHL-S-2.0", Hardware, StrongCopyleft, true, []Fact{KeepNotice, StateChanges, ShareWork, PatentGrant}},
	{"CERN-OHL-1* TAPR-OHL-1.0", Hardware, StrongCopyleft, true, []Fact{KeepNotice, StateChanges, ShareWork}},
	{"CC-BY-1* CC-BY-2* CC-BY-3* CC-BY-4*", Content, Permissive, true, []Fact{KeepNotice, StateChanges}},
	{"CC-BY-SA-*", Content, StrongCopyleft, true, []Fact{KeepNotice, StateChanges, ShareWork}},
	{"CC-BY-NC-*", Content, Proprietary, false, []Fact{KeepNotice, StateChanges, NoCommerce}},
	{"CC-BY-NC-SA-*", Content, Proprietary, false, []Fact{KeepNotice, StateChanges, ShareWork, NoCommerce}},
	{"CC-BY-ND-*", Content, Proprietary, false, []Fact{KeepNotice, NoChanges}},
	{"CC-BY-NC-ND-*", Content, Proprietary, false, []Fact{KeepNotice, NoCommerce, NoChanges}},
	{"GFDL-1*", Content, StrongCopyleft, true, []Fact{KeepNotice, StateChanges, ShareWork}},
	{"LAL-*", Content, StrongCopyleft, true, []Fact{KeepNotice, StateChanges, ShareWork}},
	{"etalab-2.0 OGL-UK-* OGL-Canada-2.0 DL-DE-BY-2.0 NLOD-* ODC-By-1.0 CDLA-Permissive-*", Data, Permissive, true, []Fact{KeepNotice}},
	{"ODbL-1.0 CDLA-Sharing-1.0", Data, StrongCopyleft, true, []Fact{KeepNotice, ShareWork}},
	{"BUSL-1.1 SSPL-1.0 Elastic-2.0 FSL-* PolyForm-* Hippocratic-* JSON Aladdin Parity-*", Software, Proprietary, false, []Fact{KeepNotice, LimitedUse}},
}

// fsfFree holds the licences that the Free Software Foundation calls free, for software or for its documentation and data.
var fsfFree = set(
	"AFL-1.1", "AFL-1.2", "AFL-2.0", "AFL-2.1", "AFL-3.0", "AGPL-1.0", "AGPL-3.0", "AGPL-3.0-only", "AGPL-3.0-or-later",
	"Apache-1.0", "Apache-1.1", "Apache-2.0", "APSL-2.0", "Artistic-2.0", "BitTorrent-1.1", "BSD-2-Clause", "BSD-2-Clause-FreeBSD",
	"BSD-3-Clause", "BSD-3-Clause-Clear", "BSD-4-Clause", "BSL-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0", "CDDL-1.0",
	"CECILL-2.0", "CECILL-B", "CECILL-C", "ClArtistic", "Condor-1.1", "CPAL-1.0", "CPL-1.0", "ECL-2.0", "EFL-2.0", "EPL-1.0", "EPL-2.0",
	"EUDatagrid", "EUPL-1.1", "EUPL-1.2", "FSFAP", "FTL", "GFDL-1.1", "GFDL-1.1-only", "GFDL-1.1-or-later", "GFDL-1.2",
	"GFDL-1.2-only", "GFDL-1.2-or-later", "GFDL-1.3", "GFDL-1.3-only", "GFDL-1.3-or-later", "gnuplot", "GPL-2.0", "GPL-2.0-only",
	"GPL-2.0-or-later", "GPL-3.0", "GPL-3.0-only", "GPL-3.0-or-later", "HPND", "IJG", "iMatix", "Imlib2", "Intel", "IPA", "IPL-1.0", "ISC",
	"LGPL-2.1", "LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0", "LGPL-3.0-only", "LGPL-3.0-or-later", "LPL-1.02", "LPPL-1.2",
	"LPPL-1.3a", "MIT", "MPL-1.1", "MPL-2.0", "MS-PL", "MS-RL", "NCSA", "Nokia", "NOSL", "NPL-1.0", "NPL-1.1", "ODbL-1.0", "OFL-1.0",
	"OFL-1.1", "OLDAP-2.3", "OLDAP-2.7", "OpenSSL", "OSL-1.0", "OSL-1.1", "OSL-2.0", "OSL-2.1", "OSL-3.0", "PHP-3.01", "Python-2.0",
	"QPL-1.0", "RPSL-1.0", "Ruby", "SGI-B-2.0", "SISSL", "Sleepycat", "SMLNJ", "SPL-1.0", "Unlicense", "UPL-1.0", "Vim", "W3C", "WTFPL",
	"X11", "XFree86-1.1", "xinetd", "YPL-1.1", "Zend-2.0", "Zimbra-1.3", "Zlib", "ZPL-2.0", "ZPL-2.1",
)

func set(ids ...string) map[string]bool {
	m := make(map[string]bool, len(ids))
	for _, id := range ids {
		m[id] = true
	}
	return m
}
