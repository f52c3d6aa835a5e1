/**
 * Canonical JSON (RFC 8785), so that every reader computes the same hash: names are sorted by UTF-16 code units
 * (§3.2.3), there is no white space, and numbers and texts have ECMAScript's form.
 * @throws TypeError for a value that JSON does not have
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) return canonicalObject(value);
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value))
    return JSON.stringify(value);
  throw new TypeError(`a ${typeof value} of this value is not JSON`);
}

function canonicalObject(of: object): string {
  // ECMAScript compares strings by their UTF-16 code units.
  const members = Object.entries(of).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${canonicalJson(value)}`).join(',')}}`;
}
