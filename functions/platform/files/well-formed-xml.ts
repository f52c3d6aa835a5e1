/**
 * Whether a text is a well-formed XML 1.0 document without a document type (https://www.w3.org/TR/xml/). What is not
 * checked changes no structure: the version and encoding of the declaration, and names beyond their characters.
 */

// §2.2: characters of a document.
const characters = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;

// §2.3, without the ranges of single scripts: no name begins with a digit or a mark.
const name = '[:A-Z_a-z\\u00c0-\\uffff][-.:0-9A-Z_a-z\\u00b7\\u00c0-\\uffff]*';
// §4.1: without a document type, only the predefined entities are declared.
const reference = '&(?:lt|gt|amp|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});';
const attribute = `\\s+${name}\\s*=\\s*(?:"(?:[^<&"]|${reference})*"|'(?:[^<&']|${reference})*')`;

/** One piece of a document: §2.5 comments, §2.6 instructions, §2.7 sections, §3.1 tags, §2.4 text. */
const piece = new RegExp(
  [
    '<!--(?<comment>(?:(?!--)[^])*)-->',
    `<\\?(?<target>${name})(?:\\s(?:(?!\\?>)[^])*)?\\?>`,
    '<!\\[CDATA\\[(?<section>(?:(?!\\]\\]>)[^])*)\\]\\]>',
    `<(?<open>${name})(?<attributes>(?:${attribute})*)\\s*(?<empty>/?)>`,
    `</(?<close>${name})\\s*>`,
    `(?<text>(?:[^<&]|${reference})+)`,
  ].join('|'),
  'y',
);

const attributeName = new RegExp(`\\s+(${name})\\s*=\\s*(?:"[^"]*"|'[^']*')`, 'g');

const maxDepth = 256;

/** §3.1: no attribute appears twice in a tag. */
function hasTwice(attributes: string): boolean {
  const names = [...attributes.matchAll(attributeName)].map(([, found]) => found);
  return new Set(names).size !== names.length;
}

/** §2.2, also for references: NUL and other control characters are no characters. */
const isCharacter = (code: number): boolean => code <= 0x10ffff && characters.test(String.fromCodePoint(code));
const referencesAreCharacters = (text: string): boolean =>
  [...text.matchAll(/&#(?:x([0-9A-Fa-f]+)|([0-9]+));/g)].every(([, hex, decimal = '']) =>
    isCharacter(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)),
  );

type Groups = Readonly<Partial<Record<string, string>>>;

/** The elements that are open at a position, and whether the root has begun. */
class Position {
  private readonly open: string[] = [];
  private hasRoot = false;

  /** @returns whether the piece may be here */
  take(groups: Groups, isFirst: boolean): boolean {
    const { close, text, section, target } = groups;
    if (close !== undefined) return this.open.pop() === close;
    if (text !== undefined) return !text.includes(']]>') && (this.open.length > 0 || text.trim() === '');
    if (section !== undefined) return this.open.length > 0;
    // §2.8: the declaration is at the very beginning.
    if (target !== undefined) return target.toLowerCase() !== 'xml' || isFirst;
    return this.begin(groups);
  }

  /** An element, or a comment, which may be anywhere. */
  private begin({ open, attributes = '', empty }: Groups): boolean {
    if (open === undefined) return true;
    if (this.open.length === 0 && this.hasRoot) return false;
    this.hasRoot = true;
    if (empty === '') this.open.push(open);
    return this.open.length <= maxDepth && !hasTwice(attributes);
  }

  get isComplete(): boolean {
    return this.hasRoot && this.open.length === 0;
  }
}

export function isWellFormedXml(source: string): boolean {
  const document = source.startsWith('\ufeff') ? source.slice(1) : source;
  if (!characters.test(document) || !referencesAreCharacters(document)) return false;
  const position = new Position();
  const next = new RegExp(piece);
  for (let at = 0; at < document.length; at = next.lastIndex) {
    next.lastIndex = at;
    const groups = next.exec(document)?.groups;
    if (groups === undefined || !position.take(groups, at === 0)) return false;
  }
  return position.isComplete;
}
