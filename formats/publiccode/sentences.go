package publiccode

// The codes of all problems; each has one sentence in each language below.
const (
	codeUnreadable     = "publiccode.unreadable"
	codeTooLarge       = "publiccode.too_large"
	codeManyKeys       = "publiccode.too_many_keys"
	codeManyValues     = "publiccode.too_many_values"
	codeManyLines      = "publiccode.too_many_lines"
	codeTooDeep        = "publiccode.too_deep"
	codeTooSlow        = "publiccode.too_slow"
	codeBlankLines     = "publiccode.blank_lines"
	codeSyntax         = "publiccode.syntax"
	codeSyntaxTab      = "publiccode.syntax_tab"
	codeSyntaxQuote    = "publiccode.syntax_quote"
	codeSyntaxIndent   = "publiccode.syntax_indent"
	codeNotRead        = "publiccode.not_read"
	codeEmptyFile      = "publiccode.empty_file"
	codeNotMapping     = "publiccode.not_mapping"
	codeDocuments      = "publiccode.several_documents"
	codeEncoding       = "publiccode.encoding"
	codeByteOrderMark  = "publiccode.byte_order_mark"
	codeCarriageReturn = "publiccode.carriage_return"
	codeUnknownAlias   = "publiccode.unknown_alias"
	codeDuplicate      = "publiccode.duplicate_key"

	codeUnknownVersion = "publiccode.unknown_version"
	codeNumberVersion  = "publiccode.number_version"
	codeOldVersion     = "publiccode.old_version"

	codeMissing        = "publiccode.missing"
	codeMissingOld     = "publiccode.missing_old"
	codeMissingAny     = "publiccode.missing_in_every_language"
	codeMissingForType = "publiccode.missing_for_type"
	codeMissingSection = "publiccode.missing_extension_version"
	codeEmpty          = "publiccode.empty"
	codeEmptyOptional  = "publiccode.empty_optional"
	codeEmptyItem      = "publiccode.empty_item"
	codeWrongType      = "publiccode.wrong_type"
	codeQuote          = "publiccode.quote"
	codeYesNo          = "publiccode.yes_no"

	codeUnknownKey     = "publiccode.unknown_key"
	codeUnknownKeyNear = "publiccode.unknown_key_near"
	codeRemoved        = "publiccode.removed_key"
	codeRenamed        = "publiccode.renamed_key"
	codeEarlyKey       = "publiccode.early_key"
	codeEarlyValue     = "publiccode.early_value"
	codeDeprecated     = "publiccode.deprecated"
	codeDeprecatedUse  = "publiccode.deprecated_use"

	codeTooLong     = "publiccode.too_long"
	codeTooShort    = "publiccode.too_short"
	codeTooShortOld = "publiccode.too_short_old"

	codeUnknownValue     = "publiccode.unknown_value"
	codeUnknownValueNear = "publiccode.unknown_value_near"
	codeBlankAround      = "publiccode.blank_around"
	codeBadAddress       = "publiccode.bad_address"
	codeBadWebAddress    = "publiccode.bad_web_address"
	codeBadURI           = "publiccode.bad_uri"
	codeBadDate          = "publiccode.bad_date"
	codeBadEmail         = "publiccode.bad_email"
	codeBadFile          = "publiccode.bad_file"
	codeRootedFile       = "publiccode.rooted_file"
	codeBadFormat        = "publiccode.bad_format"
	codeNotVideo         = "publiccode.not_video_site"
	codeVideoOther       = "publiccode.video_other_page"
	codeVideoUnsure      = "publiccode.video_unsure"
	codeBadIPA           = "publiccode.bad_ipa"
	codeBadMIME          = "publiccode.bad_mime"
	codeBadCountry       = "publiccode.bad_country"
	codeLowerCountry     = "publiccode.lower_country"
	codeBadLanguage      = "publiccode.bad_language"
	codeLongLanguage     = "publiccode.long_language"
	codeBadAlias         = "publiccode.bad_alias"

	codeLicence          = "publiccode.bad_licence"
	codeLicenceNear      = "publiccode.bad_licence_near"
	codeLicenceCase      = "publiccode.licence_case"
	codeLicenceWithdrawn = "publiccode.licence_withdrawn"
	codeLicenceNotOpen   = "publiccode.licence_not_open"

	codeContractors      = "publiccode.contractors_forbidden"
	codeContractorsLater = "publiccode.contractors_forbidden_later"
	codeBothSections     = "publiccode.both_sections"
	codeLowerSection     = "publiccode.lower_section"
	codeSectionOld       = "publiccode.section_deprecated"
)

// sentence is one problem in words. The names in braces are arguments, the same in each language.
type sentence struct{ en, fr string }

// sentences says for each code what is wrong, and how to mend it.
var sentences = map[string]sentence{
	codeUnreadable: {"The file cannot be read: {detail}. Check that it is there and that it may be read.",
		"Le fichier ne peut pas être lu : {detail}. Vérifiez qu’il est là et qu’on a le droit de le lire."},
	codeTooLarge: {"The file is larger than {max} bytes. A publiccode.yml has a few thousand: check that this is the right file.",
		"Le fichier dépasse {max} octets. Un publiccode.yml en compte quelques milliers : vérifiez que c’est le bon fichier."},
	codeManyKeys: {"There are more than {max} keys in one place. Check that this is a publiccode.yml.",
		"Il y a plus de {max} clés au même endroit. Vérifiez que c’est bien un publiccode.yml."},
	codeManyValues: {"The file holds more than {max} values, once its references are followed. Check that this is a publiccode.yml.",
		"Le fichier contient plus de {max} valeurs une fois ses renvois suivis. Vérifiez que c’est bien un publiccode.yml."},
	codeManyLines: {"The file has more than {max} lines. Check that this is a publiccode.yml.",
		"Le fichier compte plus de {max} lignes. Vérifiez que c’est bien un publiccode.yml."},
	codeTooDeep: {"There are more than {max} levels inside each other. Check that this is a publiccode.yml.",
		"Il y a plus de {max} niveaux imbriqués. Vérifiez que c’est bien un publiccode.yml."},
	codeTooSlow: {"Reading was given up after {max} seconds. Check that this is a publiccode.yml.",
		"La lecture a été abandonnée après {max} secondes. Vérifiez que c’est bien un publiccode.yml."},
	codeBlankLines: {"There are more than {max} blank lines in a row. Remove them.",
		"Il y a plus de {max} lignes vides de suite. Supprimez-les."},
	codeSyntax: {"This is not YAML ({detail}). Compare this line and the one above with the example of the standard.",
		"Ce n’est pas du YAML (son lecteur dit en anglais : « {detail} »). Comparez cette ligne et celle d’avant avec l’exemple de la norme."},
	codeSyntaxTab: {"A tab stands where YAML wants spaces. Replace it by spaces.",
		"Une tabulation se trouve là où YAML veut des espaces. Remplacez-la par des espaces."},
	codeSyntaxQuote: {"A quotation mark is opened and never closed. Close it, or put the text in a block after « | ».",
		"Un guillemet est ouvert et jamais fermé. Fermez-le, ou mettez le texte dans un bloc après « | »."},
	codeSyntaxIndent: {"This line is not where YAML expects it. Check the spaces at its start, the colon after the key, and that a text with a colon stands in quotes.",
		"Cette ligne n’est pas là où YAML l’attend. Vérifiez les espaces au début, les deux-points après la clé, et qu’un texte qui contient deux-points est entre guillemets."},
	codeNotRead: {"This key could not be read because of the error elsewhere. Mend that first.",
		"Cette clé n’a pas pu être lue à cause de l’erreur qui est ailleurs. Corrigez d’abord celle-là."},
	codeEmptyFile: {"The file is empty. Begin with publiccodeYmlVersion, name and url.",
		"Le fichier est vide. Commencez par publiccodeYmlVersion, name et url."},
	codeNotMapping: {"The file is no list of keys with values. Begin with publiccodeYmlVersion, name and url.",
		"Le fichier n’est pas une suite de clés et de valeurs. Commencez par publiccodeYmlVersion, name et url."},
	codeDocuments: {"The file holds {count} documents; only the first is read. Remove the line « --- » and what follows it.",
		"Le fichier contient {count} documents ; seul le premier est lu. Supprimez la ligne « --- » et ce qui la suit."},
	codeEncoding: {"The file is not in UTF-8; it was read as {encoding}. Save it as UTF-8.",
		"Le fichier n’est pas en UTF-8 ; il a été lu comme {encoding}. Enregistrez-le en UTF-8."},
	codeByteOrderMark: {"The file begins with a byte order mark, which some programs do not expect. Save it as UTF-8 without it.",
		"Le fichier commence par une marque d’ordre des octets, que certains programmes n’attendent pas. Enregistrez-le en UTF-8 sans cette marque."},
	codeCarriageReturn: {"{count} lines end with a carriage return, as on Windows. Save the file with Unix line ends.",
		"{count} lignes finissent par un retour chariot, comme sous Windows. Enregistrez le fichier avec des fins de ligne Unix."},
	codeUnknownAlias: {"The reference *{name} names nothing above it. Write the value here.",
		"Le renvoi *{name} ne désigne rien plus haut. Écrivez la valeur ici."},
	codeDuplicate: {"The key {key} stands here and on line {line}; the first counts. Keep one.",
		"La clé {key} est ici et à la ligne {line} ; la première compte. N’en gardez qu’une."},

	codeUnknownVersion: {"There is no version {value} of the standard; the file is judged by version {current}. Write publiccodeYmlVersion: \"{current}\".",
		"La norme n’a pas de version {value} ; le fichier est jugé selon la version {current}. Écrivez publiccodeYmlVersion: \"{current}\"."},
	codeNumberVersion: {"The version is a number here; it must be a text. Put it in quotes: \"{value}\".",
		"La version est ici un nombre ; elle doit être un texte. Mettez-la entre guillemets : \"{value}\"."},
	codeOldVersion: {"The file follows version {value}; the current one is {current}. Raise publiccodeYmlVersion once the file follows it.",
		"Le fichier suit la version {value} ; la version actuelle est {current}. Augmentez publiccodeYmlVersion une fois que le fichier la suit."},

	codeMissing: {"{key} is missing. Add it.",
		"{key} manque. Ajoutez cette clé."},
	codeMissingOld: {"{key} is missing; version {version} demands it, version {since} no longer does. Add it, or raise publiccodeYmlVersion.",
		"{key} manque ; la version {version} l’exige, la version {since} ne l’exige plus. Ajoutez cette clé, ou augmentez publiccodeYmlVersion."},
	codeMissingAny: {"{key} is missing in every language. Add it in at least one.",
		"{key} manque dans toutes les langues. Ajoutez cette clé dans au moins une."},
	codeMissingForType: {"{key} is missing: it is demanded where maintenance.type is {type}. Add it, or change the type.",
		"{key} manque : cette clé est exigée quand maintenance.type vaut {type}. Ajoutez-la, ou changez le type."},
	codeMissingSection: {"{key} is missing. Add it, or remove this section, which is deprecated since version 0.7.0.",
		"{key} manque. Ajoutez cette clé, ou supprimez cette section, déconseillée depuis la version 0.7.0."},
	codeEmpty: {"{key} is empty. Give it a value.",
		"{key} est vide. Donnez une valeur à cette clé."},
	codeEmptyOptional: {"{key} is empty. Give it a value, or remove the key.",
		"{key} est vide. Donnez une valeur à cette clé, ou supprimez-la."},
	codeEmptyItem: {"This item of the list is empty. Give it a value, or remove it.",
		"Cet élément de la liste est vide. Donnez-lui une valeur, ou supprimez-le."},
	codeWrongType: {"{key} must be {expected}; here it is {found}. Write it in that form.",
		"{key} doit être {expected} ; c’est ici {found}. Écrivez-le sous cette forme."},
	codeQuote: {"{value} is not a text for YAML. Put it in quotes: \"{value}\".",
		"{value} n’est pas un texte pour YAML. Mettez-le entre guillemets : \"{value}\"."},
	codeYesNo: {"{value} is a text since YAML 1.2. Write {use}.",
		"{value} est un texte depuis YAML 1.2. Écrivez {use}."},

	codeUnknownKey: {"The standard has no key {key} here. Check its spelling, or remove it.",
		"La norme n’a pas de clé {key} ici. Vérifiez son orthographe, ou supprimez-la."},
	codeUnknownKeyNear: {"The standard has no key {key} here. Perhaps you mean {use}.",
		"La norme n’a pas de clé {key} ici. Peut-être vouliez-vous écrire {use}."},
	codeRemoved: {"{key} left the standard with version {since}. Remove it.",
		"{key} a quitté la norme avec la version {since}. Supprimez cette clé."},
	codeRenamed: {"{key} is called {use} since version {since}. Rename it.",
		"{key} s’appelle {use} depuis la version {since}. Renommez cette clé."},
	codeEarlyKey: {"{key} came with version {since}, the file declares {version}. Raise publiccodeYmlVersion.",
		"{key} est arrivé avec la version {since}, le fichier déclare {version}. Augmentez publiccodeYmlVersion."},
	codeEarlyValue: {"The value {value} came with version {since}, the file declares {version}. Raise publiccodeYmlVersion.",
		"La valeur {value} est arrivée avec la version {since}, le fichier déclare {version}. Augmentez publiccodeYmlVersion."},
	codeDeprecated: {"{key} is deprecated since version {since}. It can be removed.",
		"{key} est déconseillé depuis la version {since}. Cette clé peut être supprimée."},
	codeDeprecatedUse: {"{key} is deprecated since version {since}. Use {use} instead.",
		"{key} est déconseillé depuis la version {since}. Utilisez {use} à la place."},

	codeTooLong: {"The text has {length} characters; at most {max} are allowed. Shorten it.",
		"Le texte compte {length} caractères ; au plus {max} sont admis. Raccourcissez-le."},
	codeTooShort: {"The text has {length} characters; at least {min} are asked. Say more.",
		"Le texte compte {length} caractères ; il en faut au moins {min}. Dites-en davantage."},
	codeTooShortOld: {"The text has {length} characters; version {version} asks for at least {min}, version {since} for {later}. Say more, or raise publiccodeYmlVersion.",
		"Le texte compte {length} caractères ; la version {version} en demande au moins {min}, la version {since} {later}. Dites-en davantage, ou augmentez publiccodeYmlVersion."},

	codeUnknownValue: {"{value} is not one of the values allowed here: {allowed}. Choose one of them.",
		"{value} n’est pas une valeur admise ici : {allowed}. Choisissez-en une."},
	codeUnknownValueNear: {"{value} is not one of the values allowed here. Perhaps you mean {use}.",
		"{value} n’est pas une valeur admise ici. Peut-être vouliez-vous écrire {use}."},
	codeBlankAround: {"There is a blank before or after the address. Remove it.",
		"Il y a une espace avant ou après l’adresse. Supprimez-la."},
	codeBadAddress: {"{value} is no address of a repository. Write it whole, as https://example.org/name.",
		"{value} n’est pas une adresse de dépôt. Écrivez-la en entier, comme https://example.org/nom."},
	codeBadWebAddress: {"{value} is no web address. Write it whole, beginning with https://.",
		"{value} n’est pas une adresse web. Écrivez-la en entier, en commençant par https://."},
	codeBadURI: {"{value} is no URI. Write an address that begins with https://, or a URN that begins with urn:.",
		"{value} n’est pas un URI. Écrivez une adresse qui commence par https://, ou un URN qui commence par urn:."},
	codeBadDate: {"{value} is no day. Write year, month and day as 2026-05-01.",
		"{value} n’est pas un jour. Écrivez l’année, le mois et le jour comme 2026-05-01."},
	codeBadEmail: {"{value} is no e-mail address. Write it as name@example.org.",
		"{value} n’est pas une adresse électronique. Écrivez-la comme nom@example.org."},
	codeBadFile: {"{value} is neither a path from the root of the repository nor a web address. Write it as img/logo.svg or https://example.org/logo.svg.",
		"{value} n’est ni un chemin depuis la racine du dépôt ni une adresse web. Écrivez-le comme img/logo.svg ou https://example.org/logo.svg."},
	codeRootedFile: {"{value} begins with a slash: paths count from the root of the repository already. Write {use}.",
		"{value} commence par une barre oblique : les chemins partent déjà de la racine du dépôt. Écrivez {use}."},
	codeBadFormat: {"{value} has not one of the formats that the standard takes here: {allowed}. Save the picture in one of them.",
		"{value} n’a pas l’un des formats que la norme admet ici : {allowed}. Enregistrez l’image dans l’un d’eux."},
	codeNotVideo: {"{value} is on no site that is known to support oEmbed (list of {day}). Put the video on such a site, as PeerTube, YouTube or Vimeo, and write the address of its page.",
		"{value} n’est sur aucun site connu pour prendre en charge oEmbed (liste du {day}). Mettez la vidéo sur un tel site, comme PeerTube, YouTube ou Vimeo, et écrivez l’adresse de sa page."},
	codeVideoOther: {"{value} is on a site that supports oEmbed, but has not the form of its videos. Check that it is the address of one video.",
		"{value} est sur un site qui prend en charge oEmbed, mais n’a pas la forme de ses vidéos. Vérifiez que c’est l’adresse d’une vidéo."},
	codeVideoUnsure: {"{value} looks like a video on PeerTube or Pod; whether its site supports oEmbed cannot be told without calling it. Check it.",
		"{value} ressemble à une vidéo sur PeerTube ou Pod ; on ne peut pas dire sans l’appeler si son site prend en charge oEmbed. Vérifiez-le."},
	codeBadIPA: {"The Italian index of public bodies (iPA) has no code {value} (state of {day}). Look it up at indicepa.gov.it.",
		"L’index italien des organismes publics (iPA) n’a pas de code {value} (état du {day}). Cherchez-le sur indicepa.gov.it."},
	codeBadMIME: {"{value} is no media type. Write it as text/plain, or remove the key, which is deprecated.",
		"{value} n’est pas un type de média. Écrivez-le comme text/plain, ou supprimez la clé, qui est déconseillée."},
	codeBadCountry: {"{value} is no country code. Write two capital letters of ISO 3166-1, as FR.",
		"{value} n’est pas un code de pays. Écrivez deux majuscules de la norme ISO 3166-1, comme FR."},
	codeLowerCountry: {"Country codes in small letters are deprecated since version 0.5.0. Write {use}.",
		"Les codes de pays en minuscules sont déconseillés depuis la version 0.5.0. Écrivez {use}."},
	codeBadLanguage: {"{value} is no language tag. Write a BCP 47 tag, as fr, it or pt-BR.",
		"{value} n’est pas une étiquette de langue. Écrivez une étiquette BCP 47, comme fr, it ou pt-BR."},
	codeLongLanguage: {"The tag {value} has a shorter form. Write {use}.",
		"L’étiquette {value} a une forme plus courte. Écrivez {use}."},
	codeBadAlias: {"There is no alias {value}; known are {allowed}. Choose one, or write an address.",
		"L’alias {value} n’existe pas ; on connaît {allowed}. Choisissez-en un, ou écrivez une adresse."},

	codeLicence: {"{value} is no SPDX licence expression. Choose an identifier from the SPDX list, as EUPL-1.2.",
		"{value} n’est pas une expression de licence SPDX. Choisissez un identifiant de la liste SPDX, comme EUPL-1.2."},
	codeLicenceNear: {"{value} is no SPDX licence expression. Perhaps you mean {use}.",
		"{value} n’est pas une expression de licence SPDX. Peut-être vouliez-vous écrire {use}."},
	codeLicenceCase: {"SPDX writes this licence {use}. Write it so.",
		"SPDX écrit cette licence {use}. Écrivez-la ainsi."},
	codeLicenceWithdrawn: {"SPDX has withdrawn the identifier {value}. Write {use}.",
		"SPDX a retiré l’identifiant {value}. Écrivez {use}."},
	codeLicenceNotOpen: {"{value} is not known as an open licence. The standard is for software under an open licence: check it.",
		"{value} n’est pas connue comme une licence ouverte. La norme est faite pour des logiciels sous licence ouverte : vérifiez-la."},

	codeContractors: {"maintenance.contractors is only allowed where maintenance.type is contract; here it is {type}. Remove the contractors, or change the type.",
		"maintenance.contractors n’est admis que si maintenance.type vaut contract ; il vaut ici {type}. Supprimez les prestataires, ou changez le type."},
	codeContractorsLater: {"From version 0.5.0, maintenance.contractors is only allowed where maintenance.type is contract; here it is {type}. Remove the contractors, or change the type.",
		"À partir de la version 0.5.0, maintenance.contractors n’est admis que si maintenance.type vaut contract ; il vaut ici {type}. Supprimez les prestataires, ou changez le type."},
	codeBothSections: {"The sections it and IT both stand here. Keep IT.",
		"Les sections it et IT sont toutes deux présentes. Gardez IT."},
	codeLowerSection: {"Country sections in small letters are deprecated since version 0.5.0. Write IT, or remove the section.",
		"Les sections de pays en minuscules sont déconseillées depuis la version 0.5.0. Écrivez IT, ou supprimez la section."},
	codeSectionOld: {"Country sections are deprecated since version 0.7.0. Use supports and organisation instead.",
		"Les sections de pays sont déconseillées depuis la version 0.7.0. Utilisez plutôt supports et organisation."},
}

// kindsInFrench names the kinds of values in French; Kind.String is the English.
var kindsInFrench = [...]string{"rien", "un texte", "un nombre", "true ou false", "une suite de clés", "une liste"}
