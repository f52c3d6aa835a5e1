/** Content negotiation between the two forms of an error (auth.md, "Errors"; RFC 9110 §12.5.1). */

type Range = { readonly type: string; readonly quality: number };

function ranges(accept: string): Range[] {
  return accept.split(',').map((part) => {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    const quality = weight === undefined ? 1 : Number(weight.slice(2));
    return { type, quality: Number.isFinite(quality) ? quality : 0 };
  });
}

const best = (of: readonly Range[], matches: (type: string) => boolean): number =>
  of.filter(({ type }) => matches(type)).reduce((highest, { quality }) => Math.max(highest, quality), 0);

const isJson = (type: string): boolean => type === 'application/json' || type.endsWith('+json');
const isXml = (type: string): boolean => type === 'application/xml' || type === 'text/xml' || type.endsWith('+xml');

/** JSON when `Accept` names it with a weight not below XML's; otherwise (also for none or `*`/`*`) XML. */
export function prefersJson(accept: string | undefined): boolean {
  const wanted = ranges(accept ?? '');
  const json = best(wanted, isJson);
  return json > 0 && json >= best(wanted, isXml);
}

/** Whether XML is asked for more than JSON, where data is JSON unless asked otherwise. */
export function prefersXml(accept: string | undefined): boolean {
  const wanted = ranges(accept ?? '');
  const xml = best(wanted, isXml);
  return xml > 0 && xml > best(wanted, isJson);
}

const isHtml = (type: string): boolean => type === 'text/html' || type === 'application/xhtml+xml';

/** JSON when `Accept` names it with a weight not below HTML's, where a page is answered otherwise. */
export function prefersJsonToHtml(accept: string | undefined): boolean {
  const wanted = ranges(accept ?? '');
  const json = best(wanted, isJson);
  return json > 0 && json >= best(wanted, isHtml);
}
