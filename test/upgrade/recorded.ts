/** What a fixture's system answered, and how it is compared (test/upgrade/README.md). */

/** Password of `admin` and `ada` in every fixture. */
export const recordedPassword = 'Upgrade-Fixture-2026!';

/** `answer`: the body of a GET, without what differs each time. */
export type RecordedAnswer = { readonly path: string; readonly answer: unknown };

/** Fields that change without a change of the resource: ids of requests, times of reading, the present state. */
const changing = new Set([
  'request_id',
  'generated_at',
  'usage',
  'usageSummary',
  'last_login_at',
  'uptime_percent_24h',
]);

/** Ports of the local cloud and its SIP service, in URLs and provisioning files: each start may have others. */
const ports = /((?:localhost|127\.0\.0\.1):|\bport = )\d+/g;

/** Of a permission that no one has granted, only its existence is said: later versions have more of them. */
const isUngranted = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'granted' in value && value.granted === false;

/** Lines of a file that is written from the resource at each reading: a later version may write more of them. */
const linesOf = (file: string): Readonly<Record<string, true>> =>
  Object.fromEntries(file.split('\n').map((line) => [line, true]));

/** A body without what changes by itself. */
export function readableAs(body: unknown): unknown {
  if (typeof body === 'string') {
    const text = body.replaceAll(ports, '$1');
    return text.includes('\n') ? linesOf(text) : text;
  }
  if (Array.isArray(body)) return body.filter((value) => !isUngranted(value)).map(readableAs);
  if (typeof body !== 'object' || body === null) return body;
  return Object.fromEntries(
    Object.entries(body)
      .filter(([name]) => !changing.has(name))
      .map(([name, value]) => [name, readableAs(value)]),
  );
}
