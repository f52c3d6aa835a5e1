// XML 1.0 §2.2: any other code point makes a document ill-formed, escaped or not.
const character = /^[\u0009\u000a\u000d\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;

const name = '[A-Za-z_][A-Za-z0-9_.-]*';
const reference = '&(?:lt|gt|amp|quot|apos);';
// XML 1.0: start tag [40] with attributes [41], end tag [42], empty element [44], character data [14] with references
// [68].
const token = new RegExp(
  `<(${name})((?: ${name}="(?:[^<&"]|${reference})*")*)(/?)>|</(${name})>|(?:[^<&]|${reference})+`,
  'y',
);

/** Checks strictly the few productions that the platform's documents use. */
export function isWellFormed(document: string): boolean {
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
  if (!document.startsWith(declaration) || !character.test(document)) return false;
  const open: string[] = [];
  let roots = 0;
  for (token.lastIndex = declaration.length; token.lastIndex < document.length;) {
    const [text = '', start, , empty, end] = token.exec(document) ?? [];
    if (text === '' || text.includes(']]>')) return false;
    if (end !== undefined && open.pop() !== end) return false;
    if (open.length === 0 && end === undefined) roots += start === undefined ? 2 : 1;
    if (start !== undefined && empty === '') open.push(start);
  }
  return open.length === 0 && roots === 1;
}
