/** Compact forms (RFC 3261 §7.3.3 and the IANA registry of SIP header fields). */
const compactForms = {
  a: 'Accept-Contact',
  b: 'Referred-By',
  c: 'Content-Type',
  d: 'Request-Disposition',
  e: 'Content-Encoding',
  f: 'From',
  i: 'Call-ID',
  j: 'Reject-Contact',
  k: 'Supported',
  l: 'Content-Length',
  m: 'Contact',
  n: 'Identity-Info',
  o: 'Event',
  r: 'Refer-To',
  s: 'Subject',
  t: 'To',
  u: 'Allow-Events',
  v: 'Via',
  x: 'Session-Expires',
  y: 'Identity',
} as const;

/** Names that most messages contain: they are recognized without converting them to lower case. */
const frequent = [
  'Accept',
  'Allow',
  'Authorization',
  'CSeq',
  'Expires',
  'Max-Forwards',
  'Min-Expires',
  'Path',
  'Proxy-Authenticate',
  'Proxy-Authorization',
  'Proxy-Require',
  'Record-Route',
  'Require',
  'Route',
  'Server',
  'Subscription-State',
  'Unsupported',
  'User-Agent',
  'WWW-Authenticate',
  ...Object.values(compactForms),
];

const keys = new Map(frequent.map((name) => [name, name.toLowerCase()]));

/**
 * Maps a name as commonly written, in lower case, or in compact form, to its full form in lower case. Each header has
 * one string object, as identical objects compare fastest.
 */
export const fullNames: ReadonlyMap<string, string> = new Map([
  ...keys,
  ...[...keys.values()].map((key) => [key, key] as const),
  ...Object.entries(compactForms).map(([letter, name]) => [letter, keys.get(name) ?? letter] as const),
]);
