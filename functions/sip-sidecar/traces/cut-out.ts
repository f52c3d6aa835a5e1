import { keyOf } from '#sip/headers.ts';

/** What traces have of SIP messages: no secrets, no tokens, no digits and no texts of persons. */

/** In place of what is cut out. */
const gap = 'cut-out';

/** Bytes of a message at most. */
const maxText = 8_192;

/** Headers whose value is a credential, an identity token or may have one. */
const credentials: ReadonlySet<string> = new Set([
  ...['authorization', 'proxy-authorization', 'www-authenticate', 'proxy-authenticate'],
  ...['authentication-info', 'proxy-authentication-info'],
]);

/** Parameters of digests that prove nothing (RFC 7616 §3.3, §3.4). */
const openParameters: ReadonlySet<string> = new Set([
  ...['username', 'realm', 'algorithm', 'qop', 'nc', 'uri', 'stale', 'charset', 'userhash'],
]);

/** Headers and parameters that have secrets by their names, whatever they are for. */
const secretName = /auth|token|secret|passw|passwd|pwd|cookie|credential|key$|^identity$|^pn-(?:prid|param)$/i;
/** Headers with such names that have none. */
const openHeaders: ReadonlySet<string> = new Set(['allow', 'p-asserted-identity', 'p-preferred-identity']);

/** Lines of SDP that stay; of attributes those below. */
const openLines: ReadonlySet<string> = new Set(['v', 'o', 's', 'c', 't', 'b', 'm']);
const openAttributes: ReadonlySet<string> = new Set([
  ...['rtpmap', 'fmtp', 'ptime', 'maxptime', 'sendrecv', 'sendonly', 'recvonly', 'inactive', 'rtcp', 'rtcp-mux'],
  ...['rtcp-rsize', 'rtcp-fb', 'setup', 'fingerprint', 'ice-ufrag', 'ice-options', 'ice-lite', 'candidate', 'mid'],
  ...['end-of-candidates', 'group', 'msid', 'msid-semantic', 'ssrc', 'extmap', 'connection', 'label', 'content'],
  ...['silenceSupp', 'T38FaxVersion', 'direction'],
]);

/** Methods whose messages have a description of media. */
const describing: ReadonlySet<string> = new Set(['INVITE', 'ACK', 'PRACK', 'UPDATE']);

// The expressions below take whole tokens, so that none is read again from each of its letters.

/** Cuts the values of parameters out that have secrets by their names. */
const cutParameters = (text: string): string =>
  text.replaceAll(
    /([\w.!%*+`'~-]+)(?:(\s*=\s*)("(?:[^"\\]|\\.)*(?:"|$)|[^\s,;&>?"]*))?/g,
    (whole, name: string, equals: string | undefined) =>
      equals !== undefined && secretName.test(name) ? `${name}${equals}"${gap}"` : whole,
  );

/** `Digest username="ann", response="cut-out"`. Of other schemes, and what is no parameter, nothing stays. */
function cutCredential(value: string): string {
  const [, scheme = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(value) ?? [];
  if (!/^digest$/i.test(scheme)) return gap;
  const found = rest.matchAll(/([\w-]+)(?:\s*=\s*("(?:[^"\\]|\\.)*"|[^\s,"]+))?/g);
  const parameters = [...found].flatMap(([, name = '', text]) =>
    text === undefined ? [] : [`${name}=${openParameters.has(name.toLowerCase()) ? text : `"${gap}"`}`],
  );
  return `${scheme} ${parameters.join(', ')}`;
}

/** A password in a URI (RFC 3261 §19.1.1): `sip:ann:secret@example.com`. */
function cutPassword(beforeAt: string): string {
  const start = Math.max(...[' ', '\t', '<', '>'].map((end) => beforeAt.lastIndexOf(end))) + 1;
  const [user] = /sips?:[^:]*:/i.exec(beforeAt.slice(start)) ?? [];
  return user === undefined
    ? beforeAt
    : `${beforeAt.slice(0, start + beforeAt.slice(start).indexOf(user))}${user}${gap}`;
}

function cutPasswords(text: string): string {
  const parts = text.split('@');
  return parts.map((part, at) => (at === parts.length - 1 ? part : cutPassword(part))).join('@');
}

const cutValues = (text: string): string => cutParameters(cutPasswords(text));

function cutHeader(line: string): string {
  const at = line.indexOf(':');
  // It is no header.
  if (at === -1) return gap;
  const name = line.slice(0, at).trim();
  const key = keyOf(name);
  const value = line.slice(at + 1).trim();
  if (credentials.has(key)) return `${name}: ${cutCredential(value)}`;
  if (!openHeaders.has(key) && secretName.test(key)) return `${name}: ${gap}`;
  return `${name}: ${cutValues(value)}`;
}

function cutDescriptionLine(line: string): string {
  const [, type = '', name = ''] = /^([a-zA-Z])=([^:\s]*)/.exec(line) ?? [];
  if (type === 'a')
    return openAttributes.has(name) ? line : `a=${secretName.test(name) ? name : name.slice(0, 32)}:${gap}`;
  return openLines.has(type) ? line : `${/^[a-zA-Z]=/.test(line) ? type : 'x'}=${gap}`;
}

const cutDescription = (body: string): string =>
  body
    .split(/\r\n|\r|\n/)
    .filter((line) => line !== '')
    .map((line) => `${cutDescriptionLine(line)}\r\n`)
    .join('');

/** What stays of a body: a description of media, or the status line of a transfer (RFC 3515). */
function cutBody(body: string, method: string, type: string): string {
  if (/^application\/sdp\b/i.test(type) && describing.has(method)) return cutDescription(body);
  const [status] = /^SIP\/2\.0 [1-6]\d\d [ \w]{0,64}/.exec(body) ?? [];
  return status !== undefined && /^message\/sipfrag\b/i.test(type) && method === 'NOTIFY' ? `${status}\r\n` : '';
}

const valueOf = (lines: readonly string[], wanted: string): string =>
  lines
    .flatMap((line) => (keyOf(line.slice(0, Math.max(0, line.indexOf(':'))).trim()) === wanted ? [line] : []))[0]
    ?.replace(/^[^:]*:/, '')
    .trim() ?? '';

/** A SIP message as a trace has it: without secrets, with the length of the body that it has now. */
export function cutOut(bytes: Buffer): string {
  const [, head = '', body = ''] = /^(.*?)(?:\r\n\r\n|\n\n|\r\r|$)(.*)$/s.exec(bytes.toString()) ?? [];
  // A folded line goes on with the header before it (RFC 3261 §7.3.1).
  const unfolded = head.replaceAll(/(?:\r\n|\r|\n)[ \t]+/g, ' ').replace(/^[\r\n]+/, '');
  const [start = '', ...lines] = unfolded.split(/\r\n|\r|\n/);
  const method = valueOf(lines, 'cseq').split(/\s+/).at(-1)?.toUpperCase() ?? '';
  const kept = cutBody(body, method, valueOf(lines, 'content-type'));
  const headers = lines.flatMap((line) => {
    const isLength = keyOf(line.slice(0, Math.max(0, line.indexOf(':'))).trim()) === 'content-length';
    return isLength ? [] : [cutHeader(line)];
  });
  const before = [cutValues(start), ...headers].join('\r\n').slice(0, maxText);
  const text = kept.slice(0, Math.max(0, maxText - before.length));
  return `${before}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}
