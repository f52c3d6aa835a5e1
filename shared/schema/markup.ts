/** The entities that every parser of HTML and XML knows. */
const common = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' } as const;

const escaped = (text: string, entities: Readonly<Record<string, string>>): string =>
  text.replaceAll(/[&<>"'`]/g, (character) => entities[character] ?? character);

/** Text in HTML: in an element, or in a quoted attribute. HTML 4, which e-mail programs read, has no `&apos;`. */
export const escapeHtml = (text: string): string => escaped(text, { ...common, "'": '&#39;', '`': '&#96;' });

/** Text in XML: in an element, or in a quoted attribute. */
export const escapeXml = (text: string): string => escaped(text, { ...common, "'": '&apos;' });
