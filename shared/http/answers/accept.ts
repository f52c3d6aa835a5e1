/** Content negotiation by `Accept` (RFC 9110 §12.5.1). */

type Range = { readonly type: string; readonly quality: number };

function ranges(accept: string): Range[] {
  return accept.split(',').map((part) => {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    const quality = weight === undefined ? 1 : Number(weight.slice(2));
    return { type, quality: Number.isFinite(quality) ? quality : 0 };
  });
}

/** The largest weight of the matching types. */
const weightOf = (of: readonly Range[], matches: (type: string) => boolean): number =>
  of.filter(({ type }) => matches(type)).reduce((highest, { quality }) => Math.max(highest, quality), 0);

const isJson = (type: string): boolean => type === 'application/json' || type.endsWith('+json');
const isXml = (type: string): boolean => type === 'application/xml' || type === 'text/xml' || type.endsWith('+xml');

/** Whether an error is JSON: when `Accept` names JSON with a weight not below XML's. Wildcards do not name JSON. */
export function prefersJson(accept: string | undefined): boolean {
  const wanted = ranges(accept ?? '');
  const json = weightOf(wanted, isJson);
  return json > 0 && json >= weightOf(wanted, isXml);
}

/** Whether data is XML instead of JSON: when `Accept` gives XML a larger weight than JSON. */
export function prefersXml(accept: string | undefined): boolean {
  const wanted = ranges(accept ?? '');
  const xml = weightOf(wanted, isXml);
  return xml > 0 && xml > weightOf(wanted, isJson);
}

const isHtml = (type: string): boolean => type === 'text/html' || type === 'application/xhtml+xml';

/** Whether a page is JSON instead of HTML: when `Accept` names JSON with a weight not below HTML's. */
export function prefersJsonToHtml(accept: string | undefined): boolean {
  const wanted = ranges(accept ?? '');
  const json = weightOf(wanted, isJson);
  return json > 0 && json >= weightOf(wanted, isHtml);
}
