/**
 * JSON in the one form that RFC 8785 (JCS) gives it, so that everybody computes the same hash: names
 * sorted by UTF-16 code units (§3.2.3), no white space, numbers and texts as ECMAScript writes them.
 * @throws TypeError for what JSON does not know
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) return canonicalObject(value);
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value))
    return JSON.stringify(value);
  throw new TypeError(`JSON has no such ${typeof value}`);
}

function canonicalObject(of: object): string {
  // The default order of strings is that of their UTF-16 code units.
  const members = Object.entries(of).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${canonicalJson(value)}`).join(',')}}`;
}
